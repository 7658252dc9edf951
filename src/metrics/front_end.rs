//! From samples to judged, transformed segments: electrodes judged, derivations conditioned, cut, detrended, tapered and transformed, once.

use num_complex::Complex64;

use crate::dsp::filter_design::butterworth_high_pass;
use crate::dsp::sos::SosBank;
use crate::dsp::{SegmentFft, SegmentPlan, Segmenter, Step, TaperSet};
use crate::metrics::artefact::{ArtefactCheck, ArtefactLimits, Verdict};
use crate::metrics::{AnalysisSettings, Plan, Sample, Segment, SettingsError};
use crate::signal::Montage;

/// Corner of the high-pass that amplitude rules are judged after: drift is no artefact.
const JUDGED_ABOVE_HZ: f64 = 1.0;
/// Order of the high-passes: 12 dB per octave.
const ORDER: u32 = 2;

/// What happens to samples before anything is averaged. Allocates nothing after construction.
///
/// Artefact rules see *electrodes*, as the amplifier recorded them: a dead one is found whatever it is referred to, and a limit in microvolts means
/// microvolts even where the analysis is in microvolts per square metre.
pub(super) struct FrontEnd {
    electrodes: Electrodes,
    high_pass: Option<SosBank>,
    run: Option<u32>,
    derived_uv: Vec<f64>,
    segmenter: Segmenter,
    /// The stimulus at the same samples, where there is one.
    stimulus: Option<Segmenter>,
    stimulus_is_whole: bool,
    fft: SegmentFft,
    /// Spectra of the newest segment: the derivations', then the stimulus's.
    spectra: Vec<Complex64>,
}

/// What the artefact rules look at.
struct Electrodes {
    uv: Vec<f64>,
    judged_uv: Vec<f64>,
    judged_pass: SosBank,
    /// Samples as recorded.
    raw: Segmenter,
    /// The same after the 1 Hz high-pass.
    judged: Segmenter,
    check: ArtefactCheck,
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
            high_pass: high_pass
                .map(|hz| high_pass_bank(hz, n_channels, rate_hz))
                .transpose()?,
            run: None,
            derived_uv: vec![0.0; n_channels],
            segmenter: Segmenter::new(segments, n_channels),
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
    }

    /// Go on counting what the rules rejected where `before` stands.
    pub(super) fn continue_counts(&mut self, before: &Self) {
        self.electrodes
            .check
            .continue_counts(&before.electrodes.check);
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
        montage.derive(values, &mut self.derived_uv);
        montage.electrodes_uv(values, &mut self.electrodes.uv);
        let all = self.electrodes.uv.iter().chain(&self.derived_uv);
        let is_whole = all.clone().all(|uv| uv.is_finite());
        let is_fresh = self.run != Some(run) || !is_whole;
        self.run = is_whole.then_some(run);
        self.electrodes.push(sample, (is_fresh, is_whole));
        if let Some(high_pass) = &mut self.high_pass {
            if is_fresh {
                high_pass.reset();
            }
            if is_whole {
                high_pass.filter(&mut self.derived_uv);
            }
        }
        if let Some(stimulus) = &mut self.stimulus {
            let step = stimulus.push(run, index, stamp_secs, &[sample.stimulus]);
            self.stimulus_is_whole = matches!(step, Step::Complete { .. });
        }
        if !is_whole {
            // a sample that some electrode lacks is one for none
            self.derived_uv.fill(f64::NAN);
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

    /// The newest sample: derived and conditioned, a value per derivation, and as recorded, a value per electrode.
    pub(super) fn newest_uv(&self) -> (&[f64], &[f64]) {
        (&self.derived_uv, &self.electrodes.uv)
    }

    /// Why the segment that ends with the newest sample is no EEG, if it is none. Counts.
    pub(super) fn judge(&mut self) -> Option<Verdict> {
        self.electrodes.judge()
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
            self.fft.transform(self.segmenter.segment(ch), slot);
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
            uv: vec![0.0; n],
            judged_uv: vec![0.0; n],
            judged_pass: high_pass_bank(JUDGED_ABOVE_HZ.min(0.2 * rate_hz), n, rate_hz)?,
            raw: Segmenter::new(segments, n),
            judged: Segmenter::new(segments, n),
            check: ArtefactCheck::new(settings.artefacts, rate_hz),
        })
    }

    /// Take the values in `uv`. That a segment is complete is known from the segmenter of the derivations, which sees the same samples.
    fn push(&mut self, sample: &Sample<'_>, (is_fresh, is_whole): (bool, bool)) {
        if is_fresh {
            self.judged_pass.reset();
        }
        self.judged_uv.copy_from_slice(&self.uv);
        if is_whole {
            self.judged_pass.filter(&mut self.judged_uv);
        }
        let (run, index, stamp_secs) = (sample.run, sample.index, sample.stamp_secs);
        let _same = self.raw.push(run, index, stamp_secs, &self.uv);
        let _same = self.judged.push(run, index, stamp_secs, &self.judged_uv);
    }

    fn judge(&mut self) -> Option<Verdict> {
        let (raw, judged) = (&self.raw, &self.judged);
        let electrodes = 0..raw.n_channels();
        self.check
            .check(electrodes.map(|i| (raw.segment(i), judged.segment(i))))
    }
}

fn high_pass_bank(hz: f64, n_channels: usize, rate_hz: f64) -> Result<SosBank, SettingsError> {
    let sections = butterworth_high_pass(ORDER, hz, rate_hz);
    let sections = sections.map_err(|error| SettingsError::Filter {
        value: hz,
        problem: error.to_string(),
    })?;
    let settling_secs = SosBank::settling_secs(hz);
    Ok(SosBank::new(sections, n_channels, settling_secs, rate_hz))
}
