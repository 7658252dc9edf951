//! One run of detection: its tests, paper mode's sums, and the spectra kept for circular shifts.

use std::ops::Range;

use crate::dsp::paper_live::PaperEstimator;
use crate::dsp::paper_phase::PaperPhase;
use crate::dsp::surrogate::SegmentStore;
use crate::dsp::{BandNull, OverlapTable};
use crate::metrics::detection::{Detection, Detector, DetectorPlan};
use crate::metrics::response::{PaperSnapshot, ResponsePlan, ResponseSnapshot};
use crate::metrics::{Plan, RunProgress, Segment};

/// What begins anew with each run. Allocates nothing after construction.
pub(in crate::metrics) struct RunStage {
    n_channels: usize,
    n_bins: usize,
    detector: Detector,
    paper: PaperEstimator,
    paper_phase: PaperPhase,
    store: SegmentStore,
    n_stored_most: usize,
    looked: bool,
}

impl RunStage {
    /// [`begin`](Self::begin) gives it a number.
    pub(in crate::metrics) fn new(
        plan: &Plan,
        response: &ResponsePlan,
        overlap: &OverlapTable,
    ) -> Self {
        let (n_channels, n_bins) = (plan.montage.len(), plan.axis.n_bins());
        Self {
            n_channels,
            n_bins,
            detector: Detector::new(detector_plan(plan, response, overlap)),
            paper: PaperEstimator::new(n_channels, n_bins, &plan.paper_pairs()),
            paper_phase: PaperPhase::new(n_channels, n_bins),
            store: SegmentStore::new(n_channels, n_bins, response.n_shift_segments),
            n_stored_most: response.n_shift_segments,
            looked: false,
        }
    }

    /// Bytes that a stage of these plans holds; the store is copied once for the background.
    pub(in crate::metrics) fn bytes(plan: &Plan, response: &ResponsePlan) -> f64 {
        let values = plan.segment_values();
        let per_segment = 16.0 * values / plan.n_tapers as f64;
        let paper_pairs = plan.paper_pairs().len() as f64;
        let store = 2.0 * per_segment * response.n_shift_segments as f64;
        store + 80.0 * values + 16.0 * paper_pairs * plan.axis.n_bins() as f64
    }

    /// Begin run `number`.
    pub(in crate::metrics) fn begin(&mut self, number: u32) {
        self.detector.begin_run(number);
        self.paper.reset();
        self.paper_phase.reset();
        self.store.clear();
        self.looked = false;
    }

    /// Take over paper mode's sums where the pairs are the same: they ask for no bands.
    pub(in crate::metrics) fn continue_paper(&mut self, before: Self) {
        if self.paper.pairs() == before.paper.pairs() {
            self.paper = before.paper;
            self.paper_phase = before.paper_phase;
        }
    }

    /// Go on with the pairs of `plan`: where they are others, paper mode starts anew.
    pub(in crate::metrics) fn set_pairs(&mut self, plan: &Plan) {
        let pairs = plan.paper_pairs();
        if self.paper.pairs() != pairs {
            self.paper = PaperEstimator::new(self.n_channels, self.n_bins, &pairs);
            self.paper_phase.reset();
        }
    }

    /// The newest segment does not count.
    pub(in crate::metrics) fn pass(&mut self) {
        self.looked = false;
    }

    /// Take a segment that counts.
    pub(in crate::metrics) fn take(&mut self, segment: &Segment<'_>) {
        // one taper is enough for the paper's ratios and for shifts
        let of = |ch: usize| &segment.channel(ch)[..self.n_bins];
        let or_none = |ch: usize| if segment.lacks[ch] { &[] } else { of(ch) };
        self.paper.push_with(of(self.n_channels), or_none);
        self.paper_phase.push_with(of(self.n_channels), or_none);
        if self.store.n_segments() < self.n_stored_most {
            self.store.push_with(of(self.n_channels), of);
        }
        let place = (segment.hop, segment.centre_secs);
        self.looked = self.detector.push(place, segment.spectra, segment.lacks);
    }

    /// Channel `ch` was set aside: its tests take no further look.
    pub(in crate::metrics) fn set_aside(&mut self, ch: usize) {
        self.detector.set_aside(ch);
    }

    /// The spectra of the run so far, where the newest segment brought a look.
    pub(in crate::metrics) fn looked(&self) -> Option<&SegmentStore> {
        Some(&self.store).filter(|store| self.looked && store.n_segments() > 0)
    }

    /// How far the run is.
    pub(in crate::metrics) fn progress(&self) -> RunProgress {
        self.detector.progress()
    }

    /// Where each test stands, channel after channel.
    pub(in crate::metrics) fn detections(&self) -> impl Iterator<Item = Detection> + '_ {
        self.detector.detections()
    }

    /// Write tests and paper mode into `out`.
    pub(in crate::metrics) fn write(&self, out: &mut ResponseSnapshot) {
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
        for (i, (cross, rho)) in pairs.enumerate().take(self.paper.pairs().len() * n_bins) {
            *cross = self.paper.cross(i / n_bins, i % n_bins);
            *rho = self.paper.rho(i / n_bins, i % n_bins);
        }
    }
}

fn detector_plan(plan: &Plan, response: &ResponsePlan, overlap: &OverlapTable) -> DetectorPlan {
    let band = |&b: &usize| -> (Range<usize>, BandNull) {
        let bins = plan.bands[b].bins.clone();
        let null = BandNull::new(overlap, bins.len(), plan.alpha);
        (bins, null)
    };
    DetectorPlan {
        looks: response.looks.clone(),
        bands: response.tested.iter().map(band).collect(),
        overlap: overlap.clone(),
        n_channels: plan.montage.len(),
        n_bins: plan.axis.n_bins(),
        n_tapers: plan.n_tapers,
        block_secs: response.block_secs,
        segment_secs: plan.segment_secs,
        hop_secs: plan.hop_secs,
    }
}
