//! Cuts a stream into epochs.

use super::{EpochPlan, EpochPlanError};
use crate::dsp::Step;

/// Cuts a stream of samples into the epochs of a plan.
///
/// Like [`Segmenter`](crate::dsp::Segmenter), with the same answers: an epoch with a lost sample or a break is rejected and counted, never bridged; a value that
/// is no number [spoils](Self::is_spoilt) it for its own channel.
#[derive(Debug, Clone)]
pub struct EpochCutter {
    plan: EpochPlan,
    values: Vec<f64>,
    /// The epoch being filled.
    epoch: u64,
    /// Its next sample.
    expected: u64,
    run: Option<u32>,
    whole: bool,
    /// Channels that sent no number in the epoch being filled, and in the one just complete.
    spoilt: Vec<bool>,
    completed_spoilt: Vec<bool>,
    n_rejected: u64,
    completed_len: usize,
}

impl EpochCutter {
    /// An empty one for `n_channels`.
    #[must_use]
    pub fn new(plan: EpochPlan, n_channels: usize) -> Self {
        Self {
            plan,
            values: vec![0.0; plan.max_len() * n_channels],
            epoch: 0,
            expected: plan.start(0),
            run: None,
            whole: true,
            spoilt: vec![false; n_channels],
            completed_spoilt: vec![false; n_channels],
            n_rejected: 0,
            completed_len: 0,
        }
    }

    /// Take the next sample: its run, index, and one value per channel. [`Step`] names the epoch that it ends, if any.
    pub fn push(&mut self, run: u32, index: u64, values: &[f64]) -> Step {
        if index < self.plan.start(self.epoch) {
            return Step::Between;
        }
        while index >= self.plan.start(self.epoch + 1) {
            self.n_rejected += 1;
            self.begin(self.epoch + 1);
        }
        let start = self.plan.start(self.epoch);
        let same_run = index == start || self.run == Some(run);
        self.whole &= index == self.expected && same_run;
        for (is_spoilt, value) in self.spoilt.iter_mut().zip(values) {
            *is_spoilt |= !value.is_finite();
        }
        self.run = Some(run);
        self.expected = index + 1;
        let at = usize::try_from(index - start).unwrap_or(usize::MAX);
        let channels = self.values.chunks_exact_mut(self.plan.max_len());
        for (channel, value) in channels.zip(values) {
            if let Some(slot) = channel.get_mut(at) {
                *slot = *value;
            }
        }
        if index + 1 < self.plan.start(self.epoch + 1) {
            return Step::Between;
        }
        let (hop, complete) = (self.epoch, self.whole);
        self.completed_len = self.plan.len_of(hop);
        self.completed_spoilt.copy_from_slice(&self.spoilt);
        self.begin(hop + 1);
        if complete {
            Step::Complete { hop }
        } else {
            self.n_rejected += 1;
            Step::Rejected { hop }
        }
    }

    /// Another origin, for a stimulus that starts anew: the epoch being filled is dropped, uncounted, and the next one is the first that starts at
    /// sample `index` or later. Allocates nothing.
    ///
    /// # Errors
    /// [`EpochPlanError::Origin`] unless `origin` is at or above 0; nothing is changed then.
    pub fn restart(&mut self, origin: f64, index: u64) -> Result<(), EpochPlanError> {
        self.plan = self.plan.from_origin(origin)?;
        self.begin(self.plan.first_from(index));
        self.run = None;
        Ok(())
    }

    /// The next epoch is `epoch`; the one being filled is dropped, uncounted.
    pub fn skip_to(&mut self, epoch: u64) {
        self.begin(epoch);
    }

    fn begin(&mut self, epoch: u64) {
        self.epoch = epoch;
        self.expected = self.plan.start(epoch);
        self.whole = true;
        self.spoilt.fill(false);
    }

    /// Whether channel `ch` sent a value that is no number in the epoch just reported complete.
    #[must_use]
    pub fn is_spoilt(&self, ch: usize) -> bool {
        self.completed_spoilt[ch]
    }

    /// Values of channel `ch` in the epoch just reported complete.
    #[must_use]
    pub fn epoch(&self, ch: usize) -> &[f64] {
        let from = ch * self.plan.max_len();
        &self.values[from..from + self.completed_len]
    }

    /// Epochs rejected so far, those wholly inside gaps included.
    #[must_use]
    pub fn n_rejected(&self) -> u64 {
        self.n_rejected
    }

    /// What has arrived of the epoch being filled: channel after channel, [`EpochPlan::max_len`] values apart. After a completed epoch, that one
    /// until the next sample.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Whether the epoch being filled can still become complete: no sample of it is missing so far.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The epoch being filled.
    #[must_use]
    pub fn next_epoch(&self) -> u64 {
        self.epoch
    }

