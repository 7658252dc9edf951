//! When the samples of a stream are due.

use std::ops::Range;

/// After a pause longer than this (a suspended computer), the samples missed are left out, as an amplifier would lose them.
const MAX_BEHIND_SECS: f64 = 1.0;

/// The samples of one stream against the clock.
///
/// Due times and stamps are the start plus index over rate, never sums of steps: they cannot drift.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    start_secs: f64,
    rate_hz: f64,
    next_index: u64,
}

/// What is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    /// Samples left out before the first one below.
    pub(super) n_skipped: u64,
    indices: Range<u64>,
}

impl Due {
    /// Indices of the samples to be sent, in order.
    pub(super) fn indices(&self) -> Range<u64> {
        self.indices.clone()
    }

    /// Whether this is the last one to be sent now.
    pub(super) fn is_last(&self, index: u64) -> bool {
        index + 1 == self.indices.end
    }
}

impl Pace {
    /// Sample 0 is due at the start.
    pub(super) fn new(start_secs: f64, rate_hz: f64) -> Self {
        Self {
            start_secs,
            rate_hz,
            next_index: 0,
        }
    }

    /// Time of a sample after the start.
    pub(super) fn t_secs(&self, index: u64) -> f64 {
        index as f64 / self.rate_hz
    }

    /// Stamp of a sample.
    pub(super) fn stamp_secs(&self, index: u64) -> f64 {
        self.start_secs + self.t_secs(index)
    }

    /// The samples due by now that were not asked for before.
    pub(super) fn due(&mut self, now_secs: f64) -> Due {
        let end = self.n_due(now_secs).max(self.next_index);
        let is_late = now_secs - self.stamp_secs(self.next_index) > MAX_BEHIND_SECS;
        let first = if is_late { end } else { self.next_index };
        let n_skipped = first - self.next_index;
        self.next_index = end;
        Due {
            n_skipped,
            indices: first..end,
        }
    }

    /// Samples due since the start.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded down; a float-to-int cast saturates, and before the start nothing is due"
    )]
    fn n_due(&self, now_secs: f64) -> u64 {
        let samples = (now_secs - self.start_secs) * self.rate_hz;
        (samples.floor() + 1.0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_due_once_and_never_before_its_time() {
        let mut pace = Pace::new(1000.0, 500.0);
        let mut next = 0;
        // Ticks of uneven length, for an hour.
        for tick in 0_u32..180_000 {
            let now_secs = 1000.0 + 0.02 * f64::from(tick) + 0.007 * f64::from(tick % 3);
            let due = pace.due(now_secs);
            assert_eq!(due.n_skipped, 0);
            for index in due.indices() {
                assert_eq!(index, next);
                assert!(pace.stamp_secs(index) <= now_secs + 1e-9);
                next += 1;
            }
            assert!(pace.stamp_secs(next) > now_secs - 1e-9, "none is held back");
        }
        assert!(next > 1_799_980, "{next}");
    }

    #[test]
    fn only_the_last_sample_of_a_push_is_the_last() {
        let due = Pace::new(0.0, 500.0).due(0.005);
        let last: Vec<bool> = due.indices().map(|index| due.is_last(index)).collect();
        assert_eq!(last, [false, false, true]);
    }

    #[test]
    fn after_an_hour_the_stamps_have_not_drifted() {
        let pace = Pace::new(1000.0, 500.0);
        assert_eq!(pace.stamp_secs(1_800_000), 4600.0);
    }

    #[test]
    fn what_is_more_than_a_second_late_is_left_out_and_counted() {
        let mut pace = Pace::new(0.0, 500.0);
        assert_eq!(pace.due(0.0).indices(), 0..1);
        assert_eq!(pace.due(0.9).indices(), 1..451);
        let after_a_pause = pace.due(60.9);
        assert_eq!(after_a_pause.n_skipped, 30_000);
        assert!(after_a_pause.indices().is_empty());
        let due = pace.due(60.92);
        assert_eq!((due.n_skipped, due.indices()), (0, 30_451..30_461));
    }

    #[test]
    fn rare_markers_are_not_late_between_two_of_them() {
        let mut pace = Pace::new(0.0, 0.2);
        let mut sent = Vec::new();
        for tick in 0_u32..=1000 {
            let due = pace.due(0.02 * f64::from(tick));
            assert_eq!(due.n_skipped, 0);
            sent.extend(due.indices());
        }
        assert_eq!(sent, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_clock_that_goes_back_sends_nothing_twice() {
        let mut pace = Pace::new(10.0, 100.0);
        assert_eq!(pace.due(10.5).indices(), 0..51);
        assert!(pace.due(9.0).indices().is_empty());
        assert_eq!(pace.due(10.515).indices(), 51..52);
    }
}
