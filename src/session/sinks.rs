//! Where a session's results go: a list of sinks, each of which takes what it wants at once or leaves it out, counted.

use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::control::{Latest, LinkReport, MarkerCounters, ShiftReport, StreamCounters, TraceBlock};
use crate::engine::Event;
use crate::metrics::{RunLog, Snapshot};
use crate::signal::{Marker, Tee};

/// Something a session hands out.
#[derive(Debug, Clone)]
pub enum Published {
    /// The result of a hop.
    Snapshot(Arc<Snapshot>),
    /// Samples for the screen.
    Traces(Arc<TraceBlock>),
    /// A marker, as it came.
    Marker(Marker),
    /// The circular shifts of a look.
    Shifts(Arc<ShiftReport>),
    /// Something that happened.
    Event(Arc<Event>),
    /// How a stream stands.
    Link(Arc<LinkReport>),
    /// The stream was left for another: what was shown of it means nothing any more.
    Closed,
}

/// Takes what a session hands out.
///
/// It is called on the threads that compute: it must return at once and never block.
pub trait Sink: Send + Sync {
    /// Take the item, or pass it over if it is none of the kinds wanted. `false` where it was wanted and there was no capacity left: it is counted.
    fn take(&self, item: &Published) -> bool;

    /// Whether traces are wanted: nobody derives them for nothing.
    fn wants_traces(&self) -> bool {
        false
    }
}

/// The newest snapshot and the newest shifts: latest wins.
#[derive(Default)]
pub struct Newest {
    /// The newest snapshot.
    pub snapshots: Arc<Latest<Snapshot>>,
    /// The newest circular shifts.
    pub shifts: Arc<Latest<ShiftReport>>,
}

impl Sink for Newest {
    fn take(&self, item: &Published) -> bool {
        match item {
            Published::Snapshot(snapshot) => self.snapshots.publish(Arc::clone(snapshot)),
            Published::Shifts(report) => self.shifts.publish(Arc::clone(report)),
            Published::Closed => {
                self.snapshots.clear();
                self.shifts.clear();
            }
            _ => {}
        }
        true
    }
}

/// Every snapshot, in order, into a bounded queue.
pub struct EveryHop(pub Sender<Arc<Snapshot>>);

impl Sink for EveryHop {
    fn take(&self, item: &Published) -> bool {
        match item {
            Published::Snapshot(snapshot) => self.0.try_send(Arc::clone(snapshot)).is_ok(),
            _ => true,
        }
    }
}

/// Every snapshot and every report about a stream, in order, into a bounded queue.
pub struct EveryLine(pub Sender<Published>);

impl Sink for EveryLine {
    fn take(&self, item: &Published) -> bool {
        match item {
            Published::Snapshot(_) | Published::Link(_) => self.0.try_send(item.clone()).is_ok(),
            _ => true,
        }
    }
}

/// Every marker, in order, into a bounded queue.
pub struct EveryMarker(pub Sender<Marker>);

impl Sink for EveryMarker {
    fn take(&self, item: &Published) -> bool {
        match item {
            Published::Marker(marker) => self.0.try_send(marker.clone()).is_ok(),
            _ => true,
        }
    }
}

/// Traces and markers into bounded queues, for the screen.
pub struct Screen {
    /// Samples.
    pub traces: Sender<Arc<TraceBlock>>,
    /// Markers.
    pub markers: Sender<Marker>,
}

impl Sink for Screen {
    fn take(&self, item: &Published) -> bool {
        match item {
            Published::Traces(block) => self.traces.try_send(Arc::clone(block)).is_ok(),
            Published::Marker(marker) => self.markers.try_send(marker.clone()).is_ok(),
            _ => true,
        }
    }

    fn wants_traces(&self) -> bool {
        true
    }
}

/// Events, in order, into a bounded queue.
pub struct Events(pub Sender<Arc<Event>>);

impl Sink for Events {
    fn take(&self, item: &Published) -> bool {
        match item {
            Published::Event(event) => self.0.try_send(Arc::clone(event)).is_ok(),
            _ => true,
        }
    }
}

/// Everything that a session hands its results to.
#[derive(Clone, Default)]
pub struct Sinks {
    list: Vec<Arc<dyn Sink>>,
    /// Sees what every stream sends before anything is done with it.
    pub tee: Option<Arc<dyn Tee>>,
    /// State of the stimulus's stream.
    pub stimulus: Arc<StreamCounters>,
    /// Counts of the marker streams, or of the trigger channel.
    pub markers: Arc<MarkerCounters>,
    /// The session's runs of detection that are over: they are numbered through whatever is analysed.
    pub runs: Arc<Latest<RunLog>>,
}

impl Sinks {
    /// These and one more.
    #[must_use]
    pub fn with(mut self, sink: impl Sink + 'static) -> Self {
        self.list.push(Arc::new(sink));
        self
    }

    /// Hand an item to every sink; returns how many had no capacity for it.
    pub(super) fn hand_out(&self, item: &Published) -> u64 {
        let left_out = self.list.iter().filter(|sink| !sink.take(item));
        left_out.count() as u64
    }

    /// Whether anybody looks at traces.
    pub(super) fn want_traces(&self) -> bool {
        self.list.iter().any(|sink| sink.wants_traces())
    }
}
