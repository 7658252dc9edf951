//! A synthetic stream for tests: its description, its samples, and a source that delivers them in chunks of any length.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;
use std::time::Duration;

use efrscope::clock::SteppedClock;
use efrscope::metrics::AnalysisSettings;
use efrscope::signal::{Channel, ChannelKind, Chunk, Link, Marker, StreamInfo, ValueFormat};
use efrscope::source::{Backend, MarkerSource, Pulled, Source, SourceError, Timing};
use efrscope::timeline::TimeLine;

pub(crate) const RATE_HZ: f64 = 200.0;
/// The source takes so long for a sample.
const SAMPLE_TIME: Duration = Duration::from_micros(100);

/// A stream of `n_channels` EEG channels in microvolts.
pub(crate) fn info(n_channels: usize) -> StreamInfo {
    StreamInfo {
        name: "Synthetic".into(),
        stype: "EEG".into(),
        source_id: "synthetic".into(),
        uid: "uid".into(),
        hostname: "here".into(),
        sample_rate_hz: RATE_HZ,
        format: ValueFormat::Float32,
        n_channels,
        channels: (1..=n_channels)
            .map(|n| Channel {
                label: format!("E{n}"),
                unit: "uV".into(),
                uv_per_unit: Some(1.0),
                kind: ChannelKind::Eeg,
            })
            .collect(),
        ..StreamInfo::default()
    }
}

/// Short segments, so that a test needs few samples.
pub(crate) fn settings() -> AnalysisSettings {
    AnalysisSettings {
        segment_secs: 1.0,
        hop_secs: 0.25,
        integration_secs: 3.0,
        ..AnalysisSettings::default()
    }
}

/// Value of channel `ch` in sample `n`: noise that is the same each time, and a common rhythm.
pub(crate) fn value(n: u64, ch: usize) -> f64 {
    let mut bits =
        n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (ch as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03);
    bits ^= bits >> 29;
    bits = bits.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits ^= bits >> 32;
    let noise = (bits >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
    10.0 * noise + 3.0 * (n as f64 * std::f64::consts::TAU * 9.5 / RATE_HZ).sin()
}

/// Stamp of sample `n` as its device sends it.
pub(crate) fn device_stamp_secs(n: u64) -> f64 {
    100.0 + n as f64 / RATE_HZ
}

/// A stream of the stimulus's envelope beside it, of the same rate.
pub(crate) fn envelope_info() -> StreamInfo {
    StreamInfo {
        name: "Envelope".into(),
        stype: "StimulusEnvelope".into(),
        source_id: "player".into(),
        ..info(1)
    }
}

/// Samples `0..n_samples` without those in `missing`, in chunks of the lengths given, over and over.
pub(crate) struct Synthetic {
    info: StreamInfo,
    timeline: TimeLine,
    sent: Vec<u64>,
    next: usize,
    chunk_lens: Vec<usize>,
    n_chunks: usize,
}

impl Synthetic {
    pub(crate) fn new(n_channels: usize, sent: Vec<u64>, chunk_lens: Vec<usize>) -> Self {
        Self {
            info: info(n_channels),
            timeline: TimeLine::new(RATE_HZ),
            sent,
            next: 0,
            chunk_lens,
            n_chunks: 0,
        }
    }

    /// A backend whose only stream is this one.
    pub(crate) fn backend(n_channels: usize, sent: Vec<u64>, chunk_lens: Vec<usize>) -> Backend {
        Backend {
            open: Arc::new(move |_, _| {
                Ok(
                    Box::new(Self::new(n_channels, sent.clone(), chunk_lens.clone()))
                        as Box<dyn Source>,
                )
            }),
            open_markers: Arc::new(|_| Ok(Box::new(NoMarkers) as Box<dyn MarkerSource>)),
            look_around: Arc::new(move |_| Ok(vec![info(n_channels)])),
            clock: Arc::new(SteppedClock::default()),
        }
    }
}

/// A room without markers.
pub(crate) struct NoMarkers;

impl MarkerSource for NoMarkers {
    fn pull(&mut self, _: &mut Vec<Marker>, timeout_secs: f64) -> Result<(), SourceError> {
        std::thread::sleep(Duration::from_secs_f64(timeout_secs));
        Ok(())
    }
}

impl Source for Synthetic {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn pull(&mut self, chunk: &mut Chunk, _timeout_secs: f64) -> Result<Pulled, SourceError> {
        chunk.clear();
        let len = self.chunk_lens[self.n_chunks % self.chunk_lens.len()];
        // many times as fast as a device, and yet not so fast that the analysis leaves out every hop
        std::thread::sleep(SAMPLE_TIME * u32::try_from(len).unwrap());
        self.n_chunks += 1;
        let mut gap = None;
        while chunk.n_samples() < len.min(chunk.capacity()) && self.next < self.sent.len() {
            let n = self.sent[self.next];
            // a gap begins a chunk of its own: look before placing
            let jumps = self.next > 0 && n != self.sent[self.next - 1] + 1;
            if jumps && !chunk.is_empty() {
                break;
            }
            if jumps {
                self.timeline.reconnected();
            }
            let device_stamp_secs = device_stamp_secs(n);
            let placed = self.timeline.place(device_stamp_secs, None);
            gap = gap.or(placed.gap);
            if chunk.is_empty() {
                chunk.first_index = placed.index;
                chunk.run = placed.run;
            }
            let values: Vec<f64> = (0..self.info.n_channels).map(|ch| value(n, ch)).collect();
            chunk.push(placed.stamp_secs, device_stamp_secs, &values);
            self.next += 1;
        }
        Ok(match gap {
            _ if chunk.is_empty() => Pulled::End,
            Some(gap) => Pulled::AfterGap(gap),
            None => Pulled::Samples,
        })
    }

    fn link(&self) -> Link {
        Link::Live
    }

    fn timing(&self) -> Timing {
        Timing {
            n_lost: self.timeline.n_lost(),
            ..Timing::default()
        }
    }
}
