//! Causal filtering as second-order sections, sample by sample, one state per channel.

use num_complex::Complex64;

use crate::dsp::filter_design::Section;

/// What no electrode can record, in microvolts a kilovolt: a high-pass of 1 Hz would ring with it for ten seconds and more.
const GIANT: f64 = 1e9;

/// A cascade of sections with a state for each channel, in double precision.
///
/// After [`new`](Self::new) or [`reset`](Self::reset) the first sample sets the state to what a constant input of that
/// value would have left, so that a DC offset of millivolts does not ring through a high-pass. A value that is no number passes as it is and resets its own
/// channel; one beyond 1e9 passes as it is and leaves the state alone: what either would leave could not be forgotten. Allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct SosBank {
    sections: Vec<Section>,
    /// State of a constant input of 1, per section.
    steady: Vec<[f64; 2]>,
    /// Two values per channel and section, channel after channel.
    states: Vec<[f64; 2]>,
    settling_samples: u64,
    /// Samples that each channel has seen since its reset.
    n_since_reset: Vec<u64>,
}

impl SosBank {
    /// A cascade for `n_channels`, taken to be settled `settling_secs` after a reset.
    #[must_use]
    pub fn new(
        sections: Vec<Section>,
        n_channels: usize,
        settling_secs: f64,
        sample_rate_hz: f64,
    ) -> Self {
        let steady = steady_states(&sections);
        Self {
            states: vec![[0.0; 2]; n_channels * sections.len()],
            settling_samples: whole_samples(settling_secs * sample_rate_hz),
            n_since_reset: vec![0; n_channels],
            steady,
            sections,
        }
    }

    /// Time after which a filter whose lowest corner is `corner_hz` has settled: `3 / corner_hz` seconds.
    #[must_use]
    pub fn settling_secs(corner_hz: f64) -> f64 {
        3.0 / corner_hz
    }

    /// Filter one sample, a value per channel, in place.
    pub fn filter(&mut self, values: &mut [f64]) {
        let n_sections = self.sections.len().max(1);
        let channels = self.states.chunks_exact_mut(n_sections);
        for ((value, states), n) in values.iter_mut().zip(channels).zip(&mut self.n_since_reset) {
            if !value.is_finite() {
                *n = 0;
                continue;
            }
            let is_giant = value.abs() > GIANT;
            if *n == 0 {
                let first = if is_giant { 0.0 } else { *value };
                for (state, steady) in states.iter_mut().zip(&self.steady) {
                    *state = steady.map(|unit| unit * first);
                }
            }
            *n += 1;
            if is_giant {
                continue;
            }
            for (section, state) in self.sections.iter().zip(states) {
                *value = step(section, state, *value);
            }
        }
    }

    /// Forget everything: after a gap the samples before it say nothing about those after.
    pub fn reset(&mut self) {
        self.n_since_reset.fill(0);
    }

    /// Forget everything of channel `ch`, which is another signal from now on.
    pub fn reset_channel(&mut self, ch: usize) {
        self.n_since_reset[ch] = 0;
    }

    /// Whether the settling time has passed since the last reset of every channel that sends numbers.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let mut sending = self.n_since_reset.iter().filter(|n| **n > 0).peekable();
        sending.peek().is_some() && sending.all(|n| *n >= self.settling_samples)
    }

    /// Complex gain of the cascade at `hz`.
    #[must_use]
    pub fn response(&self, hz: f64, sample_rate_hz: f64) -> Complex64 {
        let gains = self.sections.iter();
        gains.map(|s| s.response(hz, sample_rate_hz)).product()
    }
}

/// One step of a section in transposed direct form II.
fn step(section: &Section, state: &mut [f64; 2], value: f64) -> f64 {
    let out = section.b[0] * value + state[0];
    state[0] = section.b[1] * value - section.a[0] * out + state[1];
    state[1] = section.b[2] * value - section.a[1] * out;
    out
}

