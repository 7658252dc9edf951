//! One LSL stream as a [`Source`]: pulls, notices loss, and picks the stream up again when it returns.

use std::time::Duration;

use lsl::Pullable;

use crate::signal::{ChannelKind, Chunk, Link, OffsetMeasured, RateVerdict, StreamInfo};
use crate::source::lsl::clock::SenderClock;
use crate::source::lsl::connecting::{Connected, connect};
use crate::source::lsl::find::Found;
use crate::source::lsl::placing::Placing;
use crate::source::lsl::watch::{Returned, Watch};
use crate::source::{LinkEvent, Pulled, Source, SourceError, Timing};
use crate::timeline::{OffsetLine, Placed};

/// liblsl keeps this much for us; it drops the oldest silently beyond, which the stamps then show.
pub(super) const INLET_BUFFER_SECS: i32 = 30;
pub(super) const ANSWER_SECS: f64 = 5.0;
/// The first clock measurement takes about half a second.
const CLOCK_SECS: f64 = 1.0;
const CLOCK_POLL_SECS: f64 = 2.0;
/// Measured rates closer than this are the same.
const SAME_RATE: f64 = 5e-3;
/// So many clock measurements are kept for who takes them.
const MAX_NEW_OFFSETS: usize = 16;

/// A regular numeric LSL stream.
pub struct LslSource {
    info: StreamInfo,
    inlet: Option<lsl::StreamInlet>,
    watch: Watch,
    /// The stream's return, to be read from the next pull on.
    returned: Option<Returned>,
    placing: Placing,
    clock: SenderClock,
    offsets: OffsetLine,
    /// Measurements nobody has taken yet.
    new_offsets: Vec<OffsetMeasured>,
    sample: Vec<f64>,
    /// The label of the channel that numbers the samples, and whether it was said that it does not.
    counter: Option<String>,
    has_told_counter: bool,
    /// The first sample after a gap waits here with its stamp as sent, so that no chunk spans a gap.
    held: Option<(Placed, f64)>,
}

