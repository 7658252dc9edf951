//! The configuration as text: a mirror of the TOML, with every key written once and every default taken from the meaning.

mod analysis;
mod simulate;
mod stimulus;

use serde::{Deserialize, Serialize};

use crate::config::raw::simulate::RawSimulate;
use crate::config::{Config, Problem, StreamSettings};
use crate::signal::StreamChoice;
use crate::source::LslSettings;
use crate::view::ViewSettings;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConfig {
    stream: RawStream,
    analysis: analysis::RawAnalysis,
    band: Vec<analysis::RawBand>,
    artefacts: analysis::RawArtefacts,
    stimulus: stimulus::RawStimulus,
    markers: stimulus::RawMarkers,
    detection: analysis::RawDetection,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    periodic: Vec<analysis::RawPeriodic>,
    view: RawView,
    lsl: RawLsl,
    simulate: RawSimulate,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawStream {
    select: String,
    wait_secs: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawView {
    window_secs: f64,
    history_secs: f64,
    trace_uv: f64,
    notch: bool,
    theme: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawLsl {
    library: String,
    resolve_scope: String,
    known_peers: Vec<String>,
    session_id: String,
}

const SCOPES: [&str; 6] = ["", "machine", "link", "site", "organization", "global"];

impl RawConfig {
    /// What the text means.
    pub(super) fn check(self) -> Result<Config, Problem> {
        let wait_secs = self.stream.wait_secs;
        if !(0.0..=3600.0).contains(&wait_secs) {
            return Err(Problem::Wait { value: wait_secs });
        }
        Ok(Config {
            stream: StreamSettings {
                select: StreamChoice::parse(&self.stream.select),
                wait_secs,
            },
            analysis: self.analysis.check(
                (&self.band, &self.periodic),
                &self.artefacts,
                (self.detection, self.stimulus.of_analysis()),
            )?,
            stimulus: self.stimulus.check()?,
            markers: self.markers.check()?,
            view: self.view.check()?,
            lsl: self.lsl.check()?,
            simulate: self.simulate.check()?,
        })
    }
}

impl RawView {
    fn check(self) -> Result<ViewSettings, Problem> {
        let dark = match self.theme.as_str() {
            "dark" => true,
            "light" => false,
            _ => {
                return Err(Problem::Word {
                    key: "view.theme",
                    value: self.theme,
                    allowed: "\"dark\" or \"light\"",
                });
            }
        };
        let settings = ViewSettings {
            window_secs: self.window_secs,
            history_secs: self.history_secs,
            trace_uv: self.trace_uv,
            notch: self.notch,
            dark,
        };
        settings.check()?;
        Ok(settings)
    }
}

impl RawLsl {
    fn check(self) -> Result<LslSettings, Problem> {
        if !SCOPES.contains(&self.resolve_scope.as_str()) {
            return Err(Problem::Word {
                key: "lsl.resolve_scope",
                value: self.resolve_scope,
                allowed: "\"\", \"machine\", \"link\", \"site\", \"organization\" or \"global\"",
            });
        }
        let said = |text: String| (!text.is_empty()).then_some(text);
        Ok(LslSettings {
            library: said(self.library).map(Into::into),
            resolve_scope: said(self.resolve_scope),
            known_peers: self.known_peers,
            session_id: said(self.session_id),
        })
    }
}

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            stream: RawStream::default(),
            analysis: analysis::RawAnalysis::default(),
            band: analysis::RawBand::presets(),
            artefacts: analysis::RawArtefacts::default(),
            stimulus: stimulus::RawStimulus::default(),
            markers: stimulus::RawMarkers::default(),
            detection: analysis::RawDetection::default(),
            periodic: Vec::new(),
            view: RawView::default(),
            lsl: RawLsl::default(),
            simulate: RawSimulate::default(),
        }
    }
}

impl Default for RawStream {
    fn default() -> Self {
        let StreamSettings { select, wait_secs } = StreamSettings::default();
        debug_assert_eq!(select, StreamChoice::Any, "written as nothing");
        Self {
            select: String::new(),
            wait_secs,
        }
    }
}

impl Default for RawView {
    fn default() -> Self {
        let settings = ViewSettings::default();
        Self {
            window_secs: settings.window_secs,
            history_secs: settings.history_secs,
            trace_uv: settings.trace_uv,
            notch: settings.notch,
            theme: if settings.dark { "dark" } else { "light" }.to_owned(),
        }
    }
}

impl Default for RawLsl {
    fn default() -> Self {
        let settings = LslSettings::default();
        let library = settings.library.map(|path| path.display().to_string());
        Self {
            library: library.unwrap_or_default(),
            resolve_scope: settings.resolve_scope.unwrap_or_default(),
            known_peers: settings.known_peers,
            session_id: settings.session_id.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const SHIPPED: &str = include_str!("../../config.toml");

    #[test]
    fn the_shipped_file_is_exactly_the_default_and_leaves_out_no_key() {
        let config = Config::parse(SHIPPED, Path::new("config.toml")).unwrap();
        assert_eq!(config, Config::default());
        let written: toml::Table = toml::from_str(SHIPPED).unwrap();
        let default = toml::Table::try_from(RawConfig::default()).unwrap();
        assert_eq!(written, default);
    }

    #[test]
    fn every_setting_of_the_shipped_file_has_a_comment() {
        for (number, line) in SHIPPED.lines().enumerate() {
            let is_setting = line.contains(" = ") && !line.starts_with('#');
            let is_listed = line.starts_with("name = ")
                || line.starts_with("lo_hz")
                || line.starts_with("hi_hz")
                || line.starts_with("tested");
            assert!(
                !is_setting || is_listed || line.contains(" # "),
                "line {}: {line}",
                number + 1
            );
        }
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        for text in [
            "[analysis]\nsegment_sec = 1.0",
            "[analyse]\nx = 1",
            "[[band]]\nname = \"a\"\nlo_hz = 1\nhi_hz = 2\ncolour = 1",
        ] {
            let error = Config::parse(text, Path::new("my.toml"))
                .unwrap_err()
                .to_string();
            let key = ["segment_sec", "analyse", "colour"]
                .into_iter()
                .find(|key| text.contains(key))
                .unwrap();
            assert!(
                error.contains(key) && error.contains("my.toml") && error.contains("expected"),
                "{error}"
            );
        }
    }

    #[test]
    fn nothing_written_means_the_default() {
        assert_eq!(
            Config::parse("", Path::new("x")).unwrap(),
            Config::default()
        );
    }

    #[test]
    fn a_refusal_names_file_key_value_and_what_is_allowed() {
        for (text, expected) in [
            (
                "[analysis]\ntaper = \"kaiser\"",
                "analysis.taper = \"kaiser\"; allowed is \"hann\"",
            ),
            (
                "[analysis]\nsegment_secs = 1\nhop_secs = 2",
                "analysis.hop_secs = 2; allowed is",
            ),
            (
                "[view]\ntheme = \"blue\"",
                "view.theme = \"blue\"; allowed is \"dark\"",
            ),
            ("[lsl]\nresolve_scope = \"moon\"", "lsl.resolve_scope"),
            (
                "[stream]\nwait_secs = -1",
                "stream.wait_secs = -1; allowed is 0 to 3600",
            ),
            (
                "[[band]]\nname = \"a\"\nlo_hz = 9\nhi_hz = 8",
                "band \"a\" runs from 9 to 8 Hz; allowed is",
            ),
        ] {
            let error = Config::parse(text, Path::new("my.toml"))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(expected) && error.ends_with("my.toml"),
                "{error}"
            );
        }
    }
}
