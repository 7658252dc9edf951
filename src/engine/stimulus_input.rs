//! A stimulus stream, and what makes one number per sample of it.

use crate::align::StimulusTrack;
use crate::signal::{Alignment, StimulusTiming, StreamInfo, same_word};
use crate::stimulus::{EnvelopeError, EnvelopeExtractor, Recipe, StimulusSettings};

/// Why a stimulus stream cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StimulusError {
    /// Its rate does not suit the recipe.
    #[error("stimulus stream {name:?}: {source}")]
    Envelope {
        /// The stream.
        name: String,
        /// What is wrong.
        source: EnvelopeError,
    },
    /// It has no such channel.
    #[error("stimulus stream {name:?} has no channel {label:?}; it has {}", available.join(", "))]
    NoSuchChannel {
        /// The stream.
        name: String,
        /// The channel asked for.
        label: String,
        /// Those there are.
        available: Vec<String>,
    },
}

/// What is taken of a stimulus stream.
pub(super) struct StimulusInput {
    /// The channel taken; the mean of all if `None`.
    channel: Option<usize>,
    pub(super) rate_hz: f64,
    /// Highest frequency that its envelope holds.
    pub(super) limit_hz: f64,
    /// Name, type, source id and host: the same stimulus when it comes back.
    identity: [String; 4],
}

impl StimulusInput {
    /// The stimulus of `info` beside an EEG of `eeg_rate_hz`, and what keeps its envelope.
    ///
    /// # Errors
    /// [`StimulusError`] when the settings do not fit the stream.
    pub(super) fn new(
        settings: &StimulusSettings,
        info: &StreamInfo,
        eeg_rate_hz: f64,
    ) -> Result<(Self, StimulusTrack), StimulusError> {
        let name = || info.name.clone();
        let recipe = settings.recipe.unwrap_or(usual_recipe(info));
        let rate_hz = info.sample_rate_hz;
        let extractor = EnvelopeExtractor::new(recipe, rate_hz);
        let extractor = extractor.map_err(|source| StimulusError::Envelope {
            name: name(),
            source,
        })?;
        let labels = || info.channels.iter().map(|channel| channel.label.clone());
        let channel = match &settings.channel {
            None => None,
            Some(wanted) => {
                let found = labels().position(|label| label == *wanted);
                Some(found.ok_or_else(|| StimulusError::NoSuchChannel {
                    name: name(),
                    label: wanted.clone(),
                    available: labels().collect(),
                })?)
            }
        };
        let latency_secs = 1e-3 * settings.latency_ms;
        let track = StimulusTrack::new(extractor, rate_hz, eeg_rate_hz, latency_secs);
        let identity = [&info.name, &info.stype, &info.source_id, &info.hostname];
        let input = Self {
            channel,
            rate_hz,
            limit_hz: track.limit_hz(),
            identity: identity.map(String::clone),
        };
        Ok((input, track))
    }

    /// One number of a sample.
    pub(super) fn value(&self, values: &[f64]) -> f64 {
        match self.channel {
            Some(channel) => values[channel],
            None => values.iter().sum::<f64>() / values.len().max(1) as f64,
        }
    }

    /// Whether `other` is the same stimulus, come back.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

/// Timing of a stimulus that is sampled with the EEG: there is nothing to correct.
pub(super) fn timing_of_channel() -> StimulusTiming {
    StimulusTiming {
        alignment: Alignment::Aligned,
        ..StimulusTiming::default()
    }
}

/// Audio needs an envelope; anything else is one.
fn usual_recipe(info: &StreamInfo) -> Recipe {
    if same_word(&info.stype, "audio") {
        Recipe::Gammatone
    } else {
        Recipe::AsIs
    }
}
