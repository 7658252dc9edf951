//! Signs of muscle: power where brain, bands and mains are not, and a spectrum too flat for a brain.
//!
//! Muscle raises power but is not locked to the stimulus: coherence does not follow it.

use std::collections::VecDeque;

use crate::dsp::FreqAxis;
use crate::dsp::transfer::median;

/// Where muscle is measured, away from the presets and from 50 and 60 Hz.
pub const EMG_HZ: [(f64, f64); 2] = [(65.0, 75.0), (85.0, 95.0)];

/// A log-log slope of the PSD from 30 to 90 Hz above this is muscle's, not brain's.
pub const EMG_SLOPE: f64 = -0.5;

/// What one hop says about muscle in one channel.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct EmgIndex {
    /// Mean PSD over [`EMG_HZ`], uV^2/Hz.
    pub level_uv2_per_hz: f64,
    /// The level over its running median; 1 until there is one.
    pub relative: f64,
    /// Whether the level exceeds the median by three scaled median deviations (3 x 1.4826 MAD).
    pub raised: bool,
    /// Slope of ln PSD against ln f from 30 to 90 Hz, mains left out; `None` with fewer than 8 bins.
    pub slope: Option<f64>,
}

impl EmgIndex {
    /// Whether the spectrum is flatter than a brain's.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.slope.is_some_and(|slope| slope > EMG_SLOPE)
    }
}

/// Follows one channel; its memory is the last `n_hops` levels.
#[derive(Debug, Clone)]
pub struct EmgTracker {
    axis: FreqAxis,
    mains_hz: f64,
    n_hops: usize,
    levels: VecDeque<f64>,
    sorted: Vec<f64>,
}

impl EmgTracker {
    /// Nothing seen yet; the running median will be over `n_hops` hops.
    #[must_use]
    pub fn new(axis: FreqAxis, mains_hz: f64, n_hops: usize) -> Self {
        let n_hops = n_hops.max(8);
        Self {
            axis,
            mains_hz,
            n_hops,
            levels: VecDeque::with_capacity(n_hops + 1),
            sorted: Vec::with_capacity(n_hops + 1),
        }
    }

    /// Take the PSD of a hop. It is judged by the hops before it, then remembered. Allocates nothing.
    pub fn push(&mut self, psd_uv2_per_hz: &[f64]) -> EmgIndex {
        let level = self.level(psd_uv2_per_hz);
        let known = self.levels.len() >= 8;
        let middle = self.median_of(|level| level);
        let spread = self.median_of(|level| (level - middle).abs());
        let index = EmgIndex {
            level_uv2_per_hz: level,
            relative: if known && middle > 0.0 {
                level / middle
            } else {
                1.0
            },
            raised: known && level > middle + 3.0 * 1.4826 * spread,
            slope: self.slope(psd_uv2_per_hz),
        };
        self.levels.push_back(level);
        if self.levels.len() > self.n_hops {
            self.levels.pop_front();
        }
        index
    }

    fn median_of(&mut self, map: impl Fn(f64) -> f64) -> f64 {
        self.sorted.clear();
        self.sorted
            .extend(self.levels.iter().map(|level| map(*level)));
        median(&mut self.sorted)
    }

    fn level(&self, psd: &[f64]) -> f64 {
        let bins = EMG_HZ.map(|(lo_hz, hi_hz)| self.axis.bins_within(lo_hz, hi_hz));
        let values = bins.into_iter().flatten().filter_map(|bin| psd.get(bin));
        let (n, sum) = values.fold((0.0, 0.0), |(n, sum), psd| (n + 1.0, sum + psd));
        if n > 0.0 { sum / n } else { 0.0 }
    }

    fn slope(&self, psd: &[f64]) -> Option<f64> {
        let points = self.axis.bins_within(30.0, 90.0).filter_map(|bin| {
            let (hz, psd) = (self.axis.hz(bin), *psd.get(bin)?);
            let clear = (hz - self.mains_hz).abs() > 1.0 + self.axis.df_hz();
            (clear && psd > 0.0).then(|| (hz.ln(), psd.ln()))
        });
        let (n, x, y) = points.clone().fold((0.0, 0.0, 0.0), |(n, sx, sy), (x, y)| {
            (n + 1.0, sx + x, sy + y)
        });
        let (xx, xy) = points.fold((0.0, 0.0), |(xx, xy), (px, py)| {
            let dx = px - x / n;
            (xx + dx * dx, xy + dx * (py - y / n))
        });
        (n >= 8.0).then(|| xy / xx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power_law(axis: &FreqAxis, slope: f64, scale: f64) -> Vec<f64> {
        let value = |bin| scale * axis.hz(bin).max(0.5).powf(slope);
        (0..axis.n_bins()).map(value).collect()
    }

    #[test]
    fn the_slope_of_a_power_law_is_found_and_mains_does_not_bend_it() {
        let axis = FreqAxis::new(250.0, 500, 100.0);
        let mut tracker = EmgTracker::new(axis, 50.0, 60);
        let mut brain = power_law(&axis, -1.5, 100.0);
        brain[99..102].fill(1e4);
        let index = tracker.push(&brain);
        assert!((index.slope.unwrap() + 1.5).abs() < 1e-9 && !index.is_flat());
        assert!(tracker.push(&power_law(&axis, 0.0, 1.0)).is_flat());
    }

    #[test]
    fn a_clench_is_raised_against_the_hops_before_it() {
        let axis = FreqAxis::new(250.0, 500, 100.0);
        let mut tracker = EmgTracker::new(axis, 50.0, 60);
        for hop in 0..100 {
            let calm = power_law(&axis, -1.0, 10.0 + f64::from(hop % 5));
            let index = tracker.push(&calm);
            assert!(
                !index.raised && (index.relative - 1.0).abs() < 0.3,
                "{hop}: {index:?}"
            );
        }
        let index = tracker.push(&power_law(&axis, -1.0, 40.0));
        assert!(index.raised && index.relative > 3.0, "{index:?}");
    }
}
