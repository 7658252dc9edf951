//! Drives an engine as the thread, a file and the calibration do, and remembers what came out.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use efrscope::engine::{Engine, Event, InputEvent, Output, Setup};
use efrscope::metrics::{AnalysisSettings, RunEnd, RunLog, Snapshot, TrialSettings};
use efrscope::signal::{Chunk, Marker, StreamInfo};
use efrscope::stimulus::StimulusSettings;
use efrscope::timeline::Placed;

/// A stream to be analysed by `settings`, everything else as by default.
pub(crate) fn setup(info: StreamInfo, settings: &AnalysisSettings) -> Setup {
    Setup {
        info,
        analysis: settings.clone(),
        stimulus: StimulusSettings::default(),
        trials: TrialSettings::default(),
        runs: RunLog::default(),
    }
}

/// An engine with what it said.
pub(crate) struct Driven {
    pub(crate) engine: Engine,
    /// What was heard of it.
    pub(crate) heard: Heard,
    chunk: Chunk,
    stimulus: Chunk,
}

/// What came out of an engine.
#[derive(Default)]
pub(crate) struct Heard {
    /// The newest snapshot.
    pub(crate) newest: Option<Snapshot>,
    /// Every snapshot, where they are kept.
    pub(crate) all: Vec<Snapshot>,
    pub(crate) keeps_all: bool,
    pub(crate) n_hops: u64,
    pub(crate) events: Vec<Event>,
    /// Markers of the trigger channel.
    pub(crate) markers: Vec<Marker>,
    /// Values of the traces, one after the other.
    pub(crate) traces: Vec<f32>,
}

impl Heard {
    /// Take what an engine says.
    pub(crate) fn take(&mut self, output: Output<'_>) {
        match output {
            Output::Hop(hop) => {
                let mut snapshot = self.newest.take();
                let is_usable = |s: &Snapshot| std::sync::Arc::ptr_eq(&s.plan, hop.plan());
                if !snapshot.as_ref().is_some_and(is_usable) {
                    snapshot = Some(hop.snapshot());
                }
                let mut snapshot = snapshot.unwrap();
                hop.write(&mut snapshot);
                if self.keeps_all {
                    self.all.push(snapshot.clone());
                }
                self.newest = Some(snapshot);
                self.n_hops += 1;
            }
            Output::Traces(slice) => self.traces.extend_from_slice(slice.values_uv),
            Output::Marker(marker) => self.markers.push(marker.clone()),
            Output::Event(event) => self.events.push(event.clone()),
        }
    }

    /// The newest snapshot.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        self.newest.as_ref().unwrap()
    }

    /// What a replay needs.
    pub(crate) fn inputs(&self) -> Vec<InputEvent> {
        let inputs = self.events.iter().filter_map(|event| match event {
            Event::Input(input) => Some(input.clone()),
            _ => None,
        });
        inputs.collect()
    }
}

impl Driven {
    pub(crate) fn new(setup: Setup) -> Self {
        Self::of(Engine::new(setup).unwrap())
    }

    pub(crate) fn of(engine: Engine) -> Self {
        Self {
            engine,
            heard: Heard::default(),
            chunk: Chunk::default(),
            stimulus: Chunk::default(),
        }
    }

    /// The same with a stimulus stream beside it, from the start.
    pub(crate) fn with_stimulus(setup: Setup, stimulus: &StreamInfo) -> Self {
        let mut driven = Self::new(setup);
        driven.join(stimulus);
        driven
    }

    /// A stimulus joins; what it needs is built at once.
    pub(crate) fn join(&mut self, stimulus: &StreamInfo) {
        let heard = &mut self.heard;
        let out = &mut |output: Output<'_>| heard.take(output);
        self.engine.join_stimulus(stimulus, out).unwrap();
        if let Some(job) = self.engine.pending() {
            assert!(self.engine.install(job.build().unwrap(), out));
        }
    }

    /// Other settings, at once.
    pub(crate) fn change(&mut self, settings: AnalysisSettings) {
        let heard = &mut self.heard;
        self.engine
            .change(settings, &mut |output| heard.take(output))
            .unwrap();
    }

    /// One EEG sample.
    pub(crate) fn eeg(&mut self, run: u32, index: u64, stamp_secs: f64, values: &[f64]) {
        one(&mut self.chunk, (run, index, stamp_secs), values);
        self.eeg_chunk();
    }

    /// One EEG sample that was placed.
    pub(crate) fn eeg_placed(&mut self, placed: &Placed, values: &[f64]) {
        self.eeg(placed.run, placed.index, placed.stamp_secs, values);
    }

    fn eeg_chunk(&mut self) {
        let heard = &mut self.heard;
        self.engine
            .push_eeg(&self.chunk, &mut |output| heard.take(output));
    }

    /// EEG samples.
    pub(crate) fn push_eeg(&mut self, chunk: &Chunk) {
        let heard = &mut self.heard;
        self.engine
            .push_eeg(chunk, &mut |output| heard.take(output));
    }

    /// Samples of the stimulus.
    pub(crate) fn push_stimulus(&mut self, chunk: &Chunk) {
        let heard = &mut self.heard;
        self.engine
            .push_stimulus(chunk, &mut |output| heard.take(output));
    }

    /// One sample of the stimulus.
    pub(crate) fn stimulus(&mut self, run: u32, index: u64, stamp_secs: f64, value: f64) {
        one(&mut self.stimulus, (run, index, stamp_secs), &[value]);
        let heard = &mut self.heard;
        self.engine
            .push_stimulus(&self.stimulus, &mut |output| heard.take(output));
    }

    pub(crate) fn marker(&mut self, marker: &Marker) {
        let heard = &mut self.heard;
        self.engine
            .push_marker(marker, &mut |output| heard.take(output));
    }

    pub(crate) fn begin_run(&mut self) {
        let heard = &mut self.heard;
        self.engine
            .begin_run(RunEnd::Asked, &mut |output| heard.take(output));
    }

    pub(crate) fn begin_rest(&mut self, secs: f64) {
        let heard = &mut self.heard;
        self.engine
            .begin_rest(secs, &mut |output| heard.take(output));
    }

    pub(crate) fn end_stimulus(&mut self) {
        let heard = &mut self.heard;
        self.engine.end_stimulus(&mut |output| heard.take(output));
    }

    pub(crate) fn finish(&mut self) {
        let heard = &mut self.heard;
        self.engine
            .finish(RunEnd::Stream, &mut |output| heard.take(output));
    }
}

/// Make `chunk` one sample, in memory that is used again.
fn one(chunk: &mut Chunk, (run, index, stamp_secs): (u32, u64, f64), values: &[f64]) {
    chunk.clear();
    chunk.n_channels = values.len();
    chunk.run = run;
    chunk.first_index = index;
    chunk.push(stamp_secs, stamp_secs, values);
}
