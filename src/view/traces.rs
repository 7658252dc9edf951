//! Panel: the live traces.

use egui::{Align2, Rect, pos2, vec2};

use crate::signal::Montage;
use crate::view::caption::{duration, short};
use crate::view::controls::Request;
use crate::view::lanes::{Lanes, TimeSpan};
use crate::view::panel::{Panel, Scene};
use crate::view::rounding::px;
use crate::view::theme;
use crate::view::units;

/// Steps a time axis may have.
const STEPS_SECS: [f64; 6] = [0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// One lane per channel, against time.
pub(super) struct Traces;

impl Panel for Traces {
    fn title(&self) -> &'static str {
        "Traces"
    }

    fn ui(&self, ui: &mut egui::Ui, scene: &Scene<'_>, _requests: &mut Vec<Request>) {
        let traces = &scene.picture.traces;
        let Some(montage) = traces.montage() else {
            scene.nothing(ui, "no samples yet");
            return;
        };
        let shown = scene.shown(montage);
        caption_ui(ui, scene, &caption(scene, montage, shown.len()));
        if shown.is_empty() {
            scene.nothing(ui, "no channel is chosen: see Channels above");
            return;
        }
        let room = ui.available_rect_before_wrap();
        let axis_height = 2.0 * theme::TICK_ROW_PX + theme::TICK_PX;
        let lanes_rect = room.with_max_y((room.max.y - axis_height).max(room.min.y + 1.0));
        let end_secs = scene.picture.trace_end_secs();
        let span = TimeSpan {
            from_secs: end_secs - scene.settings.window_secs,
            to_secs: end_secs,
            x: lanes_rect.min.x + theme::LANE_LABEL_PX..=lanes_rect.max.x - theme::LANE_SCALE_PX,
        };
        let lanes = Lanes {
            scene,
            montage,
            shown: &shown,
            span: &span,
        };
        lanes.ui(ui, lanes_rect);
        let axis_rect = room.with_min_y(lanes_rect.max.y);
        time_axis(ui, scene, &span, axis_rect);
        ui.advance_cursor_after_rect(room);
    }
}

/// The caption; while the newest segment is rejected, first of all why.
fn caption_ui(ui: &mut egui::Ui, scene: &Scene<'_>, text: &str) {
    let Some(rejecting) = scene.rejecting() else {
        return scene.caption(ui, text);
    };
    ui.horizontal_wrapped(|ui| {
        let why = egui::RichText::new(rejecting).strong().small();
        ui.label(why.color(scene.theme.error()));
        // the rest is said again as soon as a segment is accepted; a second line would take the last lane's room
        let first = text.split(';').next().unwrap_or(text);
        scene.caption(ui, first);
    });
}

fn caption(scene: &Scene<'_>, montage: &Montage, n_shown: usize) -> String {
    let n_channels = montage.len();
    let rate_hz = short(scene.picture.traces.sample_rate_hz(), 3);
    let uv = short(scene.lane_height(), 3);
    let unit = units::signal(montage);
    let notch_hz = scene.snapshot().and_then(|s| s.plan.trace_notch_hz);
    let filter = notch_hz.map_or("unfiltered".to_owned(), |hz| {
        format!("{} Hz notch (in this picture only)", short(hz, 1))
    });
    format!(
        "{n_shown} of {n_channels} channels, {rate_hz} Hz, {uv} {unit} per lane; {filter}, reference {}, mean of the window removed",
        montage.reference()
    )
}

fn time_axis(ui: &egui::Ui, scene: &Scene<'_>, span: &TimeSpan, rect: Rect) {
    let (painter, theme, font) = (ui.painter(), scene.theme, theme::small(ui));
    let window_secs = span.to_secs - span.from_secs;
    let width = f64::from(span.x.end() - span.x.start()).max(1.0);
    let least_secs = window_secs * f64::from(theme::TICK_SPACING_PX) / width;
    let step_secs = STEPS_SECS.iter().copied().find(|step| *step >= least_secs);
    let step_secs = step_secs.unwrap_or(window_secs);
    let mut before_secs = 0.0;
    while before_secs <= window_secs + 1e-9 {
        let x = span.x_of(span.to_secs - before_secs);
        let tick = rect.min.y..=rect.min.y + theme::TICK_PX;
        painter.vline(x, tick, theme.axis());
        let label = short(before_secs, 1);
        let at = pos2(x, rect.min.y + theme::TICK_PX);
        painter.text(at, Align2::CENTER_TOP, label, font.clone(), theme.weak());
        before_secs += step_secs;
    }
    let picture = scene.picture;
    let title = if picture.stamps_are_off() {
        let age = picture.now_secs - span.to_secs;
        format!(
            "seconds before the newest sample; its stamp is {} off this clock",
            duration(age)
        )
    } else if scene.paused {
        "seconds before the pause".to_owned()
    } else {
        "seconds before now".to_owned()
    };
    let middle = pos2(f32::midpoint(*span.x.start(), *span.x.end()), rect.max.y);
    painter.text(middle, Align2::CENTER_BOTTOM, title, font, theme.weak());
}

/// A bar as high as the microvolts beside it.
pub(super) fn scale_bar(ui: &egui::Ui, scene: &Scene<'_>, rect: Rect, lane_px: f32) {
    let (painter, theme) = (ui.painter_at(rect), scene.theme);
    let (uv, length) = scale(scene.lane_height(), lane_px);
    let unit = scene
        .picture
        .montage()
        .map_or("\u{b5}V", |montage| units::signal(montage));
    let bottom = rect.min + vec2(2.0 * theme::TICK_PX, length + 2.0 * theme::TICK_PX);
    let top = bottom - vec2(0.0, length);
    painter.vline(bottom.x, top.y..=bottom.y, theme.axis());
    for end in [top, bottom] {
        painter.hline(
            end.x - theme::TICK_PX..=end.x + theme::TICK_PX,
            end.y,
            theme.axis(),
        );
    }
    painter.text(
        bottom + vec2(-theme::TICK_PX, theme::TICK_PX),
        Align2::LEFT_TOP,
        format!("{} {unit}", short(uv, 3)),
        theme::small(ui),
        theme.text(),
    );
}

/// Microvolts and length of the scale bar: a lane, or half of one where lanes are high.
fn scale(trace_uv: f64, lane_px: f32) -> (f64, f32) {
    let share = if lane_px > 2.0 * theme::LANE_MIN_PX {
        0.5
    } else {
        1.0
    };
    (trace_uv * share, lane_px * px(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_bar_is_as_long_as_it_says() {
        for lane_px in [20.0_f32, 80.0] {
            let (uv, length) = scale(100.0, lane_px);
            assert!((uv / 100.0 - f64::from(length / lane_px)).abs() < 1e-6);
        }
    }
}