impl LslSource {
    /// Open the stream: its description first, then its clock, then its data.
    ///
    /// # Errors
    /// [`SourceError::NoAnswer`] when the sender does not answer in time or `give_up` says so first, [`SourceError::Refused`] when its description is
    /// another stream's.
    pub fn open(found: &Found, give_up: impl Fn() -> bool) -> Result<Self, SourceError> {
        let (mut clock, mut measured) = (SenderClock::default(), None);
        // the clock before the data: samples that wait while it is measured would look late
        let limits = (INLET_BUFFER_SECS, ANSWER_SECS);
        let connected = connect(found, limits, &give_up, |inlet| {
            measured = clock.first(inlet, CLOCK_SECS, &give_up);
        })?;
        let Connected { inlet, info } = connected.ok_or_else(|| SourceError::NoAnswer {
            name: found.info.name.clone(),
            problem: "opening it was stopped".to_owned(),
        })?;
        let mut source = Self {
            placing: Placing::new(info.sample_rate_hz),
            sample: vec![0.0; info.n_channels],
            watch: Watch::start(info.sample_rate_hz, &found.seen)?,
            info,
            inlet: Some(inlet),
            returned: None,
            clock,
            offsets: OffsetLine::default(),
            new_offsets: Vec::with_capacity(MAX_NEW_OFFSETS),
            counter: None,
            has_told_counter: false,
            held: None,
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
        let silent_secs = self.watch.silent_secs();
        while chunk.n_samples() < chunk.capacity() {
            let Some(inlet) = &self.inlet else { break };
            match inlet.pull_sample_buf(&mut self.sample, timeout_secs) {
                Ok(0.0) => break, // liblsl's way to say: nothing
                Ok(device_stamp_secs) => {
                    // what is taken without waiting has arrived together
                    let arrival_secs = *arrival_secs.get_or_insert_with(lsl::local_clock);
                    let stamp_secs = device_stamp_secs + self.offset_secs(arrival_secs);
                    let placed =
                        self.placing
                            .place(&self.sample, stamp_secs, arrival_secs, silent_secs);
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
        self.inlet = None;
        self.placing.reconnected(self.info.announced_rate_hz());
        self.watch.broke(&self.info, error.to_string());
    }

    /// Where the stream has the channel that numbers its samples, it is no EEG, and says what is lost.
    fn find_counter(&mut self) {
        let Some(label) = &self.counter else { return };
        let channel = self.info.channel_called(label);
        if let Some(channel) = channel {
            self.info.channels[channel].kind = ChannelKind::Other;
        }
        self.placing.count_by(channel);
        self.has_told_counter = false;
    }

    /// Say so, once, where the numbers are none.
    fn tell_counter(&mut self) {
        let Some(label) = self.counter.as_ref().filter(|_| !self.has_told_counter) else {
            return;
        };
        if self.placing.misses_its_counter() {
            self.has_told_counter = true;
            let words = if self.info.channel_called(label).is_some() {
                format!(
                    "channel {label:?} (stream.counter) does not number its samples one by one: losses are told from the stamps"
                )
            } else {
                format!(
                    "it has come back without channel {label:?} (stream.counter): losses are told from the stamps"
                )
            };
            self.watch.note(&self.info, &words);
        }
    }

    /// Go by the rate that the stamps show, where that is steady and far from the one announced; whether it is another than before.
    fn follow_rate(&mut self) -> bool {
        let announced_hz = self.info.announced_rate_hz();
        let rate_hz = match self.placing.timing().rate {
            RateVerdict::Wrong(rate_hz) => rate_hz,
            RateVerdict::Nominal | RateVerdict::Near => announced_hz,
            RateVerdict::Unknown | RateVerdict::Unsteady => return false,
        };
        if (rate_hz / self.info.sample_rate_hz - 1.0).abs() < SAME_RATE {
            return false;
        }
        self.info = self.info.at_measured_rate(rate_hz);
        self.placing.begin_run();
        true
    }

    /// Ask for the clock now and then. liblsl measures it in the background: asking does not wait.
    fn ask_for_the_clock(&mut self) {
        if let Some(inlet) = &self.inlet {
            let measured = self.clock.poll(inlet, CLOCK_POLL_SECS);
            self.note(measured);
        }
    }

    /// Read the stream's return; whether its layout is another than before.
    fn resume(&mut self, returned: Returned) -> bool {
        let Returned {
            connected: Connected { inlet, info },
            is_itself,
        } = returned;
        let old = self.inlet.as_ref().filter(|_| is_itself);
        if old.is_some_and(|old| old.samples_available() > 0) {
            // it was only slow: what waits there is not to be lost
            return false;
        }
        self.clock = SenderClock::default();
        self.offsets.clear();
        let measured = self.clock.measure(&inlet, CLOCK_SECS);
        self.note(measured);
        self.placing.reconnected(info.sample_rate_hz);
        self.watch.returned(info.sample_rate_hz);
        let info = match self.info.nominal_rate_hz {
            // it lies about its rate as it did before
            Some(hz) if (info.sample_rate_hz - hz).abs() < 1e-9 => {
                info.at_measured_rate(self.info.sample_rate_hz)
            }
            _ => info,
        };
        let before = std::mem::replace(&mut self.info, info);
        self.find_counter();
        let has_changed = self.info.change_since(&before).is_some();
        self.sample.resize(self.info.n_channels, 0.0);
        self.inlet = Some(inlet);
        has_changed
    }
}

impl Source for LslSource {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn count_by(&mut self, label: &str) -> Result<(), SourceError> {
        if self.info.channel_called(label).is_none() {
            return Err(SourceError::NoCounter {
                label: label.to_owned(),
                available: self.info.listed_labels(),
            });
        }
        self.counter = Some(label.to_owned());
        self.find_counter();
        Ok(())
    }

    fn pull(&mut self, chunk: &mut Chunk, timeout_secs: f64) -> Result<Pulled, SourceError> {
        chunk.clear();
        // what was read before is handed out before anything else is read
        if self.held.is_none()
            && let Some(returned) = self.returned.take()
            && self.resume(returned)
        {
            return Ok(Pulled::Changed);
        }
        if self.held.is_none() && self.follow_rate() {
            return Ok(Pulled::Changed);
        }
        let pulled = if self.inlet.is_some() {
            self.pull_live(chunk, timeout_secs)
        } else {
            std::thread::sleep(Duration::from_secs_f64(timeout_secs));
            Pulled::Nothing
        };
        if !chunk.is_empty() && self.inlet.is_some() {
            self.watch.heard(&self.info);
        } else if self.returned.is_none() {
            self.returned = self.watch.silent(&self.info)?;
        }
        self.tell_counter();
        self.ask_for_the_clock();
        Ok(pulled)
    }

    fn link(&self) -> Link {
        self.watch.state()
    }

    fn timing(&self) -> Timing {
        Timing {
            clock_offset_secs: self.offsets.secs(lsl::local_clock()),
            ..self.placing.timing()
        }
    }

    fn take_offsets(&mut self, sink: &mut dyn FnMut(OffsetMeasured)) {
        self.new_offsets.drain(..).for_each(sink);
    }

    fn take_events(&mut self, sink: &mut dyn FnMut(LinkEvent)) {
        self.watch.take_events(sink);
    }
}
