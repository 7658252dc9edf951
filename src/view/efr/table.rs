//! The estimator of each channel: a row of numbers with its control and its test.

use egui::text::LayoutJob;
use egui::{Color32, FontId, TextFormat};

use crate::metrics::{EfrOfBand, p_words};
use crate::view::efr::verdict;
use crate::view::figures::{significant, without_zero};
use crate::view::panel::Scene;
use crate::view::theme;

/// Letters of each column, the channel first.
const WIDTHS: [usize; 8] = [5, 6, 6, 6, 8, 12, 15, 8];
const HEADS: [&str; 8] = [
    "", "MSC", "crit.", "ctrl.", "p", "gain", "delay ms", "p shift",
];

/// Draw the rows of the shown channels; more than fit scroll.
pub(super) fn table_ui(ui: &mut egui::Ui, scene: &Scene<'_>, efr: &EfrOfBand<'_>, shown: &[usize]) {
    let row_px = theme::row_px(ui);
    let scroll = egui::ScrollArea::both().auto_shrink(false);
    let head = Row::new(ui).head(scene);
    ui.add(egui::Label::new(head).extend());
    scroll.show_rows(ui, row_px, shown.len(), |ui, rows| {
        for &ch in &shown[rows] {
            let row = Row::new(ui).channel(scene, efr, ch);
            ui.add(egui::Label::new(row).extend());
        }
    });
}

/// A row as it grows.
struct Row {
    job: LayoutJob,
    digits: FontId,
    words: FontId,
    column: usize,
}

impl Row {
    fn new(ui: &egui::Ui) -> Self {
        Self {
            job: LayoutJob::default(),
            digits: theme::digits(ui),
            words: theme::small(ui),
            column: 0,
        }
    }

    fn cell(&mut self, text: &str, colour: Color32) {
        let width = WIDTHS.get(self.column).copied().unwrap_or(0);
        let text = if self.column == 0 {
            let label: String = text.chars().take(width).collect();
            format!("{label:<width$}")
        } else {
            format!("{text:>width$}")
        };
        let format = TextFormat::simple(self.digits.clone(), colour);
        self.job.append(&text, 0.0, format);
        self.column += 1;
    }

    fn head(mut self, scene: &Scene<'_>) -> LayoutJob {
        for head in HEADS {
            self.cell(head, scene.theme.weak());
        }
        let format = TextFormat::simple(self.words, scene.theme.weak());
        self.job.append("  detection", 0.0, format);
        self.job
    }

    fn channel(mut self, scene: &Scene<'_>, efr: &EfrOfBand<'_>, ch: usize) -> LayoutJob {
        let colours = scene.theme;
        let (estimate, control) = (efr.estimate(ch), efr.control(ch));
        let known = estimate.msc_critical.is_some();
        let is_above = estimate
            .msc_critical
            .is_some_and(|critical| estimate.msc > critical);
        let weight = if is_above {
            colours.text()
        } else {
            colours.weak()
        };
        self.cell(efr.plan.montage.label(ch), colours.line(ch));
        self.cell(&fraction(known.then_some(estimate.msc)), weight);
        self.cell(&fraction(estimate.msc_critical), colours.weak());
        let of_control = control.msc_critical.map(|_| control.msc);
        self.cell(&fraction(of_control), colours.reference());
        self.cell(&p_words(estimate.p_value), weight);
        self.cell(&gain(efr, ch), weight);
        self.cell(&delay(efr, ch), weight);
        let report = scene.picture.shifts.as_deref();
        let fits = report.filter(|report| report.n_bands == efr.plan.bands.len());
        let p_shift = fits.and_then(|report| report.p_value(ch, efr.band));
        self.cell(&p_words(p_shift), weight);
        let (words, colour) = match efr.detection(ch) {
            Some(test) => (
                test.words(efr.response_plan, &efr.response.progress),
                verdict::colour(colours, &test.state),
            ),
            None => ("not tested".to_owned(), colours.weak()),
        };
        let format = TextFormat::simple(self.words, colour);
        self.job.append(&format!("  {words}"), 0.0, format);
        self.job
    }
}

/// An MSC, three decimals without the zero before them.
fn fraction(value: Option<f64>) -> String {
    match value.filter(|value| value.is_finite()) {
        Some(value) => without_zero(&format!("{value:.3}")),
        None => "-".to_owned(),
    }
}

/// Gain in the middle of the band with its radius; why there is none.
pub(super) fn gain(efr: &EfrOfBand<'_>, ch: usize) -> String {
    let centre = efr.centre(ch);
    match (centre.h1, centre.h1_radius) {
        (Some(h1), Some(radius)) => {
            format!("{}\u{b1}{}", significant(h1.norm()), significant(radius))
        }
        (Some(_), None) => "-".to_owned(),
        (None, _) => "stim. weak".to_owned(),
    }
}

/// Group delay and its interval in milliseconds, where the response is significant.
fn delay(efr: &EfrOfBand<'_>, ch: usize) -> String {
    let estimate = efr.estimate(ch);
    let is_significant = estimate.p_value.is_some_and(|p| p < efr.plan.alpha);
    let Some(delay) = estimate.delay.filter(|_| is_significant) else {
        return "-".to_owned();
    };
    let (lo, hi) = delay.interval_secs();
    let ms = |secs: f64| 1e3 * secs;
    format!("{:.0} [{:.0},{:.0}]", ms(delay.delay_secs), ms(lo), ms(hi))
}
