//! Derived samples for the screen, in blocks.

use std::sync::Arc;

use crate::align::Header;
use crate::dsp::filter_design::notch;
use crate::dsp::sos::SosBank;
use crate::metrics::{Derived, ElectrodeWatch, Plan};
use crate::signal::Montage;

/// Traces leave in blocks of at most this length.
const BLOCK_SECS: f64 = 0.05;
/// Quality of the notch: 0.3 dB off 3 Hz beside the mains.
const NOTCH_QUALITY: f64 = 30.0;

/// A run of derived samples, lent.
#[derive(Debug, Clone, Copy)]
pub struct TraceSlice<'a> {
    /// What the channels are.
    pub montage: &'a Arc<Montage>,
    /// Rate of the samples.
    pub sample_rate_hz: f64,
    /// Run and index of the first sample, as in a chunk: a jump is a gap.
    pub run: u32,
    /// Index of the first sample.
    pub first_index: u64,
    /// Stamp of the first sample, seconds on the local LSL clock.
    pub first_stamp_secs: f64,
    /// Interleaved values in the montage's unit.
    pub values_uv: &'a [f32],
}

/// Collects derived samples into blocks. Allocates nothing after construction, but where electrodes change.
pub(super) struct Traces {
    montage: Arc<Montage>,
    sample_rate_hz: f64,
    /// Traces do not wait as the analysis does: they find out by themselves which electrodes are set aside, as it will.
    watch: Option<ElectrodeWatch>,
    is_aside: Vec<bool>,
    derived: Derived,
    derived_uv: Vec<f64>,
    /// Takes the mains off what is drawn.
    notch: Option<SosBank>,
    notch_hz: Option<f64>,
    block_len: usize,
    first: Option<Header>,
    /// Run and index of the newest sample, handed out or not.
    newest: Option<(u32, u64)>,
    values_uv: Vec<f32>,
}

impl Traces {
    pub(super) fn new(plan: &Plan) -> Self {
        let rate_hz = plan.axis.sample_rate_hz();
        let n_channels = plan.montage.len();
        let block_len = block_len(rate_hz);
        Self {
            // a rate that nothing can be filtered at has been refused before
            watch: ElectrodeWatch::new(&plan.montage, plan.artefacts, rate_hz).ok(),
            is_aside: vec![false; plan.montage.electrodes().len()],
            derived: Derived::new(&plan.montage),
            montage: Arc::clone(&plan.montage),
            sample_rate_hz: rate_hz,
            derived_uv: vec![0.0; n_channels],
            notch: plan.trace_notch_hz.and_then(|hz| notch_bank(hz, plan)),
            notch_hz: plan.trace_notch_hz,
            block_len,
            first: None,
            newest: None,
            values_uv: Vec::with_capacity(block_len * n_channels),
        }
    }

    /// Those of another plan; what is known of the electrodes goes on.
    pub(super) fn renewed(&self, plan: &Plan) -> Self {
        let mut renewed = Self::new(plan);
        if let (Some(watch), Some(before)) = (&mut renewed.watch, &self.watch) {
            watch.continue_from(before);
            renewed.is_aside = watch.taken().collect();
            renewed
                .derived
                .set_aside(&renewed.montage, &renewed.is_aside);
        }
        renewed
    }

    /// Keep out the electrodes called `labels`, and no others.
    pub(super) fn keep_out(&mut self, labels: &[String]) {
        if let Some(watch) = &mut self.watch {
            watch.keep_out(&self.montage, labels);
        }
    }

    /// Whether it draws what `plan` asks for.
    pub(super) fn fits(&self, plan: &Plan) -> bool {
        Arc::ptr_eq(&self.montage, &plan.montage) && self.notch_hz == plan.trace_notch_hz
    }

    /// Electrodes that were set aside up to the sample before, or are back, leave or join the references.
    fn settle(&mut self) {
        let Some(watch) = &mut self.watch else { return };
        let mut has_changed = false;
        while let Some(change) = watch.take_change() {
            has_changed = true;
            self.is_aside[change.electrode] = change.aside.is_some();
        }
        if !has_changed {
            return;
        }
        let rederived = self.derived.set_aside(&self.montage, &self.is_aside);
        if let Some(bank) = &mut self.notch {
            let others = rederived.is_other.iter().enumerate();
            others
                .filter(|(_, is_other)| **is_other)
                .for_each(|(ch, _)| bank.reset_channel(ch));
        }
    }

    /// Take a sample as it came; hands out a block when it is full or the sample does not follow on it.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a picture needs no more than f32"
    )]
    pub(super) fn take(
        &mut self,
        header: Header,
        values: &[f64],
        mut out: impl FnMut(TraceSlice<'_>),
    ) {
        let n_pending = self.values_uv.len() / self.derived_uv.len().max(1);
        let place = (header.run, header.index);
        let continues =
            self.newest.replace(place) == Some((header.run, header.index.wrapping_sub(1)));
        if n_pending >= self.block_len || (n_pending > 0 && !continues) {
            self.flush(&mut out);
        }
        self.first.get_or_insert(header);
        self.settle();
        self.derived
            .derive(&self.montage, values, &mut self.derived_uv);
        if let Some(bank) = &mut self.notch {
            if !continues {
                bank.reset();
            }
            bank.filter(&mut self.derived_uv);
        }
        if let Some(watch) = &mut self.watch {
            let place = (header.run, header.index, header.stamp_secs);
            watch.push(place, &self.montage, values);
        }
        self.values_uv
            .extend(self.derived_uv.iter().map(|uv| *uv as f32));
    }

    /// Hand out what is there.
    pub(super) fn flush(&mut self, mut out: impl FnMut(TraceSlice<'_>)) {
        let n_samples = self.values_uv.len() / self.derived_uv.len().max(1);
        let Some(first) = self.first.take().filter(|_| n_samples > 0) else {
            return;
        };
        out(TraceSlice {
            montage: &self.montage,
            sample_rate_hz: self.sample_rate_hz,
            run: first.run,
            first_index: first.index,
            first_stamp_secs: first.stamp_secs,
            values_uv: &self.values_uv,
        });
        self.values_uv.clear();
    }
}

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
    (BLOCK_SECS * sample_rate_hz).ceil().max(1.0) as usize
}
