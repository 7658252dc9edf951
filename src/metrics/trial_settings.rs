//! Where markers come from, and which of them begin and end trials.

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

use crate::signal::StreamChoice;

/// Which marker streams are read, and what their markers mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrialSettings {
    /// Every marker stream in reach, those of one choice, a trigger channel of the EEG stream, or none at all.
    #[serde(rename = "select")]
    pub choice: MarkerChoice,
    /// The bits of a trigger channel that are its code.
    #[serde(deserialize_with = "mask")]
    pub mask: u32,
    /// What of a trigger channel makes a marker.
    pub edge: TriggerEdge,
    /// Time at the start of a trial that does not count: the response to an onset is not one to the envelope.
    pub onset_secs: f64,
    /// A marker that begins with this, or of which a field does, begins a trial.
    pub start: String,
    /// A marker that begins with this, or of which a field does, ends one.
    pub stop: String,
    /// Only within trials do segments count as ones with the stimulus.
    pub only_trials: bool,
    /// Only trials whose marker holds this text in one of its fields; all if empty.
    pub condition: String,
}

fn mask<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let number = i64::deserialize(deserializer)?;
    let mask = u32::try_from(number).ok().filter(|mask| *mask > 0);
    let allowed = "1 to 4294967295";
    mask.ok_or_else(|| D::Error::invalid_value(Unexpected::Signed(number), &allowed))
}

/// What of a trigger channel makes a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TriggerEdge {
    /// A code that is not 0 begins; the marker says which.
    #[default]
    Rising,
    /// A code that is not 0 ends; the marker says which, at the first sample without it.
    Falling,
    /// Any change; the marker says the new code, 0 too.
    Change,
}

/// Which marker streams are read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum MarkerChoice {
    /// All of them.
    #[default]
    All,
    /// None.
    None,
    /// Those of this choice.
    Stream(StreamChoice),
    /// None: markers are made of the codes of this channel of the EEG stream.
    Channel(String),
}

impl MarkerChoice {
    /// Reads `all`, `none`, `channel=LABEL` or what [`StreamChoice::parse`] reads.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let channel = text.split_once('=');
        match (text, channel.map(|(key, label)| (key.trim(), label.trim()))) {
            ("" | "all", _) => Self::All,
            ("none", _) => Self::None,
            (_, Some(("channel", label))) => Self::Channel(label.to_owned()),
            (other, _) => Self::Stream(StreamChoice::parse(other)),
        }
    }
}

impl From<String> for MarkerChoice {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<MarkerChoice> for String {
    fn from(choice: MarkerChoice) -> Self {
        choice.to_string()
    }
}

impl std::fmt::Display for MarkerChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::None => f.write_str("none"),
            Self::Stream(choice) => write!(f, "{choice}"),
            Self::Channel(label) => write!(f, "channel={label}"),
        }
    }
}

impl Default for TrialSettings {
    fn default() -> Self {
        Self {
            choice: MarkerChoice::All,
            mask: 0xffff,
            edge: TriggerEdge::Rising,
            onset_secs: 0.5,
            start: "start".to_owned(),
            stop: "stop".to_owned(),
            only_trials: false,
            condition: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_it_is_written() {
        for text in ["all", "none", "source_id=x", "channel=STI 014"] {
            assert_eq!(MarkerChoice::parse(text).to_string(), text);
        }
    }
}
