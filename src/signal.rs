//! The vocabulary every other module speaks.

mod band;
mod chunk;
mod layout;
mod link;
mod marker;
mod montage;
pub mod off;
mod polarity;
mod stream_choice;
mod stream_info;
mod timing;

pub use band::{Band, BandError};
pub use chunk::{Chunk, Gap};
pub use layout::{HEAD_RADIUS_M, electrode_position_m};
pub use link::Link;
pub use marker::{Marker, PlayEvent, PlayMark};
pub use montage::{Derivation, Montage, MontageError, Pair, PairError, Reference};
pub use polarity::Polarity;
pub use stream_choice::StreamChoice;
pub use stream_info::{Channel, ChannelKind, StreamInfo, ValueFormat, microvolts_per_unit};
pub use timing::{Alignment, StimulusTiming};
