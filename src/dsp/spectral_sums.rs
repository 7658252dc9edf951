//! Weighted sums of the spectra of segments: what sliding and forgetting averages share.

use num_complex::Complex64;

use crate::dsp::phase_sums::{PhaseSum, PhaseSums};
use crate::dsp::{ExactSum, PairMeans};

/// What is averaged: how many channels, bins and tapers, which pairs, and whether the phases of the pairs too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpectraShape {
    /// Channels.
    pub n_channels: usize,
    /// Bins of a spectrum.
    pub n_bins: usize,
    /// Tapers: a channel's spectrum holds `n_tapers * n_bins` values, taper after taper.
    pub n_tapers: usize,
    /// Pairs of channels whose cross-spectra are kept.
    pub pairs: Vec<(usize, usize)>,
    /// Keep, besides the cross-spectra, the sums behind the phase measures of [`Connectivity`](crate::dsp::Connectivity).
    pub with_phases: bool,
}

impl SpectraShape {
    /// Every pair `a < b` of `n_channels` channels, in the order of the upper triangle.
    #[must_use]
    pub fn all_pairs(n_channels: usize) -> Vec<(usize, usize)> {
        (0..n_channels)
            .flat_map(|a| (a + 1..n_channels).map(move |b| (a, b)))
            .collect()
    }

    /// `n_channels` channels with the stimulus behind them, and each channel against it.
    #[must_use]
    pub fn against_stimulus(n_channels: usize, n_bins: usize, n_tapers: usize) -> Self {
        Self {
            n_channels: n_channels + 1,
            n_bins,
            n_tapers,
            pairs: (0..n_channels).map(|ch| (n_channels, ch)).collect(),
            with_phases: false,
        }
    }

    /// Values in the spectra of one segment.
    pub(super) fn n_values(&self) -> usize {
        self.n_channels * self.n_tapers * self.n_bins
    }

    /// Where the spectrum of channel `ch` is among those of a segment.
    pub(super) fn of_channel(&self, ch: usize) -> std::ops::Range<usize> {
        let len = self.n_tapers * self.n_bins;
        ch * len..(ch + 1) * len
    }
}

#[derive(Debug, Clone)]
pub(super) struct SpectralSums {
    shape: SpectraShape,
    auto: ExactSum,
    cross_re: ExactSum,
    cross_im: ExactSum,
    phases: Option<PhaseSums>,
}

impl SpectralSums {
    pub(super) fn new(shape: SpectraShape) -> Self {
        let n_cross = shape.pairs.len() * shape.n_bins;
        Self {
            auto: ExactSum::new(shape.n_channels * shape.n_bins),
            cross_re: ExactSum::new(n_cross),
            cross_im: ExactSum::new(n_cross),
            phases: shape
                .with_phases
                .then(|| PhaseSums::new(shape.pairs.len(), shape.n_bins)),
            shape,
        }
    }

    pub(super) fn shape(&self) -> &SpectraShape {
        &self.shape
    }

    /// Add (`weight` 1) or take back (-1) the spectra of one segment, channel after channel.
    pub(super) fn add(&mut self, spectra: &[Complex64], weight: f64) {
        for ch in 0..self.shape.n_channels {
            self.add_channel(ch, spectra, weight);
        }
        for i in 0..self.shape.pairs.len() {
            self.add_pair(i, spectra, weight);
        }
    }

    fn add_channel(&mut self, ch: usize, spectra: &[Complex64], weight: f64) {
        let n_bins = self.shape.n_bins;
        for taper in spectra[self.shape.of_channel(ch)].chunks_exact(n_bins) {
            let powers = taper.iter().map(|z| weight * z.norm_sqr());
            self.auto.add(ch * n_bins, powers);
        }
    }

