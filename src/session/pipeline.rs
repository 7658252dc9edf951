//! One session from sources to sinks: EEG, stimulus, markers, and the analysis of them.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::control::{Latest, StreamCounters};
use crate::engine::{self, Engine, EngineError, Setup};
use crate::metrics::{AnalysisSettings, MarkerChoice, TrialSettings};
use crate::session::acquire::{Acquisition, Opened, OpenedStream};
use crate::session::acquire_markers::MarkerAcquisition;
use crate::session::analyze::{AnalysisInputs, Change, Driver};
use crate::session::builder::builder;
use crate::session::outputs::{OutputInputs, Outputs};
use crate::session::shifts;
use crate::session::{Sinks, Stop, Worker};
use crate::signal::{Marker, StreamChoice, StreamId, StreamInfo};
use crate::source::{Backend, SourceError};
use crate::stimulus::{StimulusChoice, StimulusSettings};

/// One attempt to find the stimulus's stream.
const STIMULUS_SEARCH_SECS: f64 = 1.5;
/// Changes of a stream's layout that may wait for the analysis to have read what came before.
const MAX_WAITING_STREAMS: usize = 4;
/// Markers that may wait for the analysis; beyond, reading them waits, and liblsl keeps them.
const MAX_WAITING_MARKERS: usize = 256;

/// What a session shall do with which streams.
#[derive(Debug, Clone, Default)]
pub struct SessionRequest {
    /// Which EEG stream.
    pub choice: StreamChoice,
    /// Label of its channel that numbers the samples, where it has one.
    pub counter: Option<String>,
    /// How to analyse it.
    pub analysis: AnalysisSettings,
    /// Which stimulus belongs to it.
    pub stimulus: StimulusSettings,
    /// Which markers belong to it.
    pub trials: TrialSettings,
}

/// Why a stream is not being analysed.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The stream could not be opened.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It cannot be analysed as asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The system gave no thread.
    #[error("no thread {name:?} to be had: {source}")]
    Thread {
        /// Its name.
        name: &'static str,
        /// The system's words.
        source: std::io::Error,
    },
    /// A thread ended where it must not.
    #[error("thread {name:?} ended unexpectedly")]
    Ended {
        /// Its name.
        name: &'static str,
    },
}

/// The running threads of one session. Dropping it stops the sources first, then the analysis.
pub struct Pipeline {
    /// The EEG stream as it was opened, and as it is analysed at present.
    first: StreamInfo,
    stream: Arc<Latest<StreamInfo>>,
    changes: Sender<Change>,
    acquire: Worker,
    stimulus: Option<Worker>,
    markers: Option<Worker>,
    analyze: Worker,
    _shifts: Worker,
    _build: Worker,
}

impl Pipeline {
    /// Open the EEG stream that is asked for, waiting for it at most `wait_secs`, and analyse it; its stimulus and markers join when they come.
    ///
    /// # Errors
    /// [`SessionError`] when the stream cannot be opened or the settings do not fit it.
    pub fn open(
        backend: &Backend,
        requests: &SessionRequest,
        wait_secs: f64,
        sinks: Sinks,
        counters: &Arc<StreamCounters>,
    ) -> Result<Self, SessionError> {
        let (acquiring, stream) = (Stop::default(), Arc::new(Latest::default()));
        let of_eeg = (counters, &acquiring);
        let (acquire, eegs) = eeg_worker(backend, requests, wait_secs, &sinks, of_eeg)?;
        let ended = |_| SessionError::Ended { name: "acq" };
        let OpenedStream { info, reader } = eegs.recv().map_err(ended)??;
        stream.publish(Arc::new(info.clone()));
        let (stimulus, stimuli) = stimulus_worker(backend, requests, &sinks)?;
        let (markers, marks) = marker_worker(backend, requests, &info, &sinks)?;
        let runs = sinks.runs.newest().as_deref().cloned();
        let first = info.clone();
        let engine = Engine::new(Setup {
            info,
            analysis: requests.analysis.clone(),
            stimulus: requests.stimulus.clone(),
            trials: requests.trials.clone(),
            runs: runs.unwrap_or_default(),
        })?;
        let (shift_queue, shift_work) = shifts::shift_queue(sinks.clone());
        let shifts = spawn("shifts", |stop| shift_work.run(stop))?;
        let (builder, build_work) = builder();
        let build = spawn("build", |stop| build_work.run(stop))?;
        let (changes, new_changes) = bounded(1);
        let outputs = Outputs::new(OutputInputs {
            sinks: sinks.clone(),
            counters: Arc::clone(counters),
            shifts: shift_queue,
            response: requests.analysis.response.clone(),
        });
        let inputs = AnalysisInputs {
            reader,
            eegs,
            stream: Arc::clone(&stream),
            acquiring,
            request: requests.clone(),
            changes: new_changes,
            stimuli,
            markers: marks,
            builder,
            sinks,
            counters: Arc::clone(counters),
            clock: Arc::clone(&backend.clock),
        };
        let driver = Driver::new(engine, inputs, outputs);
        Ok(Self {
            first,
            stream,
            changes,
            acquire,
            stimulus,
            markers,
            analyze: spawn("analyze", |stop| driver.run(stop))?,
            _shifts: shifts,
            _build: build,
        })
    }

