//! The periodic stimuli of an analysis: each with its estimator, and the artefact rules applied to its epochs.

use crate::metrics::artefact::{ArtefactCheck, ArtefactLimits};
use crate::metrics::periodic::{
    PeriodicError, PeriodicEstimate, PeriodicEstimator, PeriodicSettings, PooledEstimate,
};
use crate::metrics::{AnalysisSettings, SettingsError};
use crate::signal::{Montage, Polarity};

/// One periodic stimulus at one hop.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PeriodicSnapshot {
    /// What the screen calls it.
    pub name: String,
    /// How often it repeats.
    pub modulation_hz: f64,
    /// Exact length of an epoch.
    pub epoch_secs: f64,
    /// An estimate per channel.
    pub channels: Vec<PeriodicEstimate>,
    /// All channels together.
    pub pooled: PooledEstimate,
}

/// One periodic stimulus. Allocates nothing after construction.
pub(in crate::metrics) struct PeriodicStage {
    modulation_hz: f64,
    estimator: PeriodicEstimator,
    check: ArtefactCheck,
    n_channels: usize,
    /// Electrodes that each channel is made of.
    electrodes: Vec<Vec<usize>>,
    /// Values of the channels, then of the electrodes.
    values_uv: Vec<f64>,
    /// Electrodes that the epoch just complete is no EEG of.
    spoilt: Vec<bool>,
}

impl PeriodicStage {
    pub(in crate::metrics) fn new(
        settings: &PeriodicSettings,
        sample_rate_hz: f64,
        montage: &Montage,
        (mains_hz, alpha): (f64, f64),
        limits: ArtefactLimits,
    ) -> Result<Self, PeriodicError> {
        let (n_channels, n_electrodes) = (montage.len(), montage.electrodes().len());
        let n = (n_channels, n_electrodes);
        let estimator =
            PeriodicEstimator::with_judged(settings, sample_rate_hz, n, mains_hz, alpha)?;
        // an epoch may stand on an offset: only its own span is judged
        let limits = ArtefactLimits {
            amplitude_uv: None,
            ..limits
        };
        Ok(Self {
            modulation_hz: settings.modulation_hz,
            estimator,
            check: ArtefactCheck::new(limits, sample_rate_hz),
            n_channels,
            electrodes: (0..n_channels)
                .map(|ch| montage.electrodes_of(ch))
                .collect(),
            values_uv: vec![0.0; n_channels + n_electrodes],
            spoilt: vec![false; n_electrodes],
        })
    }

    /// Take a sample: derived and conditioned, and its electrodes as recorded. Electrodes are judged, a channel loses the epochs that any of its own spoils. One
    /// that is set aside spoils only those of derivations that are out with it.
    pub(in crate::metrics) fn push(
        &mut self,
        (run, index): (u32, u64),
        (derived_uv, electrodes_uv): (&[f64], &[f64]),
        (is_aside, is_out): (&[bool], &[bool]),
        polarity: Option<Polarity>,
    ) {
        let (channels, electrodes) = self.values_uv.split_at_mut(self.n_channels);
        channels.copy_from_slice(derived_uv);
        electrodes.copy_from_slice(electrodes_uv);
        if !self.estimator.push(run, index, &self.values_uv, polarity) {
            return;
        }
        for (electrode, is_spoilt) in self.spoilt.iter_mut().enumerate() {
            let epoch = self.estimator.epoch(self.n_channels + electrode);
            let breaks_rule = |check: &mut ArtefactCheck| {
                let judged = std::iter::once(Some((epoch, epoch)));
                check.check(judged).is_some()
            };
            *is_spoilt = !is_aside[electrode]
                && (epoch.iter().any(|uv| !uv.is_finite()) || breaks_rule(&mut self.check));
        }
        for (ch, electrodes) in self.electrodes.iter().enumerate() {
            if is_out[ch] || electrodes.iter().any(|&e| self.spoilt[e]) {
                self.estimator.reject(ch);
            }
        }
    }

    /// The stimulus starts at sample `origin`; an origin before the first sample counts as that.
    pub(in crate::metrics) fn begin(&mut self, origin: f64) {
        let begun = self.estimator.begin(origin.max(0.0), None);
        debug_assert!(begun.is_ok(), "an origin at or above 0");
    }

    /// The same for a stimulus that began before sample `index`, from which on it is measured.
    pub(in crate::metrics) fn resume(&mut self, origin: f64, index: u64) {
        let begun = self.estimator.resume(origin.max(0.0), index);
        debug_assert!(begun.is_ok(), "an origin at or above 0");
    }

    pub(in crate::metrics) fn pause(&mut self) {
        self.estimator.pause();
    }

    pub(in crate::metrics) fn reset(&mut self) {
        self.estimator.reset();
    }

    pub(in crate::metrics) fn update(&mut self) {
        self.estimator.update();
    }

    /// Memory for [`write`](Self::write).
    pub(in crate::metrics) fn snapshot(&self) -> PeriodicSnapshot {
        PeriodicSnapshot {
            name: self.estimator.name().to_owned(),
            modulation_hz: self.modulation_hz,
            epoch_secs: self.estimator.epoch_secs(),
            channels: (0..self.n_channels)
                .map(|ch| *self.estimator.estimate(ch))
                .collect(),
            pooled: *self.estimator.pooled(),
        }
    }

    pub(in crate::metrics) fn write(&self, out: &mut PeriodicSnapshot) {
        for (ch, slot) in out.channels.iter_mut().enumerate() {
            *slot = *self.estimator.estimate(ch);
        }
        out.pooled = *self.estimator.pooled();
    }
}

/// The periodic stimuli of the settings.
///
/// # Errors
/// [`SettingsError::Periodic`] for one that does not fit the rate.
pub(in crate::metrics) fn periodic_stages(
    settings: &AnalysisSettings,
    sample_rate_hz: f64,
    montage: &Montage,
) -> Result<Vec<PeriodicStage>, SettingsError> {
    let rules = (settings.mains_hz, settings.alpha);
    let stimuli = settings.periodic.iter();
    let stages = stimuli.map(|stimulus| {
        PeriodicStage::new(stimulus, sample_rate_hz, montage, rules, settings.artefacts)
    });
    Ok(stages.collect::<Result<_, _>>()?)
}
