//! One hop of the sliding window: samples in, a snapshot out.
//!
//! Pure numerics: the same samples and settings give the same bits, live or from a file, however the samples were cut
//! into chunks.

mod analyzer;
pub mod artefact;
pub mod emg;
pub mod mains;
pub mod periodic;
mod settings;
mod snapshot;

pub use analyzer::Analyzer;
pub use settings::{AnalysisSettings, SettingsError};
pub use snapshot::{BandInfo, Plan, Snapshot};
