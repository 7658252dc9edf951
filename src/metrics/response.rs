//! EEG and stimulus together: the readout, its control, the detection and paper mode, hop by hop.

use std::ops::Range;

use num_complex::Complex64;

pub use crate::dsp::looks::{LookPlan, LookState};
use crate::dsp::paper_live::PaperReadout;
use crate::dsp::stimulus_response::{BandResponse, StimulusResponse};
use crate::dsp::surrogate::SegmentStore;
use crate::dsp::transfer::Transfer;
use crate::dsp::{
    Averages, BandNull, FreqAxis, OverlapTable, SpectraShape, TaperSet, WithStimulus, band_msc,
};
use crate::metrics::detection::{Detection, Detector, DetectorPlan, RunProgress};
use crate::metrics::{AnalysisSettings, BandInfo, SettingsError};
use crate::signal::{Pair, StimulusTiming};

pub use crate::dsp::paper::PAPER_LABEL;

/// What stays the same from hop to hop.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponsePlan {
    /// Longest time averaged over.
    pub integration_secs: f64,
    /// The control compares the EEG with the stimulus of so long ago.
    pub control_shift_secs: f64,
    /// Looks and thresholds of the family.
    pub looks: LookPlan,
    /// Accepted data of each look.
    pub block_secs: f64,
    /// Bands tested, as indices into the plan's bands.
    pub tested: Vec<usize>,
}

/// EEG and stimulus at one hop.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseSnapshot {
    /// The clocks.
    pub timing: StimulusTiming,
    /// Segments in the averages: accepted, and with a stimulus.
    pub n_segments: u64,
    /// Independent estimates they are worth.
    pub n_eff: f64,
    /// Time from the start of the oldest averaged segment to the end of the newest.
    pub integration_secs: f64,
    /// One-sided PSD of the stimulus, its unit squared per Hz.
    pub stimulus_psd: Vec<f64>,
    /// Whether the stimulus is too weak for a gain, per bin.
    pub too_weak: Vec<bool>,
    /// Gain, coherence and significance, channel after channel, a value per bin.
    pub transfers: Vec<Transfer>,
    /// Each channel in each band.
    pub bands: Vec<BandResponse>,
    /// The same against the stimulus of [`ResponsePlan::control_shift_secs`] ago: what chance and pipeline read. Means nothing for a
    /// stimulus that repeats itself.
    pub control: Vec<BandResponse>,
    /// Independent estimates of the control.
    pub control_n_eff: f64,
    /// Each channel in each *tested* band.
    pub detections: Vec<Detection>,
    /// How far the run is.
    pub progress: RunProgress,
    /// Paper mode.
    pub paper: PaperSnapshot,
}

/// The paper's measures since the run began. Views write [`PAPER_LABEL`] beside them.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperSnapshot {
    /// Frames summed.
    pub n_frames: u64,
    /// Mean of `|Y/X|`, channel after channel, uV per stimulus unit.
    pub tasr: Vec<f64>,
    /// `|sum H_a conj(H_b)|`, pair after pair.
    pub csd: Vec<f64>,
    /// Its coefficient, pair after pair, 0 to 1.
    pub rho: Vec<f64>,
}

impl ResponseSnapshot {
    /// Room for `n_channels`, `n_pairs`, the bins of an axis and `n_bands`, of which `n_tested` are tested.
    pub(super) fn new(plan: &ResponsePlan, axis: &FreqAxis, n: Counts) -> Self {
        let n_bins = axis.n_bins();
        let state = LookState::Pending { n_looks: 0 };
        let undecided = Detection {
            state,
            sum: 0.0,
            decided_secs: None,
        };
        let nothing = Transfer::new((0.0, 0.0, Complex64::default()), true, 0.0, 0.5);
        Self {
            timing: StimulusTiming::default(),
            n_segments: 0,
            n_eff: 0.0,
            integration_secs: 0.0,
            stimulus_psd: vec![0.0; n_bins],
            too_weak: vec![true; n_bins],
            transfers: vec![nothing; n.channels * n_bins],
            bands: vec![BandResponse::NONE; n.channels * n.bands],
            control: vec![BandResponse::NONE; n.channels * n.bands],
            control_n_eff: 0.0,
            detections: vec![undecided; n.channels * plan.tested.len()],
            progress: RunProgress::default(),
            paper: PaperSnapshot {
                n_frames: 0,
                tasr: vec![0.0; n.channels * n_bins],
                csd: vec![0.0; n.pairs * n_bins],
                rho: vec![0.0; n.pairs * n_bins],
            },
        }
    }
}

