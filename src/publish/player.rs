//! Plays stimuli: what is played when, and at what time each sample reaches the output.
//!
//! The sound card asks for samples on a thread of its own that must never wait. It and the streams read the same immutable [`Program`] by
//! sample number, so no sound is queued between them: the card's thread only tells which sample it has reached and when, and the streams follow.

mod device;
mod error;
#[cfg(not(feature = "sound"))]
mod no_sound;
mod order;
mod output;
mod plan;
mod program;
mod resample;
#[cfg(feature = "sound")]
mod sound;
mod stamp_fit;

pub use device::{Block, DeviceCounts, DeviceFeed, DeviceInfo, MAX_BLOCKS};
pub use error::PlayError;
#[cfg(not(feature = "sound"))]
pub use no_sound::{SoundDevice, devices};
pub use order::{MAX_PLAYS, Order, Play};
pub use output::{Latency, NoDevice, Output};
pub use plan::{PlayPlan, PlayWatch, Sending};
pub use program::{NowPlaying, Program, Silences};
pub use resample::{Stimulus, fit_to_output};
#[cfg(feature = "sound")]
pub use sound::{SoundDevice, devices};
pub use stamp_fit::StampFit;