/// State each section holds when the cascade has seen the constant 1 for ever.
fn steady_states(sections: &[Section]) -> Vec<[f64; 2]> {
    let mut input = 1.0;
    let steady = sections.iter().map(|section| {
        let (b, a) = (section.b, section.a);
        let output = input * b.iter().sum::<f64>() / (1.0 + a[0] + a[1]);
        let late = b[2] * input - a[1] * output;
        let state = [b[1] * input - a[0] * output + late, late];
        input = output;
        state
    });
    steady.collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, not negative, and a float-to-int cast saturates"
)]
fn whole_samples(samples: f64) -> u64 {
    samples.max(0.0).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::filter_design::butterworth_high_pass;

    fn high_pass(n_channels: usize) -> SosBank {
        let sections = butterworth_high_pass(3, 1.0, 250.0).unwrap();
        SosBank::new(sections, n_channels, SosBank::settling_secs(1.0), 250.0)
    }

    #[test]
    fn an_offset_of_volts_is_gone_from_the_first_sample() {
        let mut bank = high_pass(2);
        for _ in 0..1000 {
            let mut values = [2e6, -3.0];
            bank.filter(&mut values);
            assert!(
                values[0].abs() < 1e-6 && values[1].abs() < 1e-12,
                "{values:?}"
            );
        }
    }

    #[test]
    fn garbage_in_the_first_sample_does_not_ring() {
        let mut bank = high_pass(1);
        bank.filter(&mut [1e30]);
        for n in 0..1000 {
            let mut value = [(f64::from(n) * 0.9).sin()];
            bank.filter(&mut value);
            assert!(value[0].abs() < 2.0, "{n}: {value:?}");
        }
    }

    #[test]
    fn what_is_no_number_resets_its_own_channel_and_no_other() {
        for garbage in [f64::NAN, f64::INFINITY] {
            let (mut hit, mut spared, mut fresh) = (high_pass(2), high_pass(2), high_pass(1));
            let value = |n: i32| 1e4 + f64::from(n * n % 89);
            for n in 0..900 {
                let mut both = [if n < 40 { garbage } else { value(n) }, value(n + 7)];
                let mut clean = [value(n), value(n + 7)];
                hit.filter(&mut both);
                spared.filter(&mut clean);
                assert_eq!(both[1].to_bits(), clean[1].to_bits(), "{garbage} {n}");
                if n >= 40 {
                    let mut alone = [value(n)];
                    fresh.filter(&mut alone);
                    assert_eq!(both[0].to_bits(), alone[0].to_bits(), "{garbage} {n}");
                }
                assert_eq!(hit.is_settled(), n >= 789, "{garbage} {n}");
            }
        }
    }

    #[test]
    fn a_reset_makes_the_past_unseen() {
        let (mut used, mut fresh) = (high_pass(1), high_pass(1));
        for n in 0..500 {
            used.filter(&mut [f64::from(n * n % 97)]);
        }
        used.reset();
        assert!(!used.is_settled());
        for n in 0..800 {
            let (mut one, mut other) = ([f64::from(n % 31)], [f64::from(n % 31)]);
            used.filter(&mut one);
            fresh.filter(&mut other);
            assert_eq!(one, other);
            assert_eq!(used.is_settled(), n >= 749, "{n}");
        }
    }

    #[test]
    fn what_comes_out_has_the_gain_of_the_response() {
        let mut bank = high_pass(1);
        let mut power = 0.0;
        for n in 0..25_000 {
            let mut value = [(std::f64::consts::TAU * 0.8 * f64::from(n) / 250.0).sin()];
            bank.filter(&mut value);
            // 16 whole cycles of 0.8 Hz after 80 s
            power += if n >= 20_000 {
                2.0 * value[0] * value[0] / 5000.0
            } else {
                0.0
            };
        }
        let expected = bank.response(0.8, 250.0).norm_sqr();
        assert!((power - expected).abs() < 1e-9, "{power} {expected}");
    }
}
