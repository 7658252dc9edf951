//! Stimuli that repeat: amplitude, phase and tests of each channel on epochs of whole cycles.

use egui::RichText;

use crate::metrics::periodic::PeriodicEstimate;
use crate::metrics::{PeriodicSnapshot, Snapshot, p_words};
use crate::view::caption::short;
use crate::view::figures::significant;
use crate::view::panel::Scene;
use crate::view::theme;

/// Columns of the table, the channel first.
const HEADS: [&str; 12] = [
    "",
    "epochs",
    "rejected",
    "amplitude nV",
    "95 % nV",
    "noise nV",
    "phase rad",
    "MSC (crit.)",
    "p",
    "F test p",
    "Rayleigh p",
    "power SNR",
];

/// A table for each stimulus.
pub(super) fn periodic_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    shown: &[usize],
) {
    egui::ScrollArea::both().auto_shrink(false).show(ui, |ui| {
        for stimulus in &snapshot.periodic {
            ui.label(RichText::new(title(stimulus)).strong());
            scene.caption(ui, &caption(snapshot, stimulus));
            table_ui(ui, scene, snapshot, stimulus, shown);
            ui.add_space(theme::GAP_PX);
        }
    });
}

fn title(stimulus: &PeriodicSnapshot) -> String {
    let hz = short(stimulus.modulation_hz, 3);
    format!("{}: {hz} Hz", stimulus.name)
}

/// What the numbers are an estimate of.
fn caption(snapshot: &Snapshot, stimulus: &PeriodicSnapshot) -> String {
    let pooled = &stimulus.pooled;
    format!(
        "epochs of {} s, without their straight line; {}. Every p is that of a single look: description, no detection. All channels and harmonics together ({} epochs): Hotelling p {}, Fisher p {}.",
        short(stimulus.epoch_secs, 4),
        snapshot.plan.montage.reference(),
        pooled.n_epochs,
        p_words(pooled.hotelling.map(|test| test.p.p())),
        p_words(pooled.fisher.map(|test| test.p.p())),
    )
}

fn table_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    stimulus: &PeriodicSnapshot,
    shown: &[usize],
) {
    let has_polarity = stimulus
        .channels
        .iter()
        .any(|estimate| estimate.n_pairs > 0);
    egui::Grid::new(("periodic", &stimulus.name))
        .striped(true)
        .show(ui, |ui| {
            let weak = scene.theme.weak();
            for head in HEADS {
                ui.label(RichText::new(head).small().color(weak));
            }
            if has_polarity {
                for head in ["EFR_env nV (p)", "FFR_tfs nV (p)"] {
                    ui.label(RichText::new(head).small().color(weak));
                }
            }
            ui.end_row();
            for &ch in shown {
                let label = snapshot.plan.montage.label(ch);
                ui.label(RichText::new(label).small().color(scene.theme.line(ch)));
                let Some(estimate) = stimulus.channels.get(ch) else {
                    continue;
                };
                for text in row(estimate) {
                    ui.label(RichText::new(text).small());
                }
                if has_polarity {
                    for text in polarities(estimate) {
                        ui.label(RichText::new(text).small());
                    }
                }
                ui.end_row();
            }
        });
}

fn row(estimate: &PeriodicEstimate) -> [String; 11] {
    let response = &estimate.response;
    let none = || "-".to_owned();
    let amplitude = response.amplitude;
    let locked = response.locked;
    [
        estimate.n_epochs.to_string(),
        estimate.n_rejected.to_string(),
        amplitude.map_or_else(none, |a| significant(a.corrected_nv)),
        amplitude.map_or_else(none, |a| {
            let [lo, hi] = a.interval_nv;
            format!("{} to {}", significant(lo), significant(hi))
        }),
        amplitude.map_or_else(none, |a| significant(a.scatter_nv)),
        amplitude.map_or_else(none, |a| match a.phase_half_width_rad {
            Some(half) => format!("{:.2} \u{b1} {half:.2}", a.phase_rad),
            None => "any".to_owned(),
        }),
        locked.map_or_else(none, |test| {
            let critical = response
                .msc_critical
                .map_or_else(none, |c| format!("{c:.3}"));
            format!("{:.3} ({critical})", test.msc)
        }),
        p_words(locked.map(|test| test.p.p())),
        p_words(response.f_test.map(|test| test.p.p())),
        p_words(response.rayleigh.map(|test| test.p.p())),
        response
            .power_snr
            .map_or_else(none, |test| significant(test.f)),
    ]
}

fn polarities(estimate: &PeriodicEstimate) -> [String; 2] {
    [estimate.efr_env, estimate.ffr_tfs].map(|told| match told {
        Some(told) => {
            let nv = significant(told.amplitude.corrected_nv);
            format!("{nv} ({})", p_words(Some(told.p.p())))
        }
        None => "-".to_owned(),
    })
}
