//! What is computed, checked once.

use crate::dsp::{PlanError, SegmentPlan, TaperKind};
use crate::signal::Band;

/// How spectra and coherence are estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisSettings {
    /// Length of a segment.
    pub segment_secs: f64,
    /// From one segment to the next.
    pub hop_secs: f64,
    /// Time over which segments are averaged.
    pub integration_secs: f64,
    /// Shape of the taper.
    pub taper: TaperKind,
    /// Highest frequency kept.
    pub max_hz: f64,
    /// False-positive rate of critical values.
    pub alpha: f64,
    /// Labels of the channels analysed; all EEG channels if empty.
    pub channels: Vec<String>,
    /// Pairs `"A-B"` whose coherence is computed; all if empty.
    pub pairs: Vec<String>,
    /// The bands read out.
    pub bands: Vec<Band>,
}

impl Default for AnalysisSettings {
    fn default() -> Self {
        Self {
            segment_secs: 2.0,
            hop_secs: 0.25,
            integration_secs: 16.0,
            taper: TaperKind::Hann,
            max_hz: 100.0,
            alpha: 0.05,
            channels: Vec::new(),
            pairs: Vec::new(),
            bands: Band::presets(),
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
    /// Two bands have one name.
    #[error("two bands are called {name:?}; each needs a name of its own")]
    BandTwice {
        /// The name.
        name: String,
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

impl AnalysisSettings {
    /// Checks what can be checked without a stream.
    ///
    /// # Errors
    /// [`SettingsError`] for the first setting that makes no sense.
    pub fn check(&self) -> Result<(), SettingsError> {
        let range = |key, value: f64, ok: bool, allowed| {
            if ok && value.is_finite() {
                Ok(())
            } else {
                Err(SettingsError::Range {
                    key,
                    value,
                    allowed,
                })
            }
        };
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
        let integration_ok = integration >= segment && integration <= 600.0;
        range(
            "analysis.integration_secs",
            integration,
            integration_ok,
            "analysis.segment_secs to 600",
        )?;
        range(
            "analysis.max_hz",
            self.max_hz,
            self.max_hz >= 1.0,
            "at least 1",
        )?;
        range(
            "analysis.alpha",
            self.alpha,
            self.alpha > 0.0 && self.alpha <= 0.5,
            "above 0, up to 0.5",
        )?;
        for (i, band) in self.bands.iter().enumerate() {
            if self.bands[..i]
                .iter()
                .any(|other| other.name() == band.name())
            {
                return Err(SettingsError::BandTwice {
                    name: band.name().to_owned(),
                });
            }
        }
        Ok(())
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
}

/// Nearest whole number of samples.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, and a float-to-int cast saturates"
)]
fn whole_samples(samples: f64) -> usize {
    samples.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_their_own_check() {
        AnalysisSettings::default().check().unwrap();
    }

    #[test]
    fn a_refusal_names_key_value_and_what_is_allowed() {
        let settings = AnalysisSettings {
            hop_secs: 3.0,
            ..AnalysisSettings::default()
        };
        let text = settings.check().unwrap_err().to_string();
        assert_eq!(
            text,
            "analysis.hop_secs = 3; allowed is 0.02 to analysis.segment_secs"
        );
    }
}
