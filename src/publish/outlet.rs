//! The only writer of liblsl: sends the simulated EEG, envelope and markers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lsl::{ChannelFormat, ExPushable, StreamInfo, StreamOutlet};

use crate::publish::PublishError;
use crate::source::{
    EegSimulator, EnvelopeSimulator, MARKER_STEP_SECS, SimSettings, Truth, marker_text,
};

/// From one push to the next.
const TICK: Duration = Duration::from_millis(20);
/// After a pause longer than this (a suspended computer), the samples missed are not sent late but left out.
const MAX_BEHIND_SECS: f64 = 1.0;

/// Send the three simulated streams until `stop` is true.
///
/// # Errors
/// [`PublishError`] when liblsl opens no outlet or the timer cannot be started. liblsl must be loaded before.
pub fn simulate(settings: &SimSettings, stop: &AtomicBool) -> Result<(), PublishError> {
    let mut outlets = Outlets::open(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|source| PublishError::Timer { source })?;
    runtime.block_on(async {
        let mut ticks = tokio::time::interval(TICK);
        while !stop.load(Ordering::Acquire) {
            ticks.tick().await;
            outlets.send_due(lsl::local_clock())?;
        }
        Ok(())
    })
}

struct Outlets {
    eeg: StreamOutlet,
    envelope: StreamOutlet,
    markers: StreamOutlet,
    simulator: EegSimulator,
    stimulus: EnvelopeSimulator,
    sample_rate_hz: f64,
    start_secs: f64,
    next_marker: u64,
    sample_uv: Vec<f64>,
    sample: Vec<f32>,
}

impl Outlets {
    fn open(settings: &SimSettings) -> Result<Self, PublishError> {
        let simulator = EegSimulator::new(settings);
        let rate_hz = settings.sample_rate_hz;
        let mut eeg = describe(
            "efrscope-sim-eeg",
            "EEG",
            settings.channels.len(),
            rate_hz,
            &settings.eeg_source_id(),
        )?;
        add_channels(&mut eeg, simulator.truth());
        add_truth(&mut eeg, simulator.truth());
        let mut envelope = describe(
            "efrscope-sim-envelope",
            "StimulusEnvelope",
            1,
            rate_hz,
            &settings.envelope_source_id(),
        )?;
        let mut channel = envelope
            .desc()
            .append_child("channels")
            .append_child("channel");
        channel.append_child_value("label", "envelope");
        channel.append_child_value("unit", "1");
        channel.append_child_value("type", "Stimulus");
        let markers = StreamInfo::new(
            "efrscope-sim-markers",
            "Markers",
            1,
            lsl::IRREGULAR_RATE,
            ChannelFormat::String,
            &settings.markers_source_id(),
        )
        .map_err(failed("describing the markers"))?;
        let open = |info: &StreamInfo| {
            StreamOutlet::new(info, 0, 360).map_err(failed("opening an outlet"))
        };
        Ok(Self {
            eeg: open(&eeg)?,
            envelope: open(&envelope)?,
            markers: open(&markers)?,
            stimulus: EnvelopeSimulator::new(settings),
            simulator,
            sample_rate_hz: rate_hz,
            start_secs: lsl::local_clock(),
            next_marker: 0,
            sample_uv: vec![0.0; settings.channels.len()],
            sample: Vec::with_capacity(settings.channels.len()),
        })
    }

    /// Send every sample and marker due at `now_secs`, each with its own stamp.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "samples since the start; float32 is what is sent"
    )]
    fn send_due(&mut self, now_secs: f64) -> Result<(), PublishError> {
        let elapsed_secs = (now_secs - self.start_secs).max(0.0);
        let due = (elapsed_secs * self.sample_rate_hz) as u64;
        let behind = due.saturating_sub(self.simulator.next_index());
        if behind as f64 > MAX_BEHIND_SECS * self.sample_rate_hz {
            tracing::warn!("the simulator was stopped for a while: {behind} samples are left out");
            self.simulator.skip(behind);
        }
        while self.simulator.next_index() < due {
            let t_secs = self.simulator.next_index() as f64 / self.sample_rate_hz;
            self.simulator.sample(&mut self.sample_uv);
            self.sample.clear();
            self.sample
                .extend(self.sample_uv.iter().map(|uv| *uv as f32));
            let last = self.simulator.next_index() == due;
            self.eeg
                .push_sample_ex(&self.sample, self.start_secs + t_secs, last)
                .map_err(failed("sending EEG"))?;
            let envelope = vec![self.stimulus.envelope(t_secs) as f32];
            self.envelope
                .push_sample_ex(&envelope, self.start_secs + t_secs, last)
                .map_err(failed("sending the envelope"))?;
        }
        while self.next_marker as f64 * MARKER_STEP_SECS <= elapsed_secs {
            let stamp_secs = self.start_secs + self.next_marker as f64 * MARKER_STEP_SECS;
            self.markers
                .push_sample_ex(&vec![marker_text(self.next_marker)], stamp_secs, true)
                .map_err(failed("sending a marker"))?;
            self.next_marker += 1;
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

fn describe(
    name: &str,
    stype: &str,
    n_channels: usize,
    rate_hz: f64,
    source_id: &str,
) -> Result<StreamInfo, PublishError> {
    let n_channels = u32::try_from(n_channels).unwrap_or(u32::MAX);
    StreamInfo::new(
        name,
        stype,
        n_channels,
        rate_hz,
        ChannelFormat::Float32,
        source_id,
    )
    .map_err(failed("describing a stream"))
}

fn add_channels(info: &mut StreamInfo, truth: &Truth) {
    let mut channels = info.desc().append_child("channels");
    for true_channel in &truth.channels {
        let mut channel = channels.append_child("channel");
        channel.append_child_value("label", &true_channel.label);
        channel.append_child_value("unit", "microvolts");
        channel.append_child_value("type", "EEG");
        if let Some([x, y, z]) = true_channel.location_mm {
            let mut location = channel.append_child("location");
            location.append_child_value("X", &x.to_string());
            location.append_child_value("Y", &y.to_string());
            location.append_child_value("Z", &z.to_string());
        }
    }
}

/// What was planted, so that a reader can compare.
fn add_truth(info: &mut StreamInfo, truth: &Truth) {
    let mut element = info.desc().append_child("truth");
    element.append_child_value("seed", &truth.settings.seed.to_string());
    for response in &truth.responses {
        let mut planted = element.append_child("response");
        planted.append_child_value("lo_hz", &response.band.lo_hz.to_string());
        planted.append_child_value("hi_hz", &response.band.hi_hz.to_string());
        planted.append_child_value("amplitude_nv", &response.band.amplitude_nv.to_string());
        planted.append_child_value("delay_ms", &response.band.delay_ms.to_string());
        planted.append_child_value("gain_uv", &response.gain_uv.to_string());
    }
}
