//! From samples to judged, transformed segments: electrodes judged, derivations conditioned, cut, detrended, tapered and transformed, once.

use num_complex::Complex64;

use crate::dsp::sos::SosBank;
use crate::dsp::{SegmentFft, SegmentPlan, Segmenter, Step, TaperSet};
use crate::metrics::artefact::{ArtefactCheck, ArtefactLimits, Verdict};
use crate::metrics::derived::Derived;
use crate::metrics::watch::{ElectrodeChange, ElectrodeState, ElectrodeWatch, high_pass_bank};
use crate::metrics::{AnalysisSettings, Plan, Sample, Segment, SettingsError};
use crate::signal::Montage;

/// What happens to samples before anything is averaged. Allocates nothing after construction, but where electrodes change.
///
/// Artefact rules see *electrodes*, as the amplifier recorded them: a dead one is found whatever it is referred to, and a limit in microvolts means
/// microvolts even where the analysis is in microvolts per square metre. One that is set aside is not judged, and part of no derivation.
pub(super) struct FrontEnd {
    electrodes: Electrodes,
    derived: Derived,
    high_pass: Option<SosBank>,
    run: Option<u32>,
    derived_uv: Vec<f64>,
    segmenter: Segmenter,
    /// First sample since the derivations that go on were made of other electrodes.
    other_since: Option<u64>,
    next_index: u64,
    /// Derivations that the newest segment holds no whole signal of.
    lacks: Vec<bool>,
    /// Segments that others had and the derivation had not.
    n_lacked: Vec<u64>,
    /// The stimulus at the same samples, where there is one.
    stimulus: Option<Segmenter>,
    stimulus_is_whole: bool,
    fft: SegmentFft,
    /// Spectra of the newest segment: the derivations', then the stimulus's.
    spectra: Vec<Complex64>,
}

/// What the artefact rules look at.
struct Electrodes {
    watch: ElectrodeWatch,
    /// Set aside, as far as the derivations know.
    is_aside: Vec<bool>,
    /// Samples as recorded.
    raw: Segmenter,
    /// The same after the 1 Hz high-pass.
    judged: Segmenter,
    check: ArtefactCheck,
}

/// What the newest segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// EEG, of those derivations that do not lack it.
    Eeg,
    /// No EEG.
    Rejected(Verdict),
    /// The derivations became others within it: it is of neither.
    Mixed,
}

/// Electrodes changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Changed {
    /// What was averaged is of other derivations.
    pub(super) mixes: bool,
}

/// What one sample did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pushed {
    /// The segment that it completes.
    pub(super) complete: Option<u64>,
    /// Segments that ended with it or before it, without some of their samples; the hop of the one that ended with it.
    pub(super) n_lost: u64,
    pub(super) rejected: Option<u64>,
}

impl FrontEnd {
    /// Plans it for the derivations of `plan`.
    ///
    /// # Errors
    /// [`SettingsError::Filter`] for a corner the rate does not allow.
    pub(super) fn new(
        settings: &AnalysisSettings,
        plan: &Plan,
        segments: SegmentPlan,
        tapers: TaperSet,
    ) -> Result<Self, SettingsError> {
        let n_channels = plan.montage.len();
        let rate_hz = plan.axis.sample_rate_hz();
        let high_pass = settings.high_pass_hz;
        let n_values = (n_channels + 1) * tapers.n_tapers() * plan.axis.n_bins();
        Ok(Self {
            electrodes: Electrodes::new(settings, &plan.montage, segments, rate_hz)?,
            derived: Derived::new(&plan.montage),
            high_pass: high_pass
                .map(|hz| high_pass_bank(hz, n_channels, rate_hz))
                .transpose()?,
            run: None,
            derived_uv: vec![0.0; n_channels],
            segmenter: Segmenter::new(segments, n_channels),
            other_since: None,
            next_index: 0,
            lacks: vec![false; n_channels],
            n_lacked: vec![0; n_channels],
            stimulus: None,
            stimulus_is_whole: false,
            fft: SegmentFft::with_tapers(tapers, settings.detrend, plan.axis),
            spectra: vec![Complex64::default(); n_values],
        })
    }

    /// Cut the stimulus too, or no longer.
    pub(super) fn set_stimulus(&mut self, is_there: bool) {
        if is_there != self.stimulus.is_some() {
            let plan = *self.segmenter.plan();
            self.stimulus = is_there.then(|| Segmenter::new(plan, 1));
            self.stimulus_is_whole = false;
        }
    }

