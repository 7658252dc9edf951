//! Runs of detection that are over: nothing restarts unseen.

use std::sync::Arc;

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum RunEnd {
    /// Somebody asked for a new one.
    Asked,
    /// Other bands are tested.
    Bands,
    /// Other channels are analysed, or against another reference.
    Channels,
    /// Another stimulus came.
    Stimulus,
    /// Segments, spectra or looks are planned otherwise.
    Settings,
    /// The stream became another: other channels, rate, format or units.
    Changed,
    /// A channel was set aside or came back, and with it the reference of others changed.
    Reference,
    /// The stream ended, or was left.
    Stream,
}

impl RunEnd {
    /// In words, to follow "ended: ".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Asked => "a new run was asked for",
            Self::Bands => "other bands are tested",
            Self::Channels => "other channels or another reference are analysed",
            Self::Stimulus => "another stimulus came",
            Self::Settings => "the analysis was planned otherwise",
            Self::Changed => "the stream is another than before",
            Self::Reference => {
                "a channel was set aside or came back, which changed the reference of others"
            }
            Self::Stream => "the stream was left",
        }
    }
}

/// A response that a run found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Found {
    /// Label of the channel.
    pub channel: String,
    /// Name of the band.
    pub band: String,
    /// The look that decided, from 1.
    pub look: usize,
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RunRecord {
    /// Its number in the session, from 1.
    pub run: u32,
    /// Why it ended.
    pub end: RunEnd,
    /// When: centre of the last segment before, seconds on the local LSL clock.
    pub ended_secs: f64,
    /// Looks taken, and planned.
    pub n_looks: usize,
    /// Looks planned.
    pub n_planned_looks: usize,
    /// Accepted data in the looks that were taken.
    pub looked_secs: f64,
    /// Accepted data that no look saw.
    pub unseen_secs: f64,
    /// Tests of the family.
    pub n_family: usize,
    /// Error rate of the family.
    pub alpha: f64,
    /// What it found; empty for nothing.
    pub found: Vec<Found>,
    /// Channels whose tests ended before their time, because they were set aside.
    pub set_aside: Vec<String>,
}

impl RunRecord {
    /// The whole record in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (run, end, verdict) = (self.run, self.end.words(), self.verdict());
        let without = match &self.set_aside[..] {
            [] => String::new(),
            channels => format!("; set aside: {}", channels.join(", ")),
        };
        format!("run {run} ended, {end}: {verdict}{without}")
    }

    /// The verdict in words.
    #[must_use]
    pub fn verdict(&self) -> String {
        if self.found.is_empty() {
            return match self.n_looks {
                0 => "ended before its first look".to_owned(),
                n => format!("no response found in {n} of {} looks", self.n_planned_looks),
            };
        }
        let found = self
            .found
            .iter()
            .map(|f| format!("{} at {}", f.band, f.channel));
        format!("response found: {}", found.collect::<Vec<_>>().join(", "))
    }
}

/// The runs that are over, oldest first.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct RunLog {
    records: Arc<Vec<RunRecord>>,
    n_begun: u32,
    n_ended: u32,
}

/// Runs remembered; the oldest are forgotten, their numbers are not used again.
const MOST_RECORDS: usize = 200;

impl RunLog {
    /// The number of the next run.
    pub(crate) fn begin(&mut self) -> u32 {
        self.n_begun += 1;
        self.n_begun
    }

    /// Note a run that is over.
    pub(crate) fn end(&mut self, record: RunRecord) {
        let mut records = Vec::clone(&self.records);
        if records.len() >= MOST_RECORDS {
            records.remove(0);
        }
        records.push(record);
        self.records = Arc::new(records);
        self.n_ended += 1;
    }

    /// The runs that are over, oldest first.
    #[must_use]
    pub fn records(&self) -> &[RunRecord] {
        &self.records
    }

    /// Runs that are over, those forgotten included.
    #[must_use]
    pub fn n_ended(&self) -> u32 {
        self.n_ended
    }
}
