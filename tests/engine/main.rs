//! Samples through placing, alignment and analysis, without LSL: chunks, clocks, faults, and the lines that come out.

mod alignment;
mod arrivals;
mod bad_channels;
mod bad_references;
#[path = "../common/bodies.rs"]
mod bodies;
#[path = "../common/case.rs"]
mod case;
mod changed_streams;
mod changes;
mod chunking;
mod determinism;
#[path = "../common/drive.rs"]
mod drive;
mod faults;
mod front_end;
mod json;
mod lives;
mod lossy;
mod mutations;
mod pairs;
#[path = "../common/schema.rs"]
mod schema;
#[path = "../common/senders.rs"]
mod senders;
mod sessions;
mod slow_stimuli;
mod soak;
#[path = "../common/synthetic.rs"]
mod synthetic;
mod tee;
mod timelines;
mod triggers;
mod waiting;
