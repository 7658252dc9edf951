//! Which pairs of signals are compared.

use serde::{Deserialize, Serialize};

use crate::signal::{Montage, Pair, PairError};

/// Most channels of which every pair is computed without being asked for.
pub const MAX_AUTO_PAIR_CHANNELS: usize = 64;

/// Pairs whose coherence is computed. A configuration writes `[]`, `"all"` or a list of names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "PairWords", into = "PairWords")]
pub enum PairChoice {
    /// Every pair of up to [`MAX_AUTO_PAIR_CHANNELS`] channels, and none of more.
    #[default]
    Auto,
    /// Every pair, however many there are.
    All,
    /// These, each `"A-B"`.
    Named(Vec<String>),
}

/// As a configuration writes it.
#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "allowed is \"all\" or a list of pairs like [\"Cz-P4\"]"
)]
enum PairWords {
    Word(All),
    List(Vec<String>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum All {
    All,
}

impl PairChoice {
    /// The pairs of a montage that are meant.
    ///
    /// # Errors
    /// [`PairError`] when a name is no pair of different derivations.
    pub fn resolve(&self, montage: &Montage) -> Result<Vec<Pair>, PairError> {
        match self {
            Self::Auto if montage.len() > MAX_AUTO_PAIR_CHANNELS => Ok(Vec::new()),
            Self::Auto | Self::All => Ok(montage.all_pairs()),
            Self::Named(names) => montage.pairs(names),
        }
    }
}

impl From<PairWords> for PairChoice {
    fn from(words: PairWords) -> Self {
        match words {
            PairWords::Word(All::All) => Self::All,
            PairWords::List(names) if names.is_empty() => Self::Auto,
            PairWords::List(names) => Self::Named(names),
        }
    }
}

impl From<PairChoice> for PairWords {
    fn from(choice: PairChoice) -> Self {
        match choice {
            PairChoice::Auto => Self::List(Vec::new()),
            PairChoice::All => Self::Word(All::All),
            PairChoice::Named(names) => Self::List(names),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::StreamInfo;

    fn montage(n_channels: usize) -> Montage {
        let labels: Vec<String> = (0..n_channels).map(|ch| format!("E{ch}")).collect();
        let info = StreamInfo::of_eeg(&labels, "uV");
        Montage::new(&info, &[]).unwrap()
    }

    #[test]
    fn with_more_than_64_channels_no_pair_is_computed_until_asked_for() {
        let n_pairs = |choice: &PairChoice, n| choice.resolve(&montage(n)).unwrap().len();
        assert_eq!(n_pairs(&PairChoice::Auto, 64), 2016);
        assert_eq!(n_pairs(&PairChoice::Auto, 65), 0);
        assert_eq!(n_pairs(&PairChoice::All, 65), 2080);
        let named = PairChoice::Named(vec!["E64-E0".into()]);
        let pairs = named.resolve(&montage(65)).unwrap();
        assert_eq!(pairs, [Pair { a: 0, b: 64 }]);
    }

    #[test]
    fn a_pair_that_is_not_there_is_refused_by_name() {
        let choice = PairChoice::Named(vec!["E0-E1".into(), "E0-Cz".into()]);
        let error = choice.resolve(&montage(2)).unwrap_err();
        assert_eq!(error.pair, "E0-Cz");
    }

    #[test]
    fn a_choice_is_written_as_it_is_read() {
        for (text, choice) in [
            ("[]", PairChoice::Auto),
            ("\"all\"", PairChoice::All),
            ("[\"Cz-P4\"]", PairChoice::Named(vec!["Cz-P4".into()])),
        ] {
            assert_eq!(serde_json::from_str::<PairChoice>(text).unwrap(), choice);
            assert_eq!(serde_json::to_string(&choice).unwrap(), text);
        }
    }
}
