//! Runs of detection that are over, in a line.

use schemars::JsonSchema;
use serde::Serialize;

use crate::metrics::{Found, RunRecord};

/// A run that is over.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct EndedRun<'a> {
    /// Number of the run in the session, from 1
    run: u32,
    /// Why it ended
    reason: &'static str,
    /// Centre of the last segment before, seconds on the local LSL clock
    ended_secs: f64,
    /// Looks planned
    looks: usize,
    /// Looks that were taken
    looks_done: usize,
    /// Accepted data in the looks that were taken
    accepted_secs: f64,
    /// Accepted data that no look saw
    unseen_secs: f64,
    /// Tests that shared the error rate
    family: usize,
    /// Error rate of the whole family over all looks
    alpha: f64,
    /// What it found, in words
    verdict: String,
    /// What it found
    found: Vec<FoundResponse<'a>>,
    /// Channels whose tests ended before their time, because they were set aside
    set_aside: &'a [String],
}

/// A response that a run found.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct FoundResponse<'a> {
    /// The channel
    channel: &'a str,
    /// The band
    band: &'a str,
    /// The look that decided, from 1
    look: usize,
}

impl<'a> EndedRun<'a> {
    pub(super) fn new(record: &'a RunRecord) -> Self {
        let found = record.found.iter().map(
            |Found {
                 channel,
                 band,
                 look,
             }| FoundResponse {
                channel,
                band,
                look: *look,
            },
        );
        Self {
            run: record.run,
            reason: record.end.words(),
            ended_secs: record.ended_secs,
            looks: record.n_planned_looks,
            looks_done: record.n_looks,
            accepted_secs: record.looked_secs,
            unseen_secs: record.unseen_secs,
            family: record.n_family,
            alpha: record.alpha,
            verdict: record.verdict(),
            found: found.collect(),
            set_aside: &record.set_aside,
        }
    }
}
