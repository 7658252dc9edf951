//! Panel: how every pair goes together in the chosen band, by the measure a person chose, against its null.

use egui::{Align2, Color32, Painter, Pos2, Rect, Sense, pos2, vec2};

use crate::control::Command;
use crate::metrics::{MAX_AUTO_PAIR_CHANNELS, Snapshot};
use crate::view::controls::Request;
use crate::view::figures::without_zero;
use crate::view::measure::{Measure, NullKind, NullLine};
use crate::view::panel::{Panel, Scene};
use crate::view::rounding::{floor_count, px};
use crate::view::theme;

/// Steps the colour bar is drawn in.
const BAR_STEPS: usize = 64;

/// Channels against channels.
pub(super) struct Connectivity;

/// What a cell shows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    /// A channel with itself.
    Same,
    /// This pair is not computed.
    NotComputed,
    /// Too few segments, or a value that is no number.
    Unknown,
    /// Not above the null line.
    Below(f64),
    /// Above it.
    Above(f64),
}

impl Panel for Connectivity {
    fn title(&self) -> &'static str {
        "Connectivity"
    }

    fn ui(&self, ui: &mut egui::Ui, scene: &Scene<'_>, requests: &mut Vec<Request>) {
        let Some((snapshot, band)) = scene.band_of_snapshot(ui) else {
            return;
        };
        ui.name_inputs("Measure of connectivity", |ui| {
            chooser_ui(ui, scene, requests);
        });
        scene.caption(ui, &scene.selection.measure.caption(snapshot, band));
        let shown = scene.shown(&snapshot.plan.montage);
        if shown.len() < 2 {
            scene.nothing(ui, "connectivity needs two channels");
            return;
        }
        if snapshot.plan.pairs.is_empty() {
            ask_for_pairs_ui(ui, scene, snapshot, requests);
            return;
        }
        let room = ui.available_rect_before_wrap();
        let matrix = Matrix::new(scene, snapshot, band, &shown, room);
        matrix.draw(ui);
        matrix.colour_bar(ui, room);
        matrix.hover(ui);
        ui.advance_cursor_after_rect(room);
    }
}

fn chooser_ui(ui: &mut egui::Ui, scene: &Scene<'_>, requests: &mut Vec<Request>) {
    let chosen = scene.selection.measure;
    egui::ComboBox::new("measure", "")
        .selected_text(format!("Measure: {}", chosen.name()))
        .show_ui(ui, |ui| {
            for measure in Measure::ALL {
                let is_chosen = measure == chosen;
                if ui.selectable_label(is_chosen, measure.name()).clicked() {
                    requests.push(Request::Measure(measure));
                    let plan = scene.snapshot().map(|snapshot| &snapshot.plan);
                    if measure.is_of_phases() && plan.is_some_and(|plan| !plan.with_phases) {
                        requests.push(Request::Session(Command::Phases));
                    }
                }
            }
        });
}

/// No pair is computed: say why, and offer them.
fn ask_for_pairs_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    requests: &mut Vec<Request>,
) {
    let n = snapshot.plan.montage.len();
    let text = format!(
        "no pairs are computed: with more than {MAX_AUTO_PAIR_CHANNELS} channels only those that are asked for"
    );
    scene.nothing(ui, &text);
    let words = format!("Compute all {} pairs", n * (n - 1) / 2);
    if ui.button(words).clicked() {
        requests.push(Request::Session(Command::AllPairs));
    }
}

struct Matrix<'a> {
    scene: &'a Scene<'a>,
    snapshot: &'a Snapshot,
    band: usize,
    measure: Measure,
    null: Option<NullLine>,
    shown: &'a [usize],
    /// Place of a pair in the plan, by its two channels.
    pairs: Vec<Option<usize>>,
    cell_px: f32,
    rect: Rect,
}

