//! Which colour is which channel.

use crate::signal::Montage;
use crate::view::panel::Scene;
use crate::view::theme;

/// One word per line, in its colour; where they are too many, how to find out.
pub(super) fn legend_ui(ui: &mut egui::Ui, scene: &Scene<'_>, montage: &Montage, shown: &[usize]) {
    if shown.len() > theme::LEGEND_MOST {
        let text = format!(
            "{} lines, colours as in the traces; point at a line for its channel",
            shown.len()
        );
        scene.caption(ui, &text);
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for &ch in shown {
            let colour = scene.theme.line(ch);
            let key = egui::vec2(theme::KEY_PX, theme::TICK_PX);
            let (rect, _) = ui.allocate_exact_size(key, egui::Sense::hover());
            ui.painter().rect_filled(rect, 0.0, colour);
            let text = egui::RichText::new(montage.label(ch));
            ui.label(text.small().color(colour));
        }
    });
}
