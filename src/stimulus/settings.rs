//! Which stimulus belongs to a session.

use serde::{Deserialize, Serialize};

use crate::signal::{StreamChoice, off};
use crate::stimulus::Recipe;

/// Where the stimulus comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum StimulusChoice {
    /// The only stream of a stimulus's type, as soon as there is one.
    #[default]
    Auto,
    /// There is none.
    None,
    /// This stream.
    Stream(StreamChoice),
    /// A channel of the EEG stream itself: nothing has to be aligned.
    Channel(String),
}

impl StimulusChoice {
    /// Reads `auto`, `none`, `channel=LABEL` or what [`StreamChoice::parse`] reads.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "" | "auto" => Self::Auto,
            "none" => Self::None,
            other => match other.split_once('=') {
                Some((key, label)) if key.trim() == "channel" => {
                    Self::Channel(label.trim().to_owned())
                }
                _ => Self::Stream(StreamChoice::parse(other)),
            },
        }
    }
}

impl From<String> for StimulusChoice {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<StimulusChoice> for String {
    fn from(choice: StimulusChoice) -> Self {
        choice.to_string()
    }
}

impl std::fmt::Display for StimulusChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::None => f.write_str("none"),
            Self::Stream(choice) => write!(f, "{choice}"),
            Self::Channel(label) => write!(f, "channel={label}"),
        }
    }
}

/// The stimulus of a session and what is made of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StimulusSettings {
    /// Where it comes from.
    #[serde(rename = "select")]
    pub choice: StimulusChoice,
    /// Label of the channel taken; the mean of all if `None`.
    #[serde(with = "off")]
    pub channel: Option<String>,
    /// How its envelope is made; by the stream's type if `None`: audio by the gammatone recipe, anything else as it is.
    #[serde(with = "recipe_or_auto")]
    pub recipe: Option<Recipe>,
    /// So much later than its stamps say it reaches the ear.
    pub latency_ms: f64,
}

/// A recipe by its name, and `auto` for `None`.
mod recipe_or_auto {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::stimulus::Recipe;

    const AUTO: &str = "auto";

    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde's `with` hands it over so"
    )]
    pub(super) fn serialize<S: Serializer>(
        recipe: &Option<Recipe>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(recipe.map_or(AUTO, Recipe::name))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Recipe>, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == AUTO {
            return Ok(None);
        }
        Recipe::from_name(&name).map(Some).ok_or_else(|| {
            let names = Recipe::ALL.map(|recipe| format!("{:?}", recipe.name()));
            D::Error::custom(format!("allowed is {AUTO:?}, {}", names.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_it_is_written() {
        for text in ["auto", "none", "channel=AUX 1", "type=Audio", "name=a b"] {
            assert_eq!(StimulusChoice::parse(text).to_string(), text);
        }
        assert_eq!(
            StimulusChoice::parse("Player"),
            StimulusChoice::Stream(StreamChoice::Name("Player".into()))
        );
    }
}
