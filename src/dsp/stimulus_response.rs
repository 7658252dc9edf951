//! The primary estimator: does the EEG follow the stimulus, channel by channel and band by band.
//!
//! One estimator serves the true stimulus and, as a control, an envelope that was not played: the same statistic against
//! the wrong stimulus must stay at its null.

use std::ops::Range;

use num_complex::Complex64;

use crate::dsp::group_delay::{GroupDelay, GroupDelayFit};
use crate::dsp::transfer::{Transfer, mark_weak_stimulus, min_detectable_msc};
use crate::dsp::{BandNull, FreqAxis, OverlapTable, TaperSet, band_msc};

/// What is known of one channel in one band.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct BandResponse {
    /// [`band_msc`] over the band's bins.
    pub msc: f64,
    /// What independent signals exceed with probability alpha; `None` below two segments or without a stimulus in the band.
    pub msc_critical: Option<f64>,
    /// Probability of this MSC or more without a response, by [`BandNull`]; `None` with the critical value.
    pub p_value: Option<f64>,
    /// The least true MSC of one bin that a test at alpha would find with 80 % probability.
    pub msc_detectable: Option<f64>,
    /// Bins in which the stimulus is too weak for a gain; they still count in the MSC, whose null does not depend on it.
    pub n_weak: usize,
    /// Delay of the response; means nothing unless `p_value` is small.
    pub delay: Option<GroupDelay>,
}

/// Plans and scratch for the response of some channels to one stimulus.
#[derive(Debug, Clone)]
pub struct StimulusResponse {
    axis: FreqAxis,
    alpha: f64,
    bands: Vec<Range<usize>>,
    nulls: Vec<BandNull>,
    fits: Vec<GroupDelayFit>,
    too_weak: Vec<bool>,
    sorted: Vec<f64>,
    transfers: Vec<Transfer>,
    mscs: Vec<f64>,
    responses: Vec<BandResponse>,
    detectable: (f64, Option<f64>),
    limit_hz: f64,
}

impl BandResponse {
    /// Nothing known.
    pub const NONE: Self = Self {
        msc: 0.0,
        msc_critical: None,
        p_value: None,
        msc_detectable: None,
        n_weak: 0,
        delay: None,
    };
}

impl StimulusResponse {
    /// Plans the estimator of `n_channels` in `bands` (bins of `axis`) at level `alpha`.
    ///
    /// # Panics
    /// Unless `0 < alpha < 1`: settings are checked before.
    #[must_use]
    pub fn new(
        axis: FreqAxis,
        (tapers, overlap): (&TaperSet, &OverlapTable),
        bands: Vec<Range<usize>>,
        n_channels: usize,
        alpha: f64,
    ) -> Self {
        let nothing = Transfer::new((0.0, 0.0, Complex64::default()), true, 0.0, alpha);
        let null = |band: &Range<usize>| BandNull::new(overlap, band.len(), alpha);
        let fit = |band: &Range<usize>| GroupDelayFit::new(&axis, tapers, band.clone());
        Self {
            nulls: bands.iter().map(null).collect(),
            fits: bands.iter().map(fit).collect(),
            too_weak: vec![true; axis.n_bins()],
            sorted: vec![0.0; axis.n_bins()],
            transfers: vec![nothing; n_channels * axis.n_bins()],
            mscs: vec![0.0; axis.n_bins()],
            responses: vec![BandResponse::NONE; n_channels * bands.len()],
            detectable: (0.0, None),
            limit_hz: f64::INFINITY,
            axis,
            alpha,
            bands,
        }
    }

    /// The stimulus holds nothing above this frequency: what its spectrum says there is none of it.
    #[must_use]
    pub fn up_to(mut self, limit_hz: f64) -> Self {
        self.limit_hz = limit_hz;
        self
    }

    /// Take the stimulus's averaged spectrum and the number of independent segments; then [`channel`](Self::channel) for each.
    pub fn stimulus(&mut self, sxx: &[f64], n_eff: f64) {
        mark_weak_stimulus(&self.axis, sxx, &mut self.sorted, &mut self.too_weak);
        for (bin, too_weak) in self.too_weak.iter_mut().enumerate() {
            *too_weak |= self.axis.hz(bin) > self.limit_hz;
        }
        // the search costs some microseconds and its answer rarely changes
        if self.detectable.0.to_bits() != n_eff.to_bits() {
            self.detectable = (n_eff, min_detectable_msc(self.alpha, 0.8, n_eff));
        }
    }

