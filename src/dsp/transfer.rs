//! The gain from a stimulus to a response and how sure it is, from averaged spectra.
//!
//! With `Sxx`, `Syy` the auto-spectra of stimulus and response, `Sxy = mean(conj(X) Y)` and `n_eff` independent segments
//! (Bendat & Piersol, *Random Data*; Goodman 1957; Carter 1973). Ratios are taken of averages, never averaged: a frame in
//! which the stimulus is silent then weighs nothing, where a mean of `|Y/X|` explodes.

use num_complex::Complex64;

use crate::dsp::{FreqAxis, msc, msc_critical};

/// What is known of one frequency.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Transfer {
    /// `H1 = Sxy / Sxx`, response units per stimulus unit; `None` where the stimulus is too weak.
    pub h1: Option<Complex64>,
    /// Radius around `h1` that holds the true gain with probability `1 - alpha`; `None` with it, or below two segments.
    pub h1_radius: Option<f64>,
    /// Magnitude-squared coherence.
    pub msc: f64,
    /// Probability of this MSC or more without a response; `None` below two segments.
    pub p_value: Option<f64>,
    /// MSC less what chance gives, `max(0, (n C - 1) / (n - 1))`; `None` below two segments.
    pub msc_debiased: Option<f64>,
    /// Power of what follows the stimulus over the rest, `C / (1 - C)`; infinite for `C` = 1.
    pub coherent_snr: f64,
}

impl Transfer {
    /// Every number of a bin; `too_weak` says that the stimulus has no power there to speak of.
    ///
    /// The radius is exact for Gaussian noise: `r^2 = F(2, 2L-2; 1-alpha) (1-C) Syy / ((L-1) Sxx)`, and that quantile
    /// has a closed form, `F / (L-1) = alpha^(-1/(L-1)) - 1`.
    #[must_use]
    pub fn new(
        (sxx, syy, sxy): (f64, f64, Complex64),
        too_weak: bool,
        n_eff: f64,
        alpha: f64,
    ) -> Self {
        let msc = msc(sxx, syy, sxy);
        let enough = n_eff >= 2.0;
        let h1 = (!too_weak && sxx > 0.0).then(|| sxy / sxx);
        let spread = alpha.powf(-1.0 / (n_eff - 1.0)) - 1.0;
        Self {
            h1,
            h1_radius: h1
                .filter(|_| enough)
                .map(|_| (spread * (1.0 - msc) * syy / sxx).sqrt()),
            msc,
            p_value: msc_p_value(msc, n_eff),
            msc_debiased: enough.then(|| ((n_eff * msc - 1.0) / (n_eff - 1.0)).max(0.0)),
            coherent_snr: msc / (1.0 - msc),
        }
    }
}

/// Probability that independent signals reach the MSC `msc`, `(1 - msc)^(n_eff - 1)`; `None` below two segments.
#[must_use]
pub fn msc_p_value(msc: f64, n_eff: f64) -> Option<f64> {
    (n_eff >= 2.0).then(|| (1.0 - msc).powf(n_eff - 1.0))
}

/// Share of the median below which a stimulus is too weak to divide by: -30 dB.
pub const WEAK_STIMULUS_SHARE: f64 = 1e-3;

/// Frequencies over which that median is taken.
pub const WEAK_STIMULUS_HZ: (f64, f64) = (5.0, 95.0);

/// Mark the bins where the stimulus's spectrum `sxx` lies below [`WEAK_STIMULUS_SHARE`] of its median over
/// [`WEAK_STIMULUS_HZ`]. All bins where that median is 0: silence. `sorted` is scratch for as many values. Allocates nothing.
pub fn mark_weak_stimulus(axis: &FreqAxis, sxx: &[f64], sorted: &mut [f64], too_weak: &mut [bool]) {
    let bins = axis.bins_within(WEAK_STIMULUS_HZ.0, WEAK_STIMULUS_HZ.1);
    let sorted = &mut sorted[..bins.len()];
    sorted.copy_from_slice(&sxx[bins]);
    let limit = median(sorted) * WEAK_STIMULUS_SHARE;
    for (too_weak, sxx) in too_weak.iter_mut().zip(sxx) {
        *too_weak = *sxx < limit || *sxx <= 0.0 || limit <= 0.0;
    }
}

