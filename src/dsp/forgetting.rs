//! Averages that forget exponentially.

use num_complex::Complex64;

use crate::dsp::lacking::Lacking;
use crate::dsp::spectral_sums::SpectralSums;
use crate::dsp::{LagWeights, PairMeans, SpectraShape};

/// Auto- and cross-spectra under exponential forgetting: a segment `k` hops old weighs `(1 - a)^k`.
///
/// Weights go by the grid of hops, not by the segments that came, so what was before a gap fades in time.
/// Averages are divided by the sum of weights: the first segment is not underrated. With disjoint segments
/// the effective number tends to `(2 - a) / a`; [`weights`](Self::weights) has it for any overlap and gap.
#[derive(Debug, Clone)]
pub struct ForgettingSpectra {
    keep: f64,
    newest: Option<u64>,
    n_segments: u64,
    mean_centre_secs: f64,
    spectra: Vec<Complex64>,
    sums: SpectralSums,
    weights: LagWeights,
    lacking: Lacking,
    /// Pair after pair, the power of its first channel in the segments that the second lacks.
    lacked: Vec<f64>,
}

impl ForgettingSpectra {
    /// No segments yet; each hop takes the share `a` off what was, nothing with 0: then all segments weigh the same. Segments
    /// `n_lags` hops apart do not overlap.
    ///
    /// # Panics
    /// Unless `0 <= a <= 1`: settings are checked before.
    #[must_use]
    pub fn new(a: f64, n_lags: usize, shape: SpectraShape) -> Self {
        assert!(
            (0.0..=1.0).contains(&a),
            "a is the share of the newest segment"
        );
        Self {
            keep: 1.0 - a,
            newest: None,
            n_segments: 0,
            mean_centre_secs: 0.0,
            spectra: vec![Complex64::default(); shape.n_values()],
            lacking: Lacking::new(shape.n_channels, n_lags, 0),
            lacked: vec![0.0; shape.pairs.len() * shape.n_bins],
            sums: SpectralSums::new(shape),
            weights: LagWeights::new(n_lags),
        }
    }

    /// Take the segment of `hop`, whose centre is at `centre_secs`; `transform` writes the spectrum of channel `ch`,
    /// taper after taper. Hops must ascend. Allocates nothing.
    pub fn push(
        &mut self,
        hop: u64,
        centre_secs: f64,
        transform: impl FnMut(usize, &mut [Complex64]),
    ) {
        self.push_partly((hop, centre_secs), &[], transform);
    }

    /// The same of a segment that the channels lack of which `lacks` says so: their spectra must be 0.
    pub fn push_partly(
        &mut self,
        (hop, centre_secs): (u64, f64),
        lacks: &[bool],
        mut transform: impl FnMut(usize, &mut [Complex64]),
    ) {
        let factor = self
            .newest
            .map_or(1.0, |newest| self.keep.powf((hop - newest) as f64));
        self.lacking.fade(factor, hop, lacks, &self.weights);
        if self.newest.is_some() {
            self.sums.fade(factor);
            self.weights.fade(factor);
            if factor < 1.0 {
                self.lacked.iter_mut().for_each(|sum| *sum *= factor);
            }
        }
        let shape = self.sums.shape();
        for ch in 0..shape.n_channels {
            transform(ch, &mut self.spectra[shape.of_channel(ch)]);
        }
        self.sums.add(&self.spectra, 1.0);
        self.add_lacked(lacks);
        self.weights.push(hop);
        self.mean_centre_secs += (centre_secs - self.mean_centre_secs) / self.weights.sum();
        self.newest = Some(hop);
        self.n_segments += 1;
    }

    /// Forget every segment.
    pub fn clear(&mut self) {
        self.newest = None;
        self.n_segments = 0;
        self.mean_centre_secs = 0.0;
        self.sums.clear();
        self.weights.clear();
        self.lacking.clear();
        self.lacked.fill(0.0);
    }

    /// Sum the power of the first channels of pairs whose second lacks the newest segment.
    fn add_lacked(&mut self, lacks: &[bool]) {
        let shape = self.sums.shape();
        for (&(first, second), sums) in shape
            .pairs
            .iter()
            .zip(self.lacked.chunks_exact_mut(shape.n_bins.max(1)))
        {
            if lacks.get(second) != Some(&true) {
                continue;
            }
            let tapers = self.spectra[shape.of_channel(first)].chunks_exact(shape.n_bins);
            for (sum, z) in tapers.flat_map(|taper| taper.iter().enumerate()) {
                sums[sum] += z.norm_sqr();
            }
        }
    }

