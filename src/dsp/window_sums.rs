//! Sums over a sliding window of segments whose spectra somebody else keeps.

use std::collections::VecDeque;

use num_complex::Complex64;

use crate::dsp::spectral_sums::SpectralSums;
use crate::dsp::{PairMeans, SpectraShape};

/// Beside a power this many times their own, what other segments add to a sum is rounded away in part: the sum keeps about 32 digits, a spectrum
/// spans up to eight, and twelve must be left.
const DROWNED: f64 = 1e12;

/// Auto- and cross-spectra summed over the segments of a window.
///
/// The spectra are lent: whoever keeps the window shows each segment when it comes, and the window as it was before segments leave. Allocates
/// nothing after construction.
#[derive(Debug, Clone)]
pub struct WindowSums {
    n_hops: u64,
    sums: SpectralSums,
    hops: VecDeque<u64>,
    /// Greatest power of each channel in each segment; slot `hop % n_hops`.
    peaks: Vec<f64>,
}

impl WindowSums {
    /// Nothing summed yet; the window is at most `n_hops` hops long.
    #[must_use]
    pub fn new(n_hops: usize, shape: SpectraShape) -> Self {
        let n_hops = n_hops.max(1);
        Self {
            n_hops: n_hops as u64,
            hops: VecDeque::with_capacity(n_hops + 1),
            peaks: vec![0.0; n_hops * shape.n_channels],
            sums: SpectralSums::new(shape),
        }
    }

    /// What is summed.
    #[must_use]
    pub fn shape(&self) -> &SpectraShape {
        self.sums.shape()
    }

    /// Add the spectra of the segment of `hop`, channel after channel. Hops must ascend, and those `n_hops` older must have left.
    pub fn take(&mut self, hop: u64, spectra: &[Complex64]) {
        let slot = self.slot(hop);
        for ch in 0..self.shape().n_channels {
            self.peaks[slot + ch] = peak_power(&spectra[self.shape().of_channel(ch)]);
        }
        self.sums.add(spectra, 1.0);
        self.hops.push_back(hop);
    }

    /// Let every segment before `hop` leave; `window` lends the spectra of those summed, the leaving ones included, oldest first. Nothing of what leaves
    /// stays in the sums, however large it was.
    pub fn forget_before<'a>(
        &mut self,
        hop: u64,
        window: &(impl Iterator<Item = (u64, &'a [Complex64])> + Clone),
    ) {
        let Some(&first) = self.hops.front() else {
            return;
        };
        let leaving = window.clone().skip_while(|&(hop, _)| hop < first);
        for (left, spectra) in leaving.take_while(|&(oldest, _)| oldest < hop) {
            self.sums.add(spectra, -1.0);
            self.hops.pop_front();
            let staying = window
                .clone()
                .filter(|&(hop, _)| hop > left && hop >= first);
            for ch in 0..self.shape().n_channels {
                if self.has_drowned(ch, left) {
                    let staying = staying.clone().map(|(_, spectra)| spectra);
                    self.sums.renew(ch, &staying);
                }
            }
        }
        if self.hops.is_empty() {
            self.sums.clear();
        }
    }

    /// Whether channel `ch` was so large at `hop`, which has left, that the sums of the rest are no longer exact.
    fn has_drowned(&self, ch: usize, hop: u64) -> bool {
        let left = self.peaks[self.slot(hop) + ch];
        let peak = |hop: &u64| self.peaks[self.slot(*hop) + ch];
        let is_large = |rest: f64| !left.is_finite() || left > DROWNED * rest;
        // the usual segment is settled by one comparison with the newest
        let newest = self.hops.back().map_or(0.0, peak);
        is_large(newest) && is_large(self.hops.iter().map(peak).fold(0.0, f64::max))
    }

    /// Forget every segment.
    pub fn clear(&mut self) {
        self.hops.clear();
        self.sums.clear();
    }

    /// Hops of the segments summed, oldest first.
    pub fn hops(&self) -> impl Iterator<Item = u64> + Clone + '_ {
        self.hops.iter().copied()
    }

    /// Write the averaged one-sided PSDs, channel after channel. Rounding cannot make them negative.
    pub fn psd_into(&self, psd: &mut [f64]) {
        self.sums.psd_into(self.scale(), psd);
    }

    /// Write the averaged cross-spectra `mean(conj(A) B)`, pair after pair.
    pub fn csd_into(&self, csd: &mut [Complex64]) {
        self.sums.csd_into(self.scale(), csd);
    }

    /// What the measures of pair `pair` at `bin` are made of; without phases in the shape, those of the phases are not numbers.
    #[must_use]
    pub fn pair_means(&self, pair: usize, bin: usize) -> PairMeans {
        self.sums.pair_means(pair, bin, self.scale())
    }

    fn scale(&self) -> f64 {
        1.0 / self.hops.len().max(1) as f64
    }

    fn slot(&self, hop: u64) -> usize {
        usize::try_from(hop % self.n_hops).unwrap_or(0) * self.shape().n_channels
    }
}

/// Greatest power of a spectrum; not finite where any value is not.
fn peak_power(spectrum: &[Complex64]) -> f64 {
    spectrum.iter().fold(0.0, |peak: f64, z| {
        let power = z.norm_sqr();
        if power.is_finite() {
            peak.max(power)
        } else {
            f64::INFINITY
        }
    })
}