/// Median of `values`, which are left sorted; 0 for none.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// The least true MSC that a test at `alpha` over `n_eff` segments finds with probability `power`.
///
/// Exact for a given stimulus and Gaussian noise: the test is F with 2 and `2 n_eff - 2` degrees of freedom, noncentral by
/// `lambda = 2 n_eff C / (1 - C)` if there is a response. About `4.8 / n_eff` at alpha 0.05 and 80 % once `n_eff` is large.
/// `None` below two segments, or where nothing short of identity (lambda 1200) would do.
#[must_use]
pub fn min_detectable_msc(alpha: f64, power: f64, n_eff: f64) -> Option<f64> {
    let critical = msc_critical(alpha, n_eff)?;
    let missed = |lambda: f64| detection_power(alpha, critical, n_eff, lambda) < power;
    let (mut lo, mut hi) = (0.0, 1200.0);
    if missed(hi) {
        return None;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(lo, hi);
        if missed(middle) {
            lo = middle;
        } else {
            hi = middle;
        }
    }
    Some(hi / (hi + 2.0 * n_eff))
}

/// Probability that the MSC exceeds `critical` at noncentrality `lambda`.
///
/// Poisson mixture of central beta tails; with two degrees of freedom each tail is a finite sum,
/// `P_j = alpha sum_{i<=j} critical^i (b)_i / i!` with `b = n_eff - 1`, all of whose terms are positive.
fn detection_power(alpha: f64, critical: f64, n_eff: f64, lambda: f64) -> f64 {
    let half = lambda / 2.0;
    let mut poisson = (-half).exp();
    let (mut term, mut tail) = (alpha, alpha);
    let (mut power, mut weight) = (poisson * tail, poisson);
    let mut j = 0.0;
    while weight < 1.0 - 1e-13 && j < 2000.0 {
        j += 1.0;
        poisson *= half / j;
        term *= critical * (n_eff - 2.0 + j) / j;
        tail = (tail + term).min(1.0);
        power += poisson * tail;
        weight += poisson;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_says_gain_radius_and_significance() {
        let spectra = (4.0, 1.0, Complex64::new(0.8, -0.6));
        let bin = Transfer::new(spectra, false, 21.0, 0.05);
        assert_eq!(bin.h1, Some(Complex64::new(0.2, -0.15)));
        assert!((bin.msc - 0.25).abs() < 1e-15);
        // F(2, 40; 0.95) = 3.2317
        let radius = (3.231_73_f64 / 20.0 * 0.75 / 4.0).sqrt();
        assert!((bin.h1_radius.unwrap() - radius).abs() < 1e-6);
        assert!((bin.p_value.unwrap() - 0.75_f64.powi(20)).abs() < 1e-15);
        assert!((bin.msc_debiased.unwrap() - 4.25 / 20.0).abs() < 1e-15);
        assert!((bin.coherent_snr - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_weak_stimulus_has_no_gain_and_a_single_segment_no_significance() {
        let spectra = (4.0, 1.0, Complex64::new(0.8, -0.6));
        let weak = Transfer::new(spectra, true, 21.0, 0.05);
        assert_eq!((weak.h1, weak.h1_radius), (None, None));
        let single = Transfer::new(spectra, false, 1.0, 0.05);
        assert!(single.h1.is_some() && single.h1_radius.is_none());
        assert_eq!((single.p_value, single.msc_debiased), (None, None));
    }

    #[test]
    fn bins_30_db_below_the_median_are_marked() {
        let axis = FreqAxis::new(200.0, 200, 100.0);
        let mut sxx = vec![2.0; 101];
        (sxx[40], sxx[41], sxx[0]) = (1.9e-3, 2.1e-3, 0.0);
        let (mut sorted, mut too_weak) = (vec![0.0; 101], vec![false; 101]);
        mark_weak_stimulus(&axis, &sxx, &mut sorted, &mut too_weak);
        let marked: Vec<usize> = (0..101).filter(|&bin| too_weak[bin]).collect();
        assert_eq!(marked, [0, 40]);
        mark_weak_stimulus(&axis, &[0.0; 101], &mut sorted, &mut too_weak);
        assert!(
            too_weak.iter().all(|weak| *weak),
            "silence is weak everywhere"
        );
    }

    #[test]
    fn the_least_detectable_msc_tends_to_4_8_over_n() {
        for (n_eff, approximate, within) in [
            (28.0, 0.147, 0.01),
            (228.0, 0.0207, 0.0003),
            (1e5, 4.817e-5, 1e-8),
        ] {
            let least = min_detectable_msc(0.05, 0.8, n_eff).unwrap();
            assert!((least - approximate).abs() < within, "{n_eff}: {least}");
        }
        assert_eq!(min_detectable_msc(0.05, 0.8, 1.5), None);
        assert_eq!(min_detectable_msc(1e-6, 0.8, 2.0), None);
    }
}
