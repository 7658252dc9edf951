//! The bin of the response against its neighbours.

use super::NoiseBins;
use crate::dsp::tails::{PValue, f_survival, f2_survival};

/// A signal bin's power against the mean power of noise bins.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct FTest {
    /// Signal power over mean noise power.
    pub f: f64,
    /// Noise bins averaged.
    pub n_noise_bins: usize,
    /// Spectra whose *power* was averaged before; 1 for the spectrum of an average, as in the usual F-test.
    pub n_averaged: usize,
    /// Power in the signal bin, in the unit given.
    pub signal_power: f64,
    /// Mean power of the noise bins, in the unit given.
    pub noise_power: f64,
    /// `10 log10 F`: reads 0 dB on average without a response.
    pub snr_db: f64,
    /// SNR of the response alone as a power ratio, `F (n - 1) / n - 1` with `n` noise values: averages 0 without a response, so it is often
    /// below.
    pub snr_unbiased: f64,
    /// Chance of such an F without a response, from `F(2 k, 2 k Nb)` with `k` spectra averaged.
    pub p: PValue,
}

impl FTest {
    /// [`snr_unbiased`](Self::snr_unbiased) in dB; `None` where it is not above 0.
    #[must_use]
    pub fn snr_unbiased_db(&self) -> Option<f64> {
        (self.snr_unbiased > 0.0).then(|| 10.0 * self.snr_unbiased.log10())
    }
}

/// F-test on a spectrum's power (Dobie & Wilson 1996): `F = P(signal) / mean P(noise) ~ F(2, 2 Nb)`, `p = (1 + F/Nb)^-Nb`.
///
/// `power` is that of *one* spectrum, usually of the averaged epochs, untapered over a whole number of modulation cycles (a taper makes
/// neighbours alike). It degrades where the background slopes by more than about 10 dB over the noise bins. `None` where the noise is 0 or not finite, or a bin
/// is out of the slice.
#[must_use]
pub fn f_test(power: &[f64], bins: &NoiseBins) -> Option<FTest> {
    power_snr(power, bins, 1)
}

/// Where no phase reference exists: the same ratio on powers averaged over `n_epochs` epochs, whose phases need not agree.
/// Without a response it follows `F(2 k, 2 k Nb)` for `k` independent epochs.
///
/// It finds any steady rhythm at that frequency, whether or not it follows the stimulus. `None` as for [`f_test`], and for no epoch.
#[must_use]
pub fn power_snr(mean_power: &[f64], bins: &NoiseBins, n_epochs: usize) -> Option<FTest> {
    let signal = *mean_power.get(bins.signal())?;
    let mut noise_sum = 0.0;
    for &bin in bins.bins() {
        noise_sum += mean_power.get(bin)?;
    }
    ratio(signal, noise_sum, bins.bins().len(), n_epochs)
}

/// [`f_test`] on values already picked: the signal's power and those of the noise bins.
#[must_use]
pub fn f_test_of(signal_power: f64, noise_powers: impl Iterator<Item = f64>) -> Option<FTest> {
    let (n, sum) = noise_powers.fold((0, 0.0), |(n, sum), power| (n + 1, sum + power));
    ratio(signal_power, sum, n, 1)
}

fn ratio(
    signal_power: f64,
    noise_sum: f64,
    n_noise_bins: usize,
    n_averaged: usize,
) -> Option<FTest> {
    let noise_power = noise_sum / n_noise_bins as f64;
    let f = signal_power / noise_power;
    if !(f.is_finite() && f >= 0.0 && noise_power > 0.0 && n_averaged > 0) {
        return None;
    }
    let n = (n_noise_bins * n_averaged) as f64;
    let p = if n_averaged == 1 {
        f2_survival(f, n)
    } else {
        f_survival(f, 2.0 * n_averaged as f64, 2.0 * n)
    };
    Some(FTest {
        f,
        n_noise_bins,
        n_averaged,
        signal_power,
        noise_power,
        snr_db: 10.0 * f.log10(),
        snr_unbiased: f * (n - 1.0) / n - 1.0,
        p,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::tails::f2_critical;

    #[test]
    fn critical_values_are_the_tabulated_ones() {
        for (df2, critical) in [
            (16, [3.634, 6.226, 10.971]),
            (28, [3.340, 5.453, 8.931]),
            (60, [3.150, 4.977, 7.768]),
            (120, [3.072, 4.787, 7.321]),
            (240, [3.033, 4.695, 7.110]),
        ] {
            for (alpha, expected) in [0.05, 0.01, 0.001].into_iter().zip(critical) {
                let actual = f2_critical(alpha, f64::from(df2) / 2.0);
                assert!(
                    (actual - expected).abs() < 5.1e-4,
                    "{df2} {alpha}: {actual}"
                );
            }
        }
    }

    #[test]
    fn a_signal_of_four_times_the_noise_is_6_db_and_three_times_the_noise_alone() {
        let bins = NoiseBins::of(2, vec![0, 4]).unwrap();
        let test = f_test(&[0.5, 9.0, 4.0, 9.0, 1.5], &bins).unwrap();
        assert!((test.f - 4.0).abs() < 1e-15 && test.n_noise_bins == 2);
        assert!((test.snr_db - 6.0206).abs() < 1e-4);
        assert!((test.snr_unbiased - 1.0).abs() < 1e-15); // 4 * 1/2 - 1
        assert!((test.p.p() - 3.0_f64.powi(-2)).abs() < 1e-15);
        assert_eq!(test.snr_unbiased_db(), Some(0.0));
    }

    #[test]
    fn picked_values_and_a_slice_give_the_same() {
        let bins = NoiseBins::of(1, vec![0, 2, 3]).unwrap();
        let power = [1.0, 5.0, 2.0, 0.5];
        assert_eq!(
            f_test(&power, &bins),
            f_test_of(5.0, [1.0, 2.0, 0.5].into_iter())
        );
    }

    #[test]
    fn averaging_powers_makes_the_same_ratio_surer() {
        let bins = NoiseBins::of(1, vec![0, 2, 3]).unwrap();
        let power = [1.0, 2.5, 1.2, 0.9];
        let (one, many) = (f_test(&power, &bins), power_snr(&power, &bins, 50));
        assert!(many.unwrap().p.ln < 5.0 * one.unwrap().p.ln);
    }

    #[test]
    fn no_noise_and_no_bins_are_no_test() {
        let bins = NoiseBins::of(1, vec![0, 2]).unwrap();
        assert_eq!(f_test(&[0.0, 1.0, 0.0], &bins), None);
        assert_eq!(f_test(&[f64::NAN, 1.0, 1.0], &bins), None);
        assert_eq!(f_test(&[1.0, 1.0], &bins), None);
        assert_eq!(power_snr(&[1.0, 1.0, 1.0], &bins, 0), None);
        assert_eq!(f_test_of(1.0, std::iter::empty()), None);
    }
}
