//! One marker stream, opened and read on a thread of its own.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};
use lsl::Pullable;

use crate::signal::{Marker, MarkerValue, OffsetMeasured, StreamId, StreamInfo, ValueFormat};
use crate::source::lsl::clock::SenderClock;
use crate::source::lsl::connecting::{Connected, connect};
use crate::source::lsl::find::by_uid;
use crate::source::{SourceError, StreamEvent};
use crate::worker::Stop;

/// liblsl keeps this much of a stream for us.
const INLET_BUFFER_SECS: i32 = 60;
/// A sender may take so long to be found and to answer.
const ANSWER_SECS: f64 = 3.0;
/// The first clock correction of a stream may take so long.
const CLOCK_SECS: f64 = 2.0;
/// From one clock correction to the next.
const CLOCK_POLL_SECS: f64 = 5.0;
/// The longest wait for a marker, or for somebody to take one: how fast a stop is obeyed.
const WAIT_SECS: f64 = 0.1;

/// What such a thread says.
pub(super) enum Heard {
    /// A marker.
    Marker(Marker),
    /// Something about its stream.
    Event(StreamId, StreamEvent),
}

/// One thread's work.
pub(super) struct MarkerReader {
    /// The stream's number in the session.
    pub(super) id: StreamId,
    /// The outlet to read.
    pub(super) uid: String,
    /// Bounded: where it is full, reading waits, and liblsl keeps the markers.
    pub(super) sink: Sender<Heard>,
}

impl MarkerReader {
    /// Open the stream and read it until its sender has gone or a stop is asked for.
    pub(super) fn run(&self, stop: &Stop) {
        let inlet = match MarkerInlet::open(&self.uid, stop) {
            Ok(Some(inlet)) => inlet,
            // it went before it could be opened, or nobody wants it any more
            Ok(None) => return,
            Err(error) => return tracing::warn!("{error}"),
        };
        let reason = self.read(inlet, stop);
        self.tell(StreamEvent::Ended(reason), stop);
    }

    /// Why no more is read.
    fn read(&self, mut inlet: MarkerInlet, stop: &Stop) -> String {
        self.tell(StreamEvent::Opened(Arc::clone(&inlet.info)), stop);
        let mut measured = inlet.first_offset(stop);
        while !stop.is_requested() {
            if let Some(offset) = measured {
                self.tell(StreamEvent::Offset(offset), stop);
            }
            match inlet.pull() {
                Ok(Some(marker)) => self.send(Heard::Marker(marker), stop),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!("{error}, marker stream {:?}", inlet.info.name);
                    return error.to_string();
                }
            }
            measured = inlet.new_offset();
        }
        "reading it was stopped".to_owned()
    }

    fn tell(&self, event: StreamEvent, stop: &Stop) {
        self.send(Heard::Event(self.id, event), stop);
    }

    /// Wait rather than lose one.
    fn send(&self, heard: Heard, stop: &Stop) {
        let mut waiting = Some(heard);
        while let Some(heard) = waiting.take() {
            match self
                .sink
                .send_timeout(heard, Duration::from_secs_f64(WAIT_SECS))
            {
                Ok(()) | Err(SendTimeoutError::Disconnected(_)) => {}
                Err(SendTimeoutError::Timeout(_)) if stop.is_requested() => {}
                Err(SendTimeoutError::Timeout(heard)) => waiting = Some(heard),
            }
        }
    }
}

struct MarkerInlet {
    info: Arc<StreamInfo>,
    name: Arc<str>,
    uid: Arc<str>,
    inlet: lsl::StreamInlet,
    clock: SenderClock,
    offset_secs: f64,
}

impl MarkerInlet {
    /// A sender that does not answer is waited for; a stop is obeyed meanwhile. `None` where the sender is not there any more.
    fn open(uid: &str, stop: &Stop) -> Result<Option<Self>, SourceError> {
        let Some(found) = by_uid(uid, ANSWER_SECS, || stop.is_requested())? else {
            return Ok(None);
        };
        let is_over = || stop.is_requested();
        let connected = connect(&found, (INLET_BUFFER_SECS, ANSWER_SECS), is_over, |_| ())?;
        let Some(Connected { inlet, info }) = connected else {
            return Ok(None);
        };
        Ok(Some(Self {
            name: info.name.as_str().into(),
            uid: info.uid.as_str().into(),
            info: Arc::new(info),
            inlet,
            clock: SenderClock::default(),
            offset_secs: 0.0,
        }))
    }

    fn first_offset(&mut self, stop: &Stop) -> Option<OffsetMeasured> {
        let is_over = || stop.is_requested();
        let measured = self.clock.first(&self.inlet, CLOCK_SECS, is_over);
        if measured.is_none() {
            tracing::warn!(
                "the sender's clock does not answer: its stamps are taken for local ones until it does, marker stream {:?}",
                self.info.name
            );
        }
        self.take_over(measured)
    }

    fn new_offset(&mut self) -> Option<OffsetMeasured> {
        let measured = self.clock.poll(&self.inlet, CLOCK_POLL_SECS);
        self.take_over(measured)
    }

    fn take_over(&mut self, measured: Option<OffsetMeasured>) -> Option<OffsetMeasured> {
        if let Some(offset) = measured {
            self.offset_secs = offset.offset_secs;
        }
        measured
    }

    /// The next marker, if one comes soon.
    fn pull(&self) -> Result<Option<Marker>, lsl::Error> {
        let (fields, device_stamp_secs) = match self.info.format {
            ValueFormat::Float32 | ValueFormat::Float64 => self.fields(MarkerValue::Float)?,
            ValueFormat::Int8 | ValueFormat::Int16 | ValueFormat::Int32 => {
                self.fields(|value: i32| MarkerValue::Integer(value.into()))?
            }
            // by way of text, as `lsl` has no 64-bit integers on every system; liblsl writes them exactly
            ValueFormat::Int64 => self.fields(|text: String| match text.parse() {
                Ok(value) => MarkerValue::Integer(value),
                Err(_) => MarkerValue::Text(text),
            })?,
            ValueFormat::Text | ValueFormat::Unknown => self.fields(MarkerValue::Text)?,
        };
        // liblsl's way to say: nothing
        if device_stamp_secs == 0.0 {
            return Ok(None);
        }
        Ok(Some(Marker {
            stamp_secs: device_stamp_secs + self.offset_secs,
            device_stamp_secs,
            stream: Arc::clone(&self.name),
            stream_uid: Arc::clone(&self.uid),
            text: Marker::text_of(&fields),
            fields,
        }))
    }

    fn fields<T>(
        &self,
        field: impl Fn(T) -> MarkerValue,
    ) -> Result<(Vec<MarkerValue>, f64), lsl::Error>
    where
        lsl::StreamInlet: Pullable<T>,
    {
        let (values, stamp_secs) = self.inlet.pull_sample(WAIT_SECS)?;
        Ok((values.into_iter().map(field).collect(), stamp_secs))
    }
}
