//! What an engine is made from.

use std::sync::Arc;

use crate::metrics::{
    Analysis, AnalysisSettings, RunLog, SettingsError, Subject, TrialSettings, laplacian_of,
};
use crate::signal::{Montage, MontageError, PairError, Reference, StreamInfo};
use crate::stimulus::{StimulusChoice, StimulusSettings};

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
    /// The channel that is to make markers is not in the stream.
    #[error("markers.select: no channel {label:?} in the stream; it has {}", available.join(", "))]
    NoTriggerChannel {
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
    stimulus_limit_hz: Option<f64>,
) -> Result<Subject, EngineError> {
    let told = settings.unit.as_ref().map(|unit| info.in_unit(unit));
    let info = told.as_ref().unwrap_or(info);
    if let Some(label) = settings
        .bad
        .iter()
        .find(|bad| info.channel_called(bad).is_none())
    {
        return Err(EngineError::NoBadChannel {
            label: label.clone(),
            available: info.listed_labels(),
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
        stimulus_limit_hz,
    })
}

/// Whether a stream can be analysed by `settings`, with a stimulus too. Allocates little: nothing is built.
///
/// # Errors
/// [`EngineError`] when it cannot.
pub fn check(info: &StreamInfo, settings: &AnalysisSettings) -> Result<(), EngineError> {
    let subject = subject(info, settings, Some(f64::INFINITY))?;
    Ok(Analysis::check(settings, &subject)?)
}

/// The channel of the EEG stream that is the stimulus, if it is to be one.
///
/// # Errors
/// [`EngineError::NoStimulusChannel`] when the stream does not have it.
pub(super) fn stimulus_channel(setup: &Setup) -> Result<Option<usize>, EngineError> {
    let StimulusChoice::Channel(label) = &setup.stimulus.choice else {
        return Ok(None);
    };
    let found = setup.info.channel_called(label);
    found
        .map(Some)
        .ok_or_else(|| EngineError::NoStimulusChannel {
            label: label.clone(),
            available: setup.info.listed_labels(),
        })
}

/// Each channel against its neighbours on the head.
fn laplacian(montage: Montage) -> Result<Montage, EngineError> {
    let labels = montage.derivations().iter().map(|d| d.label.as_str());
    let weights = laplacian_of(labels).map_err(|problem| EngineError::Laplacian { problem })?;
    Ok(montage.weighted(&weights, Reference::Laplacian))
}
