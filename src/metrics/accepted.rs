//! What share of the segments counts.

use std::collections::VecDeque;

/// Which segments of the integration time were accepted, and which were left out because the analysis was behind.
pub(super) struct Accepted {
    n_hops: u64,
    taken: VecDeque<u64>,
    skipped: VecDeque<u64>,
    /// First segment that can be complete: those before began before the first sample seen.
    first_hop: Option<u64>,
}

impl Accepted {
    pub(super) fn new(n_hops: usize) -> Self {
        Self {
            n_hops: n_hops as u64,
            taken: VecDeque::with_capacity(n_hops + 1),
            skipped: VecDeque::with_capacity(n_hops + 1),
            first_hop: None,
        }
    }

    /// None yet of `n_hops`; where the grid goes on, so does its first segment.
    pub(super) fn renewed(&self, n_hops: usize, goes_on: bool) -> Self {
        Self {
            first_hop: self.first_hop.filter(|_| goes_on),
            ..Self::new(n_hops)
        }
    }

    pub(super) fn begin(&mut self, index: u64, hop_len: usize) {
        self.first_hop
            .get_or_insert_with(|| index.div_ceil(hop_len as u64));
    }

    /// Whether a segment began before the first sample.
    pub(super) fn is_before_first(&self, hop: u64) -> bool {
        self.first_hop.is_some_and(|first| hop < first)
    }

    pub(super) fn pass(&mut self, hop: u64) {
        for hops in [&mut self.taken, &mut self.skipped] {
            while hops.front().is_some_and(|&h| h + self.n_hops <= hop) {
                hops.pop_front();
            }
        }
    }

    pub(super) fn take(&mut self, hop: u64) {
        self.pass(hop);
        self.taken.push_back(hop);
    }

    pub(super) fn skip(&mut self, hop: u64) {
        self.pass(hop);
        self.skipped.push_back(hop);
    }

    /// Of the segments that were looked at.
    pub(super) fn rejected_share(&self, hop: u64) -> f64 {
        let since_first = (hop + 1).saturating_sub(self.first_hop.unwrap_or(0));
        let n_due = self.n_hops.min(since_first);
        if n_due == 0 {
            return 0.0;
        }
        let n_judged = n_due.saturating_sub(self.skipped.len() as u64).max(1);
        1.0 - self.taken.len() as f64 / n_judged as f64
    }
}
