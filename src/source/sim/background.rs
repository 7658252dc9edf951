//! Background whose PSD falls with a power of frequency, in part common to all channels.

use std::f64::consts::TAU;

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use crate::source::sim::settings::SimSettings;
use crate::source::sim::{Purpose, rng};

/// Share of the background's power that all channels have in common, as from a shared reference.
pub(super) const SHARED_POWER: f64 = 0.4;

/// The lowest corner; below it the background is flat.
const LOWEST_CORNER_HZ: f64 = 0.25;
/// The highest corner, as a share of the sample rate.
const HIGHEST_CORNER: f64 = 0.4;
/// Rounds after which the fit of the sizes has settled.
const FIT_ROUNDS: u32 = 30;
/// The range over which the rms is stated.
const STATED_HZ: (f64, f64) = (1.0, 100.0);

/// White noise through a first-order low-pass: `x[n] = pole * x[n-1] + drive * w[n]`.
#[derive(Debug, Clone, Copy)]
struct LowPassed {
    pole: f64,
    drive: f64,
}

impl LowPassed {
    /// Its one-sided PSD at `cycles` per sample, times the sample rate.
    fn psd(self, cycles: f64) -> f64 {
        let (pole, cos) = (self.pole, (TAU * cycles).cos());
        2.0 * self.drive * self.drive / (1.0 - 2.0 * pole * cos + pole * pole)
    }
}

/// Background noise for every channel.
///
/// A power law is a sum of first-order low-passed noises with corners an octave apart (van der Ziel 1950 explained 1/f noise by such a
/// sum); their sizes are fitted to the law, which holds within 0.6 dB from 2 to 40 Hz.
#[derive(Debug, Clone)]
pub(super) struct Background {
    rng: Pcg64,
    bank: Vec<LowPassed>,
    /// One value per low-pass: those of the shared part, then those of each channel.
    states: Vec<f64>,
}

impl Background {
    pub(super) fn new(settings: &SimSettings) -> Self {
        let rate_hz = settings.sample_rate_hz;
        let mut bank = power_law(settings.noise_exponent, rate_hz);
        let scale = settings.noise_uv / stated_power(&bank, rate_hz).sqrt();
        for low_passed in &mut bank {
            low_passed.drive *= scale;
        }
        let mut rng = rng(settings.seed, Purpose::Background);
        // Each starts as if it had been running for ever.
        let states = (0..=settings.channels.len())
            .flat_map(|_| &bank)
            .map(|LowPassed { pole, drive }| drive / (1.0 - pole * pole).sqrt() * normal(&mut rng))
            .collect();
        Self { rng, bank, states }
    }

    /// Adds the next sample to each channel.
    pub(super) fn add_to(&mut self, out_uv: &mut [f64]) {
        let mut parts = self.states.chunks_exact_mut(self.bank.len());
        let shared = parts
            .next()
            .map_or(0.0, |states| step(&self.bank, states, &mut self.rng));
        for (out, states) in out_uv.iter_mut().zip(parts) {
            let own = step(&self.bank, states, &mut self.rng);
            *out += SHARED_POWER.sqrt() * shared + (1.0 - SHARED_POWER).sqrt() * own;
        }
    }
}

/// A bank whose PSD is the corner frequency to the power of `-exponent` at each of its corners.
///
/// Each low-pass matters most near its own corner, so that scaling its power by what is wanted over what is there, again and again, settles.
fn power_law(exponent: f64, rate_hz: f64) -> Vec<LowPassed> {
    let corners_hz = || {
        std::iter::successors(Some(LOWEST_CORNER_HZ), |hz| Some(2.0 * hz))
            .take_while(|hz| *hz < HIGHEST_CORNER * rate_hz)
    };
    let law = |hz: f64| hz.powf(-exponent);
    let mut bank: Vec<LowPassed> = corners_hz()
        .map(|hz| {
            let pole = (-TAU * hz / rate_hz).exp();
            let drive = law(hz).sqrt() * (1.0 - pole);
            LowPassed { pole, drive }
        })
        .collect();
    for _ in 0..FIT_ROUNDS {
        let there: Vec<f64> = corners_hz().map(|hz| psd(&bank, hz / rate_hz)).collect();
        for ((low_passed, hz), there) in bank.iter_mut().zip(corners_hz()).zip(there) {
            low_passed.drive *= (law(hz) / there).sqrt();
        }
    }
    bank
}

/// PSD of a whole bank at `cycles` per sample, times the sample rate.
fn psd(bank: &[LowPassed], cycles: f64) -> f64 {
    bank.iter().map(|low_passed| low_passed.psd(cycles)).sum()
}

/// One step of a bank; the sum of its low-passed noises.
fn step(bank: &[LowPassed], states: &mut [f64], rng: &mut Pcg64) -> f64 {
    let mut sum = 0.0;
    for (LowPassed { pole, drive }, state) in bank.iter().zip(states) {
        *state = pole * *state + drive * normal(rng);
        sum += *state;
    }
    sum
}

fn normal(rng: &mut Pcg64) -> f64 {
    StandardNormal.sample(rng)
}

/// Power of the whole bank in the stated range.
fn stated_power(bank: &[LowPassed], rate_hz: f64) -> f64 {
    let (lo_hz, hi_hz) = STATED_HZ;
    let n: u32 = 20_000;
    let df_hz = (hi_hz.min(0.5 * rate_hz) - lo_hz) / f64::from(n);
    let sum: f64 = (0..n)
        .map(|k| (lo_hz + (f64::from(k) + 0.5) * df_hz) / rate_hz)
        .map(|cycles| psd(bank, cycles))
        .sum();
    sum * df_hz / rate_hz
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_psd_is_a_power_law_within_0_6_db() {
        for (exponent, rate_hz) in [(0.5, 500.0), (1.0, 250.0), (1.5, 2000.0), (1.7, 500.0)] {
            let bank = power_law(exponent, rate_hz);
            let off_db: Vec<f64> = (4..=80)
                .map(|half_hz| 0.5 * f64::from(half_hz))
                .map(|hz| 10.0 * (psd(&bank, hz / rate_hz) * hz.powf(exponent)).log10())
                .collect();
            let highest = off_db.iter().copied().fold(f64::MIN, f64::max);
            let lowest = off_db.iter().copied().fold(f64::MAX, f64::min);
            assert!(
                highest - lowest < 0.6,
                "{exponent}: {lowest} to {highest} dB"
            );
        }
    }

    #[test]
    fn the_shared_part_is_the_correlation_of_two_channels() {
        let settings = SimSettings {
            channels: vec!["Cz".into(), "P4".into()],
            ..SimSettings::default()
        };
        let mut background = Background::new(&settings);
        let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
        // Differences, as the slowest parts have too few independent values in ten minutes.
        let mut last = [0.0; 2];
        for _ in 0..300_000 {
            let mut out = [0.0; 2];
            background.add_to(&mut out);
            let (a, b) = (out[0] - last[0], out[1] - last[1]);
            last = out;
            aa += a * a;
            bb += b * b;
            ab += a * b;
        }
        let correlation: f64 = ab / (aa * bb).sqrt();
        assert!((correlation - SHARED_POWER).abs() < 0.02, "{correlation}");
    }
}
