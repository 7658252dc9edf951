//! EEG against stimulus as text: the estimator, its control and what was detected.

use std::fmt::Write as _;

use crate::cli::terminal::{MAX_ROWS, more};
use crate::control::{ShiftReport, StreamStatus};
use crate::metrics::{EfrOfBand, Snapshot, p_words};
use crate::signal::{Alignment, StimulusTiming};

/// Append every tested band of the snapshot, or what to do without a stimulus.
pub(super) fn responses(
    text: &mut String,
    snapshot: &Snapshot,
    stimulus: &StreamStatus,
    shifts: Option<&ShiftReport>,
) {
    // writing to a String cannot fail
    let (Some(plan), Some(response)) = (&snapshot.plan.response, &snapshot.response) else {
        let _ok = writeln!(
            text,
            "\nEFR: no stimulus ({:?}); start a stream of type Audio or StimulusEnvelope, e.g. `efrscope play FILE`",
            stimulus.link
        );
        if let Some(notice) = &stimulus.notice {
            let _ok = writeln!(text, "! {notice}");
        }
        return;
    };
    let progress = &response.progress;
    let _ok = writeln!(
        text,
        "\nEFR: {:.1} s of EEG with stimulus, n_eff {:.1}, rejected {:.0} %; run {}, {:.1} of {:.1} s to the next of {} looks; family-wise alpha {:.3} over {} tests",
        response.integration_secs,
        response.n_eff,
        100.0 * snapshot.rejected_share,
        progress.run,
        progress.block_secs,
        plan.block_secs,
        plan.looks.n_looks(),
        plan.looks.alpha(),
        plan.looks.n_family(),
    );
    if let Some(newest) = snapshot.runs.records().last() {
        let _ok = writeln!(text, "{}", newest.sentence());
    }
    clocks(text, &response.timing);
    for &band in &plan.tested {
        if let Some(efr) = snapshot.efr(band) {
            band_rows(text, &efr, shifts);
        }
    }
    for &band in &plan.beyond {
        let name = snapshot.plan.bands[band].band.name();
        let why = plan.why_left_out(band).unwrap_or_default();
        let _ok = writeln!(text, "\n{name}: not tested, {why}");
    }
}

fn clocks(text: &mut String, timing: &StimulusTiming) {
    let state = match timing.alignment {
        Alignment::Waiting => "waiting for the stimulus",
        Alignment::Settling => "alignment settling",
        Alignment::Aligned => "aligned",
        Alignment::Silent => "STIMULUS HAS STOPPED",
    };
    let _ok = writeln!(
        text,
        "{state}: slip {:+.2} ms, drift {:+.1} ppm, jitter {:.2} ms, residual {:.3} ms, envelope delay {:.1} ms corrected, {} jumps, {} samples without stimulus",
        timing.offset_ms,
        timing.drift_ppm,
        timing.jitter_ms(),
        timing.residual_ms,
        timing.envelope_delay_ms,
        timing.n_jumps,
        timing.n_missing,
    );
}

fn band_rows(text: &mut String, efr: &EfrOfBand<'_>, shifts: Option<&ShiftReport>) {
    let n_shifts = shifts.map_or("no shifts yet".to_owned(), |report| {
        format!("{} shifts", report.n_shifts)
    });
    let n_channels = efr.plan.montage.len();
    let of_control = (n_channels > 0)
        .then(|| efr.control(0).msc_critical)
        .flatten();
    let of_control = of_control.map_or("unknown".to_owned(), |critical| format!("{critical:.3}"));
    let name = efr.plan.bands[efr.band].band.name();
    let _ok = writeln!(
        text,
        "\n{name:<12}{:>8}{:>10}{:>9}{:>9}{:>22}{:>9}   detection ({n_shifts}; the control's critical value {of_control}, n_eff {:.1})",
        "MSC", "critical", "control", "p", "gain uV/unit", "p shift", efr.response.control_n_eff
    );
    for ch in 0..n_channels.min(MAX_ROWS) {
        let (estimate, control) = (efr.estimate(ch), efr.control(ch));
        let number = |known: Option<f64>, value: f64| {
            known.map_or("-".to_owned(), |_| format!("{value:.3}"))
        };
        let critical = estimate.msc_critical;
        let centre = efr.centre(ch);
        let gain = match (centre.h1, centre.h1_radius) {
            (Some(h1), Some(radius)) => format!("{:.4} +-{radius:.4}", h1.norm()),
            (Some(_), None) => "-".to_owned(),
            (None, _) => "stimulus too weak".to_owned(),
        };
        let p_shift = shifts
            .filter(|report| report.n_bands == efr.plan.bands.len())
            .and_then(|report| report.p_value(ch, efr.band));
        let words = efr.detection(ch).map_or(String::new(), |test| {
            test.words(efr.response_plan, &efr.response.progress)
        });
        let _ok = writeln!(
            text,
            "{:<12}{:>8}{:>10}{:>9}{:>9}{gain:>22}{:>9}   {words}",
            efr.plan.montage.label(ch),
            number(critical, estimate.msc),
            number(critical, critical.unwrap_or(f64::NAN)),
            number(control.msc_critical, control.msc),
            p_words(estimate.p_value),
            p_words(p_shift),
        );
    }
    more(text, n_channels);
}
