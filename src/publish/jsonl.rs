//! One JSON object per hop: what `efrscope run` prints.
//!
//! The schema is described in docs/JSON.md. Fields may be added; none is renamed or changes its meaning within one
//! [`SCHEMA_VERSION`].

mod estimates;
mod periodic;
mod response;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::control::ShiftReport;
use crate::metrics::Snapshot;

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
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.snapshot;
        let plan = &*snapshot.plan;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", &SCHEMA_VERSION)?;
        map.serialize_entry("stamp_secs", &snapshot.stamp_secs)?;
        map.serialize_entry("newest_stamp_secs", &snapshot.newest_stamp_secs)?;
        map.serialize_entry("age_secs", &self.age_secs)?;
        map.serialize_entry("hop", &snapshot.hop)?;
        map.serialize_entry("received", &snapshot.n_received)?;
        map.serialize_entry("lost", &snapshot.n_lost)?;
        map.serialize_entry("rejected", &snapshot.n_rejected)?;
        map.serialize_entry("rejected_share", &snapshot.rejected_share)?;
        map.serialize_entry("rejected_by", &estimates::rejected_by(snapshot))?;
        map.serialize_entry("rejecting", &estimates::rejecting(snapshot))?;
        map.serialize_entry("reference", &plan.montage.reference().to_string())?;
        map.serialize_entry("integration_secs", &snapshot.integration_secs)?;
        map.serialize_entry("n_segments", &snapshot.n_segments)?;
        map.serialize_entry("n_eff", &snapshot.n_eff)?;
        map.serialize_entry("alpha", &plan.alpha)?;
        map.serialize_entry("band_power_uv2", &BandPowers(snapshot))?;
        map.serialize_entry("msc", &Mscs(snapshot))?;
        map.serialize_entry(
            "msc_critical",
            &ByBand(snapshot, |band| snapshot.msc_critical[band]),
        )?;
        map.serialize_entry("bands", &estimates::bands(snapshot))?;
        map.serialize_entry("connectivity", &estimates::connectivity(snapshot))?;
        map.serialize_entry("null", &estimates::null_lines(snapshot))?;
        map.serialize_entry("quality", &estimates::quality(snapshot))?;
        map.serialize_entry("warnings", &plan.warnings)?;
        map.serialize_entry("response", &response::response(snapshot))?;
        map.serialize_entry("periodic", &periodic::periodic(snapshot))?;
        map.serialize_entry("shifts", &response::shifts(snapshot, self.shifts))?;
        map.end()
    }
}

/// Channel, then band.
struct BandPowers<'a>(&'a Snapshot);

impl Serialize for BandPowers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.0;
        serializer.collect_map(snapshot.plan.montage.derivations().iter().enumerate().map(
            |(ch, derivation)| {
                let power = move |band| Some(snapshot.band_power_uv2(ch, band));
                (&derivation.label, ByBand(snapshot, power))
            },
        ))
    }
}

/// Pair, then band.
struct Mscs<'a>(&'a Snapshot);

impl Serialize for Mscs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.0;
        serializer.collect_map(snapshot.plan.pairs.iter().enumerate().map(|(i, pair)| {
            let msc = move |band| snapshot.msc(i, band);
            (
                snapshot.plan.montage.pair_name(*pair),
                ByBand(snapshot, msc),
            )
        }))
    }
}

/// One number per band, `null` where there is none to give.
struct ByBand<'a, F: Fn(usize) -> Option<f64>>(&'a Snapshot, F);

impl<F: Fn(usize) -> Option<f64>> Serialize for ByBand<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bands = self.0.plan.bands.iter().enumerate();
        serializer.collect_map(bands.map(|(b, info)| (info.band.name(), (self.1)(b))))
    }
}

/// Channel, then band: what `value` says of each.
fn by_channel_and_band(snapshot: &Snapshot, value: impl Fn(usize, usize) -> Value) -> Value {
    let all: Vec<usize> = (0..snapshot.plan.bands.len()).collect();
    by_channel_and_some_bands(snapshot, &all, value)
}

/// Channel, then band: what `value` says of each channel and place among `bands`.
fn by_channel_and_some_bands(
    snapshot: &Snapshot,
    bands: &[usize],
    value: impl Fn(usize, usize) -> Value,
) -> Value {
    let plan = &*snapshot.plan;
    let channels = plan.montage.derivations().iter().enumerate();
    let channels = channels.map(|(ch, derivation)| {
        let of_bands = bands.iter().enumerate().map(|(i, &band)| {
            let name = plan.bands[band].band.name().to_owned();
            (name, value(ch, i))
        });
        let of_bands: Map<String, Value> = of_bands.collect();
        (derivation.label.clone(), Value::Object(of_bands))
    });
    Value::Object(channels.collect())
}
