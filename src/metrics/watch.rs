//! Which electrodes record nothing that can be used: they are set aside until they do again.
//!
//! Decided from the samples alone, half a second at a time, so that a replay decides the same. What is decided is in docs/DSP.md.

use serde::Serialize;

use crate::dsp::filter_design::butterworth_high_pass;
use crate::dsp::sos::SosBank;
use crate::metrics::SettingsError;
use crate::metrics::artefact::ArtefactLimits;
use crate::metrics::settings::whole_samples;
use crate::signal::{Electrode, Montage};

/// An electrode is looked at so long at a time.
const BLOCK_SECS: f64 = 0.5;
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
/// Corner of the high-pass that amplitudes are judged after: drift is no fault.
const JUDGED_ABOVE_HZ: f64 = 1.0;
/// Its order: 12 dB per octave.
const ORDER: u32 = 2;

/// Why an electrode is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum AsideReason {
    /// Its values are no numbers.
    NoNumbers,
    /// Next to no signal: it is off or shorted.
    Flat,
    /// It is stuck at the amplifier's rail.
    Railed,
    /// It spans what no electrode can, or is on another scale than the others.
    OffScale,
    /// Somebody said so: `channels.bad`, or a click.
    KeptOut,
}

impl AsideReason {
    /// In words, to follow "is set aside: ".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoNumbers => "it sends no numbers",
            Self::Flat => "it is flat",
            Self::Railed => "it is railed",
            Self::OffScale => "it is off scale",
            Self::KeptOut => "it is kept out, as was asked for",
        }
    }

    /// In a word or two, where there is little space.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoNumbers => "no numbers",
            Self::Flat => "flat",
            Self::Railed => "railed",
            Self::OffScale => "off scale",
            Self::KeptOut => "kept out",
        }
    }
}

/// That an electrode is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Aside {
    /// Why.
    pub reason: AsideReason,
    /// Since when: stamp of the last sample before, seconds on the local LSL clock.
    pub since_secs: f64,
}

/// What is known of an electrode.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct ElectrodeState {
    /// Set while it is set aside.
    pub aside: Option<Aside>,
    /// Values that were no numbers, since the start.
    pub n_no_number: u64,
}

/// An electrode was set aside, or is back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ElectrodeChange {
    /// Its index among the electrodes of the montage.
    pub electrode: usize,
    /// Why it is set aside; `None` where it is back.
    pub aside: Option<Aside>,
}

/// Watches the electrodes of a montage. Allocates nothing after construction.
pub(crate) struct ElectrodeWatch {
    limits: ArtefactLimits,
    block_len: u64,
    run: Option<u32>,
    uv: Vec<f64>,
    high_passed_uv: Vec<f64>,
    high_pass: SosBank,
    electrodes: Vec<Watched>,
    /// Number of the block being filled, and samples of it that have come.
    block: u64,
    n_in_block: u64,
    newest_secs: f64,
    spans_uv: Vec<f64>,
}

#[derive(Debug, Clone)]
struct Watched {
    state: ElectrodeState,
    /// What of it was taken.
    told: Option<AsideReason>,
    is_kept_out: bool,
    /// Its unit is none that can be read.
    is_foreign: bool,
    pick: usize,
    n_bad: u32,
    n_good: u32,
    /// Why the newest bad block was bad.
    fault: AsideReason,
    block: Block,
    /// Lowest and highest value of the blocks before.
    range_uv: (f64, f64),
}

/// What half a second of an electrode was like.
#[derive(Debug, Clone, Copy)]
struct Block {
    n_no_number: u64,
    lo_uv: f64,
    hi_uv: f64,
    n_at_lo: u64,
    n_at_hi: u64,
    high_passed_uv: (f64, f64),
}

impl Block {
    const EMPTY: Self = Self {
        n_no_number: 0,
        lo_uv: f64::INFINITY,
        hi_uv: f64::NEG_INFINITY,
        n_at_lo: 0,
        n_at_hi: 0,
        high_passed_uv: (f64::INFINITY, f64::NEG_INFINITY),
    };

    fn take(&mut self, uv: f64, high_passed_uv: f64) {
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
    fn span_uv(&self) -> f64 {
        self.high_passed_uv.1 - self.high_passed_uv.0
    }
}

impl ElectrodeWatch {
    /// Watches the electrodes of `montage`, none of them set aside.
    ///
    /// # Errors
    /// [`SettingsError::Filter`] for a rate at which nothing can be filtered.
    pub(crate) fn new(
        montage: &Montage,
        limits: ArtefactLimits,
        rate_hz: f64,
    ) -> Result<Self, SettingsError> {
        let n = montage.electrodes().len();
        let watched = |electrode: &Electrode| Watched {
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
        };
        Ok(Self {
            limits,
            block_len: whole_samples(BLOCK_SECS * rate_hz).max(1) as u64,
            run: None,
            uv: vec![0.0; n],
            high_passed_uv: vec![0.0; n],
            high_pass: high_pass_bank(JUDGED_ABOVE_HZ.min(0.2 * rate_hz), n, rate_hz)?,
            electrodes: montage.electrodes().iter().map(watched).collect(),
            block: 0,
            n_in_block: 0,
            newest_secs: 0.0,
            spans_uv: Vec::with_capacity(n),
        })
    }

    /// Other limits from the next block on.
    pub(crate) fn set_limits(&mut self, limits: ArtefactLimits) {
        self.limits = limits;
    }

    /// Keep out the electrodes called `labels`, and no others.
    pub(crate) fn keep_out(&mut self, montage: &Montage, labels: &[String]) {
        let since_secs = self.newest_secs;
        for (watched, electrode) in self.electrodes.iter_mut().zip(montage.electrodes()) {
            watched.is_kept_out = labels.contains(&electrode.label);
            watched.decide(since_secs);
        }
    }

