//! The place of each sample in the stream's whole life, whose rate may change on the way.

use crate::signal::Gap;
use crate::source::Timing;
use crate::source::lsl::counting::{Counting, Known};
use crate::timeline::{Placed, TimeLine};

/// Stamps and arrivals may differ by so much.
const SLACK_SECS: f64 = 1.0;

/// A time line for each rate the stream had, in one row.
pub(super) struct Placing {
    timeline: TimeLine,
    rate_hz: f64,
    /// Where the present timeline begins.
    first_index: u64,
    first_run: u32,
    /// Where the next sample would stand.
    next_index: u64,
    run: u32,
    /// Stamp of the newest sample on the local clock.
    newest_secs: f64,
    /// The rate before, until the first sample at the present one has come.
    rate_before_hz: Option<f64>,
    /// The next sample begins a run.
    begins_run: bool,
    /// Lost and replaced at rates before.
    n_lost_before: u64,
    n_bad_before: u64,
    /// Where a channel numbers the samples.
    counting: Option<Counting>,
    was_away: bool,
}

impl Placing {
    /// Of a stream of this rate.
    pub(super) fn new(rate_hz: f64) -> Self {
        Self {
            timeline: TimeLine::new(rate_hz),
            rate_hz,
            first_index: 0,
            first_run: 0,
            next_index: 0,
            run: 0,
            newest_secs: f64::NAN,
            rate_before_hz: None,
            begins_run: false,
            n_lost_before: 0,
            n_bad_before: 0,
            counting: None,
            was_away: false,
        }
    }

    /// From now on the numbers in this channel say what is missing; where there is none, the stamps.
    pub(super) fn count_by(&mut self, channel: Option<usize>) {
        match &mut self.counting {
            Some(counting) => counting.channel = channel,
            None => self.counting = channel.map(Counting::new),
        }
    }

    /// Whether the numbers say what is missing.
    pub(super) fn is_counted(&self) -> bool {
        self.counting.as_ref().is_some_and(Counting::counts)
    }

    /// Whether they should, and do not.
    pub(super) fn misses_its_counter(&self) -> bool {
        self.counting.as_ref().is_some_and(Counting::fails)
    }

    fn n_lost_by_stamps(&self) -> u64 {
        self.n_lost_before + self.timeline.n_lost()
    }

    /// What was measured of the stamps, all rates together.
    pub(super) fn timing(&self) -> Timing {
        let timeline = &self.timeline;
        Timing {
            measured_rate_hz: timeline.measured_rate_hz(),
            clock_offset_secs: None,
            n_bad_stamps: self.n_bad_before + timeline.n_bad_stamps(),
            n_lost: match &self.counting {
                Some(counting) => counting.n_lost(),
                None => self.n_lost_by_stamps(),
            },
            rate: timeline.rate_verdict(),
            stamps: timeline.stamp_clock(),
            has_equal_stamps: timeline.has_equal_stamps(),
            jitter_secs: timeline.jitter_secs(),
            is_counted: self.is_counted(),
        }
    }

    /// The next sample begins a run of its own: the analysis is planned anew, and nothing is missing.
    pub(super) fn begin_run(&mut self) {
        self.begins_run = self.newest_secs.is_finite();
    }

    /// The connection was lost and found, and the stream has this rate now: whatever comes next begins a new run.
    pub(super) fn reconnected(&mut self, rate_hz: f64) {
        self.was_away = true;
        if (rate_hz - self.rate_hz).abs() < 1e-9 {
            return self.timeline.reconnected();
        }
        if self.newest_secs.is_finite() {
            self.rate_before_hz = Some(self.rate_before_hz.unwrap_or(self.rate_hz));
            (self.first_index, self.first_run) = (self.next_index, self.run + 1);
        }
        self.n_lost_before += self.timeline.n_lost();
        self.n_bad_before += self.timeline.n_bad_stamps();
        (self.timeline, self.rate_hz) = (TimeLine::new(rate_hz), rate_hz);
    }

