//! Where samples come from: an LSL inlet, or the simulator without one.

mod identity;
#[cfg(feature = "lsl")]
pub mod lsl;
mod lsl_settings;
mod sim;
mod supervisor;

pub use identity::{Return, Sightings, look_for};
pub use lsl_settings::LslSettings;
pub use sim::{
    AudioSimulator, Carrier, EegSimulator, EnvelopeSimulator, Heard, Hearing, HearingSettings,
    LinkSample, LinkSettings, MARKER_STEP_SECS, ResponseBand, SimLink, SimSettings,
    SimSettingsError, StimulusKind, TrueChannel, TrueResponse, Truth, listen, marker_text,
};
pub use supervisor::{LinkSupervisor, Transition};

use std::sync::Arc;

use crate::clock::Clock;
use crate::signal::{
    Chunk, Gap, Link, Marker, OffsetMeasured, RateVerdict, StampClock, StreamChoice, StreamId,
    StreamInfo,
};

/// What one pull brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulled {
    /// The chunk holds at least one new sample.
    Samples,
    /// Nothing new within the time-out.
    Nothing,
    /// Samples were lost, or the clock reset, before those in the chunk, which holds at least one.
    AfterGap(Gap),
    /// The layout is another from now on: [`Source::info`] says which, differing in what [`StreamInfo::change_since`] names. The chunk is empty; the samples of the
    /// new layout come with the next pulls, and the first of them begins a run of its own. Indices and runs go on across the change, lost samples
    /// counted: nothing is lost by it.
    Changed,
    /// The stream is over.
    End,
}

/// Something that can be read chunk by chunk.
///
/// **Its layout may change** (channels, rate, format, labels, units): with [`Pulled::Changed`], and with nothing else. Whoever pulls it then makes a chunk for the
/// new number of channels and plans anew.
///
/// Not `Send`: liblsl's inlets stay on the thread that opened them. Settings cross the thread boundary, sources do not.
pub trait Source {
    /// Description of the stream, channels included.
    fn info(&self) -> &StreamInfo;

    /// Fill `chunk` with what has arrived, waiting at most about `timeout_secs` for the first sample.
    ///
    /// A chunk never spans a gap. Allocates nothing while the stream is live and `chunk` has the capacity.
    ///
    /// # Errors
    /// [`SourceError`] once the stream cannot come back as it was; while it may, the answer is [`Pulled::Nothing`]
    /// and [`link`](Self::link) says why.
    fn pull(&mut self, chunk: &mut Chunk, timeout_secs: f64) -> Result<Pulled, SourceError>;

    /// How the connection stands.
    fn link(&self) -> Link;

    /// What was measured of the stream's timing.
    fn timing(&self) -> Timing;

    /// Go by the numbers in the channel of this label for what is lost: `stream.counter`. The channel is no EEG then.
    ///
    /// # Errors
    /// [`SourceError::NoCounter`] where the stream has no such channel.
    fn count_by(&mut self, label: &str) -> Result<(), SourceError> {
        Err(SourceError::NoCounter {
            label: label.to_owned(),
            available: self.info().listed_labels(),
        })
    }

    /// Hand out the measurements of the stream's clock made since the last call, oldest first, each once.
    fn take_offsets(&mut self, _sink: &mut dyn FnMut(OffsetMeasured)) {}

    /// Hand out what happened to the connection since the last call, oldest first, each once.
    fn take_events(&mut self, _sink: &mut dyn FnMut(LinkEvent)) {}
}

/// Something that happened to the connection of a regular stream.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkEvent {
    /// How it stands now.
    pub state: Link,
    /// Since the last sample.
    pub silent_secs: f64,
    /// What happened, in words that name the stream.
    pub words: String,
    /// Other streams that may be meant, a line each with the option to type.
    pub offers: Vec<String>,
}

/// Events of one or more irregular streams. Not `Send`, as sources are not.
pub trait MarkerSource {
    /// Add what has come to `markers`, waiting at most about `timeout_secs`. Streams that come and go are followed.
    ///
    /// # Errors
    /// [`SourceError`] when streams cannot be looked for any more.
    fn pull(&mut self, markers: &mut Vec<Marker>, timeout_secs: f64) -> Result<(), SourceError>;

    /// Hand out what happened to the streams themselves up to the last pull, oldest first, each once.
    fn take_events(&mut self, _sink: &mut dyn FnMut(StreamId, StreamEvent)) {}
}

/// What happens to a marker stream besides its markers.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// It was opened and described; its markers come afterwards.
    Opened(Arc<StreamInfo>),
    /// Its clock was measured.
    Offset(OffsetMeasured),
    /// No marker comes any more, for this reason.
    Ended(String),
}

/// Opens the marker streams of a choice, all of them if `None`; called on the thread that will read them.
pub type OpenMarkers =
    Arc<dyn Fn(Option<&StreamChoice>) -> Result<Box<dyn MarkerSource>, SourceError> + Send + Sync>;

/// Opens a source; called on the thread that will read it.
pub type OpenSource =
    Arc<dyn Fn(&StreamChoice, f64) -> Result<Box<dyn Source>, SourceError> + Send + Sync>;

