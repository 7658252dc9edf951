//! One stream from source to sinks: the acquisition and the analysis thread.

use std::sync::Arc;

use crossbeam_channel::{Sender, bounded};

use crate::control::{Latest, Shared, TraceBlock};
use crate::metrics::{AnalysisSettings, Analyzer, SettingsError, Snapshot};
use crate::session::acquire::Acquisition;
use crate::session::analyze::{Analysis, Bench};
use crate::session::{Stop, Worker};
use crate::signal::{Montage, MontageError, PairError, StreamChoice, StreamInfo};
use crate::source::{Backend, SourceError};

/// Where results go.
#[derive(Clone, Default)]
pub struct Sinks {
    /// The newest snapshot: latest wins.
    pub snapshots: Arc<Latest<Snapshot>>,
    /// Every snapshot, in order. Bounded: when it is full the snapshot is left out there and counted.
    pub every_hop: Option<Sender<Arc<Snapshot>>>,
    /// Samples for the screen. Bounded: when it is full the block is left out and counted.
    pub traces: Option<Sender<Arc<TraceBlock>>>,
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

/// The running threads of one stream. Dropping it stops the source first, then the analysis.
pub struct Pipeline {
    info: StreamInfo,
    benches: Sender<Bench>,
    with_traces: bool,
    acquire: Worker,
    analyze: Worker,
}

impl Pipeline {
    /// Open the stream that `choice` means, waiting for it at most `wait_secs`, and analyse it.
    ///
    /// # Errors
    /// [`SessionError`] when the stream cannot be opened or the settings do not fit it.
    pub fn open(
        backend: &Backend,
        choice: &StreamChoice,
        wait_secs: f64,
        settings: &AnalysisSettings,
        sinks: Sinks,
        shared: &Arc<Shared>,
    ) -> Result<Self, SessionError> {
        let thread = |name| move |source| SessionError::Thread { name, source };
        let (opened, wait_for_it) = bounded(1);
        let acquisition = Acquisition {
            open: Arc::clone(&backend.open),
            choice: choice.clone(),
            wait_secs,
            opened,
            shared: Arc::clone(shared),
            clock: Arc::clone(&backend.clock),
        };
        let acquire = Worker::spawn("acq", Stop::default(), |stop| acquisition.run(stop))
            .map_err(thread("acq"))?;
        let ended = |_| SessionError::Ended { name: "acq" };
        let (info, reader) = wait_for_it.recv().map_err(ended)??;
        let (benches, new_benches) = bounded(1);
        let with_traces = sinks.traces.is_some();
        let analysis = Analysis {
            bench: Bench::new(analyzer(&info, settings)?, with_traces),
            reader,
            benches: new_benches,
            sinks,
            shared: Arc::clone(shared),
            clock: Arc::clone(&backend.clock),
        };
        let analyze = Worker::spawn("analyze", Stop::default(), |stop| analysis.run(stop))
            .map_err(thread("analyze"))?;
        Ok(Self {
            info,
            benches,
            with_traces,
            acquire,
            analyze,
        })
    }

    /// The stream's description.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// Go on with other settings. The averages start anew, the counts go on.
    ///
    /// # Errors
    /// [`SessionError`] when they do not fit the stream; it goes on as before.
    pub fn change(&self, settings: &AnalysisSettings) -> Result<(), SessionError> {
        let bench = Bench::new(analyzer(&self.info, settings)?, self.with_traces);
        self.benches
            .send(bench)
            .map_err(|_gone| SessionError::Ended { name: "analyze" })
    }

    /// Whether the stream has ended for good.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.acquire.is_finished() && self.analyze.is_finished()
    }
}

/// The analysis of a stream by `settings`.
fn analyzer(info: &StreamInfo, settings: &AnalysisSettings) -> Result<Analyzer, SessionError> {
    let montage = Arc::new(Montage::new(info, &settings.channels)?);
    let pairs = montage.pairs(&settings.pairs)?;
    Ok(Analyzer::new(
        settings,
        info.sample_rate_hz,
        montage,
        pairs,
    )?)
}
