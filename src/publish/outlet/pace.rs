//! When the samples of a stream are to be sent.

use crate::source::{LinkSample, SimLink};

/// After a pause longer than this (a suspended computer), the samples missed are left out, as an amplifier would lose them.
const MAX_BEHIND_SECS: f64 = 1.0;

/// The samples of one stream against the clock.
///
/// Their times are the start plus what the link says, never sums of steps: they drift only if the link does.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    link: SimLink,
    next: LinkSample,
    start_secs: f64,
    hold_secs: f64,
    n_skipped: u64,
}

impl Pace {
    /// The link begins at the start; everything is sent `hold_secs` after it is due.
    pub(super) fn new(mut link: SimLink, start_secs: f64, hold_secs: f64) -> Self {
        let next = link.next_sample();
        Self {
            link,
            next,
            start_secs,
            hold_secs,
            n_skipped: 0,
        }
    }

    /// When the stream began.
    pub(super) fn start_secs(&self) -> f64 {
        self.start_secs
    }

    /// The next sample, if it is to be sent by now.
    pub(super) fn next_due(&mut self, now_secs: f64) -> Option<LinkSample> {
        let now_secs = now_secs - self.start_secs - self.hold_secs;
        if now_secs - self.next.due_secs > MAX_BEHIND_SECS {
            // The one at hand, which begins a chunk as all of a chunk is due at once, and those behind it.
            self.n_skipped += 1 + self.link.skip_until(now_secs);
            self.next = self.link.next_sample();
        }
        (self.next.due_secs <= now_secs)
            .then(|| std::mem::replace(&mut self.next, self.link.next_sample()))
    }

    /// How many samples were left out since this was asked last.
    pub(super) fn take_skipped(&mut self) -> u64 {
        std::mem::take(&mut self.n_skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SimSettings;

    fn due(pace: &mut Pace, now_secs: f64) -> Vec<u64> {
        std::iter::from_fn(|| pace.next_due(now_secs))
            .map(|sample| sample.index)
            .collect()
    }

    #[test]
    fn every_sample_is_due_once_and_never_before_its_time() {
        let mut pace = Pace::new(SimLink::perfect(500.0), 1000.0, 0.0);
        let mut next = 0;
        // Ticks of uneven length, for an hour.
        for tick in 0_u32..180_000 {
            let now_secs = 1000.0 + 0.02 * f64::from(tick) + 0.007 * f64::from(tick % 3);
            while let Some(sample) = pace.next_due(now_secs) {
                assert_eq!(sample.index, next);
                assert!(1000.0 + sample.stamp_secs <= now_secs + 1e-9);
                next += 1;
            }
            assert_eq!(pace.take_skipped(), 0);
            assert!(
                1000.0 + next as f64 / 500.0 > now_secs - 1e-9,
                "none is held back"
            );
        }
        assert!(next > 1_799_980, "{next}");
    }

    #[test]
    fn samples_come_by_whole_chunks_when_the_last_of_them_is_taken() {
        let mut pace = Pace::new(SimLink::eeg(&SimSettings::default()), 10.0, 0.0);
        assert!(due(&mut pace, 10.017).is_empty());
        assert_eq!(due(&mut pace, 10.019), (0..10).collect::<Vec<_>>());
        assert!(due(&mut pace, 10.037).is_empty());
    }

    #[test]
    fn what_is_held_is_sent_so_much_later() {
        let mut pace = Pace::new(SimLink::perfect(100.0), 10.0, 0.4);
        assert!(due(&mut pace, 10.395).is_empty());
        assert_eq!(due(&mut pace, 10.415), [0, 1]);
        assert_eq!(pace.start_secs(), 10.0);
    }

    #[test]
    fn what_is_more_than_a_second_late_is_left_out_and_counted() {
        let mut pace = Pace::new(SimLink::perfect(500.0), 0.0, 0.0);
        assert_eq!(due(&mut pace, 0.0), [0]);
        assert_eq!(due(&mut pace, 0.901).len(), 450);
        assert!(due(&mut pace, 60.901).is_empty());
        assert_eq!(pace.take_skipped(), 30_000);
        assert_eq!(pace.take_skipped(), 0);
        assert_eq!(due(&mut pace, 60.905), [30_451, 30_452]);
    }

    #[test]
    fn rare_markers_are_not_late_between_two_of_them() {
        let mut pace = Pace::new(SimLink::perfect(0.2), 0.0, 0.0);
        let mut sent = Vec::new();
        for tick in 0_u32..=1001 {
            sent.extend(due(&mut pace, 0.02 * f64::from(tick)));
        }
        assert_eq!((sent, pace.take_skipped()), (vec![0, 1, 2, 3, 4], 0));
    }

    #[test]
    fn a_pause_of_the_link_is_no_delay_of_ours() {
        let mut settings = SimSettings::default();
        settings.eeg_link.pauses_per_min = 5.0;
        let mut pace = Pace::new(SimLink::eeg(&settings), 0.0, 0.0);
        let mut n_sent = 0;
        for tick in 0_u32..30_000 {
            n_sent += due(&mut pace, 0.01 * f64::from(tick)).len();
        }
        assert_eq!(pace.take_skipped(), 0);
        assert!(
            n_sent >= 148_490,
            "{n_sent} of 150000, the last pause at most missing"
        );
    }

    #[test]
    fn a_clock_that_goes_back_sends_nothing_twice() {
        let mut pace = Pace::new(SimLink::perfect(100.0), 10.0, 0.0);
        assert_eq!(due(&mut pace, 10.505).len(), 51);
        assert!(due(&mut pace, 9.0).is_empty());
        assert_eq!(due(&mut pace, 10.515), [51]);
    }
}
