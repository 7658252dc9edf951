//! EEG and stimulus together: the estimator, its control, the detection and paper mode, hop by hop.

mod earlier;
mod snapshot;

use std::ops::Range;

use num_complex::Complex64;

pub use crate::dsp::looks::{LookPlan, LookState};
use earlier::EarlierStimulus;
pub(super) use snapshot::Counts;
pub use snapshot::{PaperSnapshot, ResponseSnapshot};

use crate::dsp::paper_live::PaperEstimator;
use crate::dsp::paper_phase::PaperPhase;
use crate::dsp::stimulus_response::StimulusResponse;
use crate::dsp::surrogate::SegmentStore;
use crate::dsp::{
    Averages, Averaging, BandNull, FreqAxis, OverlapTable, SpectraShape, TaperSet, WithStimulus,
    band_msc,
};
use crate::metrics::detection::{Detector, DetectorPlan};
use crate::metrics::{AnalysisSettings, PlannedBand, SettingsError};
use crate::signal::Pair;

pub use crate::dsp::paper::PAPER_LABEL;

/// What stays the same from hop to hop.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ResponsePlan {
    /// Longest time averaged over.
    pub integration_secs: f64,
    /// How older segments leave the averages: with many channels they are forgotten even where the settings say sliding, which would keep every
    /// segment's spectra in memory.
    pub averaging: Averaging,
    /// The control compares the EEG with the stimulus of so long ago.
    pub control_shift_secs: f64,
    /// Looks and thresholds of the family.
    pub looks: LookPlan,
    /// Accepted data of each look.
    pub block_secs: f64,
    /// Bands tested, as indices into the plan's bands.
    pub tested: Vec<usize>,
}

/// What the estimator needs to know of the analysis it belongs to.
pub(super) struct Context<'a> {
    pub(super) settings: &'a AnalysisSettings,
    pub(super) axis: FreqAxis,
    pub(super) tapers: &'a TaperSet,
    pub(super) overlap: &'a OverlapTable,
    pub(super) bands: &'a [PlannedBand],
    pub(super) pairs: &'a [Pair],
    pub(super) n_channels: usize,
    pub(super) segment_secs: f64,
    pub(super) hop_secs: f64,
}

/// Averages and tests of EEG against stimulus. Allocates nothing after construction but what a look hands to the background.
pub(super) struct ResponseEstimator {
    n_channels: usize,
    n_bins: usize,
    overlap: OverlapTable,
    averages: Averages,
    estimator: StimulusResponse,
    control: Averages,
    control_estimator: StimulusResponse,
    earlier: EarlierStimulus,
    detector: Detector,
    paper: PaperEstimator,
    paper_phase: PaperPhase,
    pairs: Vec<Pair>,
    bands: Vec<Range<usize>>,
    segment_secs: f64,
    hop_secs: f64,
    newest: u64,
    psd: Vec<f64>,
    csd: Vec<Complex64>,
    control_psd: Vec<f64>,
    control_csd: Vec<Complex64>,
    store: SegmentStore,
    store_len: usize,
}

impl ResponseEstimator {
    /// Plans it.
    ///
    /// # Errors
    /// [`SettingsError`] when the looks cannot be planned.
    pub(super) fn new(context: &Context<'_>) -> Result<(Self, ResponsePlan), SettingsError> {
        let response = &context.settings.response;
        let (n_channels, n_bins) = (context.n_channels, context.axis.n_bins());
        let plan = response_plan(context)?;
        let detector = Detector::new(detector_plan(context, &plan));
        let bins: Vec<Range<usize>> = context.bands.iter().map(|b| b.bins.clone()).collect();
        let estimator = || {
            StimulusResponse::new(
                context.axis,
                (context.tapers, context.overlap),
                bins.clone(),
                n_channels,
                context.settings.alpha,
            )
        };
        let beyond_secs = plan.integration_secs - context.segment_secs;
        let n_hops = super::analyzer::n_window_hops(beyond_secs, context.hop_secs);
        let averaging = plan.averaging;
        let averages = |pairs: &[Pair]| {
            let own = (0..n_channels).map(|ch| (n_channels, ch));
            let shape = SpectraShape {
                n_channels: n_channels + 1,
                n_bins,
                n_tapers: context.tapers.n_tapers(),
                pairs: own.chain(pairs.iter().map(|p| (p.a, p.b))).collect(),
                with_phases: false,
            };
            let n_lags = context.overlap.n_lags();
            Averages::new(averaging, n_hops, n_lags, shape)
        };
        let n_values = context.tapers.n_tapers() * n_bins;
        let paper_pairs: Vec<(usize, usize)> = context.pairs.iter().map(|p| (p.a, p.b)).collect();
        let store_len = run_hops(&plan, context);
        let fresh = Self {
            n_channels,
            n_bins,
            overlap: context.overlap.clone(),
            averages: averages(context.pairs),
            estimator: estimator(),
            control: averages(&[]),
            control_estimator: estimator(),
            earlier: EarlierStimulus::new(response.control_shift_secs, context.hop_secs, n_values),
            detector,
            paper: PaperEstimator::new(n_channels, n_bins, &paper_pairs),
            paper_phase: PaperPhase::new(n_channels, n_bins),
            pairs: context.pairs.to_vec(),
            bands: bins.clone(),
            segment_secs: context.segment_secs,
            hop_secs: context.hop_secs,
            newest: 0,
            psd: vec![0.0; (n_channels + 1) * n_bins],
            csd: vec![Complex64::default(); (n_channels + context.pairs.len()) * n_bins],
            control_psd: vec![0.0; (n_channels + 1) * n_bins],
            control_csd: vec![Complex64::default(); n_channels * n_bins],
            store: SegmentStore::new(n_channels, n_bins, store_len),
            store_len,
        };
        Ok((fresh, plan))
    }

