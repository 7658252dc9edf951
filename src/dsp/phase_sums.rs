//! Running sums over segments from which every phase measure of a pair of channels follows.

use num_complex::Complex64;

use crate::dsp::ExactSum;

/// What one segment adds for a pair at a bin, from `S = sum_k A_k conj(B_k)` over its tapers:
/// `S/|S|` (two values), the sign of `Im S`, `|Im S|` and `(Im S)^2`. Empty `S` adds 0.
const N_SUMS: usize = 5;

/// Sums per pair and bin that take segments in, take them back, and fade.
#[derive(Debug, Clone)]
pub(super) struct PhaseSums {
    sums: ExactSum,
    n_bins: usize,
}

/// The sums of one pair at one bin, in the unit of the sum of weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct PhaseSum {
    pub(super) phase: Complex64,
    pub(super) sign: f64,
    pub(super) abs_im: f64,
    pub(super) im_sq: f64,
}

impl PhaseSum {
    /// Nobody sums the phases.
    pub(super) const UNKNOWN: Self = Self {
        phase: Complex64::new(f64::NAN, f64::NAN),
        sign: f64::NAN,
        abs_im: f64::NAN,
        im_sq: f64::NAN,
    };
}

impl PhaseSums {
    pub(super) fn new(n_pairs: usize, n_bins: usize) -> Self {
        Self {
            sums: ExactSum::new(n_pairs * n_bins * N_SUMS),
            n_bins,
        }
    }

    /// Add (`weight` 1) or take back (-1) the spectra of a pair, taper after taper.
    pub(super) fn add(&mut self, pair: usize, a: &[Complex64], b: &[Complex64], weight: f64) {
        let n_bins = self.n_bins;
        let n_tapers = a.len() / n_bins;
        let terms = (0..n_bins).flat_map(|bin| {
            let tapers = (0..n_tapers).map(|k| k * n_bins + bin);
            let product: Complex64 = tapers.map(|i| a[i] * b[i].conj()).sum();
            let size = product.norm();
            let phase = if size > 0.0 {
                product / size
            } else {
                Complex64::default()
            };
            let im = product.im;
            let sign = if im == 0.0 { 0.0 } else { im.signum() };
            [phase.re, phase.im, sign, im.abs(), im * im].map(|term| weight * term)
        });
        self.sums.add(pair * n_bins * N_SUMS, terms);
    }

    pub(super) fn fade(&mut self, factor: f64) {
        self.sums.fade(factor);
    }

    pub(super) fn clear(&mut self) {
        self.sums.clear();
    }

    pub(super) fn clear_pair(&mut self, pair: usize) {
        let n = self.n_bins * N_SUMS;
        self.sums.clear_range(pair * n..(pair + 1) * n);
    }

    pub(super) fn of(&self, pair: usize, bin: usize) -> PhaseSum {
        let start = (pair * self.n_bins + bin) * N_SUMS;
        let sum = |i: usize| self.sums.value(start + i);
        PhaseSum {
            phase: Complex64::new(sum(0), sum(1)),
            sign: sum(2),
            abs_im: sum(3),
            im_sq: sum(4),
        }
    }
}
