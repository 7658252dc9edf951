//! The body of the analysis thread.

mod bench;
mod intake;

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::align::{Aligned, Next};
use crate::clock::Clock;
use crate::control::StreamCounters;
use crate::metrics::{AnalysisSettings, Analyzer, Snapshot, TrialEdge, TrialSettings, Trials};
use crate::ring::Reader;
use crate::session::acquire::Opened;
use crate::session::pipeline::{SessionError, analyzer};
use crate::session::shifts::{self, ShiftDesk, ShiftJob};
use crate::session::{Sinks, Stop};
use crate::signal::{Marker, StreamInfo};
use crate::stimulus::{StimulusChoice, StimulusSettings};

use bench::Bench;
use intake::{Intake, StimulusStream, patience, timing_of_channel};

/// How long the thread rests when the ring is empty.
const REST: Duration = Duration::from_millis(5);

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
    pub(super) info: StreamInfo,
    pub(super) reader: Reader,
    pub(super) settings: AnalysisSettings,
    pub(super) stimulus: StimulusSettings,
    pub(super) trials: TrialSettings,
    /// Bounded to 1: a sender waits.
    pub(super) changes: Receiver<Change>,
    /// Stimulus streams as they are opened.
    pub(super) stimuli: Receiver<Opened>,
    /// Markers as they come.
    pub(super) markers: Receiver<Marker>,
    pub(super) desk: ShiftDesk,
    pub(super) sinks: Sinks,
    pub(super) counters: Arc<StreamCounters>,
    pub(super) clock: Arc<dyn Clock>,
}

/// State of the analysis thread.
pub(super) struct Analysis {
    inputs: AnalysisInputs,
    bench: Bench,
    intake: Intake,
    trials: Trials,
    /// Index and stamp of the newest sample analysed.
    newest: Option<(u64, f64)>,
}

impl Analysis {
    /// Plans the analysis.
    ///
    /// # Errors
    /// [`SessionError`] when the settings do not fit the stream.
    pub(super) fn new(inputs: AnalysisInputs) -> Result<Self, SessionError> {
        let intake = match &inputs.stimulus.choice {
            StimulusChoice::Channel(label) => {
                let labels = || inputs.info.channels.iter().map(|c| c.label.clone());
                let found = labels().position(|known| known == *label);
                Intake::Channel(found.ok_or_else(|| SessionError::NoStimulusChannel {
                    label: label.clone(),
                    available: labels().collect(),
                })?)
            }
            _ => Intake::EegOnly,
        };
        let with_stimulus = matches!(intake, Intake::Channel(_));
        let mut first = analyzer(&inputs.info, &inputs.settings, with_stimulus)?;
        first.set_timing(timing_of_channel());
        Ok(Self {
            bench: Bench::new(first, inputs.sinks.traces.is_some()),
            trials: Trials::new(inputs.trials.clone()),
            intake,
            newest: None,
            inputs,
        })
    }

    /// Work until the source has ended and everything is read, or a stop is asked for.
    pub(super) fn run(mut self, stop: &Stop) {
        while !stop.is_requested() {
            let source_has_ended = self.inputs.reader.is_abandoned();
            while let Ok(opened) = self.inputs.stimuli.try_recv() {
                self.install_stimulus(opened);
            }
            self.drain(stop);
            if source_has_ended {
                self.flush();
                break;
            }
            match self.inputs.changes.recv_timeout(REST) {
                Ok(change) => self.change(change),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(REST),
            }
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Settings(settings) => {
                self.inputs.settings = *settings;
                let with_stimulus = self.bench.analyzer.plan().response.is_some();
                self.rebuild(with_stimulus);
            }
            Change::NewRun => self.bench.analyzer.begin_run(),
            Change::Rest(secs) => self.bench.analyzer.begin_rest(secs),
        }
    }

    /// Build another bench and go on counting.
    fn rebuild(&mut self, with_stimulus: bool) {
        match analyzer(&self.inputs.info, &self.inputs.settings, with_stimulus) {
            Ok(mut fresh) => {
                fresh.continue_counts(&self.bench.analyzer);
                if matches!(self.intake, Intake::Channel(_)) {
                    fresh.set_timing(timing_of_channel());
                }
                self.bench = Bench::new(fresh, self.inputs.sinks.traces.is_some());
            }
            Err(error) => self.inputs.counters.notify(error.to_string()),
        }
    }

    /// A stimulus stream was opened: from now on its samples go with the EEG's.
    fn install_stimulus(&mut self, opened: Opened) {
        let Ok((info, reader)) = opened else { return };
        let eeg = &self.inputs.info;
        match StimulusStream::new(&self.inputs.stimulus, &info, eeg, reader) {
            Ok(stream) => {
                self.flush();
                self.intake = Intake::Stream(Box::new(stream));
                if self.bench.analyzer.plan().response.is_none() {
                    self.rebuild(true);
                }
            }
            Err(error) => self.inputs.sinks.stimulus.notify(error.to_string()),
        }
    }

    /// Take everything that waits in the rings.
    fn drain(&mut self, stop: &Stop) {
        while let Ok(marker) = self.inputs.markers.try_recv() {
            if let Some(edge) = self.trials.push(&marker) {
                self.take_edge(edge);
            }
            if let Some(sink) = &self.inputs.sinks.markers
                && sink.try_send(marker).is_err()
            {
                self.inputs.counters.add_dropped_updates(1);
            }
        }
        while !stop.is_requested() && self.take_next() {}
        if !stop.is_requested() {
            self.inputs.counters.set_backlog(0);
        }
        if let (Some(traces), Some(sink)) = (&mut self.bench.traces, &self.inputs.sinks.traces) {
            traces.flush(sink, &self.inputs.counters);
        }
    }

