//! A synthetic session for the dashboard: noise through the engine, on a stepped clock.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::{Receiver, Sender};
use efrscope::clock::SteppedClock;
use efrscope::control::{Command, Latest, ShiftReport, StreamCounters, StreamList, TraceBlock};
use efrscope::metrics::{AnalysisSettings, PairChoice, Snapshot};
use efrscope::signal::{
    Alignment, Channel, ChannelKind, Link, Marker, StimulusTiming, StreamInfo, ValueFormat,
};
use efrscope::view::Feed;

use crate::drive::{self, Driven};

const RATE_HZ: f64 = 250.0;
/// Samples by which the synthetic response comes after its stimulus: 20 ms.
const DELAY: usize = 5;

/// The far end of a [`Feed`].
pub(crate) struct Session {
    pub(crate) snapshots: Arc<Latest<Snapshot>>,
    pub(crate) counters: Arc<StreamCounters>,
    pub(crate) streams: Arc<Latest<StreamList>>,
    pub(crate) stimulus: Arc<StreamCounters>,
    pub(crate) shifts: Arc<Latest<ShiftReport>>,
    pub(crate) markers: Sender<Marker>,
    pub(crate) commands: Receiver<Command>,
    /// Microvolts of the stimulus, which is uniform noise from -1 to 1, that the first channel follows 20 ms later.
    pub(crate) gain_uv: f64,
    pub(crate) clock: Arc<SteppedClock>,
    traces: Sender<Arc<TraceBlock>>,
    index: u64,
    run: u32,
    noise: u64,
    /// The stimulus of the last samples, newest first.
    stimulus_past: [f64; DELAY + 1],
}

/// A stream of `n_channels` EEG channels in microvolts.
pub(crate) fn stream(n_channels: usize) -> StreamInfo {
    let channel = |ch| Channel {
        label: format!("E{}", ch + 1),
        unit: "uV".into(),
        uv_per_unit: Some(1.0),
        kind: ChannelKind::Eeg,
    };
    StreamInfo {
        name: "Amp".into(),
        stype: "EEG".into(),
        source_id: "amp-1".into(),
        uid: "uid-1".into(),
        hostname: "lab".into(),
        sample_rate_hz: RATE_HZ,
        format: ValueFormat::Float32,
        n_channels,
        channels: (0..n_channels).map(channel).collect(),
        ..StreamInfo::default()
    }
}

/// A stream of the stimulus's envelope.
fn envelope() -> StreamInfo {
    StreamInfo {
        name: "Envelope".into(),
        stype: "StimulusEnvelope".into(),
        source_id: "player".into(),
        uid: "uid-s".into(),
        ..stream(1)
    }
}

/// A feed with nothing in it, and its far end.
pub(crate) fn session() -> (Session, Feed) {
    let (traces, trace_end) = crossbeam_channel::bounded(1024);
    let (markers, marker_end) = crossbeam_channel::bounded(4096);
    let (command_end, commands) = crossbeam_channel::bounded(1);
    let session = Session {
        snapshots: Arc::default(),
        counters: Arc::default(),
        streams: Arc::default(),
        stimulus: Arc::default(),
        shifts: Arc::default(),
        markers,
        commands,
        gain_uv: 0.0,
        clock: Arc::default(),
        traces,
        index: 0,
        run: 0,
        noise: 1,
        stimulus_past: [0.0; DELAY + 1],
    };
    let feed = Feed {
        snapshots: Arc::clone(&session.snapshots),
        counters: Arc::clone(&session.counters),
        traces: trace_end,
        markers: marker_end,
        marker_counts: Arc::default(),
        stimulus: Arc::clone(&session.stimulus),
        shifts: Arc::clone(&session.shifts),
        streams: Arc::clone(&session.streams),
        commands: command_end,
        clock: Arc::clone(&session.clock) as _,
        stop: Arc::new(AtomicBool::new(false)),
    };
    (session, feed)
}

