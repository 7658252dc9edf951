//! What is computed, checked once.

use serde::{Deserialize, Serialize};

use crate::dsp::{
    Averaging, Detrend, Multitaper, PlanError, SegmentPlan, TaperKind, TaperSet, looks::LookPlan,
    looks::LookPlanError,
};
use crate::metrics::artefact::ArtefactLimits;
use crate::metrics::periodic::{PeriodicError, PeriodicSettings};
use crate::metrics::{Limits, PairChoice, TaperChoice};
use crate::signal::{Band, Reference, microvolts_per_unit, off};

/// How spectra, coherence and responses are estimated.
///
/// For serde it is the section `[analysis]` of a configuration without its tapers and references; what other sections say, and what several
/// keys say together, `config` puts in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnalysisSettings {
    /// Length of a segment.
    pub segment_secs: f64,
    /// From one segment to the next.
    pub hop_secs: f64,
    /// Time over which segments are averaged.
    pub integration_secs: f64,
    /// How older segments leave the averages.
    #[serde(rename = "average")]
    pub averaging: Averaging,
    /// What each segment is multiplied with.
    #[serde(skip)]
    pub taper: TaperChoice,
    /// Trend removed from each segment.
    pub detrend: Detrend,
    /// Highest frequency kept.
    pub max_hz: f64,
    /// False-positive rate of critical values.
    pub alpha: f64,
    /// Labels of the channels analysed; all EEG channels if empty.
    pub channels: Vec<String>,
    /// The unit of all channels, whatever the stream says; `None` to believe the stream.
    #[serde(skip)]
    pub unit: Option<String>,
    /// Labels of channels that are kept out: of averages, references and tests.
    #[serde(skip)]
    pub bad: Vec<String>,
    /// Pairs whose coherence is computed.
    pub pairs: PairChoice,
    /// The bands read out.
    #[serde(skip)]
    pub bands: Vec<Band>,
    /// Against what channels are measured.
    #[serde(skip)]
    pub reference: Reference,
    /// Corner of the causal high-pass before everything; `None` for none.
    #[serde(with = "off")]
    pub high_pass_hz: Option<f64>,
    /// The mains: left out of backgrounds, measured, and warned of.
    pub mains_hz: f64,
    /// Which segments are no EEG.
    #[serde(skip)]
    pub artefacts: ArtefactLimits,
    /// Accepted data from the start on that become the rest baseline; `None` to wait for the command.
    #[serde(with = "off")]
    pub rest_secs: Option<f64>,
    /// What is asked of EEG and stimulus together.
    #[serde(skip)]
    pub response: ResponseSettings,
    /// Take the mains off the traces on the screen; nothing that is measured is filtered by it.
    #[serde(skip)]
    pub trace_notch: bool,
    /// Stimuli that repeat, each read out on its own.
    #[serde(skip)]
    pub periodic: Vec<PeriodicSettings>,
    /// Sum the phase measures of all pairs, however many: somebody reads them.
    #[serde(skip)]
    pub with_phases: bool,
    /// What it may cost.
    #[serde(skip)]
    pub limits: Limits,
}

impl Default for AnalysisSettings {
    fn default() -> Self {
        Self {
            segment_secs: 2.0,
            hop_secs: 0.25,
            integration_secs: 16.0,
            averaging: Averaging::Sliding,
            taper: TaperChoice::Kind(TaperKind::Hann),
            detrend: Detrend::Constant,
            max_hz: 100.0,
            alpha: 0.05,
            channels: Vec::new(),
            unit: None,
            bad: Vec::new(),
            pairs: PairChoice::Auto,
            bands: Band::presets(),
            reference: Reference::None,
            high_pass_hz: None,
            mains_hz: 50.0,
            artefacts: ArtefactLimits::default(),
            rest_secs: None,
            response: ResponseSettings::default(),
            trace_notch: false,
            periodic: Vec::new(),
            with_phases: false,
            limits: Limits::default(),
        }
    }
}

