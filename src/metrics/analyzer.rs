//! The analysis of one stream: samples in, one snapshot per hop out.

mod accepted;
mod eeg_part;
mod stimulus_part;

use std::sync::Arc;

use num_complex::Complex64;

use accepted::Accepted;
use eeg_part::EegPart;
use stimulus_part::StimulusPart;

use crate::dsp::surrogate::SegmentStore;
use crate::dsp::{FreqAxis, OverlapTable, SegmentFft, SegmentPlan, Segmenter, Step, TaperSet};
use crate::metrics::artefact::Verdict;
use crate::metrics::conditioning::Conditioning;
use crate::metrics::periodic_part::{PeriodicPart, periodic_parts};
use crate::metrics::plan::{split_bands, warnings};
use crate::metrics::response::{Context, ResponseEstimator};
use crate::metrics::{AnalysisSettings, Plan, Rejections, SettingsError, Snapshot};
use crate::signal::{Montage, Pair, Polarity, StimulusTiming};

/// Owns every plan and buffer of the analysis.
///
/// [`push`](Self::push) takes samples one by one; when it says that a segment is complete, [`average`](Self::average) takes it in
/// and [`write`](Self::write) fills a snapshot. None of them allocates.
pub struct Analyzer {
    plan: Arc<Plan>,
    conditioning: Conditioning,
    segmenter: Segmenter,
    fft: SegmentFft,
    /// Spectra of the newest segment: the channels', then the stimulus's.
    spectra: Vec<Complex64>,
    eeg: EegPart,
    stimulus: Option<StimulusPart>,
    periodic: Vec<PeriodicPart>,
    polarity: Option<Polarity>,
    derived_uv: Vec<f64>,
    accepted: Accepted,
    verdict: Option<Verdict>,
    hop: u64,
    n_received: u64,
    next_index: Option<u64>,
    n_lost: u64,
}

impl Analyzer {
    /// Plans the analysis of a stream at `sample_rate_hz` by `settings`, `with_stimulus` or without.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings do not fit the rate.
    pub fn new(
        settings: &AnalysisSettings,
        sample_rate_hz: f64,
        montage: Arc<Montage>,
        pairs: Vec<Pair>,
        with_stimulus: bool,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        let segments = settings.segment_plan(sample_rate_hz)?;
        let tapers = settings.tapers(segments.len(), sample_rate_hz)?;
        let overlap = OverlapTable::new(&tapers, segments);
        let n_channels = montage.len();
        let mut plan = new_plan(
            settings,
            &tapers,
            (segments, sample_rate_hz),
            montage,
            pairs,
        );
        let mut response = None;
        if with_stimulus {
            let (estimator, its_plan) =
                ResponseEstimator::new(&context(settings, &plan, &tapers, &overlap))?;
            plan.response = Some(its_plan);
            response = Some(estimator);
        }
        let n_hops = n_window_hops(plan.integration_secs - plan.segment_secs, plan.hop_secs);
        Ok(Self {
            conditioning: Conditioning::new(settings, sample_rate_hz, segments, n_channels)?,
            segmenter: Segmenter::new(segments, n_channels),
            spectra: vec![
                Complex64::default();
                (n_channels + 1) * tapers.n_tapers() * plan.axis.n_bins()
            ],
            eeg: EegPart::new(settings, &plan, &overlap),
            stimulus: response.map(|estimator| StimulusPart::new(segments, estimator)),
            periodic: periodic_parts(settings, sample_rate_hz, n_channels)?,
            polarity: None,
            derived_uv: vec![0.0; n_channels],
            accepted: Accepted::new(n_hops),
            verdict: None,
            hop: 0,
            n_received: 0,
            next_index: None,
            n_lost: 0,
            fft: SegmentFft::with_tapers(tapers, settings.detrend, plan.axis),
            plan: Arc::new(plan),
        })
    }

    /// What the numbers of its snapshots mean.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Samples from one hop to the next.
    #[must_use]
    pub fn hop_len(&self) -> usize {
        self.segmenter.plan().hop()
    }

    /// Go on counting where `before` stands: it analysed the same stream with other settings.
    pub fn continue_counts(&mut self, before: &Self) {
        self.n_received = before.n_received;
        self.n_lost = before.n_lost;
        self.next_index = before.next_index;
    }

