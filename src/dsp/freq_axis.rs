//! The one place where a bin becomes a frequency.

/// Bins of a real FFT, from 0 Hz up to half the sample rate or to a lower limit.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct FreqAxis {
    sample_rate_hz: f64,
    n_fft: usize,
    n_bins: usize,
}

impl FreqAxis {
    /// The axis of an `n_fft`-point transform at `sample_rate_hz`, keeping bins up to `max_hz`.
    #[must_use]
    pub fn new(sample_rate_hz: f64, n_fft: usize, max_hz: f64) -> Self {
        let all = n_fft / 2 + 1;
        let df_hz = sample_rate_hz / n_fft as f64;
        let kept = (0..all)
            .take_while(|&bin| bin as f64 * df_hz <= max_hz * (1.0 + 1e-12))
            .count();
        Self {
            sample_rate_hz,
            n_fft,
            n_bins: kept,
        }
    }

    /// Number of bins kept, DC included.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.n_bins
    }

    /// Length of the transform.
    #[must_use]
    pub fn n_fft(&self) -> usize {
        self.n_fft
    }

    /// Rate of the samples transformed.
    #[must_use]
    pub fn sample_rate_hz(&self) -> f64 {
        self.sample_rate_hz
    }

    /// Spacing of the bins in Hz.
    #[must_use]
    pub fn df_hz(&self) -> f64 {
        self.sample_rate_hz / self.n_fft as f64
    }

    /// Centre frequency of `bin`.
    #[must_use]
    pub fn hz(&self, bin: usize) -> f64 {
        bin as f64 * self.df_hz()
    }

    /// Whether `bin` has no mirror image, so that a one-sided density must not double it.
    #[must_use]
    pub fn is_unpaired(&self, bin: usize) -> bool {
        bin == 0 || 2 * bin == self.n_fft
    }

    /// How much of `bin`'s cell, `df` wide around its centre, lies in `[lo_hz, hi_hz]`: 0 to 1.
    #[must_use]
    pub fn share_within(&self, bin: usize, lo_hz: f64, hi_hz: f64) -> f64 {
        let half_hz = self.df_hz() / 2.0;
        let from_hz = (self.hz(bin) - half_hz).max(lo_hz);
        let to_hz = (self.hz(bin) + half_hz).min(hi_hz);
        ((to_hz - from_hz) / self.df_hz()).clamp(0.0, 1.0)
    }

    /// Kept bins whose centre lies in `[lo_hz, hi_hz]`; the one nearest to the middle if there is none.
    #[must_use]
    pub fn bins_within(&self, lo_hz: f64, hi_hz: f64) -> std::ops::Range<usize> {
        let slack_hz = 1e-9 * self.df_hz();
        let inside =
            |&bin: &usize| self.hz(bin) >= lo_hz - slack_hz && self.hz(bin) <= hi_hz + slack_hz;
        let first = (0..self.n_bins).find(inside);
        let Some(first) = first else {
            let middle_hz = f64::midpoint(lo_hz, hi_hz);
            let distance_hz = |bin: &usize| (self.hz(*bin) - middle_hz).abs();
            let nearest = (0..self.n_bins)
                .min_by(|a, b| distance_hz(a).total_cmp(&distance_hz(b)))
                .unwrap_or(0);
            return nearest..(nearest + 1).min(self.n_bins);
        };
        first..first + (first..self.n_bins).take_while(inside).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bin_of_an_even_transform_is_half_the_rate() {
        let axis = FreqAxis::new(250.0, 500, 1e9);
        assert_eq!(axis.n_bins(), 251);
        assert!((axis.hz(250) - 125.0).abs() < 1e-12);
        assert!(axis.is_unpaired(250) && !axis.is_unpaired(249));
    }

    #[test]
    fn an_odd_transform_has_no_bin_at_half_the_rate() {
        let axis = FreqAxis::new(250.0, 501, 1e9);
        assert_eq!(axis.n_bins(), 251);
        assert!(!axis.is_unpaired(250));
    }

    #[test]
    fn a_band_on_bin_centres_halves_its_edge_bins() {
        let axis = FreqAxis::new(250.0, 250, 125.0);
        let shares: Vec<f64> = (52..58)
            .map(|bin| axis.share_within(bin, 53.0, 56.0))
            .collect();
        assert_eq!(shares, [0.0, 0.5, 1.0, 1.0, 0.5, 0.0]);
        assert_eq!(axis.bins_within(53.0, 56.0), 53..57);
    }

    #[test]
    fn a_band_narrower_than_a_bin_takes_the_nearest() {
        let axis = FreqAxis::new(200.0, 200, 100.0);
        assert_eq!(axis.bins_within(40.1, 40.3), 40..41);
        assert!((axis.share_within(40, 40.1, 40.3) - 0.2).abs() < 1e-9);
    }
}
