//! The EEG's part of a line: bands with intervals, connectivity, quality, rejections.

use serde_json::{Map, Value, json};

use crate::metrics::Snapshot;
use crate::metrics::artefact::ArtefactRule;
use crate::publish::jsonl::by_channel_and_band;

/// Beyond so many pairs only their MSC is printed: a line would hold a hundred thousand numbers.
const MAX_PAIRS: usize = 36;

/// Each channel in each band: power with its interval, signal to background, change against rest.
pub(super) fn bands(snapshot: &Snapshot) -> Value {
    by_channel_and_band(snapshot, |ch, band| {
        let estimate = snapshot.band(ch, band);
        let interval = estimate.interval_uv2();
        let change = snapshot.change_db(ch, band);
        json!({
            "power_uv2": estimate.power_uv2,
            "interval_uv2": interval.map(|i| [i.lo, i.hi]),
            "dof": estimate.dof,
            "snr_db": estimate.snr.map(|snr| snr.db()),
            "snr_p": estimate.snr.and_then(|snr| snr.p_value()),
            "change_db": change.map(|change| change.db),
            "change_interval_db": change.map(|c| [c.interval_db.lo, c.interval_db.hi]),
        })
    })
}

/// Each pair in each band, every measure; `null` with many pairs, and below two segments.
pub(super) fn connectivity(snapshot: &Snapshot) -> Value {
    let plan = &*snapshot.plan;
    if plan.pairs.len() > MAX_PAIRS {
        return Value::Null;
    }
    let pairs = plan.pairs.iter().enumerate().map(|(i, pair)| {
        let bands = plan.bands.iter().enumerate().map(|(band, info)| {
            let estimate = snapshot.pair(i, band);
            let measures = estimate.measures.map(|m| {
                json!({
                    "coh": m.coh, "imcoh": m.imcoh, "plv": m.plv, "ciplv": m.ciplv, "ppc": m.ppc,
                    "pli": m.pli, "pli2_unbiased": m.pli2_unbiased, "dpli": m.dpli, "wpli": m.wpli,
                    "wpli2_debiased": m.wpli2_debiased, "partial_msc": estimate.partial_msc,
                })
            });
            (info.band.name().to_owned(), json!(measures))
        });
        (
            plan.montage.pair_name(*pair),
            Value::Object(bands.collect()),
        )
    });
    Value::Object(pairs.collect())
}

/// What the measures of a bin read for independent signals.
pub(super) fn null_lines(snapshot: &Snapshot) -> Value {
    let lines = snapshot.null_lines.map(|line| {
        json!({
            "coh": line.coh, "msc": line.msc, "msc_critical": line.msc_critical,
            "partial_msc_critical": line.partial_msc_critical, "imcoh_sd": line.imcoh_sd,
            "plv": line.plv, "ciplv": line.ciplv, "ppc": line.ppc, "pli": line.pli,
            "pli2_unbiased": line.pli2_unbiased, "dpli_sd": line.dpli_sd, "wpli": line.wpli,
            "wpli2_debiased": line.wpli2_debiased,
        })
    });
    json!(lines)
}

/// How well each channel records.
pub(super) fn quality(snapshot: &Snapshot) -> Value {
    let channels = snapshot.quality.iter().enumerate().map(|(ch, quality)| {
        let emg = quality.emg.map(|emg| {
            json!({
                "level_uv2_per_hz": emg.level_uv2_per_hz,
                "relative": emg.relative,
                "raised": emg.raised,
                "slope": emg.slope,
            })
        });
        let label = snapshot.plan.montage.label(ch).to_owned();
        (label, json!({"mains_uv": quality.mains_uv, "emg": emg}))
    });
    Value::Object(channels.collect())
}

/// Segments that each rule rejected.
pub(super) fn rejected_by(snapshot: &Snapshot) -> Value {
    let counts = ArtefactRule::ALL.iter().zip(snapshot.rejections.by_rule);
    let named = counts.map(|(rule, n)| (rule.name().to_owned(), json!(n)));
    Value::Object(named.collect::<Map<_, _>>())
}

/// Why the newest segment was rejected; `null` if it was accepted.
pub(super) fn rejecting(snapshot: &Snapshot) -> Value {
    let newest = snapshot.rejections.newest.map(|verdict| {
        json!({
            "rule": verdict.rule.name(),
            "channel": snapshot.plan.montage.electrodes()[verdict.electrode].label,
        })
    });
    json!(newest)
}
