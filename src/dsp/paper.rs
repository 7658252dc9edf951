//! Paper mode: the measures of Hasan et al. 2025 (arXiv 2507.05635) as their published code executes them, offline.
//!
//! For comparison only. `mean |Y/X|` has no noise floor and no significance: it grows where the stimulus is momentarily
//! silent, whatever the brain does (docs/DSP.md). The primary estimator is [`transfer`](crate::dsp::transfer).

use num_complex::Complex64;

use crate::dsp::filter_design::{FilterError, butterworth_band_pass, notch};
use crate::dsp::filtfilt::filtfilt;
use crate::dsp::fir::{filtfilt_fir, hamming_fir};
use crate::dsp::hilbert::envelope;
use crate::dsp::peaks::find_peaks;
use crate::dsp::stft::Stft;

/// What every view must write beside these measures.
pub const PAPER_LABEL: &str = "paper mode, after Hasan et al. 2025; has no noise floor";

/// The stimulus envelope on the EEG's time base: 1-1000 Hz (7277 taps), magnitude of the analytic signal, below
/// 100 Hz (3639 taps), both forwards and backwards; over its maximum; linearly interpolated to `n_eeg` samples at `eeg_rate_hz`.
///
/// The low-pass ends at half the EEG's rate and interpolation is no anti-alias filter: 90-110 Hz folds. Kept as executed.
///
/// # Errors
/// [`FilterError`] for audio below 2 kHz or shorter than a second at 22.05 kHz (21 831 samples).
pub fn paper_envelope(
    audio: &[f64],
    audio_rate_hz: f64,
    n_eeg: usize,
    eeg_rate_hz: f64,
) -> Result<Vec<f64>, FilterError> {
    let band_pass = hamming_fir(7277, 1.0, 1000.0, audio_rate_hz)?;
    let low_pass = hamming_fir(3639, 0.0, 100.0, audio_rate_hz)?;
    let mut slow = filtfilt_fir(&low_pass, &envelope(&filtfilt_fir(&band_pass, audio)?))?;
    let most = slow.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for value in &mut slow {
        *value /= most;
    }
    Ok(interpolate(&slow, audio_rate_hz, n_eeg, eeg_rate_hz))
}

/// `values` at `rate_hz`, read at `n_out` instants at `out_rate_hz` from the first on, on straight lines; the last value is held.
#[must_use]
pub fn interpolate(values: &[f64], rate_hz: f64, n_out: usize, out_rate_hz: f64) -> Vec<f64> {
    let mut before = 0;
    let at = |i: usize| values.get(i).or(values.last()).copied().unwrap_or(0.0);
    (0..n_out)
        .map(|n| {
            let place = n as f64 / out_rate_hz * rate_hz;
            while before + 1 < values.len() && (before + 1) as f64 <= place {
                before += 1;
            }
            let (from, to) = (at(before), at(before + 1));
            from + (to - from) * (place - before as f64)
        })
        .collect()
}

/// The EEG as the paper conditions it: notch at 50 Hz of quality 30, then Butterworth of order 5 from 1 to 95 Hz as one
/// ratio of polynomials, both forwards and backwards.
///
/// # Errors
/// [`FilterError`] for a rate of 190 Hz or less, or fewer than 34 samples.
pub fn paper_eeg(eeg_uv: &[f64], sample_rate_hz: f64) -> Result<Vec<f64>, FilterError> {
    let notch = notch(50.0, 30.0, sample_rate_hz)?.transfer_function();
    let band_pass = butterworth_band_pass(5, 1.0, 95.0, sample_rate_hz)?;
    filtfilt(&band_pass, &filtfilt(&notch, eeg_uv)?)
}

/// `H(f, t) = Y(f, t) / X(f, t)`, frame after frame; not finite where the stimulus is exactly silent, as in `NumPy`.
#[must_use]
pub fn transfer_frames(x: &Stft, y: &Stft) -> Stft {
    let ratios = y.values.iter().zip(&x.values).map(|(y, x)| y / x);
    Stft {
        n_bins: x.n_bins,
        values: ratios.collect(),
    }
}

