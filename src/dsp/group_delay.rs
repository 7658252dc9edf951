//! How late a response follows its stimulus, from the slope of the cross-spectrum's phase.

use std::f64::consts::TAU;
use std::ops::Range;

use num_complex::Complex64;

use crate::dsp::{FreqAxis, TaperSet};

/// A delay with its interval. Means something only where the band's coherence is significant.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct GroupDelay {
    /// `-d angle(Sxy) / d omega`: positive where the response comes after the stimulus.
    pub delay_secs: f64,
    /// Its standard deviation.
    pub sd_secs: f64,
    /// Phase of the response at `centre_hz`, -pi to pi.
    pub phase_rad: f64,
    /// Frequency at which the phase is quoted: the weighted mean of the bins used.
    pub centre_hz: f64,
    /// Bins used.
    pub n_bins: usize,
}

impl GroupDelay {
    /// Where the true delay lies with 95 % probability: 1.96 standard deviations either way.
    #[must_use]
    pub fn interval_secs(&self) -> (f64, f64) {
        let half = 1.96 * self.sd_secs;
        (self.delay_secs - half, self.delay_secs + half)
    }
}

/// Regression of unwrapped phase on frequency over the bins of one band, each weighted by `C / (1 - C)`.
///
/// Delays are found between plus and minus half the inverse spacing of the bins; a latency has no cycle ambiguity here, but the phase
/// does. Neighbouring bins of a taper err together ([`TaperSet::correlations_sq`]): the standard deviation
/// counts that, and equals `sd(phase) / (2 pi sqrt(sum (f - fbar)^2))` for independent bins of equal coherence.
#[derive(Debug, Clone)]
pub struct GroupDelayFit {
    bins: Range<usize>,
    first_hz: f64,
    df_hz: f64,
    rho_sq: Vec<f64>,
    weights: Vec<f64>,
}

impl GroupDelayFit {
    /// Plans the fit over `bins`.
    #[must_use]
    pub fn new(axis: &FreqAxis, tapers: &TaperSet, bins: Range<usize>) -> Self {
        let rho_sq = tapers.correlations_sq(0);
        let of_bins = rho_sq.iter().take(bins.len());
        Self {
            first_hz: axis.hz(bins.start),
            df_hz: axis.df_hz(),
            rho_sq: of_bins.map(|rho| rho / rho_sq[0]).collect(),
            weights: vec![0.0; bins.len()],
            bins,
        }
    }

    /// Fit the cross-spectrum `sxy`; `msc` and `too_weak` are of the same bins, `n_eff` segments went in. Allocates nothing.
    ///
    /// `None` unless two bins have a stimulus and a coherence above 0, and there are two segments.
    pub fn fit(
        &mut self,
        sxy: &[Complex64],
        msc: &[f64],
        too_weak: &[bool],
        n_eff: f64,
    ) -> Option<GroupDelay> {
        for (weight, bin) in self.weights.iter_mut().zip(self.bins.clone()) {
            let usable = !too_weak[bin] && msc[bin] > 0.0 && n_eff >= 2.0;
            // identical signals would weigh without bound
            let c = msc[bin].min(1.0 - 1e-12);
            *weight = if usable { c / (1.0 - c) } else { 0.0 };
        }
        let n_bins = self.weights.iter().filter(|w| **w > 0.0).count();
        if n_bins < 2 {
            return None;
        }
        let sxy = &sxy[self.bins.clone()];
        let total: f64 = self.weights.iter().sum();
        let moment: f64 = (0..sxy.len()).map(|i| self.weights[i] * i as f64).sum();
        let centre = moment / total;
        let coarse = self.coarse_slope(sxy);
        // with the coarse slope gone the phases lie near one value, around which they cannot wrap
        let level: Complex64 = self.flattened(sxy, coarse, centre).sum();
        let turn = Complex64::from_polar(1.0, -level.arg());
        let (mut sum_sq, mut product, mut mean) = (0.0, 0.0, 0.0);
        for (i, z) in self.flattened(sxy, coarse, centre).enumerate() {
            let (weight, at) = (self.weights[i], i as f64 - centre);
            let phase = (z * turn).arg();
            sum_sq += weight * at * at;
            product += weight * at * phase;
            mean += weight * phase / total;
        }
        let slope = coarse + product / sum_sq;
        let rad_per_bin_to_secs = 1.0 / (TAU * self.df_hz);
        let phase = level.arg() + mean;
        Some(GroupDelay {
            delay_secs: -slope * rad_per_bin_to_secs,
            sd_secs: self.slope_sd(centre, sum_sq, n_eff) * rad_per_bin_to_secs,
            phase_rad: phase.sin().atan2(phase.cos()),
            centre_hz: self.first_hz + centre * self.df_hz,
            n_bins,
        })
    }

