//! Settings as a person writes them, and what they mean.
//!
//! `config.toml` at the top of the project is the default written out; a test holds that it equals `Config::default`. A file may leave
//! out whatever stays at its default; a key that does not exist is refused by name.
//!
//! Serde reads the text into the settings themselves. It is read twice, as a [`Config`](crate::config::Config) and as `AnalysisKeys`: `[analysis]` and `[stimulus]` hold keys
//! of both. What neither knows the `Document` refuses.

mod analysis_keys;
mod document;
mod memory;
mod view_keys;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::analysis_keys::AnalysisKeys;
use crate::config::document::Document;
use crate::metrics::{AnalysisSettings, Limits, SettingsError, TrialSettings};
use crate::signal::{BandError, StreamChoice};
use crate::source::{LslSettings, SimSettings, SimSettingsError};
use crate::stimulus::StimulusSettings;
use crate::view::{ViewSettings, ViewSettingsError};

pub use memory::machine_memory_bytes;

/// Every setting, checked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Which stream is read.
    pub stream: StreamSettings,
    /// What is computed.
    pub analysis: AnalysisSettings,
    /// Which stimulus belongs to it.
    pub stimulus: StimulusSettings,
    /// Which markers belong to it.
    pub markers: TrialSettings,
    /// What the dashboard shows.
    #[serde(with = "view_keys")]
    pub view: ViewSettings,
    /// What liblsl is told.
    pub lsl: LslSettings,
    /// What the simulator makes up.
    pub simulate: SimSettings,
}

/// Which stream is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamSettings {
    /// The stream that is meant.
    pub select: StreamChoice,
    /// How long `run` waits for it.
    pub wait_secs: f64,
    /// Label of its channel that numbers the samples; empty where it has none.
    pub counter: String,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            select: StreamChoice::Any,
            wait_secs: 5.0,
            counter: String::new(),
        }
    }
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration ({source}), file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The text is no TOML, or lacks a key that must be there.
    #[error("{}\nin file {}", problem.trim_end(), path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// Line, what was found and what is allowed.
        problem: String,
    },
    /// A key does not exist, or a value is not allowed.
    #[error("{problem}, file {}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Key, what was found and what is allowed.
        problem: Problem,
    },
}

/// Which key or value is not allowed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    /// A key that does not exist.
    #[error("unknown field `{field}` in {table}, line {line}, expected one of {}", known.join(", "))]
    NoSuchKey {
        /// As written.
        field: String,
        /// Where it stands.
        table: String,
        /// In which line, from 1.
        line: usize,
        /// The keys there are.
        known: Vec<String>,
    },
    /// A value of another type, or a word that is none of those there are.
    #[error("{key} = {value}; {expected}, line {line}")]
    Unreadable {
        /// The setting.
        key: String,
        /// As written.
        value: String,
        /// What is allowed.
        expected: String,
        /// In which line, from 1.
        line: usize,
    },
    /// A number outside what is allowed.
    #[error("{key} = {value}; allowed is {allowed}")]
    Number {
        /// The setting.
        key: &'static str,
        /// What was found.
        value: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A word that is none of those allowed.
    #[error("{key} = {value:?}; allowed is {allowed}")]
    Word {
        /// The setting.
        key: &'static str,
        /// What was found.
        value: String,
        /// The words there are.
        allowed: &'static str,
    },
    /// One of the analysis.
    #[error(transparent)]
    Analysis(#[from] SettingsError),
    /// A band.
    #[error("[[band]]: {0}")]
    Band(#[from] BandError),
    /// One of the dashboard.
    #[error(transparent)]
    View(#[from] ViewSettingsError),
    /// One of the simulator.
    #[error(transparent)]
    Simulate(#[from] SimSettingsError),
}

impl Config {
    /// Read and check a file.
    ///
    /// # Errors
    /// [`ConfigError`] naming file, key, what was found and what is allowed.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// Check a configuration's text; `path` is named in errors.
    ///
    /// # Errors
    /// [`ConfigError`] naming key, what was found and what is allowed.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let path = || path.to_owned();
        let wrong_text = |error: &dyn std::fmt::Display| ConfigError::Text {
            path: path(),
            problem: error.to_string(),
        };
        let wrong = |problem| ConfigError::Value {
            path: path(),
            problem,
        };
        let document = Document::parse(text).map_err(|error| wrong_text(&error))?;
        let known = known_keys().map_err(|error| wrong_text(&error))?;
        document.refuse_unknown(&known).map_err(wrong)?;
        let refusal = |error: toml::de::Error| {
            let unreadable = document.unreadable(&error);
            unreadable.map_or_else(|| wrong_text(&error), wrong)
        };
        let mut config: Self = toml::from_str(text).map_err(refusal)?;
        let keys: AnalysisKeys = toml::from_str(text).map_err(refusal)?;
        keys.put_into(&mut config.analysis).map_err(wrong)?;
        config.check().map_err(wrong)?;
        Ok(config)
    }

    /// What the analysis may cost on a machine with so much memory, where that is known.
    #[must_use]
    pub fn limits(&self, machine_bytes: Option<u64>) -> Limits {
        let limits = self.analysis.limits;
        machine_bytes.map_or(limits, |bytes| limits.on_machine(bytes))
    }

    fn check(&self) -> Result<(), Problem> {
        let within = |key, value, allowed_values: RangeInclusive<f64>, allowed| {
            let ok = allowed_values.contains(&value);
            let problem = Problem::Number {
                key,
                value,
                allowed,
            };
            ok.then_some(()).ok_or(problem)
        };
        let wait_secs = self.stream.wait_secs;
        within("stream.wait_secs", wait_secs, 0.0..=3600.0, "0 to 3600")?;
        self.analysis.check()?;
        let latency_ms = self.stimulus.latency_ms;
        let allowed = "-1000 to 1000";
        within("stimulus.latency_ms", latency_ms, -1e3..=1e3, allowed)?;
        let onset_secs = self.markers.onset_secs;
        within("markers.onset_secs", onset_secs, 0.0..=60.0, "0 to 60")?;
        self.view.check()?;
        if let Some(scope) = &self.lsl.resolve_scope
            && !SCOPES.contains(&scope.as_str())
        {
            return Err(Problem::Word {
                key: "lsl.resolve_scope",
                value: scope.clone(),
                allowed: "\"\", \"machine\", \"link\", \"site\", \"organization\" or \"global\"",
            });
        }
        self.simulate.check()?;
        Ok(())
    }
}

/// How far liblsl can look.
const SCOPES: [&str; 5] = ["machine", "link", "site", "organization", "global"];

/// Every key there is, with its default; of lists one entry at least.
fn known_keys() -> Result<toml::Table, toml::ser::Error> {
    let mut known = toml::Table::try_from(Config::default())?;
    for (name, value) in toml::Table::try_from(AnalysisKeys::all())? {
        match (known.get_mut(&name), value) {
            (Some(toml::Value::Table(shared)), toml::Value::Table(keys)) => shared.extend(keys),
            (_, value) => {
                known.insert(name, value);
            }
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests;
