//! A made-up session for the dashboard: noise through the real analysis, on a stepped clock.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::{Receiver, Sender};
use efrscope::clock::SteppedClock;
use efrscope::control::{Command, Latest, Shared, StreamList, TraceBlock};
use efrscope::metrics::{AnalysisSettings, Analyzer, Snapshot};
use efrscope::signal::{Channel, ChannelKind, Link, Montage, StreamInfo, ValueFormat};
use efrscope::view::Feed;

const RATE_HZ: f64 = 250.0;

/// The far end of a [`Feed`].
pub(crate) struct Session {
    pub(crate) snapshots: Arc<Latest<Snapshot>>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) streams: Arc<Latest<StreamList>>,
    pub(crate) commands: Receiver<Command>,
    pub(crate) clock: Arc<SteppedClock>,
    traces: Sender<Arc<TraceBlock>>,
    index: u64,
    run: u32,
    noise: u64,
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
    }
}

/// A feed with nothing in it, and its far end.
pub(crate) fn session() -> (Session, Feed) {
    let (traces, trace_end) = crossbeam_channel::bounded(1024);
    let (command_end, commands) = crossbeam_channel::bounded(1);
    let session = Session {
        snapshots: Arc::default(),
        shared: Arc::default(),
        streams: Arc::default(),
        commands,
        clock: Arc::default(),
        traces,
        index: 0,
        run: 0,
        noise: 1,
    };
    let feed = Feed {
        snapshots: Arc::clone(&session.snapshots),
        shared: Arc::clone(&session.shared),
        traces: trace_end,
        streams: Arc::clone(&session.streams),
        commands: command_end,
        clock: Arc::clone(&session.clock) as _,
        stop: Arc::new(AtomicBool::new(false)),
    };
    (session, feed)
}

impl Session {
    /// Connect to `info` and plan its analysis.
    pub(crate) fn connect(&mut self, info: &StreamInfo, settings: &AnalysisSettings) -> Analyzer {
        self.shared.stream.publish(Arc::new(info.clone()));
        self.shared.set_link(Link::Live);
        self.shared.set_measured_rate_hz(249.9975);
        let montage = Arc::new(Montage::new(info, &[]).unwrap());
        let pairs = montage.all_pairs();
        Analyzer::new(settings, RATE_HZ, montage, pairs, false).unwrap()
    }

    /// Let `secs` of noise pass through the analysis; `spoil` may change a sample before.
    pub(crate) fn play(&mut self, analyzer: &mut Analyzer, secs: f64, spoil: impl Fn(&mut [f64])) {
        let end_secs = self.index as f64 / RATE_HZ + secs;
        while (self.index as f64) / RATE_HZ < end_secs {
            self.chunk(analyzer, &spoil);
        }
    }

    /// A tenth of a second.
    fn chunk(&mut self, analyzer: &mut Analyzer, spoil: &impl Fn(&mut [f64])) {
        let montage = Arc::clone(&analyzer.plan().montage);
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
            spoil(&mut values);
            if analyzer.push(self.run, self.index, stamp_secs, &values) {
                let mut snapshot = Snapshot::new(Arc::clone(analyzer.plan()));
                analyzer.average();
                analyzer.write(&mut snapshot);
                self.snapshots.publish(Arc::new(snapshot));
            }
            #[expect(clippy::cast_possible_truncation, reason = "traces are f32")]
            block.values_uv.extend(values.iter().map(|&uv| uv as f32));
            self.index += 1;
            self.shared.set_newest_stamp_secs(stamp_secs);
        }
        self.shared.add_received(25);
        self.clock.step(0.1);
        self.traces.try_send(Arc::new(block)).unwrap();
    }

    /// Lose `n` samples.
    pub(crate) fn lose(&mut self, n: u64) {
        self.index += n;
        self.run += 1;
        self.clock.step(n as f64 / RATE_HZ);
        self.shared.add_lost(n);
        self.shared.add_gaps(1);
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
