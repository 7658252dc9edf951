//! Which electrodes record nothing that can be used: they are set aside until they do again.
//!
//! Decided from the samples alone, half a second at a time, so that a replay decides the same. What is decided is in docs/DSP.md.

mod watched;

use serde::Serialize;

use crate::dsp::filter_design::butterworth_high_pass;
use crate::dsp::sos::SosBank;
use crate::metrics::SettingsError;
use crate::metrics::artefact::ArtefactLimits;
use crate::metrics::settings::whole_samples;
use crate::metrics::watch::watched::{Block, Watched};
use crate::signal::{Montage, position_called};

/// An electrode is looked at so long at a time.
const BLOCK_SECS: f64 = 0.5;
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
    /// Number of the block being filled.
    block: u64,
    newest_secs: f64,
    spans_uv: Vec<f64>,
    /// Whether some change may not have been taken.
    has_news: bool,
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
        Ok(Self {
            limits,
            block_len: whole_samples(BLOCK_SECS * rate_hz).max(1) as u64,
            run: None,
            uv: vec![0.0; n],
            high_passed_uv: vec![0.0; n],
            high_pass: high_pass_bank(JUDGED_ABOVE_HZ.min(0.2 * rate_hz), n, rate_hz)?,
            electrodes: montage.electrodes().iter().map(Watched::new).collect(),
            block: 0,
            newest_secs: 0.0,
            spans_uv: Vec::with_capacity(n),
            has_news: false,
        })
    }

    /// Other limits from the next block on.
    pub(crate) fn set_limits(&mut self, limits: ArtefactLimits) {
        self.limits = limits;
    }

    /// Keep out the electrodes called `labels`, and no others.
    pub(crate) fn keep_out(&mut self, montage: &Montage, labels: &[String]) {
        let since_secs = self.newest_secs;
        let electrodes = montage.electrodes().iter().map(|e| e.label.as_str());
        for (i, watched) in self.electrodes.iter_mut().enumerate() {
            let is_meant = |label: &String| position_called(electrodes.clone(), label) == Some(i);
            watched.is_kept_out = labels.iter().any(is_meant);
            watched.decide(since_secs);
        }
        self.has_news = true;
    }

    /// Go on with what `before` knows of the same electrodes.
    pub(crate) fn continue_from(&mut self, before: &Self) {
        self.newest_secs = before.newest_secs;
        self.block = before.block;
        for watched in &mut self.electrodes {
            let known = before.electrodes.iter().find(|b| b.pick == watched.pick);
            if let Some(known) = known {
                *watched = known.clone();
            }
        }
    }

    /// Take one sample of the stream.
    pub(crate) fn push(
        &mut self,
        (run, index, stamp_secs): (u32, u64, f64),
        montage: &Montage,
        values: &[f64],
    ) {
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
        let values = self.uv.iter().zip(&self.high_passed_uv);
        for (watched, (uv, high_passed)) in self.electrodes.iter_mut().zip(values) {
            watched.state.n_no_number += u64::from(!uv.is_finite());
            watched.block.take(*uv, *high_passed);
        }
        if at + 1 == self.block_len {
            self.close_block();
        }
    }

    /// The electrodes' newest values as recorded, and after the high-pass.
    pub(crate) fn newest_uv(&self) -> (&[f64], &[f64]) {
        (&self.uv, &self.high_passed_uv)
    }

    /// The next electrode that was set aside or came back, once each.
    pub(crate) fn take_change(&mut self) -> Option<ElectrodeChange> {
        if !self.has_news {
            return None;
        }
        let reason = |watched: &Watched| watched.state.aside.map(|aside| aside.reason);
        let electrode = self.electrodes.iter().position(|w| w.told != reason(w));
        self.has_news = electrode.is_some();
        let electrode = electrode?;
        let watched = &mut self.electrodes[electrode];
        watched.told = reason(watched);
        let aside = watched.state.aside;
        Some(ElectrodeChange { electrode, aside })
    }

    /// Whether each electrode is set aside, as far as that was taken.
    pub(crate) fn taken(&self) -> impl Iterator<Item = bool> + '_ {
        self.electrodes.iter().map(|watched| watched.told.is_some())
    }

    /// What is known of each electrode.
    pub(crate) fn states(&self) -> impl Iterator<Item = ElectrodeState> + '_ {
        self.electrodes.iter().map(|watched| watched.state)
    }

    fn begin_block(&mut self) {
        for watched in &mut self.electrodes {
            watched.block = Block::EMPTY;
        }
    }

    fn close_block(&mut self) {
        let usual_uv = self.usual_span_uv();
        let block_len = self.block_len;
        for watched in &mut self.electrodes {
            watched.close_block(&self.limits, block_len, usual_uv);
            watched.decide(self.newest_secs);
        }
        self.has_news = true;
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
