//! What the looks of a run have shown so far: a snapshot only holds the newest.

use std::sync::Arc;

use crate::metrics::{Plan, Snapshot};

/// The sums of every test at one look.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    /// Looks that were over then, from 1.
    pub(super) n: usize,
    /// Accepted data up to it.
    pub(super) looked_secs: f64,
    /// Sum of `-2 ln p` of each channel in each tested band, in the snapshot's order.
    sums: Vec<f64>,
}

/// The looks of the present run, oldest first; never more than are planned.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    plan: Option<Arc<Plan>>,
    run: u32,
    looks: Vec<Look>,
}

impl Evidence {
    /// Take what a snapshot says. `true` when it belongs to another run or plan than the one before.
    pub(super) fn push(&mut self, snapshot: &Snapshot) -> bool {
        let known = self.plan.as_ref();
        let same_plan = known.is_some_and(|own| Arc::ptr_eq(own, &snapshot.plan));
        let Some(response) = &snapshot.response else {
            let had_some = !self.looks.is_empty();
            *self = Self::default();
            return had_some;
        };
        let progress = response.progress;
        let is_new = !same_plan || progress.run != self.run;
        if is_new {
            *self = Self {
                plan: Some(Arc::clone(&snapshot.plan)),
                run: progress.run,
                looks: Vec::new(),
            };
        }
        let seen = self.looks.last().map_or(0, |look| look.n);
        if progress.n_looks > seen {
            self.looks.push(Look {
                n: progress.n_looks,
                looked_secs: progress.looked_secs,
                sums: response.detections.iter().map(|d| d.sum).collect(),
            });
        }
        is_new
    }

    /// The looks seen.
    pub(super) fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// `[accepted seconds, sum]` of test `i` at each look seen, up to the one that decided.
    pub(super) fn curve(&self, i: usize, decided_at: Option<usize>) -> Vec<[f64; 2]> {
        let counts = |look: &&Look| decided_at.is_none_or(|last| look.n <= last);
        let looks = self.looks.iter().filter(counts);
        looks
            .filter_map(|look| Some([look.looked_secs, *look.sums.get(i)?]))
            .collect()
    }
}

#[cfg(test)]
mod tests;
