//! Settings as a person writes them, and what they mean.
//!
//! `config.toml` at the top of the project is the default written out; a test holds that it equals `Config::default`. A file may leave
//! out whatever stays at its default; a key that does not exist is refused by name.

mod raw;

use std::path::{Path, PathBuf};

use crate::metrics::{AnalysisSettings, SettingsError, TrialSettings};
use crate::signal::{BandError, StreamChoice};
use crate::source::{LslSettings, SimSettings, SimSettingsError};
use crate::stimulus::StimulusSettings;
use crate::view::{ViewSettings, ViewSettingsError};

/// Every setting, checked.
#[derive(Debug, Clone, PartialEq, Default)]
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
    pub view: ViewSettings,
    /// What liblsl is told.
    pub lsl: LslSettings,
    /// What the simulator makes up.
    pub simulate: SimSettings,
}

/// Which stream is read.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSettings {
    /// The stream that is meant.
    pub select: StreamChoice,
    /// How long `run` waits for it.
    pub wait_secs: f64,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            select: StreamChoice::Any,
            wait_secs: 5.0,
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
    /// The text is no TOML, names a key that does not exist, or gives a value of the wrong type.
    #[error("{}\nin file {}", problem.trim_end(), path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// Line, key, what was found and what is allowed.
        problem: String,
    },
    /// A value is not allowed.
    #[error("{problem}, file {}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Key, what was found and what is allowed.
        problem: Problem,
    },
}

/// Which value is not allowed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    /// One of the stream's settings.
    #[error("stream.wait_secs = {value}; allowed is 0 to 3600")]
    Wait {
        /// What was found.
        value: f64,
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
        let raw: raw::RawConfig = toml::from_str(text).map_err(|error| ConfigError::Text {
            path: path.to_owned(),
            problem: error.to_string(),
        })?;
        raw.check().map_err(|problem| ConfigError::Value {
            path: path.to_owned(),
            problem,
        })
    }
}
