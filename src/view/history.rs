//! Band power of the last minutes: one row per snapshot.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::metrics::{Plan, Snapshot};
use crate::view::rounding::{db, floor_count};
use crate::view::thin_line::{Strip, ThinLine};

/// Longest time between two looks at the feed. A hop shorter than this can pass unseen between two of them.
const LOOK_SECS: f64 = 0.1;

/// The band powers of one hop.
#[derive(Debug, PartialEq)]
struct Row {
    hop: u64,
    n_rejected: u64,
    /// Centre of the time the averages describe.
    stamp_secs: f64,
    band_power_uv2: Vec<f64>,
}

/// The rows of the last minutes, oldest first; all of one plan.
#[derive(Debug, Clone)]
pub(super) struct History {
    kept_secs: f64,
    plan: Option<Arc<Plan>>,
    rows: VecDeque<Arc<Row>>,
}

impl History {
    pub(super) fn new(kept_secs: f64) -> Self {
        Self {
            kept_secs,
            plan: None,
            rows: VecDeque::new(),
        }
    }

    /// Take the band powers of a snapshot. Other channels, bands or averages start anew.
    pub(super) fn push(&mut self, snapshot: &Snapshot) {
        let known = self.plan.as_ref();
        if !known.is_some_and(|own| Arc::ptr_eq(own, &snapshot.plan) || own == &snapshot.plan) {
            self.plan = Some(Arc::clone(&snapshot.plan));
            self.rows.clear();
        }
        self.rows.push_back(Arc::new(Row {
            hop: snapshot.hop,
            n_rejected: snapshot.n_rejected,
            stamp_secs: snapshot.stamp_secs,
            band_power_uv2: snapshot.bands.iter().map(|b| b.power_uv2).collect(),
        }));
        let horizon = snapshot.stamp_secs - self.kept_secs;
        // the count bounds the memory even where stamps do not advance
        let n_most = floor_count(self.kept_secs / snapshot.plan.hop_secs) + 2;
        while self.rows.len() > n_most
            || self
                .rows
                .front()
                .is_some_and(|row| row.stamp_secs < horizon)
        {
            self.rows.pop_front();
        }
    }

    /// Whether `next` follows `row` without a segment missing between them.
    ///
    /// With hops shorter than the screen's own pace some pass unseen: these are bridged if no segment was rejected.
    fn follows(&self, row: &Row, next: &Row) -> bool {
        let hop_secs = self.plan.as_ref().map_or(LOOK_SECS, |plan| plan.hop_secs);
        let n_unseen = floor_count(LOOK_SECS / hop_secs) as u64;
        match next.hop.checked_sub(row.hop) {
            Some(1) => true,
            Some(step @ 2..) => step <= n_unseen && next.n_rejected == row.n_rejected,
            _ => false,
        }
    }

    /// Channel `ch` in band `band` as lines of `[stamp in seconds, dB re 1 uV^2]` of about two points per column, broken
    /// where hops are missing.
    pub(super) fn strips_db(&self, ch: usize, band: usize, n_columns: usize) -> Vec<Strip> {
        let Some(plan) = &self.plan else {
            return Vec::new();
        };
        let mut line = ThinLine::new(self.kept_secs / plan.hop_secs, n_columns);
        let mut strips = Vec::new();
        let mut last: Option<&Row> = None;
        for row in &self.rows {
            let power = row.band_power_uv2.get(ch * plan.bands.len() + band);
            let power_db = db(power.copied().unwrap_or(f64::NAN));
            let broken = last.is_some_and(|last| !self.follows(last, row));
            last = Some(row);
            if broken || !power_db.is_finite() {
                strips.push(line.take());
            }
            if power_db.is_finite() {
                let place = usize::try_from(row.hop).unwrap_or(usize::MAX);
                line.push(place, [row.stamp_secs, power_db]);
            }
        }
        strips.push(line.take());
        strips.retain(|strip| !strip.is_empty());
        strips
    }

    /// The times without rows, oldest first: `(from, to)` in seconds.
    pub(super) fn breaks(&self) -> impl Iterator<Item = (f64, f64)> {
        let neighbours = self.rows.iter().zip(self.rows.iter().skip(1));
        neighbours
            .filter(|(row, next)| !self.follows(row, next))
            .map(|(row, next)| (row.stamp_secs, next.stamp_secs))
    }
}

#[cfg(test)]
mod tests;
