//! The dashboard's numbers in a terminal, for machines without a display.

mod efr;

use std::fmt::Write as _;
use std::io::{self, IsTerminal};

use crate::cli::CliError;
use crate::cli::output::{Reader, print};
use crate::cli::until::until_stopped;
use crate::control::{MarkerCount, ShiftReport, StreamStatus};
use crate::metrics::Snapshot;
use crate::metrics::artefact::ArtefactRule;
use crate::view::Feed;

/// From one picture to the next.
const PICTURE_SECS: f64 = 1.0;
/// Rows that fit a usual terminal; the rest is counted.
const MAX_ROWS: usize = 32;

/// Say why there is no window, then show the numbers until stopped.
pub(super) fn explain_and_show(feed: &Feed, duration_secs: Option<f64>) -> Result<(), CliError> {
    let reason = if cfg!(feature = "gui") {
        "no display found (DISPLAY and WAYLAND_DISPLAY are not set)"
    } else {
        "this efrscope was built without its window"
    };
    let mut shown = Ok(Reader::Listens);
    let mut shown_secs = f64::NEG_INFINITY;
    until_stopped(duration_secs, || {
        let now_secs = feed.clock.now_secs();
        // not before signals are waited for
        if shown_secs.is_infinite() {
            shown = print(|out| {
                writeln!(
                    out,
                    "efrscope: {reason}: the numbers are shown here; Ctrl-C ends it"
                )
            });
        }
        if now_secs - shown_secs >= PICTURE_SECS && matches!(shown, Ok(Reader::Listens)) {
            shown_secs = now_secs;
            shown = print_picture(feed, now_secs);
        }
        !matches!(shown, Ok(Reader::Listens))
    })?;
    shown.map(|_| ())
}

fn print_picture(feed: &Feed, now_secs: f64) -> Result<Reader, CliError> {
    let is_terminal = io::stdout().is_terminal();
    let snapshot = feed.snapshots.newest();
    let statuses = (&feed.counters.status(), &feed.stimulus.status());
    let shifts = feed.shifts.newest();
    let mut text = picture(statuses, snapshot.as_deref(), shifts.as_deref(), now_secs);
    marker_counts(&mut text, &feed.marker_counts.counts());
    print(|out| {
        if is_terminal {
            out.write_all(b"\x1b[2J\x1b[H")?; // clear, and to the top
        }
        out.write_all(text.as_bytes())
    })
}

/// Status, responses, band powers and band coherence as text.
fn picture(
    (status, stimulus): (&StreamStatus, &StreamStatus),
    snapshot: Option<&Snapshot>,
    shifts: Option<&ShiftReport>,
    now_secs: f64,
) -> String {
    let mut text = String::new();
    let name = status
        .stream
        .as_ref()
        .map_or("no stream yet", |info| &info.name);
    let age_secs = now_secs - status.newest_stamp_secs;
    // writing to a String cannot fail
    let _ok = writeln!(
        text,
        "{name}: {:?}, {:.2} Hz of {} announced, {} received, {} lost, {} overrun, {} hops skipped, age {:.2} s, backlog {}",
        status.link,
        status.measured_rate_hz,
        status
            .stream
            .as_ref()
            .map_or(0.0, |info| info.announced_rate_hz()),
        status.received,
        status.lost,
        status.overrun,
        status.skipped_hops,
        if status.received > 0 { age_secs } else { 0.0 },
        status.backlog
    );
    for warning in status.warnings() {
        let _ok = writeln!(text, "! {warning}");
    }
    if let Some(notice) = &status.notice {
        let _ok = writeln!(text, "! {notice}");
    }
    let Some(snapshot) = snapshot else {
        text.push_str("waiting for the first segment\n");
        return text;
    };
    let _ok = writeln!(
        text,
        "hop {}, averaged over {:.1} s, n_eff {:.1}, rejected {:.0} %",
        snapshot.hop,
        snapshot.integration_secs,
        snapshot.n_eff,
        100.0 * snapshot.rejected_share
    );
    quality(&mut text, snapshot);
    efr::responses(&mut text, snapshot, stimulus, shifts);
    band_powers(&mut text, snapshot);
    coherences(&mut text, snapshot);
    text
}

