//! Gives each sample its place.

mod shift;
mod wrong;

use std::collections::VecDeque;

use crate::signal::{Gap, RateVerdict, StampClock};
use crate::timeline::arrival::Arrivals;
use crate::timeline::line::{LEAST_STEP_SECS, Line, SAME_PUSH_SECS};
use crate::timeline::rate::RateWatch;
use crate::timeline::settle::Settling;
use crate::timeline::steps::Steps;

/// Older stamps say nothing of the present line.
const MEMORY_SECS: f64 = 30.0;
/// Before this time nothing small is called lost.
const MATURE_SECS: f64 = 5.0;
/// A step this large breaks the run at once, and is counted when it has lasted.
const BREAK_SECS: f64 = 0.25;
/// Samples that arrive this much later were pushed apart.
const PUSHED_APART_SECS: f64 = 3e-3;
/// Beyond this share the rate is not the nominal one.
const OFF_NOMINAL: f64 = 1e-3;
/// Stamps that liblsl deduced are passed over for so long.
const MOST_DEDUCED_SECS: f64 = 1.0;
/// So many pushes in a row are no accident.
const MANY_EXACT: u32 = 10;
/// Observations that may wait until it has shown whether they are late or after a loss.
const MAX_HELD: usize = 4096;
/// Where stamps are exact and arrivals unknown, one is looked at after this time all the same.
const EXACT_STEP_SECS: f64 = 0.5;
/// A stamp beyond this is none, whatever it counts.
const MOST_STAMP_SECS: f64 = 1e15;
/// When no stamp has made sense for so long, none will.
const HOPELESS_SECS: f64 = 5.0;
/// From this score on, and until it is used up, pushes have but one stamp; a few equal ones in between are a fault.
const TELLING_SCORE: u32 = 6;
const MOST_SCORE: u32 = 40;
/// Samples that can be lost at once: days of them.
const MOST_LOST: f64 = 1e12;

/// The place of one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Unbroken run it belongs to.
    pub run: u32,
    /// Its index; lost samples count.
    pub index: u64,
    /// Its stamp, the predicted one where its own made no sense.
    pub stamp_secs: f64,
    /// What came before it, if the run begins with it.
    pub gap: Option<Gap>,
}

/// Follows the stamps of one regular stream, sample by sample: what was lost, how fast samples come, which stamps make no sense.
///
/// Allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct TimeLine {
    nominal_rate_hz: f64,
    period_secs: f64,
    line: Line,
    run: u32,
    next_index: u64,
    n_received: u64,
    /// Stamp of the sample before, as sent and as placed.
    last_secs: Option<(f64, f64)>,
    push: Push,
    /// The sample before, where it was not observed yet: the next may have the same stamp.
    pending: Option<Observation>,
    /// Two up with each sample that has the stamp of the one before, one down with each other.
    equal_score: u32,
    has_equal_stamps: bool,
    above: Steps,
    below: Steps,
    held: VecDeque<Observation>,
    arrivals: Arrivals,
    /// What is added to stamps that are on another clock.
    shift_secs: Option<f64>,
    /// Stamps do not count seconds: arrivals stand in for them.
    goes_by_arrival: bool,
    rate: RateWatch,
    settling: Option<Settling>,
    n_lost: u64,
    n_bad: u64,
    n_bad_in_row: u64,
    /// Since the last that made sense.
    n_distrusted: u64,
    last_bad_secs: f64,
    reconnected: bool,
}

/// What is known of the newest push.
#[derive(Debug, Clone, Copy, Default)]
struct Push {
    arrival_secs: f64,
    /// Index of the newest observation.
    observed: u64,
    /// Samples up to the newest that followed each other exactly.
    n_continued: u64,
    /// Pushes up to the newest that followed each other exactly.
    n_exact: u32,
}

/// A stamp worth a look.
#[derive(Debug, Clone, Copy)]
struct Observation {
    index: u64,
    stamp_secs: f64,
    arrival_secs: Option<f64>,
    /// Whether it begins a push.
    is_push: bool,
}

