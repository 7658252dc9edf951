//! Steps of the line: breaks, their size, and their end.

use crate::signal::Gap;
use crate::timeline::place::{BREAK_SECS, MAX_HELD, Observation, Placed, Push, TimeLine, whole};
use crate::timeline::settle::{Anchor, Settling};

/// A step is whole periods up to this share of one.
const WHOLE: f64 = 0.02;
/// A slope is unsure by so many of its standard deviations: the law of the earliest stamps has long tails.
const UNSURE_SLOPE_SDS: f64 = 4.0;
/// What waited through a stall is pushed within this time.
const DRAINS_SECS: f64 = 1.0;
/// What was late comes back at this speed at least, in seconds a second.
const FAST: f64 = 0.3;
/// Stamps that have followed each other exactly for so long are counted by the device, not read off a clock.
const COUNTED_SECS: f64 = 1.0;
/// After this time something else has happened than a step.
const MAX_HELD_SECS: f64 = 45.0;

/// A shift of the line that has lasted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// The first stamp after it.
    start_secs: f64,
    is_rise: bool,
}

impl TimeLine {
    /// Whether a push that lies `step_secs` from the line breaks the run at once, and after how many samples that are known to be lost. `counted_secs`:
    /// for so long stamps had followed each other exactly before it.
    pub(super) fn breaks(
        &self,
        step_secs: f64,
        counted_secs: f64,
        unknown_secs: f64,
    ) -> Option<u64> {
        let period_secs = self.line.sample_period_secs();
        let n_periods = step_secs / period_secs;
        let is_whole = n_periods > 0.5 && (n_periods - n_periods.round()).abs() < WHOLE;
        if counted_secs >= COUNTED_SECS && is_whole {
            return Some(whole(n_periods));
        }
        let limit_secs = BREAK_SECS
            .max(3.0 * period_secs)
            .max(8.0 * self.jitter_secs());
        (step_secs > limit_secs + unknown_secs).then_some(0)
    }

    /// Take a stamp for what it says; a step, where the stamps have shifted for good.
    pub(super) fn observe(&mut self, observation: Observation) -> Option<Step> {
        let Observation {
            index, stamp_secs, ..
        } = observation;
        self.held.push_back(observation);
        if self.is_mature() {
            let off_secs = stamp_secs - self.line.secs(index as f64).unwrap_or(stamp_secs);
            // the line is not renewed while stamps wait, and its slope is only so well known
            let held_secs = self
                .held
                .front()
                .map_or(0.0, |held| stamp_secs - held.stamp_secs);
            let unsure_secs = UNSURE_SLOPE_SDS * self.line.rate_sd() * held_secs.max(0.0);
            let risen = self.above.take(off_secs - unsure_secs, stamp_secs);
            let fallen = self.below.take(off_secs + unsure_secs, stamp_secs);
            if let Some(start_secs) = risen.or(fallen) {
                return Some(Step {
                    start_secs,
                    is_rise: risen.is_some(),
                });
            }
            let secs_on = self
                .above
                .secs_on(stamp_secs)
                .max(self.below.secs_on(stamp_secs));
            let is_on = self.above.is_on() || self.below.is_on();
            if is_on && secs_on < MAX_HELD_SECS && self.held.len() < MAX_HELD {
                return None;
            }
            if is_on {
                self.above.clear();
                self.below.clear();
            }
        }
        self.learn();
        None
    }

    /// Put what was held into the line.
    pub(super) fn learn(&mut self) {
        let mut has_fitted = false;
        let before_secs = self.expected_secs();
        while let Some(held) = self.held.pop_front() {
            has_fitted |= self.line.observe(held.index, held.stamp_secs, held.is_push);
            if let Some(arrival_secs) = held.arrival_secs {
                self.arrivals.take(held.stamp_secs, arrival_secs);
            }
        }
        if !has_fitted {
            return;
        }
        let line = &self.line;
        let moved_secs = line.secs(self.next_index as f64).unwrap_or(before_secs) - before_secs;
        if moved_secs.abs() > 0.25 * self.above.least_secs() {
            // streaks were counted from another line
            self.above.clear();
            self.below.clear();
        }
        let least_secs = (0.6 * line.sample_period_secs())
            .max(0.5 * line.jitter_secs())
            .max(5.0 * line.sd_secs());
        self.above.refer_to(least_secs, line);
        self.below.refer_to(least_secs, line);
        let (rate_hz, sd) = (line.rate_hz(), line.rate_sd());
        self.rate
            .take(rate_hz, sd, self.nominal_rate_hz, self.age_secs());
    }

    /// The stamps have shifted for good, since the first of those held.
    pub(super) fn step(
        &mut self,
        step: Step,
        stamp_secs: f64,
        arrival_secs: Option<f64>,
    ) -> Placed {
        // what came before the step belongs to the line before
        while let Some(held) = self.held.front()
            && held.stamp_secs < step.start_secs
        {
            self.line.observe(held.index, held.stamp_secs, held.is_push);
            self.held.pop_front();
        }
        let first = self.held.front().map_or(self.next_index, |held| held.index);
        let anchor = self.anchor(first, self.line.secs(first as f64).unwrap_or(stamp_secs));
        let jitter_secs = self.jitter_secs();
        self.line.break_line();
        let n_held = self.held.len().max(1) as f64;
        while let Some(held) = self.held.pop_front() {
            self.line.observe(held.index, held.stamp_secs, held.is_push);
        }
        let after_secs = self.line.secs(first as f64).unwrap_or(anchor.secs);
        let risen_secs = after_secs - anchor.secs;
        let refuted =
            arrival_secs.is_some_and(|secs| self.arrivals.refute(risen_secs, stamp_secs, secs));
        let n_lost = if step.is_rise && !refuted {
            // the earliest of so few is still late by this
            let late_secs = jitter_secs / n_held;
            whole((risen_secs - late_secs) / anchor.period_secs)
        } else {
            0
        };
        self.line.shift_index(n_lost);
        if refuted {
            self.arrivals.clear();
        }
        let received = self.n_received - (self.next_index - first);
        let chained = self.chain(first + n_lost, received, anchor, n_lost);
        self.settling = (!refuted).then_some(chained);
        self.n_lost += n_lost;
        self.enter_run(stamp_secs, n_lost)
    }

