//! One JSON object per hop: what `efrscope run` prints.
//!
//! A line is written from one tree of types; the schema is made from the same types, and a test holds docs/JSON.md to it. Fields may be added; none is
//! renamed or changes its meaning within one [`SCHEMA_VERSION`].

mod by_name;
mod curve;
mod detection;
mod electrodes;
mod estimates;
mod markers;
mod paper;
mod periodic;
mod response;
mod runs;
mod stream_line;
mod stream_now;

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::{Serialize, Serializer};

use crate::control::{MarkerCount, ShiftReport, StreamStatus};
use crate::metrics::Snapshot;
use crate::signal::{Marker, Reference};
use by_name::{
    ByChannelAndBand, ByName, by_band, by_channel, by_channel_and_band, by_pair_and_band,
};
use electrodes::SetAside;
use estimates::{Band, Measures, NullMeasures, Quality, Rejecting};
use markers::Markers;
use periodic::Stimulus;
use response::{Response, ShiftTests};
use runs::EndedRun;
use stream_line::State;
pub use stream_line::StreamLine;
use stream_now::StreamNow;

/// Goes up when a field is renamed, removed or means something else.
pub const SCHEMA_VERSION: u32 = 1;

/// A snapshot as one line of JSON, with the age of its newest segment at the moment of writing.
pub struct Line<'a> {
    /// The snapshot.
    pub snapshot: &'a Snapshot,
    /// Now minus [`Snapshot::newest_stamp_secs`].
    pub age_secs: f64,
    /// The newest circular shifts, if there are any.
    pub shifts: Option<&'a ShiftReport>,
    /// The marker streams and their counts.
    pub marker_streams: &'a [MarkerCount],
    /// Markers that came since the line before.
    pub markers: &'a [Marker],
    /// The EEG's stream as it stands now; `None` where there is none, as offline.
    pub status: Option<&'a StreamStatus>,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AnyLine::Hop(Box::new(Tree::new(self))).serialize(serializer)
    }
}

/// What `efrscope run` prints a line of
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "AnyLine")]
enum AnyLine<'a> {
    Hop(Box<Tree<'a>>),
    Stream(stream_line::Tree<'a>),
}

/// The JSON schema of a [`Line`] or [`StreamLine`], draft 2020-12.
#[must_use]
pub fn json_schema() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings
        .into_generator()
        .into_root_schema_for::<AnyLine<'static>>()
}

/// A number where there is one.
fn known(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// One hop of the analysis: what `efrscope run` prints a line of.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Line", extend("additionalProperties" = false))]
struct Tree<'a> {
    /// Version of this schema
    schema: u32,
    /// How the EEG's stream stands: `live`, where a hop was computed
    state: State,
    /// The EEG's stream when the line was written; null where the samples come from elsewhere
    stream: Option<StreamNow>,
    /// Centre of the time the averages describe, seconds on the local LSL clock
    stamp_secs: f64,
    /// Centre of the newest segment, seconds on the local LSL clock
    newest_stamp_secs: f64,
    /// Now, when the line was written, minus `newest_stamp_secs`
    age_secs: f64,
    /// Place of the newest segment on the grid: it starts `hop` x `hop_secs` into the stream
    hop: u64,
    /// From one segment to the next
    hop_secs: f64,
    /// Length of a segment
    segment_secs: f64,
    /// Samples that had arrived when the newest segment was complete
    received: u64,
    /// Samples that never came, or that were dropped, until then
    lost: u64,
    /// Segments left out since the start because the analysis was behind: neither accepted nor rejected
    skipped_hops: u64,
    /// Segments rejected since the start
    rejected: u64,
    /// Share of the integration time's segments that were rejected
    rejected_share: f64,
    /// Segments that each rule rejected
    rejected_by: ByName<'a, u64>,
    /// Why the newest segment was rejected; null if it was accepted
    rejecting: Option<Rejecting<'a>>,
    /// Against what the channels are measured
    reference: String,
    /// Unit of the signals
    signal_unit: SignalUnit,
    /// Unit of their power, whatever the names of the fields say
    power_unit: PowerUnit,
    /// Whether the stream stated no unit for some channel, and microvolts were assumed
    units_assumed: bool,
    /// From the start of the oldest averaged segment to the end of the newest
    integration_secs: f64,
    /// Segments averaged
    n_segments: u64,
    /// Independent estimates they are worth
    n_eff: f64,
    /// False-positive rate of the critical values
    alpha: f64,
    /// Channel, then band: power in `power_unit`
    band_power_uv2: ByChannelAndBand<'a, Option<f64>>,
    /// Pair, then band: magnitude-squared coherence
    msc: ByName<'a, ByName<'a, Option<f64>>>,
    /// Band: MSC that independent signals exceed with probability `alpha`
    msc_critical: ByName<'a, Option<f64>>,
    /// Pair, then band: the same of the pairs that lack segments, whose value is higher; other pairs are not listed
    msc_critical_partly: ByName<'a, ByName<'a, Option<f64>>>,
    /// Channel, then band: power with what it needs to be understood
    bands: ByChannelAndBand<'a, Band>,
    /// Pair, then band: every measure; null with many pairs
    connectivity: Option<ByName<'a, ByName<'a, Option<Measures>>>>,
    /// What the measures of a bin read for independent signals
    null: Option<NullMeasures>,
    /// Channel: how well it records
    quality: ByName<'a, Quality>,
    /// What a person must know of the stream's rate and stamps, of channels that are set aside or sent no numbers, of mains, aliases and filters in the bands, of pairs and of units
    warnings: Vec<Cow<'a, str>>,
    /// Markers, and the streams they come from
    markers: Markers<'a>,
    /// Channels that are set aside: they are part of no average, reference or test
    set_aside: Vec<SetAside<'a>>,
    /// Channel of the stream: values that were no numbers, since the start; they are not `lost`
    no_number: ByName<'a, u64>,
    /// Channel: independent estimates that its own segments are worth, fewer than `n_eff` where it lacked some
    channel_n_eff: ByName<'a, f64>,
    /// Channel: segments since the start that counted for others while it sent what is no number, or was set aside
    channel_lacked: ByName<'a, u64>,
    /// EEG against stimulus; null without one
    response: Option<Response<'a>>,
    /// Stimuli that repeat, by their names
    periodic: ByName<'a, Stimulus<'a>>,
    /// The newest circular shifts; null before the first
    shifts: Option<ShiftTests<'a>>,
    /// Runs of detection that are over, oldest first
    runs: Vec<EndedRun<'a>>,
}

