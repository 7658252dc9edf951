//! Samples through placing, alignment and analysis, without LSL: chunks, clocks, faults, and the lines that come out.

mod alignment;
mod chunking;
#[path = "../common/drive.rs"]
mod drive;
mod faults;
mod json;
#[path = "../common/synthetic.rs"]
mod synthetic;
mod tee;
mod waiting;
