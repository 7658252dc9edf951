//! The only writer of liblsl: sends the simulated EEG, stimulus and markers, and what a player plays.

mod description;
mod feed;
mod pace;
mod play;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lsl::{ChannelFormat, ExPushable, StreamInfo};
use tokio::time::MissedTickBehavior;

use crate::publish::PublishError;
use crate::publish::outlet::feed::{Feed, Paced};
use crate::publish::outlet::pace::Pace;
use crate::source::{
    AudioSimulator, EegSimulator, EnvelopeSimulator, Hearing, MARKER_STEP_SECS, SimLink,
    SimSettings, StimulusKind, Truth, marker_text,
};

pub use play::play;

/// How often is looked for what is due.
const TICK: Duration = Duration::from_millis(5);
/// EEG that hears a real sound is sent so much later than it is stamped: by then the sound has arrived.
const HEARING_HOLD_SECS: f64 = 0.4;

/// Send the simulated streams until `stop` is true; returns within a tick of it.
///
/// With an ear, the EEG responds to what that hears, and is the only stream: stimulus and markers are then a player's.
///
/// # Errors
/// [`PublishError`] when liblsl opens no outlet or the timer cannot be started. liblsl must be loaded before.
pub fn simulate(
    settings: &SimSettings,
    hearing: Option<&Mutex<Hearing>>,
    stop: &AtomicBool,
) -> Result<(), PublishError> {
    let start_secs = lsl::local_clock();
    let mut eeg = Eeg::open(settings, hearing, start_secs)?;
    let mut own = match hearing {
        Some(_) => None,
        None => Some((
            Stimulus::open(settings, start_secs)?,
            Markers::open(settings, start_secs)?,
        )),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|source| PublishError::Timer { source })?;
    runtime.block_on(async {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while !stop.load(Ordering::Acquire) {
            ticks.tick().await;
            let now_secs = lsl::local_clock();
            eeg.send_due(now_secs).map_err(failed("sending EEG"))?;
            if let Some((stimulus, markers)) = &mut own {
                let sent = stimulus.send_due(now_secs);
                sent.map_err(failed("sending the stimulus"))?;
                let sent = markers.send_due(now_secs);
                sent.map_err(failed("sending a marker"))?;
            }
        }
        Ok(())
    })
}

/// The EEG's stream.
struct Eeg<'a> {
    feed: Feed,
    simulator: EegSimulator,
    hearing: Option<&'a Mutex<Hearing>>,
    sample_uv: Vec<f64>,
}

impl<'a> Eeg<'a> {
    fn open(
        settings: &SimSettings,
        hearing: Option<&'a Mutex<Hearing>>,
        start_secs: f64,
    ) -> Result<Self, PublishError> {
        let n_channels = settings.channels.len();
        let mut info = StreamInfo::new(
            &format!("{}-eeg", settings.source_id),
            "EEG",
            u32::try_from(n_channels).unwrap_or(u32::MAX),
            settings.sample_rate_hz,
            ChannelFormat::Float32,
            &settings.eeg_source_id(),
        )
        .map_err(failed("describing the EEG"))?;
        description::describe_eeg(&mut info, &Truth::new(settings), hearing.is_some());
        let hold_secs = hearing.map_or(0.0, |_| HEARING_HOLD_SECS);
        let pace = Pace::new(SimLink::eeg(settings), start_secs, hold_secs);
        Ok(Self {
            feed: Feed::open(&info, n_channels, pace)?,
            simulator: EegSimulator::new(settings),
            hearing,
            sample_uv: vec![0.0; n_channels],
        })
    }

    /// Send what is due, each sample with its own stamp. What is lost on its way is made like the rest.
    fn send_due(&mut self, now_secs: f64) -> Result<(), lsl::Error> {
        let start_secs = self.feed.paced.start_secs();
        while let Some(link) = self.feed.paced.next_due(now_secs) {
            match self.hearing {
                None => self.simulator.sample(link.t_secs, &mut self.sample_uv),
                Some(hearing) => {
                    let response_uv = Hearing::lock(hearing).response_uv(start_secs + link.t_secs);
                    self.simulator.sample_with_response(
                        link.t_secs,
                        response_uv,
                        &mut self.sample_uv,
                    );
                }
            }
            for (sent, uv) in self.feed.sample.iter_mut().zip(&self.sample_uv) {
                *sent = float32(*uv);
            }
            self.feed.put(&link)?;
        }
        Ok(())
    }
}

/// What the stimulus stream is made by.
enum Made {
    Envelope(EnvelopeSimulator),
    Audio(AudioSimulator),
}

/// The stimulus stream.
struct Stimulus {
    feed: Feed,
    made: Made,
}

impl Stimulus {
    fn open(settings: &SimSettings, start_secs: f64) -> Result<Self, PublishError> {
        let word = settings.stimulus.word();
        let (stype, made) = match settings.stimulus {
            StimulusKind::Envelope => (
                "StimulusEnvelope",
                Made::Envelope(EnvelopeSimulator::new(settings)),
            ),
            StimulusKind::Audio => ("Audio", Made::Audio(AudioSimulator::new(settings))),
        };
        let mut info = StreamInfo::new(
            &format!("{}-{word}", settings.source_id),
            stype,
            1,
            settings.nominal_stimulus_rate_hz(),
            ChannelFormat::Float32,
            &settings.stimulus_source_id(),
        )
        .map_err(failed("describing the stimulus"))?;
        description::describe_stimulus(&mut info, &Truth::new(settings));
        let pace = Pace::new(SimLink::stimulus(settings), start_secs, 0.0);
        Ok(Self {
            feed: Feed::open(&info, 1, pace)?,
            made,
        })
    }

    fn send_due(&mut self, now_secs: f64) -> Result<(), lsl::Error> {
        while let Some(link) = self.feed.paced.next_due(now_secs) {
            self.feed.sample[0] = float32(match &mut self.made {
                Made::Envelope(envelope) => envelope.envelope(link.t_secs),
                Made::Audio(audio) => audio.sample(link.t_secs),
            });
            self.feed.put(&link)?;
        }
        Ok(())
    }
}

/// The marker stream; its link is perfect.
struct Markers(Paced);

impl Markers {
    fn open(settings: &SimSettings, start_secs: f64) -> Result<Self, PublishError> {
        let mut info = StreamInfo::new(
            &format!("{}-markers", settings.source_id),
            "Markers",
            1,
            lsl::IRREGULAR_RATE,
            ChannelFormat::String,
            &settings.markers_source_id(),
        )
        .map_err(failed("describing the markers"))?;
        description::describe_markers(&mut info, settings);
        let pace = Pace::new(SimLink::perfect(1.0 / MARKER_STEP_SECS), start_secs, 0.0);
        Ok(Self(Paced::open(&info, pace)?))
    }

    fn send_due(&mut self, now_secs: f64) -> Result<(), lsl::Error> {
        let Self(paced) = self;
        while let Some(link) = paced.next_due(now_secs) {
            let text = vec![marker_text(link.index)];
            let stamp_secs = paced.start_secs() + link.stamp_secs;
            paced.outlet.push_sample_ex(&text, stamp_secs, true)?;
        }
        Ok(())
    }
}

fn failed(doing: &'static str) -> impl Fn(lsl::Error) -> PublishError {
    move |error| PublishError::Library {
        doing,
        problem: error.to_string(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "float32 is what the streams hold, as those of amplifiers do"
)]
fn float32(value: f64) -> f32 {
    value as f32
}
