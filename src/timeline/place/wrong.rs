//! Stamps that make no sense, clocks that are set, and what comes after a reconnection.

use crate::timeline::arrival::is_on_clock;
use crate::timeline::place::{BREAK_SECS, Placed, TimeLine, whole};

/// A stamp this far before its prediction is wrong.
const BACK_SECS: f64 = 0.5;
/// After this time of wrong stamps that agree with each other the clock was reset.
const RESET_SECS: f64 = 0.5;
/// Without arrival times, a jump beyond this is a fault of the clock.
const MAX_JUMP_SECS: f64 = 600.0;

impl TimeLine {
    pub(super) fn is_absurd(
        &self,
        stamp_secs: f64,
        step_secs: f64,
        arrival_secs: Option<f64>,
    ) -> bool {
        if !stamp_secs.is_finite() {
            return true;
        }
        let back_secs = BACK_SECS.max(8.0 * self.jitter_secs()) + self.unknown_secs();
        if step_secs < -back_secs {
            return !self.returns(stamp_secs);
        }
        if step_secs < BREAK_SECS {
            return false;
        }
        match arrival_secs {
            Some(arrival_secs) => self.arrivals.refute(step_secs, stamp_secs, arrival_secs),
            None => step_secs > MAX_JUMP_SECS,
        }
    }

    /// Whether what was late is back where it would be had nothing been lost.
    pub(super) fn returns(&self, stamp_secs: f64) -> bool {
        self.settling.as_ref().is_some_and(|settling| {
            let off = stamp_secs - settling.unbroken_secs(self.n_received);
            !settling.is_confirmed
                && off > -BREAK_SECS
                && off < stamp_secs - self.expected_secs() + settling.shift_secs
        })
    }

    /// Choose the clock anew: a stamp on the LSL clock lies a little before its arrival.
    pub(super) fn believe(&mut self, stamp_secs: f64, arrival_secs: Option<f64>) -> f64 {
        let sent_secs = stamp_secs - self.shift_secs.unwrap_or(0.0);
        let sent_secs = if sent_secs.is_finite() {
            sent_secs
        } else {
            0.0
        };
        self.shift_secs = arrival_secs
            .filter(|&arrival_secs| !is_on_clock(sent_secs, arrival_secs))
            .map(|arrival_secs| arrival_secs - sent_secs);
        self.arrivals.clear();
        sent_secs + self.shift_secs.unwrap_or(0.0)
    }

    /// The stamp makes no sense: use the prediction, unless half a second of stamps agree that the clock was reset.
    pub(super) fn distrust(
        &mut self,
        stamp_secs: f64,
        placed_secs: f64,
        arrival_secs: Option<f64>,
    ) -> Placed {
        let period_secs = self.line.sample_period_secs();
        let agrees = (stamp_secs - self.last_bad_secs - period_secs).abs() < BREAK_SECS;
        self.last_bad_secs = stamp_secs;
        self.n_bad_in_row = if agrees { self.n_bad_in_row + 1 } else { 1 };
        if agrees && self.n_bad_in_row as f64 * period_secs > RESET_SECS {
            self.n_bad_in_row = 0;
            let stamp_secs = self.believe(stamp_secs, arrival_secs);
            return self.reset(stamp_secs);
        }
        self.n_bad += 1;
        self.n_distrusted += 1;
        let predicted_secs = placed_secs + period_secs;
        let sent_secs = self.last_secs.map_or(predicted_secs, |(sent, _)| sent);
        self.accept(sent_secs + period_secs, predicted_secs, None)
    }

    /// A clock was set: nothing is known to be lost. What a reconnection lost is still to be settled by the right stamps.
    pub(super) fn reset(&mut self, stamp_secs: f64) -> Placed {
        let unsettled = self
            .settling
            .take()
            .filter(|settling| !settling.is_confirmed);
        let placed = self.begin_run(stamp_secs, None, 0, None);
        self.settling = unsettled.map(|settling| settling.again(placed.index, self.n_received - 1));
        placed
    }

    /// The first sample after a reconnection.
    pub(super) fn resume(&mut self, stamp_secs: f64, arrival_secs: Option<f64>) -> Placed {
        let expected_secs = self.expected_at_break();
        if !stamp_secs.is_finite() {
            self.n_bad += 1;
            let placed_secs = arrival_secs.unwrap_or(expected_secs);
            return self.accept(placed_secs, placed_secs, None);
        }
        self.reconnected = false;
        let stamp_secs = self.believe(stamp_secs, arrival_secs);
        let back_secs = stamp_secs - expected_secs;
        let is_jump = arrival_secs.is_none() && back_secs > MAX_JUMP_SECS;
        if back_secs < -self.period_secs || is_jump {
            let placed = self.begin_run(stamp_secs, arrival_secs, 0, None);
            self.settling = None;
            return placed;
        }
        let n_lost = whole(back_secs / self.line.sample_period_secs());
        let placed = self.begin_run(stamp_secs, arrival_secs, n_lost, Some(expected_secs));
        self.line.doubt_rate();
        placed
    }
}
