//! How many independent segments overlapping ones are worth.

/// `rho_w = sum w[n] w[n + lag] / sum w^2`: correlation of the transforms of white noise in two
/// segments `lag` samples apart.
#[must_use]
pub fn overlap_correlation(weights: &[f64], lag: usize) -> f64 {
    let sum_sq: f64 = weights.iter().map(|w| w * w).sum();
    let shared = weights.iter().zip(weights.get(lag..).unwrap_or(&[]));
    shared.map(|(a, b)| a * b).sum::<f64>() / sum_sq
}

/// Effective number of independent segments,
/// `L_eff = (sum w_i)^2 / sum_ij w_i w_j rho_w(|h_i - h_j|)^2`.
///
/// `hops` holds each segment's place on the grid of hops, ascending, with its weight in the average;
/// `rho_sq[k]` is the squared [`overlap_correlation`] of segments `k` hops apart, 0 beyond its end. Segments
/// with equal weight and no gap give Welch's `18 L^2 / (19 L - 1)` for Hann at 50 % overlap; any other weights or gaps
/// are handled by the same sum (Welch 1967; Bendat & Piersol).
#[must_use]
pub fn effective_count(hops: impl Iterator<Item = (u64, f64)> + Clone, rho_sq: &[f64]) -> f64 {
    let mut sum = 0.0;
    let mut correlated = 0.0;
    let mut later = hops.clone();
    for (hop, weight) in hops {
        later.next();
        sum += weight;
        correlated += weight * weight;
        for (other, other_weight) in later.clone() {
            let Some(rho_sq) = usize::try_from(other - hop)
                .ok()
                .and_then(|lag| rho_sq.get(lag))
            else {
                break;
            };
            correlated += 2.0 * weight * other_weight * rho_sq;
        }
    }
    if correlated > 0.0 {
        sum * sum / correlated
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::{Taper, TaperKind};

    fn table(len: usize, hop: usize) -> Vec<f64> {
        let taper = Taper::new(TaperKind::Hann, len);
        (0..len.div_ceil(hop))
            .map(|k| overlap_correlation(taper.weights(), k * hop).powi(2))
            .collect()
    }

    #[test]
    fn hann_at_half_overlap_gives_welchs_closed_form() {
        let rho_sq = table(200, 100);
        for n in [2_u32, 8, 60, 239] {
            let n_segments = f64::from(n);
            let expected = 18.0 * n_segments * n_segments / (19.0 * n_segments - 1.0);
            let actual = effective_count((0..u64::from(n)).map(|hop| (hop, 1.0)), &rho_sq);
            assert!((actual - expected).abs() < 1e-9, "{n}: {actual} {expected}");
        }
    }

    #[test]
    fn segments_apart_count_in_full_and_a_gap_makes_them_so() {
        let rho_sq = table(200, 50);
        assert!((effective_count([(0, 1.0), (4, 1.0)].into_iter(), &rho_sq) - 2.0).abs() < 1e-12);
        assert!(effective_count([(0, 1.0), (1, 1.0)].into_iter(), &rho_sq) < 1.5);
        assert!(effective_count(std::iter::empty(), &rho_sq).abs() < 1e-12);
    }

    #[test]
    fn forgetting_gives_two_minus_a_over_a() {
        let a: f64 = 0.05;
        let weights = (0..2000_u64).map(|i| (i * 10, (1.0 - a).powf(2000.0 - i as f64)));
        let n_eff = effective_count(weights, &table(200, 50));
        assert!((n_eff - (2.0 - a) / a).abs() < 1e-6, "{n_eff}");
    }
}
