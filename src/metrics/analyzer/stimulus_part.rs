//! What an analysis has only where a stimulus is.

use crate::dsp::{SegmentPlan, Segmenter};
use crate::metrics::response::ResponseEstimator;
use crate::signal::StimulusTiming;

/// What is there only where a stimulus is.
pub(super) struct StimulusPart {
    pub(super) segmenter: Segmenter,
    /// Whether the stimulus of the newest segment is whole.
    pub(super) is_whole: bool,
    /// Whether the newest segment may count as one with this stimulus.
    pub(super) is_open: bool,
    pub(super) estimator: ResponseEstimator,
    pub(super) timing: StimulusTiming,
    pub(super) looked: bool,
}

impl StimulusPart {
    pub(super) fn new(segments: SegmentPlan, estimator: ResponseEstimator) -> Self {
        Self {
            segmenter: Segmenter::new(segments, 1),
            is_whole: false,
            is_open: true,
            estimator,
            timing: StimulusTiming::default(),
            looked: false,
        }
    }

    pub(super) fn pass(&mut self, hop: u64) {
        self.looked = false;
        self.estimator.pass(hop);
    }
}
