//! One hop of the sliding window: samples in, a snapshot out.
//!
//! Pure numerics: the same samples and settings give the same bits, live or from a file, however the samples were cut
//! into chunks.

mod limits;
mod pair_choice;
mod settings;
mod taper_choice;

pub mod artefact;
mod conditioning;

mod analyzer;
mod band_power;
pub mod detection;
mod efr_of_band;
pub mod emg;
pub mod mains;
mod pair_coherence;
pub mod periodic;
mod periodic_part;
pub mod response;
mod trials;

mod estimates;
mod plan;
mod snapshot;
mod wording;

pub use analyzer::Analyzer;
pub use efr_of_band::EfrOfBand;
pub use estimates::{BandCoherence, BandPower, CONFIDENCE, Change, ChannelQuality, Rejections};
pub use limits::Limits;
pub use pair_choice::{MAX_AUTO_PAIR_CHANNELS, PairChoice};
pub use periodic_part::PeriodicSnapshot;
pub use plan::{Plan, PlannedBand};
pub use settings::{AnalysisSettings, ResponseSettings, SettingsError};
pub use snapshot::Snapshot;
pub use taper_choice::TaperChoice;
pub use trials::{MarkerChoice, TrialEdge, TrialSettings, Trials};
pub use wording::p_words;
