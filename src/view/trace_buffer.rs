//! The last seconds of every channel, with their gaps.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::control::TraceBlock;
use crate::signal::Montage;
use crate::view::rounding::{ceil_count, floor_count};
use crate::view::thin_line::{Strip, ThinLine};

/// Seconds kept beyond the window, so that its left edge never runs dry between two blocks.
const SPARE_SECS: f64 = 1.0;

/// Why samples are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// They never came, or the analysis dropped them: so many.
    Lost(u64),
    /// They were analysed, but the screen was too slow to take them: so many.
    NotShown(u64),
    /// None are: the clock was reset, or the stream opened anew.
    NewRun,
}

/// A time without samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GapSpan {
    /// Where the samples before it end.
    pub(super) from_secs: f64,
    /// Stamp of the first sample after it.
    pub(super) to_secs: f64,
    pub(super) cause: Cause,
}

/// Samples of one run without a jump.
#[derive(Debug, Clone)]
struct Stretch {
    run: u32,
    /// Index of the first sample in the stream.
    first_index: u64,
    /// Place of the first sample, counted since the last reset.
    start: usize,
    n_samples: usize,
    /// A place and its stamp. The newest block's, so that a rate that is a little off does not add up.
    anchor: usize,
    anchor_secs: f64,
    /// Why it does not go on from the one before.
    cause: Cause,
}

/// Ring of samples per channel: the oldest give way to the newest.
#[derive(Debug, Clone)]
pub(super) struct TraceBuffer {
    window_secs: f64,
    montage: Option<Arc<Montage>>,
    sample_rate_hz: f64,
    values_uv: Vec<VecDeque<f32>>,
    n_written: usize,
    stretches: VecDeque<Stretch>,
}

impl TraceBuffer {
    pub(super) fn new(window_secs: f64) -> Self {
        Self {
            window_secs,
            montage: None,
            sample_rate_hz: 0.0,
            values_uv: Vec::new(),
            n_written: 0,
            stretches: VecDeque::new(),
        }
    }

    /// Keep more or less from now on.
    pub(super) fn set_window_secs(&mut self, window_secs: f64) {
        self.window_secs = window_secs;
        self.trim();
    }

    pub(super) fn window_secs(&self) -> f64 {
        self.window_secs
    }

    pub(super) fn montage(&self) -> Option<&Arc<Montage>> {
        self.montage.as_ref()
    }

    pub(super) fn sample_rate_hz(&self) -> f64 {
        self.sample_rate_hz
    }