    /// Apply other artefact limits from the next segment on; the counts go on.
    pub(super) fn set_limits(&mut self, limits: ArtefactLimits) {
        self.electrodes.check.set_limits(limits);
        self.electrodes.watch.set_limits(limits);
    }

    /// Keep out the electrodes called `labels`, and no others: [`settle`](Self::settle) carries it out.
    pub(super) fn keep_out(&mut self, montage: &Montage, labels: &[String]) {
        self.electrodes.watch.keep_out(montage, labels);
    }

    /// Go on counting what the rules rejected where `before` stands, whose stream became this one.
    pub(super) fn continue_counts(&mut self, before: &Self) {
        let check = &mut self.electrodes.check;
        check.continue_counts(&before.electrodes.check);
    }

    /// Go on where `before` stands: with the counts of what was rejected, and with what is known of the electrodes.
    pub(super) fn continue_from(&mut self, montage: &Montage, before: &Self) {
        let (electrodes, known) = (&mut self.electrodes, &before.electrodes);
        electrodes.check.continue_counts(&known.check);
        electrodes.watch.continue_from(&known.watch);
        electrodes.is_aside = electrodes.watch.taken().collect();
        self.derived.set_aside(montage, &electrodes.is_aside);
        self.next_index = before.next_index;
    }

    /// Take one sample.
    pub(super) fn push(&mut self, montage: &Montage, sample: &Sample<'_>) -> Pushed {
        let Sample {
            run,
            index,
            stamp_secs,
            values,
            ..
        } = *sample;
        self.next_index = index + 1;
        self.electrodes.push(montage, sample);
        self.derived.derive(montage, values, &mut self.derived_uv);
        let is_fresh = self.run.replace(run) != Some(run);
        if let Some(high_pass) = &mut self.high_pass {
            if is_fresh {
                high_pass.reset();
            }
            high_pass.filter(&mut self.derived_uv);
        }
        if let Some(stimulus) = &mut self.stimulus {
            let step = stimulus.push(run, index, stamp_secs, &[sample.stimulus]);
            self.stimulus_is_whole = matches!(step, Step::Complete { .. }) && stimulus.is_whole(0);
        }
        let n_before = self.segmenter.n_rejected();
        let step = self
            .segmenter
            .push(run, index, stamp_secs, &self.derived_uv);
        Pushed {
            complete: match step {
                Step::Complete { hop } => Some(hop),
                _ => None,
            },
            n_lost: self.segmenter.n_rejected() - n_before,
            rejected: match step {
                Step::Rejected { hop } => Some(hop),
                _ => None,
            },
        }
    }

    /// Carry out what was decided of the electrodes up to the newest sample, and tell it; `None` where nothing was.
    pub(super) fn settle(
        &mut self,
        montage: &Montage,
        on: &mut dyn FnMut(ElectrodeChange),
    ) -> Option<Changed> {
        let electrodes = &mut self.electrodes;
        let mut has_changed = false;
        while let Some(change) = electrodes.watch.take_change() {
            has_changed = true;
            electrodes.is_aside[change.electrode] = change.aside.is_some();
            on(change);
        }
        if !has_changed {
            return None;
        }
        let rederived = self.derived.set_aside(montage, &electrodes.is_aside);
        for (ch, _) in rederived.is_other.iter().enumerate().filter(|(_, is)| **is) {
            self.segmenter.break_channel(ch);
            if let Some(high_pass) = &mut self.high_pass {
                high_pass.reset_channel(ch);
            }
        }
        if rederived.mixes {
            self.other_since = Some(self.next_index);
        }
        Some(Changed {
            mixes: rederived.mixes,
        })
    }

    /// Whether electrodes are set aside, and which derivations are out with them.
    pub(super) fn aside(&self) -> (&[bool], &[bool]) {
        (&self.electrodes.is_aside, self.derived.is_out())
    }

