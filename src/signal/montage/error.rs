//! Why channels cannot be analysed as asked.

use crate::signal::montage::{quoted, words};

/// So many units are named.
const MOST_UNITS: usize = 8;

/// Why a montage does not fit a stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MontageError {
    /// A channel asked for is not in the stream.
    #[error(
        "no channel {label:?} in the stream;{} it has {}",
        words::question(label, available),
        words::listed(available)
    )]
    NoSuchChannel {
        /// The label asked for.
        label: String,
        /// The labels there are.
        available: Vec<String>,
    },
    /// A channel is asked for twice.
    #[error("channel {label:?} is named twice")]
    Twice {
        /// The label.
        label: String,
    },
    /// A reference leaves nothing to measure: no channel in it, a pair with itself, the average of one.
    #[error("a reference of {reference} leaves no signal; name two different channels, or none")]
    Empty {
        /// The reference as the screen calls it.
        reference: String,
    },
    /// Every EEG channel is in a unit that is no voltage.
    #[error(
        "no EEG channel is in a voltage that can be read, {}; say what one is with --unit, e.g. --unit 0.1uV (channels.unit), \
         or name channels with --channels to analyse them as if they were in uV",
        units.iter().take(MOST_UNITS).map(|(unit, labels)| format!("{} in {unit:?}", quoted(labels))).collect::<Vec<_>>().join(", ")
    )]
    NoVoltage {
        /// The units, each with the labels of its channels.
        units: Vec<(String, Vec<String>)>,
    },
    /// Nothing to analyse.
    #[error(
        "the stream has no EEG channel; name the channels to analyse, as {}, or in analysis.channels; there are {}",
        words::option(available),
        words::listed(available)
    )]
    NoEeg {
        /// The labels there are.
        available: Vec<String>,
    },
}

/// Why a pair of channels was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no pair {pair:?}: write two different analysed channels as \"A-B\"; there are {}", available.join(", "))]
pub struct PairError {
    /// The pair as written.
    pub pair: String,
    /// The labels of the montage.
    pub available: Vec<String>,
}