    /// Which channels lack segments.
    pub(super) fn lacking(&self) -> &Lacking {
        &self.lacking
    }

    /// Sum of the power of the first channel of pair `i` over the segments that its second lacks.
    pub(super) fn lacked(&self, i: usize) -> &[f64] {
        let n_bins = self.sums.shape().n_bins;
        &self.lacked[i * n_bins..(i + 1) * n_bins]
    }

    /// Segments taken since the start.
    #[must_use]
    pub fn n_segments(&self) -> u64 {
        self.n_segments
    }

    /// The segments' weights, for effective counts.
    #[must_use]
    pub fn weights(&self) -> &LagWeights {
        &self.weights
    }

    /// Weighted mean of the segments' centres: the time the averages describe.
    #[must_use]
    pub fn mean_centre_secs(&self) -> f64 {
        self.mean_centre_secs
    }

    /// Write the averaged one-sided PSDs, channel after channel.
    pub fn psd_into(&self, psd: &mut [f64]) {
        self.sums.psd_into(self.scale(), psd);
    }

    /// Averaged one-sided PSD of channel `ch`, bin by bin.
    pub(super) fn psd_of(&self, ch: usize) -> impl Iterator<Item = f64> + '_ {
        let n_bins = self.sums.shape().n_bins;
        (ch * n_bins..(ch + 1) * n_bins).map(|i| self.sums.power(i, self.scale()))
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
        if self.n_segments == 0 {
            0.0
        } else {
            1.0 / self.weights.sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forgetting(a: f64) -> ForgettingSpectra {
        let shape = SpectraShape {
            n_channels: 1,
            n_bins: 1,
            n_tapers: 1,
            pairs: Vec::new(),
            with_phases: false,
        };
        ForgettingSpectra::new(a, 4, shape)
    }

    fn psd(spectra: &ForgettingSpectra) -> f64 {
        let mut psd = [0.0];
        spectra.psd_into(&mut psd);
        psd[0]
    }

    #[test]
    fn weights_fall_by_the_hop_even_where_no_segment_came() {
        let mut spectra = forgetting(0.25);
        for (hop, size) in [(0_u64, 2.0), (1, 4.0), (5, 6.0)] {
            spectra.push(hop, hop as f64, |_, z| z[0] = Complex64::new(size, 0.0));
        }
        let weights = [0.75_f64.powi(5), 0.75_f64.powi(4), 1.0];
        let sum: f64 = weights.iter().sum();
        let expected = (weights[0] * 4.0 + weights[1] * 16.0 + 36.0) / sum;
        assert!((psd(&spectra) - expected).abs() < 1e-13);
        let centre = (weights[1] + 5.0) / sum;
        assert!((spectra.mean_centre_secs() - centre).abs() < 1e-13);
    }

    #[test]
    fn the_first_segment_counts_in_full_and_a_of_one_keeps_only_the_newest() {
        let mut spectra = forgetting(0.01);
        spectra.push(7, 0.0, |_, z| z[0] = Complex64::new(3.0, 0.0));
        assert!((psd(&spectra) - 9.0).abs() < 1e-15);
        let mut spectra = forgetting(1.0);
        for hop in 0..3_u64 {
            spectra.push(hop, 0.0, |_, z| z[0] = Complex64::new(hop as f64, 0.0));
        }
        assert!((psd(&spectra) - 4.0).abs() < 1e-15);
    }

    #[test]
    fn disjoint_segments_count_two_minus_a_over_a() {
        let mut spectra = forgetting(0.05);
        (0..2000).for_each(|hop| spectra.push(4 * hop, 0.0, |_, z| z[0] = Complex64::ONE));
        let keep = 0.95_f64.powi(4);
        let n_eff = 1.0 / spectra.weights().mean_variance(&[1.0]);
        assert!(
            (n_eff - (1.0 + keep) / (1.0 - keep)).abs() < 1e-9,
            "{n_eff}"
        );
    }
}
