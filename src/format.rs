//! Files: bytes in, samples out. No threads, no LSL.

mod audio;

pub use audio::{Audio, AudioError};
