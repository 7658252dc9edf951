//! Cuts a stream of samples into overlapping segments on a fixed grid.

/// Length and step of the segments, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentPlan {
    len: usize,
    hop: usize,
}

/// Why a plan was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("segments of {len} samples every {hop}; allowed is 1 <= hop <= length, length >= 4")]
pub struct PlanError {
    /// Length asked for.
    pub len: usize,
    /// Hop asked for.
    pub hop: usize,
}

impl SegmentPlan {
    /// Segments of `len` samples, one every `hop`.
    ///
    /// # Errors
    /// [`PlanError`] unless `1 <= hop <= len` and `len >= 4`.
    pub fn new(len: usize, hop: usize) -> Result<Self, PlanError> {
        if len < 4 || hop == 0 || hop > len {
            return Err(PlanError { len, hop });
        }
        Ok(Self { len, hop })
    }

    /// Samples per segment.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: a plan has at least four samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Samples from one segment's start to the next's.
    #[must_use]
    pub fn hop(&self) -> usize {
        self.hop
    }
}

/// What one sample did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// No segment ends here.
    Between,
    /// A segment is complete: read it with [`Segmenter::segment`].
    Complete {
        /// Its place on the grid: it starts at sample `hop * plan.hop()`.
        hop: u64,
    },
    /// A segment ends here, but samples of it never came: it is rejected.
    Rejected {
        /// Its place on the grid.
        hop: u64,
    },
}

/// Keeps the newest `len` samples of every channel and says when a segment is complete.
///
/// Segment `k` covers the samples `k * hop .. k * hop + len`, counted from the start of the stream with the
/// lost ones: how the samples were cut into chunks makes no difference. A segment that touches a gap is
/// rejected and counted, never bridged.
#[derive(Debug, Clone)]
pub struct Segmenter {
    plan: SegmentPlan,
    n_channels: usize,
    /// `2 * len` values per channel; each sample is written twice, so that any `len` of them lie side by side.
    values: Vec<f64>,
    stamps_secs: Vec<f64>,
    write_at: usize,
    /// `(run, index)` of the newest sample.
    newest: Option<(u32, u64)>,
    unbroken: usize,
    /// Samples in a row that are numbers, channel by channel, up to `len`.
    n_finite: Vec<usize>,
    n_rejected: u64,
}

impl Segmenter {
    /// An empty one for `n_channels`.
    #[must_use]
    pub fn new(plan: SegmentPlan, n_channels: usize) -> Self {
        Self {
            plan,
            n_channels,
            values: vec![0.0; 2 * plan.len * n_channels],
            stamps_secs: vec![0.0; plan.len],
            write_at: 0,
            newest: None,
            unbroken: 0,
            n_finite: vec![0; n_channels],
            n_rejected: 0,
        }
    }

    /// Take the next sample: its run, index, stamp, and one value per channel.
    ///
    /// A value that is no number spoils its own channel only: [`is_whole`](Self::is_whole) says so.
    pub fn push(&mut self, run: u32, index: u64, stamp_secs: f64, values: &[f64]) -> Step {
        let continues = self.newest == index.checked_sub(1).map(|before| (run, before));
        if !continues {
            self.reject_skipped(index);
            self.unbroken = 0;
            self.n_finite.fill(0);
        }
        self.newest = Some((run, index));
        let len = self.plan.len;
        let at = self.write_at;
        let channels = self.values.chunks_exact_mut(2 * len);
        for ((channel, value), n_finite) in channels.zip(values).zip(&mut self.n_finite) {
            channel[at] = *value;
            channel[at + len] = *value;
            *n_finite = if value.is_finite() {
                (*n_finite + 1).min(len)
            } else {
                0
            };
        }
        self.stamps_secs[at] = stamp_secs;
        self.write_at = (at + 1) % len;
        self.unbroken = (self.unbroken + 1).min(len);
        let Some(hop) = self.hop_ending_at(index) else {
            return Step::Between;
        };
        if self.unbroken == len {
            Step::Complete { hop }
        } else {
            self.n_rejected += 1;
            Step::Rejected { hop }
        }
    }

    /// Whether channel `ch` holds nothing but numbers in the newest segment, all of them of one signal.
    #[must_use]
    pub fn is_whole(&self, ch: usize) -> bool {
        self.n_finite[ch] == self.plan.len
    }

    /// Channel `ch` is another signal from the next sample on: no segment of it holds both.
    pub fn break_channel(&mut self, ch: usize) {
        self.n_finite[ch] = 0;
    }

    /// The newest `len` values of channel `ch`: the segment just reported complete.
    #[must_use]
    pub fn segment(&self, ch: usize) -> &[f64] {
        let len = self.plan.len;
        let from = 2 * len * ch + self.write_at;
        &self.values[from..from + len]
    }

