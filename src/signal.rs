//! The vocabulary every other module speaks.

mod band;
mod chunk;
mod link;
mod marker;
mod montage;
mod stream_choice;
mod stream_info;

pub use band::{Band, BandError};
pub use chunk::{Chunk, Gap};
pub use link::Link;
pub use marker::{Marker, PlayEvent, PlayMark, Polarity};
pub use montage::{Derivation, Montage, MontageError, Pair, PairError, Reference};
pub use stream_choice::StreamChoice;
pub use stream_info::{Channel, ChannelKind, StreamInfo, ValueFormat, microvolts_per_unit};
