//! Losses by a channel in which the device numbers its samples: exact, whatever the stamps.

/// Of so many steps, this many may be of other sizes: else the channel is taken for none that counts.
const TRIAL_STEPS: u32 = 200;
const MOST_ODD: u32 = 40;
/// The first so many must follow each other before it is believed.
const FIRST_STEPS: u32 = 25;

/// What a channel that numbers the samples says of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// So many samples are missing before it.
    Missing(u64),
    /// It does not say: the number is none, or began anew.
    Unknown,
}

/// Reads the numbers of samples. They go up by one from sample to sample and begin anew at a size of their own, which is found where they do: at once
/// where that is a power of two, else when they have done so twice at the same number.
#[derive(Debug, Clone, Default)]
pub struct SampleCounter {
    last: Option<f64>,
    /// Samples since that had no number.
    n_unread: u64,
    /// From where to where it went when it last began anew.
    turn: Option<(f64, f64)>,
    cycle: Option<f64>,
    n_steps: u32,
    n_odd: u32,
    counts: Option<bool>,
}

impl SampleCounter {
    /// Numbers after which it begins anew, once it was seen to.
    #[must_use]
    pub fn cycle(&self) -> Option<u64> {
        self.cycle.map(whole)
    }

    /// Whether the channel counts samples at all, as most numbers follow the one before; `None` while too few have come.
    #[must_use]
    pub fn counts(&self) -> Option<bool> {
        self.counts
    }

    /// Take the number of the next sample.
    pub fn take(&mut self, number: f64) -> Counted {
        let is_number = number.is_finite() && number.fract() == 0.0;
        if !is_number && !number.is_nan() {
            // a counter leaves a sample out, but it does not count in fractions
            self.judge(false);
        }
        let Some(last) = self.last else {
            self.last = is_number.then_some(number);
            return Counted::Unknown;
        };
        if !is_number {
            self.n_unread += 1;
            return Counted::Missing(0);
        }
        let n_expected = 1.0 + self.n_unread as f64;
        (self.last, self.n_unread) = (Some(number), 0);
        let mut step = number - last;
        if step <= 0.0 {
            self.begins_anew(last, number);
            step += self.cycle.unwrap_or(f64::NAN);
        }
        self.judge(step.to_bits() == n_expected.to_bits());
        let missing = step - n_expected;
        if missing >= 0.0 {
            Counted::Missing(whole(missing))
        } else {
            Counted::Unknown
        }
    }

    fn begins_anew(&mut self, from: f64, to: f64) {
        let cycle = from - to + 1.0;
        let is_power = to == 0.0 && whole(cycle).is_power_of_two();
        if (is_power && self.cycle.is_none()) || self.turn == Some((from, to)) {
            self.cycle = Some(cycle);
        }
        self.turn = Some((from, to));
    }

    fn judge(&mut self, follows: bool) {
        self.n_odd += u32::from(!follows);
        self.n_steps += 1;
        if self.counts.is_none() && self.n_odd == 0 && self.n_steps >= FIRST_STEPS {
            self.counts = Some(true);
        }
        if self.n_odd > MOST_ODD {
            self.counts = Some(false);
        } else if self.n_steps >= TRIAL_STEPS {
            self.counts.get_or_insert(true);
            (self.n_steps, self.n_odd) = (0, 0);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and not negative, and the cast saturates"
)]
fn whole(samples: f64) -> u64 {
    samples.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is missing before each of these numbers; `None` where nothing is said.
    fn missing(
        counter: &mut SampleCounter,
        numbers: impl IntoIterator<Item = f64>,
    ) -> Vec<Option<u64>> {
        let told = |number| match counter.take(number) {
            Counted::Missing(n) => Some(n),
            Counted::Unknown => None,
        };
        numbers.into_iter().map(told).collect()
    }

    #[test]
    fn numbers_that_are_left_out_are_missing_across_the_turn_too() {
        let mut counter = SampleCounter::default();
        missing(&mut counter, (0..256).map(f64::from));
        assert_eq!(
            missing(&mut counter, [0.0, 1.0, 5.0]),
            [Some(0), Some(0), Some(3)]
        );
        assert_eq!(counter.cycle(), Some(256));
        assert_eq!(missing(&mut counter, [250.0, 3.0]), [Some(244), Some(8)]);
    }

    #[test]
    fn a_cycle_that_is_no_power_of_two_is_known_when_it_came_twice() {
        let mut counter = SampleCounter::default();
        let cycle = || (1..=200).map(f64::from);
        assert_eq!(missing(&mut counter, cycle().chain([1.0]))[200], None);
        assert_eq!(
            missing(&mut counter, cycle().skip(1).chain([1.0]))[199],
            Some(0)
        );
        assert_eq!(counter.cycle(), Some(200));
        assert_eq!(missing(&mut counter, [4.0]), [Some(2)]);
    }

    #[test]
    fn a_sample_without_a_number_is_not_missing() {
        let mut counter = SampleCounter::default();
        assert_eq!(
            missing(&mut counter, [7.0, 8.0, f64::NAN, 10.0, 12.0]),
            [None, Some(0), Some(0), Some(0), Some(1)]
        );
    }

    #[test]
    fn a_channel_of_eeg_does_not_count() {
        let mut counter = SampleCounter::default();
        let eeg = || (0..300).map(|n| 50.0 * f64::from(n).sin());
        missing(&mut counter, eeg());
        assert_eq!(counter.counts(), Some(false));
        let mut counter = SampleCounter::default();
        missing(&mut counter, eeg().map(f64::round));
        assert_eq!(counter.counts(), Some(false));
    }
}
