//! The body of the acquisition thread.

use crossbeam_channel::Sender;

use crate::clock::Clock;
use crate::control::Shared;
use crate::ring::{self, Reader, Writer};
use crate::session::Stop;
use crate::signal::{Chunk, Link, StreamChoice, StreamInfo};
use crate::source::{OpenSource, Pulled, Source, SourceError};

/// The longest wait for a sample: how fast a stop is obeyed.
const PULL_SECS: f64 = 0.05;
/// The ring holds this much; the analysis may be that far behind before samples are dropped.
const RING_SECS: f64 = 20.0;
/// The most one pull brings.
const CHUNK_SECS: f64 = 0.25;
/// A sample that arrives this long after its stamp is late.
const LATE_SECS: f64 = 0.5;

/// What the acquisition thread reports once its source is open.
pub(super) type Opened = Result<(StreamInfo, Reader), SourceError>;

/// What the acquisition thread is given.
pub(super) struct Acquisition {
    pub(super) open: OpenSource,
    pub(super) choice: StreamChoice,
    pub(super) wait_secs: f64,
    pub(super) opened: Sender<Opened>,
    pub(super) shared: std::sync::Arc<Shared>,
    pub(super) clock: std::sync::Arc<dyn Clock>,
}

impl Acquisition {
    /// Open the source, then pull until the stream ends or a stop is asked for.
    pub(super) fn run(self, stop: &Stop) {
        let mut source = match (self.open)(&self.choice, self.wait_secs) {
            Ok(source) => source,
            Err(error) => return self.report(Err(error)),
        };
        let info = source.info().clone();
        let (mut writer, reader) = ring::ring(info.n_channels, samples(RING_SECS, &info));
        let mut chunk = Chunk::with_capacity(info.n_channels, samples(CHUNK_SECS, &info));
        self.shared
            .stream
            .publish(std::sync::Arc::new(info.clone()));
        self.report(Ok((info, reader)));
        while !stop.is_requested() {
            match source.pull(&mut chunk, PULL_SECS) {
                Ok(Pulled::End) => break,
                Ok(pulled) => self.pass_on(pulled, &chunk, &mut writer),
                Err(error) => {
                    self.shared.set_link(Link::Lost);
                    self.shared.notify(error.to_string());
                    break;
                }
            }
            self.show(&*source);
        }
    }

    fn report(&self, opened: Opened) {
        if self.opened.send(opened).is_err() {
            tracing::debug!("nobody waits for the stream any more");
        }
    }

    fn pass_on(&self, pulled: Pulled, chunk: &Chunk, writer: &mut Writer) {
        if let Pulled::AfterGap(gap) = pulled {
            self.shared.add_gaps(1);
            self.shared.add_lost(gap.n_samples);
            tracing::error!(
                "{} samples lost before sample {}",
                gap.n_samples,
                chunk.first_index
            );
        }
        let Some(&newest_secs) = chunk.stamps_secs.last() else {
            return;
        };
        let n_samples = chunk.n_samples() as u64;
        let now_secs = self.clock.now_secs();
        let is_late = |stamp_secs: &&f64| now_secs - **stamp_secs > LATE_SECS;
        let n_late = chunk.stamps_secs.iter().filter(is_late).count();
        self.shared.add_received(n_samples);
        self.shared.add_late(n_late as u64);
        self.shared.set_newest_stamp_secs(newest_secs);
        let n_dropped = n_samples - writer.write(chunk) as u64;
        if n_dropped > 0 {
            self.shared.add_overrun(n_dropped);
            tracing::error!("{n_dropped} samples dropped: the analysis is behind");
        }
    }

    fn show(&self, source: &dyn Source) {
        let timing = source.timing();
        self.shared.set_link(source.link());
        self.shared.set_measured_rate_hz(timing.measured_rate_hz);
        self.shared
            .set_clock_offset_secs(timing.clock_offset_secs.unwrap_or(f64::NAN));
        self.shared.set_bad_stamps(timing.n_bad_stamps);
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
