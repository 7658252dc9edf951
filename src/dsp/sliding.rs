//! Welch averages over a sliding set of segments.

use num_complex::Complex64;

use crate::dsp::ExactSum;

/// Auto- and cross-spectra averaged over the segments of the last `n_hops` hops.
///
/// Segments enter with their place on the grid of hops and leave when they are `n_hops` old, so that after a gap what was before it
/// ages out in time although nothing came.
#[derive(Debug, Clone)]
pub struct SlidingSpectra {
    n_channels: usize,
    n_bins: usize,
    n_hops: u64,
    pairs: Vec<(usize, usize)>,
    /// Spectra of the segments in the window, `n_channels * n_bins` each; slot `hop % n_hops`.
    kept: Vec<Complex64>,
    hops: std::collections::VecDeque<(u64, f64)>,
    auto: ExactSum,
    cross_re: ExactSum,
    cross_im: ExactSum,
}

impl SlidingSpectra {
    /// An empty window of `n_hops` hops over `n_channels` spectra of `n_bins` bins and the cross-spectra of `pairs`.
    #[must_use]
    pub fn new(n_hops: usize, n_channels: usize, n_bins: usize, pairs: &[(usize, usize)]) -> Self {
        let n_hops = n_hops.max(1);
        Self {
            n_channels,
            n_bins,
            n_hops: n_hops as u64,
            pairs: pairs.to_vec(),
            kept: vec![Complex64::default(); n_hops * n_channels * n_bins],
            hops: std::collections::VecDeque::with_capacity(n_hops + 1),
            auto: ExactSum::new(n_channels * n_bins),
            cross_re: ExactSum::new(pairs.len() * n_bins),
            cross_im: ExactSum::new(pairs.len() * n_bins),
        }
    }

    /// Let the segments leave that are too old at `hop`, then take the one of `hop`.
    ///
    /// `centre_secs` is kept beside it; `transform` writes the spectrum of channel `ch` into its slot. Hops must ascend.
    pub fn push(
        &mut self,
        hop: u64,
        centre_secs: f64,
        mut transform: impl FnMut(usize, &mut [Complex64]),
    ) {
        self.forget_before((hop + 1).saturating_sub(self.n_hops));
        let slot = self.slot(hop);
        for ch in 0..self.n_channels {
            let start = slot + ch * self.n_bins;
            transform(ch, &mut self.kept[start..start + self.n_bins]);
        }
        self.accumulate(slot, 1.0);
        self.hops.push_back((hop, centre_secs));
    }

    /// Let every segment before `hop` leave.
    pub fn forget_before(&mut self, hop: u64) {
        while let Some(&(oldest, _)) = self.hops.front()
            && oldest < hop
        {
            self.accumulate(self.slot(oldest), -1.0);
            self.hops.pop_front();
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
        let scale = 1.0 / self.hops.len().max(1) as f64;
        for (i, value) in psd.iter_mut().enumerate() {
            *value = (self.auto.value(i) * scale).max(0.0);
        }
    }

    /// Write the averaged cross-spectra `mean(conj(A) B)`, pair after pair.
    pub fn csd_into(&self, csd: &mut [Complex64]) {
        let scale = 1.0 / self.hops.len().max(1) as f64;
        for (i, value) in csd.iter_mut().enumerate() {
            *value = Complex64::new(self.cross_re.value(i), self.cross_im.value(i)) * scale;
        }
    }

    fn slot(&self, hop: u64) -> usize {
        let slot = usize::try_from(hop % self.n_hops).unwrap_or(0);
        slot * self.n_channels * self.n_bins
    }

    /// Add (`sign` 1) or take back (-1) the products of the segment in `slot`.
    fn accumulate(&mut self, slot: usize, sign: f64) {
        let n_bins = self.n_bins;
        let spectra = &self.kept[slot..slot + self.n_channels * n_bins];
        self.auto
            .add(0, spectra.iter().map(|z| sign * z.norm_sqr()));
        for (i, &(a, b)) in self.pairs.iter().enumerate() {
            let spectrum_a = &spectra[a * n_bins..(a + 1) * n_bins];
            let spectrum_b = &spectra[b * n_bins..(b + 1) * n_bins];
            let products = || spectrum_a.iter().zip(spectrum_b);
            let re = products().map(|(a, b)| sign * (a.re * b.re + a.im * b.im));
            self.cross_re.add(i * n_bins, re);
            let im = products().map(|(a, b)| sign * (a.re * b.im - a.im * b.re));
            self.cross_im.add(i * n_bins, im);
        }
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
}
