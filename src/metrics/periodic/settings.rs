//! What a periodic stimulus is, checked once.

use serde::{Deserialize, Serialize};

use crate::dsp::periodic::{EpochBinsError, EpochPlan, EpochPlanError, NoiseBinsError};

/// Epochs below which no test speaks.
pub const LEAST_EPOCHS: usize = 8;

/// Accepted epochs that make one sweep of the F-test (John & Picton 2000).
pub const EPOCHS_PER_SWEEP: usize = 16;

/// Most harmonics of one stimulus.
pub const MOST_HARMONICS: usize = 8;

/// Most epochs kept.
const MOST_EPOCHS: usize = 3600;

/// Least modulation cycles in an epoch: the straight line taken off each epoch then takes less than 1 % of a response.
const LEAST_CYCLES: f64 = 8.0;

/// Longest epoch.
const LONGEST_SECS: f64 = 60.0;

/// A stimulus that repeats: an amplitude-modulated tone, a vowel, a flicker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodicSettings {
    /// What the screen calls it.
    pub name: String,
    /// How often it repeats, counted on the clock of the samples.
    pub modulation_hz: f64,
    /// Harmonics read out; 1 is the modulation alone.
    #[serde(rename = "harmonics", default = "default_n_harmonics")]
    pub n_harmonics: usize,
    /// Length of an epoch; rounded to a whole number of modulation cycles. With 1 s and a modulation of a whole number of Hz the mains has whole cycles
    /// too, and does not leak.
    #[serde(default = "default_epoch_secs")]
    pub epoch_secs: f64,
    /// Accepted epochs that count; older ones are forgotten.
    #[serde(default = "default_max_epochs")]
    pub max_epochs: usize,
}

fn default_n_harmonics() -> usize {
    PeriodicSettings::default().n_harmonics
}

fn default_epoch_secs() -> f64 {
    PeriodicSettings::default().epoch_secs
}

fn default_max_epochs() -> usize {
    PeriodicSettings::default().max_epochs
}

impl Default for PeriodicSettings {
    fn default() -> Self {
        Self {
            name: "ASSR 40".to_owned(),
            modulation_hz: 40.0,
            n_harmonics: 2,
            epoch_secs: 1.0,
            max_epochs: 320,
        }
    }
}

/// Why a periodic stimulus cannot be followed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PeriodicError {
    /// The stimulus has no name.
    #[error("the periodic stimulus of {modulation_hz} Hz has no name")]
    NoName {
        /// Its modulation.
        modulation_hz: f64,
    },
    /// A number is outside what is allowed.
    #[error("{key} = {value} for stimulus {name:?}; allowed is {allowed}")]
    Range {
        /// The stimulus.
        name: String,
        /// The setting.
        key: &'static str,
        /// What was found.
        value: f64,
        /// What is allowed.
        allowed: String,
    },
    /// The response would lie on the mains.
    #[error(
        "modulation_hz = {modulation_hz} for stimulus {name:?} lies within 1 Hz of {line_hz} Hz, a harmonic of the mains"
    )]
    Mains {
        /// The stimulus.
        name: String,
        /// Its modulation.
        modulation_hz: f64,
        /// The line.
        line_hz: f64,
    },
    /// Around a harmonic there are too few bins to tell what the noise is.
    #[error("harmonic {harmonic} of stimulus {name:?} cannot be told from its noise: {source}")]
    Neighbours {
        /// The stimulus.
        name: String,
        /// 1 is the modulation itself.
        harmonic: u32,
        /// What is missing.
        source: NoiseBinsError,
    },
    /// The epochs cannot be cut.
    #[error("stimulus {name:?}: {source}")]
    Epochs {
        /// The stimulus.
        name: String,
        /// Why.
        source: EpochPlanError,
    },
    /// The epochs do not have a bin.
    #[error("stimulus {name:?}: {source}")]
    Bins {
        /// The stimulus.
        name: String,
        /// Why.
        source: EpochBinsError,
    },
}

