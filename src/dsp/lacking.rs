//! Segments that single channels of an average lack.

use crate::dsp::LagWeights;

/// Which channels lack which segments, and the weights of the segments that they have.
///
/// A segment may be good in some channels and hold no numbers in others. The others' averages are over fewer segments then, each with weights of its own;
/// where a channel lacks nothing, its weights are those of all. Allocates nothing after construction.
#[derive(Debug, Clone)]
pub(super) struct Lacking {
    /// Of each channel, the weights of its own segments: kept up only while it lacks some.
    own: Vec<LagWeights>,
    lacks: Vec<bool>,
    /// Of segments that slide: slot `hop % n_slots`, channel after channel.
    flags: Vec<bool>,
    n_slots: u64,
}

impl Lacking {
    /// Nobody lacks anything; of segments that slide those of `n_slots` hops are remembered.
    pub(super) fn new(n_channels: usize, n_lags: usize, n_slots: usize) -> Self {
        Self {
            own: vec![LagWeights::new(n_lags); n_channels],
            lacks: vec![false; n_channels],
            flags: vec![false; n_channels * n_slots],
            n_slots: n_slots as u64,
        }
    }

    /// Whether channel `ch` lacks a segment.
    pub(super) fn lacks(&self, ch: usize) -> bool {
        self.lacks[ch]
    }

    /// Weights of the segments that channel `ch` has; `None` where it lacks none.
    pub(super) fn weights(&self, ch: usize) -> Option<&LagWeights> {
        self.lacks[ch].then(|| &self.own[ch])
    }

    /// A segment that slides came at `hop`: channels of which `lacks` says so lack it, those beyond its end do not.
    pub(super) fn keep(&mut self, hop: u64, lacks: &[bool]) {
        let n = self.lacks.len();
        let slot = self.slot(hop);
        let flags = &mut self.flags[slot..slot + n];
        flags.fill(false);
        for ((flag, lacks), any) in flags.iter_mut().zip(lacks).zip(&mut self.lacks) {
            *flag = *lacks;
            *any |= *lacks;
        }
    }

    /// The window of segments that slide is `hops` now.
    pub(super) fn refill(&mut self, hops: &(impl Iterator<Item = u64> + Clone)) {
        for ch in 0..self.lacks.len() {
            if self.lacks[ch] {
                self.lacks[ch] = hops.clone().any(|hop| self.is_lacked(hop, ch));
                let (n, n_slots, flags) = (self.lacks.len(), self.n_slots, &self.flags);
                let has = |hop: &u64| {
                    let slot = usize::try_from(hop % n_slots).unwrap_or(0);
                    !flags[slot * n + ch]
                };
                self.own[ch].fill(hops.clone().filter(has));
            }
        }
    }

    /// Whether channel `ch` lacks the segment of `hop`, which is in the window.
    pub(super) fn is_lacked(&self, hop: u64, ch: usize) -> bool {
        self.flags[self.slot(hop) + ch]
    }

    /// A segment came at `hop`, beside which those before weigh `factor` times what they did; `all` are the weights before it came.
    pub(super) fn fade(&mut self, factor: f64, hop: u64, lacks: &[bool], all: &LagWeights) {
        for (ch, own) in self.own.iter_mut().enumerate() {
            let lacks = lacks.get(ch).copied().unwrap_or(false);
            if lacks && !self.lacks[ch] {
                self.lacks[ch] = true;
                own.copy_from(all);
            }
            if self.lacks[ch] {
                own.fade(factor);
                if !lacks {
                    own.push(hop);
                }
            }
        }
    }

    /// Forget every segment.
    pub(super) fn clear(&mut self) {
        self.lacks.fill(false);
        self.flags.fill(false);
    }

    fn slot(&self, hop: u64) -> usize {
        usize::try_from(hop % self.n_slots.max(1)).unwrap_or(0) * self.lacks.len()
    }
}
