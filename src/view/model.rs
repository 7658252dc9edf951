//! What the dashboard remembers: the newest results, the last seconds and minutes, and the frozen picture.

use std::sync::Arc;

use crate::control::{Command, MarkerCount, ShiftReport, StreamList, StreamStatus};
use crate::metrics::Snapshot;
use crate::signal::Montage;
use crate::view::evidence::Evidence;
use crate::view::history::History;
use crate::view::marker_log::MarkerLog;
use crate::view::trace_buffer::TraceBuffer;
use crate::view::{Feed, ViewSettings};

/// Samples that came within this time count as coming now.
const ARRIVING_SECS: f64 = 2.0;
/// Stamps further ahead of the clock than this are not on the clock.
const AHEAD_SECS: f64 = 1.0;

/// Everything that is drawn and that a pause freezes.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub(super) snapshot: Option<Arc<Snapshot>>,
    pub(super) traces: TraceBuffer,
    pub(super) history: History,
    pub(super) markers: MarkerLog,
    /// The looks of the present run.
    pub(super) evidence: Evidence,
    /// The newest circular shifts of the present run.
    pub(super) shifts: Option<Arc<ShiftReport>>,
    /// The clock.
    pub(super) now_secs: f64,
    /// The clock when the last trace block came.
    arrived_secs: f64,
}

impl Picture {
    fn new(settings: &ViewSettings) -> Self {
        Self {
            snapshot: None,
            traces: TraceBuffer::new(settings.window_secs),
            history: History::new(settings.history_secs),
            markers: MarkerLog::new(settings.history_secs.max(settings.window_secs)),
            evidence: Evidence::default(),
            shifts: None,
            now_secs: 0.0,
            arrived_secs: f64::NEG_INFINITY,
        }
    }

    /// The channels there are.
    pub(super) fn montage(&self) -> Option<&Arc<Montage>> {
        let of_snapshot = self.snapshot.as_ref().map(|s| &s.plan.montage);
        of_snapshot.or(self.traces.montage())
    }

    /// Whether samples come although their stamps are nowhere near the clock.
    pub(super) fn stamps_are_off(&self) -> bool {
        let arriving = self.now_secs - self.arrived_secs < ARRIVING_SECS;
        let newest = self.traces.newest_secs();
        arriving
            && newest.is_some_and(|newest| {
                let age = self.now_secs - newest;
                !(-AHEAD_SECS..self.traces.window_secs()).contains(&age)
            })
    }

    /// Right end of the traces: now, or the newest sample where its stamp is not on the clock.
    pub(super) fn trace_end_secs(&self) -> f64 {
        if self.stamps_are_off() {
            self.traces.newest_secs().unwrap_or(self.now_secs)
        } else {
            self.now_secs
        }
    }

    /// Right end of the band tracks, by the same rule.
    pub(super) fn history_end_secs(&self) -> f64 {
        let off = self.stamps_are_off();
        let newest = self.snapshot.as_ref().map(|s| s.newest_stamp_secs);
        newest.filter(|_| off).unwrap_or(self.now_secs)
    }

    fn is_empty(&self) -> bool {
        self.snapshot.is_none() && self.traces.montage().is_none()
    }
}

/// Reads the feed.
pub(super) struct Model {
    pub(super) feed: Feed,
    pub(super) status: StreamStatus,
    /// State of the stimulus's stream.
    pub(super) stimulus: StreamStatus,
    /// What came of the marker streams.
    pub(super) marker_counts: Vec<MarkerCount>,
    pub(super) streams: Option<Arc<StreamList>>,
    /// The last request that found no capacity; until one does.
    pub(super) refusal: Option<String>,
    live: Picture,
    frozen: Option<Picture>,
    /// Shifts of a run or plan that is over.
    outdated_shifts: Option<Arc<ShiftReport>>,
}

impl Model {
    pub(super) fn new(feed: Feed, settings: &ViewSettings) -> Self {
        Self {
            status: feed.counters.status(),
            stimulus: feed.stimulus.status(),
            marker_counts: feed.marker_counts.counts(),
            streams: None,
            refusal: None,
            live: Picture::new(settings),
            frozen: None,
            outdated_shifts: None,
            feed,
        }
    }

    /// Read what came since the last time.
    pub(super) fn update(&mut self) {
        let live = &mut self.live;
        live.now_secs = self.feed.clock.now_secs();
        self.status = self.feed.counters.status();
        self.stimulus = self.feed.stimulus.status();
        self.marker_counts = self.feed.marker_counts.counts();
        self.streams = self.feed.streams.newest();
        for block in self.feed.traces.try_iter() {
            live.traces.push(&block);
            live.arrived_secs = live.now_secs;
        }
        for marker in self.feed.markers.try_iter() {
            live.markers.push(marker, live.now_secs);
        }
        let shifts = self.feed.shifts.newest();
        let newest = self.feed.snapshots.newest();
        if let Some(newest) = &newest {
            // the one seen last is still held here, so its place in memory cannot have been used again
            let seen = live.snapshot.as_ref();
            if !seen.is_some_and(|seen| Arc::ptr_eq(seen, newest)) {
                live.history.push(newest);
                if live.evidence.push(newest) {
                    self.outdated_shifts.clone_from(&shifts);
                }
            }
        }
        let same = |a: &Arc<ShiftReport>| {
            let outdated = self.outdated_shifts.as_ref();
            outdated.is_some_and(|b| Arc::ptr_eq(a, b))
        };
        live.shifts = shifts.filter(|report| !same(report));
        live.snapshot = newest;
    }

    /// What to draw.
    pub(super) fn picture(&self) -> &Picture {
        self.frozen.as_ref().unwrap_or(&self.live)
    }

    pub(super) fn paused(&self) -> bool {
        self.frozen.is_some()
    }

    /// Freeze the picture, or show the live one again.
    pub(super) fn set_paused(&mut self, paused: bool) {
        self.frozen = paused.then(|| self.live.clone());
    }

    /// Let the traces show more or less time. What a frozen picture does not hold does not come back.
    pub(super) fn set_window_secs(&mut self, window_secs: f64) {
        for picture in std::iter::once(&mut self.live).chain(&mut self.frozen) {
            picture.traces.set_window_secs(window_secs);
        }
    }

    /// Whether there is nothing to draw and no stream to wait for.
    pub(super) fn is_waiting(&self) -> bool {
        self.status.stream.is_none() && self.picture().is_empty()
    }

    /// Ask for a change. A request that finds no capacity is refused and the screen says so.
    pub(super) fn send(&mut self, command: Command) {
        let what = match &command {
            Command::Open(choice) => format!("open {choice}"),
            Command::Channels(_) => "analyse other channels".to_owned(),
            Command::KeepOut {
                label,
                is_out: true,
            } => format!("keep out {label}"),
            Command::KeepOut { label, .. } => format!("take back {label}"),
            Command::Bands(_) => "other bands".to_owned(),
            Command::AllPairs => "every pair".to_owned(),
            Command::Phases => "phase measures".to_owned(),
            Command::NewRun => "a new run".to_owned(),
            Command::Rest { .. } => "a rest baseline".to_owned(),
        };
        self.refusal = match self.feed.commands.try_send(command) {
            Ok(()) => None,
            Err(crossbeam_channel::TrySendError::Full(_)) => Some(format!(
                "refused: {what}; earlier requests are still waiting, try again"
            )),
            Err(crossbeam_channel::TrySendError::Disconnected(_)) => {
                Some(format!("refused: {what}; the session has ended"))
            }
        };
    }
}

#[cfg(test)]
mod tests;
