//! Objects whose keys are names of channels, pairs and bands.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::metrics::Snapshot;

/// Values under names, in the order of the plan.
pub(super) struct ByName<'a, V>(Vec<(Cow<'a, str>, V)>);

/// Channel, then band.
pub(super) type ByChannelAndBand<'a, V> = ByName<'a, ByName<'a, V>>;

impl<'a, V, N: Into<Cow<'a, str>>> FromIterator<(N, V)> for ByName<'a, V> {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        Self(entries.map(|(name, value)| (name.into(), value)).collect())
    }
}

impl<V: Serialize> Serialize for ByName<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// That of any other map from names.
impl<V: JsonSchema> JsonSchema for ByName<'_, V> {
    fn inline_schema() -> bool {
        BTreeMap::<String, V>::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        BTreeMap::<String, V>::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        BTreeMap::<String, V>::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, V>::json_schema(generator)
    }
}

/// What `value` says of each channel.
pub(super) fn by_channel<V>(snapshot: &Snapshot, value: impl Fn(usize) -> V) -> ByName<'_, V> {
    let channels = snapshot.plan.montage.derivations().iter().enumerate();
    let named = channels.map(|(ch, derivation)| (derivation.label.as_str(), value(ch)));
    named.collect()
}

/// What `value` says of each pair.
pub(super) fn by_pair<V>(snapshot: &Snapshot, value: impl Fn(usize) -> V) -> ByName<'_, V> {
    let pairs = snapshot.plan.pairs.iter().enumerate();
    let named = pairs.map(|(i, pair)| (snapshot.plan.montage.pair_name(*pair), value(i)));
    named.collect()
}

/// What `value` says of each band.
pub(super) fn by_band<V>(snapshot: &Snapshot, value: impl Fn(usize) -> V) -> ByName<'_, V> {
    let bands = snapshot.plan.bands.iter().enumerate();
    let named = bands.map(|(band, info)| (info.band.name(), value(band)));
    named.collect()
}

/// What `value` says of each channel in each band.
pub(super) fn by_channel_and_band<V>(
    snapshot: &Snapshot,
    value: impl Fn(usize, usize) -> V,
) -> ByChannelAndBand<'_, V> {
    by_channel(snapshot, |ch| by_band(snapshot, |band| value(ch, band)))
}

/// What `value` says of each pair in each band.
pub(super) fn by_pair_and_band<V>(
    snapshot: &Snapshot,
    value: impl Fn(usize, usize) -> V,
) -> ByName<'_, ByName<'_, V>> {
    by_pair(snapshot, |pair| by_band(snapshot, |band| value(pair, band)))
}