    /// What the line says before a step whose first sample stands at `index` and was due at `secs`.
    fn anchor(&self, index: u64, secs: f64) -> Anchor {
        let line = &self.line;
        let is_late_only = line.is_late_only();
        Anchor {
            secs,
            early_secs: line.early_secs(index as f64).filter(|_| is_late_only),
            sd_secs: line.sd_secs(),
            period_secs: line.known_period_secs(),
        }
    }

    /// What is to be settled of a step, together with the one before where that had not lasted yet.
    fn chain(
        &mut self,
        first_index: u64,
        first_received: u64,
        anchor: Anchor,
        n_counted: u64,
    ) -> Settling {
        match self.settling.take() {
            Some(before) if before.goes_on(self.n_received) => {
                let mut before = before.again(first_index, first_received);
                before.n_counted += n_counted;
                before
            }
            _ => Settling::new(first_index, first_received, anchor, n_counted),
        }
    }

    /// Begin a new run at `stamp_secs` after `n_lost` samples. `before_secs`: when it was due, where not by the line.
    pub(super) fn begin_run(
        &mut self,
        stamp_secs: f64,
        arrival_secs: Option<f64>,
        n_lost: u64,
        before_secs: Option<f64>,
    ) -> Placed {
        self.learn();
        let by_line_secs = self.expected_secs();
        let before_secs = before_secs.unwrap_or(by_line_secs);
        let mut anchor = self.anchor(self.next_index, before_secs);
        if before_secs.to_bits() != by_line_secs.to_bits() {
            anchor.early_secs = None;
        }
        let index = self.next_index + n_lost;
        let mut settling = self.chain(index, self.n_received, anchor, n_lost);
        settling.shift_secs = stamp_secs - before_secs;
        (settling.begun_secs, settling.since_secs) = (stamp_secs, stamp_secs);
        self.settling = Some(settling);
        self.line.break_line();
        self.n_lost += n_lost;
        self.push = Push {
            arrival_secs: arrival_secs.unwrap_or(self.push.arrival_secs),
            observed: index,
            n_continued: 0,
            n_exact: 0,
        };
        let observation = self.observation(stamp_secs, arrival_secs, true);
        self.pending = Some(Observation {
            index,
            ..observation
        });
        self.enter_run(stamp_secs, n_lost)
    }

    pub(super) fn enter_run(&mut self, stamp_secs: f64, n_lost: u64) -> Placed {
        self.above.clear();
        self.below.clear();
        let gap = self.gap(n_lost);
        self.accept(stamp_secs, stamp_secs, Some(gap))
    }

    pub(super) fn gap(&mut self, n_lost: u64) -> Gap {
        let gap = Gap {
            first_index: self.next_index,
            n_samples: n_lost,
        };
        self.next_index += n_lost;
        self.run += 1;
        gap
    }

    /// What was late is coming back: the step is not over, its line begins here.
    pub(super) fn fall(&mut self, stamp_secs: f64) {
        let limit_secs = (4.0 * self.jitter_secs()).max(0.6 * self.period_secs);
        let (index, n_received) = (self.next_index, self.n_received);
        let Some(settling) = &mut self.settling else {
            return;
        };
        let off_secs = stamp_secs - settling.unbroken_secs(n_received);
        let fallen_secs = settling.shift_secs - off_secs;
        // what falls slowly, and goes on to, is another rate
        let is_fast = fallen_secs > FAST * (stamp_secs - settling.since_secs)
            || stamp_secs - settling.begun_secs < DRAINS_SECS;
        if !settling.is_confirmed && fallen_secs > limit_secs && is_fast {
            *settling = settling.clone().again(index, n_received);
            (settling.shift_secs, settling.since_secs) = (off_secs, stamp_secs);
            self.held.clear();
            self.line.begin_again();
        }
    }

    /// See how large the last step really was, now that more stamps have come. A gap, where it was marked without a size before.
    pub(super) fn settle(&mut self, stamp_secs: f64, arrival_secs: Option<f64>) -> Option<Gap> {
        let settling = self.settling.as_mut()?;
        if settling.is_old(self.n_received) {
            self.settling = None;
            return None;
        }
        let n_lost = settling.n_lost(&self.line, stamp_secs, self.n_received)?;
        let counted = settling.n_counted;
        let is_first = !settling.is_confirmed;
        settling.is_confirmed = true;
        let step_secs = n_lost as f64 * self.period_secs;
        let refuted =
            arrival_secs.is_some_and(|secs| self.arrivals.refute(step_secs, stamp_secs, secs));
        let n_lost = if refuted { 0 } else { n_lost };
        settling.n_counted = n_lost;
        self.n_lost = (self.n_lost + n_lost).saturating_sub(counted);
        let is_marked = is_first && counted == 0 && n_lost > 0;
        if is_marked {
            settling.first_index += n_lost;
        }
        if settling.is_settled(&self.line, self.n_received) {
            self.settling = None;
        }
        is_marked.then(|| {
            self.line.shift_index(n_lost);
            self.push.observed += n_lost;
            for held in &mut self.held {
                held.index += n_lost;
            }
            if let Some(pending) = &mut self.pending {
                pending.index += n_lost;
            }
            self.gap(n_lost)
        })
    }
}
