//! The vocabulary every other module speaks.

mod aligned_sample;
mod band;
mod chunk;
mod layout;
mod link;
mod marker;
mod montage;
pub mod off;
mod offset;
mod play_event;
mod polarity;
mod stream_channels;
mod stream_choice;
mod stream_clock;
mod stream_info;
mod tee;
mod text;
mod timing;
mod voltage_unit;
mod word;

pub use aligned_sample::AlignedSample;
pub use band::{Band, BandError};
pub use chunk::{Chunk, Gap};
pub use layout::{HEAD_RADIUS_M, electrode_position_m};
pub use link::Link;
pub use marker::{Marker, MarkerValue};
pub use montage::{
    Derivation, Electrode, Montage, MontageError, Pair, PairError, Reference, quoted,
};
pub use offset::OffsetMeasured;
pub use play_event::{PlayEvent, PlayMark};
pub use polarity::Polarity;
pub use stream_choice::StreamChoice;
pub use stream_clock::{RateVerdict, StampClock};
pub use stream_info::{Channel, ChannelKind, StreamInfo, ValueFormat};
pub use tee::{StreamId, Tee};
pub use text::{printable, printable_char};
pub use timing::{Alignment, StimulusTiming};
pub use voltage_unit::{is_unstated, microvolts_per_unit};
pub use word::{position_called, same_word};