    /// A trial begins or ends: epochs of stimuli that repeat are counted from its start.
    fn take_edge(&mut self, edge: TrialEdge) {
        let analyzer = &mut self.bench.analyzer;
        match (edge, self.newest) {
            _ if !self.trials.only_trials() => {}
            (TrialEdge::Start(secs), Some((index, stamp_secs))) => {
                let rate_hz = self.inputs.info.sample_rate_hz;
                analyzer.begin_periodic(index as f64 + (secs - stamp_secs) * rate_hz);
            }
            (TrialEdge::Start(_), None) => {}
            (TrialEdge::Stop(_), _) => analyzer.pause_periodic(),
        }
    }

    /// Take the next sample of one stream; `false` when there is none to take now.
    fn take_next(&mut self) -> bool {
        let reader = &mut self.inputs.reader;
        let next = match &mut self.intake {
            Intake::Stream(stream) => stream.next(reader),
            Intake::EegOnly | Intake::Channel(_) => Next::Eeg,
        };
        match (next, &mut self.intake) {
            (Next::Wait, _) => return false,
            (Next::Stimulus, Intake::Stream(stream)) => stream.take_stimulus(),
            _ => {
                let Some(sample) = reader.next_sample() else {
                    return false;
                };
                let (run, index, stamp_secs) = (sample.run, sample.index, sample.stamp_secs);
                let values = sample.values;
                if let Some(traces) = &mut self.bench.traces {
                    traces.take(run, index, stamp_secs, values);
                }
                let stimulus = match &mut self.intake {
                    Intake::Stream(stream) => {
                        stream.aligner.push_eeg(run, index, stamp_secs, values);
                        None
                    }
                    Intake::Channel(channel) => Some(values[*channel]),
                    Intake::EegOnly => Some(f64::NAN),
                };
                if let Some(stimulus) = stimulus {
                    let analyzer = &mut self.bench.analyzer;
                    self.newest = Some((index, stamp_secs));
                    analyzer.set_polarity(self.trials.polarity(stamp_secs));
                    if analyzer.push_with(run, index, stamp_secs, values, stimulus) {
                        self.hop();
                    }
                    return true;
                }
            }
        }
        self.take_aligned(false);
        true
    }

    /// Take the EEG samples whose stimulus has come, or all that wait.
    fn take_aligned(&mut self, all: bool) {
        loop {
            let Intake::Stream(stream) = &mut self.intake else {
                return;
            };
            let aligned = if all {
                stream.aligner.flush_next()
            } else {
                stream.aligner.next()
            };
            let Some(Aligned {
                run,
                index,
                stamp_secs,
                values,
                stimulus,
            }) = aligned
            else {
                return;
            };
            let analyzer = &mut self.bench.analyzer;
            self.newest = Some((index, stamp_secs));
            analyzer.set_polarity(self.trials.polarity(stamp_secs));
            if analyzer.push_with(run, index, stamp_secs, values, stimulus) {
                analyzer.set_timing(stream.aligner.timing());
                self.hop();
            }
        }
    }

    /// The stimulus has ended or is replaced: nothing of the EEG is left behind.
    fn flush(&mut self) {
        self.take_aligned(true);
    }

    /// A segment is complete: average, publish, and hand a look's data to the background.
    fn hop(&mut self) {
        let AnalysisInputs {
            counters, clock, ..
        } = &self.inputs;
        let start_secs = clock.now_secs();
        let backlog = self.inputs.reader.backlog();
        counters.set_backlog(backlog as u64);
        let analyzer = &mut self.bench.analyzer;
        let rate_hz = self.inputs.info.sample_rate_hz;
        let in_time = analyzer.hop_len() as f64 + patience(&self.intake, rate_hz);
        if backlog as f64 > in_time {
            counters.add_late_hops(1);
        }
        let (from_secs, to_secs) = analyzer.newest_span_secs();
        analyzer.open_response(self.trials.cover(from_secs, to_secs));
        analyzer.average();
        match self
            .bench
            .snapshots
            .fill(|snapshot| analyzer.write(snapshot))
        {
            Some(snapshot) => publish(&self.inputs.sinks, counters, snapshot),
            None => counters.add_dropped_updates(1),
        }
        self.shift();
        let counters = &self.inputs.counters;
        counters.set_hop_cost_secs(self.inputs.clock.now_secs() - start_secs);
    }

    /// After a look, shift its data in the background.
    fn shift(&self) {
        let analyzer = &self.bench.analyzer;
        let response = &self.inputs.settings.response;
        let hop_secs = analyzer.plan().hop_secs;
        let shifts = shifts::plan(response.n_shifts, response.min_shift_secs, hop_secs);
        let (Some(store), Some(shifts)) = (analyzer.looked(), shifts) else {
            return;
        };
        let (hop, stamp_secs) = analyzer.newest();
        let plan = Arc::clone(analyzer.plan());
        let taken = self.inputs.desk.submit(store, |store| ShiftJob {
            store,
            plan,
            shifts,
            hop,
            stamp_secs,
        });
        if !taken {
            tracing::warn!("the shifts of the look before are not done: this look goes without");
        }
    }
}

fn publish(sinks: &Sinks, counters: &StreamCounters, snapshot: Arc<Snapshot>) {
    if let Some(every_hop) = &sinks.every_hop
        && every_hop.try_send(Arc::clone(&snapshot)).is_err()
    {
        counters.add_dropped_updates(1);
    }
    sinks.snapshots.publish(snapshot);
}

/// What a change asks for must fit the stream.
///
/// # Errors
/// [`SessionError`] when it does not.
pub(super) fn fits(info: &StreamInfo, settings: &AnalysisSettings) -> Result<(), SessionError> {
    analyzer(info, settings, false).map(|_: Analyzer| ())
}
