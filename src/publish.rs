//! What leaves the program: JSON lines, and the simulated streams.

mod jsonl;
#[cfg(feature = "lsl")]
mod outlet;

pub use jsonl::{Line, SCHEMA_VERSION};
#[cfg(feature = "lsl")]
pub use outlet::simulate;

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
    #[error("cannot start the simulator's timer: {source}")]
    Timer {
        /// The system's words.
        source: std::io::Error,
    },
}
