//! Circular shifts of the stimulus against the response: what the statistic reads when the timing is wrong.
//!
//! The spectra of the segments are kept, and the stimulus's list is turned against the response's. On the grid of hops
//! a segment's spectrum *is* that of the shifted envelope's segment, so for lags of whole hops this is the circular shift itself, without
//! the one false segment that a shift of samples cuts across the seam, and without a single new transform: a shift costs
//! one complex product per segment, bin and channel (480 segments, 24 bins, 4 channels: 46 thousand). What is given up is lags
//! between hops, which a test of 199 shifts does not need. Segments missing after a gap are left out of the list, so every
//! shift averages as many segments as the true pairing; lags are then at least the least one, in time too.

use std::ops::Range;

use num_complex::Complex64;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

use crate::dsp::{band_msc, msc};

/// Different lags, drawn without replacement from `min_lag ..= n_segments - min_lag`, the same for the same `seed`.
///
/// Fewer than `n_shifts` where there are no more, none where the signal is shorter than twice the least lag.
#[must_use]
pub fn draw_lags(n_segments: usize, min_lag: usize, n_shifts: usize, seed: u64) -> Vec<usize> {
    let min_lag = min_lag.max(1);
    let last = n_segments.saturating_sub(min_lag);
    let mut lags: Vec<usize> = (min_lag..=last).collect();
    let mut random = Pcg64::seed_from_u64(seed);
    let n_drawn = n_shifts.min(lags.len());
    for i in 0..n_drawn {
        // the high half of the product: uniform to 2^-50 for any list of segments
        let n_left = (lags.len() - i) as u128;
        let pick = (u128::from(random.next_u64()) * n_left) >> 64;
        lags.swap(i, i + usize::try_from(pick).unwrap_or(0));
    }
    lags.truncate(n_drawn);
    lags
}

/// Spectra of the segments, in order, of one stimulus and some channels.
#[derive(Debug, Clone, Default)]
pub struct SegmentStore {
    n_bins: usize,
    n_channels: usize,
    x: Vec<Complex64>,
    y: Vec<Complex64>,
}

impl SegmentStore {
    /// An empty store with capacity for `capacity` segments.
    #[must_use]
    pub fn new(n_channels: usize, n_bins: usize, capacity: usize) -> Self {
        Self {
            n_bins,
            n_channels,
            x: Vec::with_capacity(capacity * n_bins),
            y: Vec::with_capacity(capacity * n_bins * n_channels),
        }
    }

    /// Take the next segment: the stimulus's spectrum, and the channels' one after the other.
    ///
    /// # Panics
    /// If a length is not that of the store: a bug.
    pub fn push(&mut self, x: &[Complex64], y: &[Complex64]) {
        assert_eq!(x.len(), self.n_bins, "one value per bin");
        assert_eq!(y.len(), self.n_bins * self.n_channels, "all channels");
        self.x.extend_from_slice(x);
        self.y.extend_from_slice(y);
    }

    /// The same, with the spectrum of channel `ch` wherever `y(ch)` finds it. Allocates nothing within the capacity.
    pub fn push_with<'a>(&mut self, x: &[Complex64], y: impl Fn(usize) -> &'a [Complex64]) {
        self.x.extend_from_slice(&x[..self.n_bins]);
        for ch in 0..self.n_channels {
            self.y.extend_from_slice(&y(ch)[..self.n_bins]);
        }
    }

    /// Forget the segments, keep the memory.
    pub fn clear(&mut self) {
        self.x.clear();
        self.y.clear();
    }

    /// Take the segments of `other`. Allocates nothing within the capacity.
    pub fn copy_from(&mut self, other: &Self) {
        self.clear();
        (self.n_bins, self.n_channels) = (other.n_bins, other.n_channels);
        self.x.extend_from_slice(&other.x);
        self.y.extend_from_slice(&other.y);
    }

    /// Segments kept.
    #[must_use]
    pub fn n_segments(&self) -> usize {
        self.x.len() / self.n_bins.max(1)
    }

    /// Channels.
    #[must_use]
    pub fn n_channels(&self) -> usize {
        self.n_channels
    }

    /// Bins of a spectrum.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.n_bins
    }

    /// The stimulus of segment `segment`, `lag` segments on, round the end.
    #[must_use]
    pub fn x(&self, segment: usize, lag: usize) -> &[Complex64] {
        let at = (segment + lag) % self.n_segments() * self.n_bins;
        &self.x[at..at + self.n_bins]
    }

    /// All channels of segment `segment`.
    #[must_use]
    pub fn y(&self, segment: usize) -> &[Complex64] {
        let len = self.n_bins * self.n_channels;
        &self.y[segment * len..(segment + 1) * len]
    }
}

