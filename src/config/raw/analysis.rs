//! What is computed, as text: `[analysis]`, `[[band]]`, `[artefacts]`, `[detection]`.

use serde::{Deserialize, Serialize};

use crate::config::Problem;
use crate::dsp::{Averaging, Detrend, TaperKind};
use crate::metrics::artefact::ArtefactLimits;
use crate::metrics::periodic::PeriodicSettings;
use crate::metrics::{AnalysisSettings, ResponseSettings, TaperChoice};
use crate::signal::{Band, Reference};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawAnalysis {
    segment_secs: f64,
    hop_secs: f64,
    integration_secs: f64,
    average: String,
    taper: String,
    half_bandwidth_hz: f64,
    n_tapers: usize,
    detrend: String,
    max_hz: f64,
    alpha: f64,
    channels: Vec<String>,
    pairs: Vec<String>,
    reference: String,
    bipolar: Vec<String>,
    high_pass_hz: f64,
    mains_hz: f64,
    rest_secs: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBand {
    name: String,
    lo_hz: f64,
    hi_hz: f64,
    /// Whether detection tests it.
    #[serde(default = "RawBand::tested")]
    tested: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawArtefacts {
    peak_to_peak_uv: f64,
    amplitude_uv: f64,
    flat_uv: f64,
    flat_secs: f64,
    clipped_samples: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawDetection {
    alpha: f64,
    looks: usize,
    block_secs: f64,
    futility: Vec<f64>,
    n_shifts: usize,
    min_shift_secs: f64,
}

const TAPERS: [(&str, TaperKind); 4] = [
    ("hann", TaperKind::Hann),
    ("hamming", TaperKind::Hamming),
    ("blackman-harris", TaperKind::BlackmanHarris),
    ("boxcar", TaperKind::Boxcar),
];
const MULTITAPER: &str = "multitaper";
const AVERAGES: [(&str, Averaging); 2] = [
    ("sliding", Averaging::Sliding),
    ("forgetting", Averaging::Forgetting),
];
const DETRENDS: [(&str, Detrend); 3] = [
    ("constant", Detrend::Constant),
    ("linear", Detrend::Linear),
    ("none", Detrend::None),
];
/// A stimulus that repeats; what is left out stays at its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPeriodic {
    name: String,
    modulation_hz: f64,
    #[serde(default = "RawPeriodic::harmonics")]
    harmonics: usize,
    #[serde(default = "RawPeriodic::epoch_secs")]
    epoch_secs: f64,
    #[serde(default = "RawPeriodic::max_epochs")]
    max_epochs: usize,
}

impl RawPeriodic {
    fn harmonics() -> usize {
        PeriodicSettings::default().n_harmonics
    }

    fn epoch_secs() -> f64 {
        PeriodicSettings::default().epoch_secs
    }

    fn max_epochs() -> usize {
        PeriodicSettings::default().max_epochs
    }

    fn meaning(&self) -> PeriodicSettings {
        PeriodicSettings {
            name: self.name.clone(),
            modulation_hz: self.modulation_hz,
            n_harmonics: self.harmonics,
            epoch_secs: self.epoch_secs,
            max_epochs: self.max_epochs,
        }
    }
}

/// What `analysis.half_bandwidth_hz` says while there is no multitaper.
const HALF_BANDWIDTH_HZ: f64 = 1.5;

/// The meaning of a word.
fn meaning<T: Copy>(
    key: &'static str,
    word: &str,
    words: &[(&str, T)],
    allowed: &'static str,
) -> Result<T, Problem> {
    let found = words.iter().find(|(known, _)| *known == word);
    found.map(|(_, value)| *value).ok_or_else(|| Problem::Word {
        key,
        value: word.to_owned(),
        allowed,
    })
}

/// The word of a meaning.
fn word<T: PartialEq>(value: &T, words: &[(&'static str, T)]) -> String {
    let found = words.iter().find(|(_, known)| known == value);
    found.map_or("", |(word, _)| word).to_owned()
}

/// 0 in the file means off.
fn on(value: f64) -> Option<f64> {
    (value != 0.0).then_some(value)
}

impl RawAnalysis {
    pub(super) fn check(
        self,
        (bands, periodic): (&[RawBand], &[RawPeriodic]),
        artefacts: &RawArtefacts,
        (detection, stimulus): (RawDetection, (f64, f64)),
    ) -> Result<AnalysisSettings, Problem> {
        let tested = bands.iter().filter(|band| band.tested);
        let tested = tested.map(|band| band.name.clone()).collect();
        let bands: Result<Vec<Band>, _> = bands
            .iter()
            .map(|band| Band::new(&band.name, band.lo_hz, band.hi_hz))
            .collect();
        let settings = AnalysisSettings {
            taper: self.taper()?,
            averaging: meaning(
                "analysis.average",
                &self.average,
                &AVERAGES,
                "\"sliding\" or \"forgetting\"",
            )?,
            detrend: meaning(
                "analysis.detrend",
                &self.detrend,
                &DETRENDS,
                "\"constant\", \"linear\" or \"none\"",
            )?,
            reference: reference(&self.reference, &self.bipolar)?,
            segment_secs: self.segment_secs,
            hop_secs: self.hop_secs,
            integration_secs: self.integration_secs,
            max_hz: self.max_hz,
            alpha: self.alpha,
            channels: self.channels,
            pairs: self.pairs,
            bands: bands?,
            high_pass_hz: on(self.high_pass_hz),
            mains_hz: self.mains_hz,
            artefacts: artefacts.meaning(),
            rest_secs: on(self.rest_secs),
            response: detection.meaning(stimulus, tested),
            trace_notch: false,
            periodic: periodic.iter().map(RawPeriodic::meaning).collect(),
            with_phases: false,
            limits: crate::metrics::Limits::default(),
        };
        settings.check()?;
        Ok(settings)
    }

    fn taper(&self) -> Result<TaperChoice, Problem> {
        if self.taper == MULTITAPER {
            return Ok(TaperChoice::Multitaper {
                half_bandwidth_hz: self.half_bandwidth_hz,
                n_tapers: (self.n_tapers > 0).then_some(self.n_tapers),
            });
        }
        let allowed = "\"hann\", \"hamming\", \"blackman-harris\", \"boxcar\" or \"multitaper\"";
        meaning("analysis.taper", &self.taper, &TAPERS, allowed).map(TaperChoice::Kind)
    }
}

/// `none`, `average`, `laplacian`, or channels joined by `+`; pairs where there are any.
fn reference(text: &str, bipolar: &[String]) -> Result<Reference, Problem> {
    if !bipolar.is_empty() {
        let pairs = bipolar.iter().map(|pair| match pair.split_once('-') {
            Some((first, second)) => Ok((first.trim().to_owned(), second.trim().to_owned())),
            None => Err(Problem::Word {
                key: "analysis.bipolar",
                value: pair.clone(),
                allowed: "pairs of channels like \"Cz-T7\"",
            }),
        });
        return Ok(Reference::Bipolar(pairs.collect::<Result<_, _>>()?));
    }
    Ok(match text.trim() {
        "" | "none" => Reference::None,
        "average" => Reference::Average,
        "laplacian" => Reference::Laplacian,
        channels => Reference::Channels(
            channels
                .split('+')
                .map(|label| label.trim().to_owned())
                .collect(),
        ),
    })
}

impl RawArtefacts {
    fn meaning(&self) -> ArtefactLimits {
        ArtefactLimits {
            peak_to_peak_uv: on(self.peak_to_peak_uv),
            amplitude_uv: on(self.amplitude_uv),
            flat_uv: on(self.flat_uv),
            flat_secs: self.flat_secs,
            clipped_samples: (self.clipped_samples > 0).then_some(self.clipped_samples),
        }
    }
}

impl RawDetection {
    fn meaning(
        self,
        (integration_secs, control_shift_secs): (f64, f64),
        tested: Vec<String>,
    ) -> ResponseSettings {
        ResponseSettings {
            integration_secs,
            control_shift_secs,
            alpha: self.alpha,
            n_looks: self.looks,
            block_secs: self.block_secs,
            futility: self.futility,
            bands: tested,
            n_shifts: self.n_shifts,
            min_shift_secs: self.min_shift_secs,
        }
    }
}

impl RawBand {
    fn tested() -> bool {
        true
    }

    pub(super) fn presets() -> Vec<Self> {
        let settings = AnalysisSettings::default();
        let tested = &settings.response.bands;
        let raw = |band: &Band| Self {
            name: band.name().to_owned(),
            lo_hz: band.lo_hz(),
            hi_hz: band.hi_hz(),
            tested: tested.iter().any(|name| name == band.name()),
        };
        settings.bands.iter().map(raw).collect()
    }
}

impl Default for RawAnalysis {
    fn default() -> Self {
        let settings = AnalysisSettings::default();
        let (taper, half_bandwidth_hz, n_tapers) = match settings.taper {
            TaperChoice::Kind(kind) => (word(&kind, &TAPERS), HALF_BANDWIDTH_HZ, 0),
            TaperChoice::Multitaper {
                half_bandwidth_hz,
                n_tapers,
            } => (
                MULTITAPER.to_owned(),
                half_bandwidth_hz,
                n_tapers.unwrap_or(0),
            ),
        };
        Self {
            segment_secs: settings.segment_secs,
            hop_secs: settings.hop_secs,
            integration_secs: settings.integration_secs,
            average: word(&settings.averaging, &AVERAGES),
            taper,
            half_bandwidth_hz,
            n_tapers,
            detrend: word(&settings.detrend, &DETRENDS),
            max_hz: settings.max_hz,
            alpha: settings.alpha,
            channels: settings.channels,
            pairs: settings.pairs,
            reference: "none".to_owned(),
            bipolar: Vec::new(),
            high_pass_hz: settings.high_pass_hz.unwrap_or(0.0),
            mains_hz: settings.mains_hz,
            rest_secs: settings.rest_secs.unwrap_or(0.0),
        }
    }
}

impl Default for RawArtefacts {
    fn default() -> Self {
        let limits = ArtefactLimits::default();
        Self {
            peak_to_peak_uv: limits.peak_to_peak_uv.unwrap_or(0.0),
            amplitude_uv: limits.amplitude_uv.unwrap_or(0.0),
            flat_uv: limits.flat_uv.unwrap_or(0.0),
            flat_secs: limits.flat_secs,
            clipped_samples: limits.clipped_samples.unwrap_or(0),
        }
    }
}

impl Default for RawDetection {
    fn default() -> Self {
        let response = ResponseSettings::default();
        Self {
            alpha: response.alpha,
            looks: response.n_looks,
            block_secs: response.block_secs,
            futility: response.futility,
            n_shifts: response.n_shifts,
            min_shift_secs: response.min_shift_secs,
        }
    }
}