    /// Begin a new run: averages, tests, paper mode and surrogates start anew.
    pub(super) fn begin_run(&mut self) {
        self.averages.clear();
        self.control.clear();
        self.detector.begin_run();
        self.paper.reset();
        self.paper_phase.reset();
        self.store.clear();
    }

    /// `hop` brought no usable segment.
    pub(super) fn pass(&mut self, hop: u64) {
        self.newest = hop;
        self.averages.pass(hop);
        self.control.pass(hop);
    }

    /// Take an accepted segment with its stimulus: the spectra of the channels, then the stimulus's. `true` when a look was taken.
    pub(super) fn push(&mut self, hop: u64, centre_secs: f64, spectra: &[Complex64]) -> bool {
        let n_values = spectra.len() / (self.n_channels + 1);
        self.newest = hop;
        self.averages.push(hop, centre_secs, |ch, slot| {
            slot.copy_from_slice(&spectra[ch * n_values..(ch + 1) * n_values]);
        });
        self.push_control(hop, centre_secs, spectra);
        // one taper is enough for the paper's ratios and for shifts
        let n_bins = self.n_bins;
        let of = |ch: usize| &spectra[ch * n_values..ch * n_values + n_bins];
        self.paper.push_with(of(self.n_channels), of);
        self.paper_phase.push_with(of(self.n_channels), of);
        if self.store.n_segments() < self.store_len {
            self.store.push_with(of(self.n_channels), of);
        }
        self.detector.push(hop, centre_secs, spectra)
    }

    /// The same segment of the channels, with the stimulus of some time ago.
    fn push_control(&mut self, hop: u64, centre_secs: f64, spectra: &[Complex64]) {
        let n_channels = self.n_channels;
        let n_values = spectra.len() / (n_channels + 1);
        self.earlier.keep(hop, &spectra[n_channels * n_values..]);
        let Some(stimulus) = self.earlier.recall(hop) else {
            return self.control.pass(hop);
        };
        self.control.push(hop, centre_secs, |ch, slot| {
            slot.copy_from_slice(if ch == n_channels {
                stimulus
            } else {
                &spectra[ch * n_values..(ch + 1) * n_values]
            });
        });
    }

    /// Work out the estimator of the averages as they are.
    pub(super) fn update(&mut self) {
        let n_eff = self.n_eff();
        self.averages.psd_into(&mut self.psd);
        self.averages.csd_into(&mut self.csd);
        read(&mut self.estimator, &self.psd, &self.csd, n_eff);
        let n_eff = self.overlap.n_eff(self.control.weights());
        self.control.psd_into(&mut self.control_psd);
        self.control.csd_into(&mut self.control_csd);
        read(
            &mut self.control_estimator,
            &self.control_psd,
            &self.control_csd,
            n_eff,
        );
    }

    fn n_eff(&self) -> f64 {
        self.overlap.n_eff(self.averages.weights())
    }

    /// Spectra of the run's accepted segments, for shifts in the background.
    pub(super) fn store(&self) -> &SegmentStore {
        &self.store
    }

    /// [`band_msc`] of pair `i` in band `b`, given the stimulus; `None` below three segments.
    pub(super) fn partial_msc(&self, i: usize, b: usize) -> Option<f64> {
        let (n, n_bins) = (self.n_channels, self.n_bins);
        let pair = self.pairs[i];
        if self.averages.weights().sum() < 3.0 {
            return None;
        }
        let mscs = self.bands[b].clone().map(|bin| {
            let spectra = WithStimulus {
                saa: self.psd[pair.a * n_bins + bin],
                sbb: self.psd[pair.b * n_bins + bin],
                sxx: self.psd[n * n_bins + bin],
                sab: self.csd[(n + i) * n_bins + bin],
                sax: self.csd[pair.a * n_bins + bin].conj(),
                sbx: self.csd[pair.b * n_bins + bin].conj(),
            };
            spectra.partial_coherency().norm_sqr()
        });
        Some(band_msc(mscs))
    }

