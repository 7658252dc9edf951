//! What leaves the program: JSON lines, the simulated streams, and stimuli as sound and as streams.

mod jsonl;
#[cfg(feature = "lsl")]
mod outlet;
pub mod player;

pub use jsonl::{Line, SCHEMA_VERSION, StreamLine, json_schema, write_line};
#[cfg(feature = "lsl")]
pub use outlet::{play, simulate};

use player::PlayError;

/// Why streams could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// liblsl refused.
    #[error("liblsl failed while {doing}: {problem}")]
    Library {
        /// What was being done.
        doing: &'static str,
        /// Its words.
        problem: String,
    },
    /// The timer could not be started.
    #[error("cannot start the timer that paces the streams: {source}")]
    Timer {
        /// The system's words.
        source: std::io::Error,
    },
    /// The stimuli cannot be played.
    #[error(transparent)]
    Play(#[from] PlayError),
}