/// What is asked of EEG and stimulus together: the estimator, its control and its detection.
///
/// For serde it is the section `[detection]` of a configuration; what other sections say `config` puts in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResponseSettings {
    /// Time over which segments are averaged.
    #[serde(skip)]
    pub integration_secs: f64,
    /// The control compares the EEG with the stimulus of so long ago.
    #[serde(skip)]
    pub control_shift_secs: f64,
    /// Family-wise error rate of a run's detections, over looks, bands and channels.
    pub alpha: f64,
    /// Looks of a run.
    #[serde(rename = "looks")]
    pub n_looks: usize,
    /// Accepted data of each look.
    pub block_secs: f64,
    /// Probability at each look but the last of giving up a test without response; empty for never.
    pub futility: Vec<f64>,
    /// Names of the bands tested; all bands within reach if empty.
    #[serde(skip)]
    pub bands: Vec<String>,
    /// Circular shifts in the background.
    pub n_shifts: usize,
    /// The least of them.
    pub min_shift_secs: f64,
}

impl Default for ResponseSettings {
    fn default() -> Self {
        Self {
            integration_secs: 120.0,
            control_shift_secs: 20.0,
            alpha: 0.05,
            n_looks: 5,
            block_secs: 24.0,
            futility: Vec::new(),
            bands: ["alpha", "gamma 53-56", "gamma 78-81"]
                .map(str::to_owned)
                .to_vec(),
            n_shifts: 199,
            min_shift_secs: 5.0,
        }
    }
}

/// Why settings were refused, or do not fit a stream.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// A number is outside what is allowed.
    #[error("{key} = {value}; allowed is {allowed}")]
    Range {
        /// The setting.
        key: &'static str,
        /// What was found.
        value: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A unit that is no voltage that can be read.
    #[error(
        "channels.unit = {unit:?}; allowed is \"V\", \"mV\", \"uV\", \"nV\", or a number times one of them like \"0.1 uV\""
    )]
    Unit {
        /// As written.
        unit: String,
    },
    /// Two bands have one name.
    #[error("two bands are called {name:?}; each needs a name of its own")]
    BandTwice {
        /// The name.
        name: String,
    },
    /// A band to be tested that does not exist.
    #[error("detection is to test the band {name:?}; there are {}", available.join(", "))]
    NoSuchBand {
        /// As written.
        name: String,
        /// The bands there are.
        available: Vec<String>,
    },
    /// The looks of detection cannot be planned.
    #[error("detection: {0}")]
    Looks(#[from] LookPlanError),
    /// The prolate tapers do not exist for segments of this length.
    #[error(
        "analysis.half_bandwidth_hz = {half_bandwidth_hz}, analysis.n_tapers = {n_tapers:?}: {problem}"
    )]
    Tapers {
        /// Half-bandwidth asked for.
        half_bandwidth_hz: f64,
        /// Tapers asked for.
        n_tapers: Option<usize>,
        /// What is wrong.
        problem: String,
    },
    /// A filter that the rate does not allow.
    #[error("analysis.high_pass_hz = {value}: {problem}")]
    Filter {
        /// Corner asked for.
        value: f64,
        /// What is wrong.
        problem: String,
    },
    /// Two periodic stimuli have one name.
    #[error("two periodic stimuli are called {name:?}; each needs a name of its own")]
    PeriodicTwice {
        /// The name.
        name: String,
    },
    /// A periodic stimulus makes no sense, or does not fit the rate.
    #[error("[[periodic]]: {0}")]
    Periodic(#[from] PeriodicError),
    /// It would take more memory than it may.
    #[error(
        "the analysis needs {mb:.0} MB of memory, {cost_mb:.0} MB of it for {what} ({key} = {value}); limits.memory_mb allows {allowed_mb:.0}: {hint}"
    )]
    Memory {
        /// All it needs.
        mb: f64,
        /// What is allowed.
        allowed_mb: f64,
        /// The greatest cost.
        what: &'static str,
        /// How much that is.
        cost_mb: f64,
        /// The setting that makes it smaller.
        key: &'static str,
        /// What was found.
        value: f64,
        /// What would fit.
        hint: String,
    },
    /// The segment has too few samples at the stream's rate.
    #[error("at {sample_rate_hz} Hz, {source}")]
    Plan {
        /// The stream's rate.
        sample_rate_hz: f64,
        /// What is wrong.
        source: PlanError,
    },
}

