//! The only writer of liblsl: sends the simulated EEG, envelope and markers, and what a player plays.

mod description;
mod pace;
mod play;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lsl::{ChannelFormat, ExPushable, StreamInfo, StreamOutlet};
use tokio::time::MissedTickBehavior;

use crate::publish::PublishError;
use crate::publish::outlet::pace::{Due, Pace};
use crate::source::{
    EegSimulator, EnvelopeSimulator, MARKER_STEP_SECS, SimSettings, Truth, marker_text,
};

pub use play::play;

/// From one push to the next.
const TICK: Duration = Duration::from_millis(20);
/// Seconds of data that liblsl keeps for a reader that does not read.
const OUTLET_BUFFER_SECS: i32 = 60;

/// Send the three simulated streams until `stop` is true; returns within a tick of it.
///
/// Sample `n` is stamped with the start plus `n` over the rate, whenever it is sent: the stamps neither jitter nor drift.
///
/// # Errors
/// [`PublishError`] when liblsl opens no outlet or the timer cannot be started. liblsl must be loaded before.
pub fn simulate(settings: &SimSettings, stop: &AtomicBool) -> Result<(), PublishError> {
    let mut streams = Streams::open(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|source| PublishError::Timer { source })?;
    runtime.block_on(async {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while !stop.load(Ordering::Acquire) {
            ticks.tick().await;
            streams.send_due(lsl::local_clock())?;
        }
        Ok(())
    })
}

/// One outlet and when its samples are due.
struct Paced {
    outlet: StreamOutlet,
    pace: Pace,
    name: String,
}

impl Paced {
    fn open(info: &StreamInfo, pace: Pace) -> Result<Self, PublishError> {
        let outlet = StreamOutlet::new(info, 0, OUTLET_BUFFER_SECS);
        Ok(Self {
            outlet: outlet.map_err(failed("opening an outlet"))?,
            pace,
            name: info.stream_name(),
        })
    }

    /// What is to be sent now; samples left out are logged.
    fn due(&mut self, now_secs: f64) -> Due {
        let due = self.pace.due(now_secs);
        if due.n_skipped > 0 {
            tracing::warn!(
                "the simulator was held up: {} samples are left out, stream {:?}",
                due.n_skipped,
                self.name
            );
        }
        due
    }
}

/// The three streams, and what is sent on them.
struct Streams {
    eeg: Paced,
    envelope: Paced,
    markers: Paced,
    simulator: EegSimulator,
    stimulus: EnvelopeSimulator,
    sample_uv: Vec<f64>,
    // Vectors, as `lsl` pushes nothing else; filled anew for each sample.
    eeg_sample: Vec<f32>,
    envelope_sample: Vec<f32>,
}

impl Streams {
    fn open(settings: &SimSettings) -> Result<Self, PublishError> {
        let truth = Truth::new(settings);
        let eeg = eeg_info(settings, &truth)?;
        let envelope = envelope_info(settings, &truth)?;
        let markers = markers_info(settings)?;
        let start_secs = lsl::local_clock();
        let pace = |rate_hz| Pace::new(start_secs, rate_hz);
        Ok(Self {
            eeg: Paced::open(&eeg, pace(settings.sample_rate_hz))?,
            envelope: Paced::open(&envelope, pace(settings.sample_rate_hz))?,
            markers: Paced::open(&markers, pace(1.0 / MARKER_STEP_SECS))?,
            simulator: EegSimulator::new(settings),
            stimulus: EnvelopeSimulator::new(settings),
            sample_uv: vec![0.0; settings.channels.len()],
            eeg_sample: vec![0.0; settings.channels.len()],
            envelope_sample: vec![0.0],
        })
    }

    /// Send every sample and marker due at `now_secs`, each with its own stamp.
    fn send_due(&mut self, now_secs: f64) -> Result<(), PublishError> {
        self.send_eeg(now_secs).map_err(failed("sending EEG"))?;
        self.send_envelope(now_secs)
            .map_err(failed("sending the envelope"))?;
        self.send_markers(now_secs)
            .map_err(failed("sending a marker"))
    }

    fn send_eeg(&mut self, now_secs: f64) -> Result<(), lsl::Error> {
        let due = self.eeg.due(now_secs);
        self.simulator.skip(due.n_skipped);
        for index in due.indices() {
            self.simulator.sample(&mut self.sample_uv);
            for (sent, uv) in self.eeg_sample.iter_mut().zip(&self.sample_uv) {
                *sent = float32(*uv);
            }
            let stamp_secs = self.eeg.pace.stamp_secs(index);
            self.eeg
                .outlet
                .push_sample_ex(&self.eeg_sample, stamp_secs, due.is_last(index))?;
        }
        Ok(())
    }

    fn send_envelope(&mut self, now_secs: f64) -> Result<(), lsl::Error> {
        let due = self.envelope.due(now_secs);
        for index in due.indices() {
            let t_secs = self.envelope.pace.t_secs(index);
            self.envelope_sample[0] = float32(self.stimulus.envelope(t_secs));
            let stamp_secs = self.envelope.pace.stamp_secs(index);
            self.envelope.outlet.push_sample_ex(
                &self.envelope_sample,
                stamp_secs,
                due.is_last(index),
            )?;
        }
        Ok(())
    }

    fn send_markers(&mut self, now_secs: f64) -> Result<(), lsl::Error> {
        let due = self.markers.due(now_secs);
        for index in due.indices() {
            let stamp_secs = self.markers.pace.stamp_secs(index);
            let text = vec![marker_text(index)];
            self.markers
                .outlet
                .push_sample_ex(&text, stamp_secs, true)?;
        }
        Ok(())
    }
}

fn eeg_info(settings: &SimSettings, truth: &Truth) -> Result<StreamInfo, PublishError> {
    let n_channels = u32::try_from(settings.channels.len()).unwrap_or(u32::MAX);
    let mut info = StreamInfo::new(
        &format!("{}-eeg", settings.source_id),
        "EEG",
        n_channels,
        settings.sample_rate_hz,
        ChannelFormat::Float32,
        &settings.eeg_source_id(),
    )
    .map_err(failed("describing the EEG"))?;
    description::describe_eeg(&mut info, truth);
    Ok(info)
}

fn envelope_info(settings: &SimSettings, truth: &Truth) -> Result<StreamInfo, PublishError> {
    let mut info = StreamInfo::new(
        &format!("{}-envelope", settings.source_id),
        "StimulusEnvelope",
        1,
        settings.sample_rate_hz,
        ChannelFormat::Float32,
        &settings.envelope_source_id(),
    )
    .map_err(failed("describing the envelope"))?;
    description::describe_envelope(&mut info, truth);
    Ok(info)
}

fn markers_info(settings: &SimSettings) -> Result<StreamInfo, PublishError> {
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
    Ok(info)
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
