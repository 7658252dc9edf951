//! One hop of the sliding window: samples in, a snapshot out.
//!
//! Pure numerics: the same samples and settings give the same bits, live or from a file, however the samples were cut
//! into chunks.

mod settings;

pub mod artefact;
mod conditioning;

mod analyzer;
mod band_efr;
mod band_readout;
pub mod detection;
pub mod emg;
pub mod mains;
mod pair_readout;
pub mod periodic;
mod periodic_part;
pub mod response;
mod trials;

mod plan;
mod readings;
mod snapshot;
mod wording;

pub use analyzer::Analyzer;
pub use band_efr::BandEfr;
pub use periodic_part::PeriodicSnapshot;
pub use plan::{BandInfo, Plan};
pub use readings::{BandReading, CONFIDENCE, Change, ChannelQuality, PairReading, Rejections};
pub use settings::{AnalysisSettings, ResponseSettings, SettingsError, TaperChoice};
pub use snapshot::Snapshot;
pub use trials::{MarkerChoice, TrialEdge, TrialSettings, Trials};
pub use wording::p_words;
