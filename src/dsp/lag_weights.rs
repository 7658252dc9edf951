//! The weights of the segments in an average, as far as effective counts need them.

use std::collections::VecDeque;

/// `sum_i u_i`, and `sum_i u_i u_(i + k)` for segments `k` hops apart, of a set of segments with weights `u`.
///
/// Serves the sliding set (all weights 1, rebuilt each hop) and forgetting (weights fade). Allocates nothing after its making.
#[derive(Debug, Clone)]
pub struct LagWeights {
    sum: f64,
    /// `lagged[k]`.
    lagged: Vec<f64>,
    /// `(hop, weight)` of the segments that the next one may overlap, oldest first: at most `lagged.len()`.
    recent: VecDeque<(u64, f64)>,
}

impl LagWeights {
    /// No segments; those `n_lags` hops apart and more do not overlap.
    #[must_use]
    pub fn new(n_lags: usize) -> Self {
        let n_lags = n_lags.max(1);
        Self {
            sum: 0.0,
            lagged: vec![0.0; n_lags],
            recent: VecDeque::with_capacity(n_lags + 1),
        }
    }

    /// Forget all segments.
    pub fn clear(&mut self) {
        self.sum = 0.0;
        self.lagged.fill(0.0);
        self.recent.clear();
    }

    /// Take over the segments of `other`, which sees as many lags. Allocates nothing.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.sum = other.sum;
        self.lagged.copy_from_slice(&other.lagged);
        self.recent.clear();
        self.recent.extend(&other.recent);
    }

    /// Multiply every weight by `factor`.
    pub fn fade(&mut self, factor: f64) {
        self.sum *= factor;
        for sum in &mut self.lagged {
            *sum *= factor * factor;
        }
        for (_, weight) in &mut self.recent {
            *weight *= factor;
        }
    }

    /// Add the segment of `hop` with weight 1. Hops must ascend.
    pub fn push(&mut self, hop: u64) {
        while let Some(&(oldest, _)) = self.recent.front()
            && hop - oldest >= self.lagged.len() as u64
        {
            self.recent.pop_front();
        }
        for &(other, weight) in &self.recent {
            if let Ok(lag) = usize::try_from(hop - other) {
                self.lagged[lag] += weight;
            }
        }
        self.sum += 1.0;
        self.lagged[0] += 1.0;
        self.recent.push_back((hop, 1.0));
    }

    /// Replace the segments by those of `hops`, ascending, each of weight 1.
    pub fn fill(&mut self, hops: impl Iterator<Item = u64>) {
        self.clear();
        hops.for_each(|hop| self.push(hop));
    }

    /// Sum of the weights.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Variance of the weighted mean of values of variance 1 whose correlation `k` hops apart is `correlation[k]`:
    /// `sum_ij u_i u_j r(|h_i - h_j|) / (sum u)^2`, the inverse of an effective count. Infinite for no segments.
    #[must_use]
    pub fn mean_variance(&self, correlation: &[f64]) -> f64 {
        let mut pairs = self.lagged.iter().zip(correlation);
        let own = pairs.next().map_or(0.0, |(sum, r)| sum * r);
        let others: f64 = pairs.map(|(sum, r)| sum * r).sum();
        if self.sum > 0.0 {
            (own + 2.0 * others) / (self.sum * self.sum)
        } else {
            f64::INFINITY
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::effective_count;

    const RHO_SQ: [f64; 4] = [1.0, 0.7, 0.2, 0.01];
    const HOPS: [u64; 9] = [0, 1, 2, 3, 7, 8, 20, 22, 23];

    #[test]
    fn the_count_of_equal_weights_is_that_of_the_direct_sum() {
        let mut weights = LagWeights::new(4);
        weights.push(999);
        weights.fill(HOPS.into_iter());
        let expected = effective_count(HOPS.into_iter().map(|hop| (hop, 1.0)), &RHO_SQ);
        let actual = 1.0 / weights.mean_variance(&RHO_SQ);
        assert!((actual - expected).abs() < 1e-12, "{actual} {expected}");
    }

    #[test]
    fn the_count_of_fading_weights_is_that_of_the_direct_sum() {
        let keep: f64 = 0.9;
        let mut weights = LagWeights::new(4);
        let mut before = 0;
        for hop in HOPS {
            weights.fade(keep.powf((hop - before) as f64));
            weights.push(hop);
            before = hop;
        }
        let direct = HOPS
            .into_iter()
            .map(|hop| (hop, keep.powf((23 - hop) as f64)));
        let expected = effective_count(direct, &RHO_SQ);
        let actual = 1.0 / weights.mean_variance(&RHO_SQ);
        assert!((actual - expected).abs() < 1e-12, "{actual} {expected}");
    }

    #[test]
    fn no_segment_says_nothing() {
        assert_eq!(LagWeights::new(3).mean_variance(&RHO_SQ), f64::INFINITY);
    }
}