    /// An empty snapshot of its plan.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            periodic: self.periodic.iter().map(PeriodicPart::snapshot).collect(),
            ..Snapshot::new(Arc::clone(&self.plan))
        }
    }

    /// Begin a new run of detection: looks, response averages, periodic epochs, paper mode and surrogates start anew.
    pub fn begin_run(&mut self) {
        self.periodic.iter_mut().for_each(PeriodicPart::reset);
        if let Some(stimulus) = &mut self.stimulus {
            stimulus.estimator.begin_run();
        }
    }

    /// Take the next `secs` of accepted data as the rest baseline.
    pub fn begin_rest(&mut self, secs: f64) {
        self.eeg.begin_rest(secs);
    }

    /// A periodic stimulus starts at sample `origin`, which may lie between samples: epochs are counted from there.
    pub fn begin_periodic(&mut self, origin: f64) {
        self.periodic.iter_mut().for_each(|part| part.begin(origin));
    }

    /// No periodic stimulus is on until the next begins.
    pub fn pause_periodic(&mut self) {
        self.periodic.iter_mut().for_each(PeriodicPart::pause);
    }

    /// Polarity of the stimulus from the next sample on, where it is known.
    pub fn set_polarity(&mut self, polarity: Option<Polarity>) {
        self.polarity = polarity;
    }

    /// How the stimulus runs against the EEG; travels in the snapshots.
    pub fn set_timing(&mut self, timing: StimulusTiming) {
        if let Some(stimulus) = &mut self.stimulus {
            stimulus.timing = timing;
        }
    }

    /// Take one sample of the stream: its run, its index (lost samples count), its stamp and values.
    /// `true` when it completes a segment: [`average`](Self::average) must follow before the next sample.
    #[must_use = "a complete segment must be averaged"]
    pub fn push(&mut self, run: u32, index: u64, stamp_secs: f64, values: &[f64]) -> bool {
        self.push_with(run, index, stamp_secs, values, f64::NAN)
    }

    /// The same with the stimulus at this sample; not a number where it is not known.
    #[must_use = "a complete segment must be averaged"]
    pub fn push_with(
        &mut self,
        run: u32,
        index: u64,
        stamp_secs: f64,
        values: &[f64],
        stimulus: f64,
    ) -> bool {
        self.n_lost += self.next_index.map_or(0, |next| index.saturating_sub(next));
        self.next_index = Some(index + 1);
        self.accepted.begin(index, self.segmenter.plan().hop());
        self.n_received += 1;
        self.plan.montage.derive(values, &mut self.derived_uv);
        self.conditioning
            .push(run, index, stamp_secs, &mut self.derived_uv);
        for part in &mut self.periodic {
            part.push((run, index), &self.derived_uv, self.polarity);
        }
        let n_rejected = self.segmenter.n_rejected();
        let step = self
            .segmenter
            .push(run, index, stamp_secs, &self.derived_uv);
        if let Some(part) = &mut self.stimulus {
            let step = part.segmenter.push(run, index, stamp_secs, &[stimulus]);
            part.is_whole = matches!(step, Step::Complete { .. });
        }
        // a segment that began before the first sample was never due
        let was_due = !matches!(step, Step::Rejected { hop } if self.accepted.is_before_first(hop));
        let n_lost = self.segmenter.n_rejected() - n_rejected;
        self.conditioning.count_lost(n_lost - u64::from(!was_due));
        let Step::Complete { hop } = step else {
            return false;
        };
        self.hop = hop;
        true
    }

    /// Judge the segment just completed; transform it and take it into the averages unless it is rejected.
    pub fn average(&mut self) {
        let hop = self.hop;
        self.verdict = self.conditioning.judge();
        if self.verdict.is_some() {
            self.eeg.pass(hop);
            self.accepted.pass(hop);
            if let Some(part) = &mut self.stimulus {
                part.pass(hop);
            }
        } else {
            self.accepted.take(hop);
            self.take_segment();
        }
        let estimator = self.stimulus.as_mut().map(|part| {
            part.estimator.update();
            &part.estimator
        });
        self.eeg.update(&self.plan, estimator);
        self.periodic.iter_mut().for_each(PeriodicPart::update);
    }

    fn take_segment(&mut self) {
        let (hop, centre_secs) = (self.hop, self.segmenter.centre_secs());
        let n_values = self.fft.n_values();
        let n_channels = self.plan.montage.len();
        for ch in 0..n_channels {
            let slot = &mut self.spectra[ch * n_values..(ch + 1) * n_values];
            self.fft.transform(self.segmenter.segment(ch), slot);
        }
        self.eeg
            .take(hop, centre_secs, &self.spectra[..n_channels * n_values]);
        let Some(part) = &mut self.stimulus else {
            return;
        };
        if !(part.is_whole && part.is_open) {
            return part.pass(hop);
        }
        let slot = &mut self.spectra[n_channels * n_values..];
        self.fft.transform(part.segmenter.segment(0), slot);
        part.looked = part.estimator.push(hop, centre_secs, &self.spectra);
    }

    /// Place on the grid of the segment just completed, and its centre.
    #[must_use]
    pub fn newest(&self) -> (u64, f64) {
        (self.hop, self.segmenter.centre_secs())
    }

    /// When the segment just completed begins and ends.
    #[must_use]
    pub fn newest_span_secs(&self) -> (f64, f64) {
        let half_secs = self.plan.segment_secs / 2.0;
        let centre_secs = self.segmenter.centre_secs();
        (centre_secs - half_secs, centre_secs + half_secs)
    }

    /// Say whether segments may count as ones with the stimulus from now on, e.g. within a trial only.
    pub fn open_response(&mut self, is_open: bool) {
        if let Some(part) = &mut self.stimulus {
            part.is_open = is_open;
        }
    }

    /// The spectra of the run so far, where the segment just averaged brought a look: to be shifted in the background.
    #[must_use]
    pub fn looked(&self) -> Option<&SegmentStore> {
        let part = self.stimulus.as_ref().filter(|part| part.looked)?;
        Some(part.estimator.store()).filter(|store| store.n_segments() > 0)
    }

    /// Write the averages and what they mean into `snapshot`, which must be of this analyzer's plan.
    pub fn write(&self, snapshot: &mut Snapshot) {
        debug_assert!(Arc::ptr_eq(&self.plan, &snapshot.plan), "one plan");
        snapshot.hop = self.hop;
        snapshot.newest_stamp_secs = self.segmenter.centre_secs();
        snapshot.n_received = self.n_received;
        snapshot.n_lost = self.n_lost;
        snapshot.rejected_share = self.accepted.rejected_share(self.hop);
        let check = self.conditioning.check();
        snapshot.n_rejected = check.n_fired().iter().sum();
        snapshot.rejections = Rejections {
            n_checked: check.n_checked(),
            by_rule: check.n_fired(),
            newest: self.verdict,
        };
        snapshot.settled = self.conditioning.is_settled();
        self.eeg.write(self.hop, snapshot);
        for (part, slot) in self.periodic.iter().zip(&mut snapshot.periodic) {
            part.write(slot);
        }
        if let (Some(part), Some(response)) = (&self.stimulus, &mut snapshot.response) {
            part.estimator.write(response);
            response.timing = part.timing;
        }
    }
}

