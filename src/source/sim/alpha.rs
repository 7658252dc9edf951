//! Alpha: a resonance at 10 Hz that comes and goes.

use std::f64::consts::{PI, TAU};

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use crate::source::sim::settings::SimSettings;
use crate::source::sim::{Purpose, rng, sine, uniform};

/// Where the resonance lies, and its width at half power.
pub(super) const PEAK_HZ: f64 = 10.0;
const WIDTH_HZ: f64 = 1.5;
/// Rate and depth of its slow waxing and waning.
const WAXING_HZ: f64 = 0.07;
const WAXING_DEPTH: f64 = 0.5;

/// White noise through a resonator of two poles (an AR(2) process), slowly modulated; one for the whole head.
#[derive(Debug, Clone)]
pub(super) struct Alpha {
    rng: Pcg64,
    /// `x[n] = a1 * x[n-1] + a2 * x[n-2] + drive * w[n]`
    a1: f64,
    a2: f64,
    drive: f64,
    last: f64,
    before_last: f64,
    waxing_phase: f64,
}

impl Alpha {
    pub(super) fn new(settings: &SimSettings) -> Self {
        let radius = (-PI * WIDTH_HZ / settings.sample_rate_hz).exp();
        let a1 = 2.0 * radius * (TAU * PEAK_HZ / settings.sample_rate_hz).cos();
        let a2 = -radius * radius;
        // Variance of an AR(2) process for unit drive (Box & Jenkins, Time Series Analysis, section 3.2).
        let variance = (1.0 - a2) / ((1.0 + a2) * ((1.0 - a2).powi(2) - a1 * a1));
        // The waxing adds the mean of its square.
        let waxing_power = 1.0 + 0.5 * WAXING_DEPTH * WAXING_DEPTH;
        let mut rng = rng(settings.seed, Purpose::Alpha);
        let waxing_phase = uniform(&mut rng);
        Self {
            rng,
            a1,
            a2,
            drive: settings.alpha_uv / (variance * waxing_power).sqrt(),
            last: 0.0,
            before_last: 0.0,
            waxing_phase,
        }
    }

    /// The next sample, `t_secs` after the start, for a channel of gain 1.
    pub(super) fn next_uv(&mut self, t_secs: f64) -> f64 {
        let white: f64 = StandardNormal.sample(&mut self.rng);
        let next = self.a1 * self.last + self.a2 * self.before_last + self.drive * white;
        (self.before_last, self.last) = (self.last, next);
        next * (1.0 + WAXING_DEPTH * sine(WAXING_HZ * t_secs + self.waxing_phase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_has_the_stated_rms() {
        let settings = SimSettings::default();
        let mut alpha = Alpha::new(&settings);
        let n = 500_000;
        let sum: f64 = (0..n)
            .map(|i| alpha.next_uv(f64::from(i) / 500.0).powi(2))
            .sum();
        let rms = (sum / f64::from(n)).sqrt();
        assert!((rms / settings.alpha_uv - 1.0).abs() < 0.05, "{rms}");
    }
}