impl Session {
    /// Connect to `info` and plan its analysis.
    pub(crate) fn connect(&mut self, info: &StreamInfo, settings: &AnalysisSettings) -> Driven {
        self.counters.stream.publish(Arc::new(info.clone()));
        self.counters.set_link(Link::Live);
        self.counters.set_measured_rate_hz(249.9975);
        let settings = AnalysisSettings {
            pairs: PairChoice::All,
            ..settings.clone()
        };
        Driven::new(drive::setup(info.clone(), &settings))
    }

    /// The same with a stimulus stream beside it.
    pub(crate) fn connect_with_stimulus(
        &mut self,
        info: &StreamInfo,
        settings: &AnalysisSettings,
    ) -> Driven {
        let mut driven = self.connect(info, settings);
        self.stimulus.stream.publish(Arc::new(envelope()));
        self.stimulus.set_link(Link::Live);
        self.stimulus.set_measured_rate_hz(RATE_HZ);
        driven.join(&envelope());
        driven
    }

    /// Let `secs` of noise pass through the analysis; `spoil` may change a sample before.
    pub(crate) fn play(&mut self, driven: &mut Driven, secs: f64, spoil: impl Fn(&mut [f64])) {
        let end_secs = self.index as f64 / RATE_HZ + secs;
        while (self.index as f64) / RATE_HZ < end_secs {
            self.chunk(driven, &spoil);
        }
    }

    /// A tenth of a second.
    fn chunk(&mut self, driven: &mut Driven, spoil: &impl Fn(&mut [f64])) {
        let montage = Arc::clone(&driven.engine.plan().montage);
        let mut block = TraceBlock {
            montage: Arc::clone(&montage),
            sample_rate_hz: RATE_HZ,
            run: self.run,
            first_index: self.index,
            first_stamp_secs: self.index as f64 / RATE_HZ,
            values_uv: Vec::new(),
        };
        for _ in 0..25 {
            let stamp_secs = self.index as f64 / RATE_HZ;
            let common = self.value();
            let mut values: Vec<f64> = (0..montage.len()).map(|_| common + self.value()).collect();
            self.stimulus_past.rotate_right(1);
            self.stimulus_past[0] = self.value() / 10.0;
            values[0] += self.gain_uv * self.stimulus_past[DELAY];
            spoil(&mut values);
            let stimulus = self.stimulus_past[0];
            if driven.engine.plan().response.is_some() {
                driven.stimulus(self.run, self.index, stamp_secs, stimulus);
            }
            let n_hops = driven.heard.n_hops;
            driven.eeg(self.run, self.index, stamp_secs, &values);
            if driven.heard.n_hops > n_hops {
                self.publish(driven.heard.snapshot().clone());
            }
            #[expect(clippy::cast_possible_truncation, reason = "traces are f32")]
            block.values_uv.extend(values.iter().map(|&uv| uv as f32));
            self.index += 1;
            self.counters.set_newest_stamp_secs(stamp_secs);
        }
        self.counters.add_received(25);
        self.clock.step(0.1);
        self.traces.try_send(Arc::new(block)).unwrap();
    }

    /// Publish a snapshot, with clocks that are not as perfect as those here.
    fn publish(&self, mut snapshot: Snapshot) {
        if let Some(response) = &mut snapshot.response {
            response.timing = StimulusTiming {
                alignment: Alignment::Aligned,
                drift_ppm: 12.5,
                stimulus_jitter_ms: 0.4,
                residual_ms: 0.02,
                ..StimulusTiming::default()
            };
        }
        self.snapshots.publish(Arc::new(snapshot));
    }

    /// Time on the clock.
    pub(crate) fn clock_secs(&self) -> f64 {
        efrscope::clock::Clock::now_secs(&*self.clock)
    }

    /// Lose `n` samples.
    pub(crate) fn lose(&mut self, n: u64) {
        self.index += n;
        self.run += 1;
        self.clock.step(n as f64 / RATE_HZ);
        self.counters.add_lost(n);
        self.counters.add_gaps(1);
    }

    /// Uniform noise of 20 uV (linear congruential generator of Knuth's MMIX).
    fn value(&mut self) -> f64 {
        self.noise = self
            .noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.noise >> 40) as f64 / f64::from(1_u32 << 24) * 20.0 - 10.0
    }
}
