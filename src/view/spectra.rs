//! Panel: the spectra, with the bands shaded.

use egui::{Align2, Rect, pos2, vec2};
use egui_plot::{Line, Plot, PlotPoints, PlotTransform, PlotUi, Span, uniform_grid_spacer};

use crate::metrics::Snapshot;
use crate::view::axis_range::AxisRange;
use crate::view::caption;
use crate::view::controls::Request;
use crate::view::legend::legend_ui;
use crate::view::panel::{Panel, Scene};
use crate::view::rounding::db;
use crate::view::still_plot::{near_point, still_plot, x_axis, y_axis};
use crate::view::theme;
use crate::view::units;

/// The axis ends at a multiple of this.
const STEP_DB: f64 = 10.0;
/// Below this drift and offset rule: they do not set the axis.
const AXIS_FROM_HZ: f64 = 1.0;

/// One PSD per channel.
pub(super) struct Spectra;

impl Panel for Spectra {
    fn title(&self) -> &'static str {
        "Spectra"
    }

    fn ui(&self, ui: &mut egui::Ui, scene: &Scene<'_>, _requests: &mut Vec<Request>) {
        let Some(snapshot) = scene.snapshot() else {
            scene.no_segment(ui);
            return;
        };
        let montage = &snapshot.plan.montage;
        let shown = scene.shown(montage);
        scene.caption(ui, &caption::spectra(snapshot));
        legend_ui(ui, scene, montage, &shown);
        let range = follow_range(ui, snapshot, &shown);
        let axis = &snapshot.plan.axis;
        let max_hz = axis.hz(axis.n_bins().saturating_sub(1));
        let plot = plot(scene, units::density(snapshot), max_hz, range).show(ui, |plot| {
            draw_bands(plot, scene, snapshot);
            for &ch in &shown {
                draw_psd(plot, scene, snapshot, ch, shown.len());
            }
        });
        name_bands(ui, scene, snapshot, &plot.transform);
        plot.response.widget_info(|| {
            let unit = snapshot.plan.montage.power_unit();
            let text = format!("PSD in dB re 1 {unit}/Hz against frequency in Hz");
            egui::WidgetInfo::labeled(egui::Role::Image, true, text)
        });
    }
}

/// Limits of the y axis; where they stood is all this panel remembers.
fn follow_range(ui: &egui::Ui, snapshot: &Snapshot, shown: &[usize]) -> AxisRange {
    let axis = &snapshot.plan.axis;
    let values = shown.iter().flat_map(|&ch| {
        let bins = snapshot.psd(ch).iter().enumerate();
        bins.filter(|(bin, _)| axis.hz(*bin) >= AXIS_FROM_HZ)
            .map(|(_, &psd)| db(psd))
    });
    let extremes = AxisRange::extremes(values);
    AxisRange::remembered(ui, "spectra", extremes, STEP_DB)
}

fn plot<'a>(scene: &Scene<'_>, unit: &'static str, max_hz: f64, range: AxisRange) -> Plot<'a> {
    let y = y_axis(&format!("PSD (dB re 1 {unit})"));
    still_plot(
        scene,
        "spectra",
        (x_axis("frequency (Hz)"), (0.0, max_hz)),
        (y, range),
    )
    .y_grid_spacer(uniform_grid_spacer(|_| {
        [5.0, 2.0 * STEP_DB, 10.0 * STEP_DB]
    }))
    .label_formatter(near_point(move |at| {
        format!("{:.2} Hz\n{:.1} dB re 1 {unit}", at.x, at.y)
    }))
}

fn draw_bands(plot: &mut PlotUi<'_>, scene: &Scene<'_>, snapshot: &Snapshot) {
    let chosen = scene.band(&snapshot.plan);
    for (b, info) in snapshot.plan.bands.iter().enumerate() {
        let fill = scene.theme.band_fill(chosen == Some(b));
        let edges = info.band.lo_hz()..=info.band.hi_hz();
        plot.span(Span::new("", edges).fill(fill));
    }
}

fn draw_psd(
    plot: &mut PlotUi<'_>,
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    ch: usize,
    n_lines: usize,
) {
    let axis = &snapshot.plan.axis;
    let points: PlotPoints<'_> = snapshot
        .psd(ch)
        .iter()
        .enumerate()
        .map(|(bin, &psd)| [axis.hz(bin), db(psd)])
        .filter(|point| point[1].is_finite())
        .collect();
    let label = snapshot.plan.montage.label(ch);
    plot.line(Line::new(label, points).stroke(scene.theme.stroke(ch, n_lines)));
}

/// The bands' names along the top, one below the other where they would touch.
fn name_bands(ui: &egui::Ui, scene: &Scene<'_>, snapshot: &Snapshot, transform: &PlotTransform) {
    let frame = *transform.frame();
    let painter = ui.painter_at(frame);
    let chosen = scene.band(&snapshot.plan);
    let mut rows: Vec<f32> = Vec::new();
    let mut order: Vec<usize> = (0..snapshot.plan.bands.len()).collect();
    let lo_hz = |b: &usize| snapshot.plan.bands[*b].band.lo_hz();
    order.sort_by(|a, b| lo_hz(a).total_cmp(&lo_hz(b)));
    for b in order {
        let band = &snapshot.plan.bands[b].band;
        let colour = if chosen == Some(b) {
            scene.theme.text()
        } else {
            scene.theme.weak()
        };
        let name = band.name().to_owned();
        let galley = painter.layout_no_wrap(name, theme::small(ui), colour);
        let middle = f64::midpoint(band.lo_hz(), band.hi_hz());
        let x = transform.position_from_point_x(middle) - galley.size().x / 2.0;
        let x = x.clamp(
            frame.min.x,
            (frame.max.x - galley.size().x).max(frame.min.x),
        );
        let row = rows.iter().position(|end| *end < x);
        let row = row.unwrap_or(rows.len());
        rows.resize(rows.len().max(row + 1), 0.0);
        rows[row] = x + galley.size().x + theme::GAP_PX;
        let at = pos2(
            x,
            frame.min.y + theme::TICK_PX + theme::TICK_ROW_PX * row as f32,
        );
        painter.galley(at, galley, colour);
    }
    if snapshot.plan.bands.is_empty() {
        let at = Rect::from_min_size(frame.min, vec2(0.0, 0.0)).min;
        let text = "no band: see Bands above";
        painter.text(
            at,
            Align2::LEFT_TOP,
            text,
            theme::small(ui),
            scene.theme.weak(),
        );
    }
}
