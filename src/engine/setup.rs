//! What an engine is made from.

use std::sync::Arc;

use crate::metrics::{
    Analysis, AnalysisSettings, RunLog, SettingsError, Subject, TrialSettings, laplacian_of,
};
use crate::signal::{Montage, MontageError, PairError, Reference, StreamInfo};
use crate::stimulus::StimulusSettings;

/// A stream and what is asked of it.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The EEG stream.
    pub info: StreamInfo,
    /// How to analyse it.
    pub analysis: AnalysisSettings,
    /// What its stimulus is made of.
    pub stimulus: StimulusSettings,
    /// What its markers mean.
    pub trials: TrialSettings,
    /// The session's runs so far.
    pub runs: RunLog,
}

/// Why a stream cannot be analysed as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
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
    /// A channel that is to be kept out is not in the stream.
    #[error("channels.bad: no channel {label:?} in the stream; it has {}", available.join(", "))]
    NoBadChannel {
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
}

/// What of a stream is analysed by `settings`.
///
/// # Errors
/// [`EngineError`] when channels or pairs are not in the stream.
pub(super) fn subject(
    info: &StreamInfo,
    settings: &AnalysisSettings,
    with_stimulus: bool,
) -> Result<Subject, EngineError> {
    let labels = || info.channels.iter().map(|channel| &channel.label);
    if let Some(label) = settings.bad.iter().find(|bad| !labels().any(|l| l == *bad)) {
        return Err(EngineError::NoBadChannel {
            label: label.clone(),
            available: labels().cloned().collect(),
        });
    }
    let mut montage = Montage::with_reference(info, &settings.channels, &settings.reference)?;
    if settings.reference == Reference::Laplacian {
        montage = laplacian(montage)?;
    }
    Ok(Subject {
        sample_rate_hz: info.sample_rate_hz,
        pairs: settings.pairs.resolve(&montage)?,
        montage: Arc::new(montage),
        with_stimulus,
    })
}

/// Whether a stream can be analysed by `settings`, with a stimulus too. Allocates little: nothing is built.
///
/// # Errors
/// [`EngineError`] when it cannot.
pub fn check(info: &StreamInfo, settings: &AnalysisSettings) -> Result<(), EngineError> {
    let subject = subject(info, settings, true)?;
    Ok(Analysis::check(settings, &subject)?)
}

/// Each channel against its neighbours on the head.
fn laplacian(montage: Montage) -> Result<Montage, EngineError> {
    let labels = montage.derivations().iter().map(|d| d.label.as_str());
    let weights = laplacian_of(labels).map_err(|problem| EngineError::Laplacian { problem })?;
    Ok(montage.weighted(&weights, Reference::Laplacian))
}
