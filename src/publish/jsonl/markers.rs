//! Markers in a line: what came since the line before, and the counts of their streams.

use schemars::JsonSchema;
use serde::Serialize;

use crate::control::MarkerCount;
use crate::publish::jsonl::known;
use crate::signal::{Marker, MarkerValue};

/// Of a longer text, so many letters are printed.
const MOST_LETTERS: usize = 16_384;

/// Markers and where they come from.
#[derive(Serialize, JsonSchema)]
pub(super) struct Markers<'a> {
    /// The streams that are or were read, and the trigger channel
    streams: Vec<MarkerStream<'a>>,
    /// Those that came since the line before, oldest first
    newest: Vec<NewMarker<'a>>,
}

/// A marker stream, or the trigger channel.
#[derive(Serialize, JsonSchema)]
struct MarkerStream<'a> {
    /// Its name; for a trigger channel that of the EEG stream, a colon and the label
    stream: &'a str,
    /// Whether it is being read
    connected: bool,
    /// Markers that came
    received: u64,
    /// Of these, more than 1.5 s after their time
    late: u64,
    /// Of these, left out because they had no time
    lost: u64,
}

/// A marker.
#[derive(Serialize, JsonSchema)]
struct NewMarker<'a> {
    /// When, seconds on the local LSL clock
    stamp_secs: Option<f64>,
    /// Its stream
    stream: &'a str,
    /// Its fields joined by a blank, as they are shown
    text: &'a str,
    /// One value per channel, as sent
    fields: Vec<Field<'a>>,
}

/// What one channel sent.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Field<'a> {
    Text(&'a str),
    Integer(i64),
    Float(Option<f64>),
}

impl<'a> Markers<'a> {
    pub(super) fn new(streams: &'a [MarkerCount], newest: &'a [Marker]) -> Self {
        Self {
            streams: streams.iter().map(MarkerStream::new).collect(),
            newest: newest.iter().map(NewMarker::new).collect(),
        }
    }
}

impl<'a> MarkerStream<'a> {
    fn new(count: &'a MarkerCount) -> Self {
        Self {
            stream: &count.stream,
            connected: count.is_open,
            received: count.received,
            late: count.late,
            lost: count.lost,
        }
    }
}

impl<'a> NewMarker<'a> {
    fn new(marker: &'a Marker) -> Self {
        Self {
            stamp_secs: known(marker.stamp_secs),
            stream: &marker.stream,
            text: &marker.text,
            fields: marker.fields.iter().map(Field::new).collect(),
        }
    }
}

impl<'a> Field<'a> {
    fn new(value: &'a MarkerValue) -> Self {
        match value {
            MarkerValue::Text(text) => {
                let end = text.char_indices().nth(MOST_LETTERS);
                Self::Text(end.map_or(text, |(end, _)| &text[..end]))
            }
            MarkerValue::Integer(value) => Self::Integer(*value),
            MarkerValue::Float(value) => Self::Float(known(*value)),
        }
    }
}
