//! Values between samples: a band-limited signal read at any place.

use std::f64::consts::PI;

/// Half-width of the kernel in samples where nothing has to be filtered off.
const HALF_WIDTH: usize = 32;
/// Shape of the Kaiser window: ripple and stop band near -80 dB.
const BETA: f64 = 8.0;
/// Places between two samples at which the kernel is tabulated; between them it is interpolated linearly, an error below 2e-6.
const N_PHASES: usize = 1024;
/// The pass band ends at this share of the lower rate, less the transition.
const CUTOFF: f64 = 0.46;

/// A Kaiser-windowed sinc that reads a sampled signal at fractional places.
///
/// Where the reader's rate is lower than the signal's, the kernel is widened to filter off what the reader's samples cannot hold: gain 1 within
/// 0.1 % up to 0.42 of the lower rate, below 1e-3 from 0.5 of it. Symmetric, so that it delays nothing.
#[derive(Debug, Clone)]
pub struct SincKernel {
    half_width: usize,
    /// `N_PHASES + 1` rows of `2 half_width` taps.
    table: Vec<f64>,
}

impl SincKernel {
    /// Up to this share of the lower rate the gain is 1 within 0.1 %.
    pub const PASSES: f64 = 0.42;

    /// A kernel for reading a signal of `signal_rate_hz` at about `reader_rate_hz`.
    ///
    /// # Panics
    /// Unless both rates are positive: a bug.
    #[must_use]
    pub fn new(signal_rate_hz: f64, reader_rate_hz: f64) -> Self {
        assert!(
            signal_rate_hz > 0.0 && reader_rate_hz > 0.0,
            "rates are positive"
        );
        let stretch = (signal_rate_hz / reader_rate_hz).max(1.0);
        let half_width = stretched(HALF_WIDTH, stretch);
        let n_taps = 2 * half_width;
        let mut table = vec![0.0; (N_PHASES + 1) * n_taps];
        for (phase, row) in table.chunks_exact_mut(n_taps).enumerate() {
            let fraction = phase as f64 / N_PHASES as f64;
            for (i, tap) in row.iter_mut().enumerate() {
                // tap i stands at sample floor(place) - half_width + 1 + i
                let distance = i as f64 + 1.0 - half_width as f64 - fraction;
                *tap = windowed_sinc(distance, CUTOFF / stretch, half_width as f64);
            }
            let sum: f64 = row.iter().sum();
            for tap in row {
                *tap /= sum;
            }
        }
        Self { half_width, table }
    }

    /// Samples needed on each side of a place.
    #[must_use]
    pub fn half_width(&self) -> usize {
        self.half_width
    }

    /// The signal `fraction` (0 to 1) of a sample after that at index `half_width - 1` of `samples`, `2 half_width` of them. Allocates nothing.
    ///
    /// # Panics
    /// If there are fewer samples: a bug.
    #[must_use]
    pub fn read(&self, samples: &[f64], fraction: f64) -> f64 {
        let n_taps = 2 * self.half_width;
        let place = fraction.clamp(0.0, 1.0) * N_PHASES as f64;
        let row = whole(place).min(N_PHASES - 1);
        let between = place - row as f64;
        let rows = &self.table[row * n_taps..(row + 2) * n_taps];
        let (before, after) = rows.split_at(n_taps);
        let taps = before.iter().zip(after);
        samples[..n_taps]
            .iter()
            .zip(taps)
            .map(|(sample, (a, b))| sample * (a + between * (b - a)))
            .sum()
    }
}

/// `2 cutoff sinc(2 cutoff x)` under a Kaiser window.
fn windowed_sinc(x: f64, cutoff: f64, half_width: f64) -> f64 {
    let inside = 1.0 - (x / half_width).powi(2);
    if inside < 0.0 {
        return 0.0;
    }
    let turn = 2.0 * PI * cutoff * x;
    let sinc = if turn.abs() < 1e-12 {
        1.0
    } else {
        turn.sin() / turn
    };
    2.0 * cutoff * sinc * bessel_i0(BETA * inside.sqrt()) / bessel_i0(BETA)
}

/// Modified Bessel function of the first kind, order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-17 * sum {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive and small: ratios of sampling rates"
)]
fn stretched(samples: usize, by: f64) -> usize {
    (samples as f64 * by).ceil() as usize
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and the number of phases"
)]
fn whole(place: f64) -> usize {
    place as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Reads `cos(2 pi f t)` sampled at `signal_hz` at odd places; returns the greatest error against `gain` times it.
    fn error(signal_hz: f64, reader_hz: f64, hz: f64, gain: f64) -> f64 {
        let kernel = SincKernel::new(signal_hz, reader_hz);
        let half = kernel.half_width();
        let samples: Vec<f64> = (0..4 * half)
            .map(|n| (TAU * hz * n as f64 / signal_hz).cos())
            .collect();
        let errors = (0..500_usize).map(|i| {
            let fraction = i as f64 * 0.618_033_988_7 % 1.0;
            let at = half + i % half;
            let place = (at + half - 1) as f64 + fraction;
            let truth = gain * (TAU * hz * place / signal_hz).cos();
            (kernel.read(&samples[at..], fraction) - truth).abs()
        });
        errors.fold(0.0, f64::max)
    }

    #[test]
    fn signals_up_to_0_42_of_the_rate_are_read_to_a_thousandth() {
        for (signal_hz, reader_hz) in [(500.0, 500.0), (1000.0, 500.0), (1102.5, 200.0)] {
            let lower: f64 = f64::min(signal_hz, reader_hz);
            for share in [0.0, 0.1, 0.3, 0.405, 0.42] {
                let error = error(signal_hz, reader_hz, share * lower, 1.0);
                assert!(error < 1e-3, "{signal_hz} {reader_hz} {share}: {error}");
            }
            let low = error(signal_hz, reader_hz, 0.2 * lower, 1.0);
            assert!(low < 2e-4, "{signal_hz} {reader_hz}: {low}");
        }
    }

    #[test]
    fn what_the_reader_cannot_hold_is_filtered_off() {
        for hz in [100.0, 120.0, 300.0, 450.0] {
            let error = error(1000.0, 200.0, hz, 0.0);
            assert!(error < 1e-3, "{hz}: {error}");
        }
    }
}
