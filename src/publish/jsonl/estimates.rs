//! The EEG's part of a line: bands with intervals, connectivity, quality, rejections.

use schemars::JsonSchema;
use serde::Serialize;

use crate::metrics::Snapshot;
use crate::metrics::artefact::ArtefactRule;
use crate::publish::jsonl::by_name::{ByName, by_channel, by_pair_and_band};
use crate::publish::jsonl::known;

/// Beyond so many pairs only their MSC is printed: a line would hold a hundred thousand numbers.
pub(super) const MAX_PAIRS: usize = 36;

/// Power of a channel in a band.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct Band {
    /// Power in `power_unit`; null without an accepted segment
    power_uv2: Option<f64>,
    /// Its 95 % interval
    interval_uv2: Option<[Option<f64>; 2]>,
    /// Its degrees of freedom
    dof: Option<f64>,
    /// Against a power law through the band's flanks
    snr_db: Option<f64>,
    /// Chance of such a ratio where the band continues its flanks
    snr_p: Option<f64>,
    /// Against rest; null without a rest baseline
    change_db: Option<f64>,
    /// Its 95 % interval
    change_interval_db: Option<[Option<f64>; 2]>,
}

impl Band {
    pub(super) fn new(snapshot: &Snapshot, ch: usize, band: usize) -> Self {
        let estimate = snapshot.band(ch, band);
        let change = snapshot.change_db(ch, band);
        Self {
            power_uv2: known(estimate.power_uv2),
            interval_uv2: estimate.interval_uv2().map(|i| [i.lo, i.hi].map(known)),
            dof: known(estimate.dof),
            snr_db: estimate.snr.map(|snr| snr.db()),
            snr_p: estimate.snr.and_then(|snr| snr.p_value()),
            change_db: change.map(|change| change.db),
            change_interval_db: change
                .map(|change| [change.interval_db.lo, change.interval_db.hi].map(known)),
        }
    }
}

/// Every measure of a pair in a band, averaged over the band's bins.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct Measures {
    /// Coherence, the magnitude
    coh: f64,
    /// Imaginary part of coherency, signed
    imcoh: f64,
    /// Phase locking value
    plv: f64,
    /// Corrected imaginary PLV
    ciplv: f64,
    /// Pairwise phase consistency
    ppc: f64,
    /// Phase lag index
    pli: f64,
    /// PLI squared without its bias
    pli2_unbiased: f64,
    /// Directed PLI
    dpli: f64,
    /// Weighted PLI
    wpli: f64,
    /// Weighted PLI squared without its bias
    wpli2_debiased: f64,
    /// Magnitude-squared coherence given the stimulus; null without one, below three segments, and until the whole window had its stimulus
    partial_msc: Option<f64>,
}

/// Each pair in each band, every measure; `None` with many pairs, and in a band below two segments.
pub(super) fn connectivity(
    snapshot: &Snapshot,
) -> Option<ByName<'_, ByName<'_, Option<Measures>>>> {
    let of = |i: usize, band: usize| {
        let estimate = snapshot.pair(i, band);
        estimate.measures.map(|m| Measures {
            coh: m.coh,
            imcoh: m.imcoh,
            plv: m.plv,
            ciplv: m.ciplv,
            ppc: m.ppc,
            pli: m.pli,
            pli2_unbiased: m.pli2_unbiased,
            dpli: m.dpli,
            wpli: m.wpli,
            wpli2_debiased: m.wpli2_debiased,
            partial_msc: estimate.partial_msc,
        })
    };
    (snapshot.plan.pairs.len() <= MAX_PAIRS).then(|| by_pair_and_band(snapshot, of))
}

/// What the measures of a bin read for independent signals.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct NullMeasures {
    /// Mean
    coh: f64,
    /// Mean
    msc: f64,
    /// Exceeded with probability `alpha`
    msc_critical: f64,
    /// The same given one stimulus; null below three segments
    partial_msc_critical: Option<f64>,
    /// Standard deviation
    imcoh_sd: f64,
    /// Mean
    plv: f64,
    /// Mean
    ciplv: f64,
    /// Exceeded with probability `alpha`
    ppc: f64,
    /// Mean
    pli: f64,
    /// Exceeded with probability `alpha`
    pli2_unbiased: f64,
    /// Standard deviation
    dpli_sd: f64,
    /// Mean
    wpli: f64,
    /// Exceeded with probability `alpha`
    wpli2_debiased: f64,
}

impl NullMeasures {
    /// `None` below two effective segments.
    pub(super) fn new(snapshot: &Snapshot) -> Option<Self> {
        let line = snapshot.null_lines.as_ref()?;
        Some(Self {
            coh: line.coh,
            msc: line.msc,
            msc_critical: line.msc_critical,
            partial_msc_critical: line.partial_msc_critical,
            imcoh_sd: line.imcoh_sd,
            plv: line.plv,
            ciplv: line.ciplv,
            ppc: line.ppc,
            pli: line.pli,
            pli2_unbiased: line.pli2_unbiased,
            dpli_sd: line.dpli_sd,
            wpli: line.wpli,
            wpli2_debiased: line.wpli2_debiased,
        })
    }
}

/// How well a channel records.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct Quality {
    /// The mains in the averages, rms in `signal_unit`
    mains_uv: Option<f64>,
    /// Signs of muscle; null before the first accepted segment
    emg: Option<Emg>,
}

/// Signs of muscle in the newest accepted segment.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Emg {
    /// Level in 65-75 and 85-95 Hz, `power_unit` per Hz
    level_uv2_per_hz: Option<f64>,
    /// Over its running median
    relative: Option<f64>,
    /// Whether it stands out from it
    raised: bool,
    /// Slope of the spectrum from 30 to 90 Hz, log over log
    slope: Option<f64>,
}

pub(super) fn quality(snapshot: &Snapshot) -> ByName<'_, Quality> {
    by_channel(snapshot, |ch| {
        let quality = &snapshot.quality[ch];
        Quality {
            mains_uv: known(quality.mains_uv),
            emg: quality.emg.map(|emg| Emg {
                level_uv2_per_hz: known(emg.level_uv2_per_hz),
                relative: known(emg.relative),
                raised: emg.raised,
                slope: emg.slope,
            }),
        }
    })
}

/// Segments that each rule rejected.
pub(super) fn rejected_by(snapshot: &Snapshot) -> ByName<'_, u64> {
    let counts = ArtefactRule::ALL.iter().zip(snapshot.rejections.by_rule);
    counts.map(|(rule, n)| (rule.name(), n)).collect()
}

/// Why the newest segment was rejected.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct Rejecting<'a> {
    /// The rule that was broken
    rule: &'a str,
    /// The first electrode that broke it, as the stream calls it
    channel: &'a str,
}

impl<'a> Rejecting<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Option<Self> {
        let verdict = snapshot.rejections.newest?;
        Some(Self {
            rule: verdict.rule.name(),
            channel: &snapshot.plan.montage.electrodes()[verdict.electrode].label,
        })
    }
}
