//! One taper, or the several of the multitaper method, with the shares they have in a spectrum.

use realfft::RealFftPlanner;

use crate::dsp::{Dpss, DpssError, DpssForm, Taper, TaperKind};

/// How many prolate tapers of which width.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Multitaper {
    /// Half-bandwidth `NW` in bins of the segment: the estimate at a bin sees this far to both sides.
    pub half_bandwidth_bins: f64,
    /// Number of tapers, at most `2 NW`; `2 NW - 1` if `None`.
    pub n_tapers: Option<usize>,
    /// Tapers of a smaller concentration are left out; MNE's `low_bias` is 0.9. The best one always stays.
    pub min_concentration: f64,
    /// Symmetric, or as MNE-Python has them.
    pub form: DpssForm,
}

impl Default for Multitaper {
    /// `NW = 3`, five tapers: with segments of 2 s a bandwidth of +-1.5 Hz, that of a 3 Hz band.
    fn default() -> Self {
        Self {
            half_bandwidth_bins: 3.0,
            n_tapers: None,
            min_concentration: 0.9,
            form: DpssForm::Symmetric,
        }
    }
}

/// The tapers of one estimate.
///
/// The PSD is `2 sum_k l_k |X_k|^2 / (fs sum_k l_k sum w_k^2)`: with one taper Welch's, with prolate tapers and
/// their concentrations `l_k` MNE's weights `sqrt(eigenvalue)`. Unbiased for white noise whatever the tapers' norms;
/// MNE takes the norms to be 1.
#[derive(Debug, Clone)]
pub struct TaperSet {
    tapers: Vec<Taper>,
    /// `l_k / sum_j l_j sum w_j^2`.
    gains: Vec<f64>,
}

impl TaperSet {
    /// A single taper.
    #[must_use]
    pub fn one(taper: Taper) -> Self {
        Self::weighted(vec![taper], &[1.0])
    }

    /// A single taper of a kind.
    #[must_use]
    pub fn of_kind(kind: TaperKind, len: usize) -> Self {
        Self::one(Taper::new(kind, len))
    }

    /// Prolate tapers for segments of `len` samples.
    ///
    /// # Errors
    /// [`DpssError`] when they do not exist.
    pub fn multitaper(plan: &Multitaper, len: usize) -> Result<Self, DpssError> {
        let n_tapers = plan
            .n_tapers
            .unwrap_or_else(|| default_n_tapers(plan.half_bandwidth_bins));
        let dpss = Dpss::new(len, plan.half_bandwidth_bins, n_tapers, plan.form)?;
        let all = dpss.sequences().iter().zip(dpss.concentrations());
        let (tapers, weights): (Vec<Taper>, Vec<f64>) = all
            .enumerate()
            .filter(|(k, (_, concentration))| *k == 0 || **concentration > plan.min_concentration)
            .map(|(_, (sequence, concentration))| {
                (Taper::from_weights(sequence.clone()), *concentration)
            })
            .unzip();
        Ok(Self::weighted(tapers, &weights))
    }

    /// Tapers with the weights their `|X|^2` have.
    fn weighted(tapers: Vec<Taper>, weights: &[f64]) -> Self {
        let total: f64 = tapers
            .iter()
            .zip(weights)
            .map(|(t, w)| t.sum_sq() * w)
            .sum();
        Self {
            gains: weights.iter().map(|weight| weight / total).collect(),
            tapers,
        }
    }

    /// The tapers.
    #[must_use]
    pub fn tapers(&self) -> &[Taper] {
        &self.tapers
    }

    /// How many there are, at least one.
    #[must_use]
    pub fn n_tapers(&self) -> usize {
        self.tapers.len()
    }

    /// Samples per segment.
    #[must_use]
    pub fn segment_len(&self) -> usize {
        self.tapers[0].weights().len()
    }

    /// Factor from taper `k`'s `|X|^2` to its part of the one-sided PSD (halve it at DC and Nyquist).
    #[must_use]
    pub fn psd_scale(&self, k: usize, sample_rate_hz: f64) -> f64 {
        2.0 * self.gains[k] / sample_rate_hz
    }

    /// Share of taper `k` in the PSD of white noise; they sum to 1.
    #[must_use]
    pub fn share(&self, k: usize) -> f64 {
        self.gains[k] * self.tapers[k].sum_sq()
    }

    /// Equivalent noise bandwidth in bins, `N / sum_k g_k (sum w_k)^2`: what a sine at a bin's centre is spread over.
    #[must_use]
    pub fn enbw_bins(&self) -> f64 {
        let gain = |(taper, gain): (&Taper, &f64)| gain * taper.sum().powi(2);
        let sum: f64 = self.tapers.iter().zip(&self.gains).map(gain).sum();
        self.segment_len() as f64 / sum
    }