/// How far the shifts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Shifts computed.
    pub done: usize,
    /// Shifts there will be; fewer than asked for where the signal is short.
    pub planned: usize,
}

impl Progress {
    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done == self.planned
    }
}

/// What shifts to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShiftPlan {
    /// How many: 199 give p down to 0.005.
    pub n_shifts: usize,
    /// Least lag in segments: at least 5 s worth of hops.
    pub min_lag: usize,
    /// Draws the lags.
    pub seed: u64,
}

/// The band MSC of stimulus and response under circular shifts, computed in slices of bounded work.
#[derive(Debug, Clone)]
pub struct Surrogates {
    store: SegmentStore,
    bands: Vec<Range<usize>>,
    /// Bins that some band holds, once each.
    used: Vec<usize>,
    lags: Vec<usize>,
    done: usize,
    /// Band MSC of the true pairing, then how many shifts reached it; channel after channel.
    observed: Vec<f64>,
    n_reached: Vec<u32>,
    sxx: Vec<f64>,
    syy: Vec<f64>,
    sxy: Vec<Complex64>,
}

impl Surrogates {
    /// Takes the segments over which the statistic was computed, and the bins of each band.
    #[must_use]
    pub fn new(store: SegmentStore, bands: Vec<Range<usize>>, plan: ShiftPlan) -> Self {
        let (n_bins, n_channels) = (store.n_bins, store.n_channels);
        let mut fresh = Self {
            lags: draw_lags(store.n_segments(), plan.min_lag, plan.n_shifts, plan.seed),
            done: 0,
            observed: vec![0.0; n_channels * bands.len()],
            n_reached: vec![0; n_channels * bands.len()],
            used: (0..n_bins)
                .filter(|bin| bands.iter().any(|band| band.contains(bin)))
                .collect(),
            sxx: vec![0.0; n_bins],
            syy: vec![0.0; n_bins * n_channels],
            sxy: vec![Complex64::default(); n_bins * n_channels],
            store,
            bands,
        };
        for segment in 0..fresh.store.n_segments() {
            add_powers(&mut fresh.sxx, fresh.store.x(segment, 0));
            add_powers(&mut fresh.syy, fresh.store.y(segment));
        }
        fresh.cross(0);
        for i in 0..fresh.observed.len() {
            fresh.observed[i] = fresh.statistic(i);
        }
        fresh
    }

    /// Compute at most `n_shifts` more. Allocates nothing; stop and go on whenever you like.
    pub fn work(&mut self, n_shifts: usize) -> Progress {
        let until = (self.done + n_shifts).min(self.lags.len());
        while self.done < until {
            self.cross(self.lags[self.done]);
            for i in 0..self.observed.len() {
                self.n_reached[i] += u32::from(self.statistic(i) >= self.observed[i]);
            }
            self.done += 1;
        }
        self.progress()
    }

