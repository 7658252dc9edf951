//! The stimulus's part of a line: estimates, control, clocks, shifts.

use num_complex::Complex64;
use schemars::JsonSchema;
use serde::Serialize;

use crate::control::ShiftReport;
use crate::metrics::Snapshot;
use crate::metrics::response::{ResponsePlan, ResponseSnapshot};
use crate::publish::jsonl::by_name::{ByChannelAndBand, ByName, by_band, by_channel_and_band};
use crate::publish::jsonl::detection::Detection;
use crate::publish::jsonl::known;
use crate::publish::jsonl::paper::Paper;
use crate::signal::Alignment;

/// EEG against stimulus.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct Response<'a> {
    /// How the two clocks run against each other
    clock: ClockFit<'a>,
    /// From the start of the oldest averaged segment with the stimulus to the end of the newest
    integration_secs: f64,
    /// Segments averaged
    n_segments: u64,
    /// Independent estimates they are worth
    n_eff: f64,
    /// The control compares the EEG with the stimulus of so long ago
    control_shift_secs: f64,
    /// Independent estimates of the control
    control_n_eff: f64,
    /// Channel, then band
    readout: ByChannelAndBand<'a, Readout>,
    /// The tests of the run
    detection: Detection<'a>,
    /// Frames in paper mode's sums
    paper_frames: u64,
    /// Paper mode; null before its first frame
    paper: Option<Paper<'a>>,
}

impl<'a> Response<'a> {
    /// `None` where the session has no stimulus.
    pub(super) fn new(snapshot: &'a Snapshot, shifts: Option<&'a ShiftReport>) -> Option<Self> {
        let (plan, response) = (
            snapshot.plan.response.as_ref()?,
            snapshot.response.as_ref()?,
        );
        Some(Self {
            clock: ClockFit::new(snapshot, plan, response),
            integration_secs: response.integration_secs,
            n_segments: response.n_segments,
            n_eff: response.n_eff,
            control_shift_secs: plan.control_shift_secs,
            control_n_eff: response.control_n_eff,
            readout: by_channel_and_band(snapshot, |ch, band| {
                Readout::new(snapshot, response, ch, band)
            }),
            detection: Detection::new(snapshot, plan, response),
            paper_frames: response.paper.n_frames,
            paper: Paper::new(snapshot, &response.paper, shifts),
        })
    }
}

/// Whether the stimulus can be placed on the EEG's samples.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ClockState {
    Waiting,
    Settling,
    Aligned,
    Silent,
}

/// How stimulus and EEG run against each other in time.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct ClockFit<'a> {
    /// Whether the stimulus is on the EEG's samples
    state: ClockState,
    /// Slip of the streams since they were first heard together; corrected
    offset_ms: Option<f64>,
    /// Rate of the stimulus's device against the EEG's; corrected
    drift_ppm: Option<f64>,
    /// Scatter of the EEG's stamps about their fit; corrected
    eeg_jitter_ms: Option<f64>,
    /// Scatter of the stimulus's stamps about their fit; corrected
    stimulus_jitter_ms: Option<f64>,
    /// Standard deviation of the alignment that remains
    residual_ms: Option<f64>,
    /// Known delay of the envelope recipe; corrected
    envelope_delay_ms: Option<f64>,
    /// Clock jumps noticed
    jumps: u64,
    /// EEG samples that got no stimulus since the first that did
    missing: u64,
    /// Band: share of the MSC that is left after the alignment
    msc_kept: ByName<'a, Option<f64>>,
    /// Band: the same without it, over the longest integration time
    msc_kept_uncorrected: ByName<'a, Option<f64>>,
}

