//! EEG against stimulus: averages over their integration time, what they say in each band, and the control.

use std::ops::Range;

use num_complex::Complex64;

use crate::dsp::stimulus_response::StimulusResponse;
use crate::dsp::{Averages, Averaging, OverlapTable, SpectraShape, TaperSet};
use crate::metrics::response::{ResponsePlan, ResponseSnapshot};
use crate::metrics::stages::earlier::EarlierStimulus;
use crate::metrics::{Plan, Segment};

/// Averages of the segments that count towards the response. Allocates nothing after construction.
pub(in crate::metrics) struct ResponseStage {
    n_channels: usize,
    n_bins: usize,
    overlap: OverlapTable,
    true_time: Averaged,
    control: Averaged,
    earlier: EarlierStimulus,
    segment_secs: f64,
    hop_secs: f64,
    newest: u64,
}

/// Averaged spectra of the channels and one stimulus, and what they say.
struct Averaged {
    averages: Averages,
    estimator: StimulusResponse,
    psd: Vec<f64>,
    csd: Vec<Complex64>,
    /// Scratch: the stimulus in the segments that a channel has.
    stimulus: Vec<f64>,
}

impl ResponseStage {
    pub(in crate::metrics) fn new(
        plan: &Plan,
        response: &ResponsePlan,
        (tapers, overlap): (&TaperSet, &OverlapTable),
    ) -> Self {
        let n_channels = plan.montage.len();
        let averaged = || Averaged::new(plan, response, (tapers, overlap));
        let n_values = plan.n_tapers * plan.axis.n_bins();
        Self {
            n_channels,
            n_bins: plan.axis.n_bins(),
            overlap: overlap.clone(),
            true_time: averaged(),
            control: averaged(),
            earlier: EarlierStimulus::new(response.control_shift_secs, plan.hop_secs, n_values),
            segment_secs: plan.segment_secs,
            hop_secs: plan.hop_secs,
            newest: 0,
        }
    }

    /// Bytes that a stage of these plans holds.
    pub(in crate::metrics) fn bytes(plan: &Plan, response: &ResponsePlan) -> f64 {
        let values = plan.segment_values();
        let kept = match response.averaging {
            Averaging::Sliding => plan.n_hops_within(response.integration_secs) as f64,
            Averaging::Forgetting => 1.0,
        };
        let earlier = response.control_shift_secs / plan.hop_secs + 2.0;
        let of_stimulus = values / (plan.montage.len() + 1) as f64;
        2.0 * (16.0 * values * kept + 140.0 * values) + 16.0 * of_stimulus * earlier
    }

    /// Read out other bands; the averages go on.
    pub(in crate::metrics) fn set_bands(
        &mut self,
        plan: &Plan,
        (tapers, overlap): (&TaperSet, &OverlapTable),
    ) {
        for averaged in [&mut self.true_time, &mut self.control] {
            averaged.estimator = estimator(plan, (tapers, overlap));
        }
    }

    /// Average anew: another stimulus, or a new run.
    pub(in crate::metrics) fn begin_run(&mut self) {
        self.true_time.averages.clear();
        self.control.averages.clear();
    }

    /// `hop` brought no segment that counts.
    pub(in crate::metrics) fn pass(&mut self, hop: u64) {
        self.newest = hop;
        self.true_time.averages.pass(hop);
        self.control.averages.pass(hop);
    }

    /// Take a segment that counts, with its stimulus and, for the control, with that of some time ago.
    pub(in crate::metrics) fn take(&mut self, segment: &Segment<'_>) {
        let (hop, centre_secs, n) = (segment.hop, segment.centre_secs, self.n_channels);
        self.newest = hop;
        let averages = &mut self.true_time.averages;
        let place = (hop, centre_secs);
        averages.push_partly(place, segment.lacks, |ch, slot| {
            slot.copy_from_slice(segment.channel(ch));
        });
        self.earlier.keep(hop, segment.stimulus());
        let averages = &mut self.control.averages;
        match self.earlier.recall(hop) {
            None => averages.pass(hop),
            Some(stimulus) => averages.push_partly(place, segment.lacks, |ch, slot| {
                slot.copy_from_slice(if ch == n {
                    stimulus
                } else {
                    segment.channel(ch)
                });
            }),
        }
    }

