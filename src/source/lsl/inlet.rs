//! One LSL stream as a [`Source`]: pulls, notices loss, and picks the stream up again when it returns.

use std::time::Duration;

use lsl::Pullable;

use crate::signal::{Chunk, Link, OffsetMeasured, StreamInfo};
use crate::source::lsl::clock::SenderClock;
use crate::source::lsl::find::{Found, Lookout, is_same_device};
use crate::source::{Pulled, Source, SourceError, Timing};
use crate::timeline::{OffsetLine, Placed, TimeLine};

/// liblsl keeps this much for us; it drops the oldest silently beyond, which the stamps then show.
const INLET_BUFFER_SECS: i32 = 30;
const ANSWER_SECS: f64 = 5.0;
/// The first clock measurement takes about half a second.
const CLOCK_SECS: f64 = 1.0;
const CLOCK_POLL_SECS: f64 = 2.0;
/// So many clock measurements are kept for who takes them.
const MAX_NEW_OFFSETS: usize = 16;
/// Without a sample for this long (or 20 periods) the stream is stale.
const STALE_SECS: f64 = 2.0;
/// A stale stream that can still be seen on the network is opened anew after this long: its connection is dead.
const REOPEN_SECS: f64 = 5.0;
const RETRY_SECS: f64 = 0.5;

/// A regular numeric LSL stream.
pub struct LslSource {
    info: StreamInfo,
    inlet: Option<lsl::StreamInlet>,
    lookout: Option<Lookout>,
    timeline: TimeLine,
    clock: SenderClock,
    offsets: OffsetLine,
    /// Measurements nobody has taken yet.
    new_offsets: Vec<OffsetMeasured>,
    heard_secs: f64,
    retry_secs: f64,
    sample: Vec<f64>,
    /// The first sample after a gap waits here with its stamp as sent, so that no chunk spans a gap.
    held: Option<(Placed, f64)>,
    link: Link,
}

impl LslSource {
    /// Open the stream: its description first, then its clock, then its data.
    ///
    /// # Errors
    /// [`SourceError::NoAnswer`] when the sender does not answer in time, [`SourceError::Refused`] when its description is another stream's.
    pub fn open(found: &Found) -> Result<Self, SourceError> {
        let (inlet, info) = connect(found)?;
        // the clock first: samples that wait while it is measured would look late
        let mut clock = SenderClock::default();
        let measured = clock.measure(&inlet, CLOCK_SECS);
        subscribe(&inlet, &info.name)?;
        let mut source = Self {
            timeline: TimeLine::new(info.sample_rate_hz),
            sample: vec![0.0; info.n_channels],
            info,
            inlet: Some(inlet),
            lookout: None,
            clock,
            offsets: OffsetLine::default(),
            new_offsets: Vec::with_capacity(MAX_NEW_OFFSETS),
            heard_secs: lsl::local_clock(),
            retry_secs: 0.0,
            held: None,
            link: Link::Live,
        };
        source.note(measured);
        Ok(source)
    }

    /// Pull until the chunk is full, the stream is dry, or a gap shows.
    fn pull_live(&mut self, chunk: &mut Chunk, timeout_secs: f64) -> Pulled {
        let mut gap = None;
        if let Some((placed, device_stamp_secs)) = self.held.take() {
            self.begin(chunk, placed, device_stamp_secs);
            gap = placed.gap;
        }
        let mut timeout_secs = if chunk.is_empty() { timeout_secs } else { 0.0 };
        let mut arrival_secs = None;
        while chunk.n_samples() < chunk.capacity() {
            let Some(inlet) = &self.inlet else { break };
            match inlet.pull_sample_buf(&mut self.sample, timeout_secs) {
                Ok(0.0) => break, // liblsl's way to say: nothing
                Ok(device_stamp_secs) => {
                    // what is taken without waiting has arrived together
                    let arrival_secs = *arrival_secs.get_or_insert_with(lsl::local_clock);
                    let stamp_secs = device_stamp_secs + self.offset_secs(arrival_secs);
                    let placed = self.timeline.place(stamp_secs, Some(arrival_secs));
                    if placed.gap.is_some() && !chunk.is_empty() {
                        self.held = Some((placed, device_stamp_secs));
                        break;
                    }
                    if chunk.is_empty() {
                        gap = placed.gap;
                        self.begin(chunk, placed, device_stamp_secs);
                    } else {
                        chunk.push(placed.stamp_secs, device_stamp_secs, &self.sample);
                    }
                }
                Err(error) => {
                    self.lose(error);
                    break;
                }
            }
            timeout_secs = 0.0;
        }
        match gap {
            _ if chunk.is_empty() => Pulled::Nothing,
            Some(gap) => Pulled::AfterGap(gap),
            None => Pulled::Samples,
        }
    }

    fn begin(&self, chunk: &mut Chunk, placed: Placed, device_stamp_secs: f64) {
        chunk.first_index = placed.index;
        chunk.run = placed.run;
        chunk.push(placed.stamp_secs, device_stamp_secs, &self.sample);
    }

    fn offset_secs(&self, now_secs: f64) -> f64 {
        self.offsets.secs(now_secs).unwrap_or(0.0)
    }

    fn note(&mut self, measured: Option<OffsetMeasured>) {
        let Some(offset) = measured else { return };
        self.offsets.push(&offset);
        // nobody takes them: the newest are worth more
        if self.new_offsets.len() == MAX_NEW_OFFSETS {
            self.new_offsets.remove(0);
        }
        self.new_offsets.push(offset);
    }

    fn lose(&mut self, error: lsl::Error) {
        tracing::error!(
            "the connection broke ({error}), stream {:?}",
            self.info.name
        );
        self.inlet = None;
        self.timeline.reconnected();
        self.link = Link::Lost;
    }