impl<'a> ClockFit<'a> {
    fn new(snapshot: &'a Snapshot, plan: &ResponsePlan, response: &ResponseSnapshot) -> Self {
        let timing = &response.timing;
        let centre_hz = |band: usize| {
            let band = &snapshot.plan.bands[band].band;
            f64::midpoint(band.lo_hz(), band.hi_hz())
        };
        Self {
            state: match timing.alignment {
                Alignment::Waiting => ClockState::Waiting,
                Alignment::Settling => ClockState::Settling,
                Alignment::Aligned => ClockState::Aligned,
                Alignment::Silent => ClockState::Silent,
            },
            offset_ms: known(timing.offset_ms),
            drift_ppm: known(timing.drift_ppm),
            eeg_jitter_ms: known(timing.eeg_jitter_ms),
            stimulus_jitter_ms: known(timing.stimulus_jitter_ms),
            residual_ms: known(timing.residual_ms),
            envelope_delay_ms: known(timing.envelope_delay_ms),
            jumps: timing.n_jumps,
            missing: timing.n_missing,
            msc_kept: by_band(snapshot, |band| known(timing.kept_share(centre_hz(band)))),
            msc_kept_uncorrected: by_band(snapshot, |band| {
                known(timing.uncorrected_share(centre_hz(band), plan.integration_secs))
            }),
        }
    }
}

/// A channel's response in a band.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Readout {
    /// Magnitude-squared coherence of EEG and stimulus
    msc: Option<f64>,
    /// Exceeded with probability `alpha` without a response
    msc_critical: Option<f64>,
    /// Chance of this MSC or more without a response; not corrected for the number of channels, bands and looks
    p: Option<f64>,
    /// The least true MSC that would be found with 80 % probability
    msc_detectable: Option<f64>,
    /// Bins in which the stimulus is too weak for a gain
    weak_bins: usize,
    /// The MSC against the stimulus of some time ago
    control_msc: Option<f64>,
    /// Its p
    control_p: Option<f64>,
    /// Delay of the response; means something only where `p` is small
    delay_ms: Option<f64>,
    /// Its standard deviation
    delay_sd_ms: Option<f64>,
    /// The bin of the gain, in the band's middle
    gain_hz: f64,
    /// Magnitude of the gain, `signal_unit` per unit of the stimulus
    gain_uv: Option<f64>,
    /// Its angle
    gain_phase_rad: Option<f64>,
    /// Radius of its circle of confidence 1 - `alpha`
    gain_radius_uv: Option<f64>,
}

impl Readout {
    fn new(snapshot: &Snapshot, response: &ResponseSnapshot, ch: usize, band: usize) -> Self {
        let plan = &*snapshot.plan;
        let i = ch * plan.bands.len() + band;
        let (estimate, control) = (&response.bands[i], &response.control[i]);
        let bins = &plan.bands[band].bins;
        let middle = usize::midpoint(bins.start, bins.end.max(bins.start + 1) - 1);
        let transfer = &response.transfers[ch * plan.axis.n_bins() + middle];
        Self {
            msc: known(estimate.msc),
            msc_critical: estimate.msc_critical,
            p: estimate.p_value,
            msc_detectable: estimate.msc_detectable,
            weak_bins: estimate.n_weak,
            control_msc: known(control.msc),
            control_p: control.p_value,
            delay_ms: estimate.delay.map(|delay| 1e3 * delay.delay_secs),
            delay_sd_ms: estimate.delay.map(|delay| 1e3 * delay.sd_secs),
            gain_hz: plan.axis.hz(middle),
            gain_uv: transfer.h1.map(Complex64::norm),
            gain_phase_rad: transfer.h1.map(Complex64::arg),
            gain_radius_uv: transfer.h1_radius,
        }
    }
}

/// Circular shifts of the stimulus.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct ShiftTests<'a> {
    /// The hop of the look they belong to
    hop: u64,
    /// Shifts made
    n_shifts: usize,
    /// Channel, then band: share of the shifts that reached the true MSC; null with fewer than 19
    p: ByChannelAndBand<'a, Option<f64>>,
}

impl<'a> ShiftTests<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, report: &ShiftReport) -> Self {
        Self {
            hop: report.hop,
            n_shifts: report.n_shifts,
            p: by_channel_and_band(snapshot, |ch, band| report.p_value(ch, band)),
        }
    }
}
