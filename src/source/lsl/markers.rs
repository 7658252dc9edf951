//! Marker streams over LSL: text and numbers, now and then, from any number of senders.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::signal::{Marker, StreamChoice, StreamId, StreamInfo, ValueFormat, same_word};
use crate::source::lsl::find::{Lookout, matches};
use crate::source::lsl::marker_inlet::{Heard, MarkerReader};
use crate::source::{MarkerSource, SourceError, StreamEvent};
use crate::worker::{Stop, Worker};

/// Streams are looked for this often.
const LOOK_SECS: f64 = 2.0;
/// So many streams are followed at most.
const MAX_STREAMS: usize = 16;
/// What all streams together may have waiting here; beyond, liblsl keeps it.
const MAX_WAITING: usize = 256;
/// Types of streams whose numbers are signals, steady rate or not.
const SIGNAL_TYPES: [&str; 24] = [
    "eeg",
    "exg",
    "signal",
    "audio",
    "stimulusenvelope",
    "stimulus",
    "ecg",
    "ekg",
    "emg",
    "eog",
    "eda",
    "gsr",
    "ppg",
    "nirs",
    "fnirs",
    "meg",
    "gaze",
    "eyetracking",
    "mocap",
    "accelerometer",
    "acc",
    "gyroscope",
    "imu",
    "video",
];

/// Follows the marker streams of a choice, or all of them, each on a thread of its own: a sender that does not answer delays nobody else's markers.
pub struct LslMarkers {
    choice: Option<StreamChoice>,
    lookout: Lookout,
    looked_secs: f64,
    readers: Vec<(String, Worker)>,
    n_streams: u32,
    sink: Sender<Heard>,
    heard: Receiver<Heard>,
    events: Vec<(StreamId, StreamEvent)>,
    /// That there are too many streams.
    has_told: bool,
}

impl LslMarkers {
    /// Look for the streams of `choice`, all marker streams if `None`.
    ///
    /// # Errors
    /// [`SourceError::Library`] when liblsl cannot look for streams.
    pub fn open(choice: Option<&StreamChoice>) -> Result<Self, SourceError> {
        let (sink, heard) = bounded(MAX_WAITING);
        Ok(Self {
            choice: choice.cloned(),
            lookout: Lookout::start()?,
            looked_secs: f64::NEG_INFINITY,
            readers: Vec::new(),
            n_streams: 0,
            sink,
            heard,
            events: Vec::new(),
            has_told: false,
        })
    }

    /// Start to read the streams that are new.
    fn look(&mut self) -> Result<(), SourceError> {
        let now_secs = lsl::local_clock();
        if now_secs - self.looked_secs < LOOK_SECS {
            return Ok(());
        }
        self.looked_secs = now_secs;
        self.readers.retain(|(_, worker)| !worker.is_finished());
        for found in self.lookout.streams()? {
            let info = found.info;
            let is_wanted = match &self.choice {
                Some(choice) => matches(choice, &info),
                None => true,
            };
            let is_known = self.readers.iter().any(|(uid, _)| *uid == info.uid);
            let is_named = self.choice.is_some();
            let is_ours = is_wanted && !is_known && is_markers(&info, is_named);
            if is_ours && self.readers.len() >= MAX_STREAMS {
                self.tell_left_out(&info.name);
            } else if is_ours {
                self.read(info.uid)?;
            }
        }
        Ok(())
    }

    fn read(&mut self, uid: String) -> Result<(), SourceError> {
        let reader = MarkerReader {
            id: StreamId::Markers(self.n_streams),
            uid: uid.clone(),
            sink: self.sink.clone(),
        };
        let worker = Worker::spawn("acq-marker", Stop::default(), move |stop| reader.run(stop))
            .map_err(|error| SourceError::Library {
                doing: "starting a thread for a marker stream",
                problem: error.to_string(),
            })?;
        self.n_streams += 1;
        self.readers.push((uid, worker));
        Ok(())
    }

    /// Say once that there are too many.
    fn tell_left_out(&mut self, name: &str) {
        if !std::mem::replace(&mut self.has_told, true) {
            tracing::warn!(
                "{MAX_STREAMS} marker streams are read and {name:?} is not; markers.select names those that are wanted"
            );
        }
    }

    fn take(&mut self, heard: Heard, markers: &mut Vec<Marker>) {
        match heard {
            Heard::Marker(marker) => markers.push(marker),
            Heard::Event(id, event) => self.events.push((id, event)),
        }
    }
}

impl MarkerSource for LslMarkers {
    fn pull(&mut self, markers: &mut Vec<Marker>, timeout_secs: f64) -> Result<(), SourceError> {
        self.look()?;
        let timeout = Duration::from_secs_f64(timeout_secs);
        let Ok(first) = self.heard.recv_timeout(timeout) else {
            return Ok(());
        };
        self.take(first, markers);
        // no more than waits now: a sender that never rests must not keep us here
        for _ in 0..self.heard.len() {
            if let Ok(heard) = self.heard.try_recv() {
                self.take(heard, markers);
            }
        }
        Ok(())
    }

    fn take_events(&mut self, sink: &mut dyn FnMut(StreamId, StreamEvent)) {
        for (id, event) in self.events.drain(..) {
            sink(id, event);
        }
    }
}

impl Drop for LslMarkers {
    /// All are asked before the first is waited for.
    fn drop(&mut self) {
        for (_, worker) in &self.readers {
            worker.request_stop();
        }
    }
}

/// Text, whatever its type and rate, and numbers without a rate that are no signal, or are named as markers.
fn is_markers(info: &StreamInfo, is_named: bool) -> bool {
    let is_signal = SIGNAL_TYPES
        .iter()
        .any(|stype| same_word(&info.stype, stype));
    let is_irregular = info.format.is_numeric() && info.sample_rate_hz == 0.0;
    info.format == ValueFormat::Text || (is_irregular && (is_named || !is_signal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_irregular_numbers_are_markers_and_signals_are_not() {
        let is = |format: ValueFormat, stype: &str, sample_rate_hz: f64| {
            let info = StreamInfo {
                format,
                stype: stype.to_owned(),
                sample_rate_hz,
                ..StreamInfo::default()
            };
            let is_numeric = format.is_numeric() && sample_rate_hz == 0.0;
            assert!(is_markers(&info, true) || !is_numeric, "it was named");
            is_markers(&info, false)
        };
        for format in [
            ValueFormat::Int8,
            ValueFormat::Int64,
            ValueFormat::Float32,
            ValueFormat::Float64,
        ] {
            assert!(is(format, "Markers", 0.0) && is(format, "", 0.0));
            assert!(!is(format, "Markers", 500.0));
            assert!(!is(format, "eeg", 0.0) && !is(format, "StimulusEnvelope", 0.0));
            assert!(!is(format, "ExG ", 0.0) && !is(format, "Gaze", 0.0));
        }
        assert!(is(ValueFormat::Text, "EEG", 100.0));
        assert!(!is(ValueFormat::Unknown, "Markers", 0.0));
    }
}