    /// Go on with what `before` knows of the same electrodes.
    pub(crate) fn continue_from(&mut self, before: &Self) {
        self.newest_secs = before.newest_secs;
        for watched in &mut self.electrodes {
            let known = before.electrodes.iter().find(|b| b.pick == watched.pick);
            if let Some(known) = known {
                *watched = Watched {
                    block: Block::EMPTY,
                    told: None,
                    ..known.clone()
                };
            }
        }
    }

    /// Take one sample of the stream; whether a [change](Self::take_change) may be there after it.
    pub(crate) fn push(
        &mut self,
        (run, index, stamp_secs): (u32, u64, f64),
        montage: &Montage,
        values: &[f64],
    ) -> bool {
        montage.electrodes_uv(values, &mut self.uv);
        if self.run.replace(run) != Some(run) {
            self.high_pass.reset();
        }
        self.high_passed_uv.copy_from_slice(&self.uv);
        self.high_pass.filter(&mut self.high_passed_uv);
        self.newest_secs = stamp_secs;
        let (block, at) = (index / self.block_len, index % self.block_len);
        if self.block != block {
            self.block = block;
            self.begin_block();
        }
        self.n_in_block += 1;
        let values = self.uv.iter().zip(&self.high_passed_uv);
        for (watched, (uv, high_passed)) in self.electrodes.iter_mut().zip(values) {
            watched.state.n_no_number += u64::from(!uv.is_finite());
            watched.block.take(*uv, *high_passed);
        }
        if at + 1 < self.block_len {
            return false;
        }
        // where more than half was lost nothing is known
        let is_known = 2 * self.n_in_block >= self.block_len;
        if is_known {
            self.close_block();
        }
        is_known
    }

    /// The electrodes' newest values as recorded, and after the high-pass.
    pub(crate) fn newest_uv(&self) -> (&[f64], &[f64]) {
        (&self.uv, &self.high_passed_uv)
    }

    /// The next electrode that was set aside or came back and has not been taken.
    pub(crate) fn take_change(&mut self) -> Option<ElectrodeChange> {
        let reason = |watched: &Watched| watched.state.aside.map(|aside| aside.reason);
        let electrode = self.electrodes.iter().position(|w| w.told != reason(w))?;
        let watched = &mut self.electrodes[electrode];
        watched.told = reason(watched);
        let aside = watched.state.aside;
        Some(ElectrodeChange { electrode, aside })
    }

    /// What is known of each electrode.
    pub(crate) fn states(&self) -> impl Iterator<Item = ElectrodeState> + '_ {
        self.electrodes.iter().map(|watched| watched.state)
    }

    fn begin_block(&mut self) {
        self.n_in_block = 0;
        for watched in &mut self.electrodes {
            watched.block = Block::EMPTY;
        }
    }

    fn close_block(&mut self) {
        let usual_uv = self.usual_span_uv();
        let n = self.n_in_block;
        for watched in &mut self.electrodes {
            match watched.fault(&self.limits, n, usual_uv) {
                Some(fault) => {
                    watched.fault = fault;
                    (watched.n_bad, watched.n_good) = (watched.n_bad.saturating_add(1), 0);
                }
                None => (watched.n_bad, watched.n_good) = (0, watched.n_good.saturating_add(1)),
            }
            watched.widen();
            watched.decide(self.newest_secs);
        }
    }

    /// What the middle one of the electrodes that are in use spans; `None` with fewer than three.
    fn usual_span_uv(&mut self) -> Option<f64> {
        self.spans_uv.clear();
        let in_use = self.electrodes.iter().filter(|w| w.state.aside.is_none());
        let spans_uv = in_use.map(|watched| watched.block.span_uv());
        self.spans_uv.extend(spans_uv.filter(|uv| uv.is_finite()));
        self.spans_uv.sort_unstable_by(f64::total_cmp);
        let middle = self.spans_uv.get(self.spans_uv.len() / 2).copied();
        middle.filter(|_| self.spans_uv.len() >= 3)
    }
}

impl Watched {
    /// What is wrong with the block of `n` samples.
    fn fault(
        &self,
        limits: &ArtefactLimits,
        n: u64,
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
        if limits.clipped_samples.is_some() && n_at_ends as f64 >= RAILED_SHARE * n as f64 {
            return Some(AsideReason::Railed);
        }
        let span_uv = block.span_uv();
        let is_foreign = self.is_foreign
            && usual_uv.is_some_and(|usual| span_uv > FOREIGN_TIMES * usual)
            && limits.peak_to_peak_uv.is_some_and(|limit| span_uv > limit);
        let is_judged = limits.peak_to_peak_uv.or(limits.amplitude_uv).is_some();
        (is_judged && (span_uv > OFF_SCALE_UV || is_foreign)).then_some(AsideReason::OffScale)
    }

    fn widen(&mut self) {
        let (lo, hi) = self.range_uv;
        self.range_uv = (lo.min(self.block.lo_uv), hi.max(self.block.hi_uv));
    }

    /// Set it aside, or take it back.
    fn decide(&mut self, now_secs: f64) {
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

/// A high-pass of `n_channels` at `hz`.
pub(super) fn high_pass_bank(
    hz: f64,
    n_channels: usize,
    rate_hz: f64,
) -> Result<SosBank, SettingsError> {
    let sections = butterworth_high_pass(ORDER, hz, rate_hz);
    let sections = sections.map_err(|error| SettingsError::Filter {
        value: hz,
        problem: error.to_string(),
    })?;
    let settling_secs = SosBank::settling_secs(hz);
    Ok(SosBank::new(sections, n_channels, settling_secs, rate_hz))
}

#[cfg(test)]
mod tests;