/// Time-averaged spectral response `TASR(f) = mean_t |H(f, t)|`.
#[must_use]
pub fn tasr(h: &Stft) -> Vec<f64> {
    per_bin(h, |frames| {
        let (n, sum) = frames.fold((0.0, 0.0), |(n, sum), z| (n + 1.0, sum + z.norm()));
        sum / n
    })
}

/// `CSD_ab(f) = |sum_t H_a conj(H_b)|`: of the transfer functions, not of the EEG.
#[must_use]
pub fn transfer_csd(a: &Stft, b: &Stft) -> Vec<f64> {
    let products = a.values.iter().zip(&b.values).map(|(a, b)| a * b.conj());
    let products = Stft {
        n_bins: a.n_bins,
        values: products.collect(),
    };
    per_bin(&products, |frames| frames.sum::<Complex64>().norm())
}

/// The paper's cross-spectral coefficient `rho_ab(f) = CSD_ab / sqrt(sum |H_a|^2 sum |H_b|^2)`.
#[must_use]
pub fn rho(a: &Stft, b: &Stft) -> Vec<f64> {
    let power = |h| per_bin(h, |frames| frames.map(|z| z.norm_sqr()).sum::<f64>());
    let powers = power(a).into_iter().zip(power(b));
    let csd = transfer_csd(a, b);
    csd.iter()
        .zip(powers)
        .map(|(csd, (a, b))| csd / (a * b).sqrt())
        .collect()
}

/// The paper's phase, `mean_t (angle Y - angle X)` without unwrapping: its expectation is 0 whatever the delay.
#[must_use]
pub fn mean_phase(x: &Stft, y: &Stft) -> Vec<f64> {
    let n = x.frames().len() as f64;
    let mut sums = vec![0.0; x.n_bins];
    for (x, y) in x.frames().zip(y.frames()) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += (y.arg() - x.arg()) / n;
        }
    }
    sums
}

/// Share of a curve's maximum that a peak of log10 TASR must reach.
pub const TASR_PEAK_SHARE: f64 = 0.5;

/// The same for log10 CSD and for rho.
pub const CSD_PEAK_SHARE: f64 = 0.4;

/// The paper's peaks of a curve: at least `share` of its maximum high, at least 10 bins apart. The distance alone makes one peak
/// about every 10 to 15 bins of any data.
#[must_use]
pub fn paper_peaks(curve: &[f64], share: f64) -> Vec<usize> {
    let most = curve.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    find_peaks(curve, share * most, 10)
}

/// Reduce the frames of each bin to one number.
fn per_bin(h: &Stft, reduce: impl Fn(&mut dyn Iterator<Item = Complex64>) -> f64) -> Vec<f64> {
    (0..h.n_bins)
        .map(|bin| reduce(&mut h.values.iter().skip(bin).step_by(h.n_bins).copied()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(values: &[f64]) -> Stft {
        Stft {
            n_bins: 1,
            values: values
                .iter()
                .map(|&v| Complex64::from_polar(v.abs(), v))
                .collect(),
        }
    }

    #[test]
    fn one_silent_frame_of_the_stimulus_makes_the_response() {
        let y = frames(&[1.0; 10]);
        let mut x = frames(&[1.0; 10]);
        assert!((tasr(&transfer_frames(&x, &y))[0] - 1.0).abs() < 1e-12);
        x.values[3] = Complex64::new(1e-3, 0.0);
        assert!(tasr(&transfer_frames(&x, &y))[0] > 100.0);
    }

    #[test]
    fn rho_of_a_channel_with_itself_is_one() {
        let h = frames(&[1.0, -2.0, 0.5]);
        assert!((rho(&h, &h)[0] - 1.0).abs() < 1e-15);
        assert!((transfer_csd(&h, &h)[0] - 5.25).abs() < 1e-12);
    }

    #[test]
    fn interpolation_runs_on_straight_lines_and_holds_the_end() {
        let out = interpolate(&[0.0, 2.0, 6.0], 2.0, 6, 4.0);
        assert_eq!(out, [0.0, 1.0, 2.0, 4.0, 6.0, 6.0]);
    }
}