    /// What is known of each electrode.
    pub(super) fn electrodes(&self) -> impl Iterator<Item = ElectrodeState> + '_ {
        self.electrodes.watch.states()
    }

    /// Segments that others had and each derivation had not.
    pub(super) fn n_lacked(&self) -> &[u64] {
        &self.n_lacked
    }

    /// The newest sample: derived and conditioned, a value per derivation, and as recorded, a value per electrode.
    pub(super) fn newest_uv(&self) -> (&[f64], &[f64]) {
        (&self.derived_uv, self.electrodes.watch.newest_uv().0)
    }

    /// What the segment that ends with the newest sample is. Counts.
    pub(super) fn judge(&mut self) -> Judged {
        let out = self.derived.is_out().iter().enumerate();
        for ((ch, is_out), lacks) in out.zip(&mut self.lacks) {
            *lacks = *is_out || !self.segmenter.is_whole(ch);
        }
        if !self.lacks.contains(&false) {
            let starts = self.next_index - self.segmenter.plan().len() as u64;
            return match self.other_since {
                Some(since) if starts < since => Judged::Mixed,
                _ => Judged::Rejected(self.electrodes.reject_all()),
            };
        }
        if let Some(verdict) = self.electrodes.judge() {
            return Judged::Rejected(verdict);
        }
        for (n, lacks) in self.n_lacked.iter_mut().zip(&self.lacks) {
            *n += u64::from(*lacks);
        }
        Judged::Eeg
    }

    /// Count segments that were never complete.
    pub(super) fn count_lost(&mut self, n_segments: u64) {
        self.electrodes.check.count_lost(n_segments);
    }

    /// What was rejected so far, by rule.
    pub(super) fn check(&self) -> &ArtefactCheck {
        &self.electrodes.check
    }

    /// Whether the analysis's high-pass has settled since the start or the last gap.
    pub(super) fn is_settled(&self) -> bool {
        self.high_pass.as_ref().is_none_or(SosBank::is_settled)
    }

    /// Samples from one hop to the next.
    pub(super) fn hop_len(&self) -> usize {
        self.segmenter.plan().hop()
    }

    /// Centre of the segment that ends with the newest sample, seconds on the local LSL clock.
    pub(super) fn centre_secs(&self) -> f64 {
        self.segmenter.centre_secs()
    }

    /// Transform the segment that ends with the newest sample.
    pub(super) fn transform(&mut self, hop: u64, is_open: bool) -> Segment<'_> {
        let n_values = self.fft.n_values();
        let n_channels = self.segmenter.n_channels();
        let (channels, stimulus) = self.spectra.split_at_mut(n_channels * n_values);
        for (ch, slot) in channels.chunks_exact_mut(n_values).enumerate() {
            if self.lacks[ch] {
                slot.fill(Complex64::default());
            } else {
                self.fft.transform(self.segmenter.segment(ch), slot);
            }
        }
        match &self.stimulus {
            Some(cut) if self.stimulus_is_whole => self.fft.transform(cut.segment(0), stimulus),
            _ => stimulus.fill(Complex64::default()),
        }
        Segment {
            hop,
            centre_secs: self.segmenter.centre_secs(),
            spectra: &self.spectra,
            n_channels,
            lacks: &self.lacks,
            has_stimulus: self.stimulus_is_whole,
            is_open,
        }
    }
}

impl Electrodes {
    fn new(
        settings: &AnalysisSettings,
        montage: &Montage,
        segments: SegmentPlan,
        rate_hz: f64,
    ) -> Result<Self, SettingsError> {
        let n = montage.electrodes().len();
        Ok(Self {
            watch: ElectrodeWatch::new(montage, settings.artefacts, rate_hz)?,
            is_aside: vec![false; n],
            raw: Segmenter::new(segments, n),
            judged: Segmenter::new(segments, n),
            check: ArtefactCheck::new(settings.artefacts, rate_hz),
        })
    }

    /// Take a sample. That a segment is complete is known from the segmenter of the derivations, which sees the same samples.
    fn push(&mut self, montage: &Montage, sample: &Sample<'_>) {
        let (run, index, stamp_secs) = (sample.run, sample.index, sample.stamp_secs);
        let place = (run, index, stamp_secs);
        self.watch.push(place, montage, sample.values);
        let (uv, judged_uv) = self.watch.newest_uv();
        let _same = self.raw.push(run, index, stamp_secs, uv);
        let _same = self.judged.push(run, index, stamp_secs, judged_uv);
    }

    /// Electrodes that are set aside, and those that sent values that are no numbers, reject nothing.
    fn judge(&mut self) -> Option<Verdict> {
        let (raw, judged, is_aside) = (&self.raw, &self.judged, &self.is_aside);
        let segment = |i: usize| {
            let is_judged = !is_aside[i] && raw.is_whole(i);
            is_judged.then(|| (raw.segment(i), judged.segment(i)))
        };
        self.check.check((0..raw.n_channels()).map(segment))
    }

    /// The newest segment is one of no derivation: an electrode that is set aside, or sent what is no number, says why.
    fn reject_all(&mut self) -> Verdict {
        let (raw, is_aside) = (&self.raw, &self.is_aside);
        let mut electrodes = 0..raw.n_channels();
        let found = electrodes.find(|&i| is_aside[i] || !raw.is_whole(i));
        self.check.reject_all(found.unwrap_or(0))
    }
}