/// How many there are of what a snapshot holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) channels: usize,
    pub(super) pairs: usize,
    pub(super) bands: usize,
}

/// What the readout needs to know of the analysis it belongs to.
pub(super) struct Context<'a> {
    pub(super) settings: &'a AnalysisSettings,
    pub(super) axis: FreqAxis,
    pub(super) tapers: &'a TaperSet,
    pub(super) overlap: &'a OverlapTable,
    pub(super) bands: &'a [BandInfo],
    pub(super) pairs: &'a [Pair],
    pub(super) n_channels: usize,
    pub(super) segment_secs: f64,
    pub(super) hop_secs: f64,
}

/// Averages and tests of EEG against stimulus. Allocates nothing after birth but what a look hands to the background.
pub(super) struct ResponseReadout {
    n_channels: usize,
    n_bins: usize,
    overlap: OverlapTable,
    averages: Averages,
    readout: StimulusResponse,
    control: Averages,
    control_readout: StimulusResponse,
    earlier: EarlierStimulus,
    detector: Detector,
    paper: PaperReadout,
    pairs: Vec<Pair>,
    bands: Vec<Range<usize>>,
    segment_secs: f64,
    hop_secs: f64,
    newest: u64,
    psd: Vec<f64>,
    csd: Vec<Complex64>,
    control_psd: Vec<f64>,
    control_csd: Vec<Complex64>,
    control_spectra: Vec<Complex64>,
    store: SegmentStore,
    store_len: usize,
}

impl ResponseReadout {
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
        let readout = || {
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
            Averages::new(context.settings.averaging, n_hops, n_lags, shape)
        };
        let n_values = context.tapers.n_tapers() * n_bins;
        let paper_pairs: Vec<(usize, usize)> = context.pairs.iter().map(|p| (p.a, p.b)).collect();
        let store_len = run_hops(&plan, context);
        let fresh = Self {
            n_channels,
            n_bins,
            overlap: context.overlap.clone(),
            averages: averages(context.pairs),
            readout: readout(),
            control: averages(&[]),
            control_readout: readout(),
            earlier: EarlierStimulus::new(response.control_shift_secs, context.hop_secs, n_values),
            detector,
            paper: PaperReadout::new(n_channels, n_bins, &paper_pairs),
            pairs: context.pairs.to_vec(),
            bands: bins.clone(),
            segment_secs: context.segment_secs,
            hop_secs: context.hop_secs,
            newest: 0,
            psd: vec![0.0; (n_channels + 1) * n_bins],
            csd: vec![Complex64::default(); (n_channels + context.pairs.len()) * n_bins],
            control_psd: vec![0.0; (n_channels + 1) * n_bins],
            control_csd: vec![Complex64::default(); n_channels * n_bins],
            control_spectra: vec![Complex64::default(); (n_channels + 1) * n_values],
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
        if self.store.n_segments() < self.store_len {
            self.store.push_with(of(self.n_channels), of);
        }
        self.detector.push(hop, centre_secs, spectra)
    }

    fn push_control(&mut self, hop: u64, centre_secs: f64, spectra: &[Complex64]) {
        let n_values = spectra.len() / (self.n_channels + 1);
        let stimulus = &spectra[self.n_channels * n_values..];
        self.control_spectra.copy_from_slice(spectra);
        let slot = &mut self.control_spectra[self.n_channels * n_values..];
        let found = self.earlier.recall(hop, slot);
        self.earlier.keep(hop, stimulus);
        if !found {
            return self.control.pass(hop);
        }
        let spectra = &self.control_spectra;
        self.control.push(hop, centre_secs, |ch, slot| {
            slot.copy_from_slice(&spectra[ch * n_values..(ch + 1) * n_values]);
        });
    }

