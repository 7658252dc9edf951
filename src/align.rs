//! One time base: every stream of a session on the EEG's sample grid.
//!
//! Stamps are taken for what they are, noisy readings of a clock: a running robust line through them ([`Line`](crate::timeline::Line)) says when each sample was
//! taken and how fast each device's clock really runs. The stimulus's envelope ([`StimulusTrack`](crate::align::StimulusTrack)) is then read, band-limited, at the instants of
//! the EEG's samples ([`Aligner`](crate::align::Aligner)). Nominal rates are never believed.
//!
//! Pure: no threads, no clocks of its own. The two streams are to be taken in the order of their stamps (`engine` does), so that the result does not depend on
//! how they arrived.

mod aligner;
mod sample_queue;
mod stimulus_track;

pub use aligner::Aligner;
pub use sample_queue::{Header, SampleQueue};
pub use stimulus_track::StimulusTrack;

/// Stamps older than this say little of the present clocks: crystals wander.
pub(crate) const CLOCK_MEMORY_SECS: f64 = 120.0;

/// The longest that anything waits for another stream, in all: an EEG sample for its stimulus and its markers, counted from its stamp to the newest.
pub const MAX_WAIT_SECS: f64 = 1.5;

/// Samples of a stream that may wait at the most, ahead of and behind the other stream: what queues have capacity for.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are limited to 1 MHz"
)]
pub(crate) fn n_waiting_most(rate_hz: f64) -> usize {
    (2.0 * MAX_WAIT_SECS * rate_hz).ceil() as usize + 16
}
