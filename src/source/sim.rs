//! a synthetic recording whose truth is known: EEG with a planted response to a stimulus envelope.
//!
//! Pure and seeded: no LSL, no thread, no clock. The same settings give the same values, bit for bit, on one computer.
//! [`EegSimulator`] makes the EEG sample by sample, [`EnvelopeSimulator`] the stimulus envelope at any instant, [`marker_text`] the
//! events; [`Truth`] says what was planted. [`SimLink`] says when each sample is taken, stamped and sent, and which are lost; the EEG is made for the true times
//! it gives, so that a device whose clock drifts hears the sound as it was. Instead of its own envelope the EEG can follow a real sound: [`Hearing`].

mod alpha;
mod audio;
mod background;
mod blinks;
mod eeg;
mod envelope;
mod hearing;
mod link;
mod listening;
mod mains;
mod markers;
mod muscle;
mod settings;
mod spells;
mod topography;
mod truth;

pub use audio::AudioSimulator;
pub use eeg::EegSimulator;
pub use envelope::EnvelopeSimulator;
pub use hearing::{Heard, Hearing};
pub use link::{LinkSample, LinkSettings, SimLink};
pub use listening::listen;
pub use markers::{MARKER_STEP_SECS, marker_text};
pub use settings::{
    Carrier, HearingSettings, ResponseBand, SimSettings, SimSettingsError, StimulusKind,
};
pub use truth::{TrueChannel, TrueResponse, Truth};

use rand_distr::{Distribution, StandardUniform};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

/// What random numbers are drawn for: each purpose has a generator of its own, so that adding a channel does not change the envelope.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    Envelope = 1,
    Background = 2,
    Alpha = 3,
    Mains = 4,
    Blinks = 5,
    Carrier = 6,
    Muscle = 16,
    EegLink = 32,
    StimulusLink = 48,
}

/// The generator for one purpose.
fn rng(seed: u64, purpose: Purpose) -> Pcg64 {
    rng_of_part(seed, purpose, 0)
}

/// The generator for one of up to fifteen parts of a purpose.
fn rng_of_part(seed: u64, purpose: Purpose, part: u64) -> Pcg64 {
    // An odd constant with no pattern in its bits, 2^64 over the golden ratio: neighbouring seeds share no generator.
    Pcg64::seed_from_u64(seed ^ (purpose as u64 + part).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// The next number in `[0, 1)`.
fn uniform(rng: &mut Pcg64) -> f64 {
    StandardUniform.sample(rng)
}

/// The sine of a phase in cycles. Whole cycles go first, so that hours after the start it is as exact as at the start.
fn sine(cycles: f64) -> f64 {
    (std::f64::consts::TAU * cycles.fract()).sin()
}