    /// Go on with other settings: what the change does not touch goes on as it is.
    ///
    /// # Errors
    /// [`SessionError`] when they do not fit the stream; it goes on as before.
    pub fn change(&self, settings: &AnalysisSettings) -> Result<(), SessionError> {
        // what fitted the stream that was opened still counts where it has become another
        engine::check(&self.first, settings).or_else(|_| match self.stream.newest() {
            Some(info) => engine::check(&info, settings),
            None => Ok(()),
        })?;
        self.send(Change::Settings(Box::new(settings.clone())))
    }

    /// Begin a new run of detection.
    ///
    /// # Errors
    /// [`SessionError::Ended`] when the analysis has ended.
    pub fn begin_run(&self) -> Result<(), SessionError> {
        self.send(Change::NewRun)
    }

    /// Take the next `secs` of accepted data as the rest baseline.
    ///
    /// # Errors
    /// [`SessionError::Ended`] when the analysis has ended.
    pub fn begin_rest(&self, secs: f64) -> Result<(), SessionError> {
        self.send(Change::Rest(secs))
    }

    fn send(&self, change: Change) -> Result<(), SessionError> {
        let gone = |_| SessionError::Ended { name: "analyze" };
        self.changes.send(change).map_err(gone)
    }

    /// Whether the stream has ended for good.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.acquire.is_finished() && self.analyze.is_finished()
    }
}

impl Drop for Pipeline {
    /// All sources are asked before the first is waited for.
    fn drop(&mut self) {
        let others = [&self.stimulus, &self.markers];
        for source in others.into_iter().flatten().chain([&self.acquire]) {
            source.request_stop();
        }
    }
}

fn spawn(
    name: &'static str,
    body: impl FnOnce(&Stop) + Send + 'static,
) -> Result<Worker, SessionError> {
    Worker::spawn(name, Stop::default(), body)
        .map_err(|source| SessionError::Thread { name, source })
}

/// The thread that reads the EEG, and where it reports what it opened and what that becomes.
fn eeg_worker(
    backend: &Backend,
    requests: &SessionRequest,
    wait_secs: f64,
    sinks: &Sinks,
    (counters, stop): (&Arc<StreamCounters>, &Stop),
) -> Result<(Worker, Receiver<Opened>), SessionError> {
    let (opened, eegs) = bounded(MAX_WAITING_STREAMS);
    let acquisition = Acquisition {
        id: StreamId::Eeg,
        open: Arc::clone(&backend.open),
        choice: requests.choice.clone(),
        wait_secs,
        counter: requests.counter.clone(),
        keeps_looking: false,
        opened,
        counters: Arc::clone(counters),
        clock: Arc::clone(&backend.clock),
        sinks: sinks.clone(),
    };
    let (name, stop) = ("acq", stop.clone());
    let worker = Worker::spawn(name, stop, |stop| acquisition.run(stop))
        .map_err(|source| SessionError::Thread { name, source })?;
    Ok((worker, eegs))
}

/// The thread that reads the stimulus's stream, if there is to be one, and where it reports what it opened.
fn stimulus_worker(
    backend: &Backend,
    requests: &SessionRequest,
    sinks: &Sinks,
) -> Result<(Option<Worker>, Receiver<Opened>), SessionError> {
    let (opened, stimuli) = bounded(1);
    let choice = match &requests.stimulus.choice {
        StimulusChoice::Auto => StreamChoice::AnyStimulus,
        StimulusChoice::Stream(choice) => choice.clone(),
        StimulusChoice::None | StimulusChoice::Channel(_) => return Ok((None, stimuli)),
    };
    let acquisition = Acquisition {
        id: StreamId::Stimulus,
        open: Arc::clone(&backend.open),
        choice,
        wait_secs: STIMULUS_SEARCH_SECS,
        counter: None,
        keeps_looking: true,
        opened,
        counters: Arc::clone(&sinks.stimulus),
        clock: Arc::clone(&backend.clock),
        sinks: sinks.clone(),
    };
    let worker = spawn("acq-stimulus", |stop| acquisition.run(stop))?;
    Ok((Some(worker), stimuli))
}

/// The thread that reads markers, if they are to be read from streams, and where they come out.
fn marker_worker(
    backend: &Backend,
    requests: &SessionRequest,
    info: &StreamInfo,
    sinks: &Sinks,
) -> Result<(Option<Worker>, Receiver<Marker>), SessionError> {
    let (sender, markers) = bounded(MAX_WAITING_MARKERS);
    let choice = match &requests.trials.choice {
        MarkerChoice::None | MarkerChoice::Channel(_) => {
            if let Some(line) = engine::trigger_stream(info, &requests.trials.choice) {
                sinks.markers.opened(&line);
            }
            return Ok((None, markers));
        }
        MarkerChoice::All => None,
        MarkerChoice::Stream(choice) => Some(choice.clone()),
    };
    let acquisition = MarkerAcquisition {
        open: Arc::clone(&backend.open_markers),
        choice,
        sink: sender,
        counters: Arc::clone(&sinks.markers),
        clock: Arc::clone(&backend.clock),
        tee: sinks.tee.clone(),
    };
    let worker = spawn("acq-markers", move |stop| acquisition.run(stop))?;
    Ok((Some(worker), markers))
}
