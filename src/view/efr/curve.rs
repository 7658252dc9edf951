//! The curve of evidence: what each look added, against the thresholds planned before.

use egui_plot::{Line, LineStyle, MarkerShape, Plot, PlotPoints, PlotUi, Points, Span, VLine};

use crate::metrics::EfrOfBand;
use crate::metrics::detection::LookState;
use crate::view::axis_range::AxisRange;
use crate::view::panel::Scene;
use crate::view::still_plot::{near_point, still_plot, x_axis, y_axis};
use crate::view::theme;

/// The axis ends at so many times the last threshold: a strong response must not hide what the thresholds are.
const REACH: f64 = 1.6;

/// Draw it into a part of the room there is.
pub(super) fn curve_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    efr: &EfrOfBand<'_>,
    tested: usize,
    shown: &[usize],
) {
    let room = ui.available_height();
    let table = theme::row_px(ui) * (shown.len() + 3) as f32;
    let [least, most] = [theme::CURVE_SHARE.start(), theme::CURVE_SHARE.end()];
    let height = (room - table).clamp(room * least, room * most);
    let thresholds = thresholds(scene, efr);
    let top = REACH * thresholds.iter().map(|t| t[1]).fold(1.0, f64::max);
    let end_secs = thresholds.last().map_or(1.0, |t| t[0]) * 1.03;
    let plot = plot(scene, end_secs, top).height(height).show(ui, |plot| {
        draw_block(plot, scene, efr);
        draw_thresholds(plot, scene, thresholds);
        for &ch in shown {
            draw_channel(plot, scene, efr, (tested, ch), (top, shown.len()));
        }
    });
    plot.response.widget_info(|| {
        let text = "sum of -2 ln p against accepted seconds, with the threshold of each look";
        egui::WidgetInfo::labeled(egui::Role::Image, true, text)
    });
}

/// `[accepted seconds, sum that detects]` of each look: where looks were, and where the rest will be.
fn thresholds(scene: &Scene<'_>, efr: &EfrOfBand<'_>) -> Vec<[f64; 2]> {
    let plan = efr.response_plan;
    let progress = &efr.response.progress;
    let seen = scene.picture.evidence.looks();
    let reject_at = plan.looks.reject_at().iter().enumerate();
    reject_at
        .map(|(k, &sum)| {
            let look = k + 1;
            let was = seen.iter().find(|l| l.n == look).map(|l| l.looked_secs);
            let ahead = look as f64 - progress.n_looks as f64;
            let due = progress.looked_secs + ahead * plan.block_secs;
            [was.unwrap_or(due), sum]
        })
        .collect()
}

fn plot<'a>(scene: &Scene<'_>, end_secs: f64, top: f64) -> Plot<'a> {
    let y = y_axis("\u{2211} \u{2212}2 ln p");
    still_plot(
        scene,
        "evidence",
        (x_axis("accepted data (s)"), (0.0, end_secs)),
        (y, AxisRange { lo: 0.0, hi: top }),
    )
    .label_formatter(near_point(|at| {
        format!("{:.0} s accepted\nsum of -2 ln p {:.1}", at.x, at.y)
    }))
}

/// The block that feeds the next look.
fn draw_block(plot: &mut PlotUi<'_>, scene: &Scene<'_>, efr: &EfrOfBand<'_>) {
    let (plan, progress) = (efr.response_plan, &efr.response.progress);
    if progress.n_looks >= plan.looks.n_looks() {
        return;
    }
    let from = progress.looked_secs;
    let so_far = from + progress.block_secs;
    plot.span(Span::new("", from..=so_far).fill(scene.theme.band_fill(true)));
    let next = VLine::new("next look", from + plan.block_secs);
    plot.vline(
        next.color(scene.theme.reference())
            .style(LineStyle::dashed_loose()),
    );
}

fn draw_thresholds(plot: &mut PlotUi<'_>, scene: &Scene<'_>, thresholds: Vec<[f64; 2]>) {
    let colour = scene.theme.text();
    let line = Line::new("threshold", PlotPoints::from(thresholds.clone()));
    plot.line(
        line.color(colour)
            .width(1.0)
            .style(LineStyle::dashed_dense()),
    );
    let dots = Points::new("threshold", PlotPoints::from(thresholds));
    let shape = MarkerShape::Diamond;
    plot.points(dots.color(colour).shape(shape).radius(theme::DOT_PX + 1.0));
}

/// From nothing over the looks; sums beyond the axis stand at its top as arrows.
fn draw_channel(
    plot: &mut PlotUi<'_>,
    scene: &Scene<'_>,
    efr: &EfrOfBand<'_>,
    (tested, ch): (usize, usize),
    (top, n_lines): (f64, usize),
) {
    let Some(test) = efr.detection(ch) else {
        return;
    };
    let decided_at = match test.state {
        LookState::Detected { look, .. } | LookState::Futile { look, .. } => Some(look),
        LookState::Pending { .. } | LookState::Ended { .. } | LookState::SetAside { .. } => None,
    };
    let i = ch * efr.response_plan.tested.len() + tested;
    let curve = scene.picture.evidence.curve(i, decided_at);
    if curve.is_empty() {
        return;
    }
    let label = efr.plan.montage.label(ch);
    let stroke = scene.theme.stroke(ch, n_lines);
    let cut = |point: &[f64; 2]| [point[0], point[1].min(0.97 * top)];
    let from_zero = std::iter::once([0.0, 0.0]).chain(curve.iter().map(cut));
    plot.line(Line::new(label, from_zero.collect::<PlotPoints<'_>>()).stroke(stroke));
    for (beyond, shape) in [(false, MarkerShape::Circle), (true, MarkerShape::Up)] {
        let points = curve.iter().filter(|point| (point[1] > top) == beyond);
        let points: PlotPoints<'_> = points.map(cut).collect();
        let radius = if beyond {
            2.0 * theme::DOT_PX
        } else {
            theme::DOT_PX
        };
        let points = Points::new(label, points).color(stroke.color);
        plot.points(points.shape(shape).radius(radius));
    }
}
