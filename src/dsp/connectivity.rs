//! Measures of how two channels go together, and what each reads when they do not.

mod mean;

use num_complex::Complex64;
use statrs::distribution::{ChiSquared, ContinuousCDF};
use std::f64::consts::PI;

use crate::dsp::msc_critical;

/// Averages over segments of one pair at one bin; `S = sum_k A_k conj(B_k)` over the tapers of a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairMeans {
    /// Mean PSD of the first channel.
    pub saa: f64,
    /// Mean PSD of the second channel.
    pub sbb: f64,
    /// Mean of `S`, as mne-connectivity has it: the conjugate of the cross-spectra `mean(conj(A) B)` elsewhere here.
    pub sab: Complex64,
    /// Mean of `S / |S|`.
    pub phase: Complex64,
    /// Mean sign of `Im S`.
    pub sign: f64,
    /// Mean of `|Im S|`.
    pub abs_im: f64,
    /// Mean of `(Im S)^2`.
    pub im_sq: f64,
}

/// The measures of one pair at one bin, defined as in mne-connectivity (`spectral_connectivity_epochs`).
///
/// A positive imaginary part means that the first channel's phase is ahead of the second's.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Connectivity {
    /// Coherency `mean S / sqrt(Saa Sbb)`: `cohy`.
    pub coherency: Complex64,
    /// Its magnitude: `coh`.
    pub coh: f64,
    /// Its magnitude squared.
    pub msc: f64,
    /// Its imaginary part, signed: `imcoh`.
    pub imcoh: f64,
    /// Phase locking value `|mean S/|S||`: `plv`.
    pub plv: f64,
    /// Corrected imaginary PLV, `|Im| / sqrt(1 - Re^2)` of the mean phase: `ciplv`.
    pub ciplv: f64,
    /// Pairwise phase consistency, PLV squared without its bias: `ppc`.
    pub ppc: f64,
    /// Phase lag index `|mean sign Im S|`: `pli`.
    pub pli: f64,
    /// PLI squared without its bias: `pli2_unbiased`.
    pub pli2_unbiased: f64,
    /// Directed PLI, the share of segments where the first channel is ahead: `dpli`.
    pub dpli: f64,
    /// Weighted PLI `|mean Im S| / mean |Im S|`: `wpli`.
    pub wpli: f64,
    /// Weighted PLI squared without its bias: `wpli2_debiased`.
    pub wpli2_debiased: f64,
}

impl Connectivity {
    /// The measures from averages over `n` segments; `None` below two, where all are 1 whatever the signals.
    ///
    /// `n` enters only where a bias is taken off. The number of segments gives mne-connectivity's values. Those presume
    /// segments that do not overlap: under 75 % overlap independent channels read a PPC of `0.3 / n_eff` too much. With the *effective* number
    /// ([`n_segments_eff`](crate::dsp::OverlapTable::n_segments_eff)) they read 0 or a little less, under overlap and forgetting too.
    /// Empty denominators give 0.
    #[must_use]
    pub fn new(means: &PairMeans, n: f64) -> Option<Self> {
        // two segments are allowed, and an effective number may miss 2 by rounding
        if n.is_nan() || n < 2.0 - 1e-9 {
            return None;
        }
        let power = (means.saa * means.sbb).sqrt();
        let coherency = if power > 0.0 {
            means.sab / power
        } else {
            Complex64::default()
        };
        let unbiased = |square: f64| (n * square - 1.0) / (n - 1.0);
        let plv = means.phase.norm();
        let pli = means.sign.abs();
        let wpli = ratio(means.sab.im.abs(), means.abs_im);
        let spread = ratio(means.im_sq, n * means.abs_im * means.abs_im);
        Some(Self {
            coherency,
            coh: coherency.norm(),
            msc: coherency.norm_sqr(),
            imcoh: coherency.im,
            plv,
            ciplv: corrected_imaginary(means.phase),
            ppc: if plv == 0.0 { 0.0 } else { unbiased(plv * plv) },
            pli,
            pli2_unbiased: unbiased(pli * pli),
            dpli: f64::midpoint(1.0, means.sign),
            wpli,
            wpli2_debiased: ratio(wpli * wpli - spread, 1.0 - spread),
        })
    }
}

/// 0 for an empty denominator, as mne-connectivity has it.
fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 {
        0.0
    } else {
        numerator / denominator
    }
}

fn corrected_imaginary(phase: Complex64) -> f64 {
    let rest = 1.0 - phase.re * phase.re;
    if rest > 0.0 {
        phase.im.abs() / rest.sqrt()
    } else {
        phase.im.abs()
    }
}

