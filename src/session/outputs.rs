//! From the engine's outputs to the sinks, through memory that is used again.

use std::sync::Arc;

use crate::control::{LinkReport, Pool, StreamCounters, TraceBlock};
use crate::engine::{Event, Hop, InputEvent, Output, TraceSlice};
use crate::metrics::budget::snapshot_bytes;
use crate::metrics::{Plan, ResponseSettings, Snapshot, electrode_words};
use crate::session::shifts::{self, ShiftJob, ShiftQueue};
use crate::session::sinks::{Published, Sinks};
use crate::signal::{Montage, StreamId};

/// Snapshots in flight: as many as fit into this, at least 4, at most 64.
const POOL_BYTES: f64 = 256e6;
/// Trace blocks in flight.
const N_TRACE_BLOCKS: usize = 64;

/// What the engine says, on its way to the sinks.
pub(super) struct Outputs {
    inputs: OutputInputs,
    /// Of the present plan; made when the first hop of a plan comes.
    snapshots: Option<(Arc<Plan>, Pool<Snapshot>)>,
    blocks: Option<(Arc<Montage>, Pool<TraceBlock>)>,
    has_hopped: bool,
    /// Hops are kept back.
    is_withholding: bool,
}

/// What the outputs are given.
pub(super) struct OutputInputs {
    pub(super) sinks: Sinks,
    pub(super) counters: Arc<StreamCounters>,
    pub(super) shifts: ShiftQueue,
    /// How looks are shifted.
    pub(super) response: ResponseSettings,
}

impl Outputs {
    pub(super) fn new(inputs: OutputInputs) -> Self {
        Self {
            inputs,
            snapshots: None,
            blocks: None,
            has_hopped: false,
            is_withholding: false,
        }
    }

    /// Take what the engine says.
    pub(super) fn take(&mut self, output: &Output<'_>) {
        match output {
            Output::Hop(hop) => self.hop(*hop),
            Output::Traces(slice) => self.traces(slice),
            Output::Marker(marker) => {
                self.inputs.sinks.markers.received(marker, false);
                self.hand_out(&Published::Marker((*marker).clone()));
            }
            Output::Event(event) => self.event(event),
        }
    }

    /// Hand something to every sink; what finds no capacity is counted.
    pub(super) fn hand_out(&self, item: &Published) {
        let left_out = self.inputs.sinks.hand_out(item);
        self.inputs.counters.add_dropped_updates(left_out);
    }

    /// A hop was computed: write it down, publish it, and hand a look's data to the background.
    fn hop(&mut self, hop: Hop<'_>) {
        self.has_hopped = true;
        if !self.inputs.counters.has_steady_rate() {
            // on a wrong axis no number is right
            if !std::mem::replace(&mut self.is_withholding, true) {
                self.withhold();
            }
            return;
        }
        self.is_withholding = false;
        let plan = hop.plan();
        let is_fresh = |(of, _): &(Arc<Plan>, _)| !Arc::ptr_eq(of, plan);
        if self.snapshots.as_ref().is_none_or(is_fresh) {
            let pool = Pool::new(n_snapshots(plan), || hop.snapshot());
            self.snapshots = Some((Arc::clone(plan), pool));
        }
        let pool = self.snapshots.as_mut().map(|(_, pool)| pool);
        match pool.and_then(|pool| pool.fill(|snapshot| hop.write(snapshot))) {
            Some(snapshot) => self.hand_out(&Published::Snapshot(snapshot)),
            None => self.inputs.counters.add_dropped_updates(1),
        }
        self.shift(hop);
    }

    /// Numbers are kept back from now on: say why.
    fn withhold(&self) {
        self.hand_out(&Published::Closed);
        let status = self.inputs.counters.status();
        let words = status.warnings().join("; ");
        self.inputs.counters.notify(words.clone());
        let Some(info) = &status.stream else { return };
        self.hand_out(&Published::Link(Arc::new(LinkReport {
            state: status.link,
            event: Some(words),
            ..LinkReport::new(StreamId::Eeg, info, &status, status.newest_stamp_secs)
        })));
    }

    /// After a look, shift its data in the background.
    fn shift(&self, hop: Hop<'_>) {
        let response = &self.inputs.response;
        let plan = hop.plan();
        let shifts = shifts::plan(response.n_shifts, response.min_shift_secs, plan.hop_secs);
        let (Some(store), Some(shifts)) = (hop.looked(), shifts) else {
            return;
        };
        let (number, stamp_secs) = hop.place();
        let taken = self.inputs.shifts.submit(store, |store| ShiftJob {
            store,
            plan: Arc::clone(plan),
            shifts,
            hop: number,
            stamp_secs,
        });
        if !taken {
            tracing::warn!("the shifts of the look before are not done: this look goes without");
        }
    }

    fn traces(&mut self, slice: &TraceSlice<'_>) {
        let is_fresh = |(of, _): &(Arc<Montage>, _)| !Arc::ptr_eq(of, slice.montage);
        if self.blocks.as_ref().is_none_or(is_fresh) {
            let pool = Pool::new(N_TRACE_BLOCKS, || TraceBlock::empty(slice.montage));
            self.blocks = Some((Arc::clone(slice.montage), pool));
        }
        let block = self.blocks.as_mut().and_then(|(_, pool)| {
            pool.fill(|block| {
                block.sample_rate_hz = slice.sample_rate_hz;
                block.run = slice.run;
                block.first_index = slice.first_index;
                block.first_stamp_secs = slice.first_stamp_secs;
                block.values_uv.clear();
                block.values_uv.extend_from_slice(slice.values_uv);
            })
        });
        match block {
            Some(block) => self.hand_out(&Published::Traces(block)),
            None => self.inputs.counters.add_dropped_updates(1),
        }
    }

    fn event(&self, event: &Event) {
        if let Some(notice) = notice_of(event) {
            self.inputs.counters.notify(notice);
        }
        if let Event::Input(InputEvent::HopSkipped { .. }) = event {
            self.inputs.counters.add_skipped_hops(1);
        }
        self.hand_out(&Published::Event(Arc::new(event.clone())));
    }

    /// Whether a hop came since this was asked last.
    pub(super) fn take_hopped(&mut self) -> bool {
        std::mem::take(&mut self.has_hopped)
    }
}

/// What a person is told of an event.
fn notice_of(event: &Event) -> Option<String> {
    match event {
        Event::RunEnded(record) => Some(record.sentence()),
        Event::Changed { info, change } => Some(format!(
            "stream {:?} is another than before, and a new segment begins: {change}",
            info.name
        )),
        Event::RestEnded => Some(
            "the rest baseline is lost: other channels, reference, segments or filters are analysed"
                .to_owned(),
        ),
        Event::Electrode { label, aside, .. } => Some(electrode_words(label, *aside)),
        Event::Input(InputEvent::LateMarker { .. }) => Some(
            "a marker came more than 1.5 s after its time: what it says counts from now on"
                .to_owned(),
        ),
        Event::Input(_) => None,
    }
}

/// As many snapshots as fit, at least 4, at most 64.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn n_snapshots(plan: &Plan) -> usize {
    (POOL_BYTES / snapshot_bytes(plan)).clamp(4.0, 64.0) as usize
}
