//! Samples through placing, alignment and analysis, without LSL: chunks, clocks, faults, and the lines that come out.

mod alignment;
mod arrivals;
mod bad_channels;
mod bad_references;
mod changes;
mod chunking;
mod determinism;
#[path = "../common/drive.rs"]
mod drive;
mod faults;
mod front_end;
mod json;
mod pairs;
#[path = "../common/schema.rs"]
mod schema;
mod sessions;
#[path = "../common/synthetic.rs"]
mod synthetic;
mod tee;
mod waiting;
