//! Peaks of a curve and how often they fall where, with the exact rules of `SciPy` and `NumPy` that the paper used.

/// Local maxima of `values` that are at least `min_height`, thinned so that none lies nearer than `min_distance` to a
/// higher one: `scipy.signal.find_peaks(values, height, distance)`.
///
/// A flat top counts once, at its middle (the lower one of two). End points are no peaks. Thinning goes from the highest
/// peak down; of equal ones the later goes first (`SciPy` leaves that open beyond 16 peaks, its sort being unstable).
#[must_use]
pub fn find_peaks(values: &[f64], min_height: f64, min_distance: usize) -> Vec<usize> {
    let peaks: Vec<usize> = local_maxima(values)
        .into_iter()
        .filter(|&peak| values[peak] >= min_height)
        .collect();
    let mut by_height: Vec<usize> = (0..peaks.len()).collect();
    by_height.sort_by(|&a, &b| values[peaks[a]].total_cmp(&values[peaks[b]]));
    let mut kept = vec![true; peaks.len()];
    for &i in by_height.iter().rev() {
        if !kept[i] {
            continue;
        }
        for j in 0..peaks.len() {
            if j != i && peaks[i].abs_diff(peaks[j]) < min_distance {
                kept[j] = false;
            }
        }
    }
    let survivors = peaks.iter().zip(kept).filter(|(_, kept)| *kept);
    survivors.map(|(peak, _)| *peak).collect()
}

/// Middles of the runs of equal values that are higher than both neighbours.
#[expect(clippy::float_cmp, reason = "a flat top is exactly flat")]
fn local_maxima(values: &[f64]) -> Vec<usize> {
    let mut maxima = Vec::new();
    let mut i = 1;
    while i + 1 < values.len() {
        if values[i - 1] < values[i] {
            let plateau = values[i..].iter().take_while(|v| **v == values[i]).count();
            let after = i + plateau;
            if after < values.len() && values[after] < values[i] {
                maxima.push(usize::midpoint(i, after - 1));
            }
            i = after;
        } else {
            i += 1;
        }
    }
    maxima
}

/// Counts in equal bins from the least position to the greatest, with the bins' edges: `numpy.histogram`.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Positions per bin.
    pub counts: Vec<u32>,
    /// One edge more than bins.
    pub edges: Vec<f64>,
}

impl Histogram {
    /// Counts `positions` in `n_bins`; the last bin holds its upper edge. No positions: 0 to 1, as in `NumPy`.
    #[must_use]
    pub fn new(positions: &[f64], n_bins: usize) -> Self {
        let n_bins = n_bins.max(1);
        let least = positions.iter().copied().fold(f64::INFINITY, f64::min);
        let most = positions.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (first, last) = if positions.is_empty() {
            (0.0, 1.0)
        } else if least < most {
            (least, most)
        } else {
            (least - 0.5, most + 0.5)
        };
        let step = (last - first) / n_bins as f64;
        let mut edges: Vec<f64> = (0..=n_bins).map(|i| i as f64 * step + first).collect();
        edges[n_bins] = last;
        let mut counts = vec![0; n_bins];
        for &position in positions {
            let above = edges[..n_bins].partition_point(|edge| *edge <= position);
            counts[above.saturating_sub(1)] += 1;
        }
        Self { counts, edges }
    }

    /// Centre of the bin with the most positions, the lowest of equals; `None` for none.
    #[must_use]
    pub fn mode(&self) -> Option<f64> {
        let most = self.counts.iter().copied().max().filter(|most| *most > 0)?;
        let bin = self.counts.iter().position(|count| *count == most)?;
        Some(f64::midpoint(self.edges[bin], self.edges[bin + 1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_tops_count_once_and_ends_never() {
        let values = [9.0, 1.0, 3.0, 3.0, 3.0, 2.0, 5.0, 5.0, 1.0, 4.0, 4.0];
        assert_eq!(find_peaks(&values, 0.0, 1), [3, 6]);
        assert_eq!(find_peaks(&values, 4.0, 1), [6]);
        assert!(find_peaks(&[], 0.0, 1).is_empty());
    }

    #[test]
    fn the_higher_of_two_near_peaks_survives_and_one_at_the_distance_stays() {
        let mut values = vec![0.0; 40];
        for (at, height) in [(5, 1.0), (14, 3.0), (24, 2.0), (33, 1.5)] {
            values[at] = height;
        }
        assert_eq!(find_peaks(&values, 0.5, 10), [14, 24]);
    }

    #[test]
    fn the_mode_is_the_middle_of_the_fullest_bin() {
        let histogram = Histogram::new(&[0.0, 10.0, 10.5, 50.0, 100.0], 50);
        assert_eq!(histogram.counts.iter().sum::<u32>(), 5);
        assert_eq!(histogram.mode(), Some(11.0));
        assert_eq!(Histogram::new(&[], 50).mode(), None);
        assert_eq!(Histogram::new(&[7.0], 50).mode(), Some(7.01));
    }
}
