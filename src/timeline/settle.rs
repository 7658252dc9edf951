//! The size of a loss, settled when enough stamps have come after it.

use crate::timeline::line::Line;
use crate::timeline::place::whole;

/// A step that stays for less may still go.
const LASTS_SECS: f64 = 0.5;
/// Its size is looked at for so long, unless it is known before.
const MOST_SECS: f64 = 30.0;
const LEAST_SECS: f64 = 5.0;
/// Rates before and after may differ by this, and no more: else something is still going on.
const SAME_RATE: f64 = 5e-3;
/// The earliest of `n` delays is late by so many of their standard deviations, over `n`: 2.0 for half a normal variable, 1.2 for an exponential one, where the
/// standard deviation is that of a normal variable with the same quartiles.
const EARLIEST_LATE: f64 = 1.6;
/// It is counted anew whenever there are so many times more stamps.
const AGAIN: f64 = 1.5;
/// A size is known where the lines are this sure, in samples.
const SURE: f64 = 1.0 / 8.0;

/// Samples that are missing, none while that is not sure.
fn surely(missing: f64, sd: f64) -> u64 {
    match missing - 0.3 - 2.0 * sd {
        ..0.5 => 0,
        _ => whole(missing),
    }
}

/// What the line said before a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    /// When the first sample after the step was expected.
    pub(super) secs: f64,
    /// The same by the earliest stamps, where they are what to compare.
    pub(super) early_secs: Option<f64>,
    /// Standard deviation of these.
    pub(super) sd_secs: f64,
    /// From one sample to the next.
    pub(super) period_secs: f64,
}

/// A step of the line whose size in samples is not known for good.
#[derive(Debug, Clone)]
pub(super) struct Settling {
    /// Index of the first sample after it, and how many were received before.
    pub(super) first_index: u64,
    first_received: u64,
    /// Samples received before the line was left.
    anchor_received: u64,
    anchor: Anchor,
    /// What was counted as lost so far.
    pub(super) n_counted: u64,
    /// Stamps after it when that was last looked at.
    looked_at: f64,
    /// How far the first stamp lay from the line.
    pub(super) shift_secs: f64,
    /// The stamp of that one.
    pub(super) since_secs: f64,
    /// The stamp with which the step began.
    pub(super) begun_secs: f64,
    /// Whether the step has lasted.
    pub(super) is_confirmed: bool,
}

impl Settling {
    pub(super) fn new(first_index: u64, received: u64, anchor: Anchor, n_counted: u64) -> Self {
        Self {
            first_index,
            first_received: received,
            anchor_received: received,
            anchor,
            n_counted,
            looked_at: 0.0,
            shift_secs: 0.0,
            since_secs: f64::NEG_INFINITY,
            begun_secs: f64::NEG_INFINITY,
            is_confirmed: false,
        }
    }

    /// The line broke once more before the step had lasted: both are settled as one.
    pub(super) fn again(self, first_index: u64, first_received: u64) -> Self {
        Self {
            first_index,
            first_received,
            ..self
        }
    }

    /// Whether the step has still to last: what comes now belongs to it.
    pub(super) fn goes_on(&self, n_received: u64) -> bool {
        let since_secs = (n_received - self.first_received) as f64 * self.anchor.period_secs;
        !self.is_confirmed && since_secs < 2.0 * LASTS_SECS
    }

    /// When the next sample would be stamped had nothing happened.
    pub(super) fn unbroken_secs(&self, n_received: u64) -> f64 {
        self.anchor.secs + (n_received - self.anchor_received) as f64 * self.anchor.period_secs
    }

    /// Samples lost, by the line after the step; `None` while it may still go.
    pub(super) fn n_lost(&mut self, line: &Line, stamp_secs: f64, n_received: u64) -> Option<u64> {
        let after_secs = line.secs(self.first_index as f64)?;
        let n_since = (n_received - self.first_received) as f64;
        let lasts = stamp_secs - after_secs >= LASTS_SECS
            && n_since * self.anchor.period_secs >= LASTS_SECS
            && line.sd_secs().is_finite();
        let is_same_rate =
            (line.sample_period_secs() / self.anchor.period_secs - 1.0).abs() < SAME_RATE;
        let between = (self.first_received - self.anchor_received) as f64 * self.anchor.period_secs;
        if !(lasts && is_same_rate) {
            return None;
        }
        let risen_secs = match self.anchor.early_secs {
            Some(before_secs) => line.early_secs(self.first_index as f64)? - before_secs,
            None => after_secs - self.anchor.secs,
        };
        // few stamps are all late, the earliest of them by so much
        let late_secs = EARLIEST_LATE * line.jitter_secs() / line.n_observed();
        let risen_secs = match self.anchor.early_secs {
            Some(_) => risen_secs - late_secs,
            None => risen_secs,
        };
        let missing = (risen_secs - between) / self.anchor.period_secs;
        let sd = (line.sd_secs() + self.anchor.sd_secs + 2.0 * late_secs) / self.anchor.period_secs;
        let is_due = line.n_observed() >= AGAIN * self.looked_at;
        if is_due {
            self.looked_at = line.n_observed();
        }
        let counted = self.n_counted as f64;
        Some(if self.n_counted == 0 {
            surely(missing, sd)
        } else if self.is_settled(line, n_received)
            || is_due
            || (missing - counted).abs() > 0.5 + 2.0 * sd
        {
            whole(missing)
        } else {
            self.n_counted
        })
    }

    /// Whether nothing came of it.
    pub(super) fn is_old(&self, n_received: u64) -> bool {
        let since_secs = (n_received - self.anchor_received) as f64 * self.anchor.period_secs;
        since_secs > 2.0 * MOST_SECS
    }

    /// Whether it is known for good.
    pub(super) fn is_settled(&self, line: &Line, n_received: u64) -> bool {
        let since_secs = (n_received - self.first_received) as f64 * self.anchor.period_secs;
        let is_sure = line.sd_secs() + self.anchor.sd_secs < SURE * self.anchor.period_secs;
        since_secs >= MOST_SECS || (since_secs >= LEAST_SECS && is_sure)
    }
}
