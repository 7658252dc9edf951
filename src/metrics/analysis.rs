//! The analysis of one stream: samples in, one snapshot per hop out.
//!
//! Front end, then independent stages. A change of the settings builds ([`Built`]) only what it touches; the rest goes on.

mod build;
mod keeps;

use std::sync::Arc;

pub use build::{Built, Subject};
use keeps::Keeps;

use crate::dsp::surrogate::SegmentStore;
use crate::metrics::accepted::Accepted;
use crate::metrics::artefact::Verdict;
use crate::metrics::detection::{Detection, LookState};
use crate::metrics::front_end::{FrontEnd, Judged};
use crate::metrics::response::LookPlan;
use crate::metrics::run_log::{Found, RunEnd, RunLog, RunRecord};
use crate::metrics::stages::eeg::EegStage;
use crate::metrics::stages::pairs::PairStage;
use crate::metrics::stages::periodic::PeriodicStage;
use crate::metrics::stages::quality::QualityStage;
use crate::metrics::stages::response::ResponseStage;
use crate::metrics::stages::rest::RestStage;
use crate::metrics::stages::run::RunStage;
use crate::metrics::{ElectrodeChange, Plan, Rejections, Sample, Snapshot};
use crate::signal::{Polarity, StimulusTiming};

/// Owns the front end and every stage.
///
/// [`push`](Self::push) takes samples one by one; when it says that a segment is complete, [`average`](Self::average) takes it in or
/// [`skip`](Self::skip) leaves it out, and [`write`](Self::write) fills a snapshot. None of them allocates.
pub struct Analysis {
    plan: Arc<Plan>,
    front: FrontEnd,
    eeg: EegStage,
    rest: RestStage,
    pairs: PairStage,
    quality: QualityStage,
    response: Option<Response>,
    periodic: Vec<PeriodicStage>,
    periodic_is: PeriodicIs,
    polarity: Option<Polarity>,
    accepted: Accepted,
    verdict: Option<Verdict>,
    hop: u64,
    counts: Counts,
    runs: RunLog,
}

/// What is there only where a stimulus is.
struct Response {
    stage: ResponseStage,
    run: RunStage,
    timing: StimulusTiming,
}

/// Whether a periodic stimulus is on: stages that begin on the way are told.
#[derive(Debug, Clone, Copy)]
enum PeriodicIs {
    /// Always; no trials say otherwise.
    On,
    /// Since this sample, which may lie between samples.
    Since(f64),
    Paused,
}

impl PeriodicIs {
    fn tell(self, stage: &mut PeriodicStage, next_index: Option<u64>) {
        match self {
            Self::On => {}
            Self::Since(origin) => stage.resume(origin, next_index.unwrap_or(0)),
            Self::Paused => stage.pause(),
        }
    }
}

/// What is counted since the start, whatever is changed on the way.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    n_received: u64,
    next_index: Option<u64>,
    n_lost: u64,
    n_skipped: u64,
}

impl Analysis {
    /// What the numbers of its snapshots mean.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Samples from one hop to the next.
    #[must_use]
    pub fn hop_len(&self) -> usize {
        self.front.hop_len()
    }

    /// Runs of detection that are over.
    #[must_use]
    pub fn runs(&self) -> &RunLog {
        &self.runs
    }

