//! Welch averages over a sliding set of segments.

use std::collections::VecDeque;

use num_complex::Complex64;

use crate::dsp::{PairMeans, SpectraShape, WindowSums};

/// Auto- and cross-spectra averaged over the segments of the last `n_hops` hops.
///
/// Segments enter with their place on the grid of hops and leave when they are `n_hops` old, so that after a gap what was before it
/// ages out in time although nothing came.
#[derive(Debug, Clone)]
pub struct SlidingSpectra {
    n_hops: u64,
    /// Spectra of the segments in the window; slot `hop % n_hops`.
    kept: Vec<Complex64>,
    hops: VecDeque<(u64, f64)>,
    sums: WindowSums,
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
            hops: VecDeque::with_capacity(n_hops + 1),
            sums: WindowSums::new(n_hops, shape),
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
        self.sums.take(hop, &self.kept[spectra]);
        self.hops.push_back((hop, centre_secs));
    }

    /// Let every segment before `hop` leave. Nothing of it stays in the sums, however large it was.
    pub fn forget_before(&mut self, hop: u64) {
        {
            let kept = window(&self.kept, &self.hops, self.n_hops);
            self.sums.forget_before(hop, &kept);
        }
        while self.hops.front().is_some_and(|&(oldest, _)| oldest < hop) {
            self.hops.pop_front();
        }
    }

    /// The spectra of the segments in the window with their hops, oldest first.
    pub fn kept(&self) -> impl Iterator<Item = (u64, &[Complex64])> + Clone {
        window(&self.kept, &self.hops, self.n_hops)
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
        self.sums.psd_into(psd);
    }

    /// Write the averaged cross-spectra `mean(conj(A) B)`, pair after pair.
    pub fn csd_into(&self, csd: &mut [Complex64]) {
        self.sums.csd_into(csd);
    }

    /// What the measures of pair `pair` at `bin` are made of; without phases in the shape, those of the phases are not numbers.
    #[must_use]
    pub fn pair_means(&self, pair: usize, bin: usize) -> PairMeans {
        self.sums.pair_means(pair, bin)
    }

    fn slot(&self, hop: u64) -> std::ops::Range<usize> {
        let n_values = self.sums.shape().n_values();
        let slot = usize::try_from(hop % self.n_hops).unwrap_or(0);
        slot * n_values..(slot + 1) * n_values
    }
}

/// The spectra of the segments of `hops`, each from its slot of `kept`.
fn window<'a>(
    kept: &'a [Complex64],
    hops: &'a VecDeque<(u64, f64)>,
    n_hops: u64,
) -> impl Iterator<Item = (u64, &'a [Complex64])> + Clone {
    let n_values = kept.len() / usize::try_from(n_hops).unwrap_or(1).max(1);
    hops.iter().map(move |&(hop, _)| {
        let slot = usize::try_from(hop % n_hops).unwrap_or(0);
        (hop, &kept[slot * n_values..(slot + 1) * n_values])
    })
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
        let (long, short) = (long.pair_means(0, 0), short.pair_means(0, 0));
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

    #[test]
    fn a_giant_that_has_left_leaves_no_digit_behind_and_touches_no_other_channel() {
        for giant in [1e30, 1e300, f64::NAN] {
            let shape = SpectraShape {
                n_channels: 3,
                n_bins: 2,
                n_tapers: 1,
                pairs: vec![(0, 1), (1, 2)],
                with_phases: true,
            };
            let mut hit = SlidingSpectra::of_shape(4, shape.clone());
            let mut spared = SlidingSpectra::of_shape(4, shape);
            for hop in 0..20 {
                let fill = |is_hit: bool| {
                    move |ch: usize, z: &mut [Complex64]| {
                        z.fill(spectrum(hop, ch));
                        if is_hit && hop == 9 && ch == 0 {
                            z[1] *= giant;
                        }
                    }
                };
                hit.push(hop, 0.0, fill(true));
                spared.push(hop, 0.0, fill(false));
                assert_eq!(hit.pair_means(1, 1), spared.pair_means(1, 1));
                if !(9..13).contains(&hop) {
                    let (hit, spared) = (hit.pair_means(0, 1), spared.pair_means(0, 1));
                    assert!((hit.saa / spared.saa - 1.0).abs() < 1e-14, "{giant} {hop}");
                    assert!((hit.sab - spared.sab).norm() < 1e-13, "{giant} {hop}");
                    assert!((hit.phase - spared.phase).norm() < 1e-13, "{giant} {hop}");
                }
            }
        }
    }
}
