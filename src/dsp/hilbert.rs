//! The envelope as magnitude of the analytic signal, offline.

use num_complex::Complex64;
use rustfft::FftPlanner;

/// `|x + j hilbert(x)|` of a whole signal, by one transform of its full length (Marple 1999; `scipy.signal.hilbert`).
#[must_use]
pub fn envelope(signal: &[f64]) -> Vec<f64> {
    let len = signal.len();
    let mut bins: Vec<Complex64> = signal.iter().map(|&x| Complex64::new(x, 0.0)).collect();
    let mut planner = FftPlanner::new();
    planner.plan_fft_forward(len).process(&mut bins);
    for (bin, value) in bins.iter_mut().enumerate() {
        let twice = 2 * bin;
        if bin > 0 && twice < len {
            *value *= 2.0;
        } else if twice > len {
            *value = Complex64::default();
        }
    }
    planner.plan_fft_inverse(len).process(&mut bins);
    bins.iter().map(|z| z.norm() / len as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn a_modulated_tone_shows_its_modulation() {
        for len in [1000_u32, 1001] {
            let at = |n: u32, cycles: f64| TAU * cycles * f64::from(n) / f64::from(len);
            let modulation = |n: u32| 1.0 + 0.5 * at(n, 4.0).cos();
            let signal: Vec<f64> = (0..len)
                .map(|n| modulation(n) * at(n, 100.0).sin())
                .collect();
            for (n, value) in (0..len).zip(envelope(&signal)) {
                assert!((value - modulation(n)).abs() < 1e-12, "{n}: {value}");
            }
        }
        assert!(envelope(&[]).is_empty());
    }
}