    /// Stamp of the segment's centre, on the clock of the samples' stamps.
    #[must_use]
    pub fn centre_secs(&self) -> f64 {
        let len = self.plan.len;
        let at = |n: usize| self.stamps_secs[(self.write_at + n) % len];
        f64::midpoint(at((len - 1) / 2), at(len / 2))
    }

    /// The grid.
    #[must_use]
    pub fn plan(&self) -> &SegmentPlan {
        &self.plan
    }

    /// Segments rejected so far, those wholly inside gaps included.
    #[must_use]
    pub fn n_rejected(&self) -> u64 {
        self.n_rejected
    }

    /// Channels per sample.
    #[must_use]
    pub fn n_channels(&self) -> usize {
        self.n_channels
    }

    /// The segment that ends with sample `index`, if one does.
    fn hop_ending_at(&self, index: u64) -> Option<u64> {
        let start = (index + 1).checked_sub(self.plan.len as u64)?;
        let hop = self.plan.hop as u64;
        start.is_multiple_of(hop).then_some(start / hop)
    }

    /// Count the segments that end within the samples skipped before `index`.
    fn reject_skipped(&mut self, index: u64) {
        let ended_before = |index: u64| {
            let starts = (index + 1).saturating_sub(self.plan.len as u64);
            starts.div_ceil(self.plan.hop as u64)
        };
        let Some((_, newest)) = self.newest else {
            return; // nothing was missed before the first sample
        };
        self.n_rejected += ended_before(index).saturating_sub(ended_before(newest + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segmenter(len: usize, hop: usize) -> Segmenter {
        Segmenter::new(SegmentPlan::new(len, hop).unwrap(), 1)
    }

    /// Push samples whose value is their index; return the hops completed and the rejections.
    fn run_of(segmenter: &mut Segmenter, run: u32, indices: std::ops::Range<u64>) -> Vec<u64> {
        let mut hops = Vec::new();
        for index in indices {
            let step = segmenter.push(run, index, index as f64, &[index as f64]);
            if let Step::Complete { hop } = step {
                let len = segmenter.plan.len();
                let expected: Vec<f64> = (0..len)
                    .map(|n| (index + 1) as f64 - (len - n) as f64)
                    .collect();
                assert_eq!(segmenter.segment(0), expected);
                hops.push(hop);
            }
        }
        hops
    }

    #[test]
    fn segments_lie_on_the_grid() {
        let mut segmenter = segmenter(10, 4);
        assert_eq!(run_of(&mut segmenter, 0, 0..30), [0, 1, 2, 3, 4, 5]);
        assert_eq!(segmenter.n_rejected(), 0);
        assert!((segmenter.centre_secs() - 24.5).abs() < 1e-12);
    }

    #[test]
    fn a_gap_rejects_every_segment_that_touches_it_and_only_those() {
        let mut segmenter = segmenter(10, 4);
        assert_eq!(run_of(&mut segmenter, 0, 0..15), [0, 1]);
        // 15..40 never came: segments 2 (8..18) to 9 (36..46) touch the gap, 10 (40..50) does not
        assert_eq!(run_of(&mut segmenter, 1, 40..54), [10, 11]);
        assert_eq!(segmenter.n_rejected(), 8);
    }

    #[test]
    fn a_clock_reset_breaks_segments_though_no_sample_is_missing() {
        let mut segmenter = segmenter(10, 5);
        assert_eq!(run_of(&mut segmenter, 0, 0..12), [0]);
        assert_eq!(run_of(&mut segmenter, 1, 12..40), [3, 4, 5, 6]);
        assert_eq!(segmenter.n_rejected(), 2);
    }

    #[test]
    fn a_non_finite_value_spoils_only_the_segments_of_its_own_channel_that_hold_it() {
        let mut segmenter = Segmenter::new(SegmentPlan::new(4, 4).unwrap(), 2);
        for index in 0..12 {
            let value = if index == 5 { f64::NAN } else { 1.0 };
            let step = segmenter.push(0, index, 0.0, &[value, 2.0]);
            let is_whole = [0, 1].map(|ch| segmenter.is_whole(ch));
            match index {
                3 | 11 => assert_eq!(is_whole, [true, true], "{index}"),
                7 => assert_eq!(is_whole, [false, true]),
                _ => assert_eq!(step, Step::Between),
            }
        }
        segmenter.break_channel(1);
        for index in 12..16 {
            let _step = segmenter.push(0, index, 0.0, &[1.0; 2]);
        }
        assert!(segmenter.is_whole(0) && segmenter.is_whole(1));
    }

    #[test]
    fn a_plan_without_progress_is_refused() {
        for (len, hop) in [(10, 0), (10, 11), (3, 1), (0, 0)] {
            assert!(SegmentPlan::new(len, hop).is_err(), "{len} {hop}");
        }
    }
}
