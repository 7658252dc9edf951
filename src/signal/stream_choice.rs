//! Which stream is meant.

use serde::{Deserialize, Serialize};

/// Which stream to read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum StreamChoice {
    /// The only stream that can be read as EEG.
    #[default]
    Any,
    /// The only numeric stream of the type of a stimulus: `Audio`, `StimulusEnvelope` or `Stimulus`.
    AnyStimulus,
    /// By its name.
    Name(String),
    /// By its LSL content type.
    Type(String),
    /// By the device that sends it.
    SourceId(String),
    /// By the outlet alone: its sender's next start has another.
    Uid(String),
}

impl StreamChoice {
    /// Reads `NAME`, `name=NAME`, `type=TYPE`, `source_id=ID` or `uid=UID`; nothing means any.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        match text
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
        {
            _ if text.is_empty() => Self::Any,
            Some(("name", name)) => Self::Name(name.to_owned()),
            Some(("type", stype)) => Self::Type(stype.to_owned()),
            Some(("source_id", source_id)) => Self::SourceId(source_id.to_owned()),
            Some(("uid", uid)) => Self::Uid(uid.to_owned()),
            _ => Self::Name(text.to_owned()),
        }
    }
}

impl From<String> for StreamChoice {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<StreamChoice> for String {
    /// As [`StreamChoice::parse`] reads it. Nobody writes [`StreamChoice::AnyStimulus`]: it is what a session makes of a stimulus left to it.
    fn from(choice: StreamChoice) -> Self {
        match choice {
            StreamChoice::Any => Self::new(),
            named => named.to_string(),
        }
    }
}

impl std::fmt::Display for StreamChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => write!(f, "any EEG stream"),
            Self::AnyStimulus => write!(f, "any stimulus stream"),
            Self::Name(name) => write!(f, "name={name}"),
            Self::Type(stype) => write!(f, "type={stype}"),
            Self::SourceId(source_id) => write!(f, "source_id={source_id}"),
            Self::Uid(uid) => write!(f, "uid={uid}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_it_is_written() {
        for (text, choice) in [
            ("", StreamChoice::Any),
            ("Amp 1", StreamChoice::Name("Amp 1".into())),
            ("type=EEG", StreamChoice::Type("EEG".into())),
            ("source_id = a=b", StreamChoice::SourceId("a=b".into())),
            ("uid=4f-a", StreamChoice::Uid("4f-a".into())),
            ("odd=name", StreamChoice::Name("odd=name".into())),
        ] {
            assert_eq!(StreamChoice::parse(text), choice, "{text:?}");
            let written = String::from(choice.clone());
            assert_eq!(StreamChoice::parse(&written), choice, "{written:?}");
        }
    }
}