impl TimeLine {
    /// Follows a stream of this nominal rate.
    ///
    /// # Panics
    /// Unless the rate is positive: irregular streams have no time line.
    #[must_use]
    pub fn new(nominal_rate_hz: f64) -> Self {
        Self {
            nominal_rate_hz,
            period_secs: 1.0 / nominal_rate_hz,
            line: Line::new(nominal_rate_hz, MEMORY_SECS),
            run: 0,
            next_index: 0,
            n_received: 0,
            last_secs: None,
            push: Push::default(),
            pending: None,
            equal_score: 0,
            has_equal_stamps: false,
            above: Steps::new(false),
            below: Steps::new(true),
            held: VecDeque::with_capacity(MAX_HELD),
            arrivals: Arrivals::default(),
            shift_secs: None,
            goes_by_arrival: false,
            rate: RateWatch::default(),
            settling: None,
            n_lost: 0,
            n_bad: 0,
            n_bad_in_row: 0,
            n_distrusted: 0,
            last_bad_secs: f64::NAN,
            reconnected: false,
        }
    }

    /// The connection was lost and found: whatever comes next begins a new run.
    pub fn reconnected(&mut self) {
        self.reconnected = self.last_secs.is_some();
        // who sends now may have better stamps
        (self.goes_by_arrival, self.n_distrusted) = (false, 0);
        self.arrivals.clear();
    }

    /// Rate by the stamps; 0 before half a second of them was seen.
    #[must_use]
    pub fn measured_rate_hz(&self) -> f64 {
        if self.line.sd_secs().is_finite() && self.age_secs() >= 0.5 {
            self.line.rate_hz()
        } else {
            0.0
        }
    }

    /// Whether that is the nominal one.
    #[must_use]
    pub fn rate_verdict(&self) -> RateVerdict {
        self.rate.verdict()
    }

    /// Samples lost so far, as far as known: the size of a loss among jittering stamps is settled within some seconds.
    #[must_use]
    pub fn n_lost(&self) -> u64 {
        self.n_lost
    }

    /// Stamps replaced so far.
    #[must_use]
    pub fn n_bad_stamps(&self) -> u64 {
        self.n_bad
    }

    /// Whether all samples of a push carry one stamp.
    #[must_use]
    pub fn has_equal_stamps(&self) -> bool {
        self.has_equal_stamps
    }

    /// What the stamps are on.
    #[must_use]
    pub fn stamp_clock(&self) -> StampClock {
        match self.shift_secs {
            _ if self.goes_by_arrival => StampClock::Arrival,
            Some(_) if self.n_bad_in_row == 0 && self.age_secs() >= 1.0 => StampClock::Arrival,
            _ => StampClock::Lsl,
        }
    }

    /// Standard deviation of stamps about their line.
    #[must_use]
    pub fn jitter_secs(&self) -> f64 {
        self.line.jitter_secs()
    }

    fn age_secs(&self) -> f64 {
        self.n_received as f64 * self.line.sample_period_secs()
    }

    fn is_mature(&self) -> bool {
        self.line.recent().is_telling()
            && self.line.sd_secs().is_finite()
            && self.age_secs() >= MATURE_SECS
    }