    /// Give the segments back.
    #[must_use]
    pub fn into_store(self) -> SegmentStore {
        self.store
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            planned: self.lags.len(),
        }
    }

    /// Band MSC of channel `ch` in `band` as it is, unshifted.
    #[must_use]
    pub fn observed(&self, ch: usize, band: usize) -> f64 {
        self.observed[ch * self.bands.len() + band]
    }

    /// `(1 + shifts that reached the true value) / (1 + shifts)`; `None` before all shifts are done, or with fewer than 19,
    /// which cannot show 5 %.
    #[must_use]
    pub fn p_value(&self, ch: usize, band: usize) -> Option<f64> {
        let n_reached = self.n_reached[ch * self.bands.len() + band];
        (self.progress().is_complete() && self.done >= 19)
            .then(|| (1.0 + f64::from(n_reached)) / (1.0 + self.done as f64))
    }

    /// Sum the cross-spectra with the stimulus `lag` segments on.
    fn cross(&mut self, lag: usize) {
        self.sxy.fill(Complex64::default());
        let n_bins = self.store.n_bins;
        for segment in 0..self.store.n_segments() {
            let (x, y) = (self.store.x(segment, lag), self.store.y(segment));
            let channels = self
                .sxy
                .chunks_exact_mut(n_bins)
                .zip(y.chunks_exact(n_bins));
            for (sums, y) in channels {
                for &bin in &self.used {
                    sums[bin] += x[bin].conj() * y[bin];
                }
            }
        }
    }

    fn statistic(&self, i: usize) -> f64 {
        let (ch, band) = (i / self.bands.len(), &self.bands[i % self.bands.len()]);
        let start = ch * self.store.n_bins;
        let (syy, sxy) = (&self.syy[start..], &self.sxy[start..]);
        band_msc(
            band.clone()
                .map(|bin| msc(self.sxx[bin], syy[bin], sxy[bin])),
        )
    }
}

fn add_powers(sums: &mut [f64], spectra: &[Complex64]) {
    for (sum, z) in sums.iter_mut().zip(spectra) {
        *sum += z.norm_sqr();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(n_segments: u32, locked: bool) -> SegmentStore {
        let mut store = SegmentStore::new(2, 4, 0);
        for i in 0..n_segments {
            let phase = |salt: u32| {
                let hash = (i * 7 + salt + 1)
                    .wrapping_mul(2_654_435_761)
                    .rotate_left(13);
                f64::from(hash.wrapping_mul(0x85eb_ca6b) >> 8) * 1e-3
            };
            let x: Vec<Complex64> = (0..4)
                .map(|b| Complex64::from_polar(1.0, phase(b)))
                .collect();
            let noise = (4..7).map(|b| Complex64::from_polar(1.0, phase(b)));
            let mut y: Vec<Complex64> = if locked {
                x.clone()
            } else {
                noise.clone().chain(noise.take(1)).collect()
            };
            y.extend([Complex64::new(0.0, 1.0); 4]);
            store.push(&x, &y);
        }
        store
    }

    #[test]
    fn lags_are_different_long_enough_and_the_same_for_the_same_seed() {
        let lags = draw_lags(480, 20, 199, 7);
        assert_eq!(lags, draw_lags(480, 20, 199, 7));
        assert_ne!(lags, draw_lags(480, 20, 199, 8));
        let different: std::collections::BTreeSet<_> = lags.iter().collect();
        assert_eq!(different.len(), 199);
        assert!(lags.iter().all(|lag| (20..=460).contains(lag)));
        assert_eq!(draw_lags(60, 20, 199, 7).len(), 21);
        assert!(draw_lags(39, 20, 199, 7).is_empty());
    }

    #[test]
    fn slices_of_any_size_give_the_same_p_and_a_locked_response_the_least() {
        let plan = ShiftPlan {
            n_shifts: 199,
            min_lag: 10,
            seed: 3,
        };
        let bands = vec![0..2, 1..4];
        let mut whole = Surrogates::new(store(300, true), bands.clone(), plan);
        let mut sliced = Surrogates::new(store(300, true), bands, plan);
        assert_eq!(whole.p_value(0, 0), None);
        assert!(whole.work(1000).is_complete());
        while !sliced.work(7).is_complete() {}
        for band in 0..2 {
            assert_eq!(whole.p_value(0, band), Some(0.005));
            for ch in 0..2 {
                assert_eq!(whole.p_value(ch, band), sliced.p_value(ch, band));
            }
            assert!((whole.observed(0, band) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_response_of_its_own_has_no_small_p() {
        let plan = ShiftPlan {
            n_shifts: 199,
            min_lag: 10,
            seed: 3,
        };
        let mut shifts = Surrogates::new(store(300, false), vec![0..2, 1..3], plan);
        shifts.work(usize::MAX / 2);
        assert!(shifts.p_value(0, 0).unwrap() > 0.02);
    }
}
