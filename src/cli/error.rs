//! What a command can fail with.

use std::path::PathBuf;

use crate::config::ConfigError;
use crate::format::AudioError;
use crate::publish::PublishError;
use crate::publish::player::PlayError;
use crate::session::{SessionError, ThreadPanic};
use crate::source::SourceError;
use crate::stimulus::EnvelopeError;
use crate::stimulus::synth::SynthError;

/// Why a command failed, in words a person can act on.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The stream, or its fit to the settings.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The simulated streams.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The stimulus to be made.
    #[error(transparent)]
    Synth(#[from] SynthError),
    /// A file is in the way.
    #[error("a file is there already; --force writes over it: {}", path.display())]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder cannot be written.
    #[error("{doing} failed ({source}): {}", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A sound file.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The envelope of what is played.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The window.
    #[error("the dashboard cannot be opened ({problem}); `efrscope run` needs no window")]
    Window {
        /// The system's words.
        problem: String,
    },
    /// Standard output does not take what is written.
    #[error("writing to standard output failed: {source}")]
    Output {
        /// The system's words.
        source: std::io::Error,
    },
    /// An error of the program's own.
    #[error(transparent)]
    Panicked(#[from] ThreadPanic),
    /// Signals or threads.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// The system's words.
        source: std::io::Error,
    },
    /// No stream answered.
    #[error("no LSL stream found\n{tried}")]
    NoStream {
        /// What was tried, and what to check.
        tried: String,
    },
    /// The stream ended for good.
    #[error("the stream has ended: {reason}")]
    StreamEnded {
        /// Why, as far as known.
        reason: String,
    },
}

impl CliError {
    /// What the program returns: 1 where it failed on its way, 2 where it refuses what it was asked for or given.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Output { .. } | Self::Panicked(_) => 1,
            _ => 2,
        }
    }
}

impl From<SourceError> for CliError {
    fn from(error: SourceError) -> Self {
        Self::Session(error.into())
    }
}

impl From<PlayError> for CliError {
    fn from(error: PlayError) -> Self {
        Self::Publish(error.into())
    }
}