    /// Place the next sample, by its number where it has one, by its stamp on the local clock and its arrival; before it nothing had come for
    /// `silent_secs`.
    pub(super) fn place(
        &mut self,
        sample: &[f64],
        stamp_secs: f64,
        arrival_secs: f64,
        silent_secs: f64,
    ) -> Placed {
        let begins_run = self.begins_run;
        let since_secs = arrival_secs - self.newest_secs;
        let mut placed = self.by_stamp(stamp_secs, arrival_secs, silent_secs);
        let was_away = std::mem::take(&mut self.was_away);
        let known = Known {
            n_most: (since_secs + SLACK_SECS) * self.rate_hz,
            n_lost_by_stamps: self.n_lost_by_stamps(),
            was_away,
            begins_run,
        };
        if let Some(counting) = &mut self.counting {
            placed = counting.place(placed, sample, known);
        }
        placed
    }

    fn by_stamp(&mut self, stamp_secs: f64, arrival_secs: f64, silent_secs: f64) -> Placed {
        let mut placed = self.timeline.place(stamp_secs, Some(arrival_secs));
        let now_secs = placed.stamp_secs;
        let first_index = self.first_index;
        if let Some(rate_hz) = self.rate_before_hz.take() {
            // not longer than nothing came: what the stamps say beyond is another clock's
            let away_secs = (now_secs - self.newest_secs).min(silent_secs + SLACK_SECS);
            let n_samples = n_missing(away_secs, rate_hz);
            self.first_index += n_samples;
            self.n_lost_before += n_samples;
            placed.gap = Some(Gap {
                first_index,
                n_samples,
            });
        } else {
            if let Some(gap) = &mut placed.gap {
                gap.first_index += first_index;
            }
            self.first_run += u32::from(self.begins_run);
        }
        self.begins_run = false;
        placed.index += self.first_index;
        placed.run += self.first_run;
        (self.next_index, self.run) = (placed.index + 1, placed.run);
        self.newest_secs = now_secs;
        placed
    }
}

/// Samples that lie between two that are so far apart.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded and not negative, and the cast saturates"
)]
fn n_missing(apart_secs: f64, rate_hz: f64) -> u64 {
    ((apart_secs * rate_hz).round() - 1.0).max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sample that arrives as it is stamped.
    fn at(placing: &mut Placing, stamp_secs: f64, silent_secs: f64) -> Placed {
        placing.place(&[], stamp_secs, stamp_secs, silent_secs)
    }

    /// Places `n_samples` from `from_secs` on; the last.
    fn place(placing: &mut Placing, n_samples: u32, from_secs: f64, rate_hz: f64) -> Placed {
        let mut first = None;
        for n in 0..n_samples {
            let placed = at(placing, from_secs + f64::from(n) / rate_hz, 100.0);
            first.get_or_insert(placed);
        }
        first.unwrap()
    }

    #[test]
    fn indices_and_runs_go_on_when_the_rate_changes_and_what_is_missing_is_counted_at_the_rate_before()
     {
        let mut placing = Placing::new(100.0);
        place(&mut placing, 200, 50.0, 100.0);
        // the newest is that of 51.99 s; from there 3.01 s
        placing.reconnected(250.0);
        let first = place(&mut placing, 500, 55.0, 250.0);
        let gap = Gap {
            first_index: 200,
            n_samples: 300,
        };
        assert_eq!((first.index, first.run, first.gap), (500, 1, Some(gap)));
        placing.reconnected(250.0);
        let again = place(&mut placing, 10, 60.0, 250.0);
        let gap = Gap {
            first_index: 1000,
            n_samples: 750,
        };
        assert_eq!((again.index, again.run, again.gap), (1750, 2, Some(gap)));
        placing.reconnected(100.0);
        let back = place(&mut placing, 1, 60.04, 100.0);
        assert_eq!((back.index, back.run), (1760, 3));
    }

    #[test]
    fn no_more_is_missing_than_the_time_without_samples_allows() {
        let mut placing = Placing::new(100.0);
        place(&mut placing, 100, 50.0, 100.0);
        placing.reconnected(200.0);
        let placed = at(&mut placing, 5_000.0, 2.0);
        assert_eq!(placed.gap.unwrap().n_samples, 299);
        let mut placing = Placing::new(100.0);
        place(&mut placing, 100, 50.0, 100.0);
        placing.reconnected(200.0);
        // a clock that went back
        assert_eq!(at(&mut placing, 3.0, 2.0).gap.unwrap().n_samples, 0);
    }
}
