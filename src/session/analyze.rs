//! The body of the analysis thread: drives the engine, one hop at a time.

mod succession;

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::clock::Clock;
use crate::control::{Latest, StreamCounters};
use crate::engine::{Engine, Output};
use crate::metrics::{AnalysisSettings, RunEnd};
use crate::ring::Reader;
use crate::session::acquire::{Opened, OpenedStream};
use crate::session::builder::Builder;
use crate::session::load::Load;
use crate::session::outputs::Outputs;
use crate::session::sinks::Published;
use crate::session::{SessionRequest, Sinks, Stop};
use crate::signal::{Chunk, Marker, StampClock, StreamInfo};

/// How long the thread rests when nothing has come.
const REST: Duration = Duration::from_millis(5);
/// The most that is taken from a stream in one turn, besides one hop.
const TURN_SECS: f64 = 0.05;

/// What changes on the way.
pub(super) enum Change {
    /// Go on with these settings, which fit the stream.
    Settings(Box<AnalysisSettings>),
    /// Begin a new run of detection.
    NewRun,
    /// Take the next seconds of accepted data as rest.
    Rest(f64),
}

/// What the analysis thread is given.
pub(super) struct AnalysisInputs {
    pub(super) reader: Reader,
    /// What the EEG stream becomes on the way.
    pub(super) eegs: Receiver<Opened>,
    /// The EEG stream as it is analysed.
    pub(super) stream: Arc<Latest<StreamInfo>>,
    /// Stops the thread that reads the EEG: nobody analyses what it became.
    pub(super) acquiring: Stop,
    /// What was asked for.
    pub(super) request: SessionRequest,
    /// Bounded to 1: a sender waits.
    pub(super) changes: Receiver<Change>,
    /// Stimulus streams as they are opened.
    pub(super) stimuli: Receiver<Opened>,
    /// Markers as they come.
    pub(super) markers: Receiver<Marker>,
    pub(super) builder: Builder,
    pub(super) sinks: Sinks,
    pub(super) counters: Arc<StreamCounters>,
    pub(super) clock: Arc<dyn Clock>,
}

/// Drives the engine until the stream ends.
pub(super) struct Driver {
    inputs: AnalysisInputs,
    engine: Engine,
    outputs: Outputs,
    eeg: Chunk,
    stimulus: Option<StimulusReader>,
    load: Load,
    /// The newest settings that wait to be built.
    wanted: Option<Box<AnalysisSettings>>,
    /// The stimulus cannot be analysed by the settings in force: said once, and not tried again.
    stimulus_is_refused: bool,
}

/// A stimulus stream that is read.
struct StimulusReader {
    info: StreamInfo,
    reader: Reader,
    chunk: Chunk,
    /// Its stamps, or the EEG's, are not on the LSL clock: it is read, and not compared.
    is_apart: bool,
}

impl Driver {
    pub(super) fn new(mut engine: Engine, inputs: AnalysisInputs, outputs: Outputs) -> Self {
        if inputs.sinks.want_traces() {
            engine.want_traces();
        }
        let n_channels = inputs.reader.n_channels();
        let rate_hz = engine.plan().axis.sample_rate_hz();
        Self {
            eeg: Chunk::with_capacity(n_channels, piece_len(rate_hz, engine.hop_len())),
            stimulus: None,
            load: Load::new(engine.plan().hop_secs, rate_hz),
            wanted: None,
            stimulus_is_refused: false,
            engine,
            outputs,
            inputs,
        }
    }

    /// Work until the source has ended and everything is read, or a stop is asked for.
    pub(super) fn run(mut self, stop: &Stop) {
        loop {
            if stop.is_requested() {
                // what waits is not worth the wait
                self.engine.set_behind(true);
                break;
            }
            let source_has_ended = self.inputs.reader.is_abandoned();
            let did_something = self.turn();
            if source_has_ended && self.inputs.reader.backlog() == 0 {
                // what it became was reported before the reader was abandoned
                let Ok(Ok(opened)) = self.inputs.eegs.try_recv() else {
                    break;
                };
                if let Err(error) = self.follow(opened) {
                    self.inputs.counters.notify(error);
                    return self.inputs.acquiring.request();
                }
                continue;
            }
            if !did_something {
                self.rest();
            }
        }
        self.engine
            .finish(RunEnd::Stream, &mut |output| self.outputs.take(&output));
        self.inputs
            .sinks
            .runs
            .publish(Arc::new(self.engine.runs().clone()));
    }

    /// Everything that waits is served, then at most one hop of samples; `false` if there were none.
    fn turn(&mut self) -> bool {
        // one stimulus is read to its end before the next
        if self.stimulus.is_none()
            && let Ok(Ok(opened)) = self.inputs.stimuli.try_recv()
        {
            self.join(opened);
        }
        while let Ok(change) = self.inputs.changes.try_recv() {
            self.change(change);
        }
        self.take_markers();
        self.compare_clocks();
        self.build();
        let backlog = self.inputs.reader.backlog();
        self.inputs.counters.set_backlog(backlog as u64);
        let is_behind = self.load.is_behind(backlog);
        self.engine.set_behind(is_behind);
        let begun_secs = self.inputs.clock.now_secs();
        let took_stimulus = self.take_stimulus();
        let took_eeg = self.take_eeg();
        let now_secs = self.inputs.clock.now_secs();
        self.engine
            .advance(now_secs, &mut |output| self.outputs.take(&output));
        if self.outputs.take_hopped() {
            let cost_secs = self.inputs.clock.now_secs() - begun_secs;
            self.inputs.counters.set_hop_cost_secs(cost_secs);
            let hop_len = self.engine.hop_len();
            if self.inputs.reader.backlog() > hop_len {
                self.inputs.counters.add_late_hops(1);
            }
        }
        took_stimulus || took_eeg
    }

