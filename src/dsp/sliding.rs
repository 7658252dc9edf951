//! Welch averages over a sliding set of segments.

use num_complex::Complex64;

use crate::dsp::spectral_sums::SpectralSums;
use crate::dsp::{PairMeans, SpectraShape};

/// Auto- and cross-spectra averaged over the segments of the last `n_hops` hops.
///
/// Segments enter with their place on the grid of hops and leave when they are `n_hops` old, so that after a gap what was before it
/// ages out in time although nothing came.
#[derive(Debug, Clone)]
pub struct SlidingSpectra {
    n_hops: u64,
    /// Spectra of the segments in the window; slot `hop % n_hops`.
    kept: Vec<Complex64>,
    hops: std::collections::VecDeque<(u64, f64)>,
    sums: SpectralSums,
}

impl SlidingSpectra {
    /// An empty window of `n_hops` hops over `n_channels` spectra of `n_bins` bins, one taper, and the cross-spectra of `pairs`.
    #[must_use]
    pub fn new(n_hops: usize, n_channels: usize, n_bins: usize, pairs: &[(usize, usize)]) -> Self {
        let shape = SpectraShape {
            n_channels,
            n_bins,
            n_tapers: 1,
            pairs: pairs.to_vec(),
            with_phases: false,
        };
        Self::of_shape(n_hops, shape)
    }

    /// An empty window of `n_hops` hops over spectra of any shape.
    #[must_use]
    pub fn of_shape(n_hops: usize, shape: SpectraShape) -> Self {
        let n_hops = n_hops.max(1);
        Self {
            n_hops: n_hops as u64,
            kept: vec![Complex64::default(); n_hops * shape.n_values()],
            hops: std::collections::VecDeque::with_capacity(n_hops + 1),
            sums: SpectralSums::new(shape),
        }
    }

    /// Let the segments leave that are too old at `hop`, then take the one of `hop`.
    ///
    /// `centre_secs` is kept beside it; `transform` writes the spectrum of channel `ch` into its slot, taper after taper. Hops must ascend.
    pub fn push(
        &mut self,
        hop: u64,
        centre_secs: f64,
        mut transform: impl FnMut(usize, &mut [Complex64]),
    ) {
        self.forget_before((hop + 1).saturating_sub(self.n_hops));
        let spectra = self.slot(hop);
        let shape = self.sums.shape();
        for ch in 0..shape.n_channels {
            transform(ch, &mut self.kept[spectra.clone()][shape.of_channel(ch)]);
        }
        self.sums.add(&self.kept[spectra], 1.0);
        self.hops.push_back((hop, centre_secs));
    }

    /// Let every segment before `hop` leave.
    pub fn forget_before(&mut self, hop: u64) {
        while let Some(&(oldest, _)) = self.hops.front()
            && oldest < hop
        {
            let spectra = self.slot(oldest);
            self.sums.add(&self.kept[spectra], -1.0);
            self.hops.pop_front();
        }
        if self.hops.is_empty() {
            self.sums.clear();
        }
    }

    /// Segments in the window.
    #[must_use]
    pub fn n_segments(&self) -> usize {
        self.hops.len()
    }

    /// `(hop, centre in seconds)` of each segment in the window, oldest first.
    pub fn segments(&self) -> impl Iterator<Item = (u64, f64)> + Clone + '_ {
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

    /// What the phase measures of pair `pair` at `bin` are made of; `None` if the shape has no phases.
    #[must_use]
    pub fn pair_means(&self, pair: usize, bin: usize) -> Option<PairMeans> {
        self.sums.pair_means(pair, bin, self.scale())
    }

    fn scale(&self) -> f64 {
        1.0 / self.hops.len().max(1) as f64
    }

    fn slot(&self, hop: u64) -> std::ops::Range<usize> {
        let n_values = self.sums.shape().n_values();
        let slot = usize::try_from(hop % self.n_hops).unwrap_or(0);
        slot * n_values..(slot + 1) * n_values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spectrum(hop: u64, ch: usize) -> Complex64 {
        Complex64::from_polar(1.0 + (hop % 5) as f64, (hop * 3 + ch as u64) as f64)
    }

    fn push(window: &mut SlidingSpectra, hop: u64) {
        window.push(hop, hop as f64, |ch, z| z.fill(spectrum(hop, ch)));
    }

    #[test]
    fn the_average_is_over_the_last_segments_only() {
        let mut window = SlidingSpectra::new(4, 2, 1, &[(0, 1)]);
        (0..100).for_each(|hop| push(&mut window, hop));
        let (mut psd, mut csd) = ([0.0; 2], [Complex64::default()]);
        window.psd_into(&mut psd);
        window.csd_into(&mut csd);
        let expected_psd = (96..100)
            .map(|hop| spectrum(hop, 0).norm_sqr())
            .sum::<f64>()
            / 4.0;
        let products = (96..100).map(|hop| spectrum(hop, 0).conj() * spectrum(hop, 1));
        let expected_csd = products.sum::<Complex64>() / 4.0;
        assert!((psd[0] - expected_psd).abs() < 1e-14, "{psd:?}");
        assert!((csd[0] - expected_csd).norm() < 1e-14, "{csd:?}");
    }

    #[test]
    fn what_was_before_a_gap_ages_out() {
        let mut window = SlidingSpectra::new(4, 2, 1, &[(0, 1)]);
        (0..4).for_each(|hop| push(&mut window, hop));
        push(&mut window, 6);
        assert_eq!(
            window.segments().map(|(hop, _)| hop).collect::<Vec<_>>(),
            [3, 6]
        );
        push(&mut window, 60);
        assert_eq!(window.n_segments(), 1);
    }

    #[test]
    fn what_left_leaves_no_trace_in_the_phase_sums() {
        let shape = SpectraShape {
            n_channels: 2,
            n_bins: 1,
            n_tapers: 2,
            pairs: vec![(0, 1)],
            with_phases: true,
        };
        let mut long = SlidingSpectra::of_shape(4, shape.clone());
        let mut short = SlidingSpectra::of_shape(4, shape);
        for hop in 0..1000 {
            let size = if hop % 7 == 0 { 1e2 } else { 1e-3 };
            let fill = |ch: usize, z: &mut [Complex64]| {
                z[0] = spectrum(hop, ch) * size;
                z[1] = spectrum(hop + 1, ch) * size;
            };
            long.push(hop, 0.0, fill);
            if hop >= 996 {
                short.push(hop, 0.0, fill);
            }
        }
        let (long, short) = (
            long.pair_means(0, 0).unwrap(),
            short.pair_means(0, 0).unwrap(),
        );
        assert!((long.phase - short.phase).norm() < 1e-15);
        assert!(
            (long.abs_im / short.abs_im - 1.0).abs() < 1e-12,
            "{long:?} {short:?}"
        );
        assert!(
            (long.im_sq / short.im_sq - 1.0).abs() < 1e-9,
            "{long:?} {short:?}"
        );
    }
}
