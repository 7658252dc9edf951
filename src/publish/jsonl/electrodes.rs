//! What a line says of the electrodes: which are set aside, and which send no numbers.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::metrics::{AsideReason, Snapshot};
use crate::publish::jsonl::by_name::{ByName, by_band};

/// A channel of the stream that is set aside.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct SetAside<'a> {
    /// The channel, as the stream calls it
    channel: &'a str,
    /// Why
    reason: Reason,
    /// Stamp of the last sample before, seconds on the local LSL clock
    since_secs: f64,
}

/// Why a channel is set aside.
#[derive(Serialize, JsonSchema)]
enum Reason {
    #[serde(rename = "no numbers")]
    NoNumbers,
    #[serde(rename = "flat")]
    Flat,
    #[serde(rename = "railed")]
    Railed,
    #[serde(rename = "off scale")]
    OffScale,
    #[serde(rename = "kept out")]
    KeptOut,
}

impl Reason {
    fn new(reason: AsideReason) -> Self {
        match reason {
            AsideReason::NoNumbers => Self::NoNumbers,
            AsideReason::Flat => Self::Flat,
            AsideReason::Railed => Self::Railed,
            AsideReason::OffScale => Self::OffScale,
            AsideReason::KeptOut => Self::KeptOut,
        }
    }
}

pub(super) fn set_aside(snapshot: &Snapshot) -> Vec<SetAside<'_>> {
    let electrodes = snapshot.plan.montage.electrodes().iter();
    let aside = electrodes.zip(&snapshot.electrodes);
    let aside = aside.filter_map(|(electrode, state)| {
        let aside = state.aside?;
        Some(SetAside {
            channel: &electrode.label,
            reason: Reason::new(aside.reason),
            since_secs: aside.since_secs,
        })
    });
    aside.collect()
}

/// Critical values of the pairs one of whose channels lacks segments that others have.
pub(super) fn critical_partly(snapshot: &Snapshot) -> ByName<'_, ByName<'_, Option<f64>>> {
    let lacks = |ch: usize| snapshot.channel_n_eff[ch] < snapshot.n_eff;
    let pairs = snapshot.plan.pairs.iter().enumerate();
    let partly = pairs.filter(|(_, pair)| lacks(pair.a) || lacks(pair.b));
    let named = partly.map(|(i, pair)| {
        let critical = |band: usize| snapshot.pair(i, band).critical;
        (
            snapshot.plan.montage.pair_name(*pair),
            by_band(snapshot, critical),
        )
    });
    named.collect()
}

/// Values of each electrode that were no numbers.
pub(super) fn no_number(snapshot: &Snapshot) -> ByName<'_, u64> {
    let electrodes = snapshot.plan.montage.electrodes().iter();
    let counts = electrodes.zip(&snapshot.electrodes);
    let named = counts.map(|(electrode, state)| (electrode.label.as_str(), state.n_no_number));
    named.collect()
}

/// Those of the electrodes now, then those of the plan.
pub(super) fn warnings(snapshot: &Snapshot) -> Vec<Cow<'_, str>> {
    let now = snapshot.electrode_warnings().into_iter().map(Cow::Owned);
    let planned = snapshot.plan.warnings.iter();
    now.chain(planned.map(|warning| Cow::Borrowed(warning.as_str())))
        .collect()
}
