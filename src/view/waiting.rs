//! What is shown while no stream is read: what was found, and what to look after.

use egui::RichText;

use crate::control::StreamList;
use crate::view::panel::Scene;
use crate::view::stream_picker::{why_not, words};
use crate::view::theme;

/// Reasons a stream is not found, the frequent ones first.
const CHECKS: [&str; 5] = [
    "The sender runs, and its LSL output is switched on.",
    "Both computers are in the same network; a guest network or a VPN often keeps them apart.",
    "The firewall lets this program and the sender through: UDP 16571 and 16572-16604, TCP 16572-16604.",
    "Where the network carries no multicast, lsl_api.cfg names the sender under KnownPeers.",
    "In a terminal, `efrscope streams` lists what this computer can see.",
];

/// Draw it.
pub(super) fn waiting_ui(ui: &mut egui::Ui, scene: &Scene<'_>, streams: Option<&StreamList>) {
    let found = streams.map_or(&[][..], |list| &list.streams);
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            let margin = ((ui.available_width() - theme::WAITING_PX) / 2.0).max(0.0);
            let room = ui.available_rect_before_wrap();
            let room = room.with_min_x(room.min.x + margin);
            let room = room.with_max_x((room.min.x + theme::WAITING_PX).min(room.max.x));
            ui.scope_builder(egui::UiBuilder::new().max_rect(room), |ui| {
                ui.add_space(theme::MATRIX_LABEL_PX);
                ui.heading("Searching for an EEG stream");
                ui.add_space(theme::GAP_PX);
                if found.is_empty() {
                    ui.label("No LSL stream has answered yet.");
                } else if found.iter().any(|stream| why_not(stream).is_none()) {
                    ui.label("These streams were found; choose one under Stream above:");
                } else {
                    ui.label("These streams were found, and none can be read as EEG:");
                }
                for stream in found {
                    ui.label(format!("  {}", words(stream, why_not(stream))));
                }
                ui.add_space(2.0 * theme::GAP_PX);
                ui.label(RichText::new("If yours is missing, see whether").strong());
                for check in CHECKS {
                    ui.horizontal_wrapped(|ui| {
                        ui.label(RichText::new("\u{2022}").color(scene.theme.weak()));
                        ui.label(check);
                    });
                }
            });
        });
}
