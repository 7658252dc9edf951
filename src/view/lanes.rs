//! The lanes of the traces: one line per channel, gaps shaded, more lanes than fit scroll.

use std::ops::RangeInclusive;

use egui::{Align2, Pos2, Rect, Sense, Shape, pos2, vec2};

use crate::signal::Montage;
use crate::view::caption::{duration, grouped};
use crate::view::marker_log::{self, markers_ui};
use crate::view::panel::Scene;
use crate::view::rounding::{ceil_count, floor_count, px};
use crate::view::theme;
use crate::view::thin_line::Strip;
use crate::view::trace_buffer::{Cause, GapSpan};
use crate::view::traces::scale_bar;

/// Lanes a line may leave its own by before it is cut off.
const REACH_LANES: f32 = 1.0;

/// A span of time and where it lies on the screen.
pub(super) struct TimeSpan {
    pub(super) from_secs: f64,
    pub(super) to_secs: f64,
    pub(super) x: RangeInclusive<f32>,
}

impl TimeSpan {
    pub(super) fn x_of(&self, secs: f64) -> f32 {
        let share = (secs - self.from_secs) / (self.to_secs - self.from_secs);
        self.x.start() + px(share) * (self.x.end() - self.x.start())
    }

    /// Columns of pixels.
    fn n_columns(&self, pixels_per_point: f32) -> usize {
        ceil_count(f64::from(
            (self.x.end() - self.x.start()) * pixels_per_point,
        ))
    }
}

/// What the lanes show.
pub(super) struct Lanes<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) montage: &'a Montage,
    pub(super) shown: &'a [usize],
    pub(super) span: &'a TimeSpan,
}

