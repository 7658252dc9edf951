//! Sweeps: sixteen accepted epochs one after the other.

use num_complex::Complex64;

use crate::dsp::periodic::{FTest, FineBins, f_test_of};

use super::bins::HarmonicBins;
use super::settings::EPOCHS_PER_SWEEP;

/// The last whole sweeps of a channel, and the one being filled.
///
/// A rejected epoch leaves no hole: the next accepted one takes its place, and as epochs hold whole cycles the response goes on in phase.
#[derive(Debug, Clone)]
pub(super) struct Sweeps {
    n_bins: usize,
    capacity: usize,
    kept: Vec<Complex64>,
    n_whole: usize,
    filling: Vec<Complex64>,
    place: usize,
    offset: f64,
    mean: Vec<Complex64>,
}

impl Sweeps {
    pub(super) fn new(n_bins: usize, max_epochs: usize) -> Self {
        let capacity = max_epochs / EPOCHS_PER_SWEEP;
        Self {
            n_bins,
            capacity,
            kept: vec![Complex64::default(); n_bins * capacity],
            n_whole: 0,
            filling: vec![Complex64::default(); n_bins],
            place: 0,
            offset: 0.0,
            mean: vec![Complex64::default(); n_bins],
        }
    }

    /// What is taken off an epoch: the mean of its sweep's first, one value for the whole sweep. Taking off each epoch's own would turn an electrode's
    /// drift into a sawtooth that has the response's frequency among its harmonics.
    pub(super) fn offset(&mut self, mean: f64) -> f64 {
        if self.place == 0 {
            self.offset = mean;
        }
        self.offset
    }

    pub(super) fn add(&mut self, bins: &FineBins, epoch: &[Complex64]) {
        let values = self.filling.iter_mut().zip(epoch).zip(bins.bins());
        for ((sum, z), &bin) in values {
            *sum += z * bins.turn(bin, self.place) / EPOCHS_PER_SWEEP as f64;
        }
        self.place += 1;
        if self.place == EPOCHS_PER_SWEEP {
            let slot = self.n_whole % self.capacity * self.n_bins;
            self.kept[slot..slot + self.n_bins].copy_from_slice(&self.filling);
            self.n_whole += 1;
            self.place = 0;
            self.filling.fill(Complex64::default());
        }
    }

    pub(super) fn n_kept(&self) -> usize {
        self.n_whole.min(self.capacity)
    }

    pub(super) fn average(&mut self) {
        let n = self.n_kept();
        self.mean.fill(Complex64::default());
        for sweep in self.kept.chunks_exact(self.n_bins).take(n) {
            for (mean, z) in self.mean.iter_mut().zip(sweep) {
                *mean += z / n as f64;
            }
        }
    }

    /// The signal's bin of the averaged sweeps against its neighbours.
    pub(super) fn f_test(&self, bins: &HarmonicBins) -> Option<FTest> {
        if self.n_whole == 0 {
            return None;
        }
        let power = |at: usize| self.mean[at].norm_sqr();
        let noise = bins.sweep_noise.iter().map(|&at| power(at));
        f_test_of(power(bins.sweep_signal), noise)
    }

    pub(super) fn reset(&mut self) {
        self.n_whole = 0;
        self.place = 0;
        self.filling.fill(Complex64::default());
    }
}
