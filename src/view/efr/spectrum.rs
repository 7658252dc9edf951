//! MSC over frequency against its critical value, and the stimulus's own spectrum below.

use egui_plot::{HLine, Line, LineStyle, Plot, PlotPoints, PlotUi, Span, uniform_grid_spacer};

use crate::metrics::EfrOfBand;
use crate::view::axis_range::AxisRange;
use crate::view::caption::{self, short};
use crate::view::legend::legend_ui;
use crate::view::panel::Scene;
use crate::view::rounding::db;
use crate::view::still_plot::{near_point, still_plot, x_axis, y_axis};
use crate::view::theme;

/// Share of the height that the MSC has; the stimulus has the rest.
const MSC_SHARE: f32 = 0.6;
/// The axis of the MSC ends at a multiple of this.
const STEP: f64 = 0.1;
/// The axis of the stimulus ends at a multiple of this.
const STEP_DB: f64 = 10.0;

/// Draw both.
pub(super) fn spectrum_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    efr: &EfrOfBand<'_>,
    shown: &[usize],
) {
    let critical = efr.bin_critical();
    let words = critical.map_or("unknown below 2 segments".to_owned(), |c| format!("{c:.3}"));
    let n_bins = efr.plan.axis.n_bins();
    scene.caption(
        ui,
        &format!(
            "MSC of each bin with the stimulus, no test: critical {words} at \u{3b1} = {} per bin and channel, so about {} of {} bins exceed it by chance; {}. Shaded: stimulus too weak (30 dB below its median); there is no gain there.",
            short(efr.plan.alpha, 4),
            short(efr.plan.alpha * n_bins as f64 * shown.len() as f64, 0),
            n_bins * shown.len(),
            caption::response_averages(efr.response),
        ),
    );
    legend_ui(ui, scene, &efr.plan.montage, shown);
    let height = (ui.available_height() - theme::GAP_PX).max(2.0);
    msc_ui(ui, scene, efr, (shown, height * MSC_SHARE));
    stimulus_ui(ui, scene, efr, height * (1.0 - MSC_SHARE));
}

fn msc_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    efr: &EfrOfBand<'_>,
    (shown, height): (&[usize], f32),
) {
    let values = shown
        .iter()
        .flat_map(|&ch| efr.transfers(ch))
        .map(|t| t.msc);
    let (_, most) = AxisRange::extremes(values);
    let range = AxisRange::remembered(ui, "msc", (0.0, most.max(0.0)), STEP);
    let plot = axes(scene, efr, "msc over frequency", "MSC", "", (range, STEP));
    let plot = plot.height(height).show(ui, |plot| {
        draw_weak(plot, scene, efr);
        for &ch in shown {
            let bins = efr.transfers(ch).iter().enumerate();
            let points = bins.map(|(bin, t)| [efr.plan.axis.hz(bin), t.msc]);
            let points: PlotPoints<'_> = points.filter(|point| point[1].is_finite()).collect();
            let label = efr.plan.montage.label(ch);
            plot.line(Line::new(label, points).stroke(scene.theme.stroke(ch, shown.len())));
        }
        if let Some(critical) = efr.bin_critical() {
            let line = HLine::new("critical", critical).color(scene.theme.text());
            plot.hline(line.style(LineStyle::dashed_dense()));
        }
    });
    plot.response.widget_info(|| {
        let text = "MSC with the stimulus against frequency in Hz, with its critical line";
        egui::WidgetInfo::labeled(egui::Role::Image, true, text)
    });
}

fn stimulus_ui(ui: &mut egui::Ui, scene: &Scene<'_>, efr: &EfrOfBand<'_>, height: f32) {
    let bins = efr.response.stimulus_psd.iter().enumerate();
    let points: Vec<[f64; 2]> = bins
        .map(|(bin, &psd)| [efr.plan.axis.hz(bin), db(psd)])
        .filter(|point| point[1].is_finite())
        .collect();
    let above_dc = points.iter().filter(|point| point[0] >= 1.0);
    let range = AxisRange::remembered(
        ui,
        "stimulus",
        AxisRange::extremes(above_dc.map(|p| p[1])),
        STEP_DB,
    );
    let name = "stimulus (dB re 1/Hz)";
    let plot = axes(
        scene,
        efr,
        "stimulus over frequency",
        name,
        " dB re unit\u{b2}/Hz",
        (range, 2.0 * STEP_DB),
    );
    let plot = plot.height(height).show(ui, |plot| {
        draw_weak(plot, scene, efr);
        let line = Line::new("stimulus", PlotPoints::from(points));
        plot.line(line.color(scene.theme.text()).width(1.3));
    });
    plot.response.widget_info(|| {
        let text = "PSD of the stimulus in dB against frequency in Hz";
        egui::WidgetInfo::labeled(egui::Role::Image, true, text)
    });
}

fn axes<'a>(
    scene: &Scene<'_>,
    efr: &EfrOfBand<'_>,
    id: &'static str,
    y_title: &'static str,
    unit: &'static str,
    (range, step): (AxisRange, f64),
) -> Plot<'a> {
    let axis = &efr.plan.axis;
    let max_hz = axis.hz(axis.n_bins().saturating_sub(1));
    let y = y_axis(y_title).formatter(|mark, _| short(mark.value, 3));
    still_plot(
        scene,
        id,
        (x_axis("frequency (Hz)"), (0.0, max_hz)),
        (y, range),
    )
    .y_grid_spacer(uniform_grid_spacer(move |_| [step / 4.0, step / 2.0, step]))
    .label_formatter(near_point(move |at| {
        format!("{:.2} Hz\n{:.3}{unit}", at.x, at.y)
    }))
}

/// The bands, and where the stimulus is too weak.
pub(super) fn draw_weak(plot: &mut PlotUi<'_>, scene: &Scene<'_>, efr: &EfrOfBand<'_>) {
    for (b, info) in efr.plan.bands.iter().enumerate() {
        let span = Span::new("", info.band.lo_hz()..=info.band.hi_hz());
        plot.span(span.fill(scene.theme.band_fill(b == efr.band)));
    }
    let half_hz = efr.plan.axis.df_hz() / 2.0;
    for run in runs(&efr.response.too_weak) {
        let (from, to) = (efr.plan.axis.hz(run.start), efr.plan.axis.hz(run.end - 1));
        let span = Span::new("", (from - half_hz).max(0.0)..=to + half_hz);
        plot.span(span.fill(scene.theme.weak_fill()));
    }
}

/// The stretches of `true`.
fn runs(flags: &[bool]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (i, _) in flags.iter().enumerate().filter(|(_, flag)| **flag) {
        match runs.last_mut() {
            Some(run) if run.end == i => run.end = i + 1,
            _ => runs.push(i..i + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_bins_in_a_row_are_one_shade() {
        assert_eq!(runs(&[true, true, false, true]), [0..2, 3..4]);
        assert!(runs(&[false, false]).is_empty() && runs(&[]).is_empty());
    }
}