impl Lanes<'_> {
    /// Draw into `rect`.
    pub(super) fn ui(&self, ui: &mut egui::Ui, rect: Rect) {
        let whole = rect;
        // the markers' names stand below the lanes, or they would hide the last one's line
        let (rect, names) = rect.split_top_bottom_at_y(rect.max.y - theme::TICK_ROW_PX);
        let n_lanes = self.shown.len() as f32;
        let n_rows = n_lanes + 2.0 * theme::LANE_PADDING;
        let lane_px = (rect.height() / n_rows).max(theme::LANE_MIN_PX);
        let canvas = Rect::from_x_y_ranges(self.span.x.clone(), rect.y_range());
        let with_names = Rect::from_x_y_ranges(self.span.x.clone(), whole.y_range());
        ui.painter()
            .rect_filled(with_names, 0.0, self.scene.theme.canvas());
        let builder = egui::UiBuilder::new().max_rect(rect);
        ui.scope_builder(builder, |ui| {
            ui.shrink_clip_rect(rect);
            let scroll = egui::ScrollArea::vertical().auto_shrink(false);
            scroll.show_viewport(ui, |ui, viewport| {
                ui.set_height(lane_px * n_rows);
                let top = ui.max_rect().min.y + lane_px * theme::LANE_PADDING;
                let first = floor_count(f64::from(viewport.min.y / lane_px - 1.0));
                let end = ceil_count(f64::from(viewport.max.y / lane_px)).min(self.shown.len());
                let mut off_scale = Vec::new();
                for place in first.min(end)..end {
                    let y = top + lane_px * place as f32;
                    if self.lane_ui(ui, self.shown[place], y..=y + lane_px) {
                        off_scale.push(y + lane_px / 2.0);
                    }
                }
                // after all lines, or the next lane's would cover it
                for centre in off_scale {
                    self.off_scale_ui(ui, centre);
                }
            });
        });
        let newest_secs = self.scene.picture.traces.newest_secs();
        if newest_secs.is_none_or(|newest| newest < self.span.from_secs) {
            ui.painter().text(
                canvas.center(),
                Align2::CENTER_CENTER,
                "no samples in this window",
                egui::TextStyle::Body.resolve(ui.style()),
                self.scene.theme.error(),
            );
        }
        for gap in self.scene.picture.traces.gaps() {
            self.gap_ui(ui, gap, canvas);
        }
        let (span, window) = (self.span, (self.span.from_secs, self.span.to_secs));
        let names = Rect::from_x_y_ranges(canvas.x_range(), names.y_range());
        let frames = (with_names, Some(names));
        markers_ui(ui, self.scene, frames, window, |secs| span.x_of(secs));
        let margin = rect.with_min_x(canvas.max.x);
        scale_bar(ui, self.scene, margin, lane_px);
        self.describe(ui, canvas);
    }

    /// One lane; whether its line had to be cut off.
    fn lane_ui(&self, ui: &egui::Ui, ch: usize, y: RangeInclusive<f32>) -> bool {
        let (scene, span) = (self.scene, self.span);
        let (centre, lane_px) = (f32::midpoint(*y.start(), *y.end()), y.end() - y.start());
        let font = theme::small(ui);
        let colour = scene.theme.line(ch);
        let label_rect = Rect::from_x_y_ranges(
            span.x.start() - theme::LANE_LABEL_PX..=span.x.start() - theme::TICK_PX,
            y.clone(),
        );
        let is_out = scene.is_out(self.montage, ch);
        let named = ui.painter_at(label_rect).text(
            label_rect.right_center(),
            Align2::RIGHT_CENTER,
            self.montage.label(ch),
            font.clone(),
            if is_out { scene.theme.error() } else { colour },
        );
        if is_out {
            let struck = (1.0, scene.theme.error());
            ui.painter_at(label_rect)
                .hline(named.x_range(), named.center().y, struck);
        }
        let reach = lane_px * (0.5 + REACH_LANES);
        let canvas = Rect::from_x_y_ranges(span.x.clone(), centre - reach..=centre + reach);
        let painter = ui
            .painter()
            .with_clip_rect(canvas.intersect(ui.clip_rect()));
        painter.hline(span.x.clone(), centre, scene.theme.grid());
        let window = (span.from_secs, span.to_secs);
        let traces = &scene.picture.traces;
        let mean_uv = traces.mean_uv(ch, window.0, window.1);
        let uv_per_px = scene.lane_height() / f64::from(lane_px);
        let mut stroke = scene.theme.stroke(ch, self.shown.len());
        let snapshot = scene.snapshot();
        if let Some((snapshot, verdict)) = snapshot.zip(snapshot.and_then(|s| s.rejections.newest))
        {
            let is_culprit = snapshot.plan.montage.records(ch, verdict.electrode);
            stroke.color = scene.theme.rejected(is_culprit);
        }
        if is_out {
            stroke.color = scene.theme.weak();
        }
        let mut off_scale = false;
        for strip in traces.strips(ch, window, span.n_columns(ui.pixels_per_point())) {
            let y_of = |uv: f64| {
                let offset = px((uv - mean_uv) / uv_per_px);
                centre - offset.clamp(-2.0 * reach, 2.0 * reach)
            };
            off_scale |= strip
                .iter()
                .any(|point| (y_of(point[1]) - centre).abs() > reach);
            painter.add(line_shape(&strip, span, y_of, stroke));
        }
        off_scale
    }

    /// A word on a lane whose line was cut off.
    fn off_scale_ui(&self, ui: &egui::Ui, centre: f32) {
        let (painter, warning) = (ui.painter(), self.scene.theme.warning());
        let galley = painter.layout_no_wrap("off scale".to_owned(), theme::small(ui), warning);
        let at = pos2(self.span.x.end() - theme::TICK_PX, centre);
        let ground = Align2::RIGHT_CENTER.anchor_size(at, galley.size());
        painter.rect_filled(ground, 0.0, self.scene.theme.canvas());
        painter.galley(ground.min, galley, warning);
    }

    fn gap_ui(&self, ui: &egui::Ui, gap: GapSpan, canvas: Rect) {
        let theme = self.scene.theme;
        let [x0, x1] = [gap.from_secs, gap.to_secs].map(|secs| self.span.x_of(secs));
        let (left, right) = (x0.min(x1), x0.max(x1).max(x0.min(x1) + 1.0));
        let shade = Rect::from_x_y_ranges(left..=right, canvas.y_range()).intersect(canvas);
        if !shade.is_positive() {
            return;
        }
        ui.painter().rect_filled(shade, 0.0, theme.gap_fill());
        let rate_hz = self.scene.picture.traces.sample_rate_hz();
        let time = |n: u64| duration(n as f64 / rate_hz);
        let text = match gap.cause {
            Cause::Lost(n) => format!("lost {} ({})", grouped(n), time(n)),
            Cause::NotShown(n) => format!("not shown {} ({})", grouped(n), time(n)),
            Cause::NewRun => "new run".to_owned(),
        };
        let painter = ui.painter_at(canvas);
        let galley = painter.layout_no_wrap(text, theme::small(ui), theme.error());
        let at = shade.center_top() - vec2(galley.size().x / 2.0, 0.0);
        let at = at.max(canvas.left_top()).min(pos2(
            (canvas.max.x - galley.size().x).max(canvas.min.x),
            canvas.max.y,
        ));
        let ground = Rect::from_min_size(at, galley.size());
        painter.rect_filled(ground, 0.0, theme.canvas());
        painter.galley(at, galley, theme.error());
    }

    /// The same for those who do not see it.
    fn describe(&self, ui: &egui::Ui, canvas: Rect) {
        let labels: Vec<&str> = self
            .shown
            .iter()
            .map(|&ch| self.montage.label(ch))
            .collect();
        let response = ui.interact(canvas, ui.scope_id().with("traces"), Sense::hover());
        response.widget_info(|| {
            let markers = marker_log::words(self.scene, self.span.from_secs, self.span.to_secs);
            let text = format!("traces of {}{markers}", labels.join(", "));
            egui::WidgetInfo::labeled(egui::Role::Image, true, text)
        });
    }
}

/// A single sample has no length and becomes a dot.
fn line_shape(
    strip: &Strip,
    span: &TimeSpan,
    y_of: impl Fn(f64) -> f32,
    stroke: egui::Stroke,
) -> Shape {
    let points: Vec<Pos2> = strip
        .iter()
        .map(|&[secs, uv]| pos2(span.x_of(secs), y_of(uv)))
        .collect();
    match points[..] {
        [only] => Shape::circle_filled(only, stroke.width, stroke.color),
        _ => Shape::line(points, stroke),
    }
}