    /// Mean phase step from bin to bin.
    fn coarse_slope(&self, sxy: &[Complex64]) -> f64 {
        let steps = (1..sxy.len()).map(|i| {
            let weight = self.weights[i - 1] * self.weights[i];
            unit(sxy[i - 1]).conj() * unit(sxy[i]) * weight
        });
        steps.sum::<Complex64>().arg()
    }

    /// Weighted phasors with `slope` about `centre` taken out.
    fn flattened<'a>(
        &'a self,
        sxy: &'a [Complex64],
        slope: f64,
        centre: f64,
    ) -> impl Iterator<Item = Complex64> + 'a {
        sxy.iter()
            .zip(&self.weights)
            .enumerate()
            .map(move |(i, (z, weight))| {
                unit(*z) * Complex64::from_polar(*weight, -slope * (i as f64 - centre))
            })
    }

    /// Standard deviation of the slope, given `var(phase) = 1 / (2 n_eff w)` in each bin.
    fn slope_sd(&self, centre: f64, sum_sq: f64, n_eff: f64) -> f64 {
        let pull = |i: usize| self.weights[i].sqrt() * (i as f64 - centre);
        let n = self.weights.len();
        let pairs = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
        let joint: f64 = pairs
            .map(|(i, j)| pull(i) * pull(j) * self.rho_sq[i.abs_diff(j)])
            .sum();
        (joint.max(0.0) / (2.0 * n_eff)).sqrt() / sum_sq
    }
}

fn unit(z: Complex64) -> Complex64 {
    let norm = z.norm();
    if norm > 0.0 { z / norm } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::TaperKind;

    fn fit_delay(delay_secs: f64, msc: f64) -> GroupDelay {
        let axis = FreqAxis::new(200.0, 200, 100.0);
        let taper = TaperSet::of_kind(TaperKind::Boxcar, 200);
        let sxy: Vec<Complex64> = (0..101)
            .map(|bin| Complex64::from_polar(3.0, 0.4 - TAU * axis.hz(bin) * delay_secs))
            .collect();
        let mut fit = GroupDelayFit::new(&axis, &taper, 53..57);
        fit.fit(&sxy, &[msc; 101], &[false; 101], 228.0).unwrap()
    }

    #[test]
    fn delays_up_to_half_a_second_are_found_through_any_number_of_turns() {
        for delay_secs in [-0.4, -0.02, 0.0, 0.02, 0.12, 0.47] {
            let fitted = fit_delay(delay_secs, 0.3);
            assert!((fitted.delay_secs - delay_secs).abs() < 1e-12, "{fitted:?}");
            let phase = 0.4 - TAU * fitted.centre_hz * delay_secs;
            assert!((fitted.phase_rad - phase).sin().abs() < 1e-9, "{fitted:?}");
        }
    }

    #[test]
    fn four_bins_of_low_coherence_are_good_to_14_5_ms() {
        let fitted = fit_delay(0.02, 0.05);
        assert!((fitted.sd_secs - 0.0145).abs() < 5e-5, "{fitted:?}");
    }

    #[test]
    fn weak_or_single_bins_give_no_delay() {
        let axis = FreqAxis::new(200.0, 200, 100.0);
        let taper = TaperSet::of_kind(TaperKind::Hann, 200);
        let mut fit = GroupDelayFit::new(&axis, &taper, 53..57);
        let sxy = [Complex64::new(1.0, 0.0); 101];
        let mut too_weak = [true; 101];
        too_weak[54] = false;
        assert_eq!(fit.fit(&sxy, &[0.5; 101], &too_weak, 50.0), None);
        assert_eq!(fit.fit(&sxy, &[0.5; 101], &[false; 101], 1.0), None);
    }
}