/// What came of each marker stream, and its newest marker.
fn marker_counts(text: &mut String, counts: &[MarkerCount]) {
    if !counts.is_empty() {
        text.push_str("\nmarkers received\n");
    }
    for count in counts.iter().take(MAX_ROWS) {
        let _ok = writeln!(text, "{}   {}", count.words(), count.newest);
    }
    more(text, counts.len());
}

/// What was rejected and why, and what a person must know of the bands.
fn quality(text: &mut String, snapshot: &Snapshot) {
    let rejections = &snapshot.rejections;
    let fired = ArtefactRule::ALL.iter().zip(rejections.by_rule);
    for (rule, n) in fired.filter(|(_, n)| *n > 0) {
        let (name, of) = (rule.name(), rejections.n_checked);
        let _ok = writeln!(text, "rejected by {name}: {n} of {of} segments");
    }
    let montage = &snapshot.plan.montage;
    if let Some(verdict) = rejections.newest {
        let electrode = montage.electrodes().get(verdict.electrode);
        let (name, label) = (verdict.rule.name(), electrode.map_or("all", |e| &e.label));
        let _ok = writeln!(text, "! REJECTING: {name}, {label}");
    }
    for warning in snapshot.electrode_warnings() {
        let _ok = writeln!(text, "! {warning}");
    }
    for warning in &snapshot.plan.warnings {
        let _ok = writeln!(text, "! {warning}");
    }
}

fn band_powers(text: &mut String, snapshot: &Snapshot) {
    let plan = &snapshot.plan;
    let head = format!("power {}", plan.montage.power_unit());
    let _ok = write!(text, "\n{head:<12}");
    for info in &plan.bands {
        let _ok = write!(text, "{:>14}", info.band.name());
    }
    text.push('\n');
    for ch in 0..plan.montage.len().min(MAX_ROWS) {
        let _ok = write!(text, "{:<12}", plan.montage.label(ch));
        for band in 0..plan.bands.len() {
            let _ok = write!(text, "{:>14.4}", snapshot.band_power_uv2(ch, band));
        }
        text.push('\n');
    }
    more(text, plan.montage.len());
}

fn coherences(text: &mut String, snapshot: &Snapshot) {
    let plan = &snapshot.plan;
    let _ok = writeln!(
        text,
        "\nMSC (* above the critical value: alpha {} per pair and band, not corrected for {} pairs)",
        plan.alpha,
        plan.pairs.len()
    );
    let _ok = write!(text, "{:<12}", "critical");
    for critical in &snapshot.msc_critical {
        let _ok = write!(
            text,
            "{:>14}",
            critical.map_or("-".to_owned(), |c| format!("{c:.3}"))
        );
    }
    text.push('\n');
    for (i, pair) in plan.pairs.iter().enumerate().take(MAX_ROWS) {
        let _ok = write!(text, "{:<12}", plan.montage.pair_name(*pair));
        for band in 0..plan.bands.len() {
            let critical = snapshot.pair(i, band).critical;
            let mark = |msc: f64| {
                if critical.is_some_and(|c| msc > c) {
                    '*'
                } else {
                    ' '
                }
            };
            let msc = snapshot.msc(i, band);
            let cell = msc.map_or("-".to_owned(), |msc| format!("{msc:.3}{}", mark(msc)));
            let _ok = write!(text, "{cell:>14}");
        }
        text.push('\n');
    }
    more(text, plan.pairs.len());
}

fn more(text: &mut String, n: usize) {
    if n > MAX_ROWS {
        let _ok = writeln!(text, "and {} more", n - MAX_ROWS);
    }
}