impl PeriodicSettings {
    /// Checks what can be checked with no more than the streams' rate.
    ///
    /// # Errors
    /// [`PeriodicError`] for the first setting that makes no sense.
    pub fn check(&self, sample_rate_hz: f64) -> Result<(), PeriodicError> {
        let f0 = self.modulation_hz;
        if self.name.trim().is_empty() {
            return Err(PeriodicError::NoName { modulation_hz: f0 });
        }
        let half = sample_rate_hz / 2.0;
        if !(f0 > 0.0 && f0 < half) {
            return Err(self.range("modulation_hz", f0, format!("above 0 and below {half}")));
        }
        let n = self.n_harmonics;
        if n == 0 || n > MOST_HARMONICS || n as f64 * f0 >= half {
            let most = (1..=MOST_HARMONICS).rev().find(|&n| n as f64 * f0 < half);
            let allowed = format!("1 to {}", most.unwrap_or(1));
            return Err(self.range("n_harmonics", n as f64, allowed));
        }
        let least_secs = LEAST_CYCLES / f0;
        if !(self.epoch_secs >= least_secs && self.epoch_secs <= LONGEST_SECS) {
            let allowed = format!("{least_secs:.3} (8 cycles) to {LONGEST_SECS}");
            return Err(self.range("epoch_secs", self.epoch_secs, allowed));
        }
        if !(EPOCHS_PER_SWEEP..=MOST_EPOCHS).contains(&self.max_epochs) {
            let allowed = format!("{EPOCHS_PER_SWEEP} to {MOST_EPOCHS}");
            return Err(self.range("max_epochs", self.max_epochs as f64, allowed));
        }
        Ok(())
    }

    /// The epochs at a stream's rate, from sample 0.
    pub(super) fn epoch_plan(&self, sample_rate_hz: f64) -> Result<EpochPlan, PeriodicError> {
        let n_cycles = whole(self.epoch_secs * self.modulation_hz);
        EpochPlan::new(sample_rate_hz, self.modulation_hz, n_cycles, 0.0).map_err(|source| {
            PeriodicError::Epochs {
                name: self.name.clone(),
                source,
            }
        })
    }

    pub(super) fn range(&self, key: &'static str, value: f64, allowed: String) -> PeriodicError {
        PeriodicError::Range {
            name: self.name.clone(),
            key,
            value,
            allowed,
        }
    }
}

/// Nearest whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, and a float-to-int cast saturates"
)]
fn whole(value: f64) -> u32 {
    value.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_their_own_check() {
        PeriodicSettings::default().check(250.0).unwrap();
    }

    #[test]
    fn a_refusal_names_key_value_and_what_is_allowed() {
        let good = PeriodicSettings::default;
        let refused = |settings: PeriodicSettings| settings.check(250.0).unwrap_err().to_string();
        let (name, modulation_hz) = ("vowel".to_owned(), 130.0);
        assert_eq!(
            refused(PeriodicSettings {
                name,
                modulation_hz,
                ..good()
            }),
            "modulation_hz = 130 for stimulus \"vowel\"; allowed is above 0 and below 125"
        );
        assert_eq!(
            refused(PeriodicSettings {
                n_harmonics: 4,
                ..good()
            }),
            "n_harmonics = 4 for stimulus \"ASSR 40\"; allowed is 1 to 3"
        );
        assert_eq!(
            refused(PeriodicSettings {
                epoch_secs: 0.1,
                ..good()
            }),
            "epoch_secs = 0.1 for stimulus \"ASSR 40\"; allowed is 0.200 (8 cycles) to 60"
        );
        assert_eq!(
            refused(PeriodicSettings {
                max_epochs: 8,
                ..good()
            }),
            "max_epochs = 8 for stimulus \"ASSR 40\"; allowed is 16 to 3600"
        );
        assert!(
            refused(PeriodicSettings {
                name: " ".to_owned(),
                ..good()
            })
            .contains("no name")
        );
        for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            refused(PeriodicSettings {
                modulation_hz: bad,
                ..good()
            });
            refused(PeriodicSettings {
                epoch_secs: bad,
                ..good()
            });
        }
    }
}