    /// Forget everything.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.window_secs);
    }

    /// Take a block. Another montage or rate starts anew; a jump in run or index is a gap.
    pub(super) fn push(&mut self, block: &TraceBlock) {
        let n_channels = block.montage.len();
        let has_rate = block.sample_rate_hz > 0.0;
        if block.n_samples() == 0 || !has_rate {
            return;
        }
        if !self.belongs(block) {
            self.clear();
            self.montage = Some(Arc::clone(&block.montage));
            self.sample_rate_hz = block.sample_rate_hz;
            self.values_uv = vec![VecDeque::new(); n_channels];
        }
        self.extend_stretch(block);
        for sample in block.values_uv.chunks_exact(n_channels) {
            for (values, &uv) in self.values_uv.iter_mut().zip(sample) {
                values.push_back(uv);
            }
        }
        self.n_written += block.n_samples();
        self.trim();
    }

    fn belongs(&self, block: &TraceBlock) -> bool {
        let same_rate = self.sample_rate_hz.to_bits() == block.sample_rate_hz.to_bits();
        same_rate
            && self
                .montage
                .as_ref()
                .is_some_and(|own| Arc::ptr_eq(own, &block.montage) || own == &block.montage)
    }

    fn extend_stretch(&mut self, block: &TraceBlock) {
        let start = self.n_written;
        let mut cause = Cause::NewRun;
        if let Some(last) = self.stretches.back_mut() {
            let due = last.first_index + last.n_samples as u64;
            if last.run == block.run && due == block.first_index {
                last.n_samples += block.n_samples();
                (last.anchor, last.anchor_secs) = (start, block.first_stamp_secs);
                return;
            }
            cause = match block.first_index.saturating_sub(due) {
                0 => Cause::NewRun,
                n if last.run == block.run => Cause::NotShown(n),
                n => Cause::Lost(n),
            };
        }
        self.stretches.push_back(Stretch {
            run: block.run,
            first_index: block.first_index,
            start,
            n_samples: block.n_samples(),
            anchor: start,
            anchor_secs: block.first_stamp_secs,
            cause,
        });
    }

    fn trim(&mut self) {
        let capacity = ceil_count((self.window_secs + SPARE_SECS) * self.sample_rate_hz);
        for values in &mut self.values_uv {
            let excess = values.len().saturating_sub(capacity);
            values.drain(..excess);
        }
        let oldest = self.oldest();
        while let Some(first) = self.stretches.front_mut() {
            let n_gone = oldest.saturating_sub(first.start);
            if n_gone < first.n_samples {
                first.start += n_gone;
                first.first_index += n_gone as u64;
                first.n_samples -= n_gone;
                break;
            }
            self.stretches.pop_front();
        }
    }

    /// Place of the oldest sample kept.
    fn oldest(&self) -> usize {
        self.n_written - self.values_uv.first().map_or(0, VecDeque::len)
    }

    fn stamp_secs(&self, stretch: &Stretch, place: usize) -> f64 {
        stretch.anchor_secs + (place as f64 - stretch.anchor as f64) / self.sample_rate_hz
    }

    /// Stamp of the newest sample.
    pub(super) fn newest_secs(&self) -> Option<f64> {
        let last = self.stretches.back()?;
        Some(self.stamp_secs(last, last.start + last.n_samples - 1))
    }

    /// The times without samples, oldest first.
    pub(super) fn gaps(&self) -> impl Iterator<Item = GapSpan> {
        let neighbours = self.stretches.iter().zip(self.stretches.iter().skip(1));
        neighbours.map(|(before, after)| GapSpan {
            from_secs: self.stamp_secs(before, before.start + before.n_samples),
            to_secs: self.stamp_secs(after, after.start),
            cause: after.cause,
        })
    }

    /// Places of a stretch whose stamps lie between two times, with one more at each end.
    fn places(&self, stretch: &Stretch, from_secs: f64, to_secs: f64) -> std::ops::Range<usize> {
        let first_secs = self.stamp_secs(stretch, stretch.start);
        let n_before = |secs: f64| (secs - first_secs) * self.sample_rate_hz;
        let skip = floor_count(n_before(from_secs)).min(stretch.n_samples);
        let end = ceil_count(n_before(to_secs) + 1.0).min(stretch.n_samples);
        stretch.start + skip..stretch.start + end.max(skip)
    }

    /// Mean of the finite values between two times; 0 where there is none.
    pub(super) fn mean_uv(&self, ch: usize, from_secs: f64, to_secs: f64) -> f64 {
        let (mut sum, mut n) = (0.0, 0_usize);
        for stretch in &self.stretches {
            for (_, uv) in self.values(ch, self.places(stretch, from_secs, to_secs)) {
                if uv.is_finite() {
                    sum += uv;
                    n += 1;
                }
            }
        }
        sum / n.max(1) as f64
    }

    fn values(
        &self,
        ch: usize,
        places: std::ops::Range<usize>,
    ) -> impl Iterator<Item = (usize, f64)> {
        let oldest = self.oldest();
        let kept = places.start.max(oldest)..places.end.max(oldest);
        let values = self.values_uv[ch].range(kept.start - oldest..kept.end - oldest);
        kept.zip(values.map(|&uv| f64::from(uv)))
    }

    /// Channel `ch` between two times as lines of `[stamp in seconds, microvolts]` of about two points per column; broken
    /// at gaps and values that are no numbers.
    pub(super) fn strips(
        &self,
        ch: usize,
        (from_secs, to_secs): (f64, f64),
        n_columns: usize,
    ) -> Vec<Strip> {
        let mut line = ThinLine::new((to_secs - from_secs) * self.sample_rate_hz, n_columns);
        let mut strips = Vec::new();
        for stretch in &self.stretches {
            for (place, uv) in self.values(ch, self.places(stretch, from_secs, to_secs)) {
                if uv.is_finite() {
                    line.push(place, [self.stamp_secs(stretch, place), uv]);
                } else {
                    strips.push(line.take());
                }
            }
            strips.push(line.take());
        }
        strips.retain(|strip| !strip.is_empty());
        strips
    }
}

#[cfg(test)]
mod tests;