/// `Ok` where `ok`, otherwise the refusal of `value`.
pub(super) fn range(
    key: &'static str,
    value: f64,
    ok: bool,
    allowed: &'static str,
) -> Result<(), SettingsError> {
    if ok && value.is_finite() {
        Ok(())
    } else {
        Err(SettingsError::Range {
            key,
            value,
            allowed,
        })
    }
}

fn positive(key: &'static str, value: Option<f64>) -> Result<(), SettingsError> {
    value.map_or(Ok(()), |v| range(key, v, v > 0.0, "above 0, or 0 for off"))
}

impl AnalysisSettings {
    /// Checks what can be checked without a stream.
    ///
    /// # Errors
    /// [`SettingsError`] for the first setting that makes no sense.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.check_times()?;
        let max = self.max_hz;
        range("analysis.max_hz", max, max >= 1.0, "at least 1")?;
        range(
            "analysis.alpha",
            self.alpha,
            self.alpha > 0.0 && self.alpha <= 0.5,
            "above 0, up to 0.5",
        )?;
        if let TaperChoice::Multitaper {
            half_bandwidth_hz, ..
        } = self.taper
        {
            range(
                "analysis.half_bandwidth_hz",
                half_bandwidth_hz,
                half_bandwidth_hz * self.segment_secs >= 1.0,
                "at least 1 / analysis.segment_secs",
            )?;
        }
        let mains = self.mains_hz;
        let mains_ok = (40.0..=70.0).contains(&mains);
        range("analysis.mains_hz", mains, mains_ok, "40 to 70")?;
        positive("analysis.high_pass_hz", self.high_pass_hz)?;
        positive("analysis.rest_secs", self.rest_secs)?;
        positive("artefacts.peak_to_peak_uv", self.artefacts.peak_to_peak_uv)?;
        positive("artefacts.amplitude_uv", self.artefacts.amplitude_uv)?;
        positive("artefacts.flat_uv", self.artefacts.flat_uv)?;
        let flat = self.artefacts.flat_secs;
        range("artefacts.flat_secs", flat, flat > 0.0, "above 0")?;
        self.limits.check()?;
        let unit = self.unit.as_ref();
        if let Some(unit) = unit.filter(|unit| microvolts_per_unit(unit).is_none()) {
            return Err(SettingsError::Unit { unit: unit.clone() });
        }
        self.check_bands()?;
        self.check_periodic()?;
        self.response.check(self.segment_secs)
    }

    fn check_times(&self) -> Result<(), SettingsError> {
        let (segment, hop) = (self.segment_secs, self.hop_secs);
        range(
            "analysis.segment_secs",
            segment,
            (0.1..=60.0).contains(&segment),
            "0.1 to 60",
        )?;
        range(
            "analysis.hop_secs",
            hop,
            hop >= 0.02 && hop <= segment,
            "0.02 to analysis.segment_secs",
        )?;
        let integration = self.integration_secs;
        range(
            "analysis.integration_secs",
            integration,
            integration >= segment && integration <= 600.0,
            "analysis.segment_secs to 600",
        )
    }

    fn check_bands(&self) -> Result<(), SettingsError> {
        for (i, band) in self.bands.iter().enumerate() {
            let is_twice = |other: &Band| other.name() == band.name();
            if self.bands[..i].iter().any(is_twice) {
                return Err(SettingsError::BandTwice {
                    name: band.name().to_owned(),
                });
            }
        }
        let names = self.bands.iter().map(|band| band.name().to_owned());
        for name in &self.response.bands {
            if !self.bands.iter().any(|band| band.name() == name) {
                return Err(SettingsError::NoSuchBand {
                    name: name.clone(),
                    available: names.collect(),
                });
            }
        }
        Ok(())
    }

    /// Names and what needs no rate; the rest is checked when the stream is known.
    fn check_periodic(&self) -> Result<(), SettingsError> {
        for (i, stimulus) in self.periodic.iter().enumerate() {
            let is_twice = |other: &PeriodicSettings| other.name == stimulus.name;
            if self.periodic[..i].iter().any(is_twice) {
                return Err(SettingsError::PeriodicTwice {
                    name: stimulus.name.clone(),
                });
            }
            stimulus.check(f64::INFINITY)?;
        }
        Ok(())
    }

    /// Take other bands; those tested that are no longer there leave the family, which is all bands once none is left.
    pub fn set_bands(&mut self, bands: Vec<Band>) {
        let is_there = |name: &String| bands.iter().any(|band| band.name() == name);
        self.response.bands.retain(is_there);
        self.bands = bands;
    }

    /// Segments and hops in samples at a stream's rate.
    ///
    /// # Errors
    /// [`SettingsError::Plan`] when a segment has too few samples.
    pub fn segment_plan(&self, sample_rate_hz: f64) -> Result<SegmentPlan, SettingsError> {
        let samples = |secs: f64| whole_samples(secs * sample_rate_hz);
        SegmentPlan::new(samples(self.segment_secs), samples(self.hop_secs).max(1)).map_err(
            |source| SettingsError::Plan {
                sample_rate_hz,
                source,
            },
        )
    }

    /// The tapers of segments of `len` samples.
    ///
    /// # Errors
    /// [`SettingsError::Tapers`] when there are no such prolate tapers.
    pub fn tapers(&self, len: usize, sample_rate_hz: f64) -> Result<TaperSet, SettingsError> {
        match self.taper {
            TaperChoice::Kind(kind) => Ok(TaperSet::of_kind(kind, len)),
            TaperChoice::Multitaper {
                half_bandwidth_hz,
                n_tapers,
            } => {
                let plan = Multitaper {
                    half_bandwidth_bins: half_bandwidth_hz * len as f64 / sample_rate_hz,
                    n_tapers,
                    ..Multitaper::default()
                };
                TaperSet::multitaper(&plan, len).map_err(|error| SettingsError::Tapers {
                    half_bandwidth_hz,
                    n_tapers,
                    problem: error.to_string(),
                })
            }
        }
    }
}

