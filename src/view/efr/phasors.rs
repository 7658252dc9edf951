//! Gain and phase of each channel in the middle of the band, each with the circle that holds it.

use egui::{Align2, Pos2, Rect, RichText, vec2};

use crate::metrics::EfrOfBand;
use crate::view::caption::{self, short};
use crate::view::efr::table::gain;
use crate::view::figures::significant;
use crate::view::panel::Scene;
use crate::view::rounding::px;
use crate::view::theme;
use crate::view::units;

/// Rings of the grid.
const RINGS: u8 = 2;

/// Draw the plane and the table beside it.
pub(super) fn phasors_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    efr: &EfrOfBand<'_>,
    shown: &[usize],
) {
    let unit = units::signal(&efr.plan.montage);
    scene.caption(
        ui,
        &format!(
            "H1 at {} Hz, {unit} per stimulus unit: right is in phase with the stimulus, up is 90\u{b0} ahead; the circle holds the true gain with {} % probability, and where it holds the origin this bin alone shows none; {}",
            short(efr.centre_hz(), 2),
            short(100.0 * (1.0 - efr.plan.alpha), 1),
            caption::response_averages(efr.response),
        ),
    );
    let room = ui.available_rect_before_wrap();
    let split = room.max.x - theme::PHASOR_TABLE_PX.min(room.width() / 2.0);
    plane_ui(
        ui,
        scene,
        efr,
        shown,
        room.with_max_x(split - theme::GAP_PX),
    );
    let table = egui::UiBuilder::new().max_rect(room.with_min_x(split));
    ui.scope_builder(table, |ui| table_ui(ui, scene, efr, shown));
    ui.advance_cursor_after_rect(room);
}

/// Where a gain lies on the screen.
struct Plane {
    centre: Pos2,
    px_per_gain: f64,
}

impl Plane {
    fn at(&self, re: f64, im: f64) -> Pos2 {
        self.centre + vec2(px(re * self.px_per_gain), -px(im * self.px_per_gain))
    }

    /// The grid: rings of gain up to `reach`.
    fn rings_ui(&self, ui: &egui::Ui, scene: &Scene<'_>, room: Rect, reach: f64) {
        let (painter, colours) = (ui.painter_at(room), scene.theme);
        painter.hline(room.x_range(), self.centre.y, colours.grid());
        painter.vline(self.centre.x, room.y_range(), colours.grid());
        for ring in 1..=RINGS {
            let gain = reach * f64::from(ring) / f64::from(RINGS);
            let top = self.at(0.0, gain);
            painter.circle_stroke(self.centre, self.centre.y - top.y, colours.grid());
            let at = top + vec2(theme::TICK_PX, 0.0);
            let text = format!("{} \u{b5}V/unit", significant(gain));
            let font = theme::small(ui);
            painter.text(at, Align2::LEFT_BOTTOM, text, font, colours.weak());
        }
    }

    /// One channel, if it has a gain.
    fn phasor_ui(
        &self,
        ui: &egui::Ui,
        scene: &Scene<'_>,
        efr: &EfrOfBand<'_>,
        (ch, n_lines): (usize, usize),
        room: Rect,
    ) {
        let centre = efr.centre(ch);
        let Some(h1) = centre.h1.filter(|h1| h1.is_finite()) else {
            return;
        };
        let painter = ui.painter_at(room);
        let (tip, stroke) = (self.at(h1.re, h1.im), scene.theme.stroke(ch, n_lines));
        painter.line_segment([self.centre, tip], stroke);
        painter.circle_filled(tip, theme::DOT_PX, stroke.color);
        if let Some(holds) = centre.h1_radius.filter(|r| r.is_finite()) {
            painter.circle_stroke(tip, px(holds * self.px_per_gain), stroke);
        }
        if n_lines <= theme::BOLD_MOST {
            let label = efr.plan.montage.label(ch);
            let (at, font) = (tip + vec2(theme::TICK_PX, 0.0), theme::small(ui));
            painter.text(at, Align2::LEFT_CENTER, label, font, stroke.color);
        }
    }
}

fn plane_ui(ui: &egui::Ui, scene: &Scene<'_>, efr: &EfrOfBand<'_>, shown: &[usize], room: Rect) {
    let reach = shown.iter().filter_map(|&ch| {
        let centre = efr.centre(ch);
        Some(centre.h1?.norm() + centre.h1_radius.unwrap_or(0.0))
    });
    let reach = reach.filter(|r| r.is_finite()).fold(0.0, f64::max);
    let radius = (room.width().min(room.height()) / 2.0 - theme::TICK_ROW_PX).max(1.0);
    let (painter, colours) = (ui.painter_at(room), scene.theme);
    painter.rect_filled(room, 0.0, colours.canvas());
    let response = ui.interact(room, ui.scope_id().with("phasors"), egui::Sense::hover());
    response.widget_info(|| {
        let text = format!("phasors of {} channels", shown.len());
        egui::WidgetInfo::labeled(egui::Role::Image, true, text)
    });
    if reach <= 0.0 {
        painter.text(
            room.center(),
            Align2::CENTER_CENTER,
            "no gain here: the stimulus is too weak, or there are too few segments",
            theme::small(ui),
            colours.weak(),
        );
        return;
    }
    let plane = Plane {
        centre: room.center(),
        px_per_gain: f64::from(radius) / reach,
    };
    plane.rings_ui(ui, scene, room, reach);
    for &ch in shown {
        plane.phasor_ui(ui, scene, efr, (ch, shown.len()), room);
    }
}

fn table_ui(ui: &mut egui::Ui, scene: &Scene<'_>, efr: &EfrOfBand<'_>, shown: &[usize]) {
    let digits = theme::digits(ui);
    let mono = |text: String| RichText::new(text).font(digits.clone());
    let unit = format!("{}/unit", units::signal(&efr.plan.montage));
    let head = format!("{:<7}{unit:>16}{:>8}", "", "phase");
    ui.add(egui::Label::new(mono(head).color(scene.theme.weak())).extend());
    let row_px = theme::row_px(ui);
    let scroll = egui::ScrollArea::vertical().auto_shrink(false);
    scroll.show_rows(ui, row_px, shown.len(), |ui, rows| {
        for &ch in &shown[rows] {
            let label: String = efr.plan.montage.label(ch).chars().take(7).collect();
            let phase = efr.centre(ch).h1.map_or("-".to_owned(), |h1| {
                format!("{:.0}\u{b0}", h1.arg().to_degrees())
            });
            let text = format!("{label:<7}{:>16}{phase:>8}", gain(efr, ch));
            let colour = scene.theme.line(ch);
            ui.add(egui::Label::new(mono(text).color(colour)).extend());
        }
    });
}
