//! The one path from samples to snapshots: live threads, files, calibration, tests and benches drive this type.
//!
//! [`Engine`](crate::engine::Engine) is pure: no thread, clock, file, LSL or log. EEG, stimulus and markers go in with their stamps, in any order within the waiting bound, and are
//! merged by stamp, aligned, cut into trials and analysed; hops, traces and events come out of a callback. The same inputs give the same bits, however they were
//! cut into chunks.
//!
//! **The waiting rule.** An EEG sample waits until its stimulus and, where trials matter, its markers have passed it: at most [`MAX_WAIT_SECS`](crate::align::MAX_WAIT_SECS) in all,
//! counted from its stamp to the newest EEG sample's. Nobody else waits.
//!
//! **Trigger channels** make markers out of the EEG stream itself: they are decided from its samples, wait for nobody but the sample that decides them, and are made
//! again by a replay.
//!
//! **Replay.** What is neither sample nor marker (a command, a stimulus that joins or leaves, a hop skipped under load, samples that waited in vain, a marker that came too late) depends on
//! when it happened. Each such [`InputEvent`](crate::engine::InputEvent) has its place, counted in samples; it comes out for the record, and an engine that is given it
//! ([`Engine::replay`](crate::engine::Engine::replay)) obeys it instead of deciding anew.

mod build_job;
mod events;
mod hop;
mod markers;
mod merge;
mod path;
mod script;
mod setup;
mod stimulus_input;
mod traces;
mod trigger;

pub use build_job::{BuildJob, Finished};
pub use events::{Event, InputEvent, Output};
pub use hop::Hop;
pub use path::Engine;
pub use setup::{EngineError, Setup, check};
pub use stimulus_input::StimulusError;
pub use traces::TraceSlice;
pub use trigger::trigger_stream;