impl ResponseSettings {
    fn check(&self, segment_secs: f64) -> Result<(), SettingsError> {
        let integration = self.integration_secs;
        range(
            "stimulus.integration_secs",
            integration,
            integration >= segment_secs && integration <= 3600.0,
            "analysis.segment_secs to 3600",
        )?;
        let shift = self.control_shift_secs;
        let shift_ok = (5.0..=600.0).contains(&shift);
        range("stimulus.control_shift_secs", shift, shift_ok, "5 to 600")?;
        let alpha = self.alpha;
        let alpha_ok = alpha > 0.0 && alpha <= 0.5;
        range("detection.alpha", alpha, alpha_ok, "above 0, up to 0.5")?;
        let block = self.block_secs;
        range(
            "detection.block_secs",
            block,
            block >= 4.0 * segment_secs && block <= 3600.0,
            "4 * analysis.segment_secs to 3600",
        )?;
        let shifts = self.n_shifts;
        let shifts_ok = shifts == 0 || (19..=9999).contains(&shifts);
        let allowed = "19 to 9999, or 0 for none";
        range("detection.n_shifts", shifts as f64, shifts_ok, allowed)?;
        let least = self.min_shift_secs;
        range(
            "detection.min_shift_secs",
            least,
            least >= 5.0,
            "at least 5",
        )?;
        self.look_plan(1).map(|_| ())
    }

    /// When a family of `n_family` tests looks, and what each must reach.
    ///
    /// # Errors
    /// [`SettingsError::Looks`] for rates that are no probabilities.
    pub fn look_plan(&self, n_family: usize) -> Result<LookPlan, SettingsError> {
        let n_looks = self.n_looks;
        let even = vec![self.alpha / n_looks.max(1) as f64; n_looks.min(1000)];
        Ok(LookPlan::new(&even, &self.futility, n_family)?)
    }
}

/// Nearest whole number of samples, none below 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, and a float-to-int cast saturates"
)]
pub(super) fn whole_samples(samples: f64) -> usize {
    samples.round() as usize
}

#[cfg(test)]
mod tests;
