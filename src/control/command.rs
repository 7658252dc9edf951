//! What a person asks of the running session.

use crate::signal::{Band, StreamChoice};

/// A request of the person at the screen. Sent over a bounded channel; when that is full the request is refused and the screen
/// says so.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Leave the present stream and read this one.
    Open(StreamChoice),
    /// Analyse these channels (labels); all EEG channels if empty. The averages start anew.
    Channels(Vec<String>),
    /// Keep this channel of the stream out of averages, references and tests, or no longer.
    KeepOut {
        /// Its label.
        label: String,
        /// Whether it is kept out from now on.
        is_out: bool,
    },
    /// Read out these bands.
    Bands(Vec<Band>),
    /// Compute every pair of channels, however many they are.
    AllPairs,
    /// Sum the phase measures of every pair that is computed: somebody reads them.
    Phases,
    /// Begin a new run of detection: what was detected is forgotten, looks start anew.
    NewRun,
    /// Take the next seconds of accepted data as the rest baseline.
    Rest {
        /// How many.
        secs: f64,
    },
}