    /// Place the next sample: its stamp on the local clock, and when it arrived, if that is known.
    pub fn place(&mut self, stamp_secs: f64, arrival_secs: Option<f64>) -> Placed {
        let stamp_secs = self.on_our_clock(stamp_secs, arrival_secs);
        let Some((sent_secs, placed_secs)) = self.last_secs else {
            return self.begin(stamp_secs, arrival_secs);
        };
        if self.reconnected {
            return self.resume(stamp_secs, arrival_secs);
        }
        if (stamp_secs - sent_secs).abs() <= 1e-9 {
            return self.place_equal(stamp_secs, arrival_secs);
        }
        self.equal_score = self.equal_score.saturating_sub(1);
        self.has_equal_stamps &= self.equal_score > 0;
        let expected_secs = self.expected_secs();
        let step_secs = stamp_secs - expected_secs;
        let continues = (stamp_secs - sent_secs - self.period_secs).abs() <= SAME_PUSH_SECS;
        if !continues && self.is_absurd(stamp_secs, step_secs, arrival_secs) {
            return self.distrust(stamp_secs, placed_secs, arrival_secs);
        }
        (self.n_bad_in_row, self.n_distrusted) = (0, 0);
        if let Some(pending) = self.pending.take()
            && let Some(step) = self.observe(pending)
        {
            return self.step(step, stamp_secs, arrival_secs);
        }
        let unknown_secs = self.unknown_secs();
        let counted_secs = self.counted_secs(arrival_secs);
        let (is_push, is_observed) = self.look_at(continues, arrival_secs);
        if self.has_equal_stamps {
            if is_observed {
                self.pending = Some(self.observation(stamp_secs, arrival_secs, true));
            }
            let gap = self.settle(stamp_secs, arrival_secs);
            return self.accept(stamp_secs, self.expected_secs(), gap);
        }
        // what breaks the run does so at once, however soon after the last observation it comes
        if is_push && let Some(n_lost) = self.breaks(step_secs, counted_secs, unknown_secs) {
            return self.begin_run(stamp_secs, arrival_secs, n_lost, None);
        }
        if !is_observed {
            return self.accept(stamp_secs, stamp_secs, None);
        }
        self.fall(stamp_secs);
        let observation = self.observation(stamp_secs, arrival_secs, is_push);
        if let Some(step) = self.observe(observation) {
            return self.step(step, stamp_secs, arrival_secs);
        }
        let gap = self.settle(stamp_secs, arrival_secs);
        self.accept(stamp_secs, stamp_secs, gap)
    }

    /// The stamp, or what stands in for it.
    fn on_our_clock(&mut self, stamp_secs: f64, arrival_secs: Option<f64>) -> f64 {
        if self.goes_by_arrival
            && let Some(arrival_secs) = arrival_secs
        {
            return arrival_secs;
        }
        let distrusted_secs = self.n_distrusted as f64 * self.period_secs;
        let is_hopeless = self.arrivals.are_unrelated() || distrusted_secs > HOPELESS_SECS;
        if let Some(arrival_secs) = arrival_secs.filter(|_| is_hopeless) {
            self.goes_by_arrival = true;
            self.shift_secs = None;
            self.rate = RateWatch::default();
            self.reconnected = self.last_secs.is_some();
            return arrival_secs;
        }
        if stamp_secs.abs() < MOST_STAMP_SECS {
            stamp_secs + self.shift_secs.unwrap_or(0.0)
        } else {
            f64::NAN
        }
    }

    fn observation(
        &self,
        stamp_secs: f64,
        arrival_secs: Option<f64>,
        is_push: bool,
    ) -> Observation {
        Observation {
            index: self.next_index,
            stamp_secs,
            arrival_secs,
            is_push,
        }
    }

    /// When the next sample should have been stamped.
    fn expected_secs(&self) -> f64 {
        let by_line = self.line.secs(self.next_index as f64);
        let after_last = || self.last_secs.map(|(_, placed)| placed + self.period_secs);
        by_line.or_else(after_last).unwrap_or(0.0)
    }

    /// The same where the line ends: by the last stamp where it does not lie on the line, as while a new rate is not known yet.
    fn expected_at_break(&self) -> f64 {
        let expected_secs = self.expected_secs();
        let period_secs = self.line.known_period_secs();
        let limit_secs = period_secs.max(4.0 * self.jitter_secs());
        match self.last_secs {
            Some((_, last_secs))
                if (last_secs + period_secs - expected_secs).abs() > limit_secs =>
            {
                last_secs + period_secs
            }
            _ => expected_secs,
        }
    }