/// Looks for streams for so many seconds.
pub type LookAround = Arc<dyn Fn(f64) -> Result<Vec<StreamInfo>, SourceError> + Send + Sync>;

/// A way to reach streams: LSL, or a synthetic one in tests.
#[derive(Clone)]
pub struct Backend {
    /// Opens the stream that is meant, waiting for it at most so many seconds.
    pub open: OpenSource,
    /// Opens marker streams.
    pub open_markers: OpenMarkers,
    /// Lists the streams there are.
    pub look_around: LookAround,
    /// The clock that stamps are on.
    pub clock: Arc<dyn Clock>,
}

/// What a source measured of its stream's timing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    /// Rate by the stamps; 0 while unknown.
    pub measured_rate_hz: f64,
    /// Clock correction added to the stream's stamps; `None` while unknown.
    pub clock_offset_secs: Option<f64>,
    /// Stamps replaced because they made no sense.
    pub n_bad_stamps: u64,
    /// Samples lost so far. How many a gap among jittering stamps holds is settled within some seconds: this can go down again.
    pub n_lost: u64,
    /// Whether the measured rate is the nominal one.
    pub rate: RateVerdict,
    /// What the stamps are on.
    pub stamps: StampClock,
    /// Whether all samples of a push carry one stamp.
    pub has_equal_stamps: bool,
    /// Standard deviation of the stamps about their line.
    pub jitter_secs: f64,
    /// What is lost is known from the numbers in a channel, not from the stamps.
    pub is_counted: bool,
}

/// Why a stream could not be opened or read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SourceError {
    /// liblsl could not be loaded.
    #[error("{reason}")]
    NoLibrary {
        /// What was tried, and what to do.
        reason: String,
    },
    /// No stream matched in time.
    #[error("no LSL stream matches {choice}; {}", list(available))]
    NotFound {
        /// What was asked for.
        choice: String,
        /// Streams there are, one line each, with the reason against it or the option that means it.
        available: Vec<String>,
    },
    /// Several streams match.
    #[error("{} streams match {choice}; name one (where a stimulus is meant, in [stimulus] select):\n{}", matches.len(), lines(matches))]
    Ambiguous {
        /// What was asked for.
        choice: String,
        /// Streams that match, one line each, with the reason against it or the option that means it.
        matches: Vec<String>,
    },
    /// The stream holds text or has no steady rate.
    #[error(
        "stream {name:?} cannot be analysed as EEG: {problem}; allowed is a numeric format at a rate above 0 Hz{}",
        others(instead)
    )]
    NotEeg {
        /// The stream's name.
        name: String,
        /// What it is instead.
        problem: String,
        /// Streams that can be read, one line each.
        instead: Vec<String>,
    },
    /// The stream's advertisement is beyond what is safe to open.
    #[error("stream {name:?} was refused: {problem}")]
    Refused {
        /// The stream's name, shortened.
        name: String,
        /// Which limit, what was found, what is allowed.
        problem: String,
    },
    /// The channel that is to number the samples is not in the stream.
    #[error("stream.counter: no channel {label:?} in the stream; it has {}", available.join(", "))]
    NoCounter {
        /// The label asked for.
        label: String,
        /// Those there are.
        available: Vec<String>,
    },
    /// liblsl could not open or describe the stream.
    #[error(
        "stream {name:?} does not answer: {problem}; is the sender still running, and does a firewall block TCP ports 16572 to 16604?"
    )]
    NoAnswer {
        /// The stream's name.
        name: String,
        /// What failed.
        problem: String,
    },
    /// liblsl failed in a way it does not explain.
    #[error("liblsl failed while {doing}: {problem}")]
    Library {
        /// What was being done.
        doing: &'static str,
        /// Its words.
        problem: String,
    },
}

/// Streams that an error names one by one.
const MOST_SHOWN: usize = 20;

fn others(streams: &[String]) -> String {
    if streams.is_empty() {
        "; there is no other stream to read".to_owned()
    } else {
        format!("; these can be read:\n{}", lines(streams))
    }
}

fn list(streams: &[String]) -> String {
    if streams.is_empty() {
        "there is no stream at all: run `efrscope streams` for what was tried".to_owned()
    } else {
        format!("there are:\n{}", lines(streams))
    }
}

/// As many as a person reads; how many more there are is said.
fn lines(streams: &[String]) -> String {
    let shown = streams.len().min(MOST_SHOWN);
    let lines = streams[..shown].join("\n");
    match streams.len() - shown {
        0 => lines,
        n_more => format!("{lines}\nand {n_more} more: `efrscope streams` lists them all"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_as_many_streams_as_a_person_reads_and_says_how_many_more_there_are() {
        let told = |n: usize| {
            let available = (0..n).map(|n| format!("stream {n}")).collect();
            let choice = "type EEG".to_owned();
            SourceError::NotFound { choice, available }.to_string()
        };
        assert!(told(20).ends_with("stream 19"), "{}", told(20));
        let many = told(500);
        assert_eq!(many.lines().count(), 22, "{many}");
        assert!(
            many.ends_with("and 480 more: `efrscope streams` lists them all"),
            "{many}"
        );
    }
}
