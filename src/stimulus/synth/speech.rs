//! A voice that says nothing, in the rhythm of speech.

use std::f64::consts::{PI, TAU};

use num_complex::Complex64;

use super::{Kind, Planted, Random, SynthSettings, n_samples, rise};

/// First three formants of five vowels in Hz, men's means (Peterson & Barney 1952).
const VOWELS_HZ: [[f64; 3]; 5] = [
    [730.0, 1090.0, 2440.0],
    [530.0, 1840.0, 2480.0],
    [270.0, 2290.0, 3010.0],
    [570.0, 840.0, 2410.0],
    [300.0, 870.0, 2240.0],
];
/// Strength and half width of the formants.
const FORMANT_GAINS: [f64; 3] = [1.0, 0.5, 0.2];
const FORMANT_HALF_WIDTHS_HZ: [f64; 3] = [60.0, 80.0, 110.0];
/// The voice falls from the first to the second over a phrase. Both lie above what an envelope's low-pass lets through, so that the voice's own
/// fluctuation does not mix with what is planted.
const PITCH_HZ: (f64, f64) = (155.0, 120.0);
const HIGHEST_HARMONIC_HZ: f64 = 4500.0;
/// Level between two syllables; in their middle it is 0.7 to 1.
const DIP: f64 = 0.35;
/// One vowel goes over into the next, and the voice sets in, within this time.
const GLIDE_SECS: f64 = 0.04;
/// Silence before the first phrase and after the last.
const MARGIN_SECS: f64 = 0.05;

/// A vowel, perhaps with a hiss at its start.
struct Syllable {
    start_secs: f64,
    secs: f64,
    level: f64,
    /// Length of the hiss; 0 without.
    hiss_secs: f64,
    formants_hz: [f64; 3],
}

/// Syllables in one breath.
struct Phrase {
    syllables: Vec<Syllable>,
    start_secs: f64,
    /// At the start, and its change per second.
    pitch_hz: f64,
    pitch_slope: f64,
}

pub(super) fn speech(settings: &SynthSettings) -> Vec<f64> {
    let mut random = Random::new(settings.seed, Kind::Speech);
    let n_samples = n_samples(settings.secs, settings.rate_hz);
    let mut sound = vec![0.0; n_samples];
    for phrase in phrases(&mut random, settings.secs) {
        for syllable in &phrase.syllables {
            syllable.add_hiss(&mut sound, settings.rate_hz, &mut random);
            syllable.add_vowel(&mut sound, settings.rate_hz, &phrase);
        }
    }
    Planted::new(&mut random, n_samples, settings.rate_hz).modulate(&mut sound);
    sound
}

/// Phrases of five to nine syllables with pauses between them.
fn phrases(random: &mut Random, secs: f64) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    let mut start_secs = MARGIN_SECS;
    while start_secs < secs {
        let mut at_secs = start_secs;
        let mut syllables = Vec::new();
        for _ in 0..5 + random.below(5) {
            let syllable = Syllable::new(random, at_secs);
            at_secs += syllable.secs;
            if at_secs > secs - MARGIN_SECS {
                break;
            }
            syllables.push(syllable);
        }
        let (high, low) = PITCH_HZ;
        phrases.push(Phrase {
            syllables,
            start_secs,
            pitch_hz: high + random.within(-5.0, 10.0),
            pitch_slope: (low - high) / (at_secs - start_secs),
        });
        start_secs = at_secs + random.within(0.2, 0.4);
    }
    phrases
}

impl Phrase {
    /// The voice's phase in cycles.
    fn cycles(&self, secs: f64) -> f64 {
        let secs = secs - self.start_secs;
        (self.pitch_hz + self.pitch_slope * secs / 2.0) * secs
    }
}

impl Syllable {
    fn new(random: &mut Random, start_secs: f64) -> Self {
        Self {
            start_secs,
            secs: random.within(0.2, 0.3),
            level: random.within(0.7, 1.0),
            hiss_secs: if random.chance(0.4) { 0.07 } else { 0.0 },
            formants_hz: random.pick(&VOWELS_HZ),
        }
    }

    /// Noise with more of the high frequencies, rising and falling.
    fn add_hiss(&self, sound: &mut [f64], rate_hz: u32, random: &mut Random) {
        let start = n_samples(self.start_secs, rate_hz);
        let len = n_samples(self.hiss_secs, rate_hz);
        let mut before = 0.0;
        for (n, value) in sound.iter_mut().skip(start).take(len).enumerate() {
            let white = random.normal();
            let shape = (PI * n as f64 / len as f64).sin().powi(2);
            *value += 0.05 * self.level * shape * (white - before);
            before = white;
        }
    }

    /// Harmonics of the pitch under the formants.
    fn add_vowel(&self, sound: &mut [f64], rate_hz: u32, phrase: &Phrase) {
        let rate = f64::from(rate_hz);
        let harmonics = self.harmonics(rate);
        let half_glide = GLIDE_SECS / 2.0;
        let start = n_samples(self.start_secs - half_glide, rate_hz);
        let len = n_samples(self.secs + GLIDE_SECS, rate_hz);
        for (n, value) in sound.iter_mut().enumerate().skip(start).take(len) {
            let secs = n as f64 / rate;
            let into_secs = secs - self.start_secs;
            let left_secs = self.secs - into_secs;
            let glide = |secs: f64| rise((secs + half_glide) / GLIDE_SECS);
            let x = (into_secs / self.secs).clamp(0.0, 1.0);
            let hump = DIP + (self.level - DIP) * (PI * x).sin().powi(2);
            let turn = Complex64::cis(TAU * phrase.cycles(secs));
            // Horner's rule: the highest harmonic first
            let upward = harmonics.iter().rev();
            let voice = upward.fold(Complex64::default(), |sum, h| (sum + h) * turn);
            *value += glide(into_secs) * glide(left_secs) * hump * voice.im;
        }
    }

    /// Amplitude and phase of each harmonic. Phases quadratic in the harmonic's number keep the peaks low (Schroeder 1970).
    fn harmonics(&self, rate: f64) -> Vec<Complex64> {
        let pitch = f64::midpoint(PITCH_HZ.0, PITCH_HZ.1);
        let highest_hz = HIGHEST_HARMONIC_HZ.min(0.4 * rate);
        let numbers = (1..).map(f64::from);
        let audible = numbers.take_while(|k| k * pitch < highest_hz);
        audible
            .map(|k| Complex64::from_polar(self.strength(k * pitch), PI * k * k / 30.0))
            .collect()
    }

    /// The formants' resonances on a floor.
    fn strength(&self, hz: f64) -> f64 {
        let formants = self.formants_hz.iter().zip(FORMANT_HALF_WIDTHS_HZ);
        let resonances = formants.map(|(at, width)| 1.0 / (1.0 + ((hz - at) / width).powi(2)));
        let gains = FORMANT_GAINS.iter();
        0.01 + gains.zip(resonances).map(|(gain, r)| gain * r).sum::<f64>()
    }
}
