//! The stimulus as sound: its envelope, live and offline by the same code, and ready-made stimuli.
//!
//! `EnvelopeExtractor` turns audio, sample by sample, into the envelope of a named `Recipe`, with a delay that is constant and exactly known.
//! `synth` makes sounds whose envelope holds what is known.

mod analytic;
mod decimator;
mod envelope;
mod gammatone;
mod recipe;
mod settings;
pub mod synth;

pub use envelope::{EnvelopeError, EnvelopeExtractor, MAX_AUDIO_RATE_HZ, MIN_AUDIO_RATE_HZ};
pub use recipe::Recipe;
pub use settings::{StimulusChoice, StimulusSettings};
