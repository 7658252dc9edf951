//! Magnitude-squared coherence and what it reads when there is none.

use num_complex::Complex64;

use crate::dsp::OverlapTable;
use crate::dsp::exponential_sum::ExponentialSum;

/// `|Sab|^2 / (Saa Sbb)`, between 0 and 1; 0 where a spectrum is empty.
#[must_use]
pub fn msc(saa: f64, sbb: f64, sab: Complex64) -> f64 {
    let power = saa * sbb;
    if power > 0.0 {
        (sab.norm_sqr() / power).min(1.0)
    } else {
        0.0
    }
}

/// The value that independent signals exceed with probability `alpha`:
/// `1 - alpha^(1 / (n_eff - 1))` (Goodman 1957; Carter 1973). `None` below two segments,
/// where coherence is 1 whatever the signals.
#[must_use]
pub fn msc_critical(alpha: f64, n_eff: f64) -> Option<f64> {
    (n_eff >= 2.0).then(|| 1.0 - alpha.powf(1.0 / (n_eff - 1.0)))
}

/// One number for a band: `1 - geometric mean of (1 - C_b)` over its bins.
///
/// It lies between the least and the greatest `C_b`, equals `C` where the band has one bin, and is a rising
/// function of Fisher's statistic `-2 sum (n_eff - 1) ln(1 - C_b)`, so it has a critical value: [`BandNull`].
/// 0 for no bins.
#[must_use]
pub fn band_msc(mscs: impl Iterator<Item = f64>) -> f64 {
    let (n, log_sum) = mscs.fold((0_u32, 0.0), |(n, sum), c| (n + 1, sum + (-c).ln_1p()));
    if n == 0 {
        0.0
    } else {
        -(log_sum / f64::from(n)).exp_m1()
    }
}

/// What [`band_msc`] reads over `n_bins` neighbouring bins of independent signals.
///
/// `Y = -(n_eff - 1) sum_b ln(1 - C_b)`, half of Fisher's statistic, adds `B` exponential variables of mean 1. Taper and overlap make
/// neighbours correlate ([`OverlapTable::bin_correlations`]), so `Y` is a sum of independent ones weighted by the eigenvalues of that correlation:
/// mean and variance are those of Brown's correction (1975), the tail is the sum's own, which matters where looks and a family share alpha.
/// Exact for many segments; with few, `n_eff` below 50, a little conservative.
#[derive(Debug, Clone)]
pub struct BandNull {
    n_bins: usize,
    sum: ExponentialSum,
    quantile: f64,
}

impl BandNull {
    /// Plans the null of a band of `n_bins` bins, with a critical value at level `alpha`.
    ///
    /// # Panics
    /// Unless `0 < alpha < 1`: settings are checked before.
    #[must_use]
    pub fn new(overlap: &OverlapTable, n_bins: usize, alpha: f64) -> Self {
        assert!(alpha > 0.0 && alpha < 1.0, "alpha is a probability");
        let n_bins = n_bins.max(1);
        let sum = ExponentialSum::of_stationary(n_bins, &overlap.bin_correlations());
        Self {
            n_bins,
            quantile: sum.quantile_above(alpha),
            sum,
        }
    }

    /// Bins of the band.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.n_bins
    }

    /// Probability that independent signals reach the [`band_msc`] `msc`. `None` below two segments.
    #[must_use]
    pub fn p_value(&self, msc: f64, n_eff: f64) -> Option<f64> {
        let sum = -(self.n_bins as f64) * (n_eff - 1.0) * (-msc.min(1.0)).ln_1p();
        (n_eff >= 2.0).then(|| self.sum.survival(sum))
    }

    /// The band MSC that independent signals exceed with probability alpha; `None` below two segments.
    #[must_use]
    pub fn critical(&self, n_eff: f64) -> Option<f64> {
        let exponent = self.quantile / (self.n_bins as f64 * (n_eff - 1.0));
        (n_eff >= 2.0).then(|| -(-exponent).exp_m1())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::{SegmentPlan, TaperKind, TaperSet};

    fn hann(hop: usize) -> OverlapTable {
        let tapers = TaperSet::of_kind(TaperKind::Hann, 200);
        OverlapTable::new(&tapers, SegmentPlan::new(200, hop).unwrap())
    }

    #[test]
    fn critical_values_are_those_of_dobie_and_wilson() {
        for (n_eff, alpha, expected) in [
            (8.0, 0.05, 0.3482),
            (16.0, 0.01, 0.2644),
            (64.0, 0.001, 0.1038),
            (240.0, 0.05, 0.0125),
        ] {
            let critical = msc_critical(alpha, n_eff).unwrap();
            assert!(
                (critical - expected).abs() < 5e-5,
                "{n_eff} {alpha}: {critical}"
            );
        }
        assert_eq!(msc_critical(0.05, 1.9), None);
    }

    #[test]
    fn a_band_of_one_bin_has_the_critical_value_of_a_bin() {
        let null = BandNull::new(&hann(100), 1, 0.05);
        let (band, bin) = (
            null.critical(30.0).unwrap(),
            msc_critical(0.05, 30.0).unwrap(),
        );
        assert!((band - bin).abs() < 1e-9, "{band} {bin}");
        assert!((band_msc(std::iter::once(0.3)) - 0.3).abs() < 1e-15);
    }

    #[test]
    fn the_critical_band_msc_has_p_equal_to_alpha() {
        for (n_bins, alpha) in [(1, 0.05), (4, 0.05), (7, 0.01)] {
            let null = BandNull::new(&hann(50), n_bins, alpha);
            let critical = null.critical(56.5).unwrap();
            let p = null.p_value(critical, 56.5).unwrap();
            assert!((p - alpha).abs() < 1e-9, "{n_bins}: {p}");
            assert_eq!(null.p_value(1.0, 56.5), Some(0.0));
            assert_eq!(null.p_value(0.5, 1.5), None);
        }
    }

    #[test]
    fn a_band_of_hann_bins_needs_more_than_browns_chi_squared_far_out() {
        // Brown: X / c ~ chi2(2B / c) with c = 1.339 for 7 bins of the taper alone, exceeded at 1e-3 by X / 2 = 20.32
        let null = BandNull::new(&hann(25), 7, 1e-3);
        let needed = -7.0 * 22.0 * (-null.critical(23.0).unwrap()).ln_1p();
        assert!((21.3..21.7).contains(&needed), "{needed}");
    }

    #[test]
    fn coherence_of_a_signal_with_itself_is_one_and_of_nothing_zero() {
        assert!((msc(2.0, 8.0, Complex64::new(0.0, 4.0)) - 1.0).abs() < 1e-15);
        assert!(msc(0.0, 1.0, Complex64::default()).abs() < 1e-15);
        assert!((band_msc([1.0, 0.2].into_iter()) - 1.0).abs() < 1e-15);
    }
}
