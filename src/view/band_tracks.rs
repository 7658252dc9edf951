//! Panel: the power in the chosen band over the last minutes, and the numbers of now.

use egui_plot::{Line, Plot, PlotPoints, PlotUi, Points, Span, uniform_grid_spacer};

use crate::view::axis_range::AxisRange;
use crate::view::caption;
use crate::view::controls::Request;
use crate::view::marker_log::{self, markers_ui};
use crate::view::panel::{Panel, Scene};
use crate::view::rounding::ceil_count;
use crate::view::still_plot::{near_point, still_plot, x_axis, y_axis};
use crate::view::theme;
use crate::view::track_table::track_table_ui;
use crate::view::units;

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

    fn ui(&self, ui: &mut egui::Ui, scene: &Scene<'_>, _requests: &mut Vec<Request>) {
        let Some((snapshot, band)) = scene.band_of_snapshot(ui) else {
            return;
        };
        let shown = scene.shown(&snapshot.plan.montage);
        scene.caption(ui, &caption::tracks(snapshot, band));
        let room = ui.available_rect_before_wrap();
        let of_rest = f32::from(u8::from(snapshot.has_rest)) * theme::REST_COLUMN_PX;
        let table_width = (theme::TABLE_PX + of_rest).min(theme::TABLE_SHARE * room.width());
        let split = room.max.x - table_width;
        let plot_room = room.with_max_x(split - theme::GAP_PX);
        ui.scope_builder(egui::UiBuilder::new().max_rect(plot_room), |ui| {
            plot_ui(ui, scene, &shown, band);
        });
        let table_room = room.with_min_x(split);
        ui.scope_builder(egui::UiBuilder::new().max_rect(table_room), |ui| {
            track_table_ui(ui, scene, snapshot, &shown, band);
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
    let montage = scene.picture.montage();
    let unit = montage.map_or("\u{b5}V\u{b2}", |montage| units::power(montage));
    let response = plot(scene, unit, span_minutes, range).show(ui, |plot| {
        for (from_secs, to_secs) in history.breaks() {
            let edges = minutes(from_secs.min(to_secs))..=minutes(from_secs.max(to_secs));
            plot.span(Span::new("", edges).fill(scene.theme.gap_fill()));
        }
        for track in tracks {
            draw_track(plot, scene, track, shown.len());
        }
    });
    let from_secs = end_secs - scene.settings.history_secs;
    let transform = &response.transform;
    let (frame, window) = (*transform.frame(), (from_secs, end_secs));
    // some names among many would look like all there are
    let names = (!marker_log::are_many(scene, frame.width(), window))
        .then(|| frame.with_min_y(frame.max.y - theme::TICK_ROW_PX));
    markers_ui(ui, scene, (frame, names), window, |secs| {
        transform.position_from_point_x(minutes(secs))
    });
    response.response.widget_info(|| {
        let markers = marker_log::words(scene, from_secs, end_secs);
        let unit = montage.map_or("uV^2", |montage| montage.power_unit());
        let text = format!("band power in dB re 1 {unit} against minutes{markers}");
        egui::WidgetInfo::labeled(egui::Role::Image, true, text)
    });
}

/// Limits of the y axis; where they stood is all this panel remembers.
fn follow_range(ui: &egui::Ui, tracks: &[Track]) -> AxisRange {
    let values = tracks.iter().flat_map(|track| &track.strip);
    let extremes = AxisRange::extremes(values.map(|point| point[1]));
    AxisRange::remembered(ui, "tracks", extremes, STEP_DB)
}

fn plot<'a>(
    scene: &Scene<'_>,
    unit: &'static str,
    span_minutes: f64,
    range: AxisRange,
) -> Plot<'a> {
    let x_title = if scene.paused {
        "minutes before the pause"
    } else {
        "minutes before now"
    };
    let x = x_axis(x_title).formatter(|mark, _| caption::short(-mark.value, 2));
    let y = y_axis(&format!("power (dB re 1 {unit})"));
    still_plot(scene, "band tracks", (x, (-span_minutes, 0.0)), (y, range))
        .x_grid_spacer(uniform_grid_spacer(move |_| minute_steps(span_minutes)))
        .y_grid_spacer(uniform_grid_spacer(|_| [1.0, STEP_DB, 2.0 * STEP_DB]))
        .label_formatter(near_point(move |at| {
            let ago_secs = -at.x * SECS_PER_MINUTE;
            format!("{ago_secs:.0} s ago\n{:.1} dB re 1 {unit}", at.y)
        }))
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