    /// Write everything into `out`.
    pub(super) fn write(&self, out: &mut ResponseSnapshot) {
        let n_bins = self.n_bins;
        out.n_segments = self.averages.n_segments();
        out.n_eff = self.n_eff();
        let oldest = self.averages.oldest_hop(self.newest);
        let since_oldest = self.newest.saturating_sub(oldest) as f64 * self.hop_secs;
        out.integration_secs = if out.n_segments > 0 {
            self.segment_secs + since_oldest
        } else {
            0.0
        };
        out.stimulus_psd
            .copy_from_slice(&self.psd[self.n_channels * n_bins..]);
        out.too_weak.copy_from_slice(self.estimator.too_weak());
        out.transfers.copy_from_slice(self.estimator.transfers());
        out.bands.copy_from_slice(self.estimator.bands());
        out.control.copy_from_slice(self.control_estimator.bands());
        out.control_n_eff = self.overlap.n_eff(self.control.weights());
        for (slot, detection) in out.detections.iter_mut().zip(self.detector.detections()) {
            *slot = detection;
        }
        out.progress = self.detector.progress();
        self.write_paper(&mut out.paper);
    }

    fn write_paper(&self, out: &mut PaperSnapshot) {
        let n_bins = self.n_bins;
        out.n_frames = self.paper.n_frames();
        let channels = out.tasr.iter_mut().zip(&mut out.phase_rad);
        for (i, (tasr, phase_rad)) in channels.enumerate() {
            *tasr = self.paper.tasr(i / n_bins, i % n_bins);
            *phase_rad = self.paper_phase.phase_rad(i / n_bins, i % n_bins);
        }
        let pairs = out.cross.iter_mut().zip(&mut out.rho);
        for (i, (cross, rho)) in pairs.enumerate() {
            *cross = self.paper.cross(i / n_bins, i % n_bins);
            *rho = self.paper.rho(i / n_bins, i % n_bins);
        }
    }
}

/// Read every channel; the stimulus stands after the channels, its cross-spectra with them come first.
fn read(estimator: &mut StimulusResponse, psd: &[f64], csd: &[Complex64], n_eff: f64) {
    let n_bins = estimator.too_weak().len();
    let n_channels = psd.len() / n_bins - 1;
    let sxx = &psd[n_channels * n_bins..];
    estimator.stimulus(sxx, n_eff);
    for ch in 0..n_channels {
        let of = ch * n_bins..(ch + 1) * n_bins;
        estimator.channel(ch, sxx, &psd[of.clone()], &csd[of]);
    }
}

fn response_plan(context: &Context<'_>) -> Result<ResponsePlan, SettingsError> {
    let response = &context.settings.response;
    let is_tested = |band: &PlannedBand| {
        response.bands.is_empty() || response.bands.iter().any(|name| name == band.band.name())
    };
    let bands = context.bands.iter().enumerate();
    let tested: Vec<usize> = bands
        .filter(|(_, b)| is_tested(b))
        .map(|(b, _)| b)
        .collect();
    let n_family = (tested.len() * context.n_channels).max(1);
    Ok(ResponsePlan {
        integration_secs: response.integration_secs,
        averaging: averaging(context),
        control_shift_secs: response.control_shift_secs,
        looks: response.look_plan(n_family)?,
        block_secs: response.block_secs,
        tested,
    })
}

fn detector_plan(context: &Context<'_>, plan: &ResponsePlan) -> DetectorPlan {
    let band = |&b: &usize| {
        let bins = context.bands[b].bins.clone();
        let null = BandNull::new(context.overlap, bins.len(), context.settings.alpha);
        (bins, null)
    };
    DetectorPlan {
        looks: plan.looks.clone(),
        bands: plan.tested.iter().map(band).collect(),
        overlap: context.overlap.clone(),
        n_channels: context.n_channels,
        n_bins: context.axis.n_bins(),
        n_tapers: context.tapers.n_tapers(),
        block_secs: plan.block_secs,
        segment_secs: context.segment_secs,
        hop_secs: context.hop_secs,
    }
}

/// Spectra kept for sliding averages, or for shifts, may take this much.
const MEMORY_BYTES: f64 = 512e6;

/// Bytes of the spectra of one segment, the stimulus's included.
fn segment_bytes(context: &Context<'_>) -> f64 {
    let n_values = context.tapers.n_tapers() * context.axis.n_bins();
    16.0 * n_values as f64 * (context.n_channels + 1) as f64
}

/// Sliding as long as both sets of averages fit into memory.
fn averaging(context: &Context<'_>) -> Averaging {
    let n_hops = context.settings.response.integration_secs / context.hop_secs;
    if 2.0 * n_hops * segment_bytes(context) > MEMORY_BYTES {
        Averaging::Forgetting
    } else {
        context.settings.averaging
    }
}

/// Segments of a whole run, its blocks and the segments left out between them; none where they would not fit into memory: such a run has no shifts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked settings keep it below a few million"
)]
fn run_hops(plan: &ResponsePlan, context: &Context<'_>) -> usize {
    let looks = plan.looks.n_looks() as f64;
    let run_secs = looks * (plan.block_secs + context.segment_secs);
    let n_hops = (run_secs / context.hop_secs).ceil();
    if n_hops * segment_bytes(context) > MEMORY_BYTES {
        return 0;
    }
    n_hops as usize
}
