//! What leaves the program: JSON lines, and the simulated streams.

mod jsonl;

pub use jsonl::{Line, SCHEMA_VERSION};
