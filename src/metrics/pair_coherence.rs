//! Coherence and phase measures of every pair in every band, with their nulls.

use num_complex::Complex64;

use crate::dsp::{
    Averages, BandNull, Connectivity, NullLines, NullPlan, OverlapTable, band_msc, msc,
};
use crate::metrics::response::ResponseEstimator;
use crate::metrics::{BandCoherence, PlannedBand};
use crate::signal::Pair;

/// Plans and rooms of the pair estimates. Allocates nothing after construction.
pub(super) struct PairEstimator {
    pairs: Vec<Pair>,
    bands: Vec<PlannedBand>,
    nulls: Vec<BandNull>,
    null_plan: NullPlan,
    estimates: Vec<BandCoherence>,
    critical: Vec<Option<f64>>,
    lines: Option<NullLines>,
}

impl PairEstimator {
    pub(super) fn new(
        pairs: &[Pair],
        bands: &[PlannedBand],
        overlap: &OverlapTable,
        alpha: f64,
    ) -> Self {
        let null = |band: &PlannedBand| BandNull::new(overlap, band.bins.len(), alpha);
        Self {
            estimates: vec![BandCoherence::NONE; pairs.len() * bands.len()],
            critical: vec![None; bands.len()],
            nulls: bands.iter().map(null).collect(),
            null_plan: NullPlan::new(alpha, overlap.n_tapers_eff()),
            lines: None,
            pairs: pairs.to_vec(),
            bands: bands.to_vec(),
        }
    }

    /// Read the pairs of `averages`, whose spectra are `psd` and `csd`.
    pub(super) fn update(
        &mut self,
        averages: &Averages,
        overlap: &OverlapTable,
        (psd, csd): (&[f64], &[Complex64]),
        response: Option<&ResponseEstimator>,
    ) {
        let n_segments_eff = overlap.n_segments_eff(averages.weights());
        let n_eff = overlap.n_eff(averages.weights());
        self.lines = self.null_plan.lines(n_segments_eff);
        for (critical, null) in self.critical.iter_mut().zip(&self.nulls) {
            *critical = null.critical(n_eff);
        }
        let n_bins = csd.len() / self.pairs.len().max(1);
        let n_bands = self.bands.len().max(1);
        let rows = self.estimates.chunks_exact_mut(n_bands);
        for (i, (pair, row)) in self.pairs.iter().zip(rows).enumerate() {
            let (a, b) = (&psd[pair.a * n_bins..], &psd[pair.b * n_bins..]);
            let cross = &csd[i * n_bins..(i + 1) * n_bins];
            for (band, (info, estimate)) in self.bands.iter().zip(row).enumerate() {
                let bins = || info.bins.clone();
                let measures = bins().map(|bin| {
                    let means = averages.pair_means(i, bin)?;
                    Connectivity::new(&means, n_segments_eff)
                });
                *estimate = BandCoherence {
                    msc: band_msc(bins().map(|bin| msc(a[bin], b[bin], cross[bin]))),
                    measures: Connectivity::mean(measures),
                    partial_msc: response.and_then(|r| r.partial_msc(i, band)),
                };
            }
        }
    }

    /// Pair after pair, an estimate per band.
    pub(super) fn estimates(&self) -> &[BandCoherence] {
        &self.estimates
    }

    /// Critical band MSC per band; `None` below two effective segments.
    pub(super) fn critical(&self) -> &[Option<f64>] {
        &self.critical
    }

    /// What the measures of a bin read for independent signals; `None` below two effective segments.
    pub(super) fn lines(&self) -> Option<NullLines> {
        self.lines
    }
}
