//! One session from sources to sinks: EEG, stimulus, markers, and the analysis of them.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::control::{Latest, ShiftReport, StreamCounters, TraceBlock};
use crate::dsp::{LaplacianPlan, laplacian_weights};
use crate::metrics::{
    AnalysisSettings, Analyzer, MarkerChoice, SettingsError, Snapshot, TrialSettings,
};
use crate::session::acquire::{Acquisition, Opened, read_markers};
use crate::session::analyze::{Analysis, AnalysisInputs, Change, fits};
use crate::session::shifts;
use crate::session::{Stop, Worker};
use crate::signal::{
    HEAD_RADIUS_M, Marker, Montage, MontageError, PairError, Reference, StreamChoice, StreamInfo,
    electrode_position_m,
};
use crate::source::{Backend, SourceError};
use crate::stimulus::{StimulusChoice, StimulusSettings};

/// One attempt to find the stimulus's stream.
const STIMULUS_SEARCH_SECS: f64 = 1.5;
/// Markers that may wait for the analysis; beyond, reading them waits, and liblsl keeps them.
const MAX_WAITING_MARKERS: usize = 256;

/// Where results go.
#[derive(Clone, Default)]
pub struct Sinks {
    /// The newest snapshot: latest wins.
    pub snapshots: Arc<Latest<Snapshot>>,
    /// Every snapshot, in order. Bounded: when it is full the snapshot is left out there and counted.
    pub every_hop: Option<Sender<Arc<Snapshot>>>,
    /// Samples for the screen. Bounded: when it is full the block is left out and counted.
    pub traces: Option<Sender<Arc<TraceBlock>>>,
    /// Markers for the screen. Bounded: when it is full the marker is left out there and counted.
    pub markers: Option<Sender<Marker>>,
    /// State of the stimulus's stream.
    pub stimulus: Arc<StreamCounters>,
    /// The newest circular shifts: latest wins.
    pub shifts: Arc<Latest<ShiftReport>>,
}

