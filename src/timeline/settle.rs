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
/// A size is known where the lines are this sure, in samples.
const SURE: f64 = 1.0 / 8.0;

/// A step of the line whose size in samples is not known for good.
#[derive(Debug, Clone)]
pub(super) struct Settling {
    /// Index of the first sample after it, and how many were received before.
    pub(super) first_index: u64,
    first_received: u64,
    /// Samples received before the line was left, and when the next was expected.
    anchor_received: u64,
    before_secs: f64,
    /// The same by the earliest stamps, where they are to be compared.
    before_early_secs: Option<f64>,
    period_secs: f64,
    before_sd: f64,
    /// What was counted as lost so far.
    pub(super) n_counted: u64,
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
    pub(super) fn new(
        first_index: u64,
        received: u64,
        before_secs: f64,
        period_secs: f64,
        before_sd: f64,
        n_counted: u64,
    ) -> Self {
        Self {
            first_index,
            first_received: received,
            anchor_received: received,
            before_secs,
            before_early_secs: None,
            period_secs,
            before_sd,
            n_counted,
            shift_secs: 0.0,
            since_secs: f64::NEG_INFINITY,
            begun_secs: f64::NEG_INFINITY,
            is_confirmed: false,
        }
    }

    /// Compare the earliest stamps before and after: those before lead to `secs`.
    pub(super) fn by_earliest(self, secs: Option<f64>) -> Self {
        Self {
            before_early_secs: secs,
            ..self
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
        let since_secs = (n_received - self.first_received) as f64 * self.period_secs;
        !self.is_confirmed && since_secs < 2.0 * LASTS_SECS
    }

    /// When the next sample would be stamped had nothing happened.
    pub(super) fn unbroken_secs(&self, n_received: u64) -> f64 {
        self.before_secs + (n_received - self.anchor_received) as f64 * self.period_secs
    }

    /// Samples lost, by the line after the step; `None` while it may still go.
    pub(super) fn n_lost(&self, line: &Line, stamp_secs: f64, n_received: u64) -> Option<u64> {
        let after_secs = line.secs(self.first_index as f64)?;
        let n_since = (n_received - self.first_received) as f64;
        let lasts = stamp_secs - after_secs >= LASTS_SECS
            && n_since * self.period_secs >= LASTS_SECS
            && line.sd_secs().is_finite();
        let is_same_rate = (line.sample_period_secs() / self.period_secs - 1.0).abs() < SAME_RATE;
        let between = (self.first_received - self.anchor_received) as f64 * self.period_secs;
        if !(lasts && is_same_rate) {
            return None;
        }
        let risen_secs = match self.before_early_secs {
            Some(before_secs) => line.early_secs(self.first_index as f64)? - before_secs,
            None => after_secs - self.before_secs,
        };
        let missing = (risen_secs - between) / self.period_secs;
        // few stamps are all late, by so much
        let late_secs = 4.0 * line.jitter_secs() / line.n_observed();
        let sd = (line.sd_secs() + self.before_sd + late_secs) / self.period_secs;
        let counted = self.n_counted as f64;
        Some(if self.is_settled(line, n_received) {
            whole(missing)
        } else if !self.is_confirmed && self.n_counted == 0 {
            whole(missing - 0.3 - 2.0 * sd)
        } else if (missing - counted).abs() > 0.5 + 2.0 * sd {
            whole(missing)
        } else {
            self.n_counted
        })
    }

    /// Whether nothing came of it.
    pub(super) fn is_old(&self, n_received: u64) -> bool {
        let since_secs = (n_received - self.anchor_received) as f64 * self.period_secs;
        since_secs > 2.0 * MOST_SECS
    }

    /// Whether it is known for good.
    pub(super) fn is_settled(&self, line: &Line, n_received: u64) -> bool {
        let since_secs = (n_received - self.first_received) as f64 * self.period_secs;
        let is_sure = line.sd_secs() + self.before_sd < SURE * self.period_secs;
        since_secs >= MOST_SECS || (since_secs >= LEAST_SECS && is_sure)
    }
}