    /// Nothing has come: show what there is, and wait a little.
    fn rest(&mut self) {
        self.engine
            .flush_traces(&mut |output| self.outputs.take(&output));
        match self.inputs.changes.recv_timeout(REST) {
            Ok(change) => self.change(change),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(REST),
        }
    }

    fn take_eeg(&mut self) -> bool {
        if !self.inputs.reader.read_into(&mut self.eeg) {
            return false;
        }
        self.engine
            .push_eeg(&self.eeg, &mut |output| self.outputs.take(&output));
        true
    }

    fn take_stimulus(&mut self) -> bool {
        let Some(stimulus) = &mut self.stimulus else {
            return false;
        };
        let has_ended = stimulus.reader.is_abandoned();
        let out = &mut |output: Output<'_>| self.outputs.take(&output);
        if stimulus.reader.read_into(&mut stimulus.chunk) {
            if !stimulus.is_apart {
                self.engine.push_stimulus(&stimulus.chunk, out);
            }
            return true;
        }
        if has_ended {
            if !stimulus.is_apart {
                self.engine.end_stimulus(out);
            }
            self.stimulus = None;
        }
        false
    }

    /// A stimulus goes with the EEG only while the stamps of both are on one clock.
    fn compare_clocks(&mut self) {
        let Some(stimulus) = &mut self.stimulus else {
            return;
        };
        let (eeg, other) = (&self.inputs.counters, &self.inputs.sinks.stimulus);
        let is_off = |counters: &StreamCounters| counters.stamp_clock() == StampClock::Arrival;
        let is_apart = is_off(eeg) || is_off(other);
        if is_apart == stimulus.is_apart {
            return;
        }
        stimulus.is_apart = is_apart;
        let out = &mut |output: Output<'_>| self.outputs.take(&output);
        if is_apart {
            self.engine.end_stimulus(out);
            let whose = if is_off(eeg) { "EEG" } else { "stimulus" };
            other.notify(format!(
                "the stamps of the {whose} are not on the LSL clock: the stimulus cannot be aligned"
            ));
        } else if let Err(error) = self.engine.join_stimulus(&stimulus.info, out) {
            other.notify(error.to_string());
        }
    }

    fn take_markers(&mut self) {
        while let Ok(marker) = self.inputs.markers.try_recv() {
            self.engine
                .push_marker(&marker, &mut |output| self.outputs.take(&output));
            self.outputs.hand_out(&Published::Marker(marker));
        }
    }

    fn change(&mut self, change: Change) {
        let out = &mut |output: Output<'_>| self.outputs.take(&output);
        match change {
            Change::Settings(settings) => {
                self.inputs.request.analysis = (*settings).clone();
                self.wanted = Some(self.fitting(&settings));
            }
            Change::NewRun => self.engine.begin_run(RunEnd::Asked, out),
            Change::Rest(secs) => self.engine.begin_rest(secs, out),
        }
    }

    /// Have built what is wanted, and go on with what was built.
    fn build(&mut self) {
        match self.inputs.builder.take() {
            None => {}
            Some(Err(error)) => {
                self.inputs.counters.notify(error.to_string());
                self.stimulus_is_refused = true;
            }
            Some(Ok(finished)) => {
                self.stimulus_is_refused = false;
                let settings = self.fitting(finished.settings());
                let engine = &mut self.engine;
                if engine.install(finished, &mut |output| self.outputs.take(&output)) {
                    self.load =
                        Load::new(engine.plan().hop_secs, engine.plan().axis.sample_rate_hz());
                } else {
                    // another change came first: what was asked last still counts
                    self.wanted.get_or_insert(settings);
                }
            }
        }
        if self.inputs.builder.is_busy() {
            return;
        }
        let job = match self.wanted.take() {
            Some(settings) => Some(self.engine.job(*settings)),
            None if self.stimulus_is_refused => None,
            None => self.engine.pending(),
        };
        if let Some(job) = job {
            self.inputs.builder.submit(job);
        }
    }

    /// A stimulus stream was opened: from now on its samples go with the EEG's.
    fn join(&mut self, opened: OpenedStream) {
        let OpenedStream { info, reader } = opened;
        let joined = self
            .engine
            .join_stimulus(&info, &mut |output| self.outputs.take(&output));
        match joined {
            Ok(()) => {
                self.stimulus_is_refused = false;
                let len = piece_len(info.sample_rate_hz, 0);
                self.stimulus = Some(StimulusReader {
                    chunk: Chunk::with_capacity(info.n_channels, len),
                    info,
                    reader,
                    is_apart: false,
                });
            }
            Err(error) => self.inputs.sinks.stimulus.notify(error.to_string()),
        }
    }
}

/// Samples taken in one turn: a hop at most, or 50 ms.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are limited to 1 MHz"
)]
fn piece_len(rate_hz: f64, hop_len: usize) -> usize {
    let turn = (TURN_SECS * rate_hz).ceil().max(1.0) as usize;
    if hop_len == 0 {
        turn
    } else {
        turn.min(hop_len)
    }
}