/// What a session shall do with which streams.
#[derive(Debug, Clone, Default)]
pub struct SessionRequest {
    /// Which EEG stream.
    pub choice: StreamChoice,
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
    /// The settings do not fit it.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The channels asked for are not in it.
    #[error(transparent)]
    Montage(#[from] MontageError),
    /// A pair asked for is not in the montage.
    #[error("analysis.pairs: {0}")]
    Pair(#[from] PairError),
    /// The channel that is to be the stimulus is not in the stream.
    #[error("stimulus.select: no channel {label:?} in the stream; it has {}", available.join(", "))]
    NoStimulusChannel {
        /// The label asked for.
        label: String,
        /// Those there are.
        available: Vec<String>,
    },
    /// Channels have no known place on the head.
    #[error("analysis.reference: {problem}")]
    Laplacian {
        /// Which, and what to do.
        problem: String,
    },
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
    info: StreamInfo,
    changes: Sender<Change>,
    acquire: Worker,
    _stimulus: Option<Worker>,
    _markers: Option<Worker>,
    analyze: Worker,
    _shifts: Worker,
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
        let (opened, wait_for_it) = bounded(1);
        let acquire = spawn("acq", {
            let acquisition = Acquisition {
                open: Arc::clone(&backend.open),
                choice: requests.choice.clone(),
                wait_secs,
                keeps_looking: false,
                opened,
                counters: Arc::clone(counters),
                clock: Arc::clone(&backend.clock),
            };
            |stop| acquisition.run(stop)
        })?;
        let ended = |_| SessionError::Ended { name: "acq" };
        let (info, reader) = wait_for_it.recv().map_err(ended)??;
        let (stimulus, stimuli) = stimulus_worker(backend, requests, &sinks)?;
        let (markers, marks) = marker_worker(backend, requests)?;
        let (desk, work) = shifts::desk(Arc::clone(&sinks.shifts));
        let shifts = spawn("shifts", |stop| work.run(stop))?;
        let (changes, new_changes) = bounded(1);
        let analysis = Analysis::new(AnalysisInputs {
            info: info.clone(),
            reader,
            settings: requests.analysis.clone(),
            stimulus: requests.stimulus.clone(),
            trials: requests.trials.clone(),
            changes: new_changes,
            stimuli,
            markers: marks,
            desk,
            sinks,
            counters: Arc::clone(counters),
            clock: Arc::clone(&backend.clock),
        })?;
        Ok(Self {
            info,
            changes,
            acquire,
            _stimulus: stimulus,
            _markers: markers,
            analyze: spawn("analyze", |stop| analysis.run(stop))?,
            _shifts: shifts,
        })
    }

    /// The EEG stream's description.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// Go on with other settings. The averages start anew, the counts go on.
    ///
    /// # Errors
    /// [`SessionError`] when they do not fit the stream; it goes on as before.
    pub fn change(&self, settings: &AnalysisSettings) -> Result<(), SessionError> {
        fits(&self.info, settings)?;
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

fn spawn(
    name: &'static str,
    body: impl FnOnce(&Stop) + Send + 'static,
) -> Result<Worker, SessionError> {
    Worker::spawn(name, Stop::default(), body)
        .map_err(|source| SessionError::Thread { name, source })
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
        open: Arc::clone(&backend.open),
        choice,
        wait_secs: STIMULUS_SEARCH_SECS,
        keeps_looking: true,
        opened,
        counters: Arc::clone(&sinks.stimulus),
        clock: Arc::clone(&backend.clock),
    };
    let worker = spawn("acq-stimulus", |stop| acquisition.run(stop))?;
    Ok((Some(worker), stimuli))
}

/// The thread that reads markers, if they are to be read, and where they come out.
fn marker_worker(
    backend: &Backend,
    requests: &SessionRequest,
) -> Result<(Option<Worker>, Receiver<Marker>), SessionError> {
    let (sender, markers) = bounded(MAX_WAITING_MARKERS);
    let choice = match &requests.trials.choice {
        MarkerChoice::None => return Ok((None, markers)),
        MarkerChoice::All => None,
        MarkerChoice::Stream(choice) => Some(choice.clone()),
    };
    let open = Arc::clone(&backend.open_markers);
    let worker = spawn("acq-markers", move |stop| {
        read_markers(&open, choice.as_ref(), &sender, stop);
    })?;
    Ok((Some(worker), markers))
}

/// The analysis of a stream by `settings`.
pub(super) fn analyzer(
    info: &StreamInfo,
    settings: &AnalysisSettings,
    with_stimulus: bool,
) -> Result<Analyzer, SessionError> {
    let mut montage = Montage::with_reference(info, &settings.channels, &settings.reference)?;
    if settings.reference == Reference::Laplacian {
        montage = laplacian(montage)?;
    }
    let pairs = settings.pairs.resolve(&montage)?;
    let (rate_hz, montage) = (info.sample_rate_hz, Arc::new(montage));
    Ok(Analyzer::new(
        settings,
        rate_hz,
        montage,
        pairs,
        with_stimulus,
    )?)
}

/// Each channel against its neighbours on the head.
fn laplacian(montage: Montage) -> Result<Montage, SessionError> {
    let refused = |problem: String| SessionError::Laplacian { problem };
    let labels = montage.derivations().iter().map(|d| d.label.as_str());
    let positions: Result<Vec<[f64; 3]>, SessionError> = labels
        .map(|label| {
            electrode_position_m(label).ok_or_else(|| {
                refused(format!(
                    "channel {label:?} has no place in the 10-10 system; a surface Laplacian needs those of all channels analysed"
                ))
            })
        })
        .collect();
    let plan = LaplacianPlan {
        radius_m: HEAD_RADIUS_M,
        ..LaplacianPlan::default()
    };
    let weights = laplacian_weights(&positions?, &plan);
    let weights = weights.map_err(|error| refused(error.to_string()))?;
    Ok(montage.weighted(&weights, Reference::Laplacian))
}
