//! Circular shifts of the stimulus, worked off beside the analysis: a second opinion that needs no assumption.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::control::ShiftReport;
use crate::dsp::paper_live::{PaperMeasure, PaperSurrogates};
use crate::dsp::surrogate::{SegmentStore, ShiftPlan, Surrogates};
use crate::metrics::Plan;
use crate::session::Stop;
use crate::session::sinks::{Published, Sinks};

/// Shifts made between two looks at the stop flag.
const SLICE: usize = 4;
/// The line below which so many shifts of the paper's measures stay.
const PAPER_SHARE: f64 = 0.95;
/// Draws the lags.
const SEED: u64 = 1;

/// The spectra of a run at one of its looks.
pub(super) struct ShiftJob {
    pub(super) store: SegmentStore,
    pub(super) plan: Arc<Plan>,
    pub(super) shifts: ShiftPlan,
    pub(super) hop: u64,
    pub(super) stamp_secs: f64,
}

/// The analysis's end: hands over a run's spectra and gets the memory back.
pub(super) struct ShiftQueue {
    jobs: Sender<ShiftJob>,
    /// Memory that is free again. While there is none the work is behind, and a look goes without shifts.
    spare: Receiver<SegmentStore>,
}

/// The worker's end.
pub(super) struct ShiftWork {
    jobs: Receiver<ShiftJob>,
    spare: Sender<SegmentStore>,
    sinks: Sinks,
}

/// Both ends, with memory for one job in flight.
pub(super) fn shift_queue(sinks: Sinks) -> (ShiftQueue, ShiftWork) {
    let (jobs, to_do) = bounded(1);
    let (returned, spare) = bounded(1);
    if returned.try_send(SegmentStore::default()).is_err() {
        tracing::debug!("the first one always fits");
    }
    let queue = ShiftQueue { jobs, spare };
    let work = ShiftWork {
        jobs: to_do,
        spare: returned,
        sinks,
    };
    (queue, work)
}

impl ShiftQueue {
    /// Hand over a copy of `store`; `false` when the work before is not done yet.
    pub(super) fn submit(
        &self,
        store: &SegmentStore,
        make: impl FnOnce(SegmentStore) -> ShiftJob,
    ) -> bool {
        let Ok(mut spare) = self.spare.try_recv() else {
            return false;
        };
        spare.copy_from(store);
        match self.jobs.try_send(make(spare)) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }
}

impl ShiftWork {
    /// Work until the analysis has gone or a stop is asked for.
    pub(super) fn run(self, stop: &Stop) {
        while let Ok(job) = self.jobs.recv() {
            let (report, store) = shift(job, stop);
            if stop.is_requested() {
                return;
            }
            // what finds no capacity is replaced by the next look's
            self.sinks.hand_out(&Published::Shifts(Arc::new(report)));
            if self.spare.try_send(store).is_err() {
                return;
            }
        }
    }
}

/// Make every shift; returns the memory too.
fn shift(job: ShiftJob, stop: &Stop) -> (ShiftReport, SegmentStore) {
    let ShiftJob {
        store,
        plan,
        shifts,
        hop,
        stamp_secs,
    } = job;
    let (n_channels, n_bins) = (store.n_channels(), store.n_bins());
    let bands: Vec<_> = plan.bands.iter().map(|band| band.bins.clone()).collect();
    let n_bands = bands.len();
    let mut work = Surrogates::new(store, bands, shifts);
    while !work.work(SLICE).is_complete() && !stop.is_requested() {}
    let tests = (0..n_channels).flat_map(|ch| (0..n_bands).map(move |band| (ch, band)));
    let p_values = tests.map(|(ch, band)| work.p_value(ch, band)).collect();
    let n_shifts = work.progress().done;
    let store = work.into_store();
    let pairs = plan.paper_pairs();
    let mut paper = PaperSurrogates::new(store, &pairs, shifts);
    while !paper.work(SLICE).is_complete() && !stop.is_requested() {}
    let line = |measure, n_rows: usize| {
        let places = (0..n_rows).flat_map(|row| (0..n_bins).map(move |bin| (row, bin)));
        let line = |(row, bin)| paper.quantile(measure, row, bin, PAPER_SHARE);
        places
            .map(|place| line(place).unwrap_or(f64::NAN))
            .collect()
    };
    let report = ShiftReport {
        hop,
        stamp_secs,
        n_shifts,
        n_bands,
        p_values,
        tasr_line: line(PaperMeasure::Tasr, n_channels),
        rho_line: line(PaperMeasure::Rho, pairs.len()),
        share: PAPER_SHARE,
    };
    (report, paper.into_store())
}

/// The shifts that settings and hop ask for; `None` where none are wanted.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked settings keep it below a million"
)]
pub(super) fn plan(n_shifts: usize, min_shift_secs: f64, hop_secs: f64) -> Option<ShiftPlan> {
    (n_shifts > 0).then_some(ShiftPlan {
        n_shifts,
        min_lag: (min_shift_secs / hop_secs).ceil() as usize,
        seed: SEED,
    })
}
