//! What has been detected, in one line, and how far the run is.

use egui::RichText;

use crate::metrics::detection::{Detection, LookState};
use crate::metrics::{EfrOfBand, RunRecord};
use crate::view::caption::{band_name, short};
use crate::view::panel::Scene;
use crate::view::rounding::px;
use crate::view::theme::{self, Theme};

/// Labels named before the rest is counted.
const MOST_NAMED: usize = 12;

/// Colour of a test: running neutral, detected green, given up or ended red.
pub(super) fn colour(theme: Theme, state: &LookState) -> egui::Color32 {
    match state {
        LookState::Pending { .. } => theme.text(),
        LookState::Detected { .. } => theme.good(),
        LookState::Futile { .. } | LookState::Ended { .. } | LookState::SetAside { .. } => {
            theme.error()
        }
    }
}

/// Labels in a row, the last ones counted.
pub(super) fn listed(labels: &[&str]) -> String {
    let more = labels.len().saturating_sub(MOST_NAMED);
    let named = labels[..labels.len() - more].join(", ");
    if more > 0 {
        format!("{named} and {more} more")
    } else {
        named
    }
}

/// The verdict over all channels, shown or not, and the progress to the next look.
pub(super) fn verdict_ui(ui: &mut egui::Ui, scene: &Scene<'_>, efr: &EfrOfBand<'_>) {
    let colours = scene.theme;
    let plan = efr.response_plan;
    if efr.tested().is_none() {
        let tested = plan.tested.iter().map(|&b| &efr.plan.bands[b].band);
        let tested: Vec<String> = tested.map(band_name).collect();
        let why = plan.why_left_out(efr.band);
        let text = format!(
            "{} is not tested: {}. Tested: {}",
            band_name(&efr.plan.bands[efr.band].band),
            why.as_deref().unwrap_or("nothing is claimed of it"),
            if tested.is_empty() {
                "no band".to_owned()
            } else {
                tested.join(", ")
            }
        );
        ui.label(RichText::new(text).strong());
        return;
    }
    let n_channels = efr.plan.montage.len();
    let tests: Vec<(&str, &Detection)> = (0..n_channels)
        .filter_map(|ch| Some((efr.plan.montage.label(ch), efr.detection(ch)?)))
        .collect();
    let detected: Vec<&str> = tests
        .iter()
        .filter(|(_, test)| test.is_detected())
        .map(|(label, _)| *label)
        .collect();
    let n_over = tests.iter().filter(|(_, test)| test.is_over()).count();
    let n_silent = n_over - detected.len();
    let n_running = n_channels - n_over;
    let (text, colour) = if detected.is_empty() && n_running == 0 {
        (
            format!("Not detected in any of {n_channels} channels"),
            colours.error(),
        )
    } else if detected.is_empty() {
        ("Nothing detected yet".to_owned(), colours.text())
    } else {
        let of = format!("{} of {n_channels} channels", detected.len());
        (
            format!("DETECTED in {} ({of})", listed(&detected)),
            colours.good(),
        )
    };
    let mut parts = vec![text];
    if n_running > 0 {
        parts.push(format!("{n_running} running"));
    }
    if n_silent > 0 && n_running + detected.len() > 0 {
        parts.push(format!("{n_silent} over without detection"));
    }
    let verdict = RichText::new(parts.join("; ")).strong().color(colour);
    ui.add(egui::Label::new(verdict.size(theme::VERDICT_PX)).wrap());
    progress_ui(ui, scene, efr, n_running);
    ended_ui(ui, scene);
}

/// The newest run that is over, all of them on hover.
fn ended_ui(ui: &mut egui::Ui, scene: &Scene<'_>) {
    let records = scene.snapshot().map_or(&[][..], |s| s.runs.records());
    let Some(newest) = records.last() else {
        return;
    };
    let all: Vec<String> = records.iter().map(RunRecord::sentence).collect();
    let text = RichText::new(newest.sentence()).color(scene.theme.weak());
    ui.add(egui::Label::new(text.small()).truncate())
        .on_hover_text(all.join("\n"));
}

/// The family, and the block that feeds the next look.
fn progress_ui(ui: &mut egui::Ui, scene: &Scene<'_>, efr: &EfrOfBand<'_>, n_running: usize) {
    let plan = efr.response_plan;
    let progress = &efr.response.progress;
    let n_looks = plan.looks.n_looks();
    let family = format!(
        "family-wise \u{3b1} {} over {n_looks} looks and {} tests ({} channels \u{d7} {} bands)",
        short(plan.looks.alpha(), 4),
        plan.looks.n_family(),
        efr.plan.montage.len(),
        plan.tested.len(),
    );
    let text = if progress.n_looks < n_looks && n_running > 0 {
        format!(
            "run {}: {} of {} s of accepted data to look {} of {n_looks}; {family}",
            progress.run,
            short(progress.block_secs, 1),
            short(plan.block_secs, 1),
            progress.n_looks + 1,
        )
    } else {
        format!(
            "run {} is over: New run above starts another; {family}",
            progress.run
        )
    };
    let share = (progress.block_secs / plan.block_secs).clamp(0.0, 1.0);
    ui.horizontal(|ui| {
        if progress.n_looks < n_looks && n_running > 0 {
            let bar = egui::ProgressBar::new(px(share)).desired_width(theme::PROGRESS_PX);
            ui.add(bar.desired_height(theme::KEY_PX));
        }
        scene.caption(ui, &text);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_labels_are_counted() {
        let labels = ["Cz"; 64];
        assert!(listed(&labels).ends_with("Cz and 52 more"));
        assert_eq!(listed(&labels[..2]), "Cz, Cz");
        assert_eq!(listed(&[]), "");
    }
}
