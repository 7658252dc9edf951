//! From audio to its envelope, one sample at a time.

use crate::dsp::filter_design::FilterError;
use crate::stimulus::Recipe;
use crate::stimulus::analytic::AnalyticFir;
use crate::stimulus::decimator::{Decimator, History, whole};
use crate::stimulus::gammatone::{FULL_BAND_RATE_HZ, Gammatone};

/// Lowest rate that counts as audio, in Hz.
pub const MIN_AUDIO_RATE_HZ: f64 = 8000.0;
/// Highest rate of audio, in Hz.
pub const MAX_AUDIO_RATE_HZ: f64 = 192_000.0;
/// Envelope values per second, nearly: the audio's rate is divided by a whole number.
const ENVELOPE_RATE_HZ: f64 = 1000.0;
/// The paper's band-pass runs at about this rate.
const PAPER_RATE_HZ: f64 = 4000.0;
const RMS_FRAME_SECS: f64 = 0.001;

/// Why an envelope was refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum EnvelopeError {
    /// The rate is none of audio.
    #[error(
        "audio of {rate_hz} Hz for the envelope recipe {}; allowed are {MIN_AUDIO_RATE_HZ} to {MAX_AUDIO_RATE_HZ} Hz, or the recipe {} for a stream that is an envelope already",
        recipe.name(), Recipe::AsIs.name()
    )]
    AudioRate {
        /// The recipe asked for.
        recipe: Recipe,
        /// The rate of the samples.
        rate_hz: f64,
    },
    /// The stream has no rate.
    #[error("an envelope of {rate_hz} Hz; allowed are rates above 0 Hz")]
    Rate {
        /// The rate of the samples.
        rate_hz: f64,
    },
    /// A filter of the recipe cannot be made.
    #[error(transparent)]
    Filter(#[from] FilterError),
}

/// What comes before the low-pass.
#[derive(Debug, Clone)]
enum Rectifier {
    None,
    Analytic {
        front: Decimator,
        band: AnalyticFir,
        history: History,
    },
    Gammatone(Box<Gammatone>),
    Rms {
        frame: Decimator,
    },
    HalfWave,
}

/// Makes the envelope of an audio signal by a [`Recipe`], causally.
///
/// All filters are finite and symmetric, so the delay is constant, the same for every frequency, and nothing of a sample is left after twice the
/// delay: a value that is not finite spoils as many values and no more.
#[derive(Debug, Clone)]
pub struct EnvelopeExtractor {
    recipe: Recipe,
    input_rate_hz: f64,
    rectifier: Rectifier,
    low_pass: Decimator,
}

impl EnvelopeExtractor {
    /// For samples at `input_rate_hz`.
    ///
    /// # Errors
    /// [`EnvelopeError`] unless the rate is 8 to 192 kHz, for [`Recipe::AsIs`] unless it is above 0.
    pub fn new(recipe: Recipe, input_rate_hz: f64) -> Result<Self, EnvelopeError> {
        let rate_hz = input_rate_hz;
        if recipe == Recipe::AsIs {
            if !(rate_hz > 0.0 && rate_hz.is_finite()) {
                return Err(EnvelopeError::Rate { rate_hz });
            }
        } else if !(MIN_AUDIO_RATE_HZ..=MAX_AUDIO_RATE_HZ).contains(&rate_hz) {
            return Err(EnvelopeError::AudioRate { recipe, rate_hz });
        }
        let rectifier = Rectifier::new(recipe, rate_hz)?;
        let low_pass = if recipe == Recipe::AsIs {
            Decimator::identity()
        } else {
            let rate_hz = rate_hz / rectifier.factor() as f64;
            Decimator::envelope_low_pass(whole(rate_hz / ENVELOPE_RATE_HZ), rate_hz)?
        };
        Ok(Self {
            recipe,
            input_rate_hz,
            rectifier,
            low_pass,
        })
    }

    /// The recipe.
    #[must_use]
    pub fn recipe(&self) -> Recipe {
        self.recipe
    }

    /// Input samples per envelope value: the values come with input samples `decimation - 1`, `2 decimation - 1` and so on after the start.
    #[must_use]
    pub fn decimation(&self) -> usize {
        self.rectifier.factor() * self.low_pass.factor()
    }

