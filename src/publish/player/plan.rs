//! What is played and sent, and what the person who waits may see of it.

use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::control::Latest;
use crate::publish::player::{NowPlaying, Program};
use crate::signal::PlayEvent;
use crate::stimulus::EnvelopeExtractor;

/// What is sent of the stimulus.
#[derive(Debug)]
pub enum Sending {
    /// The samples themselves.
    Audio,
    /// Their envelope, of the mean of the channels.
    Envelope(Box<EnvelopeExtractor>),
}

/// What is played and sent.
#[derive(Debug)]
pub struct PlayPlan {
    /// What is heard.
    pub program: Arc<Program>,
    /// What is sent of it.
    pub sending: Sending,
    /// The streams' ids are this with `-audio`, `-envelope` and `-markers`.
    pub source_id: String,
    /// Told in the streams' description, as pairs of name and value.
    pub told: Vec<(&'static str, String)>,
}

/// Where the one who waits looks.
#[derive(Debug)]
pub struct PlayWatch {
    /// What is heard now, and what went wrong without ending it.
    pub now: Latest<(NowPlaying, String)>,
    /// Every event, with its time since the first sample; when nobody takes them, the newest are left out here (never in the stream).
    pub events: Sender<(f64, PlayEvent)>,
}
