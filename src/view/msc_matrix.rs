//! Panel: the magnitude-squared coherence of every pair in the chosen band, against its critical value.

use egui::{Align2, Color32, Painter, Pos2, Rect, Sense, pos2, vec2};

use crate::metrics::Snapshot;
use crate::view::caption;
use crate::view::panel::{Panel, Scene};
use crate::view::rounding::{floor_count, px};
use crate::view::theme;

/// Steps the colour bar is drawn in.
const BAR_STEPS: usize = 64;

/// Channels against channels.
pub(super) struct MscMatrix;

/// What a cell shows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    /// A channel with itself.
    Same,
    /// This pair is not computed.
    NotComputed,
    /// Too few segments, or a value that is no number.
    Unknown,
    /// Not above the critical value.
    Below(f64),
    /// Above it.
    Above(f64),
}

impl Panel for MscMatrix {
    fn title(&self) -> &'static str {
        "Coherence (MSC)"
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
        scene.caption(ui, &caption::msc(snapshot, band));
        let shown = scene.shown(&snapshot.plan.montage);
        if shown.len() < 2 || snapshot.plan.pairs.is_empty() {
            scene.nothing(ui, "coherence needs two channels");
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

struct Matrix<'a> {
    scene: &'a Scene<'a>,
    snapshot: &'a Snapshot,
    band: usize,
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
        let critical = self.snapshot.msc_critical[self.band];
        weigh(self.snapshot.msc(pair, self.band), critical)
    }

    fn fill(&self, cell: Cell) -> Color32 {
        let theme = self.scene.theme;
        match cell {
            Cell::Same => theme.panel(),
            Cell::NotComputed | Cell::Unknown => theme.canvas(),
            Cell::Below(_) => theme.not_significant(),
            Cell::Above(msc) => theme::msc_colour(msc),
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
                    Cell::Above(msc) | Cell::Below(msc) => number(msc),
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

    /// Colours from 0 to 1, grey up to the critical value.
    fn colour_bar(&self, ui: &egui::Ui, room: Rect) {
        let critical = self.snapshot.msc_critical[self.band];
        let left = self.rect.max.x + 2.0 * theme::GAP_PX;
        let bottom = self.rect.max.y.min(room.max.y);
        let bar =
            Rect::from_x_y_ranges(left..=left + theme::COLOUR_BAR_PX, self.rect.min.y..=bottom);
        let (painter, theme) = (ui.painter(), self.scene.theme);
        let step_px = bar.height() / BAR_STEPS as f32;
        for step in 0..BAR_STEPS {
            let msc = (step as f64 + 0.5) / BAR_STEPS as f64;
            let colour = match critical {
                None => theme.canvas(),
                Some(critical) if msc <= critical => theme.not_significant(),
                Some(_) => theme::msc_colour(msc),
            };
            let top = bar.max.y - step_px * (step + 1) as f32;
            let rect = Rect::from_min_size(pos2(bar.min.x, top), vec2(bar.width(), step_px + 0.5));
            painter.rect_filled(rect, 0.0, colour);
        }
        let mark = |msc: f64, text: String, colour: Color32| {
            let y = bar.max.y - bar.height() * px(msc);
            painter.hline(bar.max.x..=bar.max.x + theme::TICK_PX, y, theme.axis());
            let at: Pos2 = pos2(bar.max.x + 2.0 * theme::TICK_PX, y);
            painter.text(at, Align2::LEFT_CENTER, text, theme::small(ui), colour);
        };
        mark(1.0, "1 (MSC)".to_owned(), theme.weak());
        mark(0.0, "0".to_owned(), theme.weak());
        if let Some(critical) = critical {
            mark(critical, format!("{critical:.3} critical"), theme.text());
            let y = bar.max.y - bar.height() * px(critical / 2.0);
            let at = pos2(bar.max.x + 2.0 * theme::TICK_PX, y);
            if bar.height() * px(critical) > 2.5 * theme::TICK_ROW_PX {
                let text = "not significant";
                painter.text(
                    at,
                    Align2::LEFT_CENTER,
                    text,
                    theme::small(ui),
                    theme.weak(),
                );
            }
        }
    }

    fn hover(&self, ui: &egui::Ui) {
        let response = ui.interact(self.rect, ui.scope_id().with("msc"), Sense::hover());
        response.widget_info(|| {
            let n_above = (0..self.shown.len())
                .flat_map(|row| (0..row).map(move |column| (row, column)))
                .filter(|&(row, column)| matches!(self.cell(row, column), Cell::Above(_)))
                .count();
            let text = format!("MSC matrix: {n_above} pairs above the critical value");
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
        let critical = self.snapshot.msc_critical[self.band].unwrap_or(f64::NAN);
        match self.cell(row, column) {
            Cell::Same => a.to_owned(),
            Cell::NotComputed => format!("{a}-{b}: not among the pairs computed"),
            Cell::Unknown => format!("{a}-{b}: needs 2 segments"),
            Cell::Below(msc) => {
                format!("{a}-{b}: MSC {msc:.3}, not above the critical {critical:.3}")
            }
            Cell::Above(msc) => format!("{a}-{b}: MSC {msc:.3}, above the critical {critical:.3}"),
        }
    }
}

/// An MSC against its critical value.
fn weigh(msc: Option<f64>, critical: Option<f64>) -> Cell {
    match (msc, critical) {
        (Some(msc), Some(critical)) if msc > critical => Cell::Above(msc),
        (Some(msc), Some(_)) if msc.is_finite() => Cell::Below(msc),
        _ => Cell::Unknown,
    }
}

/// Two decimals without the zero before them.
fn number(msc: f64) -> String {
    let text = format!("{msc:.2}");
    text.strip_prefix('0').unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_exceeds_the_critical_value_is_significant() {
        assert_eq!(weigh(Some(0.19), Some(0.18)), Cell::Above(0.19));
        assert_eq!(weigh(Some(0.18), Some(0.18)), Cell::Below(0.18));
        assert_eq!(weigh(Some(f64::NAN), Some(0.18)), Cell::Unknown);
        assert_eq!(weigh(None, None), Cell::Unknown);
        assert_eq!(weigh(Some(1.0), None), Cell::Unknown);
    }

    #[test]
    fn numbers_in_cells_are_short() {
        assert_eq!((number(0.183), number(1.0)), (".18".into(), "1.00".into()));
    }
}
