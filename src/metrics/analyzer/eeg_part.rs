//! What an analysis knows of the EEG alone: averages, bands, pairs, rest and quality.

use num_complex::Complex64;

use crate::dsp::{Averages, LagWeights, OverlapTable, SpectraShape};
use crate::metrics::analyzer::n_window_hops;
use crate::metrics::band_power::{BandPowerEstimator, RestBaseline};
use crate::metrics::emg::EmgTracker;
use crate::metrics::mains::mains_level_uv;
use crate::metrics::pair_coherence::PairEstimator;
use crate::metrics::response::ResponseEstimator;
use crate::metrics::{AnalysisSettings, ChannelQuality, Plan, Snapshot};
use crate::signal::Pair;

/// Time over which the running median of the muscle index is taken.
const EMG_MEMORY_SECS: f64 = 60.0;

/// Averages of the accepted segments and what is read out of them. Allocates nothing after construction.
pub(super) struct EegPart {
    n_bins: usize,
    averages: Averages,
    overlap: OverlapTable,
    psd: Vec<f64>,
    csd: Vec<Complex64>,
    bands: BandPowerEstimator,
    rest: RestBaseline,
    pairs: PairEstimator,
    emg: Vec<EmgTracker>,
    quality: Vec<ChannelQuality>,
    segment_psd: Vec<f64>,
}

impl EegPart {
    pub(super) fn new(settings: &AnalysisSettings, plan: &Plan, overlap: &OverlapTable) -> Self {
        let (axis, n_channels) = (plan.axis, plan.montage.len());
        let shape = |pairs: &[Pair]| SpectraShape {
            n_channels,
            n_bins: axis.n_bins(),
            n_tapers: plan.n_tapers,
            pairs: pairs.iter().map(|pair| (pair.a, pair.b)).collect(),
            with_phases: !pairs.is_empty(),
        };
        let estimator =
            || BandPowerEstimator::new(axis, overlap, &plan.bands, plan.mains_hz, n_channels);
        let n_hops = n_window_hops(plan.integration_secs - plan.segment_secs, plan.hop_secs);
        let n_emg = n_window_hops(EMG_MEMORY_SECS, plan.hop_secs);
        let n_lags = overlap.n_lags();
        let times = (plan.segment_secs, plan.hop_secs);
        let rest = RestBaseline::new(settings.rest_secs, times, n_lags, shape(&[]), estimator());
        Self {
            n_bins: axis.n_bins(),
            averages: Averages::new(settings.averaging, n_hops, n_lags, shape(&plan.pairs)),
            overlap: overlap.clone(),
            psd: vec![0.0; n_channels * axis.n_bins()],
            csd: vec![Complex64::default(); plan.pairs.len() * axis.n_bins()],
            bands: estimator(),
            rest,
            pairs: PairEstimator::new(&plan.pairs, &plan.bands, overlap, plan.alpha),
            emg: (0..n_channels)
                .map(|_| EmgTracker::new(axis, plan.mains_hz, n_emg))
                .collect(),
            quality: vec![ChannelQuality::UNKNOWN; n_channels],
            segment_psd: vec![0.0; axis.n_bins()],
        }
    }

    /// Take the next `secs` of accepted data as the rest baseline.
    pub(super) fn begin_rest(&mut self, secs: f64) {
        self.rest.begin(secs);
    }

    /// `hop` brought no accepted segment.
    pub(super) fn pass(&mut self, hop: u64) {
        self.averages.pass(hop);
    }

    /// Take the spectra of an accepted segment, channel after channel.
    pub(super) fn take(&mut self, hop: u64, centre_secs: f64, spectra: &[Complex64]) {
        let n_values = spectra.len() / self.quality.len().max(1);
        let channels = spectra.chunks_exact(n_values.max(1));
        let trackers = self.emg.iter_mut().zip(&mut self.quality);
        for (spectrum, (emg, quality)) in channels.zip(trackers) {
            psd_of_segment(spectrum, &mut self.segment_psd);
            quality.emg = Some(emg.push(&self.segment_psd));
        }
        self.averages.push(hop, centre_secs, |ch, slot| {
            slot.copy_from_slice(&spectra[ch * n_values..(ch + 1) * n_values]);
        });
        self.rest.push(hop, spectra);
    }

    /// Read everything out of the averages as they are.
    pub(super) fn update(&mut self, plan: &Plan, response: Option<&ResponseEstimator>) {
        self.averages.psd_into(&mut self.psd);
        self.averages.csd_into(&mut self.csd);
        self.bands.update(&self.psd, self.averages.weights());
        let spectra = (&self.psd[..], &self.csd[..]);
        self.pairs
            .update(&self.averages, &self.overlap, spectra, response);
        let channels = self.psd.chunks_exact(self.n_bins);
        for (psd, quality) in channels.zip(&mut self.quality) {
            quality.mains_uv = mains_level_uv(&plan.axis, psd, plan.mains_hz);
        }
    }

    fn weights(&self) -> &LagWeights {
        self.averages.weights()
    }

    /// Write what the averages up to `hop` hold; where nothing was accepted, not numbers.
    pub(super) fn write(&self, hop: u64, snapshot: &mut Snapshot) {
        let (segment_secs, hop_secs) = (snapshot.plan.segment_secs, snapshot.plan.hop_secs);
        snapshot.n_segments = self.averages.n_segments();
        snapshot.n_eff = self.overlap.n_eff(self.weights());
        if self.weights().sum() > 0.0 {
            let since_oldest = hop - self.averages.oldest_hop(hop).min(hop);
            snapshot.stamp_secs = self.averages.mean_centre_secs();
            snapshot.integration_secs = segment_secs + since_oldest as f64 * hop_secs;
            snapshot.psd_uv2_per_hz.copy_from_slice(&self.psd);
        } else {
            snapshot.stamp_secs = snapshot.newest_stamp_secs;
            snapshot.integration_secs = 0.0;
            snapshot.psd_uv2_per_hz.fill(f64::NAN);
        }
        snapshot.csd_uv2_per_hz.copy_from_slice(&self.csd);
        snapshot.bands.copy_from_slice(self.bands.estimates());
        snapshot.has_rest = self.rest.estimates().is_some();
        if let Some(rest) = self.rest.estimates() {
            snapshot.rest.copy_from_slice(rest);
        }
        snapshot.rest_progress = self.rest.progress();
        snapshot.pairs.copy_from_slice(self.pairs.estimates());
        snapshot.msc_critical.copy_from_slice(self.pairs.critical());
        snapshot.null_lines = self.pairs.lines();
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
