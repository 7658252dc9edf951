//! What the analysis thread works at: an analyzer with the buffers for what it publishes.

use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::control::{Pool, StreamCounters, TraceBlock};
use crate::dsp::filter_design::notch;
use crate::dsp::sos::SosBank;
use crate::metrics::{Analyzer, Plan, Snapshot};
use crate::signal::Montage;

/// Snapshots in flight: as many as fit into this, at least 4, at most 64.
const POOL_BYTES: usize = 256 << 20;
/// Traces go to the screen in blocks of this length.
const TRACE_BLOCK_SECS: f64 = 0.02;
const N_TRACE_BLOCKS: usize = 64;

/// An analyzer with the buffers for what it publishes.
pub(super) struct Bench {
    pub(super) analyzer: Analyzer,
    pub(super) snapshots: Pool<Snapshot>,
    pub(super) traces: Option<Traces>,
}

impl Bench {
    /// Room for the snapshots of `analyzer`, and for traces where somebody looks at them.
    pub(super) fn new(analyzer: Analyzer, with_traces: bool) -> Self {
        let plan = Arc::clone(analyzer.plan());
        let n_bins = plan.axis.n_bins();
        let (n_channels, n_pairs) = (plan.montage.len(), plan.pairs.len());
        let of_response = usize::from(plan.response.is_some()) * (9 * n_channels + 2 * n_pairs);
        let bytes = 8 * n_bins * (n_channels + 2 * n_pairs + of_response);
        let n_snapshots = (POOL_BYTES / bytes.max(1)).clamp(4, 64);
        let traces = with_traces.then(|| Traces::new(&analyzer));
        Self {
            snapshots: Pool::new(n_snapshots, || analyzer.snapshot()),
            analyzer,
            traces,
        }
    }
}

/// Collects derived samples into blocks for the screen.
pub(super) struct Traces {
    montage: Arc<Montage>,
    derived_uv: Vec<f64>,
    /// Takes the mains off what is drawn.
    notch: Option<SosBank>,
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
            montage: Arc::clone(&plan.montage),
            derived_uv: vec![0.0; n_channels],
            notch: plan.trace_notch_hz.and_then(|hz| notch_bank(hz, plan)),
            blocks: Pool::new(N_TRACE_BLOCKS, block),
            block_len,
            pending: block(),
            ready: Vec::with_capacity(N_TRACE_BLOCKS),
            n_channels,
            n_dropped: 0,
        }
    }

    /// Take a sample as it came.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a picture needs no more than f32"
    )]
    pub(super) fn take(&mut self, run: u32, index: u64, stamp_secs: f64, values: &[f64]) {
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
        self.montage.derive(values, &mut self.derived_uv);
        if let Some(bank) = &mut self.notch {
            if !continues || !self.derived_uv.iter().all(|uv| uv.is_finite()) {
                bank.reset();
            }
            bank.filter(&mut self.derived_uv);
        }
        self.pending
            .values_uv
            .extend(self.derived_uv.iter().map(|uv| *uv as f32));
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
    pub(super) fn flush(&mut self, sink: &Sender<Arc<TraceBlock>>, counters: &StreamCounters) {
        if self.pending.values_uv.len() >= self.n_channels {
            self.finish_block();
        }
        for block in self.ready.drain(..) {
            if sink.try_send(block).is_err() {
                self.n_dropped += 1;
            }
        }
        counters.add_dropped_updates(std::mem::take(&mut self.n_dropped));
    }
}

/// Quality of the notch: 0.3 dB off 3 Hz beside the mains.
const NOTCH_QUALITY: f64 = 30.0;

/// The notch of every channel; `None` where the mains is beyond half the rate.
fn notch_bank(hz: f64, plan: &Plan) -> Option<SosBank> {
    let rate_hz = plan.axis.sample_rate_hz();
    let section = notch(hz, NOTCH_QUALITY, rate_hz).ok()?;
    Some(SosBank::new(
        vec![section],
        plan.montage.len(),
        1.0,
        rate_hz,
    ))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are limited to 1 MHz"
)]
fn block_len(sample_rate_hz: f64) -> usize {
    (TRACE_BLOCK_SECS * sample_rate_hz).ceil().max(1.0) as usize
}
