//! The EEG's stream at the moment of writing: rates, counts, clock.

use schemars::JsonSchema;
use serde::Serialize;

use super::known;
use crate::control::StreamStatus;
use crate::signal::{RateVerdict, StampClock};

/// What a stream's stamps say of the rate that it announces.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Rate {
    /// Too little was seen
    Unknown,
    /// It is kept, within 0.1 %
    Nominal,
    /// It is off by 0.1 to 1 %
    Near,
    /// It is off by more than 1 %, steadily: the analysis goes by the measured one
    Wrong,
    /// It is off by more than 1 % and does not hold still: numbers are withheld
    Unsteady,
}

/// What stamps are on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Stamps {
    /// The LSL clock
    Lsl,
    /// Some other clock: arrival times stand in for them
    Arrival,
}

/// What losses are known by.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum LostBy {
    /// The samples' stamps
    Stamps,
    /// The numbers in the channel `stream.counter`
    Counter,
}

/// The EEG's stream when the line was written.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct StreamNow {
    /// What it calls itself
    name: String,
    /// The rate that it announces
    nominal_rate_hz: f64,
    /// The rate that its stamps show; null before half a second of them came
    measured_rate_hz: Option<f64>,
    /// The rate by which it is analysed
    sample_rate_hz: f64,
    /// Whether the announced rate is kept
    rate: Rate,
    /// What its stamps are on
    stamps: Stamps,
    /// Standard deviation of the stamps about their line
    jitter_ms: f64,
    /// What is added to its stamps; null before the first measurement
    clock_offset_secs: Option<f64>,
    /// Samples that came
    received: u64,
    /// Samples lost; by stamps their number is settled within seconds where they jitter
    lost: u64,
    /// What they are known by
    lost_by: LostBy,
    /// Breaks in the row of samples
    gaps: u64,
    /// Samples that came more than half a second after their stamp
    late: u64,
    /// Samples dropped because the analysis was behind
    overrun: u64,
    /// Stamps that made no sense and were replaced
    bad_stamps: u64,
    /// Samples that wait for the analysis
    backlog: u64,
    /// Computing time of the newest hop
    hop_cost_ms: f64,
}

impl StreamNow {
    pub(super) fn new(status: &StreamStatus) -> Option<Self> {
        let stream = status.stream.as_ref()?;
        Some(Self {
            name: stream.name.clone(),
            nominal_rate_hz: stream.announced_rate_hz(),
            measured_rate_hz: known(status.measured_rate_hz).filter(|&hz| hz > 0.0),
            sample_rate_hz: stream.sample_rate_hz,
            rate: match status.rate {
                RateVerdict::Unknown => Rate::Unknown,
                RateVerdict::Nominal => Rate::Nominal,
                RateVerdict::Near => Rate::Near,
                RateVerdict::Wrong(_) => Rate::Wrong,
                RateVerdict::Unsteady => Rate::Unsteady,
            },
            stamps: match status.stamps {
                StampClock::Lsl => Stamps::Lsl,
                StampClock::Arrival => Stamps::Arrival,
            },
            jitter_ms: 1e3 * status.jitter_secs,
            clock_offset_secs: known(status.clock_offset_secs),
            received: status.received,
            lost: status.lost,
            lost_by: if status.is_counted {
                LostBy::Counter
            } else {
                LostBy::Stamps
            },
            gaps: status.gaps,
            late: status.late,
            overrun: status.overrun,
            bad_stamps: status.bad_stamps,
            backlog: status.backlog,
            hop_cost_ms: 1e3 * status.hop_cost_secs,
        })
    }
}