    /// Peak amplitude of a sine at a bin's centre from the one-sided PSD there: `sqrt(2 S ENBW)`, which is
    /// `2 |X| / sum w` for one taper. For bins with a mirror image, that is not for 0 Hz and half the rate. The unit of the samples.
    #[must_use]
    pub fn amplitude(&self, psd: f64, sample_rate_hz: f64) -> f64 {
        let enbw_hz = self.enbw_bins() * sample_rate_hz / self.segment_len() as f64;
        (2.0 * psd * enbw_hz).max(0.0).sqrt()
    }

    /// Share-weighted squared correlation of the tapers' transforms of white noise, in segments `lag`
    /// samples apart and bins `bins` apart:
    /// `sum_jk s_j s_k |sum_n w_j[n] w_k[n + lag] e^(2 pi i bins n / N)|^2 / (sum w_j^2 sum w_k^2)`.
    ///
    /// At `(0, 0)` it is the inverse of the effective number of tapers: 1 for one, about `1 / K` for `K` prolate ones.
    #[must_use]
    pub fn correlation_sq(&self, lag: usize, bins: usize) -> f64 {
        let pairs = self.tapers.iter().zip(&self.gains);
        pairs
            .clone()
            .flat_map(|a| pairs.clone().map(move |b| (a, b)))
            .map(|((a, gain_a), (b, gain_b))| {
                gain_a * gain_b * a.cross_sum(b, lag, bins).norm_sqr()
            })
            .sum()
    }

    /// [`correlation_sq`](Self::correlation_sq) at one lag for every distance of bins from 0 to half the segment's length: one transform per pair of tapers
    /// instead of a sum per pair and bin.
    ///
    /// # Panics
    /// Never: the buffers are the plan's own.
    #[must_use]
    pub fn correlations_sq(&self, lag: usize) -> Vec<f64> {
        let fft = RealFftPlanner::<f64>::new().plan_fft_forward(self.segment_len());
        let (mut products, mut spectrum) = (fft.make_input_vec(), fft.make_output_vec());
        let mut scratch = fft.make_scratch_vec();
        let mut sums = vec![0.0; spectrum.len()];
        for (a, gain_a) in self.tapers.iter().zip(&self.gains) {
            for (b, gain_b) in self.tapers.iter().zip(&self.gains) {
                let later = b.weights().iter().skip(lag).chain(std::iter::repeat(&0.0));
                for (product, (a, b)) in products.iter_mut().zip(a.weights().iter().zip(later)) {
                    *product = a * b;
                }
                let done = fft.process_with_scratch(&mut products, &mut spectrum, &mut scratch);
                debug_assert!(done.is_ok(), "buffers were made by the plan");
                for (sum, z) in sums.iter_mut().zip(&spectrum) {
                    *sum += gain_a * gain_b * z.norm_sqr();
                }
            }
        }
        sums
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-int cast saturates, and what does not fit is refused with the tapers"
)]
fn default_n_tapers(half_bandwidth_bins: f64) -> usize {
    ((2.0 * half_bandwidth_bins - 1.0).floor() as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prolate_tapers_count_as_nearly_as_many_as_there_are() {
        let set = TaperSet::multitaper(&Multitaper::default(), 500).unwrap();
        assert_eq!(set.n_tapers(), 5);
        let n_eff = 1.0 / set.correlation_sq(0, 0);
        assert!(n_eff > 4.99 && n_eff <= 5.0 + 1e-12, "{n_eff}");
        let shares: f64 = (0..5).map(|k| set.share(k)).sum();
        assert!((shares - 1.0).abs() < 1e-14);
    }

    #[test]
    fn one_transform_gives_the_sums_of_every_bin() {
        let set = TaperSet::multitaper(&Multitaper::default(), 200).unwrap();
        for lag in [0, 30, 199] {
            let all = set.correlations_sq(lag);
            for bins in [0, 1, 7, 100] {
                let expected = set.correlation_sq(lag, bins);
                assert!((all[bins] - expected).abs() < 1e-13, "{lag} {bins}");
            }
        }
    }

    #[test]
    fn one_taper_is_the_special_case() {
        let taper = Taper::new(TaperKind::Hann, 200);
        let set = TaperSet::one(taper.clone());
        assert!((set.psd_scale(0, 250.0) / taper.psd_scale(250.0) - 1.0).abs() < 1e-14);
        assert!((set.enbw_bins() - 1.5).abs() < 1e-12);
        assert!((set.correlation_sq(0, 1) - 4.0 / 9.0).abs() < 1e-12);
        assert!((set.correlation_sq(100, 0) - 1.0 / 36.0).abs() < 1e-12);
    }

    #[test]
    fn a_sine_of_10_uv_reads_10_uv() {
        let set = TaperSet::of_kind(TaperKind::Hann, 250);
        assert!((set.amplitude(50.0 / 1.5, 250.0) - 10.0).abs() < 1e-12);
    }

    #[test]
    fn poorly_concentrated_tapers_are_left_out() {
        let plan = Multitaper {
            half_bandwidth_bins: 4.0,
            n_tapers: Some(8),
            ..Multitaper::default()
        };
        assert_eq!(TaperSet::multitaper(&plan, 320).unwrap().n_tapers(), 7);
    }
}
