//! How much overlapping segments, several tapers and neighbouring bins say the same.

use crate::dsp::{LagWeights, SegmentPlan, TaperSet};

/// Correlation of the PSD estimates of white noise, by hops and bins apart.
///
/// With the weights of the segments in an average it gives the effective number of independent segments
/// (`L_eff = segments * tapers` where nothing overlaps), and the correlation of averaged PSDs in neighbouring bins.
/// The tapers are the only input: no bin is assumed to be independent of the next.
#[derive(Debug, Clone)]
pub struct OverlapTable {
    n_tapers_eff: f64,
    /// `rho_sq[bins][hops]`, 1 at `[0][0]`.
    rho_sq: Vec<Vec<f64>>,
}

/// Neighbouring bins correlated less than this are taken to be independent.
const FAINT: f64 = 1e-4;

impl OverlapTable {
    /// Plans for `tapers` on the segments of `plan`.
    #[must_use]
    pub fn new(tapers: &TaperSet, plan: SegmentPlan) -> Self {
        let n_lags = plan.len().div_ceil(plan.hop());
        let at_once = tapers.correlations_sq(0);
        let own = at_once[0];
        let mut rho_sq = vec![vec![0.0; n_lags]; n_correlated_bins(&at_once)];
        for lag in 0..n_lags {
            let by_bins = tapers.correlations_sq(lag * plan.hop());
            for (row, correlation) in rho_sq.iter_mut().zip(by_bins) {
                row[lag] = correlation / own;
            }
        }
        Self {
            n_tapers_eff: 1.0 / own,
            rho_sq,
        }
    }

    /// Hops from which on segments share no sample.
    #[must_use]
    pub fn n_lags(&self) -> usize {
        self.rho_sq[0].len()
    }

    /// Bins from which on the tapers let nothing through to a neighbour: the length of [`bin_variances`](Self::bin_variances).
    #[must_use]
    pub fn n_correlated_bins(&self) -> usize {
        self.rho_sq.len()
    }

    /// What the tapers count for in one segment: 1 for one, nearly `K` for `K` prolate ones.
    #[must_use]
    pub fn n_tapers_eff(&self) -> f64 {
        self.n_tapers_eff
    }

    /// Squared correlation of segments `k` hops apart, as [`effective_count`](crate::dsp::effective_count) takes it.
    #[must_use]
    pub fn rho_sq(&self) -> &[f64] {
        &self.rho_sq[0]
    }

    /// Effective number of independent segments of one taper, `n_eff`: what phase statistics count.
    #[must_use]
    pub fn n_segments_eff(&self, weights: &LagWeights) -> f64 {
        1.0 / weights.mean_variance(&self.rho_sq[0])
    }

    /// Effective number of independent estimates, segments times tapers: what a PSD (`nu = 2 n_eff`) and coherence count.
    #[must_use]
    pub fn n_eff(&self, weights: &LagWeights) -> f64 {
        self.n_tapers_eff * self.n_segments_eff(weights)
    }

    /// Correlation of the cross-spectra of independent white signals in bins `m` apart, averaged over many segments that follow
    /// each other on the grid: `sum_k r_m(k) / sum_k r_0(k)` over the hops `k` apart, 1 at `m = 0`. Overlap makes it a little larger than the
    /// tapers alone do.
    #[must_use]
    pub fn bin_correlations(&self) -> Vec<f64> {
        let total = |row: &Vec<f64>| row[0] + 2.0 * row[1..].iter().sum::<f64>();
        let own = total(&self.rho_sq[0]);
        self.rho_sq.iter().map(|row| total(row) / own).collect()
    }

    /// Write `cov(S_b, S_(b + m)) / (S_b S_(b + m))` of averaged PSDs, `1 / n_eff` at `m = 0`, for each `m` in turn.
    pub fn bin_variances(&self, weights: &LagWeights, by_distance: &mut [f64]) {
        for (variance, row) in by_distance.iter_mut().zip(&self.rho_sq) {
            *variance = weights.mean_variance(row) / self.n_tapers_eff;
        }
    }
}

/// How many bins, the own one included, are correlated; where one is faint and the next too, the rest are.
fn n_correlated_bins(by_bins: &[f64]) -> usize {
    let is_faint = |bins: usize| by_bins.get(bins).is_none_or(|&r| r < FAINT * by_bins[0]);
    (1..by_bins.len())
        .find(|&bins| is_faint(bins) && is_faint(bins + 1))
        .unwrap_or(by_bins.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::{Multitaper, TaperKind};

    fn plan(hop: usize) -> SegmentPlan {
        SegmentPlan::new(200, hop).unwrap()
    }

    #[test]
    fn hann_reaches_two_bins_and_a_boxcar_none() {
        let hann = OverlapTable::new(&TaperSet::of_kind(TaperKind::Hann, 200), plan(200));
        assert_eq!(hann.n_correlated_bins(), 3);
        let boxcar = OverlapTable::new(&TaperSet::of_kind(TaperKind::Boxcar, 200), plan(200));
        assert_eq!(boxcar.n_correlated_bins(), 1);
    }

    #[test]
    fn neighbouring_bins_are_more_alike_under_overlap() {
        let hann = TaperSet::of_kind(TaperKind::Hann, 200);
        let of = |hop| OverlapTable::new(&hann, plan(hop)).bin_correlations();
        assert!((of(200)[1] - 4.0 / 9.0).abs() < 1e-12 && (of(200)[2] - 1.0 / 36.0).abs() < 1e-12);
        let close = of(25);
        assert!((close[0] - 1.0).abs() < 1e-15);
        assert!(
            (0.48..0.50).contains(&close[1]) && (0.04..0.05).contains(&close[2]),
            "{close:?}"
        );
    }

    #[test]
    fn tapers_multiply_the_number_of_disjoint_segments() {
        let tapers = TaperSet::multitaper(&Multitaper::default(), 200).unwrap();
        let table = OverlapTable::new(&tapers, plan(200));
        let mut weights = LagWeights::new(table.n_lags());
        weights.fill(0..12);
        assert!((table.n_segments_eff(&weights) - 12.0).abs() < 1e-12);
        assert!((table.n_eff(&weights) / 60.0 - 1.0).abs() < 2e-3);
    }

    #[test]
    fn overlap_under_many_tapers_is_worth_less_than_under_hann() {
        let weights = |n_lags| {
            let mut weights = LagWeights::new(n_lags);
            weights.fill(0..40);
            weights
        };
        let prolate = TaperSet::multitaper(&Multitaper::default(), 200).unwrap();
        let prolate = OverlapTable::new(&prolate, plan(100));
        let hann = OverlapTable::new(&TaperSet::of_kind(TaperKind::Hann, 200), plan(100));
        let welch = 18.0 * 1600.0 / (19.0 * 40.0 - 1.0);
        assert!((hann.n_eff(&weights(2)) - welch).abs() < 1e-9);
        assert!(prolate.n_segments_eff(&weights(2)) < 0.8 * welch);
    }
}
