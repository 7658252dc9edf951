//! `[view]`, for serde: the dashboard's own type knows nothing of files.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::view::ViewSettings;

#[derive(Serialize, Deserialize)]
#[serde(remote = "ViewSettings", default, deny_unknown_fields)]
struct ViewKeys {
    window_secs: f64,
    history_secs: f64,
    trace_uv: f64,
    notch: bool,
    #[serde(rename = "theme", with = "theme")]
    dark: bool,
}

impl Default for ViewKeys {
    fn default() -> Self {
        let ViewSettings {
            window_secs,
            history_secs,
            trace_uv,
            notch,
            dark,
        } = ViewSettings::default();
        Self {
            window_secs,
            history_secs,
            trace_uv,
            notch,
            dark,
        }
    }
}

pub(super) fn serialize<S: Serializer>(
    settings: &ViewSettings,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    ViewKeys::serialize(settings, serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ViewSettings, D::Error> {
    ViewKeys::deserialize(deserializer)
}

/// Dark or not, as a word.
mod theme {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Theme {
        Dark,
        Light,
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde's `with` hands it over so"
    )]
    pub(super) fn serialize<S: Serializer>(dark: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        let theme = if *dark { Theme::Dark } else { Theme::Light };
        theme.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<bool, D::Error> {
        Ok(Theme::deserialize(deserializer)? == Theme::Dark)
    }
}