fn new_plan(
    settings: &AnalysisSettings,
    tapers: &TaperSet,
    (segments, sample_rate_hz): (SegmentPlan, f64),
    montage: Arc<Montage>,
    pairs: Vec<Pair>,
) -> Plan {
    let axis = FreqAxis::new(sample_rate_hz, segments.len(), settings.max_hz);
    let (bands, bands_out_of_reach) = split_bands(&axis, &settings.bands);
    let segment_secs = segments.len() as f64 / sample_rate_hz;
    let hop_secs = segments.hop() as f64 / sample_rate_hz;
    let n_window_hops = n_window_hops(settings.integration_secs - segment_secs, hop_secs);
    Plan {
        pairs,
        bands,
        bands_out_of_reach,
        axis,
        taper: settings.taper,
        n_tapers: tapers.n_tapers(),
        detrend: settings.detrend,
        averaging: settings.averaging,
        enbw_hz: tapers.enbw_bins() * axis.df_hz(),
        segment_secs,
        hop_secs,
        integration_secs: segment_secs + (n_window_hops - 1) as f64 * hop_secs,
        alpha: settings.alpha,
        high_pass_hz: settings.high_pass_hz,
        mains_hz: settings.mains_hz,
        trace_notch_hz: settings.trace_notch.then_some(settings.mains_hz),
        artefacts: settings.artefacts,
        warnings: warnings(settings, sample_rate_hz),
        response: None,
        montage,
    }
}

fn context<'a>(
    settings: &'a AnalysisSettings,
    plan: &'a Plan,
    tapers: &'a TaperSet,
    overlap: &'a OverlapTable,
) -> Context<'a> {
    Context {
        settings,
        axis: plan.axis,
        tapers,
        overlap,
        bands: &plan.bands,
        pairs: &plan.pairs,
        n_channels: plan.montage.len(),
        segment_secs: plan.segment_secs,
        hop_secs: plan.hop_secs,
    }
}

/// Hops whose segments fit into the integration time, given the time beyond the first segment.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked settings keep it between 0 and 200000"
)]
pub(super) fn n_window_hops(beyond_secs: f64, hop_secs: f64) -> usize {
    1 + (beyond_secs.max(0.0) / hop_secs + 1e-9) as usize
}