    /// Note silence, and ask for the clock now and then. liblsl measures it in the background: asking does not wait.
    fn look_after(&mut self, heard: bool) {
        let now_secs = lsl::local_clock();
        if heard {
            self.heard_secs = now_secs;
            self.link = Link::Live;
            self.lookout = None;
        } else if now_secs - self.heard_secs > STALE_SECS.max(20.0 / self.info.sample_rate_hz) {
            self.link = Link::Stale;
        }
        if let Some(inlet) = &self.inlet {
            let measured = self.clock.poll(inlet, CLOCK_POLL_SECS);
            self.note(measured);
        }
    }

    /// Look for the stream and open it when it is there again.
    fn look_for_return(&mut self) -> Result<(), SourceError> {
        let now_secs = lsl::local_clock();
        if now_secs < self.retry_secs {
            return Ok(());
        }
        let lookout = match self.lookout.take() {
            Some(lookout) => lookout,
            None => Lookout::start()?,
        };
        let streams = lookout.streams()?;
        self.lookout = Some(lookout);
        let is_ours = |found: &&Found| is_same_device(&found.info, &self.info);
        // the outlet that just broke is still remembered for some seconds: a new one is meant, unless it is only stale
        let is_back = |found: &&Found| {
            found.info.uid != self.info.uid || now_secs - self.heard_secs > REOPEN_SECS
        };
        let Some(found) = streams.iter().filter(is_ours).find(is_back) else {
            return Ok(());
        };
        // the data first: no more of it shall be lost while the clock is measured
        let connected = connect(found)
            .and_then(|(inlet, info)| subscribe(&inlet, &info.name).map(|()| (inlet, info)));
        match connected {
            Ok((inlet, info)) => self.resume(inlet, info),
            Err(error) => {
                tracing::warn!("{error}");
                self.retry_secs = now_secs + RETRY_SECS;
                Ok(())
            }
        }
    }

    fn resume(&mut self, inlet: lsl::StreamInlet, info: StreamInfo) -> Result<(), SourceError> {
        if let Some(problem) = difference(&self.info, &info) {
            return Err(SourceError::Changed {
                name: info.name,
                problem,
            });
        }
        tracing::info!("the stream is back, stream {:?}", info.name);
        self.clock = SenderClock::default();
        self.offsets.clear();
        let measured = self.clock.measure(&inlet, CLOCK_SECS);
        self.note(measured);
        self.timeline.reconnected();
        self.info = info;
        self.inlet = Some(inlet);
        self.lookout = None;
        self.heard_secs = lsl::local_clock();
        Ok(())
    }
}

impl Source for LslSource {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn pull(&mut self, chunk: &mut Chunk, timeout_secs: f64) -> Result<Pulled, SourceError> {
        chunk.clear();
        let pulled = if self.inlet.is_some() {
            self.pull_live(chunk, timeout_secs)
        } else {
            std::thread::sleep(Duration::from_secs_f64(timeout_secs));
            Pulled::Nothing
        };
        let was_lost = self.inlet.is_none();
        self.look_after(!chunk.is_empty());
        if was_lost {
            self.link = Link::Lost;
        }
        let silent_secs = lsl::local_clock() - self.heard_secs;
        if was_lost || (self.link == Link::Stale && silent_secs > REOPEN_SECS - 1.0) {
            self.look_for_return()?;
        }
        Ok(pulled)
    }

    fn link(&self) -> Link {
        self.link
    }

    fn timing(&self) -> Timing {
        Timing {
            measured_rate_hz: self.timeline.measured_rate_hz(),
            clock_offset_secs: self.offsets.secs(self.heard_secs),
            n_bad_stamps: self.timeline.n_bad_stamps(),
            n_lost: self.timeline.n_lost(),
            rate: self.timeline.rate_verdict(),
            stamps: self.timeline.stamp_clock(),
            has_equal_stamps: self.timeline.has_equal_stamps(),
            jitter_secs: self.timeline.jitter_secs(),
        }
    }

    fn take_offsets(&mut self, sink: &mut dyn FnMut(OffsetMeasured)) {
        self.new_offsets.drain(..).for_each(sink);
    }
}

/// Open an inlet and read the full description. In this order: pulling before the description has come can block for ever in liblsl.
fn connect(found: &Found) -> Result<(lsl::StreamInlet, StreamInfo), SourceError> {
    let inlet = found.open_inlet(INLET_BUFFER_SECS)?;
    let info = found.describe(&inlet, ANSWER_SECS)?;
    Ok((inlet, info))
}

/// Ask for the data; from now on liblsl keeps it for us.
fn subscribe(inlet: &lsl::StreamInlet, name: &str) -> Result<(), SourceError> {
    inlet
        .open_stream(ANSWER_SECS)
        .map_err(|error| SourceError::NoAnswer {
            name: name.to_owned(),
            problem: format!("no data connection within {ANSWER_SECS} s ({error})"),
        })
}

/// What makes a stream another one than before.
fn difference(before: &StreamInfo, now: &StreamInfo) -> Option<String> {
    if before.n_channels != now.n_channels {
        return Some(format!(
            "{} channels, before {}",
            now.n_channels, before.n_channels
        ));
    }
    if (before.sample_rate_hz - now.sample_rate_hz).abs() > 1e-9 {
        return Some(format!(
            "{} Hz, before {} Hz",
            now.sample_rate_hz, before.sample_rate_hz
        ));
    }
    let changed = before
        .channels
        .iter()
        .zip(&now.channels)
        .find(|(b, n)| b != n);
    changed.map(|(b, n)| {
        format!(
            "channel {:?} in {:?}, before {:?} in {:?}",
            n.label, n.unit, b.label, b.unit
        )
    })
}
