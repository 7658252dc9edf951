//! The tests of a run in a line.

use schemars::JsonSchema;
use serde::Serialize;

use crate::metrics::Snapshot;
use crate::metrics::detection;
use crate::metrics::response::{LookState, ResponsePlan, ResponseSnapshot};
use crate::publish::jsonl::by_name::{ByChannelAndBand, ByName, by_channel};
use crate::publish::jsonl::known;

/// The tests of all channels and tested bands over the looks of a run.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct Detection<'a> {
    /// Number of the run in the session, from 1
    run: u32,
    /// Error rate of the whole family over all looks
    alpha: f64,
    /// Tests that share it
    family: usize,
    /// Looks planned
    looks: usize,
    /// Looks that are over
    looks_done: usize,
    /// Accepted data of each look
    block_secs: f64,
    /// Accepted data of the run so far
    accepted_secs: f64,
    /// Evidence that must be reached, per look
    thresholds: &'a [f64],
    /// Channel, then tested band
    tests: ByChannelAndBand<'a, Test>,
    /// Band, and why it is not tested though it was asked for
    left_out: ByName<'a, String>,
}

impl<'a> Detection<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        plan: &'a ResponsePlan,
        response: &ResponseSnapshot,
    ) -> Self {
        let progress = response.progress;
        let n_tested = plan.tested.len();
        let name = |band: usize| snapshot.plan.bands[band].band.name();
        let of_channel = |ch: usize| {
            let of_channel = &response.detections[ch * n_tested..(ch + 1) * n_tested];
            let tests = plan.tested.iter().zip(of_channel);
            tests
                .map(|(&band, test)| (name(band), Test::new(test)))
                .collect()
        };
        Self {
            run: progress.run,
            alpha: plan.looks.alpha(),
            family: plan.looks.n_family(),
            looks: plan.looks.n_looks(),
            looks_done: progress.n_looks,
            block_secs: plan.block_secs,
            accepted_secs: progress.looked_secs + progress.block_secs,
            thresholds: plan.looks.reject_at(),
            tests: by_channel(snapshot, of_channel),
            left_out: plan
                .beyond
                .iter()
                .filter_map(|&band| Some((name(band), plan.why_left_out(band)?)))
                .collect(),
        }
    }
}

/// Where a test stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum TestState {
    Pending,
    Detected,
    #[serde(rename = "given up")]
    GivenUp,
    Ended,
    #[serde(rename = "set aside")]
    SetAside,
}

/// One test of the family.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Test {
    /// Where it stands, latched
    state: TestState,
    /// The look that decided; looks so far while pending
    look: usize,
    /// Accepted data up to that look
    accepted_secs: Option<f64>,
    /// Centre of its last segment, seconds on the local LSL clock
    stamp_secs: Option<f64>,
    /// Sum of -2 ln p over the looks; null where p is 0 to the last digit
    evidence: Option<f64>,
}

impl Test {
    fn new(detection: &detection::Detection) -> Self {
        let (state, look, accepted_secs) = match detection.state {
            LookState::Pending { n_looks } => (TestState::Pending, n_looks, None),
            LookState::Detected {
                look,
                accepted_secs,
                ..
            } => (TestState::Detected, look, Some(accepted_secs)),
            LookState::Futile {
                look,
                accepted_secs,
            } => (TestState::GivenUp, look, Some(accepted_secs)),
            LookState::Ended { accepted_secs } => (TestState::Ended, 0, Some(accepted_secs)),
            LookState::SetAside { n_looks } => (TestState::SetAside, n_looks, None),
        };
        Self {
            state,
            look,
            accepted_secs,
            stamp_secs: detection.decided_secs,
            evidence: known(detection.sum),
        }
    }
}