    /// An empty snapshot of its plan.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            periodic: self.periodic.iter().map(PeriodicStage::snapshot).collect(),
            ..Snapshot::new(Arc::clone(&self.plan))
        }
    }

    /// End the run of detection and begin the next: looks, response averages, periodic epochs, paper mode and surrogates start anew.
    pub fn begin_run(&mut self, end: RunEnd) {
        for stage in &mut self.periodic {
            stage.reset();
            self.periodic_is.tell(stage, self.counts.next_index);
        }
        self.end_run(end);
        if let Some(response) = &mut self.response {
            response.stage.begin_run();
            response.run.begin(self.runs.begin());
        }
        self.end_tests_of_those_out();
    }

    /// Channels that are out take no further look in the present run, not even when they are back.
    fn end_tests_of_those_out(&mut self) {
        let (_, is_out) = self.front.aside();
        if let Some(response) = &mut self.response {
            let out = is_out.iter().enumerate().filter(|(_, is_out)| **is_out);
            out.for_each(|(ch, _)| response.run.set_aside(ch));
        }
    }

    /// Carry out what was decided of the electrodes up to the newest sample: those set aside leave averages, references and tests, those that are back return.
    /// Each is told. Where channels that go on are against another reference from now on, everything is averaged anew. Says whether a rest baseline was lost
    /// with it. Must follow [`average`](Self::average) or [`skip`](Self::skip) of a segment that is complete.
    #[must_use = "a rest that was lost must be told"]
    pub fn settle_electrodes(&mut self, on: &mut dyn FnMut(ElectrodeChange)) -> bool {
        let Some(changed) = self.front.settle(&self.plan.montage, on) else {
            return false;
        };
        let mut has_lost_rest = false;
        if changed.mixes {
            has_lost_rest = self.rest.end();
            self.eeg.clear();
            self.pairs.clear();
            self.accepted = self.accepted.renewed(self.plan.n_window_hops(), true);
            self.begin_run(RunEnd::Reference);
        }
        self.end_tests_of_those_out();
        has_lost_rest
    }

    /// Note in the log how the present run ended.
    pub fn end_run(&mut self, end: RunEnd) {
        if let Some(response) = &self.response {
            let record = record(&self.plan, &response.run, end, self.front.centre_secs());
            self.runs.end(record);
        }
    }

    /// Go on counting samples and segments where `before` stands, whose stream became this one.
    pub fn continue_counts(&mut self, before: &Self) {
        self.counts = before.counts;
        self.front.continue_counts(&before.front);
    }

    /// Whether a rest baseline is known or being collected.
    #[must_use]
    pub fn has_rest(&self) -> bool {
        self.rest.is_begun()
    }

    /// Take the next `secs` of accepted data as the rest baseline.
    pub fn begin_rest(&mut self, secs: f64) {
        self.rest.begin(secs);
    }

    /// A periodic stimulus starts at sample `origin`, which may lie between samples: epochs are counted from there.
    pub fn begin_periodic(&mut self, origin: f64) {
        self.periodic_is = PeriodicIs::Since(origin);
        self.periodic
            .iter_mut()
            .for_each(|stage| stage.begin(origin));
    }

    /// No periodic stimulus is on until the next begins.
    pub fn pause_periodic(&mut self) {
        self.periodic_is = PeriodicIs::Paused;
        self.periodic.iter_mut().for_each(PeriodicStage::pause);
    }

    /// Polarity of the stimulus from the next sample on, where it is known.
    pub fn set_polarity(&mut self, polarity: Option<Polarity>) {
        self.polarity = polarity;
    }

    /// How the stimulus runs against the EEG; travels in the snapshots.
    pub fn set_timing(&mut self, timing: StimulusTiming) {
        if let Some(response) = &mut self.response {
            response.timing = timing;
        }
    }

    /// Take one sample of the stream. `true` when it completes a segment: [`average`](Self::average) or [`skip`](Self::skip) must follow before the
    /// next sample.
    #[must_use = "a complete segment must be averaged"]
    pub fn push(&mut self, sample: &Sample<'_>) -> bool {
        let (run, index) = (sample.run, sample.index);
        let counts = &mut self.counts;
        counts.n_lost += counts
            .next_index
            .map_or(0, |next| index.saturating_sub(next));
        counts.next_index = Some(index + 1);
        counts.n_received += 1;
        self.accepted.begin(index, self.front.hop_len());
        let pushed = self.front.push(&self.plan.montage, sample);
        for stage in &mut self.periodic {
            let (newest_uv, aside) = (self.front.newest_uv(), self.front.aside());
            stage.push((run, index), newest_uv, aside, self.polarity);
        }
        // a segment that began before the first sample was never due
        let was_due = pushed
            .rejected
            .is_none_or(|hop| !self.accepted.is_before_first(hop));
        self.front.count_lost(pushed.n_lost - u64::from(!was_due));
        let Some(hop) = pushed.complete else {
            return false;
        };
        self.hop = hop;
        true
    }

    /// Leave out the segment just completed, because the analysis is behind: it is counted, and neither accepted nor rejected.
    pub fn skip(&mut self) {
        let hop = self.hop;
        self.counts.n_skipped += 1;
        self.accepted.skip(hop);
        self.pass(hop);
    }

    /// Judge the segment just completed; transform it and take it into the averages unless it is rejected. `is_open` says whether it may count as
    /// one with the stimulus, e.g. within a trial only.
    pub fn average(&mut self, is_open: bool) {
        let hop = self.hop;
        self.verdict = None;
        match self.front.judge() {
            Judged::Eeg => {
                self.accepted.take(hop);
                self.take(hop, is_open);
            }
            Judged::Rejected(verdict) => {
                self.verdict = Some(verdict);
                self.accepted.pass(hop);
                self.pass(hop);
            }
            Judged::Mixed => {
                self.accepted.skip(hop);
                self.pass(hop);
            }
        }
        self.eeg.update();
        self.pairs.update(self.eeg.averages());
        self.quality.update(self.eeg.psd());
        if let Some(response) = &mut self.response {
            response.stage.update();
        }
        self.periodic.iter_mut().for_each(PeriodicStage::update);
    }

    /// `hop` brought nothing.
    fn pass(&mut self, hop: u64) {
        self.pairs.forget(hop, self.eeg.averages());
        self.eeg.pass(hop);
        if let Some(response) = &mut self.response {
            response.stage.pass(hop);
            response.run.pass();
        }
    }

    fn take(&mut self, hop: u64, is_open: bool) {
        let segment = self.front.transform(hop, is_open);
        self.pairs.forget(hop, self.eeg.averages());
        self.eeg.take(&segment);
        self.pairs.take(&segment);
        self.quality.take(&segment);
        self.rest.take(&segment);
        let Some(response) = &mut self.response else {
            return;
        };
        if segment.is_of_response() {
            response.stage.take(&segment);
            response.run.take(&segment);
        } else {
            response.stage.pass(hop);
            response.run.pass();
        }
    }

    /// Place on the grid of the segment just completed, and its centre.
    #[must_use]
    pub fn newest(&self) -> (u64, f64) {
        (self.hop, self.front.centre_secs())
    }

    /// When the segment just completed begins and ends.
    #[must_use]
    pub fn newest_span_secs(&self) -> (f64, f64) {
        let half_secs = self.plan.segment_secs / 2.0;
        let centre_secs = self.front.centre_secs();
        (centre_secs - half_secs, centre_secs + half_secs)
    }

    /// The spectra of the run so far, where the segment just averaged brought a look: to be shifted in the background.
    #[must_use]
    pub fn looked(&self) -> Option<&SegmentStore> {
        self.response.as_ref()?.run.looked()
    }

    /// Write the averages and what they mean into `snapshot`, which must be of this analysis's plan.
    pub fn write(&self, snapshot: &mut Snapshot) {
        debug_assert!(Arc::ptr_eq(&self.plan, &snapshot.plan), "one plan");
        snapshot.hop = self.hop;
        snapshot.newest_stamp_secs = self.front.centre_secs();
        snapshot.n_received = self.counts.n_received;
        snapshot.n_lost = self.counts.n_lost;
        snapshot.n_skipped_hops = self.counts.n_skipped;
        snapshot.rejected_share = self.accepted.rejected_share(self.hop);
        let check = self.front.check();
        snapshot.n_rejected = check.n_fired().iter().sum();
        snapshot.rejections = Rejections {
            n_checked: check.n_checked(),
            by_rule: check.n_fired(),
            newest: self.verdict,
        };
        snapshot.settled = self.front.is_settled();
        self.eeg.write(self.hop, snapshot);
        self.rest.write(snapshot);
        self.pairs.write(snapshot);
        self.quality.write(snapshot);
        for (stage, slot) in self.periodic.iter().zip(&mut snapshot.periodic) {
            stage.write(slot);
        }
        snapshot.runs.clone_from(&self.runs);
        if let (Some(response), Some(slot)) = (&self.response, &mut snapshot.response) {
            response.stage.write(slot);
            response.run.write(slot);
            slot.timing = response.timing;
        }
        let electrodes = snapshot.electrodes.iter_mut().zip(self.front.electrodes());
        electrodes.for_each(|(slot, state)| *slot = state);
        snapshot.is_out.copy_from_slice(self.front.aside().1);
        snapshot.n_lacked.copy_from_slice(self.front.n_lacked());
        snapshot.withhold();
    }
}

