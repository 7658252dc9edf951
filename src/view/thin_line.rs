//! Lines with about two points per column of the screen.

use crate::view::rounding::ceil_count;

/// Unbroken line of `[seconds, value]`.
pub(super) type Strip = Vec<[f64; 2]>;

/// Thins a line out: of each column its lowest and its highest point stay, in their order.
///
/// Columns are runs of places, counted from the first ever, so that a line keeps its shape while it moves.
pub(super) struct ThinLine {
    per_column: usize,
    column: usize,
    /// Place and point of the lowest and of the highest of the present column.
    extremes: Option<[(usize, [f64; 2]); 2]>,
    strip: Strip,
}

impl ThinLine {
    /// A line of `n_points` (need not be whole) on `n_columns`.
    pub(super) fn new(n_points: f64, n_columns: usize) -> Self {
        Self {
            per_column: ceil_count(n_points / n_columns.max(1) as f64).max(1),
            column: 0,
            extremes: None,
            strip: Strip::new(),
        }
    }

    /// The next point and its place, which must not go back.
    pub(super) fn push(&mut self, place: usize, point: [f64; 2]) {
        if self.per_column <= 2 {
            self.strip.push(point);
            return;
        }
        let column = place / self.per_column;
        if column != self.column {
            self.close_column();
            self.column = column;
        }
        let [lowest, highest] = self.extremes.get_or_insert([(place, point); 2]);
        if point[1] < lowest.1[1] {
            *lowest = (place, point);
        }
        if point[1] > highest.1[1] {
            *highest = (place, point);
        }
    }

    fn close_column(&mut self) {
        let Some([lowest, highest]) = self.extremes.take() else {
            return;
        };
        let (first, second) = if lowest.0 <= highest.0 {
            (lowest, highest)
        } else {
            (highest, lowest)
        };
        self.strip.push(first.1);
        if second.0 != first.0 {
            self.strip.push(second.1);
        }
    }

    /// The line so far; what comes next is another.
    pub(super) fn take(&mut self) -> Strip {
        self.close_column();
        std::mem::take(&mut self.strip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extreme_stays_at_its_own_time() {
        let mut line = ThinLine::new(1000.0, 10);
        for place in 0..1000_u16 {
            let value = if place == 555 { -7.0 } else { 0.0 };
            line.push(place.into(), [f64::from(place), value]);
        }
        let strip = line.take();
        assert!(
            strip.len() <= 20 && strip.contains(&[555.0, -7.0]),
            "{strip:?}"
        );
    }

    #[test]
    fn few_points_are_all_kept_and_a_line_taken_is_over() {
        let mut line = ThinLine::new(20.0, 10);
        for place in 0..20_u16 {
            line.push(place.into(), [f64::from(place), 0.0]);
        }
        assert_eq!(line.take().len(), 20);
        assert!(line.take().is_empty());
    }
}
