//! Ready-made stimuli whose envelope holds what is known: speech-like and music-like sounds, and amplitude-modulated tones.
//!
//! Pure and seeded: the same settings give the same sound. Every sound loops without a click and stays below full scale.

mod music;
mod planted;
mod speech;
mod tone;

use rand_distr::{Distribution, StandardNormal, StandardUniform};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

use planted::Planted;

/// Greatest absolute value of every sound, of full scale.
pub const PEAK: f64 = 0.8;
/// Where the envelope of [`Kind::Speech`] and [`Kind::Music`] has planted content: bands of Hasan et al. 2025, `(lo, hi)` in Hz.
pub const PLANTED_BANDS_HZ: [(f64, f64); 3] = [(8.0, 11.0), (53.0, 56.0), (78.0, 81.0)];
/// Sample rates a sound can have, in Hz.
pub const RATES_HZ: std::ops::RangeInclusive<u32> = 8000..=192_000;
/// Lengths a sound can have, in seconds.
pub const LENGTHS_SECS: std::ops::RangeInclusive<f64> = 2.0..=600.0;

/// What kind of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A voice of 115 to 165 Hz speaking syllables of vowels and hisses, about four a second, in phrases.
    Speech,
    /// A melody in fifths over a beat, 120 beats a minute.
    Music,
    /// A tone modulated at 40 Hz.
    Am40,
    /// A tone modulated at 80 Hz.
    Am80,
}

/// What a sound is to be like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SynthSettings {
    /// Another seed, another sound; tones have none.
    pub seed: u64,
    /// Samples per second.
    pub rate_hz: u32,
    /// Length. A tone's is the nearest that holds whole cycles of carrier and modulation.
    pub secs: f64,
    /// Carrier of the modulated tones. Best no multiple of the modulation, so that an artefact of the carrier cannot fold onto the response
    /// (Picton & John 2004).
    pub carrier_hz: u32,
    /// Depth of the tones' modulation, above 0 to 1.
    pub depth: f64,
}

impl Default for SynthSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            rate_hz: 44_100,
            secs: 60.0,
            carrier_hz: 1010,
            depth: 1.0,
        }
    }
}

/// Why a sound was refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SynthError {
    /// The sample rate.
    #[error("a sound at {rate_hz} Hz; allowed are {} to {} Hz", RATES_HZ.start(), RATES_HZ.end())]
    Rate {
        /// The rate asked for.
        rate_hz: u32,
    },
    /// The length.
    #[error("a sound of {secs} s; allowed are {} to {} s", LENGTHS_SECS.start(), LENGTHS_SECS.end())]
    Length {
        /// The length asked for.
        secs: f64,
    },
    /// The carrier is too low for its modulation or too high for the rate.
    #[error(
        "a carrier of {carrier_hz} Hz modulated at {modulation_hz} Hz; allowed are {least_hz} to {most_hz} Hz at this sample rate"
    )]
    Carrier {
        /// The carrier asked for.
        carrier_hz: u32,
        /// The modulation of the kind.
        modulation_hz: u32,
        /// Lowest allowed: twice the modulation.
        least_hz: u32,
        /// Highest allowed: the upper sideband stays below half the rate.
        most_hz: u32,
    },
    /// The depth.
    #[error("a modulation depth of {depth}; allowed are values above 0 up to 1")]
    Depth {
        /// The depth asked for.
        depth: f64,
    },
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Speech, Self::Music, Self::Am40, Self::Am80];

    /// The name on the command line, and of the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::Music => "music",
            Self::Am40 => "am40",
            Self::Am80 => "am80",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The modulation of a tone.
    fn modulation_hz(self) -> Option<u32> {
        match self {
            Self::Speech | Self::Music => None,
            Self::Am40 => Some(40),
            Self::Am80 => Some(80),
        }
    }

    /// Where the envelope has planted content, `(lo, hi)` in Hz; a line has `lo = hi`.
    #[must_use]
    pub fn planted_hz(self) -> &'static [(f64, f64)] {
        match self {
            Self::Speech | Self::Music => &PLANTED_BANDS_HZ,
            Self::Am40 => &[(40.0, 40.0)],
            Self::Am80 => &[(80.0, 80.0)],
        }
    }
}

impl SynthSettings {
    /// Whether `kind` can be made so.
    ///
    /// # Errors
    /// [`SynthError`] for a rate, length, carrier or depth that no sound can have.
    pub fn check(&self, kind: Kind) -> Result<(), SynthError> {
        let &Self { rate_hz, secs, .. } = self;
        if !RATES_HZ.contains(&rate_hz) {
            return Err(SynthError::Rate { rate_hz });
        }
        if !LENGTHS_SECS.contains(&secs) {
            return Err(SynthError::Length { secs });
        }
        kind.modulation_hz()
            .map_or(Ok(()), |hz| tone::check(self, hz))
    }
}

/// Make a sound: values within [`PEAK`] of 0, full scale being 1.
///
/// # Errors
/// [`SynthError`] where [`SynthSettings::check`] has one.
pub fn synth(kind: Kind, settings: &SynthSettings) -> Result<Vec<f32>, SynthError> {
    settings.check(kind)?;
    let sound = match kind.modulation_hz() {
        Some(hz) => tone::modulated(settings, hz),
        None if kind == Kind::Speech => speech::speech(settings),
        None => music::music(settings),
    };
    let greatest = sound.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let scale = PEAK / greatest.max(f64::MIN_POSITIVE);
    Ok(sound.into_iter().map(|x| to_f32(x * scale)).collect())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "24 bits are more than a sound file keeps"
)]
fn to_f32(value: f64) -> f32 {
    value as f32
}

/// Samples in `secs`, to the nearest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive, and at most ten minutes"
)]
fn n_samples(secs: f64, rate_hz: u32) -> usize {
    (secs * f64::from(rate_hz)).round() as usize
}

/// Rises from 0 to 1 as `x` goes from 0 to 1, smoothly; 0 and 1 beyond.
fn rise(x: f64) -> f64 {
    0.5 - 0.5 * (std::f64::consts::PI * x.clamp(0.0, 1.0)).cos()
}

/// Random numbers of one sound.
struct Random(Pcg64);

impl Random {
    fn new(seed: u64, kind: Kind) -> Self {
        // an odd constant with no pattern in its bits, 2^64 over the golden ratio: the kinds share no generator
        let own = (kind as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self(Pcg64::seed_from_u64(seed ^ own))
    }

    /// Evenly within `lo..hi`.
    fn within(&mut self, lo: f64, hi: f64) -> f64 {
        let share: f64 = StandardUniform.sample(&mut self.0);
        lo + share * (hi - lo)
    }

    /// True in that share of cases.
    fn chance(&mut self, share: f64) -> bool {
        self.within(0.0, 1.0) < share
    }

    /// One of `choices`, each as likely.
    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A whole number below `n`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within 0..n"
    )]
    fn below(&mut self, n: usize) -> usize {
        (self.within(0.0, n as f64) as usize).min(n - 1)
    }

    /// Normal, of variance 1.
    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }
}
