//! The powers at rest that others are compared with.

use crate::dsp::{Averages, OverlapTable, SpectraShape};
use crate::metrics::stages::band_power::BandPowerEstimator;
use crate::metrics::{Plan, Segment, Snapshot};

/// Collects accepted data at rest, and keeps their spectrum: other bands are read out of the same rest.
pub(in crate::metrics) struct RestStage {
    wanted_secs: Option<f64>,
    covered_secs: f64,
    newest: Option<u64>,
    segment_secs: f64,
    hop_secs: f64,
    n_channels: usize,
    averages: Averages,
    psd: Vec<f64>,
    bands: BandPowerEstimator,
    is_known: bool,
}

impl RestStage {
    /// Collects `wanted_secs` of accepted data from now on, or waits to be told.
    pub(in crate::metrics) fn new(
        plan: &Plan,
        overlap: &OverlapTable,
        wanted_secs: Option<f64>,
    ) -> Self {
        let shape = SpectraShape {
            n_channels: plan.montage.len(),
            n_bins: plan.axis.n_bins(),
            n_tapers: plan.n_tapers,
            pairs: Vec::new(),
            with_phases: false,
        };
        Self {
            wanted_secs,
            covered_secs: 0.0,
            newest: None,
            segment_secs: plan.segment_secs,
            hop_secs: plan.hop_secs,
            n_channels: shape.n_channels,
            psd: vec![0.0; shape.n_channels * shape.n_bins],
            averages: Averages::of_all(overlap.n_lags(), shape),
            bands: BandPowerEstimator::new(plan, overlap),
            is_known: false,
        }
    }

    /// Read out other bands of the same rest.
    pub(in crate::metrics) fn set_bands(&mut self, bands: BandPowerEstimator) {
        self.bands = bands;
        if self.is_known {
            self.bands.update(&self.psd, &self.averages);
        }
    }

    /// Forget the rest: it was one of other derivations. Whether there was one, or one was being collected.
    pub(in crate::metrics) fn end(&mut self) -> bool {
        let was_begun = self.is_begun();
        self.wanted_secs = None;
        self.covered_secs = 0.0;
        self.newest = None;
        self.averages.clear();
        self.is_known = false;
        was_begun
    }

    /// Collect anew, `secs` of accepted data from now on.
    pub(in crate::metrics) fn begin(&mut self, secs: f64) {
        self.wanted_secs = Some(secs);
        self.covered_secs = 0.0;
        self.newest = None;
        self.averages.clear();
        self.is_known = false;
    }

    /// Whether a rest is known or being collected.
    pub(in crate::metrics) fn is_begun(&self) -> bool {
        self.is_known || self.wanted_secs.is_some()
    }

    /// Share of the wanted rest that has been collected; 1 when done, 0 while nobody asked.
    fn progress(&self) -> f64 {
        match self.wanted_secs {
            Some(wanted_secs) => (self.covered_secs / wanted_secs).min(1.0),
            None => f64::from(u8::from(self.is_known)),
        }
    }

    /// Take an accepted segment.
    pub(in crate::metrics) fn take(&mut self, segment: &Segment<'_>) {
        let Some(wanted_secs) = self.wanted_secs else {
            return;
        };
        self.averages
            .push_partly((segment.hop, 0.0), segment.lacks, |ch, slot| {
                slot.copy_from_slice(segment.channel(ch));
            });
        let new_secs = self.newest.map_or(f64::INFINITY, |newest| {
            (segment.hop - newest) as f64 * self.hop_secs
        });
        self.covered_secs += new_secs.min(self.segment_secs);
        self.newest = Some(segment.hop);
        // the time is a sum of whole hops: a rounding must not cost another one
        if self.covered_secs + 1e-6 >= wanted_secs {
            self.averages.psd_into(&mut self.psd);
            self.bands.update(&self.psd, &self.averages);
            self.is_known = true;
            self.wanted_secs = None;
        }
    }

    pub(in crate::metrics) fn write(&self, snapshot: &mut Snapshot) {
        debug_assert_eq!(self.n_channels, snapshot.plan.montage.len(), "one plan");
        snapshot.has_rest = self.is_known;
        if self.is_known {
            snapshot.rest.copy_from_slice(self.bands.estimates());
        }
        snapshot.rest_progress = self.progress();
    }
}
