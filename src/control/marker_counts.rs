//! What came of the marker streams.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use crate::signal::{Marker, StreamInfo};

/// Streams that are counted one by one; beyond, those that have gone are forgotten, then new ones are not counted.
const MOST_STREAMS: usize = 64;
/// Letters kept of the newest marker: enough to tell one from another.
const LETTERS: usize = 40;

/// Counts of a session's marker streams: written by the threads that read them, read by whoever shows them.
#[derive(Debug, Default)]
pub struct MarkerCounters {
    streams: Mutex<Vec<MarkerCount>>,
}

/// What came of one marker stream, or of the trigger channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MarkerCount {
    /// Its name; for a trigger channel that of the EEG stream, a colon and the label.
    pub stream: Arc<str>,
    /// Identifies its sender across restarts; may be empty.
    pub source_id: Arc<str>,
    /// Identifies the outlet read last.
    pub uid: Arc<str>,
    /// Whether it is being read.
    pub is_open: bool,
    /// Markers that came.
    pub received: u64,
    /// Of these, more than 1.5 s after their time: what they say of trials may count late.
    pub late: u64,
    /// Of these, left out because they had no time.
    pub lost: u64,
    /// How the newest begins.
    pub newest: String,
}

impl MarkerCounters {
    /// A stream is read from now on. Where it is one that had gone, its counts go on.
    pub fn opened(&self, info: &StreamInfo) {
        self.with(|streams| {
            let is_back = |count: &&mut MarkerCount| {
                *count.uid == *info.uid
                    || !count.is_open
                        && (&*count.stream, &*count.source_id) == (&*info.name, &*info.source_id)
            };
            if let Some(count) = streams.iter_mut().find(is_back) {
                count.uid = info.uid.as_str().into();
                count.is_open = true;
            } else {
                add(streams, info.name.as_str().into(), info.uid.as_str().into());
                if let Some(count) = streams.last_mut().filter(|c| *c.uid == *info.uid) {
                    count.source_id = info.source_id.as_str().into();
                }
            }
        });
    }

    /// A stream is read no more.
    pub fn ended(&self, uid: &str) {
        self.with(|streams| {
            for count in streams.iter_mut().filter(|count| *count.uid == *uid) {
                count.is_open = false;
            }
        });
    }

    /// A marker came; `is_late` says that it did so more than 1.5 s after its time.
    pub fn received(&self, marker: &Marker, is_late: bool) {
        self.with(|streams| {
            if !streams.iter().any(|count| count.uid == marker.stream_uid) {
                let (stream, uid) = (&marker.stream, &marker.stream_uid);
                add(streams, Arc::clone(stream), Arc::clone(uid));
            }
            let mut known = streams.iter_mut();
            if let Some(count) = known.find(|count| count.uid == marker.stream_uid) {
                count.received += 1;
                count.late += u64::from(is_late);
                count.lost += u64::from(!marker.stamp_secs.is_finite());
                count.newest.clear();
                count.newest.extend(marker.text.chars().take(LETTERS));
            }
        });
    }

    /// Back to the state before any stream.
    pub fn reset(&self) {
        self.with(Vec::clear);
    }

    /// Everything at once, in the order in which the streams came.
    #[must_use]
    pub fn counts(&self) -> Vec<MarkerCount> {
        self.with(|streams| streams.clone())
    }

    fn with<T>(&self, what: impl FnOnce(&mut Vec<MarkerCount>) -> T) -> T {
        // counts stay counts, whoever panicked
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut streams)
    }
}

impl MarkerCount {
    /// The counts in few words, with what went wrong if anything did.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = format!("{}: {}", self.stream, self.received);
        for (n, what) in [(self.late, "late"), (self.lost, "lost")] {
            if n > 0 {
                // writing to a text cannot fail
                let _written = write!(words, ", {n} {what}");
            }
        }
        if !self.is_open {
            words += " (gone)";
        }
        words
    }
}

fn add(streams: &mut Vec<MarkerCount>, stream: Arc<str>, uid: Arc<str>) {
    if streams.len() >= MOST_STREAMS
        && let Some(gone) = streams.iter().position(|count| !count.is_open)
    {
        streams.remove(gone);
    }
    if streams.len() < MOST_STREAMS {
        streams.push(MarkerCount {
            stream,
            uid,
            is_open: true,
            ..MarkerCount::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &str, uid: &str) -> StreamInfo {
        StreamInfo {
            name: name.to_owned(),
            source_id: "s".to_owned(),
            uid: uid.to_owned(),
            ..StreamInfo::default()
        }
    }

    fn marker(name: &str, uid: &str, stamp_secs: f64) -> Marker {
        Marker {
            stream: name.into(),
            stream_uid: uid.into(),
            ..Marker::new(stamp_secs, &"x".repeat(5000))
        }
    }

    #[test]
    fn counts_are_kept_per_stream_and_go_on_where_a_sender_comes_back() {
        let counters = MarkerCounters::default();
        counters.opened(&stream("A", "u1"));
        counters.opened(&stream("B", "u2"));
        counters.received(&marker("A", "u1", 1.0), false);
        counters.received(&marker("A", "u1", 2.0), true);
        counters.received(&marker("A", "u1", f64::NAN), false);
        counters.ended("u1");
        assert_eq!(counters.counts()[0].words(), "A: 3, 1 late, 1 lost (gone)");
        counters.opened(&stream("A", "u3"));
        counters.received(&marker("A", "u3", 3.0), false);
        let words: Vec<String> = counters.counts().iter().map(MarkerCount::words).collect();
        assert_eq!(words, ["A: 4, 1 late, 1 lost", "B: 0"]);
        // two outlets of one name at once are two streams
        counters.opened(&stream("B", "u4"));
        assert_eq!(counters.counts().len(), 3);
        assert_eq!(counters.counts()[0].newest.len(), LETTERS);
        counters.reset();
        assert!(counters.counts().is_empty());
    }

    #[test]
    fn streams_without_end_take_no_memory_without_end() {
        let counters = MarkerCounters::default();
        for n in 0..1000 {
            let uid = n.to_string();
            counters.opened(&stream(&uid, &uid));
            counters.ended(&uid);
        }
        let counts = counters.counts();
        assert_eq!(
            (counts.len(), &*counts[MOST_STREAMS - 1].stream),
            (MOST_STREAMS, "999")
        );
    }
}
