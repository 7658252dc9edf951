//! efrscope: a live oscilloscope for the brain's envelope following response.
//!
//! The modules stand in the order of the signal's path; `tests/architecture.rs` holds who may import whom.
#![cfg_attr(
    test,
    allow(
        clippy::float_cmp,
        reason = "tests ask for exactly representable results"
    )
)]

/// The vocabulary: what a stream, a sample, a chunk, a gap, a montage and a band are.
pub mod signal;

/// Time, passed in so that tests and replays can step it.
pub mod clock;

/// A thread with a name and an owner.
pub mod worker;

/// Files: sounds to play.
pub mod format;

/// Each stream's time: when its samples were taken, how fast they come, and which are missing.
pub mod timeline;

/// Where samples come from: an LSL inlet or the simulator.
pub mod source;

/// The bounded way from an acquisition thread to the analysis.
pub mod ring;

/// Arithmetic on slices: tapers, spectra, coherence. Knows nothing of the world.
pub mod dsp;

/// The stimulus as sound: envelopes by named recipes, ready-made stimuli.
pub mod stimulus;

/// One time base: the stimulus on the EEG's samples, whatever the two clocks do.
pub mod align;

/// One hop of the sliding window: segments in, a [`metrics::Snapshot`] out.
pub mod metrics;

/// The one path: samples and markers in, hops, traces and events out.
pub mod engine;

/// What threads say to each other: commands, states, counters, the newest snapshot.
pub mod control;

/// What leaves the program: JSON lines, simulated LSL streams.
pub mod publish;

/// The dashboard.
pub mod view;

/// Settings as text and as meaning.
pub mod config;

/// Starts, wires, stops and joins every thread.
pub mod session;

/// The commands a person types.
pub mod cli;