    /// Envelope values per second: 800 to 1250 of audio.
    #[must_use]
    pub fn envelope_rate_hz(&self) -> f64 {
        self.input_rate_hz / self.decimation() as f64
    }

    /// Delay in input samples: the value returned while sample `n` is pushed describes position `n - delay_samples`, to the half sample.
    #[must_use]
    pub fn delay_samples(&self) -> f64 {
        self.n_settling() as f64 / 2.0
    }

    /// Input samples after the start or a reset until values rest on input alone: those of this many pushes rest on the start too.
    #[must_use]
    pub fn n_settling(&self) -> usize {
        self.rectifier.span() + self.rectifier.factor() * self.low_pass.span()
    }

    /// The next input sample; an envelope value for one of `decimation` samples. Allocates nothing.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        let rectified = self.rectifier.push(value)?;
        self.low_pass.push(rectified)
    }

    /// Forget the past: for a gap in the input.
    pub fn reset(&mut self) {
        self.rectifier.reset();
        self.low_pass.reset();
    }
}

impl Rectifier {
    fn new(recipe: Recipe, rate_hz: f64) -> Result<Self, FilterError> {
        let to_full_band = || {
            let factor = whole((rate_hz / FULL_BAND_RATE_HZ).floor()).max(1);
            let front = Decimator::anti_alias(factor, rate_hz);
            front.map(|front| (front, rate_hz / factor as f64))
        };
        Ok(match recipe {
            Recipe::AsIs => Self::None,
            Recipe::HalfWave => Self::HalfWave,
            Recipe::Rms => {
                let n_frame = whole(RMS_FRAME_SECS * rate_hz);
                let taps = vec![1.0 / n_frame as f64; n_frame];
                Self::Rms {
                    frame: Decimator::new(taps, 1),
                }
            }
            Recipe::Gammatone => {
                let (front, rate_hz) = to_full_band()?;
                Self::Gammatone(Box::new(Gammatone::new(front, rate_hz)?))
            }
            Recipe::Paper => {
                let factor = whole(rate_hz / PAPER_RATE_HZ);
                let front = Decimator::anti_alias(factor, rate_hz)?;
                let rate_hz = rate_hz / factor as f64;
                Self::analytic(front, AnalyticFir::band_pass(1.0, 1000.0, 10.0, rate_hz)?)
            }
            Recipe::AikenPicton => {
                let (front, rate_hz) = to_full_band()?;
                let hi_hz = (rate_hz / 2.0 - 88.0).min(5657.0);
                Self::analytic(front, AnalyticFir::band_pass(88.0, hi_hz, 88.0, rate_hz)?)
            }
        })
    }

    fn analytic(front: Decimator, band: AnalyticFir) -> Self {
        Self::Analytic {
            front,
            history: History::new(band.n_taps()),
            band,
        }
    }

    /// Input samples per rectified value.
    fn factor(&self) -> usize {
        match self {
            Self::None | Self::HalfWave | Self::Rms { .. } => 1,
            Self::Analytic { front, .. } => front.factor(),
            Self::Gammatone(bank) => bank.factor(),
        }
    }

    /// Input samples that a rectified value rests on, less one.
    fn span(&self) -> usize {
        match self {
            Self::None | Self::HalfWave => 0,
            Self::Rms { frame } => frame.span(),
            Self::Analytic { front, band, .. } => {
                front.span() + front.factor() * (band.n_taps() - 1)
            }
            Self::Gammatone(bank) => bank.span(),
        }
    }

    fn push(&mut self, value: f64) -> Option<f64> {
        match self {
            Self::None => Some(value),
            // a comparison, not `max`: what is not a number must stay visible
            Self::HalfWave => Some(if value < 0.0 { 0.0 } else { value }),
            Self::Rms { frame } => frame
                .push(value * value)
                .map(|mean| mean.powf(std::f64::consts::LOG10_2 / 2.0)),
            Self::Analytic {
                front,
                band,
                history,
            } => {
                history.push(front.push(value)?);
                Some(band.power(history.newest()).sqrt())
            }
            Self::Gammatone(bank) => bank.push(value),
        }
    }

    fn reset(&mut self) {
        match self {
            Self::None | Self::HalfWave => {}
            Self::Rms { frame } => frame.reset(),
            Self::Analytic { front, history, .. } => {
                front.reset();
                history.clear();
            }
            Self::Gammatone(bank) => bank.reset(),
        }
    }
}