impl<'a> Matrix<'a> {
    fn new(
        scene: &'a Scene<'a>,
        snapshot: &'a Snapshot,
        band: usize,
        shown: &'a [usize],
        room: Rect,
    ) -> Self {
        let n_channels = snapshot.plan.montage.len();
        let mut pairs = vec![None; n_channels * n_channels];
        for (i, pair) in snapshot.plan.pairs.iter().enumerate() {
            pairs[pair.a * n_channels + pair.b] = Some(i);
            pairs[pair.b * n_channels + pair.a] = Some(i);
        }
        let n = shown.len() as f32;
        let width = room.width() - theme::MATRIX_LABEL_PX - theme::COLOUR_BAR_ROOM_PX;
        let height = room.height() - theme::TICK_ROW_PX;
        let cell_px = (width.min(height) / n).clamp(*theme::CELL_PX.start(), *theme::CELL_PX.end());
        let corner = room.min + vec2(theme::MATRIX_LABEL_PX, theme::TICK_ROW_PX);
        Self {
            scene,
            snapshot,
            band,
            measure: scene.selection.measure,
            null: scene.selection.measure.null(snapshot, band),
            shown,
            pairs,
            cell_px,
            rect: Rect::from_min_size(corner, vec2(cell_px * n, cell_px * n)),
        }
    }

    fn cell(&self, row: usize, column: usize) -> Cell {
        let (a, b) = (self.shown[row], self.shown[column]);
        if a == b {
            return Cell::Same;
        }
        let Some(pair) = self.pairs[a * self.snapshot.plan.montage.len() + b] else {
            return Cell::NotComputed;
        };
        let value = self.measure.value(self.snapshot, pair, self.band);
        let turned = self.measure.is_signed() && self.snapshot.plan.pairs[pair].a == b;
        let value = value.map(|value| if turned { -value } else { value });
        weigh(value, self.null_of(pair), self.measure)
    }

    /// The null line of a pair.
    fn null_of(&self, pair: usize) -> Option<NullLine> {
        self.measure.null_of(self.snapshot, pair, self.band)
    }

    fn fill(&self, cell: Cell) -> Color32 {
        let theme = self.scene.theme;
        match cell {
            Cell::Same => theme.panel(),
            Cell::NotComputed | Cell::Unknown => theme.canvas(),
            Cell::Below(_) => theme.not_significant(),
            Cell::Above(value) => self.colour(value),
        }
    }

    fn colour(&self, value: f64) -> Color32 {
        if self.measure.is_signed() {
            theme::signed_colour(value)
        } else {
            theme::msc_colour(value)
        }
    }

    fn cell_rect(&self, row: usize, column: usize) -> Rect {
        let corner = vec2(column as f32, row as f32) * self.cell_px;
        Rect::from_min_size(self.rect.min + corner, vec2(self.cell_px, self.cell_px))
    }

    fn draw(&self, ui: &egui::Ui) {
        let painter = ui.painter();
        painter.rect_filled(self.rect, 0.0, self.scene.theme.canvas());
        let n = self.shown.len();
        for (row, column) in (0..n).flat_map(|row| (0..n).map(move |column| (row, column))) {
            let cell = self.cell(row, column);
            let ground = self.fill(cell);
            let inner = if self.cell_px > theme::CELL_LABEL_PX {
                self.cell_rect(row, column).shrink(0.5)
            } else {
                self.cell_rect(row, column)
            };
            painter.rect_filled(inner, 0.0, ground);
            if self.cell_px >= theme::CELL_NUMBER_PX {
                let text = match cell {
                    Cell::Above(value) | Cell::Below(value) => number(value),
                    Cell::Same | Cell::NotComputed | Cell::Unknown => continue,
                };
                let letters = match cell {
                    Cell::Above(_) => theme::letters_on(ground),
                    _ => self.scene.theme.weak(),
                };
                let at = inner.center();
                painter.text(at, Align2::CENTER_CENTER, text, theme::small(ui), letters);
            }
        }
        self.labels(ui, painter);
    }

