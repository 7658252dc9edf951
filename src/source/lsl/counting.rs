//! The place of each sample where a channel of the stream numbers them.

use crate::signal::Gap;
use crate::timeline::{Counted, Placed, SampleCounter};

/// Where the counter went on over a silence, its number is believed when it is so near to what the stamps say.
const SAME_SAMPLES: f64 = 3.0;
const SAME_SHARE: f64 = 0.03;
/// The time line says that whole cycles are missing from this share of one on.
const WHOLE_CYCLE: f64 = 0.75;

/// What is known when a sample is placed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// No more samples can have been lost since the one before.
    pub(super) n_most: f64,
    /// Lost so far, as the stamps say.
    pub(super) n_lost_by_stamps: u64,
    /// The stream was away before it.
    pub(super) was_away: bool,
    /// A run begins with it, whatever is missing.
    pub(super) begins_run: bool,
}

/// Goes by the numbers, and by the stamps where the numbers do not say.
pub(super) struct Counting {
    /// The channel that holds them; none where the stream has come back without it.
    pub(super) channel: Option<usize>,
    counter: SampleCounter,
    next_index: u64,
    run: u32,
    n_lost: u64,
    /// What the stamps had said when both agreed last.
    n_lost_by_stamps: u64,
    /// What was counted since.
    n_counted: u64,
}

impl Counting {
    pub(super) fn new(channel: usize) -> Self {
        Self {
            channel: Some(channel),
            counter: SampleCounter::default(),
            next_index: 0,
            run: 0,
            n_lost: 0,
            n_lost_by_stamps: 0,
            n_counted: 0,
        }
    }

    pub(super) fn n_lost(&self) -> u64 {
        self.n_lost
    }

    /// Whether the channel is there, and numbers the samples indeed.
    pub(super) fn counts(&self) -> bool {
        self.channel.is_some() && self.counter.counts() == Some(true)
    }

    /// Whether it was seen that there is none to go by.
    pub(super) fn fails(&self) -> bool {
        self.channel.is_none() || self.counter.counts() == Some(false)
    }

    /// Put the sample with these values where it belongs.
    pub(super) fn place(&mut self, placed: Placed, sample: &[f64], known: Known) -> Placed {
        let by_stamps = placed.gap.map_or(0, |gap| gap.n_samples);
        let counted = match self
            .channel
            .map(|channel| self.counter.take(sample[channel]))
        {
            Some(Counted::Missing(n)) if self.counts() => Some(n),
            _ => None,
        };
        let n_samples = match counted {
            _ if self.next_index == 0 => 0,
            Some(n) if known.was_away => self.after_absence(n, by_stamps),
            Some(n) if n as f64 <= known.n_most => n + self.whole_cycles(n, known),
            _ => by_stamps,
        };
        if known.was_away || counted.is_none() {
            (self.n_lost_by_stamps, self.n_counted) = (known.n_lost_by_stamps, 0);
        } else {
            self.n_counted += n_samples;
        }
        let is_jump = placed.gap.is_some_and(|gap| gap.n_samples == 0);
        let begins_run = n_samples > 0 || known.was_away || known.begins_run || is_jump;
        let gap = (begins_run && self.next_index > 0).then_some(Gap {
            first_index: self.next_index,
            n_samples,
        });
        self.run += u32::from(gap.is_some());
        self.n_lost += n_samples;
        let index = self.next_index + n_samples;
        self.next_index = index + 1;
        Placed {
            run: self.run,
            index,
            gap,
            ..placed
        }
    }

    /// Missing after the stream was away: the number that fits what the stamps say, where one does.
    fn after_absence(&self, n: u64, by_stamps: u64) -> u64 {
        let (n, by_stamps) = (n as f64, by_stamps as f64);
        let n_cycles = self.counter.cycle().map_or(0.0, |cycle| {
            let cycle = cycle as f64;
            cycle * ((by_stamps - n) / cycle).round().max(0.0)
        });
        let is_same = (n + n_cycles - by_stamps).abs() <= SAME_SAMPLES + SAME_SHARE * by_stamps;
        whole(if is_same { n + n_cycles } else { by_stamps })
    }

