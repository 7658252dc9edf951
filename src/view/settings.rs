//! What the dashboard shows at its start, checked once.

/// How the dashboard looks at its start.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewSettings {
    /// Time the traces show.
    pub window_secs: f64,
    /// Time the band tracks show.
    pub history_secs: f64,
    /// Microvolts a trace's lane is high.
    pub trace_uv: f64,
    /// Take the mains off the traces; nothing that is measured is filtered by it.
    pub notch: bool,
    /// Light on dark, or dark on light.
    pub dark: bool,
}

impl Default for ViewSettings {
    fn default() -> Self {
        Self {
            window_secs: 10.0,
            history_secs: 300.0,
            trace_uv: 100.0,
            notch: false,
            dark: true,
        }
    }
}

/// Why settings were refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ViewSettingsError {
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
}

impl ViewSettings {
    /// Checks every number.
    ///
    /// # Errors
    /// [`ViewSettingsError`] for the first setting that makes no sense.
    pub fn check(&self) -> Result<(), ViewSettingsError> {
        for (key, value, range, allowed) in [
            ("view.window_secs", self.window_secs, 1.0..=60.0, "1 to 60"),
            (
                "view.history_secs",
                self.history_secs,
                10.0..=3600.0,
                "10 to 3600",
            ),
            ("view.trace_uv", self.trace_uv, 0.1..=1e6, "0.1 to 1000000"),
        ] {
            if !range.contains(&value) {
                return Err(ViewSettingsError::Range {
                    key,
                    value,
                    allowed,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_their_own_check() {
        ViewSettings::default().check().unwrap();
    }

    #[test]
    fn a_refusal_names_key_value_and_what_is_allowed() {
        for bad in [0.0, -3.0, f64::NAN] {
            let settings = ViewSettings {
                trace_uv: bad,
                ..ViewSettings::default()
            };
            let text = settings.check().unwrap_err().to_string();
            assert_eq!(
                text,
                format!("view.trace_uv = {bad}; allowed is 0.1 to 1000000")
            );
        }
    }
}
