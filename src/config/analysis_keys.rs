//! The keys that [`AnalysisSettings`] is made of, but does not read by itself: other sections, and keys that mean one thing together.

use serde::{Deserialize, Serialize};

use crate::config::Problem;
use crate::dsp::TaperKind;
use crate::metrics::artefact::ArtefactLimits;
use crate::metrics::periodic::PeriodicSettings;
use crate::metrics::{AnalysisSettings, Limits, ResponseSettings, TaperChoice};
use crate::signal::{Band, Reference, off};

/// What the file says of the analysis beside the plain keys of `[analysis]`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AnalysisKeys {
    analysis: SignalKeys,
    channels: ChannelKeys,
    band: Vec<BandKeys>,
    artefacts: ArtefactLimits,
    stimulus: ComparisonKeys,
    detection: ResponseSettings,
    periodic: Vec<PeriodicSettings>,
    limits: Limits,
}

/// `[channels]`: what is said of the stream's channels.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ChannelKeys {
    #[serde(with = "off")]
    unit: Option<String>,
    bad: Vec<String>,
}

/// `[analysis]`: tapers and reference, each said by several keys.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
struct SignalKeys {
    taper: TaperWord,
    half_bandwidth_hz: f64,
    #[serde(with = "off")]
    n_tapers: Option<usize>,
    reference: String,
    bipolar: Vec<String>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TaperWord {
    Hann,
    Hamming,
    BlackmanHarris,
    Boxcar,
    Multitaper,
}

/// A band, and whether detection tests it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BandKeys {
    name: String,
    lo_hz: f64,
    hi_hz: f64,
    #[serde(default = "yes")]
    tested: bool,
}

fn yes() -> bool {
    true
}

/// `[stimulus]`: how the EEG is compared with it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
struct ComparisonKeys {
    integration_secs: f64,
    control_shift_secs: f64,
}

impl AnalysisKeys {
    /// Every key with its default, and one entry at least of each list.
    pub(super) fn all() -> Self {
        Self {
            periodic: vec![PeriodicSettings::default()],
            ..Self::default()
        }
    }

    /// Complete what `[analysis]` said.
    pub(super) fn put_into(self, settings: &mut AnalysisSettings) -> Result<(), Problem> {
        let tested = self.band.iter().filter(|band| band.tested);
        let tested = tested.map(|band| band.name.trim().to_owned()).collect();
        let bands = self.band.iter();
        let bands = bands.map(|band| Band::new(&band.name, band.lo_hz, band.hi_hz));
        settings.bands = bands.collect::<Result<_, _>>()?;
        settings.taper = self.analysis.taper();
        settings.reference = self.analysis.reference()?;
        settings.artefacts = self.artefacts;
        settings.bad = self.channels.bad;
        settings.response = ResponseSettings {
            integration_secs: self.stimulus.integration_secs,
            control_shift_secs: self.stimulus.control_shift_secs,
            bands: tested,
            ..self.detection
        };
        settings.periodic = self.periodic;
        settings.limits = self.limits;
        settings.unit = self.channels.unit;
        Ok(())
    }
}

impl SignalKeys {
    fn taper(&self) -> TaperChoice {
        TaperChoice::Kind(match self.taper {
            TaperWord::Hann => TaperKind::Hann,
            TaperWord::Hamming => TaperKind::Hamming,
            TaperWord::BlackmanHarris => TaperKind::BlackmanHarris,
            TaperWord::Boxcar => TaperKind::Boxcar,
            TaperWord::Multitaper => {
                return TaperChoice::Multitaper {
                    half_bandwidth_hz: self.half_bandwidth_hz,
                    n_tapers: self.n_tapers,
                };
            }
        })
    }

    /// `none`, `average`, `laplacian`, or channels joined by `+`; pairs where there are any.
    fn reference(&self) -> Result<Reference, Problem> {
        if !self.bipolar.is_empty() {
            let pairs = self.bipolar.iter().map(|pair| match pair.split_once('-') {
                Some((first, second)) => Ok((first.trim().to_owned(), second.trim().to_owned())),
                None => Err(Problem::Word {
                    key: "analysis.bipolar",
                    value: pair.clone(),
                    allowed: "pairs of channels like \"Cz-T7\"",
                }),
            });
            return Ok(Reference::Bipolar(pairs.collect::<Result<_, _>>()?));
        }
        Ok(match self.reference.trim() {
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
}

impl Default for AnalysisKeys {
    fn default() -> Self {
        let settings = AnalysisSettings::default();
        let tested = &settings.response.bands;
        let keys_of = |band: &Band| BandKeys {
            name: band.name().to_owned(),
            lo_hz: band.lo_hz(),
            hi_hz: band.hi_hz(),
            tested: tested.iter().any(|name| name == band.name()),
        };
        Self {
            analysis: SignalKeys::default(),
            channels: ChannelKeys::default(),
            band: settings.bands.iter().map(keys_of).collect(),
            artefacts: settings.artefacts,
            stimulus: ComparisonKeys::default(),
            detection: settings.response,
            periodic: settings.periodic,
            limits: settings.limits,
        }
    }
}

impl Default for SignalKeys {
    fn default() -> Self {
        Self {
            taper: TaperWord::Hann,
            half_bandwidth_hz: 1.5,
            n_tapers: None,
            reference: "none".to_owned(),
            bipolar: Vec::new(),
        }
    }
}

impl Default for ComparisonKeys {
    fn default() -> Self {
        let response = ResponseSettings::default();
        Self {
            integration_secs: response.integration_secs,
            control_shift_secs: response.control_shift_secs,
        }
    }
}
