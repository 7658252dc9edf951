//! One hop of the sliding window: samples in, a snapshot out.
//!
//! Pure numerics: the same samples and settings give the same bits, live or from a file, however the samples were cut
//! into chunks.

mod limits;
mod pair_choice;
mod settings;
mod taper_choice;

mod segment;

pub mod artefact;
mod derived;
mod front_end;
mod watch;

mod accepted;
pub mod budget;
mod stages;

pub mod detection;
mod efr_of_band;
pub mod emg;
pub mod mains;
pub mod periodic;
pub mod response;
mod response_snapshot;
mod run_log;
mod trial_settings;
mod trials;

mod analysis;

mod estimates;
mod plan;
mod snapshot;
mod wording;

pub use analysis::{Analysis, Built, Subject};
pub(crate) use derived::Derived;
pub use derived::laplacian_of;
pub use detection::RunProgress;
pub use efr_of_band::EfrOfBand;
pub use estimates::{BandCoherence, BandPower, CONFIDENCE, Change, ChannelQuality, Rejections};
pub use limits::Limits;
pub use pair_choice::{MAX_AUTO_PAIR_CHANNELS, PairChoice};
pub use plan::{Plan, PlannedBand};
pub use response::ResponsePlan;
pub use run_log::{Found, RunEnd, RunLog, RunRecord};
pub use settings::{AnalysisSettings, ResponseSettings, SettingsError};
pub use snapshot::Snapshot;
pub use stages::periodic::PeriodicSnapshot;
pub use taper_choice::TaperChoice;
pub use trial_settings::{MarkerChoice, TrialSettings, TriggerEdge};
pub use trials::{TrialEdge, Trials};
pub(crate) use watch::ElectrodeWatch;
pub use watch::{Aside, AsideReason, ElectrodeChange, ElectrodeState};
pub use wording::{electrode_words, p_words};

use crate::signal::AlignedSample as Sample;
use segment::Segment;
