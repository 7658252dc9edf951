//! Panel: the power in the chosen band over the last minutes, and the numbers of now.

use egui_plot::{
    AxisHints, HoverPosition, Line, Plot, PlotPoints, PlotUi, Points, Span, uniform_grid_spacer,
};

use crate::metrics::Snapshot;
use crate::view::axis_range::AxisRange;
use crate::view::caption::{self, band_name};
use crate::view::panel::{Panel, Scene};
use crate::view::rounding::{ceil_count, db};
use crate::view::theme;

/// The axis ends at a multiple of this.
const STEP_DB: f64 = 5.0;
const SECS_PER_MINUTE: f64 = 60.0;

/// One line per channel.
pub(super) struct BandTracks;

/// A line of one channel without a break, in minutes and dB.
struct Track {
    ch: usize,
    strip: Vec<[f64; 2]>,
}

impl Panel for BandTracks {
    fn title(&self) -> &'static str {
        "Band tracks"
    }

    fn ui(&self, ui: &mut egui::Ui, scene: &Scene<'_>) {
        let Some(snapshot) = scene.snapshot() else {
            scene.no_segment(ui);
            return;
        };
        let Some(band) = scene.band(&snapshot.plan) else {
            scene.nothing(ui, "no band: see Bands above");
            return;
        };
        let shown = scene.shown(&snapshot.plan.montage);
        scene.caption(ui, &caption::tracks(snapshot, band));
        let room = ui.available_rect_before_wrap();
        let table_width = theme::TABLE_PX.min(room.width() / 2.0);
        let split = room.max.x - table_width;
        let plot_room = room.with_max_x(split - theme::GAP_PX);
        ui.scope_builder(egui::UiBuilder::new().max_rect(plot_room), |ui| {
            plot_ui(ui, scene, &shown, band);
        });
        let table_room = room.with_min_x(split);
        ui.scope_builder(egui::UiBuilder::new().max_rect(table_room), |ui| {
            table_ui(ui, scene, snapshot, &shown, band);
        });
    }
}

fn plot_ui(ui: &mut egui::Ui, scene: &Scene<'_>, shown: &[usize], band: usize) {
    let history = &scene.picture.history;
    let end_secs = scene.picture.history_end_secs();
    let minutes = |secs: f64| (secs - end_secs) / SECS_PER_MINUTE;
    let mut tracks = Vec::new();
    let n_columns = ceil_count(f64::from(ui.available_width() / theme::TRACK_COLUMN_PX));
    for &ch in shown {
        for strip in history.strips_db(ch, band, n_columns) {
            let strip = strip
                .iter()
                .map(|&[secs, db]| [minutes(secs), db])
                .collect();
            tracks.push(Track { ch, strip });
        }
    }
    let range = follow_range(ui, &tracks);
    let span_minutes = scene.settings.history_secs / SECS_PER_MINUTE;
    let response = plot(scene, span_minutes, range).show(ui, |plot| {
        for (from_secs, to_secs) in history.breaks() {
            let edges = minutes(from_secs.min(to_secs))..=minutes(from_secs.max(to_secs));
            plot.span(Span::new("", edges).fill(scene.theme.gap_fill()));
        }
        for track in tracks {
            draw_track(plot, scene, track, shown.len());
        }
    });
    response.response.widget_info(|| {
        let text = "band power in dB re 1 uV^2 against minutes";
        egui::WidgetInfo::labeled(egui::Role::Image, true, text)
    });
}

/// Limits of the y axis; where they stood is all this panel remembers.
fn follow_range(ui: &egui::Ui, tracks: &[Track]) -> AxisRange {
    let values = tracks.iter().flat_map(|track| &track.strip);
    let extremes = AxisRange::extremes(values.map(|point| point[1]));
    let id = ui.scope_id().with("tracks range");
    ui.data_mut(|memory| {
        let range = AxisRange::follow(memory.get_temp(id), extremes, STEP_DB);
        memory.insert_temp(id, range);
        range
    })
}