    fn labels(&self, ui: &egui::Ui, painter: &Painter) {
        let theme = self.scene.theme;
        let every = floor_count(f64::from(theme::CELL_LABEL_PX / self.cell_px)) + 1;
        let montage = &self.snapshot.plan.montage;
        let columns_fit = self.shown.iter().all(|&ch| {
            let label = montage.label(ch).to_owned();
            let galley = painter.layout_no_wrap(label, theme::small(ui), theme.text());
            galley.size().x <= self.cell_px
        });
        for (place, &ch) in self.shown.iter().enumerate().step_by(every) {
            let (label, colour) = (montage.label(ch), theme.line(ch));
            let row = self.cell_rect(place, 0);
            let room = row
                .with_min_x(self.rect.min.x - theme::MATRIX_LABEL_PX)
                .with_max_x(self.rect.min.x - theme::TICK_PX)
                .expand2(vec2(0.0, theme::CELL_LABEL_PX));
            ui.painter_at(room).text(
                room.right_center(),
                Align2::RIGHT_CENTER,
                label,
                theme::small(ui),
                colour,
            );
            if columns_fit {
                let column = self.cell_rect(0, place);
                let above = Rect::from_min_max(
                    pos2(column.min.x, column.min.y - theme::TICK_ROW_PX),
                    column.right_top(),
                );
                let at = above.center();
                ui.painter_at(above).text(
                    at,
                    Align2::CENTER_CENTER,
                    label,
                    theme::small(ui),
                    colour,
                );
            }
        }
        if !columns_fit {
            let at = self.rect.center_top();
            let text = "columns as rows; point at a cell";
            painter.text(
                at,
                Align2::CENTER_BOTTOM,
                text,
                theme::small(ui),
                theme.weak(),
            );
        }
    }

    /// Colours from 0 (or -1) to 1, grey up to the null line.
    fn colour_bar(&self, ui: &egui::Ui, room: Rect) {
        let lo = if self.measure.is_signed() { -1.0 } else { 0.0 };
        let left = self.rect.max.x + 2.0 * theme::GAP_PX;
        let bottom = self.rect.max.y.min(room.max.y);
        let bar =
            Rect::from_x_y_ranges(left..=left + theme::COLOUR_BAR_PX, self.rect.min.y..=bottom);
        let (painter, theme) = (ui.painter(), self.scene.theme);
        let step_px = bar.height() / BAR_STEPS as f32;
        for step in 0..BAR_STEPS {
            let share = (step as f64 + 0.5) / BAR_STEPS as f64;
            let value = lo + share * (1.0 - lo);
            let cell = weigh(Some(value), self.null, self.measure);
            let top = bar.max.y - step_px * (step + 1) as f32;
            let rect = Rect::from_min_size(pos2(bar.min.x, top), vec2(bar.width(), step_px + 0.5));
            painter.rect_filled(rect, 0.0, self.fill(cell));
        }
        let mark = |value: f64, text: String, colour: Color32| {
            let y = bar.max.y - bar.height() * px((value - lo) / (1.0 - lo));
            painter.hline(bar.max.x..=bar.max.x + theme::TICK_PX, y, theme.axis());
            let at: Pos2 = pos2(bar.max.x + 2.0 * theme::TICK_PX, y);
            painter.text(at, Align2::LEFT_CENTER, text, theme::small(ui), colour);
        };
        mark(1.0, "1".to_owned(), theme.weak());
        mark(lo, format!("{lo:.0}"), theme.weak());
        if let Some(null) = self.null {
            mark(
                null.value,
                format!("{:.3} {}", null.value, self.line_name()),
                theme.text(),
            );
            if self.measure.is_signed() {
                mark(-null.value, format!("{:.3}", -null.value), theme.text());
            }
        }
    }

