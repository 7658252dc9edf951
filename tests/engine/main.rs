//! Samples through placing, alignment and analysis, without LSL: chunks, clocks, faults, and the lines that come out.

mod alignment;
mod chunking;
mod faults;
mod json;
#[path = "../common/synthetic.rs"]
mod synthetic;
mod tee;
