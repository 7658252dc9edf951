//! Paper mode: the measures of the paper for comparison, with what circular shifts of the stimulus read.

use egui_plot::{Line, LineStyle, Plot, PlotPoints, PlotUi, uniform_grid_spacer};

use crate::control::ShiftReport;
use crate::metrics::response::{PAPER_LABEL, PaperSnapshot};
use crate::metrics::{EfrOfBand, Snapshot};
use crate::view::axis_range::AxisRange;
use crate::view::caption::{rejected_percent, short};
use crate::view::controls::Request;
use crate::view::efr::spectrum::draw_weak;
use crate::view::panel::Scene;
use crate::view::rounding::db;
use crate::view::still_plot::{near_point, still_plot, x_axis, y_axis};
use crate::view::theme;

/// Share of the height that the spectral response has; the coefficient has the rest.
const TASR_SHARE: f32 = 0.6;
/// The axis of the spectral response ends at a multiple of this.
const STEP_DB: f64 = 10.0;

/// Draw it.
pub(super) fn paper_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    efr: &EfrOfBand<'_>,
    shown: &[usize],
    requests: &mut Vec<Request>,
) {
    scene.warning(ui, PAPER_LABEL);
    let report = scene.picture.shifts.as_deref();
    scene.caption(ui, &caption(snapshot, efr, report));
    let paper = &efr.response.paper;
    let height = (ui.available_height() - 4.0 * theme::TICK_ROW_PX).max(2.0);
    let range = heard_range(ui, snapshot, shown);
    let tasr = plot(
        scene,
        snapshot,
        ("tasr", "TASR (dB)"),
        (range.lo, range.hi, 2.0 * STEP_DB),
    );
    let response = tasr.height(height * TASR_SHARE).show(ui, |plot| {
        plot.set_plot_bounds_y(range.lo..=range.hi);
        draw_weak(plot, scene, efr);
        for &ch in shown {
            draw_tasr(plot, scene, snapshot, (paper, report), (ch, shown.len()));
        }
    });
    response.response.widget_info(|| {
        let text = "time-averaged spectral response in dB against frequency in Hz";
        egui::WidgetInfo::labeled(egui::Role::Image, true, text)
    });
    if snapshot.plan.pairs.is_empty() {
        scene.caption(ui, "the coefficient needs two channels");
        return;
    }
    if paper.rho.is_empty() {
        let text = "the coefficient is not computed with so many channels";
        scene.caption(ui, text);
        return;
    }
    let pair = scene
        .selection
        .paper_pair
        .min(snapshot.plan.pairs.len() - 1);
    ui.name_inputs("Pair of paper mode", |ui| {
        pair_ui(ui, snapshot, pair, requests);
    });
    let rho = plot(scene, snapshot, ("rho", "rho"), (0.0, 1.0, 0.5));
    let rho = rho.height(height * (1.0 - TASR_SHARE)).show(ui, |plot| {
        draw_weak(plot, scene, efr);
        draw_rho(plot, scene, snapshot, (paper, report), pair);
    });
    rho.response.widget_info(|| {
        let text = "cross-spectral coefficient against frequency in Hz";
        egui::WidgetInfo::labeled(egui::Role::Image, true, text)
    });
}

/// What the lines are, and over how much.
fn caption(snapshot: &Snapshot, efr: &EfrOfBand<'_>, report: Option<&ShiftReport>) -> String {
    let shifted = match report {
        None => "no surrogate line before the first look".to_owned(),
        Some(report) => format!(
            "dashed: what {} % of {} circular shifts stay below, bin by bin{}",
            short(100.0 * report.share, 1),
            report.n_shifts,
            if report.rho_line.is_empty() {
                "; none of rho with so many channels"
            } else {
                ""
            },
        ),
    };
    format!(
        "TASR = mean |Y/X|, dB re 1 \u{b5}V per stimulus unit, {} overlapping frames since the run began, rejected {} % since the start; {shifted}; shaded: stimulus too weak",
        efr.response.paper.n_frames,
        rejected_percent(snapshot),
    )
}

