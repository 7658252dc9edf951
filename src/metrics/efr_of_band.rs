//! One band of the primary estimator, as every sink shows it.

use crate::dsp::msc_critical;
use crate::dsp::stimulus_response::BandResponse;
use crate::dsp::transfer::Transfer;
use crate::metrics::Plan;
use crate::metrics::detection::Detection;
use crate::metrics::response::{ResponsePlan, ResponseSnapshot};

/// EEG against stimulus in one band: every channel's estimate with its control and its test.
#[derive(Debug, Clone, Copy)]
pub struct EfrOfBand<'a> {
    /// What the numbers mean.
    pub plan: &'a Plan,
    /// Looks, thresholds and integration time.
    pub response_plan: &'a ResponsePlan,
    /// Everything about EEG and stimulus.
    pub response: &'a ResponseSnapshot,
    /// The band, as index into the plan's bands.
    pub band: usize,
}

impl<'a> EfrOfBand<'a> {
    /// Channel `ch` against the stimulus.
    #[must_use]
    pub fn estimate(&self, ch: usize) -> &'a BandResponse {
        &self.response.bands[ch * self.plan.bands.len() + self.band]
    }

    /// Channel `ch` against the stimulus of [`ResponsePlan::control_shift_secs`] ago.
    #[must_use]
    pub fn control(&self, ch: usize) -> &'a BandResponse {
        &self.response.control[ch * self.plan.bands.len() + self.band]
    }

    /// Gain and coherence of channel `ch`, a value per bin.
    #[must_use]
    pub fn transfers(&self, ch: usize) -> &'a [Transfer] {
        let n_bins = self.plan.axis.n_bins();
        &self.response.transfers[ch * n_bins..(ch + 1) * n_bins]
    }

    /// The bin in the middle of the band: gains are quoted there.
    #[must_use]
    pub fn centre_bin(&self) -> usize {
        let bins = &self.plan.bands[self.band].bins;
        (usize::midpoint(bins.start, bins.end.saturating_sub(1)))
            .min(self.plan.axis.n_bins().saturating_sub(1))
    }

    /// Its frequency.
    #[must_use]
    pub fn centre_hz(&self) -> f64 {
        self.plan.axis.hz(self.centre_bin())
    }

    /// Gain and coherence of channel `ch` in the middle of the band.
    #[must_use]
    pub fn centre(&self, ch: usize) -> &'a Transfer {
        &self.transfers(ch)[self.centre_bin()]
    }

    /// MSC of one bin that independent signals exceed with probability [`Plan::alpha`]; `None` below two segments.
    #[must_use]
    pub fn bin_critical(&self) -> Option<f64> {
        msc_critical(self.plan.alpha, self.response.n_eff)
    }

    /// Place of the band among the tested ones; `None` where it is not tested.
    #[must_use]
    pub fn tested(&self) -> Option<usize> {
        let tested = &self.response_plan.tested;
        tested.iter().position(|&band| band == self.band)
    }

    /// The test of channel `ch`; `None` where the band is not tested.
    #[must_use]
    pub fn detection(&self, ch: usize) -> Option<&'a Detection> {
        let place = ch * self.response_plan.tested.len() + self.tested()?;
        self.response.detections.get(place)
    }
}