/// What the measures read for independent Gaussian signals, at some effective number of segments.
///
/// Expectations of what is biased; the value exceeded with probability alpha for what is not.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct NullLines {
    /// Mean of coh, `sqrt(pi / (4 n))`.
    pub coh: f64,
    /// Mean of the MSC, `1 / n`.
    pub msc: f64,
    /// MSC exceeded with probability alpha.
    pub msc_critical: f64,
    /// The same of partial MSC given one stimulus, which costs one segment; `None` below three.
    pub partial_msc_critical: Option<f64>,
    /// Standard deviation of imcoh, `1 / sqrt(2 n)`; its mean is 0.
    pub imcoh_sd: f64,
    /// Mean of the PLV, `sqrt(pi / (4 n))`.
    pub plv: f64,
    /// Mean of ciPLV, `1 / sqrt(pi n)`.
    pub ciplv: f64,
    /// PPC exceeded with probability alpha, `(-ln alpha - 1) / (n - 1)`; its mean is 0.
    pub ppc: f64,
    /// Mean of the PLI, `sqrt(2 / (pi n))`.
    pub pli: f64,
    /// Unbiased PLI squared exceeded with probability alpha; its mean is 0.
    pub pli2_unbiased: f64,
    /// Standard deviation of dPLI, `1 / (2 sqrt n)`; its mean is 0.5.
    pub dpli_sd: f64,
    /// Mean of wPLI, about `2 / sqrt(pi n)` with one taper.
    pub wpli: f64,
    /// Debiased wPLI squared exceeded with probability alpha, about; its mean is 0.
    pub wpli2_debiased: f64,
}

/// Plans [`NullLines`] for a level and a number of tapers.
///
/// `coh`, `msc` and `imcoh` average over segments and tapers, `n = segments * tapers`. The phase measures take one phase per
/// segment, so their `n` is that of segments. With `K` tapers `Im S` is a difference of two gamma variables of shape `K`, for
/// which `sd / E|Im S| = 4^K / (binomial(2K, K) sqrt(2K))`: `sqrt 2` for one, towards `sqrt(pi / 2)` for many.
#[derive(Debug, Clone, Copy)]
pub struct NullPlan {
    alpha: f64,
    n_tapers_eff: f64,
    /// `sd / E|Im S|`.
    im_spread: f64,
    /// Chi-squared with one degree of freedom, exceeded with probability alpha.
    chi2: f64,
}

impl NullPlan {
    /// Plans lines at level `alpha` for `n_tapers_eff` tapers.
    ///
    /// # Panics
    /// Unless `0 < alpha < 1`: settings are checked before.
    #[must_use]
    pub fn new(alpha: f64, n_tapers_eff: f64) -> Self {
        assert!(alpha > 0.0 && alpha < 1.0, "alpha is a probability");
        let n_tapers = n_tapers_eff.round().max(1.0);
        let mut im_spread = 2.0_f64.sqrt();
        let mut k = 1.0;
        while k < n_tapers {
            // 4^K / binomial(2K, K) grows by (2K + 2) / (2K + 1) from K to K + 1
            im_spread *= (2.0 * k + 2.0) / (2.0 * k + 1.0) * (k / (k + 1.0)).sqrt();
            k += 1.0;
        }
        Self {
            alpha,
            n_tapers_eff,
            im_spread,
            chi2: ChiSquared::new(1.0).map_or(f64::NAN, |chi2| chi2.inverse_cdf(1.0 - alpha)),
        }
    }

    /// The lines at `n` effective segments; `None` below two.
    #[must_use]
    pub fn lines(&self, n: f64) -> Option<NullLines> {
        if n.is_nan() || n < 2.0 - 1e-9 {
            return None;
        }
        let n_all = n * self.n_tapers_eff;
        Some(NullLines {
            coh: (PI / (4.0 * n_all)).sqrt(),
            msc: 1.0 / n_all,
            msc_critical: msc_critical(self.alpha, n_all.max(2.0))?,
            partial_msc_critical: msc_critical(self.alpha, n_all - 1.0),
            imcoh_sd: 1.0 / (2.0 * n_all).sqrt(),
            plv: (PI / (4.0 * n)).sqrt(),
            ciplv: 1.0 / (PI * n).sqrt(),
            ppc: (-self.alpha.ln() - 1.0) / (n - 1.0),
            pli: (2.0 / (PI * n)).sqrt(),
            pli2_unbiased: (self.chi2 - 1.0) / (n - 1.0),
            dpli_sd: 0.5 / n.sqrt(),
            wpli: (2.0 / PI).sqrt() * self.im_spread / n.sqrt(),
            wpli2_debiased: self.im_spread * self.im_spread * (self.chi2 - 1.0) / (n - 1.0),
        })
    }
}

#[cfg(test)]
mod tests;
