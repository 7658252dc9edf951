//! The stimulus's part of a line: estimator, control, detection, clocks, shifts.

use num_complex::Complex64;
use serde_json::{Value, json};

use crate::control::ShiftReport;
use crate::metrics::Snapshot;
use crate::metrics::detection::Detection;
use crate::metrics::response::{LookState, ResponsePlan, ResponseSnapshot};
use crate::publish::jsonl::{by_channel_and_band, by_channel_and_some_bands};
use crate::signal::Alignment;

/// EEG against stimulus; `null` where the session has no stimulus.
pub(super) fn response(snapshot: &Snapshot) -> Value {
    let (Some(plan), Some(response)) = (&snapshot.plan.response, &snapshot.response) else {
        return Value::Null;
    };
    let n_bands = snapshot.plan.bands.len();
    let estimator = by_channel_and_band(snapshot, |ch, band| {
        estimate(snapshot, response, ch, band, ch * n_bands + band)
    });
    json!({
        "clock": clock(snapshot, plan, response),
        "integration_secs": response.integration_secs,
        "n_segments": response.n_segments,
        "n_eff": response.n_eff,
        "control_shift_secs": plan.control_shift_secs,
        "control_n_eff": response.control_n_eff,
        "readout": estimator,
        "detection": detection(snapshot, plan, response),
        "paper_frames": response.paper.n_frames,
    })
}

fn clock(snapshot: &Snapshot, plan: &ResponsePlan, response: &ResponseSnapshot) -> Value {
    let timing = &response.timing;
    let state = match timing.alignment {
        Alignment::Waiting => "waiting",
        Alignment::Settling => "settling",
        Alignment::Aligned => "aligned",
        Alignment::Silent => "silent",
    };
    let shares = |share: &dyn Fn(f64) -> f64| -> Value {
        let bands = snapshot.plan.bands.iter().map(|info| {
            let centre_hz = f64::midpoint(info.band.lo_hz(), info.band.hi_hz());
            (info.band.name().to_owned(), json!(share(centre_hz)))
        });
        Value::Object(bands.collect())
    };
    json!({
        "state": state,
        "offset_ms": timing.offset_ms,
        "drift_ppm": timing.drift_ppm,
        "eeg_jitter_ms": timing.eeg_jitter_ms,
        "stimulus_jitter_ms": timing.stimulus_jitter_ms,
        "residual_ms": timing.residual_ms,
        "envelope_delay_ms": timing.envelope_delay_ms,
        "jumps": timing.n_jumps,
        "missing": timing.n_missing,
        "msc_kept": shares(&|hz| timing.kept_share(hz)),
        "msc_kept_uncorrected": shares(&|hz| timing.uncorrected_share(hz, plan.integration_secs)),
    })
}

fn estimate(
    snapshot: &Snapshot,
    response: &ResponseSnapshot,
    ch: usize,
    band: usize,
    i: usize,
) -> Value {
    let (estimate, control) = (&response.bands[i], &response.control[i]);
    let bins = snapshot.plan.bands[band].bins.clone();
    let n_bins = snapshot.plan.axis.n_bins();
    let middle = usize::midpoint(bins.start, bins.end.max(bins.start + 1) - 1);
    let transfer = &response.transfers[ch * n_bins + middle];
    json!({
        "msc": estimate.msc,
        "msc_critical": estimate.msc_critical,
        "p": estimate.p_value,
        "msc_detectable": estimate.msc_detectable,
        "weak_bins": estimate.n_weak,
        "control_msc": control.msc,
        "control_p": control.p_value,
        "delay_ms": estimate.delay.map(|delay| 1e3 * delay.delay_secs),
        "delay_sd_ms": estimate.delay.map(|delay| 1e3 * delay.sd_secs),
        "gain_hz": snapshot.plan.axis.hz(middle),
        "gain_uv": transfer.h1.map(Complex64::norm),
        "gain_phase_rad": transfer.h1.map(Complex64::arg),
        "gain_radius_uv": transfer.h1_radius,
    })
}

fn detection(snapshot: &Snapshot, plan: &ResponsePlan, response: &ResponseSnapshot) -> Value {
    let progress = response.progress;
    let n_tested = plan.tested.len();
    let tests = by_channel_and_some_bands(snapshot, &plan.tested, |ch, i| {
        test(&response.detections[ch * n_tested + i])
    });
    json!({
        "run": progress.run,
        "alpha": plan.looks.alpha(),
        "family": plan.looks.n_family(),
        "looks": plan.looks.n_looks(),
        "looks_done": progress.n_looks,
        "block_secs": plan.block_secs,
        "accepted_secs": progress.looked_secs + progress.block_secs,
        "thresholds": plan.looks.reject_at(),
        "tests": tests,
    })
}

fn test(detection: &Detection) -> Value {
    let (state, look, accepted_secs) = match detection.state {
        LookState::Pending { n_looks } => ("pending", n_looks, None),
        LookState::Detected {
            look,
            accepted_secs,
            ..
        } => ("detected", look, Some(accepted_secs)),
        LookState::Futile {
            look,
            accepted_secs,
        } => ("given up", look, Some(accepted_secs)),
        LookState::Ended { accepted_secs } => ("ended", 0, Some(accepted_secs)),
    };
    json!({
        "state": state,
        "look": look,
        "accepted_secs": accepted_secs,
        "stamp_secs": detection.decided_secs,
        "evidence": detection.sum,
    })
}

/// The newest circular shifts; `null` before the first.
pub(super) fn shifts(snapshot: &Snapshot, report: Option<&ShiftReport>) -> Value {
    let Some(report) = report else {
        return Value::Null;
    };
    json!({
        "hop": report.hop,
        "n_shifts": report.n_shifts,
        "p": by_channel_and_band(snapshot, |ch, band| json!(report.p_value(ch, band))),
    })
}
