//! Power of every channel in every band, with its degrees of freedom, its background and its rest.

use num_complex::Complex64;

use crate::dsp::{
    Averages, FlankFit, FlankRule, FreqAxis, LagWeights, OverlapTable, SpectraShape, band_dof,
};
use crate::metrics::{BandPower, PlannedBand};

/// Plans and rooms of the band estimates. Allocates nothing after construction.
pub(super) struct BandPowerEstimator {
    axis: FreqAxis,
    overlap: OverlapTable,
    bands: Vec<(PlannedBand, Option<FlankFit>)>,
    by_distance: Vec<f64>,
    estimates: Vec<BandPower>,
}

impl BandPowerEstimator {
    pub(super) fn new(
        axis: FreqAxis,
        overlap: &OverlapTable,
        bands: &[PlannedBand],
        mains_hz: f64,
        n_channels: usize,
    ) -> Self {
        let with_flanks = |info: &PlannedBand| {
            let others = bands.iter().filter(|other| other.band != info.band);
            let rule = FlankRule {
                mains_hz: Some(mains_hz),
                other_bands_hz: others
                    .map(|other| (other.band.lo_hz(), other.band.hi_hz()))
                    .collect(),
                ..FlankRule::default()
            };
            let (lo_hz, hi_hz) = (info.band.lo_hz(), info.band.hi_hz());
            (info.clone(), FlankFit::new(&axis, lo_hz, hi_hz, &rule))
        };
        Self {
            bands: bands.iter().map(with_flanks).collect(),
            by_distance: vec![0.0; overlap.n_correlated_bins()],
            overlap: overlap.clone(),
            estimates: vec![BandPower::NONE; n_channels * bands.len()],
            axis,
        }
    }

    /// Read the bands of `psd`, channel after channel, whose segments have these weights.
    pub(super) fn update(&mut self, psd_uv2_per_hz: &[f64], weights: &LagWeights) {
        if weights.sum() <= 0.0 {
            self.estimates.fill(BandPower::NONE);
            return;
        }
        self.overlap.bin_variances(weights, &mut self.by_distance);
        let n_bins = self.axis.n_bins();
        let channels = psd_uv2_per_hz.chunks_exact(n_bins);
        let rows = self.estimates.chunks_exact_mut(self.bands.len().max(1));
        for (psd, row) in channels.zip(rows) {
            for ((info, flanks), estimate) in self.bands.iter().zip(row) {
                let first = info.bins.start.saturating_sub(1);
                let last = (info.bins.end + 1).min(n_bins);
                let share = |i: usize| {
                    let (lo_hz, hi_hz) = (info.band.lo_hz(), info.band.hi_hz());
                    self.axis.share_within(first + i, lo_hz, hi_hz)
                };
                let power = |i: usize| psd[first + i] * share(i);
                let n = last - first;
                *estimate = BandPower {
                    power_uv2: (0..n).map(power).sum::<f64>() * self.axis.df_hz(),
                    dof: band_dof(n, power, &self.by_distance),
                    snr: flanks
                        .as_ref()
                        .and_then(|flanks| flanks.snr(psd, &self.by_distance)),
                };
            }
        }
    }

    /// Channel after channel, an estimate per band.
    pub(super) fn estimates(&self) -> &[BandPower] {
        &self.estimates
    }
}

/// The powers at rest that others are compared with.
pub(super) struct RestBaseline {
    wanted_secs: Option<f64>,
    covered_secs: f64,
    newest: Option<u64>,
    segment_secs: f64,
    hop_secs: f64,
    averages: Averages,
    psd: Vec<f64>,
    estimator: BandPowerEstimator,
    is_known: bool,
}

impl RestBaseline {
    /// Collects `wanted_secs` of accepted data from now on, or waits to be told.
    pub(super) fn new(
        wanted_secs: Option<f64>,
        (segment_secs, hop_secs): (f64, f64),
        n_lags: usize,
        shape: SpectraShape,
        estimator: BandPowerEstimator,
    ) -> Self {
        Self {
            wanted_secs,
            covered_secs: 0.0,
            newest: None,
            segment_secs,
            hop_secs,
            psd: vec![0.0; shape.n_channels * shape.n_bins],
            averages: Averages::of_all(n_lags, shape),
            estimator,
            is_known: false,
        }
    }

    /// Collect anew, `secs` of accepted data from now on.
    pub(super) fn begin(&mut self, secs: f64) {
        self.wanted_secs = Some(secs);
        self.covered_secs = 0.0;
        self.newest = None;
        self.averages.clear();
        self.is_known = false;
    }

    /// Take an accepted segment.
    pub(super) fn push(&mut self, hop: u64, spectra: &[Complex64]) {
        let Some(wanted_secs) = self.wanted_secs else {
            return;
        };
        let n_values = spectra.len() / (self.psd.len() / self.estimator.axis.n_bins()).max(1);
        self.averages.push(hop, 0.0, |ch, slot| {
            slot.copy_from_slice(&spectra[ch * n_values..(ch + 1) * n_values]);
        });
        let new_secs = self.newest.map_or(f64::INFINITY, |newest| {
            (hop - newest) as f64 * self.hop_secs
        });
        self.covered_secs += new_secs.min(self.segment_secs);
        self.newest = Some(hop);
        if self.covered_secs + 1e-6 >= wanted_secs {
            self.averages.psd_into(&mut self.psd);
            self.estimator.update(&self.psd, self.averages.weights());
            self.is_known = true;
            self.wanted_secs = None;
        }
    }

    /// The powers at rest, channel after channel; `None` while they are not known.
    pub(super) fn estimates(&self) -> Option<&[BandPower]> {
        self.is_known.then(|| self.estimator.estimates())
    }

    /// Share of the wanted rest that has been collected; 1 when done, 0 while nobody asked.
    pub(super) fn progress(&self) -> f64 {
        match self.wanted_secs {
            Some(wanted_secs) => (self.covered_secs / wanted_secs).min(1.0),
            None => f64::from(u8::from(self.is_known)),
        }
    }
}
