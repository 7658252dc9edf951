//! Tapers (window functions) and the constants that undo their effect.

use std::f64::consts::TAU;

use num_complex::Complex64;

/// Shape of a taper. All are periodic, as spectra want them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub enum TaperKind {
    /// No taper: exact for a whole number of cycles, leaky otherwise.
    Boxcar,
    /// `0.5 - 0.5 cos`: the default, and Welch's partner at 50 % overlap.
    #[default]
    Hann,
    /// `0.54 - 0.46 cos`.
    Hamming,
    /// Four-term Blackman-Harris: side lobes at -92 dB, main lobe of 4 bins each side.
    BlackmanHarris,
}

impl TaperKind {
    /// Coefficients of `sum_k (-1)^k a_k cos(2 pi k n / N)`.
    fn cosine_terms(self) -> &'static [f64] {
        match self {
            Self::Boxcar => &[1.0],
            Self::Hann => &[0.5, 0.5],
            Self::Hamming => &[0.54, 0.46],
            Self::BlackmanHarris => &[0.358_75, 0.488_29, 0.141_28, 0.011_68],
        }
    }
}

/// A taper's weights together with the sums every normalisation needs.
#[derive(Debug, Clone)]
pub struct Taper {
    weights: Vec<f64>,
    sum: f64,
    sum_sq: f64,
}

impl Taper {
    /// Weights for segments of `len` samples.
    #[must_use]
    pub fn new(kind: TaperKind, len: usize) -> Self {
        let weights: Vec<f64> = (0..len)
            .map(|n| {
                let angle = TAU * n as f64 / len as f64;
                let terms = kind.cosine_terms().iter().enumerate();
                terms
                    .map(|(k, a)| if k % 2 == 0 { *a } else { -*a } * (k as f64 * angle).cos())
                    .sum()
            })
            .collect();
        Self::from_weights(weights)
    }

    /// A taper with these weights.
    #[must_use]
    pub fn from_weights(weights: Vec<f64>) -> Self {
        let sum = weights.iter().sum();
        let sum_sq = weights.iter().map(|w| w * w).sum();
        Self {
            weights,
            sum,
            sum_sq,
        }
    }

    /// Equivalent noise bandwidth in bins: `N * sum(w^2) / sum(w)^2`. Hann has 1.5.
    #[must_use]
    pub fn enbw_bins(&self) -> f64 {
        self.weights.len() as f64 * self.sum_sq / (self.sum * self.sum)
    }

    /// Sum of the weights.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Sum of the squared weights.
    #[must_use]
    pub fn sum_sq(&self) -> f64 {
        self.sum_sq
    }

    /// The weights.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Correlation of the transforms of white noise `lag_bins` bins apart: 2/3 at one bin for Hann.
    #[must_use]
    pub fn bin_correlation(&self, lag_bins: usize) -> f64 {
        self.cross_sum(self, 0, lag_bins).norm() / self.sum_sq
    }

    /// `sum_n w[n] v[n + lag] e^(2 pi i bins n / N)` with the weights `v` of `other`.
    #[must_use]
    pub fn cross_sum(&self, other: &Self, lag: usize, bins: usize) -> Complex64 {
        let step = TAU * bins as f64 / self.weights.len() as f64;
        let later = other.weights.get(lag..).unwrap_or(&[]);
        let products = self.weights.iter().zip(later).map(|(w, v)| w * v);
        if bins == 0 {
            return products.sum::<f64>().into();
        }
        let turned = products
            .enumerate()
            .map(|(n, product)| Complex64::from_polar(1.0, step * n as f64) * product);
        turned.sum()
    }

    /// Multiply `segment` by the weights, in place.
    pub fn apply(&self, segment: &mut [f64]) {
        for (value, weight) in segment.iter_mut().zip(&self.weights) {
            *value *= weight;
        }
    }

    /// Factor from `|X|^2` to a one-sided PSD in uV^2/Hz (halve it at DC and Nyquist).
    #[must_use]
    pub fn psd_scale(&self, sample_rate_hz: f64) -> f64 {
        2.0 / (sample_rate_hz * self.sum_sq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hann_enbw_is_one_and_a_half_bins() {
        for len in [200, 250, 512, 1000] {
            let enbw_bins = Taper::new(TaperKind::Hann, len).enbw_bins();
            assert!((enbw_bins - 1.5).abs() < 1e-12, "len {len}: {enbw_bins}");
        }
    }

    #[test]
    fn enbw_of_the_others_is_the_textbook_value() {
        for (kind, expected) in [
            (TaperKind::Boxcar, 1.0),
            (TaperKind::Hamming, 1.362_8),
            (TaperKind::BlackmanHarris, 2.004_4),
        ] {
            let enbw_bins = Taper::new(kind, 250).enbw_bins();
            assert!((enbw_bins - expected).abs() < 1e-4, "{kind:?}: {enbw_bins}");
        }
    }

    #[test]
    fn white_noise_in_neighbouring_bins_of_a_hann_taper_correlates_by_two_thirds() {
        let taper = Taper::new(TaperKind::Hann, 200);
        for (lag_bins, expected) in [(0, 1.0), (1, 2.0 / 3.0), (2, 1.0 / 6.0), (3, 0.0)] {
            assert!((taper.bin_correlation(lag_bins) - expected).abs() < 1e-12);
        }
    }
}
