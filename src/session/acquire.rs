//! The body of the threads that read regular streams.

mod reports;

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;

use crate::clock::Clock;
use crate::control::StreamCounters;
use crate::ring::{self, Reader, Writer};
use crate::session::acquire::reports::Reports;
use crate::session::{Sinks, Stop};
use crate::signal::{Chunk, Link, StreamChoice, StreamId, StreamInfo, Tee};
use crate::source::{LinkEvent, OpenSource, Pulled, Source, SourceError};

/// The longest wait for a sample: how fast a stop is obeyed.
pub(super) const PULL_SECS: f64 = 0.05;
/// The ring holds this much; the analysis may be that far behind before samples are dropped.
const RING_SECS: f64 = 60.0;
/// But never more than this, and at least one chunk.
const RING_BYTES: usize = 256 << 20;
/// Drops are told at most this often: one line a sample would make things worse.
const TELL_SECS: f64 = 1.0;
/// The most one pull brings.
const CHUNK_SECS: f64 = 0.25;
/// A sample that arrives this long after its stamp is late.
const LATE_SECS: f64 = 0.5;

/// A stream as it is from now on, and where its samples come out.
pub(super) struct OpenedStream {
    pub(super) info: StreamInfo,
    /// What came before a change is in the reader before, to its end.
    pub(super) reader: Reader,
}

/// What the acquisition thread reports once its source is open, and whenever its layout changes.
pub(super) type Opened = Result<OpenedStream, SourceError>;

/// Rest before a stream is looked for again.
pub(super) const RETRY: Duration = Duration::from_millis(500);
const REST_POLL: Duration = Duration::from_millis(50);

/// Sleep, but obey a stop.
fn rest(time: Duration, stop: &Stop) {
    let mut rested = Duration::ZERO;
    while rested < time && !stop.is_requested() {
        std::thread::sleep(REST_POLL);
        rested += REST_POLL;
    }
}

/// What an acquisition thread is given.
pub(super) struct Acquisition {
    pub(super) id: StreamId,
    pub(super) open: OpenSource,
    pub(super) choice: StreamChoice,
    pub(super) wait_secs: f64,
    /// Label of the channel that numbers the samples.
    pub(super) counter: Option<String>,
    /// Look again whenever there is no such stream, or it ended: for a stimulus that comes and goes. Otherwise a failure is reported and the
    /// thread ends.
    pub(super) keeps_looking: bool,
    pub(super) opened: Sender<Opened>,
    pub(super) counters: Arc<StreamCounters>,
    pub(super) clock: Arc<dyn Clock>,
    /// Where what happens to the stream goes; the tee sees everything first.
    pub(super) sinks: Sinks,
}

impl Acquisition {
    /// Open the source, then pull until the stream ends or a stop is asked for.
    pub(super) fn run(self, stop: &Stop) {
        self.counters.set_clock_offset_secs(f64::NAN);
        loop {
            self.counters.set_link(Link::Searching);
            match self.open() {
                Ok(source) => self.read(source, stop),
                Err(error) if !self.keeps_looking => self.report(Err(error)),
                // nothing there yet
                Err(SourceError::NotFound { .. }) => {}
                Err(error) => self.counters.notify_once(error.to_string()),
            }
            if !self.keeps_looking || stop.is_requested() {
                return;
            }
            rest(RETRY, stop);
        }
    }

    fn open(&self) -> Result<Box<dyn Source>, SourceError> {
        let mut source = (self.open)(&self.choice, self.wait_secs)?;
        if let Some(label) = &self.counter {
            source.count_by(label)?;
        }
        Ok(source)
    }

    /// Pull until the stream ends or a stop is asked for.
    fn read(&self, mut source: Box<dyn Source>, stop: &Stop) {
        self.tee(|tee| tee.stream(self.id, source.info()));
        let mut stretch = self.begin(source.info());
        let (mut drops, mut n_lost) = (Drops::default(), 0);
        let mut reports = Reports::new(self.clock.now_secs());
        let reason = loop {
            if stop.is_requested() {
                break "reading it was stopped".to_owned();
            }
            let pulled = source.pull(&mut stretch.chunk, PULL_SECS);
            if pulled == Ok(Pulled::Changed) {
                stretch = self.change(&stretch, source.info());
            } else if source.info().uid != stretch.info.uid {
                stretch.info.clone_from(source.info());
                let info = Arc::new(stretch.info.clone());
                self.counters.stream.publish(info);
                self.tee(|tee| tee.stream(self.id, source.info()));
            }
            source.take_offsets(&mut |offset| self.tee(|tee| tee.offset(self.id, &offset)));
            match pulled {
                Ok(Pulled::End) => break "the stream is over".to_owned(),
                Ok(pulled) => {
                    self.copy(pulled, &stretch.chunk);
                    drops.add(self.pass_on(pulled, &mut stretch));
                }
                Err(error) => {
                    self.counters.set_link(Link::Lost);
                    self.counters.notify(error.to_string());
                    break error.to_string();
                }
            }
            drops.tell(self.clock.now_secs());
            self.show(&*source);
            self.count_lost(source.timing().n_lost, &mut n_lost);
            reports.turn(self, &mut *source, !stretch.chunk.is_empty());
        };
        self.tee(|tee| tee.ended(self.id, &reason));
        drops.tell(f64::INFINITY);
    }

