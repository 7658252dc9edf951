//! Finite impulse responses: windowed-sinc design and filtering by FFT.

use std::f64::consts::{PI, TAU};

use realfft::RealFftPlanner;

use crate::dsp::filter_design::FilterError;
use crate::dsp::filtfilt::extend_odd;

/// Windowed-sinc filter that passes `lo_hz` to `hi_hz` (`lo_hz` = 0: a low-pass), symmetric Hamming window, scaled to gain
/// 1 in the middle of the pass-band, at 0 Hz for a low-pass: the design of `scipy.signal.firwin`.
///
/// # Errors
/// [`FilterError`] unless `0 <= lo_hz < hi_hz < sample_rate_hz / 2` and there are at least 3 taps.
pub fn hamming_fir(
    n_taps: usize,
    lo_hz: f64,
    hi_hz: f64,
    sample_rate_hz: f64,
) -> Result<Vec<f64>, FilterError> {
    let bad = |hz| FilterError::Frequency { hz, sample_rate_hz };
    if !(hi_hz < sample_rate_hz / 2.0 && hi_hz > 0.0) {
        return Err(bad(hi_hz));
    }
    if !(lo_hz >= 0.0 && lo_hz < hi_hz) {
        return Err(bad(lo_hz));
    }
    if n_taps < 3 {
        return Err(FilterError::Shape {
            value: n_taps as f64,
        });
    }
    let (lo, hi) = (2.0 * lo_hz / sample_rate_hz, 2.0 * hi_hz / sample_rate_hz);
    let middle = if lo_hz > 0.0 {
        f64::midpoint(lo, hi)
    } else {
        0.0
    };
    let last = (n_taps - 1) as f64;
    let mut taps: Vec<f64> = (0..n_taps)
        .map(|n| {
            let m = n as f64 - last / 2.0;
            let window = 0.54 - 0.46 * (TAU * n as f64 / last).cos();
            window * (hi * sinc(hi * m) - lo * sinc(lo * m))
        })
        .collect();
    let shifts = taps.iter().enumerate();
    let gain: f64 = shifts
        .map(|(n, tap)| tap * (PI * (n as f64 - last / 2.0) * middle).cos())
        .sum();
    for tap in &mut taps {
        *tap /= gain;
    }
    Ok(taps)
}

/// `sin(pi x) / (pi x)`.
fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Filter forwards and backwards with `taps`, with the edges of `SciPy`'s `filtfilt(taps, 1, x)`, by FFT.
///
/// The steady state in which each pass starts is that of its first value held for ever, so the signal is continued by that
/// value over the length of the filter. 120 s of audio and 7277 taps take a second; summing directly would take minutes.
///
/// # Errors
/// [`FilterError::TooShort`] unless `signal` has more than three times as many samples as there are taps.
pub fn filtfilt_fir(taps: &[f64], signal: &[f64]) -> Result<Vec<f64>, FilterError> {
    let n_edge = 3 * taps.len();
    let mut work = extend_odd(signal, n_edge)?;
    for _ in 0..2 {
        let first = work.first().copied().unwrap_or(0.0);
        let n_before = taps.len().saturating_sub(1);
        let held = std::iter::repeat_n(first, n_before);
        let continued: Vec<f64> = held.chain(work.iter().copied()).collect();
        work = convolve_valid(taps, &continued);
        work.reverse();
    }
    work.truncate(n_edge + signal.len());
    work.drain(..n_edge);
    Ok(work)
}

/// `sum_k taps[k] x[n - k]` for every `n` whose past lies within `signal`: overlap-save.
#[must_use]
pub fn convolve_valid(taps: &[f64], signal: &[f64]) -> Vec<f64> {
    let n_past = taps.len().saturating_sub(1);
    let n_out = signal.len().saturating_sub(n_past);
    let n_fft = (4 * taps.len()).next_power_of_two().max(64);
    let n_new = n_fft - n_past;
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (
        planner.plan_fft_forward(n_fft),
        planner.plan_fft_inverse(n_fft),
    );
    let mut block = forward.make_input_vec();
    let mut response = forward.make_output_vec();
    let mut bins = forward.make_output_vec();
    block[..taps.len()].copy_from_slice(taps);
    let mut done = forward.process(&mut block, &mut response).is_ok();
    let mut filtered = Vec::with_capacity(n_out + n_new);
    for start in (0..n_out).step_by(n_new) {
        let piece = &signal[start..(start + n_fft).min(signal.len())];
        block[..piece.len()].copy_from_slice(piece);
        block[piece.len()..].fill(0.0);
        done &= forward.process(&mut block, &mut bins).is_ok();
        for (bin, gain) in bins.iter_mut().zip(&response) {
            *bin *= gain / n_fft as f64;
        }
        // the ends of a real signal's spectrum are real; rounding must not make the inverse refuse them
        bins[0].im = 0.0;
        bins[n_fft / 2].im = 0.0;
        done &= inverse.process(&mut bins, &mut block).is_ok();
        filtered.extend_from_slice(&block[n_past..]);
    }
    debug_assert!(done, "buffers were made by the plans");
    filtered.truncate(n_out);
    filtered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::filter_design::TransferFunction;
    use crate::dsp::filtfilt::filtfilt;

    #[test]
    fn the_fast_way_agrees_with_the_direct_one() {
        let taps = hamming_fir(31, 10.0, 40.0, 200.0).unwrap();
        let signal: Vec<f64> = (0..700_u32)
            .map(|n| f64::from(n * n % 101) - 50.0)
            .collect();
        let mut a = vec![0.0; taps.len()];
        a[0] = 1.0;
        let direct = filtfilt(&TransferFunction { b: taps.clone(), a }, &signal).unwrap();
        let fast = filtfilt_fir(&taps, &signal).unwrap();
        assert_eq!(fast.len(), signal.len());
        let worst = fast.iter().zip(&direct).map(|(a, b)| (a - b).abs());
        assert!(worst.fold(0.0, f64::max) < 1e-11);
    }

    #[test]
    fn a_low_pass_has_gain_one_at_dc() {
        let taps = hamming_fir(101, 0.0, 20.0, 200.0).unwrap();
        assert!((taps.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(hamming_fir(101, 20.0, 10.0, 200.0).is_err());
    }
}
