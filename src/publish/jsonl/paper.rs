//! Paper mode in a line: for comparison only, see docs/DSP.md.

use std::borrow::Cow;

use num_complex::Complex64;
use schemars::JsonSchema;
use serde::Serialize;

use crate::control::ShiftReport;
use crate::metrics::Snapshot;
use crate::metrics::response::{PAPER_LABEL, PaperSnapshot};
use crate::publish::jsonl::by_name::{ByName, by_band, by_channel, by_pair};
use crate::publish::jsonl::curve::Curve;
use crate::publish::jsonl::estimates::MAX_PAIRS;
use crate::publish::jsonl::known;

/// Beyond so many channels no curves are printed, only what is read off them.
const MAX_CURVES: usize = 16;

/// The measures of the paper since the run began.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct Paper<'a> {
    /// What must be said beside these measures
    label: &'a str,
    /// Frames summed
    n_frames: u64,
    /// Where the values of the curves lie
    bins_hz: Bins,
    /// Share of the circular shifts that stay at or below the shifted lines; null before the first shifts
    shifted_share: Option<f64>,
    /// Channel
    channels: ByName<'a, Channel<'a>>,
    /// Pair; null with many pairs
    pairs: Option<ByName<'a, Pair<'a>>>,
}

/// A regular axis of frequencies.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Bins {
    /// Frequency of the first value
    lo_hz: f64,
    /// From one value to the next
    df_hz: f64,
}

/// A channel against the stimulus.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Channel<'a> {
    /// Time-averaged spectral response `mean |Y/X|` per bin, `signal_unit` per unit of the stimulus; null with many channels
    tasr: Option<Curve<'a>>,
    /// Band: its mean over the band's bins
    tasr_bands: ByName<'a, Option<f64>>,
    /// Mean of angle Y - angle X per bin, not unwrapped; null with many channels
    phase_rad: Option<Curve<'a>>,
    /// The paper's peaks of log10 `tasr`
    peaks_hz: Vec<f64>,
    /// What a share of the circular shifts of `tasr` stay below; null before the first shifts and with many channels
    line: Option<Curve<'a>>,
}

/// Two channels' ratios against each other.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Pair<'a> {
    /// Cross-spectral coefficient per bin, 0 to 1; null with many channels
    rho: Option<Curve<'a>>,
    /// Band: its mean over the band's bins
    rho_bands: ByName<'a, Option<f64>>,
    /// Magnitude of the sum of `H_a conj(H_b)` per bin; null with many channels
    csd_magnitude: Option<Curve<'a>>,
    /// Its angle, positive where the first channel is ahead; null with many channels
    phase_rad: Option<Curve<'a>>,
    /// The paper's peaks of `rho`
    peaks_hz: Vec<f64>,
    /// What a share of the circular shifts of `rho` stay below; null before the first shifts and with many channels
    rho_line: Option<Curve<'a>>,
}

impl<'a> Paper<'a> {
    /// `None` before the first frame.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        paper: &'a PaperSnapshot,
        shifts: Option<&'a ShiftReport>,
    ) -> Option<Self> {
        if paper.n_frames == 0 {
            return None;
        }
        let plan = &*snapshot.plan;
        Some(Self {
            label: PAPER_LABEL,
            n_frames: paper.n_frames,
            bins_hz: Bins {
                lo_hz: plan.axis.hz(0),
                df_hz: plan.axis.df_hz(),
            },
            shifted_share: shifts.map(|report| report.share),
            channels: by_channel(snapshot, |ch| Channel::new(snapshot, paper, shifts, ch)),
            pairs: (plan.pairs.len() <= MAX_PAIRS)
                .then(|| by_pair(snapshot, |pair| Pair::new(snapshot, paper, shifts, pair))),
        })
    }
}

impl<'a> Channel<'a> {
    fn new(
        snapshot: &'a Snapshot,
        paper: &'a PaperSnapshot,
        shifts: Option<&'a ShiftReport>,
        ch: usize,
    ) -> Self {
        let axis = &snapshot.plan.axis;
        Self {
            tasr: curve(snapshot, &paper.tasr, ch),
            tasr_bands: band_means(snapshot, &paper.tasr, ch),
            phase_rad: curve(snapshot, &paper.phase_rad, ch),
            peaks_hz: in_hz(snapshot, &paper.tasr_peaks(ch, axis)),
            line: shifts.and_then(|report| curve(snapshot, &report.tasr_line, ch)),
        }
    }
}

impl<'a> Pair<'a> {
    fn new(
        snapshot: &'a Snapshot,
        paper: &'a PaperSnapshot,
        shifts: Option<&'a ShiftReport>,
        pair: usize,
    ) -> Self {
        let axis = &snapshot.plan.axis;
        let cross = has_curves(snapshot).then(|| row(snapshot, &paper.cross, pair));
        let cross = cross.flatten();
        let of_cross = |value: fn(Complex64) -> f64| {
            let values = cross?.iter().map(|&z| value(z));
            Some(Curve(Cow::Owned(values.collect())))
        };
        Self {
            rho: curve(snapshot, &paper.rho, pair),
            rho_bands: band_means(snapshot, &paper.rho, pair),
            csd_magnitude: of_cross(Complex64::norm),
            phase_rad: of_cross(Complex64::arg),
            peaks_hz: in_hz(snapshot, &paper.rho_peaks(pair, axis)),
            rho_line: shifts.and_then(|report| curve(snapshot, &report.rho_line, pair)),
        }
    }
}

fn has_curves(snapshot: &Snapshot) -> bool {
    snapshot.plan.montage.len() <= MAX_CURVES
}

/// The values of a channel or pair; `None` where there are none.
fn row<'a, T>(snapshot: &Snapshot, values: &'a [T], row: usize) -> Option<&'a [T]> {
    let n_bins = snapshot.plan.axis.n_bins();
    values.get(row * n_bins..(row + 1) * n_bins)
}

/// The same, where curves are printed.
fn curve<'a>(snapshot: &Snapshot, values: &'a [f64], of: usize) -> Option<Curve<'a>> {
    let values = row(snapshot, values, of).filter(|_| has_curves(snapshot))?;
    Some(Curve(Cow::Borrowed(values)))
}

fn band_means<'a>(snapshot: &'a Snapshot, values: &[f64], of: usize) -> ByName<'a, Option<f64>> {
    by_band(snapshot, |band| {
        let bins = snapshot.plan.bands[band].bins.clone();
        let values = row(snapshot, values, of)?.get(bins)?;
        known(values.iter().sum::<f64>() / values.len() as f64)
    })
}

fn in_hz(snapshot: &Snapshot, bins: &[usize]) -> Vec<f64> {
    bins.iter().map(|&bin| snapshot.plan.axis.hz(bin)).collect()
}
