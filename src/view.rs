//! The dashboard: what a person sees of a running session.
//!
//! It reads what the other threads publish and asks for changes by
//! [`Command`](crate::control::Command); it computes no measure of its own and nobody waits for it.
//! Panels are stateless readers of one [`Snapshot`](crate::metrics::Snapshot): each has its file and
//! implements one small trait, so that a further panel is a further file and one line in
//! `view/dashboard.rs`.
//!
//! Only the settings are compiled without the feature `gui`.

#[cfg(feature = "gui")]
mod axis_range;
#[cfg(feature = "gui")]
mod band_editor;
#[cfg(feature = "gui")]
mod band_tracks;
#[cfg(feature = "gui")]
mod caption;
#[cfg(feature = "gui")]
mod connectivity;
#[cfg(feature = "gui")]
mod controls;
#[cfg(feature = "gui")]
mod dashboard;
#[cfg(feature = "gui")]
mod efr;
#[cfg(feature = "gui")]
mod evidence;
#[cfg(feature = "gui")]
mod figures;
#[cfg(feature = "gui")]
mod history;
#[cfg(feature = "gui")]
mod lanes;
#[cfg(feature = "gui")]
mod legend;
#[cfg(feature = "gui")]
mod marker_log;
#[cfg(feature = "gui")]
mod measure;
#[cfg(feature = "gui")]
mod model;
#[cfg(feature = "gui")]
mod panel;
#[cfg(feature = "gui")]
mod quality;
#[cfg(feature = "gui")]
mod rounding;
mod settings;
#[cfg(feature = "gui")]
mod spectra;
#[cfg(feature = "gui")]
mod status_bar;
#[cfg(feature = "gui")]
mod still_plot;
#[cfg(feature = "gui")]
mod stream_picker;
#[cfg(all(test, feature = "gui"))]
mod synthetic;
#[cfg(feature = "gui")]
mod theme;
#[cfg(feature = "gui")]
mod thin_line;
#[cfg(feature = "gui")]
mod timing_strip;
#[cfg(feature = "gui")]
mod trace_buffer;
#[cfg(feature = "gui")]
mod traces;
#[cfg(feature = "gui")]
mod track_table;
#[cfg(feature = "gui")]
mod units;
#[cfg(feature = "gui")]
mod waiting;
#[cfg(feature = "gui")]
mod window;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::{Receiver, Sender};

use crate::clock::Clock;
use crate::control::{
    Command, Latest, MarkerCounters, ShiftReport, StreamCounters, StreamList, TraceBlock,
};
use crate::metrics::Snapshot;
use crate::signal::Marker;

#[cfg(feature = "gui")]
pub use dashboard::Dashboard;
pub use settings::{ViewSettings, ViewSettingsError};
#[cfg(feature = "gui")]
pub use window::{ViewError, open};

/// What the dashboard reads, and where its requests go.
///
/// It holds on to two snapshots at most, the newest and while paused the frozen one: a pool they come from needs these
/// two beside those the slot and the writer hold. Trace blocks are let go as soon as they are read.
pub struct Feed {
    /// The newest result.
    pub snapshots: Arc<Latest<Snapshot>>,
    /// Counters and states.
    pub counters: Arc<StreamCounters>,
    /// Samples for the traces. Read thirty times a second; its bound is the sender's.
    pub traces: Receiver<Arc<TraceBlock>>,
    /// Markers, as they come. Read with the traces; its bound is the sender's.
    pub markers: Receiver<Marker>,
    /// Counts of their streams.
    pub marker_counts: Arc<MarkerCounters>,
    /// State of the stimulus's stream.
    pub stimulus: Arc<StreamCounters>,
    /// The newest circular shifts.
    pub shifts: Arc<Latest<ShiftReport>>,
    /// The streams in reach.
    pub streams: Arc<Latest<StreamList>>,
    /// Bounded; a request that does not fit is refused, and the screen says so.
    pub commands: Sender<Command>,
    /// The LSL clock the stamps are on: the age of a sample is now minus its stamp.
    pub clock: Arc<dyn Clock>,
    /// The window closes when this becomes true.
    pub stop: Arc<AtomicBool>,
}