    /// What the line between grey and colour is called.
    fn line_name(&self) -> &'static str {
        match self.null.map(|null| null.kind) {
            Some(NullKind::Mean) => "null mean",
            Some(NullKind::TwoSds) => "2 SD",
            Some(NullKind::Critical | NullKind::CriticalOfBin) | None => "critical",
        }
    }

    /// The same in a sentence.
    fn line_words(&self) -> &'static str {
        match self.null.map(|null| null.kind) {
            Some(NullKind::Mean) => "null mean",
            Some(NullKind::TwoSds) => "null's 2 SD",
            Some(NullKind::Critical | NullKind::CriticalOfBin) | None => "critical value",
        }
    }

    fn hover(&self, ui: &egui::Ui) {
        let response = ui.interact(self.rect, ui.scope_id().with("matrix"), Sense::hover());
        response.widget_info(|| {
            let n_above = (0..self.shown.len())
                .flat_map(|row| (0..row).map(move |column| (row, column)))
                .filter(|&(row, column)| matches!(self.cell(row, column), Cell::Above(_)))
                .count();
            let (name, line) = (self.measure.name(), self.line_words());
            let text = format!("{name} matrix: {n_above} pairs above the {line}");
            egui::WidgetInfo::labeled(egui::Role::Image, true, text)
        });
        let Some(at) = response.hover_pos() else {
            return;
        };
        let place = |px: f32| floor_count(f64::from(px / self.cell_px)).min(self.shown.len() - 1);
        let (row, column) = (place(at.y - self.rect.min.y), place(at.x - self.rect.min.x));
        response.on_hover_text_at_pointer(self.words(row, column));
    }

    fn words(&self, row: usize, column: usize) -> String {
        let montage = &self.snapshot.plan.montage;
        let [a, b] = [row, column].map(|place| montage.label(self.shown[place]));
        let (name, line) = (self.measure.name(), self.line_words());
        let pair = self.pairs[self.shown[row] * montage.len() + self.shown[column]];
        let null = pair.and_then(|pair| self.null_of(pair));
        let null = null.map_or(f64::NAN, |null| null.value);
        match self.cell(row, column) {
            Cell::Same => a.to_owned(),
            Cell::NotComputed => format!("{a}-{b}: not among the pairs computed"),
            Cell::Unknown => format!("{a}-{b}: too few segments"),
            Cell::Below(value) => {
                format!("{a}-{b}: {name} {value:.3}, not above the {line} {null:.3}")
            }
            Cell::Above(value) => format!("{a}-{b}: {name} {value:.3}, above the {line} {null:.3}"),
        }
    }
}

/// A value against its null line; a signed one by its size.
fn weigh(value: Option<f64>, null: Option<NullLine>, measure: Measure) -> Cell {
    let (Some(value), Some(null)) = (value, null) else {
        return Cell::Unknown;
    };
    let size = if measure.is_signed() {
        value.abs()
    } else {
        value
    };
    if size > null.value {
        Cell::Above(value)
    } else if size.is_finite() {
        Cell::Below(value)
    } else {
        Cell::Unknown
    }
}

/// Two decimals without the zero before them.
fn number(value: f64) -> String {
    without_zero(&format!("{value:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn null(value: f64) -> NullLine {
        let kind = NullKind::Critical;
        NullLine { value, kind }
    }

    #[test]
    fn only_what_exceeds_the_null_line_is_marked() {
        let weigh_msc = |value, line| weigh(value, line, Measure::Msc);
        assert_eq!(weigh_msc(Some(0.19), Some(null(0.18))), Cell::Above(0.19));
        assert_eq!(weigh_msc(Some(0.18), Some(null(0.18))), Cell::Below(0.18));
        assert_eq!(weigh_msc(Some(f64::NAN), Some(null(0.18))), Cell::Unknown);
        assert_eq!(weigh_msc(None, None), Cell::Unknown);
        assert_eq!(weigh_msc(Some(1.0), None), Cell::Unknown);
    }

    #[test]
    fn a_signed_measure_counts_by_its_size() {
        let signed = |value| weigh(Some(value), Some(null(0.2)), Measure::ImagCoh);
        assert_eq!(signed(-0.3), Cell::Above(-0.3));
        assert_eq!(signed(-0.1), Cell::Below(-0.1));
        let unsigned = weigh(Some(-0.3), Some(null(0.2)), Measure::Ppc);
        assert_eq!(
            unsigned,
            Cell::Below(-0.3),
            "an unbiased square below 0 is nothing"
        );
    }

    #[test]
    fn numbers_in_cells_are_short() {
        assert_eq!((number(0.183), number(1.0)), (".18".into(), "1.00".into()));
        assert_eq!(
            (number(-0.183), number(10.0)),
            ("-.18".into(), "10.00".into())
        );
    }
}
