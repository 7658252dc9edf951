//! The only reader of liblsl.
//!
//! Inlets are opened without liblsl's own recovery and post-processing: the first can fall silent for good without a word, the second can turn a blocked time
//! service into lost data. Loss, return and time are handled here, where they can be counted and shown.

mod advert;
mod description;
mod diagnosis;
mod find;
mod inlet;
mod library;

pub use diagnosis::Diagnosis;
pub use find::{Found, find, look_around};
pub use inlet::LslSource;
pub use library::{LslClock, LslSettings, prepare};
