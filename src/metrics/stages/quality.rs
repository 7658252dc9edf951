//! How well each channel records: muscle in the newest segment, mains in the averages.

use num_complex::Complex64;

use crate::dsp::FreqAxis;
use crate::metrics::emg::EmgTracker;
use crate::metrics::mains::mains_level_uv;
use crate::metrics::{ChannelQuality, Plan, Segment, Snapshot};

/// Time over which the running median of the muscle index is taken.
const EMG_MEMORY_SECS: f64 = 60.0;

/// Signs of muscle and mains, channel by channel.
pub(in crate::metrics) struct QualityStage {
    axis: FreqAxis,
    mains_hz: f64,
    emg: Vec<EmgTracker>,
    quality: Vec<ChannelQuality>,
    segment_psd: Vec<f64>,
}

impl QualityStage {
    pub(in crate::metrics) fn new(plan: &Plan) -> Self {
        let n_channels = plan.montage.len();
        let n_hops = plan.n_hops_within(EMG_MEMORY_SECS);
        Self {
            axis: plan.axis,
            mains_hz: plan.mains_hz,
            emg: vec![EmgTracker::new(plan.axis, plan.mains_hz, n_hops); n_channels],
            quality: vec![ChannelQuality::UNKNOWN; n_channels],
            segment_psd: vec![0.0; plan.axis.n_bins()],
        }
    }

    pub(in crate::metrics) fn take(&mut self, segment: &Segment<'_>) {
        let trackers = self.emg.iter_mut().zip(&mut self.quality);
        for (ch, (emg, quality)) in trackers.enumerate() {
            if segment.lacks[ch] {
                continue;
            }
            psd_of_segment(segment.channel(ch), &mut self.segment_psd);
            quality.emg = Some(emg.push(&self.segment_psd));
        }
    }

    /// Read the mains out of the averaged `psd`, channel after channel.
    pub(in crate::metrics) fn update(&mut self, psd: &[f64]) {
        let channels = psd.chunks_exact(self.axis.n_bins());
        for (psd, quality) in channels.zip(&mut self.quality) {
            quality.mains_uv = mains_level_uv(&self.axis, psd, self.mains_hz);
        }
    }

    pub(in crate::metrics) fn write(&self, snapshot: &mut Snapshot) {
        snapshot.quality.copy_from_slice(&self.quality);
    }
}

/// PSD of one segment from its spectrum, taper after taper.
fn psd_of_segment(spectrum: &[Complex64], psd: &mut [f64]) {
    psd.fill(0.0);
    for taper in spectrum.chunks_exact(psd.len()) {
        for (psd, z) in psd.iter_mut().zip(taper) {
            *psd += z.norm_sqr();
        }
    }
}