    /// The plan followed.
    #[must_use]
    pub fn plan(&self) -> &EpochPlan {
        &self.plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(cutter: &mut EpochCutter, run: u32, indices: std::ops::Range<u64>) -> Vec<Step> {
        indices
            .map(|index| cutter.push(run, index, &[index as f64]))
            .filter(|step| *step != Step::Between)
            .collect()
    }

    #[test]
    fn epochs_tile_the_recording_and_their_rounding_does_not_add_up() {
        let plan = EpochPlan::new(256.0, 40.018, 40, 3.7).unwrap();
        for m in [0, 1, 7, 100_000] {
            assert!(plan.rounding(m).abs() <= 0.5);
            assert!((plan.len_of(m) as f64 - plan.len_exact()).abs() < 1.0);
        }
        let mut cutter = EpochCutter::new(plan, 1);
        let mut next = plan.start(0);
        for index in 0..5000 {
            if let Step::Complete { .. } = cutter.push(0, index, &[index as f64]) {
                let epoch = cutter.epoch(0);
                assert_eq!(
                    (epoch[0], epoch[epoch.len() - 1]),
                    (next as f64, index as f64)
                );
                next = index + 1;
            }
        }
        assert!(next > 4700 && cutter.n_rejected() == 0);
    }

    #[test]
    fn a_lost_sample_rejects_its_epoch_and_no_other() {
        let mut cutter = EpochCutter::new(EpochPlan::new(100.0, 10.0, 1, 0.0).unwrap(), 1);
        assert_eq!(
            steps(&mut cutter, 0, 0..25),
            [Step::Complete { hop: 0 }, Step::Complete { hop: 1 }]
        );
        assert_eq!(
            steps(&mut cutter, 1, 26..40),
            [Step::Rejected { hop: 2 }, Step::Complete { hop: 3 }]
        );
        // 40..75 never came: epochs 4, 5, 6 wholly lost, 7 in part
        assert_eq!(
            steps(&mut cutter, 2, 75..90),
            [Step::Rejected { hop: 7 }, Step::Complete { hop: 8 }]
        );
        assert_eq!(cutter.n_rejected(), 5);
    }

    #[test]
    fn a_restart_drops_what_was_begun_and_counts_from_the_new_origin() {
        let mut cutter = EpochCutter::new(EpochPlan::new(100.0, 10.0, 1, 0.0).unwrap(), 1);
        assert_eq!(steps(&mut cutter, 0, 0..25).len(), 2);
        // an origin of the past: the first epoch that can still be whole is 13.4 + 2 x 10
        cutter.restart(13.4, 25).unwrap();
        assert_eq!(steps(&mut cutter, 0, 25..43), [Step::Complete { hop: 2 }]);
        assert_eq!(cutter.epoch(0)[0], 33.0);
        assert_eq!((cutter.n_rejected(), cutter.next_epoch()), (0, 3));
        assert!(cutter.restart(-1.0, 43).is_err());
        assert_eq!(steps(&mut cutter, 0, 43..53), [Step::Complete { hop: 3 }]);
    }

    #[test]
    fn a_lost_sample_counts_even_if_nobody_called_it_a_break() {
        let mut cutter = EpochCutter::new(EpochPlan::new(100.0, 10.0, 1, 0.0).unwrap(), 1);
        assert_eq!(steps(&mut cutter, 0, 0..4), []);
        assert_eq!(
            steps(&mut cutter, 0, 5..20),
            [Step::Rejected { hop: 0 }, Step::Complete { hop: 1 }]
        );
        assert_eq!(steps(&mut cutter, 0, 21..30), [Step::Rejected { hop: 2 }]);
    }

    #[test]
    fn a_break_without_lost_samples_rejects_too_and_what_is_no_number_spoils_its_own_channel() {
        let mut cutter = EpochCutter::new(EpochPlan::new(100.0, 10.0, 1, 2.0).unwrap(), 1);
        assert_eq!(steps(&mut cutter, 0, 0..7), []);
        assert_eq!(
            steps(&mut cutter, 1, 7..22),
            [Step::Rejected { hop: 0 }, Step::Complete { hop: 1 }]
        );
        let mut cutter = EpochCutter::new(EpochPlan::new(100.0, 10.0, 1, 0.0).unwrap(), 2);
        for index in 0..30 {
            let value = if index == 15 { f64::NAN } else { 0.5 };
            if let Step::Complete { hop } = cutter.push(0, index, &[1.0, value]) {
                let is_spoilt = [0, 1].map(|ch| cutter.is_spoilt(ch));
                assert_eq!(is_spoilt, [false, hop == 1], "{hop}");
            }
        }
    }
}