    fn add_pair(&mut self, i: usize, spectra: &[Complex64], weight: f64) {
        let n_bins = self.shape.n_bins;
        let (a, b) = self.shape.pairs[i];
        let a = &spectra[self.shape.of_channel(a)];
        let b = &spectra[self.shape.of_channel(b)];
        for (a, b) in a.chunks_exact(n_bins).zip(b.chunks_exact(n_bins)) {
            let products = || a.iter().zip(b);
            let re = products().map(|(a, b)| weight * (a.re * b.re + a.im * b.im));
            self.cross_re.add(i * n_bins, re);
            let im = products().map(|(a, b)| weight * (a.re * b.im - a.im * b.re));
            self.cross_im.add(i * n_bins, im);
        }
        if let Some(phases) = &mut self.phases {
            phases.add(i, a, b, weight);
        }
    }

    /// Sum anew, from the spectra of `segments`, everything that channel `ch` has a part in: after a value so large that the others were rounded away
    /// beside it, or that overflowed.
    pub(super) fn renew<'a>(
        &mut self,
        ch: usize,
        segments: &(impl Iterator<Item = &'a [Complex64]> + Clone),
    ) {
        let n_bins = self.shape.n_bins;
        self.auto.clear_range(ch * n_bins..(ch + 1) * n_bins);
        for spectra in segments.clone() {
            self.add_channel(ch, spectra, 1.0);
        }
        for i in 0..self.shape.pairs.len() {
            let (a, b) = self.shape.pairs[i];
            if a != ch && b != ch {
                continue;
            }
            let of_pair = i * n_bins..(i + 1) * n_bins;
            self.cross_re.clear_range(of_pair.clone());
            self.cross_im.clear_range(of_pair);
            if let Some(phases) = &mut self.phases {
                phases.clear_pair(i);
            }
            for spectra in segments.clone() {
                self.add_pair(i, spectra, 1.0);
            }
        }
    }

    /// Multiply every sum by `factor`.
    pub(super) fn fade(&mut self, factor: f64) {
        for sums in [&mut self.auto, &mut self.cross_re, &mut self.cross_im] {
            sums.fade(factor);
        }
        if let Some(phases) = &mut self.phases {
            phases.fade(factor);
        }
    }

    /// Back to zero.
    pub(super) fn clear(&mut self) {
        for sums in [&mut self.auto, &mut self.cross_re, &mut self.cross_im] {
            sums.clear();
        }
        if let Some(phases) = &mut self.phases {
            phases.clear();
        }
    }

    pub(super) fn psd_into(&self, scale: f64, psd: &mut [f64]) {
        for (i, value) in psd.iter_mut().enumerate() {
            *value = self.power(i, scale);
        }
    }

    /// Power number `i`, channel after channel, bin after bin.
    pub(super) fn power(&self, i: usize, scale: f64) -> f64 {
        (self.auto.value(i) * scale).max(0.0)
    }

    pub(super) fn csd_into(&self, scale: f64, csd: &mut [Complex64]) {
        for (i, value) in csd.iter_mut().enumerate() {
            *value = Complex64::new(self.cross_re.value(i), self.cross_im.value(i)) * scale;
        }
    }

    pub(super) fn pair_means(&self, pair: usize, bin: usize, scale: f64) -> PairMeans {
        let n_bins = self.shape.n_bins;
        let (a, b) = self.shape.pairs[pair];
        let power = |ch: usize| (self.auto.value(ch * n_bins + bin) * scale).max(0.0);
        let i = pair * n_bins + bin;
        let phases = self.phases.as_ref();
        let sums = phases.map_or(PhaseSum::UNKNOWN, |phases| phases.of(pair, bin));
        PairMeans {
            saa: power(a),
            sbb: power(b),
            sab: Complex64::new(self.cross_re.value(i), -self.cross_im.value(i)) * scale,
            phase: sums.phase * scale,
            sign: sums.sign * scale,
            abs_im: sums.abs_im * scale,
            im_sq: sums.im_sq * scale,
        }
    }
}
