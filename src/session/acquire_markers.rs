//! The body of the thread that takes markers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crossbeam_channel::{SendTimeoutError, Sender};

use crate::align::MAX_WAIT_SECS;
use crate::clock::Clock;
use crate::control::MarkerCounters;
use crate::session::Stop;
use crate::session::acquire::{PULL_SECS, RETRY};
use crate::signal::{Marker, StreamChoice, StreamId, Tee};
use crate::source::{MarkerSource, OpenMarkers, StreamEvent};

/// What it is given.
pub(super) struct MarkerAcquisition {
    pub(super) open: OpenMarkers,
    /// All marker streams if `None`.
    pub(super) choice: Option<StreamChoice>,
    pub(super) sink: Sender<Marker>,
    pub(super) counters: Arc<MarkerCounters>,
    pub(super) clock: Arc<dyn Clock>,
    /// Sees everything first.
    pub(super) tee: Option<Arc<dyn Tee>>,
}

impl MarkerAcquisition {
    /// Take the markers of every stream of the choice until a stop is asked for or nobody takes them.
    pub(super) fn run(&self, stop: &Stop) {
        let mut source = match (self.open)(self.choice.as_ref()) {
            Ok(source) => source,
            Err(error) => return tracing::error!("markers cannot be read: {error}"),
        };
        let (mut markers, mut open) = (Vec::new(), BTreeMap::new());
        let mut is_wanted = true;
        while is_wanted && !stop.is_requested() {
            if let Err(error) = source.pull(&mut markers, PULL_SECS) {
                tracing::error!("markers cannot be read: {error}");
                std::thread::sleep(RETRY);
            }
            self.copy(&mut *source, &markers, &mut open);
            is_wanted = markers.drain(..).all(|marker| self.pass_on(marker, stop));
        }
        for id in open.into_keys() {
            self.tee(|tee| tee.ended(id, "reading it was stopped"));
        }
    }

    fn tee(&self, say: impl FnOnce(&dyn Tee)) {
        if let Some(tee) = &self.tee {
            say(&**tee);
        }
    }

    /// What came, as it came, to the tee: a stream's beginning before its markers, its end after them.
    fn copy(
        &self,
        source: &mut dyn MarkerSource,
        markers: &[Marker],
        open: &mut BTreeMap<StreamId, String>,
    ) {
        let mut ended = Vec::new();
        source.take_events(&mut |id, event| match event {
            StreamEvent::Opened(info) => {
                open.insert(id, info.uid.clone());
                self.counters.opened(&info);
                self.tee(|tee| tee.stream(id, &info));
            }
            StreamEvent::Offset(offset) => self.tee(|tee| tee.offset(id, &offset)),
            StreamEvent::Ended(reason) => ended.push((id, reason)),
        });
        let now_secs = self.clock.now_secs();
        for marker in markers {
            let is_late = now_secs - marker.stamp_secs > MAX_WAIT_SECS;
            self.counters.received(marker, is_late);
            self.tee(|tee| tee.marker(marker));
        }
        for (id, reason) in ended {
            if let Some(uid) = open.remove(&id) {
                self.counters.ended(&uid);
            }
            self.tee(|tee| tee.ended(id, &reason));
        }
    }

    /// To the analysis; `false` where nobody takes it any more. Waits rather than loses one: what has not been pulled is kept by liblsl.
    fn pass_on(&self, marker: Marker, stop: &Stop) -> bool {
        if !marker.stamp_secs.is_finite() {
            tracing::error!(
                "a marker without a time was left out, stream {:?}",
                marker.stream
            );
            return true;
        }
        let mut waiting = Some(marker);
        while let Some(marker) = waiting.take() {
            match self.sink.send_timeout(marker, RETRY) {
                Ok(()) => {}
                Err(SendTimeoutError::Timeout(_)) if stop.is_requested() => return false,
                Err(SendTimeoutError::Timeout(marker)) => waiting = Some(marker),
                Err(SendTimeoutError::Disconnected(_)) => return false,
            }
        }
        true
    }
}
