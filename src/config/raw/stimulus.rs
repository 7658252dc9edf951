//! The stimulus and its markers, as text: `[stimulus]`, `[markers]`.

use serde::{Deserialize, Serialize};

use crate::config::Problem;
use crate::metrics::{MarkerChoice, ResponseSettings, TrialSettings};
use crate::stimulus::{Recipe, StimulusChoice, StimulusSettings};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawStimulus {
    select: String,
    channel: String,
    recipe: String,
    latency_ms: f64,
    integration_secs: f64,
    control_shift_secs: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawMarkers {
    select: String,
    onset_secs: f64,
    start: String,
    stop: String,
    only_trials: bool,
    condition: String,
}

const AUTO: &str = "auto";

impl RawStimulus {
    /// What belongs to the analysis: integration time and shift of the control.
    pub(super) fn of_analysis(&self) -> (f64, f64) {
        (self.integration_secs, self.control_shift_secs)
    }

    pub(super) fn check(self) -> Result<StimulusSettings, Problem> {
        let recipe = match self.recipe.as_str() {
            AUTO => None,
            name => Some(Recipe::from_name(name).ok_or_else(|| Problem::Word {
                key: "stimulus.recipe",
                value: name.to_owned(),
                allowed: "\"auto\", \"as-is\", \"paper\", \"aiken-picton\", \"gammatone\", \"rms\" or \"half-wave\"",
            })?),
        };
        let latency_ms = self.latency_ms;
        if !(-1000.0..=1000.0).contains(&latency_ms) {
            return Err(Problem::Number {
                key: "stimulus.latency_ms",
                value: latency_ms,
                allowed: "-1000 to 1000",
            });
        }
        Ok(StimulusSettings {
            choice: StimulusChoice::parse(&self.select),
            channel: (!self.channel.is_empty()).then_some(self.channel),
            recipe,
            latency_ms,
        })
    }
}

impl RawMarkers {
    pub(super) fn check(self) -> Result<TrialSettings, Problem> {
        if !(0.0..=60.0).contains(&self.onset_secs) {
            return Err(Problem::Number {
                key: "markers.onset_secs",
                value: self.onset_secs,
                allowed: "0 to 60",
            });
        }
        Ok(TrialSettings {
            choice: MarkerChoice::parse(&self.select),
            onset_secs: self.onset_secs,
            start: self.start,
            stop: self.stop,
            only_trials: self.only_trials,
            condition: self.condition,
        })
    }
}

impl Default for RawStimulus {
    fn default() -> Self {
        let settings = StimulusSettings::default();
        let response = ResponseSettings::default();
        Self {
            select: settings.choice.to_string(),
            channel: settings.channel.unwrap_or_default(),
            recipe: settings.recipe.map_or(AUTO, Recipe::name).to_owned(),
            latency_ms: settings.latency_ms,
            integration_secs: response.integration_secs,
            control_shift_secs: response.control_shift_secs,
        }
    }
}

impl Default for RawMarkers {
    fn default() -> Self {
        let settings = TrialSettings::default();
        Self {
            select: settings.choice.to_string(),
            onset_secs: settings.onset_secs,
            start: settings.start,
            stop: settings.stop,
            only_trials: settings.only_trials,
            condition: settings.condition,
        }
    }
}