    /// Work out the readout of the averages as they are.
    pub(super) fn update(&mut self) {
        let n_eff = self.n_eff();
        self.averages.psd_into(&mut self.psd);
        self.averages.csd_into(&mut self.csd);
        read(&mut self.readout, &self.psd, &self.csd, n_eff);
        let n_eff = self.overlap.n_eff(self.control.weights());
        self.control.psd_into(&mut self.control_psd);
        self.control.csd_into(&mut self.control_csd);
        read(
            &mut self.control_readout,
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
        out.too_weak.copy_from_slice(self.readout.too_weak());
        out.transfers.copy_from_slice(self.readout.transfers());
        out.bands.copy_from_slice(self.readout.bands());
        out.control.copy_from_slice(self.control_readout.bands());
        out.control_n_eff = self.overlap.n_eff(self.control.weights());
        for (slot, detection) in out.detections.iter_mut().zip(self.detector.detections()) {
            *slot = detection;
        }
        out.progress = self.detector.progress();
        out.paper.n_frames = self.paper.n_frames();
        for (i, slot) in out.paper.tasr.iter_mut().enumerate() {
            *slot = self.paper.tasr(i / n_bins, i % n_bins);
        }
        let pairs = out.paper.csd.iter_mut().zip(&mut out.paper.rho);
        for (i, (csd, rho)) in pairs.enumerate() {
            *csd = self.paper.csd(i / n_bins, i % n_bins);
            *rho = self.paper.rho(i / n_bins, i % n_bins);
        }
    }
}

/// Read every channel; the stimulus stands after the channels, its cross-spectra with them come first.
fn read(readout: &mut StimulusResponse, psd: &[f64], csd: &[Complex64], n_eff: f64) {
    let n_bins = readout.too_weak().len();
    let n_channels = psd.len() / n_bins - 1;
    let sxx = &psd[n_channels * n_bins..];
    readout.stimulus(sxx, n_eff);
    for ch in 0..n_channels {
        let of = ch * n_bins..(ch + 1) * n_bins;
        readout.channel(ch, sxx, &psd[of.clone()], &csd[of]);
    }
}

fn response_plan(context: &Context<'_>) -> Result<ResponsePlan, SettingsError> {
    let response = &context.settings.response;
    let is_tested = |band: &BandInfo| {
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

/// Segments of a whole run, its blocks and the segments left out between them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked settings keep it below a few million"
)]
fn run_hops(plan: &ResponsePlan, context: &Context<'_>) -> usize {
    let looks = plan.looks.n_looks() as f64;
    let run_secs = looks * (plan.block_secs + context.segment_secs);
    (run_secs / context.hop_secs).ceil() as usize
}

/// Spectra of the stimulus, kept until they are old enough to be the control.
struct EarlierStimulus {
    n_values: usize,
    shift: u64,
    hops: Vec<Option<u64>>,
    spectra: Vec<Complex64>,
}

impl EarlierStimulus {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked settings keep it between 1 and 30000"
    )]
    fn new(shift_secs: f64, hop_secs: f64, n_values: usize) -> Self {
        let shift = (shift_secs / hop_secs).ceil().max(1.0) as usize;
        Self {
            n_values,
            shift: shift as u64,
            hops: vec![None; shift + 1],
            spectra: vec![Complex64::default(); (shift + 1) * n_values],
        }
    }

    fn slot(&self, hop: u64) -> usize {
        usize::try_from(hop % self.hops.len() as u64).unwrap_or(0)
    }

    fn keep(&mut self, hop: u64, stimulus: &[Complex64]) {
        let slot = self.slot(hop);
        self.hops[slot] = Some(hop);
        self.spectra[slot * self.n_values..(slot + 1) * self.n_values].copy_from_slice(stimulus);
    }

    /// Write the stimulus of one shift before `hop`; `false` where it was not kept.
    fn recall(&self, hop: u64, out: &mut [Complex64]) -> bool {
        let Some(then) = hop.checked_sub(self.shift) else {
            return false;
        };
        let slot = self.slot(then);
        if self.hops[slot] != Some(then) {
            return false;
        }
        out.copy_from_slice(&self.spectra[slot * self.n_values..(slot + 1) * self.n_values]);
        true
    }
}