    /// Work out the estimates from the averages as they are.
    pub(in crate::metrics) fn update(&mut self) {
        self.true_time.update(&self.overlap, self.n_bins);
        self.control.update(&self.overlap, self.n_bins);
    }

    /// Write everything into `out`.
    pub(in crate::metrics) fn write(&self, out: &mut ResponseSnapshot) {
        let averages = &self.true_time.averages;
        let estimator = &self.true_time.estimator;
        out.n_segments = averages.n_segments();
        out.n_eff = self.overlap.n_eff(averages.weights());
        let oldest = averages.oldest_hop(self.newest);
        let since_oldest = self.newest.saturating_sub(oldest) as f64 * self.hop_secs;
        out.integration_secs = if out.n_segments > 0 {
            self.segment_secs + since_oldest
        } else {
            0.0
        };
        let of_stimulus = self.n_channels * self.n_bins;
        out.stimulus_psd
            .copy_from_slice(&self.true_time.psd[of_stimulus..]);
        out.too_weak.copy_from_slice(estimator.too_weak());
        out.transfers.copy_from_slice(estimator.transfers());
        out.bands.copy_from_slice(estimator.bands());
        out.control.copy_from_slice(self.control.estimator.bands());
        out.control_n_eff = self.overlap.n_eff(self.control.averages.weights());
    }
}

impl Averaged {
    fn new(plan: &Plan, response: &ResponsePlan, of: (&TaperSet, &OverlapTable)) -> Self {
        let (n_channels, n_bins) = (plan.montage.len(), plan.axis.n_bins());
        let shape = SpectraShape::against_stimulus(n_channels, n_bins, plan.n_tapers);
        let n_hops = plan.n_hops_within(response.integration_secs);
        Self {
            averages: Averages::new(response.averaging, n_hops, of.1.n_lags(), shape),
            estimator: estimator(plan, of),
            psd: vec![0.0; (n_channels + 1) * n_bins],
            csd: vec![Complex64::default(); n_channels * n_bins],
            stimulus: vec![0.0; n_bins],
        }
    }

    /// Read every channel; the stimulus stands behind the channels. One that lacks segments is compared with the stimulus of its own.
    fn update(&mut self, overlap: &OverlapTable, n_bins: usize) {
        let n_eff = overlap.n_eff(self.averages.weights());
        self.averages.psd_into(&mut self.psd);
        self.averages.csd_into(&mut self.csd);
        let n_channels = self.psd.len() / n_bins - 1;
        let of = |ch: usize| ch * n_bins..(ch + 1) * n_bins;
        for ch in (0..n_channels).filter(|&ch| self.averages.lacks(ch)) {
            self.averages.partner_psd_into(ch, &mut self.stimulus);
            let n_eff = overlap.n_eff(self.averages.weights_of(ch));
            self.estimator.stimulus(&self.stimulus, n_eff);
            let (syy, sxy) = (&self.psd[of(ch)], &self.csd[of(ch)]);
            self.estimator.channel(ch, &self.stimulus, syy, sxy);
        }
        let sxx = &self.psd[n_channels * n_bins..];
        self.estimator.stimulus(sxx, n_eff);
        for ch in (0..n_channels).filter(|&ch| !self.averages.lacks(ch)) {
            let (syy, sxy) = (&self.psd[of(ch)], &self.csd[of(ch)]);
            self.estimator.channel(ch, sxx, syy, sxy);
        }
    }
}

fn estimator(plan: &Plan, of: (&TaperSet, &OverlapTable)) -> StimulusResponse {
    let bins: Vec<Range<usize>> = plan.bands.iter().map(|b| b.bins.clone()).collect();
    let limit_hz = plan
        .response
        .as_ref()
        .map_or(f64::INFINITY, |response| response.limit_hz);
    StimulusResponse::new(plan.axis, of, bins, plan.montage.len(), plan.alpha).up_to(limit_hz)
}