    /// Compute channel `ch` from `sxx`, its own spectrum `syy` and `sxy = mean(conj(X) Y)`. Allocates nothing.
    pub fn channel(&mut self, ch: usize, sxx: &[f64], syy: &[f64], sxy: &[Complex64]) {
        let (n_bins, n_eff) = (self.axis.n_bins(), self.detectable.0);
        let transfers = &mut self.transfers[ch * n_bins..(ch + 1) * n_bins];
        for (bin, transfer) in transfers.iter_mut().enumerate() {
            let spectra = (sxx[bin], syy[bin], sxy[bin]);
            *transfer = Transfer::new(spectra, self.too_weak[bin], n_eff, self.alpha);
            self.mscs[bin] = transfer.msc;
        }
        for (b, band) in self.bands.iter().enumerate() {
            let msc = band_msc(self.mscs[band.clone()].iter().copied());
            let n_weak = self.too_weak[band.clone()].iter().filter(|w| **w).count();
            let heard = n_weak < band.len();
            let null = Some(&self.nulls[b]).filter(|_| heard);
            self.responses[ch * self.bands.len() + b] = BandResponse {
                msc,
                msc_critical: null.and_then(|null| null.critical(n_eff)),
                p_value: null.and_then(|null| null.p_value(msc, n_eff)),
                msc_detectable: self.detectable.1,
                n_weak,
                delay: self.fits[b].fit(sxy, &self.mscs, &self.too_weak, n_eff),
            };
        }
    }

    /// Channel `ch`, a value per bin.
    #[must_use]
    pub fn transfer(&self, ch: usize) -> &[Transfer] {
        let n_bins = self.axis.n_bins();
        &self.transfers[ch * n_bins..(ch + 1) * n_bins]
    }

    /// Every channel, one after the other, a value per bin.
    #[must_use]
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }

    /// Every channel in every band, channel after channel.
    #[must_use]
    pub fn bands(&self) -> &[BandResponse] {
        &self.responses
    }

    /// Channel `ch` in band `band`.
    #[must_use]
    pub fn band(&self, ch: usize, band: usize) -> &BandResponse {
        &self.responses[ch * self.bands.len() + band]
    }

    /// Whether the stimulus is too weak for a gain, per bin.
    #[must_use]
    pub fn too_weak(&self) -> &[bool] {
        &self.too_weak
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::{SegmentPlan, TaperKind};

    #[test]
    fn a_band_without_stimulus_claims_nothing() {
        let axis = FreqAxis::new(200.0, 200, 100.0);
        let taper = TaperSet::of_kind(TaperKind::Hann, 200);
        let overlap = OverlapTable::new(&taper, SegmentPlan::new(200, 100).unwrap());
        let bands = vec![53..57, 78..82];
        let mut estimator = StimulusResponse::new(axis, (&taper, &overlap), bands, 1, 0.05);
        let mut sxx = vec![1.0; 101];
        sxx[53..57].fill(1e-6);
        let sxy: Vec<Complex64> = sxx
            .iter()
            .map(|s: &f64| Complex64::new(0.5 * s.sqrt(), 0.0))
            .collect();
        estimator.stimulus(&sxx, 57.0);
        estimator.channel(0, &sxx, &[1.0; 101], &sxy);
        let (silent, heard) = (estimator.band(0, 0), estimator.band(0, 1));
        assert_eq!(
            (silent.n_weak, silent.p_value, silent.delay),
            (4, None, None)
        );
        assert!((heard.msc - 0.25).abs() < 1e-12 && heard.p_value.unwrap() < 1e-6);
        assert!(heard.msc > heard.msc_critical.unwrap());
        assert!(estimator.transfer(0)[54].h1.is_none());
        assert!((estimator.transfer(0)[80].h1.unwrap().re - 0.5).abs() < 1e-12);
        assert!((heard.msc_detectable.unwrap() - 4.8 / 57.0).abs() < 0.006);
    }
}