fn pair_ui(ui: &mut egui::Ui, snapshot: &Snapshot, chosen: usize, requests: &mut Vec<Request>) {
    let plan = &snapshot.plan;
    let name = |i: usize| plan.montage.pair_name(plan.pairs[i]);
    egui::ComboBox::new("paper pair", "")
        .selected_text(format!("rho of {}", name(chosen)))
        .show_ui(ui, |ui| {
            for i in 0..plan.pairs.len() {
                if ui.selectable_label(i == chosen, name(i)).clicked() {
                    requests.push(Request::PaperPair(i));
                }
            }
        });
}

/// Limits of the spectral response where the stimulus can be heard; elsewhere it explodes.
fn heard_range(ui: &egui::Ui, snapshot: &Snapshot, shown: &[usize]) -> AxisRange {
    let n_bins = snapshot.plan.axis.n_bins();
    let response = snapshot.response.as_ref();
    let heard = response.into_iter().flat_map(|response| {
        let bins = (0..n_bins).filter(|&bin| !response.too_weak[bin]);
        bins.flat_map(move |bin| shown.iter().map(move |ch| ch * n_bins + bin))
            .map(|i| amplitude_db(response.paper.tasr[i]))
    });
    AxisRange::remembered(ui, "tasr", AxisRange::extremes(heard), STEP_DB)
}

fn plot<'a>(
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    (id, y_title): (&'static str, &'static str),
    (lo, hi, step): (f64, f64, f64),
) -> Plot<'a> {
    let axis = &snapshot.plan.axis;
    let max_hz = axis.hz(axis.n_bins().saturating_sub(1));
    let y = y_axis(y_title).formatter(|mark, _| short(mark.value, 2));
    still_plot(
        scene,
        id,
        (x_axis("frequency (Hz)"), (0.0, max_hz)),
        (y, AxisRange { lo, hi }),
    )
    .y_grid_spacer(uniform_grid_spacer(move |_| [step / 2.0, step, 5.0 * step]))
    .label_formatter(near_point(|at| format!("{:.2} Hz\n{:.2}", at.x, at.y)))
}

/// A row of a measure with a value per bin, where it is known.
fn points(
    snapshot: &Snapshot,
    values: &[f64],
    row: usize,
    map: impl Fn(f64) -> f64,
) -> Vec<[f64; 2]> {
    let axis = &snapshot.plan.axis;
    let n_bins = axis.n_bins();
    let row = values.get(row * n_bins..(row + 1) * n_bins).unwrap_or(&[]);
    let points = row.iter().enumerate().skip(1);
    points
        .map(|(bin, &value)| [axis.hz(bin), map(value)])
        .filter(|point| point[1].is_finite())
        .collect()
}

/// An amplitude in dB.
fn amplitude_db(amplitude: f64) -> f64 {
    db(amplitude * amplitude)
}

fn draw_tasr(
    plot: &mut PlotUi<'_>,
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    (paper, report): (&PaperSnapshot, Option<&ShiftReport>),
    (ch, n_lines): (usize, usize),
) {
    let label = snapshot.plan.montage.label(ch);
    if let Some(report) = report {
        let line = points(snapshot, &report.tasr_line, ch, amplitude_db);
        let line = Line::new(format!("{label}, shifted"), PlotPoints::from(line));
        plot.line(
            line.stroke(scene.theme.faint(ch))
                .style(LineStyle::dashed_dense()),
        );
    }
    let line = points(snapshot, &paper.tasr, ch, amplitude_db);
    let line = Line::new(label, PlotPoints::from(line));
    plot.line(line.stroke(scene.theme.stroke(ch, n_lines)));
}

fn draw_rho(
    plot: &mut PlotUi<'_>,
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    (paper, report): (&PaperSnapshot, Option<&ShiftReport>),
    pair: usize,
) {
    if let Some(report) = report {
        let line = points(snapshot, &report.rho_line, pair, |rho| rho);
        let line = Line::new("shifted", PlotPoints::from(line));
        plot.line(
            line.color(scene.theme.reference())
                .style(LineStyle::dashed_dense()),
        );
    }
    let line = points(snapshot, &paper.rho, pair, |rho| rho);
    let name = snapshot.plan.montage.pair_name(snapshot.plan.pairs[pair]);
    let line = Line::new(name, PlotPoints::from(line));
    plot.line(line.color(scene.theme.text()).width(1.3));
}
