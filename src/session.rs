//! Starts, wires, stops and joins the threads of a session; a command that needs one more (`publish`, `open`, `sim`, `signals`) takes a `Worker`.
//! Nobody else spawns.
//!
//! | thread | does | when its output is full |
//! |---|---|---|
//! | `acq`, `acq-stimulus` | opens the source, pulls, counts gaps, writes the ring | drops the newest samples, counts them as overrun |
//! | `acq-markers` | takes the markers of all streams | waits: liblsl keeps what was not read |
//! | `acq-marker` | opens one marker stream, reads it; owned by the LSL source | waits likewise |
//! | `shifts` | shifts the stimulus of each look against the EEG | latest wins; a look that finds it busy goes without |
//! | `analyze` | reads the ring, computes hops, hands out snapshots and traces | snapshots: latest wins; queues: drops the update and counts it |
//! | `build` | builds what a change needs, off the hot path | one job at a time; the newest request waits |
//! | `control` | keeps a stream open, carries out commands | - |
//! | `resolve` | lists the streams there are | latest wins |

mod acquire;
mod acquire_markers;
mod analyze;
mod builder;
mod load;
mod outputs;
mod pipeline;
mod shifts;
mod sinks;
mod supervise;

pub use crate::worker::{Stop, ThreadPanic, Worker, panics};
pub use pipeline::{Pipeline, SessionError, SessionRequest};
pub use sinks::{Events, EveryHop, EveryLine, EveryMarker, Newest, Published, Screen, Sink, Sinks};
pub use supervise::Supervisor;
