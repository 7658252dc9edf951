//! Where the samples of the analysis come from: the EEG alone, with a stimulus of its own stream, or with one of its channels.

use crate::align::{Aligner, MAX_WAIT_SECS, Next, StimulusTrack, next_of};
use crate::ring::Reader;
use crate::signal::{Alignment, StimulusTiming, StreamInfo};
use crate::stimulus::{EnvelopeError, EnvelopeExtractor, Recipe, StimulusSettings};

/// The stimulus beside the EEG.
pub(super) enum Intake {
    /// There is none.
    EegOnly,
    /// It is a channel of the EEG stream.
    Channel(usize),
    /// It is a stream of its own.
    Stream(Box<StimulusStream>),
}

/// A stimulus stream and what puts it on the EEG's samples.
pub(super) struct StimulusStream {
    reader: Reader,
    pub(super) aligner: Aligner,
    /// The channel taken; the mean of all if `None`.
    channel: Option<usize>,
    eeg_rate_hz: f64,
    rate_hz: f64,
}

/// Why a stimulus stream cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum StimulusError {
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

impl StimulusStream {
    /// The stimulus of `info`, read from `reader`, beside the EEG of `eeg`.
    pub(super) fn new(
        settings: &StimulusSettings,
        info: &StreamInfo,
        eeg: &StreamInfo,
        reader: Reader,
    ) -> Result<Self, StimulusError> {
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
        let track = StimulusTrack::new(extractor, rate_hz, eeg.sample_rate_hz, latency_secs);
        Ok(Self {
            reader,
            aligner: Aligner::new(eeg.sample_rate_hz, eeg.n_channels, track, rate_hz),
            channel,
            eeg_rate_hz: eeg.sample_rate_hz,
            rate_hz,
        })
    }

    /// What to take next. Once the EEG has ended nobody waits.
    pub(super) fn next(&mut self, eeg: &mut Reader) -> Next {
        let stimulus_stamp_secs = self.reader.peek_stamp_secs();
        let has_gone = stimulus_stamp_secs.is_none() && self.reader.is_abandoned();
        let eeg_secs = if has_gone || eeg.is_abandoned() {
            f64::INFINITY
        } else {
            eeg.backlog() as f64 / self.eeg_rate_hz
        };
        let stimulus_secs = self.reader.backlog() as f64 / self.rate_hz;
        next_of(
            eeg.peek_stamp_secs(),
            stimulus_stamp_secs,
            eeg_secs,
            stimulus_secs,
        )
    }

    /// Take the oldest sample of the stimulus.
    pub(super) fn take_stimulus(&mut self) {
        let Some(sample) = self.reader.next_sample() else {
            return;
        };
        let value = match self.channel {
            Some(channel) => sample.values[channel],
            None => sample.values.iter().sum::<f64>() / sample.values.len().max(1) as f64,
        };
        self.aligner
            .push_stimulus(sample.run, sample.index, sample.stamp_secs, value);
    }
}

/// EEG samples that may wait for the stimulus without anybody being late.
pub(super) fn patience(intake: &Intake, eeg_rate_hz: f64) -> f64 {
    match intake {
        Intake::Stream(_) => MAX_WAIT_SECS * eeg_rate_hz,
        Intake::EegOnly | Intake::Channel(_) => 0.0,
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
    if info.stype.eq_ignore_ascii_case("audio") {
        Recipe::Gammatone
    } else {
        Recipe::AsIs
    }
}
