//! The markers of the last minutes, and how they are drawn.

use std::collections::VecDeque;

use egui::{Align2, Rect, pos2};

use crate::signal::Marker;
use crate::view::panel::Scene;
use crate::view::theme;

/// Most markers kept, however many come.
const MOST: usize = 512;
/// Letters kept of each: enough to tell one from another.
const LETTERS: usize = 40;

/// The newest markers, oldest first.
#[derive(Debug, Clone)]
pub(super) struct MarkerLog {
    kept_secs: f64,
    markers: VecDeque<Marker>,
}

impl MarkerLog {
    pub(super) fn new(kept_secs: f64) -> Self {
        Self {
            kept_secs,
            markers: VecDeque::new(),
        }
    }

    /// Take a marker that came at `now_secs`. Old ones go, and the oldest where there are too many.
    pub(super) fn push(&mut self, marker: Marker, now_secs: f64) {
        if !marker.stamp_secs.is_finite() {
            return;
        }
        let mut text = marker.text;
        if let Some((end, _)) = text.char_indices().nth(LETTERS) {
            text.truncate(end);
        }
        // what it looks like is enough here: the fields may be long
        self.markers.push_back(Marker {
            text,
            fields: Vec::new(),
            ..marker
        });
        let horizon = now_secs - self.kept_secs;
        while self.markers.len() > MOST
            || self.markers.front().is_some_and(|m| m.stamp_secs < horizon)
        {
            self.markers.pop_front();
        }
    }

    /// Those between two times.
    pub(super) fn between(&self, from_secs: f64, to_secs: f64) -> impl Iterator<Item = &Marker> {
        let inside = move |m: &&Marker| (from_secs..=to_secs).contains(&m.stamp_secs);
        self.markers.iter().filter(inside)
    }
}

/// More between two times than a width has room to name.
pub(super) fn are_many(scene: &Scene<'_>, width: f32, (from_secs, to_secs): (f64, f64)) -> bool {
    let n = scene.picture.markers.between(from_secs, to_secs).count();
    n as f32 * theme::TICK_SPACING_PX > width
}

/// Thin lines at the markers between two times over `frame`, each with its text in the row `names` where there is room for it.
pub(super) fn markers_ui(
    ui: &egui::Ui,
    scene: &Scene<'_>,
    (frame, names): (Rect, Option<Rect>),
    (from_secs, to_secs): (f64, f64),
    x_of: impl Fn(f64) -> f32,
) {
    let colours = scene.theme;
    let painter = ui.painter_at(frame);
    let are_many = are_many(scene, frame.width(), (from_secs, to_secs));
    let line = colours.marker_line(are_many);
    let mut free_from = f32::NEG_INFINITY;
    for marker in scene.picture.markers.between(from_secs, to_secs) {
        let x = x_of(marker.stamp_secs);
        painter.vline(x, frame.y_range(), line);
        let Some(names) = names else { continue };
        let colour = colours.marker().color;
        let galley = painter.layout_no_wrap(marker.text.clone(), theme::small(ui), colour);
        let width = galley.size().x;
        let left = (x + theme::TICK_PX / 2.0)
            .min(names.max.x - width)
            .max(names.min.x);
        if left < free_from {
            continue;
        }
        let at = pos2(left, names.min.y);
        let ground = Align2::LEFT_TOP.anchor_size(at, galley.size());
        painter.rect_filled(ground, 0.0, colours.canvas());
        painter.galley(at, galley, colour);
        free_from = left + width + theme::GAP_PX;
    }
}

/// What stands there, for those who do not see it; nothing without markers.
pub(super) fn words(scene: &Scene<'_>, from_secs: f64, to_secs: f64) -> String {
    let texts: Vec<&str> = scene
        .picture
        .markers
        .between(from_secs, to_secs)
        .map(|marker| marker.text.as_str())
        .collect();
    if texts.is_empty() {
        String::new()
    } else {
        format!("; markers: {}", texts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(stamp_secs: f64, text: &str) -> Marker {
        Marker::new(stamp_secs, text)
    }

    #[test]
    fn memory_is_bounded_in_time_in_number_and_in_letters() {
        let mut log = MarkerLog::new(60.0);
        log.push(marker(0.0, "old"), 0.0);
        log.push(marker(100.0, &"\u{e4}".repeat(5000)), 100.0);
        let texts: Vec<&Marker> = log.between(0.0, 100.0).collect();
        assert_eq!((texts.len(), texts[0].text.chars().count()), (1, LETTERS));
        assert!(texts[0].fields.is_empty());
        for n in 0..10 * MOST {
            log.push(marker(100.0 + 1e-3 * n as f64, "m"), 106.0);
        }
        assert_eq!(log.between(0.0, 1e9).count(), MOST);
        log.push(marker(f64::NAN, "when"), 106.0);
        assert_eq!(log.markers.len(), MOST);
    }
}
