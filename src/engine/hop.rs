//! The result of one hop, lent.

use std::sync::Arc;

use crate::dsp::surrogate::SegmentStore;
use crate::metrics::{Analysis, Plan, Snapshot};

/// A hop that was just computed.
#[derive(Clone, Copy)]
pub struct Hop<'a> {
    pub(super) analysis: &'a Analysis,
}

impl<'a> Hop<'a> {
    /// What its numbers mean.
    #[must_use]
    pub fn plan(&self) -> &'a Arc<Plan> {
        self.analysis.plan()
    }

    /// An empty snapshot of the same plan.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.analysis.snapshot()
    }

    /// Write the result into a snapshot of the same plan. Allocates nothing.
    pub fn write(&self, snapshot: &mut Snapshot) {
        self.analysis.write(snapshot);
    }

    /// Its place on the grid, and the centre of its segment, seconds on the local LSL clock.
    #[must_use]
    pub fn place(&self) -> (u64, f64) {
        self.analysis.newest()
    }

    /// The spectra of the run so far, where the hop brought a look: to be shifted in the background.
    #[must_use]
    pub fn looked(&self) -> Option<&'a SegmentStore> {
        self.analysis.looked()
    }
}
