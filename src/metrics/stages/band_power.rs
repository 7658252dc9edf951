//! Power of every channel in every band, with its degrees of freedom and its background.

use crate::dsp::{Averages, FlankFit, FlankRule, FreqAxis, OverlapTable, band_dof};
use crate::metrics::{BandPower, Plan, PlannedBand};

/// Reads bands out of averaged spectra. Allocates nothing after construction.
pub(in crate::metrics) struct BandPowerEstimator {
    axis: FreqAxis,
    overlap: OverlapTable,
    bands: Vec<(PlannedBand, Option<FlankFit>)>,
    by_distance: Vec<f64>,
    estimates: Vec<BandPower>,
}

impl BandPowerEstimator {
    pub(in crate::metrics) fn new(plan: &Plan, overlap: &OverlapTable) -> Self {
        let (axis, bands) = (plan.axis, &plan.bands);
        let mains_hz = plan.mains_hz;
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
            estimates: vec![BandPower::NONE; plan.montage.len() * bands.len()],
            axis,
        }
    }

    /// Read the bands of `psd`, channel after channel, which came from `averages`.
    pub(super) fn update(&mut self, psd_uv2_per_hz: &[f64], averages: &Averages) {
        let n_bins = self.axis.n_bins();
        let channels = psd_uv2_per_hz.chunks_exact(n_bins);
        let rows = self.estimates.chunks_exact_mut(self.bands.len().max(1));
        let mut are_of_all = false;
        for (ch, (psd, row)) in channels.zip(rows).enumerate() {
            let weights = averages.weights_of(ch);
            if weights.sum() <= 0.0 {
                row.fill(BandPower::NONE);
                continue;
            }
            if !are_of_all || averages.lacks(ch) {
                self.overlap.bin_variances(weights, &mut self.by_distance);
            }
            are_of_all = !averages.lacks(ch);
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
