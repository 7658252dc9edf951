//! How one electrode has been, half a second at a time.

use crate::metrics::artefact::ArtefactLimits;
use crate::metrics::watch::{Aside, AsideReason, ElectrodeState};
use crate::signal::Electrode;

/// So many bad blocks in a row, 5 s, set an electrode aside.
const BAD_BLOCKS: u32 = 10;
/// So many good ones in a row, 10 s, bring it back.
const GOOD_BLOCKS: u32 = 20;
/// No electrode on a head spans so much in half a second for 5 s, drift taken off.
const OFF_SCALE_UV: f64 = 5000.0;
/// In a unit that is no voltage, so many times what the middle electrode spans is another scale.
const FOREIGN_TIMES: f64 = 10.0;
/// Share of a block's samples at exactly its highest and lowest values that is a rail.
const RAILED_SHARE: f64 = 0.5;
/// A constant at the very end of a range at least this wide is at the rail.
const RANGE_UV: f64 = 1000.0;

/// What is known of one electrode, and how it has been lately.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) state: ElectrodeState,
    /// What of it was taken.
    pub(super) told: Option<AsideReason>,
    pub(super) is_kept_out: bool,
    /// Its unit is none that can be read.
    is_foreign: bool,
    pub(super) pick: usize,
    n_bad: u32,
    n_good: u32,
    /// Why the newest bad block was bad.
    fault: AsideReason,
    pub(super) block: Block,
    /// Lowest and highest value of the blocks before.
    range_uv: (f64, f64),
}

/// What half a second of an electrode was like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// Samples.
    n: u64,
    n_no_number: u64,
    lo_uv: f64,
    hi_uv: f64,
    n_at_lo: u64,
    n_at_hi: u64,
    high_passed_uv: (f64, f64),
}

impl Block {
    pub(super) const EMPTY: Self = Self {
        n: 0,
        n_no_number: 0,
        lo_uv: f64::INFINITY,
        hi_uv: f64::NEG_INFINITY,
        n_at_lo: 0,
        n_at_hi: 0,
        high_passed_uv: (f64::INFINITY, f64::NEG_INFINITY),
    };

    pub(super) fn take(&mut self, uv: f64, high_passed_uv: f64) {
        self.n += 1;
        if !uv.is_finite() {
            self.n_no_number += 1;
            return;
        }
        if uv < self.lo_uv {
            (self.lo_uv, self.n_at_lo) = (uv, 0);
        }
        if uv > self.hi_uv {
            (self.hi_uv, self.n_at_hi) = (uv, 0);
        }
        self.n_at_lo += u64::from(uv <= self.lo_uv);
        self.n_at_hi += u64::from(uv >= self.hi_uv);
        let (lo, hi) = self.high_passed_uv;
        self.high_passed_uv = (lo.min(high_passed_uv), hi.max(high_passed_uv));
    }

    /// Highest less lowest value, drift taken off; not finite where nothing was a number.
    pub(super) fn span_uv(&self) -> f64 {
        self.high_passed_uv.1 - self.high_passed_uv.0
    }
}

impl Watched {
    /// Nothing is known of it.
    pub(super) fn new(electrode: &Electrode) -> Self {
        Self {
            state: ElectrodeState::default(),
            told: None,
            is_kept_out: false,
            is_foreign: !electrode.unread_unit.is_empty(),
            pick: electrode.pick,
            n_bad: 0,
            n_good: 0,
            fault: AsideReason::Flat,
            block: Block::EMPTY,
            range_uv: (f64::INFINITY, f64::NEG_INFINITY),
        }
    }

    /// What is wrong with the block.
    fn fault_of_block(
        &self,
        limits: &ArtefactLimits,
        usual_uv: Option<f64>,
    ) -> Option<AsideReason> {
        let block = &self.block;
        if block.n_no_number > 0 {
            return Some(AsideReason::NoNumbers);
        }
        let recorded_uv = block.hi_uv - block.lo_uv;
        if recorded_uv <= 0.0 || limits.flat_uv.is_some_and(|uv| recorded_uv < uv) {
            let (lo, hi) = self.range_uv;
            let is_at_end = block.hi_uv >= hi || block.lo_uv <= lo;
            return Some(if is_at_end && hi - lo > RANGE_UV {
                AsideReason::Railed
            } else {
                AsideReason::Flat
            });
        }
        let n_at_ends = block.n_at_lo + block.n_at_hi;
        if limits.clipped_samples.is_some() && n_at_ends as f64 >= RAILED_SHARE * block.n as f64 {
            return Some(AsideReason::Railed);
        }
        let span_uv = block.span_uv();
        let is_foreign = self.is_foreign
            && usual_uv.is_some_and(|usual| span_uv > FOREIGN_TIMES * usual)
            && limits.peak_to_peak_uv.is_some_and(|limit| span_uv > limit);
        let is_judged = limits.peak_to_peak_uv.or(limits.amplitude_uv).is_some();
        (is_judged && (span_uv > OFF_SCALE_UV || is_foreign)).then_some(AsideReason::OffScale)
    }

    /// Half a second is over, `block_len` samples where none was lost.
    pub(super) fn close_block(
        &mut self,
        limits: &ArtefactLimits,
        block_len: u64,
        usual_uv: Option<f64>,
    ) {
        // where more than half was lost nothing is known
        if 2 * self.block.n < block_len {
            return;
        }
        if let Some(fault) = self.fault_of_block(limits, usual_uv) {
            self.fault = fault;
            (self.n_bad, self.n_good) = (self.n_bad.saturating_add(1), 0);
        } else {
            (self.n_bad, self.n_good) = (0, self.n_good.saturating_add(1));
        }
        let (lo, hi) = self.range_uv;
        self.range_uv = (lo.min(self.block.lo_uv), hi.max(self.block.hi_uv));
    }

    /// Set it aside, or take it back.
    pub(super) fn decide(&mut self, now_secs: f64) {
        let found = match self.state.aside.map(|aside| aside.reason) {
            _ if self.is_kept_out => Some(AsideReason::KeptOut),
            _ if self.n_bad >= BAD_BLOCKS => Some(self.fault),
            None | Some(AsideReason::KeptOut) => None,
            Some(reason) if self.n_good < GOOD_BLOCKS => Some(reason),
            Some(_) => None,
        };
        let is_same = found.is_some() == self.state.aside.is_some()
            && (found == Some(AsideReason::KeptOut))
                == self
                    .state
                    .aside
                    .is_some_and(|aside| aside.reason == AsideReason::KeptOut);
        // it stays what it was set aside for, even where it fails in another way meanwhile
        if !is_same {
            let since_secs = now_secs;
            self.state.aside = found.map(|reason| Aside { reason, since_secs });
        }
    }
}
