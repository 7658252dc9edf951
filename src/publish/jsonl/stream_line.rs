//! A line about a stream: what happened to it, and that it still does not come.

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::control::LinkReport;
use crate::publish::jsonl::{AnyLine, SCHEMA_VERSION};
use crate::signal::{Link, StreamId, StreamInfo};

/// A report about a stream as one line of JSON.
pub struct StreamLine<'a> {
    /// The report.
    pub report: &'a LinkReport,
}

impl Serialize for StreamLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AnyLine::Stream(Tree::new(self.report)).serialize(serializer)
    }
}

/// How a stream stands
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Searching,
    Live,
    Stale,
    Lost,
    Reopening,
}

/// Which stream of the session
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Stream {
    Eeg,
    Stimulus,
    Markers,
}

/// What happened to a stream, or that it still does not come: a line without numbers of the analysis.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StreamLine", extend("additionalProperties" = false))]
pub(super) struct Tree<'a> {
    /// Version of this schema
    schema: u32,
    /// How the stream stands
    state: State,
    /// Which stream of the session
    stream: Stream,
    /// What happened, in words; null where it only goes on like this
    event: Option<&'a str>,
    /// What the stream calls itself
    name: &'a str,
    /// The outlet that is or was read
    uid: &'a str,
    /// When this was said, seconds on the local LSL clock
    at_secs: f64,
    /// Since its last sample
    silent_secs: f64,
    /// Samples of it that arrived so far
    received: u64,
    /// Samples of it that are known never to come
    lost: u64,
    /// Other streams that may be meant, each with the option to type
    offers: Vec<&'a str>,
    /// What the stream is from now on, where that is another than before; null otherwise
    layout: Option<Layout<'a>>,
}

/// What a stream sends.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Layout<'a> {
    /// Channels per sample
    n_channels: usize,
    /// Samples per second
    sample_rate_hz: f64,
    /// How values are coded
    format: &'a str,
    /// The channels, in order
    channels: Vec<Channel<'a>>,
}

/// One channel.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Channel<'a> {
    /// Its label
    label: &'a str,
    /// Its unit, as the stream writes it
    unit: &'a str,
}

impl From<Link> for State {
    fn from(link: Link) -> Self {
        match link {
            Link::Searching => Self::Searching,
            Link::Live => Self::Live,
            Link::Stale => Self::Stale,
            Link::Lost => Self::Lost,
            Link::Reopening => Self::Reopening,
        }
    }
}

impl<'a> Tree<'a> {
    fn new(report: &'a LinkReport) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            state: report.state.into(),
            stream: match report.stream {
                StreamId::Eeg => Stream::Eeg,
                StreamId::Stimulus => Stream::Stimulus,
                StreamId::Markers(_) => Stream::Markers,
            },
            event: report.event.as_deref(),
            name: &report.name,
            uid: &report.uid,
            at_secs: report.at_secs,
            silent_secs: report.silent_secs,
            received: report.received,
            lost: report.lost,
            offers: report.offers.iter().map(|line| line.trim()).collect(),
            layout: report.layout.as_deref().map(Layout::new),
        }
    }
}

impl<'a> Layout<'a> {
    fn new(info: &'a StreamInfo) -> Self {
        let channel = |channel: &'a crate::signal::Channel| Channel {
            label: &channel.label,
            unit: &channel.unit,
        };
        Self {
            n_channels: info.n_channels,
            sample_rate_hz: info.sample_rate_hz,
            format: info.format.name(),
            channels: info.channels.iter().map(channel).collect(),
        }
    }
}