    /// Whether the sample begins a push of its own, and whether it is worth a look.
    fn look_at(&mut self, continues: bool, arrival_secs: Option<f64>) -> (bool, bool) {
        let is_deduced = continues && self.is_mature() && self.is_off_nominal();
        let push = &mut self.push;
        let arrived_apart =
            arrival_secs.is_some_and(|secs| secs - push.arrival_secs > PUSHED_APART_SECS);
        let is_push = !continues || arrived_apart;
        (push.n_continued, push.n_exact) = match (continues, arrived_apart) {
            (true, apart) => (push.n_continued + 1, push.n_exact + u32::from(apart)),
            (false, _) => (0, 0),
        };
        if is_push {
            push.arrival_secs = arrival_secs.unwrap_or(push.arrival_secs);
        }
        let since_secs = self.next_index.saturating_sub(push.observed) as f64 * self.period_secs;
        let is_observed = if is_deduced && since_secs < MOST_DEDUCED_SECS {
            false
        } else if is_push {
            since_secs >= LEAST_STEP_SECS.min(20.0 * self.period_secs)
        } else {
            // where samples arrive one by one each is a push; without arrivals, exact stamps and a long push look alike
            arrival_secs.is_none() && since_secs >= EXACT_STEP_SECS
        };
        if is_observed {
            push.observed = self.next_index;
        }
        (is_push, is_observed)
    }

    /// Whether samples clearly come at another rate: stamps that follow each other by the nominal one are then liblsl's, not the sender's.
    fn is_off_nominal(&self) -> bool {
        (self.line.rate_hz() / self.nominal_rate_hz - 1.0).abs() > OFF_NOMINAL
    }

    /// For how long stamps have followed each other exactly. With arrivals it does not matter: a push may be as long.
    fn counted_secs(&self, arrival_secs: Option<f64>) -> f64 {
        match arrival_secs {
            Some(_) => 0.0,
            None => self.push.n_continued as f64 * self.period_secs,
        }
    }

    /// How far stamps may be off while the rate is not known: it may be twice the nominal one, or half. Where pushes have followed each other exactly it is
    /// the nominal one.
    fn unknown_secs(&self) -> f64 {
        let since = self.next_index.saturating_sub(self.push.observed) as f64 * self.period_secs;
        if self.is_mature() || self.push.n_exact >= MANY_EXACT {
            0.0
        } else {
            1.2 * since
        }
    }

    /// The first sample.
    fn begin(&mut self, stamp_secs: f64, arrival_secs: Option<f64>) -> Placed {
        let stamp_secs = self.believe(stamp_secs, arrival_secs);
        self.push.arrival_secs = arrival_secs.unwrap_or(0.0);
        self.pending = Some(self.observation(stamp_secs, arrival_secs, true));
        self.accept(stamp_secs, stamp_secs, None)
    }

    /// Another sample with the stamp of the one before.
    fn place_equal(&mut self, stamp_secs: f64, arrival_secs: Option<f64>) -> Placed {
        self.equal_score = (self.equal_score + 2).min(MOST_SCORE);
        self.has_equal_stamps |= self.equal_score >= TELLING_SCORE;
        if self.pending.is_some() {
            self.pending = Some(self.observation(stamp_secs, arrival_secs, true));
        }
        let after_last = self
            .last_secs
            .map_or(stamp_secs, |(_, placed)| placed + self.period_secs);
        let placed_secs = self.line.secs(self.next_index as f64).unwrap_or(after_last);
        self.accept(stamp_secs, placed_secs, None)
    }

    fn accept(&mut self, sent_secs: f64, stamp_secs: f64, gap: Option<Gap>) -> Placed {
        let placed = Placed {
            run: self.run,
            index: self.next_index,
            stamp_secs,
            gap,
        };
        self.next_index += 1;
        self.n_received += 1;
        self.last_secs = Some((sent_secs, stamp_secs));
        placed
    }
}

/// The nearest whole number of samples, at least none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-int cast saturates"
)]
pub(super) fn whole(samples: f64) -> u64 {
    samples.round().clamp(0.0, MOST_LOST) as u64
}

#[cfg(test)]
mod tests;
