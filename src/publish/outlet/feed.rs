//! An outlet and the samples on their way to it.

use lsl::{ExPushable, StreamInfo, StreamOutlet};

use crate::publish::PublishError;
use crate::publish::outlet::failed;
use crate::publish::outlet::pace::Pace;
use crate::source::LinkSample;

/// Seconds of data that liblsl keeps for a reader that does not read.
pub(super) const OUTLET_BUFFER_SECS: i32 = 60;

/// One outlet and when its samples are due.
pub(super) struct Paced {
    pub(super) outlet: StreamOutlet,
    pace: Pace,
    name: String,
}

impl Paced {
    pub(super) fn open(info: &StreamInfo, pace: Pace) -> Result<Self, PublishError> {
        let outlet = StreamOutlet::new(info, 0, OUTLET_BUFFER_SECS);
        Ok(Self {
            outlet: outlet.map_err(failed("opening an outlet"))?,
            pace,
            name: info.stream_name(),
        })
    }

    /// When the stream began.
    pub(super) fn start_secs(&self) -> f64 {
        self.pace.start_secs()
    }

    /// The next sample to be sent by now; samples left out are logged.
    pub(super) fn next_due(&mut self, now_secs: f64) -> Option<LinkSample> {
        let due = self.pace.next_due(now_secs);
        let n_skipped = self.pace.take_skipped();
        if n_skipped > 0 {
            tracing::warn!(
                "the simulator was held up: {n_skipped} samples are left out, stream {:?}",
                self.name
            );
        }
        due
    }
}

/// A stream of numbers, sent chunk by chunk.
pub(super) struct Feed {
    pub(super) paced: Paced,
    /// The present sample: a vector, as `lsl` pushes nothing else.
    pub(super) sample: Vec<f32>,
    /// The present chunk: values, interleaved, and stamps.
    values: Vec<f32>,
    stamps_secs: Vec<f64>,
}

impl Feed {
    pub(super) fn open(
        info: &StreamInfo,
        n_channels: usize,
        pace: Pace,
    ) -> Result<Self, PublishError> {
        Ok(Self {
            paced: Paced::open(info, pace)?,
            sample: vec![0.0; n_channels],
            values: Vec::new(),
            stamps_secs: Vec::new(),
        })
    }

    /// Put the present sample on its way; what ends a chunk sends it. Lost samples are not sent.
    pub(super) fn put(&mut self, link: &LinkSample) -> Result<(), lsl::Error> {
        if !link.is_lost {
            self.values.extend_from_slice(&self.sample);
            self.stamps_secs
                .push(self.paced.start_secs() + link.stamp_secs);
        }
        if link.ends_chunk {
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), lsl::Error> {
        let n = self.stamps_secs.len();
        let samples = self.values.chunks_exact(self.sample.len());
        for (i, (values, stamp_secs)) in samples.zip(&self.stamps_secs).enumerate() {
            self.sample.copy_from_slice(values);
            let is_last = i + 1 == n;
            self.paced
                .outlet
                .push_sample_ex(&self.sample, *stamp_secs, is_last)?;
        }
        self.values.clear();
        self.stamps_secs.clear();
        Ok(())
    }
}