    /// Whole cycles that are missing beside `n` samples: the numbers cannot tell, the stamps can.
    fn whole_cycles(&self, n: u64, known: Known) -> u64 {
        let Some(cycle) = self.counter.cycle() else {
            return 0;
        };
        let by_stamps = known.n_lost_by_stamps.saturating_sub(self.n_lost_by_stamps);
        let untold = by_stamps.saturating_sub(self.n_counted + n) as f64 / cycle as f64;
        if untold < WHOLE_CYCLE {
            return 0;
        }
        cycle * whole(untold.round())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and not negative, and the cast saturates"
)]
fn whole(samples: f64) -> u64 {
    samples as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORMAL: Known = Known {
        n_most: 300.0,
        n_lost_by_stamps: 0,
        was_away: false,
        begins_run: false,
    };

    fn placed(gap: Option<u64>) -> Placed {
        let gap = gap.map(|n_samples| Gap {
            first_index: 0,
            n_samples,
        });
        Placed {
            run: 0,
            index: 0,
            stamp_secs: 0.0,
            gap,
        }
    }

    /// Where the sample stands, and what is missing before it.
    fn place(
        counting: &mut Counting,
        number: f64,
        by_stamps: Option<u64>,
        known: Known,
    ) -> (u64, Option<u64>) {
        let placed = counting.place(placed(by_stamps), &[number], known);
        (placed.index, placed.gap.map(|gap| gap.n_samples))
    }

    /// After two turns of 0 to 255.
    fn counting() -> Counting {
        let mut counting = Counting::new(0);
        for n in 0..512 {
            place(&mut counting, f64::from(n % 256), None, NORMAL);
        }
        counting
    }

    #[test]
    fn the_number_counts_and_not_the_stamp() {
        let mut counting = counting();
        assert_eq!(place(&mut counting, 0.0, Some(7), NORMAL), (512, None));
        assert_eq!(place(&mut counting, 4.0, None, NORMAL), (516, Some(3)));
        assert_eq!(counting.n_lost(), 3);
    }

    #[test]
    fn whole_cycles_are_missing_where_the_stamps_say_so() {
        let mut counting = counting();
        let known = Known {
            n_lost_by_stamps: 515,
            ..NORMAL
        };
        assert_eq!(
            place(&mut counting, 3.0, Some(515), known),
            (1027, Some(515))
        );
        assert_eq!(place(&mut counting, 4.0, None, known), (1028, None));
    }

    #[test]
    fn a_device_that_ran_on_while_it_was_away_is_counted_and_one_that_began_anew_is_not() {
        let away = Known {
            was_away: true,
            ..NORMAL
        };
        assert_eq!(
            place(&mut counting(), 9.0, Some(1033), away),
            (1545, Some(1033))
        );
        assert_eq!(place(&mut counting(), 9.0, Some(1030), away).1, Some(1033));
        assert_eq!(
            place(&mut counting(), 200.0, Some(1033), away).1,
            Some(1033)
        );
    }

    #[test]
    fn no_more_is_missing_than_time_allows() {
        let mut counting = counting();
        for n in 0..=100 {
            place(&mut counting, f64::from(n), None, NORMAL);
        }
        // a counter of more digits, or a bit that fell over
        assert_eq!(place(&mut counting, 65_536.0, None, NORMAL).1, None);
        assert_eq!(place(&mut counting, 65_537.0, None, NORMAL).1, None);
    }

    #[test]
    fn where_the_channel_does_not_count_the_stamps_do() {
        let mut counting = Counting::new(0);
        for n in 0..300 {
            place(&mut counting, f64::from(n) * 1.5, None, NORMAL);
        }
        assert!(counting.fails());
        assert_eq!(place(&mut counting, 1.0, Some(12), NORMAL), (312, Some(12)));
    }
}
