//! Averaged spectra of the EEG, and the power of every channel in every band.

use crate::dsp::{Averages, Averaging, OverlapTable, SpectraShape};
use crate::metrics::stages::band_power::BandPowerEstimator;
use crate::metrics::{Plan, Segment, Snapshot};

/// Averages of the accepted segments. They are lent to the stages that need them.
pub(in crate::metrics) struct EegStage {
    n_channels: usize,
    n_bins: usize,
    averages: Averages,
    overlap: OverlapTable,
    /// Of the derivations, then of the stimulus.
    psd: Vec<f64>,
    bands: BandPowerEstimator,
}

impl EegStage {
    pub(in crate::metrics) fn new(plan: &Plan, overlap: &OverlapTable) -> Self {
        let (n_channels, n_bins) = (plan.montage.len(), plan.axis.n_bins());
        let averages = Averages::new(
            plan.averaging,
            plan.n_window_hops(),
            overlap.n_lags(),
            Self::shape(plan),
        );
        Self {
            n_channels,
            n_bins,
            averages,
            overlap: overlap.clone(),
            psd: vec![0.0; (n_channels + 1) * n_bins],
            bands: BandPowerEstimator::new(plan, overlap),
        }
    }

    /// The derivations and, so that measures given the stimulus find it in the same window, the stimulus.
    fn shape(plan: &Plan) -> SpectraShape {
        SpectraShape {
            n_channels: plan.montage.len() + 1,
            n_bins: plan.axis.n_bins(),
            n_tapers: plan.n_tapers,
            pairs: Vec::new(),
            with_phases: false,
        }
    }

    /// Bytes that a stage of `plan` holds.
    pub(in crate::metrics) fn bytes(plan: &Plan) -> f64 {
        let values = plan.segment_values();
        let kept = match plan.averaging {
            Averaging::Sliding => plan.n_window_hops() as f64,
            Averaging::Forgetting => 1.0,
        };
        16.0 * values * kept + 24.0 * values
    }

    /// Read out other bands; the averages go on.
    pub(in crate::metrics) fn set_bands(&mut self, bands: BandPowerEstimator) {
        self.bands = bands;
    }

    /// Averaged spectra, to be lent.
    pub(in crate::metrics) fn averages(&self) -> &Averages {
        &self.averages
    }

    /// Averaged PSD of the derivations, one after the other.
    pub(in crate::metrics) fn psd(&self) -> &[f64] {
        &self.psd[..self.n_channels * self.n_bins]
    }

    pub(in crate::metrics) fn take(&mut self, segment: &Segment<'_>) {
        let place = (segment.hop, segment.centre_secs);
        self.averages.push_partly(place, segment.lacks, |ch, slot| {
            slot.copy_from_slice(segment.channel(ch));
        });
    }

    /// Average anew: the derivations are others.
    pub(in crate::metrics) fn clear(&mut self) {
        self.averages.clear();
    }

    pub(in crate::metrics) fn pass(&mut self, hop: u64) {
        self.averages.pass(hop);
    }

    pub(in crate::metrics) fn update(&mut self) {
        self.averages.psd_into(&mut self.psd);
        let psd = &self.psd[..self.n_channels * self.n_bins];
        self.bands.update(psd, &self.averages);
    }

    /// Write what the averages up to `hop` hold; where nothing was accepted, not numbers.
    pub(in crate::metrics) fn write(&self, hop: u64, snapshot: &mut Snapshot) {
        let (segment_secs, hop_secs) = (snapshot.plan.segment_secs, snapshot.plan.hop_secs);
        let weights = self.averages.weights();
        snapshot.n_segments = self.averages.n_segments();
        snapshot.n_eff = self.overlap.n_eff(weights);
        if weights.sum() > 0.0 {
            let since_oldest = hop - self.averages.oldest_hop(hop).min(hop);
            snapshot.stamp_secs = self.averages.mean_centre_secs();
            snapshot.integration_secs = segment_secs + since_oldest as f64 * hop_secs;
            snapshot.psd_uv2_per_hz.copy_from_slice(self.psd());
            let channels = snapshot.psd_uv2_per_hz.chunks_exact_mut(self.n_bins);
            for (ch, psd) in channels.enumerate() {
                if self.averages.weights_of(ch).sum() <= 0.0 {
                    psd.fill(f64::NAN);
                }
            }
        } else {
            snapshot.stamp_secs = snapshot.newest_stamp_secs;
            snapshot.integration_secs = 0.0;
            snapshot.psd_uv2_per_hz.fill(f64::NAN);
        }
        for (ch, n_eff) in snapshot.channel_n_eff.iter_mut().enumerate() {
            *n_eff = self.overlap.n_eff(self.averages.weights_of(ch));
        }
        snapshot.bands.copy_from_slice(self.bands.estimates());
    }
}