    /// The stream is `info` from now on: report it and where its samples come out.
    fn begin(&self, info: &StreamInfo) -> Stretch {
        let chunk_len = samples(CHUNK_SECS, info);
        let affordable = RING_BYTES / (8 * (info.n_channels + 3));
        let ring_len = samples(RING_SECS, info).min(affordable).max(chunk_len);
        let (writer, reader) = ring::ring(info.n_channels, ring_len);
        self.counters.stream.publish(Arc::new(info.clone()));
        self.report(Ok(OpenedStream {
            info: info.clone(),
            reader,
        }));
        Stretch {
            chunk: Chunk::with_capacity(info.n_channels, chunk_len),
            info: info.clone(),
            writer,
        }
    }

    /// The layout is another: what was written is read to its end, then what comes from now on.
    fn change(&self, before: &Stretch, info: &StreamInfo) -> Stretch {
        // what is only understood otherwise is sent as before
        if info.uid != before.info.uid {
            let change = info.change_since(&before.info).unwrap_or_default();
            self.tee(|tee| tee.ended(self.id, &change));
            self.tee(|tee| tee.stream(self.id, info));
        }
        if self.id != StreamId::Eeg {
            // that of the EEG is told where its samples before have been analysed
            self.tell_change(before, info);
        }
        self.begin(info)
    }

    fn tell_change(&self, before: &Stretch, info: &StreamInfo) {
        let change = info.change_since(&before.info).unwrap_or_default();
        let event = LinkEvent {
            state: Link::Live,
            silent_secs: 0.0,
            words: format!("stream {:?} is another than before: {change}", info.name),
            offers: Vec::new(),
        };
        self.say(info, event, Some(Arc::new(info.clone())));
    }

    fn tee(&self, say: impl FnOnce(&dyn Tee)) {
        if let Some(tee) = &self.sinks.tee {
            say(&**tee);
        }
    }

    /// What came, as it came, to the tee.
    fn copy(&self, pulled: Pulled, chunk: &Chunk) {
        if let Pulled::AfterGap(gap) = pulled {
            self.tee(|tee| tee.gap(self.id, &gap));
        }
        if !chunk.is_empty() {
            self.tee(|tee| tee.chunk(self.id, chunk));
        }
    }

    fn report(&self, opened: Opened) {
        if self.opened.send(opened).is_err() {
            tracing::debug!("nobody waits for the stream any more");
        }
    }

    /// Write the chunk into the ring and count; returns how many samples the ring had no capacity for.
    fn pass_on(&self, pulled: Pulled, stretch: &mut Stretch) -> u64 {
        let Stretch { chunk, writer, .. } = stretch;
        if let Pulled::AfterGap(gap) = pulled {
            self.counters.add_gaps(1);
            if gap.n_samples == 0 {
                let first = chunk.first_index;
                tracing::warn!(
                    "the stamps jumped: a new run begins at sample {first}, nothing is known to be lost"
                );
            }
        }
        let Some(&newest_secs) = chunk.stamps_secs.last() else {
            return 0;
        };
        let n_samples = chunk.n_samples() as u64;
        let now_secs = self.clock.now_secs();
        let is_late = |stamp_secs: &&f64| now_secs - **stamp_secs > LATE_SECS;
        let n_late = chunk.stamps_secs.iter().filter(is_late).count();
        self.counters.add_received(n_samples);
        self.counters.add_late(n_late as u64);
        self.counters.set_newest_stamp_secs(newest_secs);
        let n_dropped = n_samples - writer.write(chunk) as u64;
        self.counters.add_overrun(n_dropped);
        n_dropped
    }

    fn show(&self, source: &dyn Source) {
        let timing = source.timing();
        self.counters.set_link(source.link());
        self.counters.set_measured_rate_hz(timing.measured_rate_hz);
        self.counters
            .set_clock_offset_secs(timing.clock_offset_secs.unwrap_or(f64::NAN));
        self.counters.set_bad_stamps(timing.n_bad_stamps);
        self.counters.set_jitter_secs(timing.jitter_secs);
        self.counters.set_rate(timing.rate);
        self.counters.set_counted(timing.is_counted);
        self.counters
            .set_stamps(timing.stamps, timing.has_equal_stamps);
    }

    /// Count what was lost since `before`: a size may be settled some seconds after the gap.
    fn count_lost(&self, now: u64, before: &mut u64) {
        if now > *before {
            let n = now - *before;
            self.counters.add_lost(n);
            tracing::error!("{n} samples lost");
        } else if now < *before {
            let n = *before - now;
            self.counters.take_back_lost(n);
            tracing::warn!("{n} samples that were called lost were not");
        }
        *before = now;
    }
}

/// What is read of one layout.
struct Stretch {
    info: StreamInfo,
    writer: Writer,
    chunk: Chunk,
}

/// Samples the ring had no capacity for, told now and then.
#[derive(Default)]
struct Drops {
    untold: u64,
    told_secs: f64,
}

impl Drops {
    fn add(&mut self, n: u64) {
        self.untold += n;
    }

    fn tell(&mut self, now_secs: f64) {
        if self.untold > 0 && now_secs - self.told_secs >= TELL_SECS {
            tracing::error!("{} samples dropped: the analysis is behind", self.untold);
            self.untold = 0;
            self.told_secs = now_secs;
        }
    }
}

/// So much time in samples, at least a few.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are limited to 1 MHz"
)]
fn samples(secs: f64, info: &StreamInfo) -> usize {
    (secs * info.sample_rate_hz).ceil().max(16.0) as usize
}
