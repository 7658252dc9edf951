//! What threads say to each other.
//!
//! Every type here is bounded and says what happens when it is full. The payloads are the callers' own.

mod command;
mod latest;
mod link_report;
mod marker_counts;
mod pool;
mod shift_report;
mod status;

pub use command::Command;
pub use latest::Latest;
pub use link_report::LinkReport;
pub use marker_counts::{MarkerCount, MarkerCounters};
pub use pool::Pool;
pub use shift_report::ShiftReport;
pub use status::{StreamCounters, StreamList, StreamStatus, TraceBlock};
