//! Finite impulse responses on a stream, computed only where a value is wanted.

use crate::dsp::filter_design::FilterError;
use crate::dsp::fir::hamming_fir;

/// Taps times transition width over sample rate of a Hamming-windowed design (Oppenheim & Schafer, *Discrete-Time Signal Processing*, 7.2).
const HAMMING_WIDTH: f64 = 3.3;

/// An odd number of taps for that transition width: the delay is a whole number of samples.
pub(super) fn odd_taps(transition_hz: f64, rate_hz: f64) -> usize {
    2 * whole(HAMMING_WIDTH * rate_hz / transition_hz / 2.0) + 1
}

/// The nearest whole number of a positive one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length within some thousands"
)]
pub(super) fn whole(value: f64) -> usize {
    value.round() as usize
}

/// `sum_k taps[k] values[k]`, summed in eight lanes, always in the same order.
pub(super) fn dot(taps: &[f64], values: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (taps, values) = (taps.chunks_exact(8), values.chunks_exact(8));
    let rest = taps.remainder().iter().zip(values.remainder());
    let rest: f64 = rest.map(|(tap, value)| tap * value).sum();
    for (taps, values) in taps.zip(values) {
        for ((lane, tap), value) in lanes.iter_mut().zip(taps).zip(values) {
            *lane += tap * value;
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// The newest `len` values of a stream, zeros before its start.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Every value stands twice, `len` apart, so that any `len` successive ones lie side by side.
    values: Vec<f64>,
    write_at: usize,
}

impl History {
    pub(super) fn new(len: usize) -> Self {
        Self {
            values: vec![0.0; 2 * len],
            write_at: 0,
        }
    }

    fn len(&self) -> usize {
        self.values.len() / 2
    }

    pub(super) fn push(&mut self, value: f64) {
        let len = self.len();
        self.values[self.write_at] = value;
        self.values[self.write_at + len] = value;
        self.write_at += 1;
        if self.write_at == len {
            self.write_at = 0;
        }
    }

    /// Oldest first.
    pub(super) fn newest(&self) -> &[f64] {
        &self.values[self.write_at..self.write_at + self.len()]
    }

    pub(super) fn clear(&mut self) {
        self.values.fill(0.0);
        self.write_at = 0;
    }
}

/// A symmetric FIR of which every `factor`-th value is computed.
#[derive(Debug, Clone)]
pub(super) struct Decimator {
    taps: Vec<f64>,
    history: History,
    factor: usize,
    until_next: usize,
}

impl Decimator {
    /// The filter `taps`, which must be symmetric.
    pub(super) fn new(taps: Vec<f64>, factor: usize) -> Self {
        Self {
            history: History::new(taps.len()),
            taps,
            factor,
            until_next: factor,
        }
    }

    /// Hands every value on.
    pub(super) fn identity() -> Self {
        Self::new(vec![1.0], 1)
    }

    /// Passes 0 to 0.36 of the lower rate whole, and nothing of more than -50 dB that would fold there.
    pub(super) fn anti_alias(factor: usize, rate_hz: f64) -> Result<Self, FilterError> {
        if factor == 1 {
            return Ok(Self::identity());
        }
        let lower_hz = rate_hz / factor as f64;
        let n_taps = odd_taps(0.28 * lower_hz, rate_hz);
        let taps = hamming_fir(n_taps, 0.0, lower_hz / 2.0, rate_hz)?;
        Ok(Self::new(taps, factor))
    }

    /// The low-pass with which every recipe ends: -6 dB at 100 Hz, 90 to 110 Hz in transition.
    pub(super) fn envelope_low_pass(factor: usize, rate_hz: f64) -> Result<Self, FilterError> {
        let taps = hamming_fir(odd_taps(20.0, rate_hz), 0.0, 100.0, rate_hz)?;
        Ok(Self::new(taps, factor))
    }

    pub(super) fn factor(&self) -> usize {
        self.factor
    }

    /// Samples from the oldest to the newest that a value rests on; half of it is the delay.
    pub(super) fn span(&self) -> usize {
        self.taps.len() - 1
    }

    /// The next value; one of `factor` calls returns a filtered one.
    pub(super) fn push(&mut self, value: f64) -> Option<f64> {
        self.history.push(value);
        self.until_next -= 1;
        if self.until_next > 0 {
            return None;
        }
        self.until_next = self.factor;
        Some(dot(&self.taps, self.history.newest()))
    }

    pub(super) fn reset(&mut self) {
        self.history.clear();
        self.until_next = self.factor;
    }
}