/// Unit of a signal.
#[derive(Serialize, JsonSchema)]
enum SignalUnit {
    #[serde(rename = "uV")]
    Microvolt,
    #[serde(rename = "uV/m^2")]
    MicrovoltPerSquareMetre,
}

/// Unit of a signal's power.
#[derive(Serialize, JsonSchema)]
enum PowerUnit {
    #[serde(rename = "uV^2")]
    Microvolt,
    #[serde(rename = "uV^2/m^4")]
    MicrovoltPerSquareMetre,
}

/// The units of signals against `reference`, and of their power.
fn units(reference: &Reference) -> (SignalUnit, PowerUnit) {
    match reference {
        Reference::Laplacian => (
            SignalUnit::MicrovoltPerSquareMetre,
            PowerUnit::MicrovoltPerSquareMetre,
        ),
        Reference::None | Reference::Average | Reference::Channels(_) | Reference::Bipolar(_) => {
            (SignalUnit::Microvolt, PowerUnit::Microvolt)
        }
    }
}

/// What a person must know of the stream's clock, and of what is analysed.
fn warnings<'a>(line: &Line<'a>) -> Vec<Cow<'a, str>> {
    let of_stream = line.status.map(StreamStatus::warnings).unwrap_or_default();
    let of_stream = of_stream.into_iter().map(Cow::Owned);
    of_stream
        .chain(electrodes::warnings(line.snapshot))
        .collect()
}

impl<'a> Tree<'a> {
    fn new(line: &Line<'a>) -> Self {
        let snapshot = line.snapshot;
        let plan = &*snapshot.plan;
        let (signal_unit, power_unit) = units(plan.montage.reference());
        Self {
            schema: SCHEMA_VERSION,
            state: State::Live,
            stream: line.status.and_then(StreamNow::new),
            stamp_secs: snapshot.stamp_secs,
            newest_stamp_secs: snapshot.newest_stamp_secs,
            age_secs: line.age_secs,
            hop: snapshot.hop,
            hop_secs: plan.hop_secs,
            segment_secs: plan.segment_secs,
            received: snapshot.n_received,
            lost: snapshot.n_lost,
            skipped_hops: snapshot.n_skipped_hops,
            rejected: snapshot.n_rejected,
            rejected_share: snapshot.rejected_share,
            rejected_by: estimates::rejected_by(snapshot),
            rejecting: Rejecting::new(snapshot),
            reference: plan.montage.reference().to_string(),
            signal_unit,
            power_unit,
            units_assumed: plan.montage.units_assumed(),
            integration_secs: snapshot.integration_secs,
            n_segments: snapshot.n_segments,
            n_eff: snapshot.n_eff,
            alpha: plan.alpha,
            band_power_uv2: by_channel_and_band(snapshot, |ch, band| {
                known(snapshot.band_power_uv2(ch, band))
            }),
            msc: by_pair_and_band(snapshot, |pair, band| snapshot.msc(pair, band)),
            msc_critical: by_band(snapshot, |band| snapshot.msc_critical[band]),
            msc_critical_partly: electrodes::critical_partly(snapshot),
            bands: by_channel_and_band(snapshot, |ch, band| Band::new(snapshot, ch, band)),
            connectivity: estimates::connectivity(snapshot),
            null: NullMeasures::new(snapshot),
            quality: estimates::quality(snapshot),
            warnings: warnings(line),
            markers: Markers::new(line.marker_streams, line.markers),
            set_aside: electrodes::set_aside(snapshot),
            no_number: electrodes::no_number(snapshot),
            channel_n_eff: by_channel(snapshot, |ch| snapshot.channel_n_eff[ch]),
            channel_lacked: by_channel(snapshot, |ch| snapshot.n_lacked[ch]),
            response: Response::new(snapshot, line.shifts),
            periodic: periodic::stimuli(snapshot),
            shifts: line.shifts.map(|report| ShiftTests::new(snapshot, report)),
            runs: snapshot.runs.records().iter().map(EndedRun::new).collect(),
        }
    }
}
