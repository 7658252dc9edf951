//! What a session says of its streams, apart from their samples.

use std::sync::Arc;

use crate::control::StreamStatus;
use crate::signal::{Link, StreamId, StreamInfo};

/// How a stream stands: said when that changes, and now and then while no samples come.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkReport {
    /// Which of the session's streams.
    pub stream: StreamId,
    /// How it stands.
    pub state: Link,
    /// What it calls itself.
    pub name: String,
    /// The outlet that is or was read.
    pub uid: String,
    /// When this was said, seconds on the local LSL clock.
    pub at_secs: f64,
    /// Since its last sample.
    pub silent_secs: f64,
    /// Samples that arrived so far.
    pub received: u64,
    /// Samples that are known never to come.
    pub lost: u64,
    /// What happened, in words; `None` where it only goes on like this.
    pub event: Option<String>,
    /// Other streams that may be meant, a line each with the option to type.
    pub offers: Vec<String>,
    /// What it is from now on, where its layout is another than before.
    pub layout: Option<Arc<StreamInfo>>,
}

impl LinkReport {
    /// That a stream stands so at `at_secs`, with the counts of `status`: live, and nothing happened, until the fields say otherwise.
    #[must_use]
    pub fn new(stream: StreamId, info: &StreamInfo, status: &StreamStatus, at_secs: f64) -> Self {
        Self {
            stream,
            state: Link::Live,
            name: info.name.clone(),
            uid: info.uid.clone(),
            at_secs,
            silent_secs: 0.0,
            received: status.received,
            lost: status.lost,
            event: None,
            offers: Vec::new(),
            layout: None,
        }
    }
}