/// What is noted of a run that is over.
fn record(plan: &Plan, run: &RunStage, end: RunEnd, ended_secs: f64) -> RunRecord {
    let progress = run.progress();
    let tested = plan.response.as_ref().map_or(&[][..], |r| &r.tested);
    let found = run.detections().enumerate().filter_map(|(i, detection)| {
        let look = detection.look()?;
        Some(Found {
            channel: plan.montage.label(i / tested.len()).to_owned(),
            band: plan.bands[tested[i % tested.len()]].band.name().to_owned(),
            look,
        })
    });
    let looks = plan.response.as_ref().map(|r| &r.looks);
    let is_aside = |d: &Detection| matches!(d.state, LookState::SetAside { .. });
    let tests: Vec<Detection> = run.detections().collect();
    let channels = tests.chunks(tested.len().max(1)).enumerate();
    let set_aside = channels.filter(|(_, tests)| tests.iter().any(is_aside));
    let set_aside = set_aside.map(|(ch, _)| plan.montage.label(ch).to_owned());
    RunRecord {
        set_aside: set_aside.collect(),
        run: progress.run,
        end,
        ended_secs,
        n_looks: progress.n_looks,
        n_planned_looks: looks.map_or(0, LookPlan::n_looks),
        looked_secs: progress.looked_secs,
        unseen_secs: progress.block_secs,
        n_family: looks.map_or(0, LookPlan::n_family),
        alpha: looks.map_or(0.0, LookPlan::alpha),
        found: found.collect(),
    }
}