fn plot<'a>(scene: &Scene<'_>, span_minutes: f64, range: AxisRange) -> Plot<'a> {
    let x_title = if scene.paused {
        "minutes before the pause"
    } else {
        "minutes before now"
    };
    Plot::new("band tracks")
        .include_x(-span_minutes)
        .include_x(0.0)
        .include_y(range.lo)
        .include_y(range.hi)
        .set_margin_fraction(egui::Vec2::ZERO)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .grid_color(scene.theme.grid().color)
        .custom_x_axes(vec![
            AxisHints::new_x()
                .label(x_title)
                .label_spacing(theme::X_TICK_LABEL_PX)
                .formatter(|mark, _| caption::short(-mark.value, 2)),
        ])
        .x_grid_spacer(uniform_grid_spacer(move |_| minute_steps(span_minutes)))
        .y_grid_spacer(uniform_grid_spacer(|_| [1.0, STEP_DB, 2.0 * STEP_DB]))
        .custom_y_axes(vec![
            AxisHints::new_y()
                .label("power (dB re 1 \u{b5}V\u{b2})")
                .label_spacing(theme::Y_TICK_LABEL_PX)
                .min_thickness(theme::Y_AXIS_PX),
        ])
        .label_formatter(|at| match at {
            HoverPosition::NearDataPoint {
                plot_name,
                position,
                ..
            } => Some(format!(
                "{plot_name}\n{:.0} s ago\n{:.1} dB re 1 \u{b5}V\u{b2}",
                -position.x * SECS_PER_MINUTE,
                position.y
            )),
            HoverPosition::Elsewhere { .. } => None,
        })
}

/// Distances of grid lines, fine to coarse, for a plot over so many minutes.
fn minute_steps(span_minutes: f64) -> [f64; 3] {
    let coarse = [0.25, 0.5, 1.0, 5.0, 10.0];
    let step = coarse.iter().find(|step| span_minutes / **step <= 8.0);
    let step = step.copied().unwrap_or(10.0);
    [step / 5.0, step, 5.0 * step]
}

fn draw_track(plot: &mut PlotUi<'_>, scene: &Scene<'_>, track: Track, n_lines: usize) {
    let label = scene.snapshot().map(|s| &s.plan.montage);
    let label = label.map_or("", |montage| montage.label(track.ch));
    let stroke = scene.theme.stroke(track.ch, n_lines);
    if track.strip.len() == 1 {
        let dot = Points::new(label, PlotPoints::from(track.strip));
        plot.points(dot.radius(stroke.width).color(stroke.color));
    } else {
        plot.line(Line::new(label, PlotPoints::from(track.strip)).stroke(stroke));
    }
}

fn table_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    shown: &[usize],
    band: usize,
) {
    let name = band_name(&snapshot.plan.bands[band].band);
    ui.label(egui::RichText::new(name).small().strong());
    let row_px = ui.text_style_height(&egui::TextStyle::Monospace);
    let head = egui::RichText::new(row("channel", "\u{b5}V\u{b2}", "dB"));
    let head = head.small().monospace().color(scene.theme.weak());
    ui.add(egui::Label::new(head).extend());
    let scroll = egui::ScrollArea::vertical().auto_shrink(false);
    scroll.show_rows(ui, row_px, shown.len(), |ui, rows| {
        for &ch in &shown[rows] {
            let uv2 = snapshot.band_power_uv2(ch, band);
            let text = row(
                snapshot.plan.montage.label(ch),
                &power(uv2),
                &format!("{:.1}", db(uv2)),
            );
            let text = egui::RichText::new(text).small().monospace();
            ui.add(egui::Label::new(text.color(scene.theme.line(ch))).extend());
        }
    });
}

/// Columns of a fixed width, so that numbers stand below each other.
fn row(channel: &str, uv2: &str, db: &str) -> String {
    let channel: String = channel.chars().take(8).collect();
    format!("{channel:<8}{uv2:>8}{db:>7}")
}

/// Three digits that mean something.
fn power(uv2: f64) -> String {
    match uv2.abs() {
        size if !size.is_finite() => "-".to_owned(),
        size if size >= 1e5 || (size > 0.0 && size < 1e-3) => format!("{uv2:.1e}"),
        size if size >= 100.0 => format!("{uv2:.0}"),
        size if size >= 10.0 => format!("{uv2:.1}"),
        size if size >= 1.0 => format!("{uv2:.2}"),
        _ => format!("{uv2:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_of_any_size_fits_its_column() {
        for uv2 in [
            0.0,
            1e-12,
            0.0123,
            1.0,
            55.5,
            432.1,
            99_999.0,
            1e15,
            f64::NAN,
        ] {
            assert!(power(uv2).len() <= 7, "{uv2}: {}", power(uv2));
        }
        let widths = [row("a", "1", "2"), row("a long label", "1.0e-10", "-123.4")];
        assert_eq!(widths[0].len(), widths[1].len());
    }
}
