//! The body of the analysis thread.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::clock::Clock;
use crate::control::{Pool, Shared, TraceBlock};
use crate::metrics::{Analyzer, Snapshot};
use crate::ring::Reader;
use crate::session::{Sinks, Stop};

/// How long the thread rests when the ring is empty.
const REST: Duration = Duration::from_millis(5);
/// Snapshots in flight: as many as fit into this, at least 4, at most 64.
const POOL_BYTES: usize = 256 << 20;
/// Traces go to the screen in blocks of this length.
const TRACE_BLOCK_SECS: f64 = 0.02;
const N_TRACE_BLOCKS: usize = 64;

/// An analyzer with the buffers for what it publishes: built elsewhere, swapped in whole.
pub(super) struct Bench {
    analyzer: Analyzer,
    snapshots: Pool<Snapshot>,
    traces: Option<Traces>,
}

impl Bench {
    /// Room for the snapshots of `analyzer`, and for traces where somebody looks at them.
    pub(super) fn new(analyzer: Analyzer, with_traces: bool) -> Self {
        let plan = Arc::clone(analyzer.plan());
        let n_bins = plan.axis.n_bins();
        let bytes = 8 * n_bins * (plan.montage.len() + 2 * plan.pairs.len());
        let n_snapshots = (POOL_BYTES / bytes.max(1)).clamp(4, 64);
        let traces = with_traces.then(|| Traces::new(&analyzer));
        Self {
            snapshots: Pool::new(n_snapshots, || Snapshot::new(Arc::clone(&plan))),
            analyzer,
            traces,
        }
    }
}

/// What the analysis thread is given.
pub(super) struct Analysis {
    pub(super) bench: Bench,
    pub(super) reader: Reader,
    /// A new bench to go on with. Bounded to 1: a sender waits.
    pub(super) benches: Receiver<Bench>,
    pub(super) sinks: Sinks,
    pub(super) shared: Arc<Shared>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Analysis {
    /// Work until the source has ended and everything is read, or a stop is asked for.
    pub(super) fn run(mut self, stop: &Stop) {
        while !stop.is_requested() {
            let source_has_ended = self.reader.is_abandoned();
            self.drain(stop);
            if source_has_ended {
                break;
            }
            match self.benches.recv_timeout(REST) {
                Ok(mut bench) => {
                    bench.analyzer.continue_counts(&self.bench.analyzer);
                    self.bench = bench;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(REST),
            }
        }
    }

    /// Take everything that waits in the ring.
    fn drain(&mut self, stop: &Stop) {
        let Bench {
            analyzer,
            snapshots,
            traces,
        } = &mut self.bench;
        let hop_len = analyzer.hop_len();
        while let Some(sample) = self.reader.next_sample() {
            let complete =
                analyzer.push(sample.run, sample.index, sample.stamp_secs, sample.values);
            if let Some(traces) = traces {
                traces.take(
                    sample.run,
                    sample.index,
                    sample.stamp_secs,
                    analyzer.derived_uv(),
                );
            }
            if !complete {
                continue;
            }
            let start_secs = self.clock.now_secs();
            let backlog = self.reader.backlog();
            self.shared.set_backlog(backlog as u64);
            if backlog > hop_len {
                self.shared.add_late_hops(1);
            }
            analyzer.average();
            match snapshots.fill(|snapshot| analyzer.write(snapshot)) {
                Some(snapshot) => publish(&self.sinks, &self.shared, snapshot),
                None => self.shared.add_dropped_updates(1),
            }
            self.shared
                .set_hop_cost_secs(self.clock.now_secs() - start_secs);
            if stop.is_requested() {
                return;
            }
        }
        self.shared.set_backlog(0);
        if let (Some(traces), Some(sink)) = (traces, &self.sinks.traces) {
            traces.flush(sink, &self.shared);
        }
    }
}

fn publish(sinks: &Sinks, shared: &Shared, snapshot: Arc<Snapshot>) {
    if let Some(every_hop) = &sinks.every_hop
        && every_hop.try_send(Arc::clone(&snapshot)).is_err()
    {
        shared.add_dropped_updates(1);
    }
    sinks.snapshots.publish(snapshot);
}

/// Collects derived samples into blocks for the screen.
struct Traces {
    blocks: Pool<TraceBlock>,
    block_len: usize,
    pending: TraceBlock,
    /// Blocks that were complete before the drain ended.
    ready: Vec<Arc<TraceBlock>>,
    n_channels: usize,
    n_dropped: u64,
}

impl Traces {
    fn new(analyzer: &Analyzer) -> Self {
        let plan = analyzer.plan();
        let n_channels = plan.montage.len();
        let block_len = block_len(plan.axis.sample_rate_hz());
        let block = || TraceBlock {
            montage: Arc::clone(&plan.montage),
            sample_rate_hz: plan.axis.sample_rate_hz(),
            run: 0,
            first_index: 0,
            first_stamp_secs: 0.0,
            values_uv: Vec::with_capacity(block_len * n_channels),
        };
        Self {
            blocks: Pool::new(N_TRACE_BLOCKS, block),
            block_len,
            pending: block(),
            ready: Vec::with_capacity(N_TRACE_BLOCKS),
            n_channels,
            n_dropped: 0,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a picture needs no more than f32"
    )]
    fn take(&mut self, run: u32, index: u64, stamp_secs: f64, derived_uv: &[f64]) {
        let n_pending = self.pending.n_samples() as u64;
        let continues = self.pending.run == run && self.pending.first_index + n_pending == index;
        if n_pending > 0 && (!continues || n_pending >= self.block_len as u64) {
            self.finish_block();
        }
        if self.pending.values_uv.is_empty() {
            self.pending.run = run;
            self.pending.first_index = index;
            self.pending.first_stamp_secs = stamp_secs;
        }
        self.pending
            .values_uv
            .extend(derived_uv.iter().map(|uv| *uv as f32));
    }

    fn finish_block(&mut self) {
        let pending = &self.pending;
        let block = self.blocks.fill(|block| {
            block.run = pending.run;
            block.first_index = pending.first_index;
            block.first_stamp_secs = pending.first_stamp_secs;
            block.values_uv.clear();
            block.values_uv.extend_from_slice(&pending.values_uv);
        });
        match block {
            Some(block) if self.ready.len() < N_TRACE_BLOCKS => self.ready.push(block),
            _ => self.n_dropped += 1,
        }
        self.pending.values_uv.clear();
    }

    /// Hand over what is there. A picture nobody takes is dropped and counted.
    fn flush(&mut self, sink: &Sender<Arc<TraceBlock>>, shared: &Shared) {
        if self.pending.values_uv.len() >= self.n_channels {
            self.finish_block();
        }
        for block in self.ready.drain(..) {
            if sink.try_send(block).is_err() {
                self.n_dropped += 1;
            }
        }
        shared.add_dropped_updates(std::mem::take(&mut self.n_dropped));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are limited to 1 MHz"
)]
fn block_len(sample_rate_hz: f64) -> usize {
    (TRACE_BLOCK_SECS * sample_rate_hz).ceil().max(1.0) as usize
}
