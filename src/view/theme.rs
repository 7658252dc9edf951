//! Every colour and size of the dashboard. Nothing else in `view` names one.

use egui::{Color32, FontFamily, FontId, Stroke, TextStyle, Theme as Mode, Visuals};

use crate::view::rounding::{floor_count, px};

/// Height of a trace's lane at least, that of its label; below it lanes scroll.
pub(super) const LANE_MIN_PX: f32 = 16.0;
/// Room left of the lanes for their labels.
pub(super) const LANE_LABEL_PX: f32 = 64.0;
/// Room right of the lanes for the scale bar.
pub(super) const LANE_SCALE_PX: f32 = 58.0;
/// Height of a row of tick labels or of an axis title.
pub(super) const TICK_ROW_PX: f32 = 16.0;
/// Length of a tick, and distance of its label.
pub(super) const TICK_PX: f32 = 4.0;
/// Distance between two ticks at least.
pub(super) const TICK_SPACING_PX: f32 = 56.0;
/// Length of the piece of line in a legend; width of the lamp in the status bar.
pub(super) const KEY_PX: f32 = 10.0;
/// Distance from which tick labels of an x axis are drawn, and from which in full.
pub(super) const X_TICK_LABEL_PX: egui::Rangef = egui::Rangef {
    min: 28.0,
    max: 32.0,
};
/// The same of a y axis.
pub(super) const Y_TICK_LABEL_PX: egui::Rangef = egui::Rangef {
    min: 18.0,
    max: 20.0,
};
/// Lanes left free above the first and below the last, so that they are not cut.
pub(super) const LANE_PADDING: f32 = 0.5;
/// Room left of a plot for the tick labels of its y axis; fixed, so that plots do not jump.
pub(super) const Y_AXIS_PX: f32 = 34.0;
/// Width within which a band track keeps no more than its lowest and highest point.
pub(super) const TRACK_COLUMN_PX: f32 = 2.0;
/// Width of the table beside the band tracks: without rest, and what the change against it takes more.
pub(super) const TABLE_PX: f32 = 318.0;
/// See [`TABLE_PX`].
pub(super) const REST_COLUMN_PX: f32 = 118.0;
/// Share of the width that the table has at most.
pub(super) const TABLE_SHARE: f32 = 0.7;
/// Cells of the MSC matrix at least and at most.
pub(super) const CELL_PX: std::ops::RangeInclusive<f32> = 1.0..=46.0;
/// Cells below this carry no number.
pub(super) const CELL_NUMBER_PX: f32 = 21.0;
/// Rows of the MSC matrix below this carry no label.
pub(super) const CELL_LABEL_PX: f32 = 12.0;
/// Room for the labels of the MSC matrix.
pub(super) const MATRIX_LABEL_PX: f32 = 44.0;
/// Width of the MSC matrix' colour bar, and of the room for it and its numbers.
pub(super) const COLOUR_BAR_PX: f32 = 14.0;
/// Room for the colour bar and its numbers.
pub(super) const COLOUR_BAR_ROOM_PX: f32 = 150.0;
/// Space between panels, and around what is in them.
pub(super) const GAP_PX: f32 = 6.0;
/// Share of the width the left column has.
pub(super) const LEFT_SHARE: f32 = 0.48;
/// Window at the start.
pub(super) const WINDOW_PX: [f32; 2] = [1400.0, 900.0];
/// Smallest window.
pub(super) const MIN_WINDOW_PX: [f32; 2] = [760.0, 520.0];
/// Height at most of a list in a menu.
pub(super) const MENU_PX: f32 = 420.0;
/// Width of a text field for a band's name.
pub(super) const BAND_NAME_PX: f32 = 120.0;
/// Width of the text shown while no stream is read.
pub(super) const WAITING_PX: f32 = 620.0;
/// Share of the room that the curve of evidence has at least and at most.
pub(super) const CURVE_SHARE: std::ops::RangeInclusive<f32> = 0.35..=0.7;
/// Size of the letters of a verdict.
pub(super) const VERDICT_PX: f32 = 15.0;
/// Width of the bar that fills until the next look.
pub(super) const PROGRESS_PX: f32 = 90.0;
/// Radius of a dot in a curve.
pub(super) const DOT_PX: f32 = 2.5;
/// Width of the table beside the phasors.
pub(super) const PHASOR_TABLE_PX: f32 = 260.0;
/// Lines more numerous than this have no entry in a legend.
pub(super) const LEGEND_MOST: usize = 16;
/// Lines more numerous than this are drawn thin.
pub(super) const BOLD_MOST: usize = 16;

/// Okabe and Ito's palette, which the colour-blind tell apart, with grey for black.
const LINES_ON_DARK: [Color32; 8] = [
    Color32::from_rgb(0x56, 0xB4, 0xE9),
    Color32::from_rgb(0xE6, 0x9F, 0x00),
    Color32::from_rgb(0x1F, 0xB9, 0x8B),
    Color32::from_rgb(0xF0, 0xE4, 0x42),
    Color32::from_rgb(0xE0, 0x8F, 0xBD),
    Color32::from_rgb(0xE8, 0x6A, 0x1C),
    Color32::from_rgb(0xC8, 0xC8, 0xC8),
    Color32::from_rgb(0x3F, 0x8F, 0xD8),
];

/// The same hues, darkened where white would drown them.
const LINES_ON_LIGHT: [Color32; 8] = [
    Color32::from_rgb(0x00, 0x72, 0xB2),
    Color32::from_rgb(0xC0, 0x7C, 0x00),
    Color32::from_rgb(0x00, 0x8A, 0x65),
    Color32::from_rgb(0x86, 0x80, 0x00),
    Color32::from_rgb(0xB4, 0x55, 0x8B),
    Color32::from_rgb(0xD5, 0x5E, 0x00),
    Color32::from_rgb(0x44, 0x44, 0x44),
    Color32::from_rgb(0x33, 0x22, 0x88),
];

/// Five points of the viridis map: even in lightness, safe for the colour-blind.
const VIRIDIS: [[u8; 3]; 5] = [
    [0x44, 0x01, 0x54],
    [0x3B, 0x52, 0x8B],
    [0x21, 0x91, 0x8C],
    [0x5E, 0xC9, 0x62],
    [0xFD, 0xE7, 0x25],
];

/// Blue over white to orange: two directions, told apart by the colour-blind too.
const DIVERGING: [[u8; 3]; 5] = [
    [0x1F, 0x5F, 0xB4],
    [0x8F, 0xBC, 0xE6],
    [0xF2, 0xF0, 0xEC],
    [0xF2, 0xB2, 0x6B],
    [0xC4, 0x5A, 0x0A],
];

/// The colours, dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Theme {
    pub(super) dark: bool,
}

impl Theme {
    fn pick(self, on_dark: Color32, on_light: Color32) -> Color32 {
        if self.dark { on_dark } else { on_light }
    }

    /// Colour of a channel: the same in every panel. Repeats every eight.
    pub(super) fn line(self, ch: usize) -> Color32 {
        let lines = if self.dark {
            LINES_ON_DARK
        } else {
            LINES_ON_LIGHT
        };
        lines[ch % lines.len()]
    }

    /// Line of a channel, thinner where there are many.
    pub(super) fn stroke(self, ch: usize, n_lines: usize) -> Stroke {
        let width = if n_lines > BOLD_MOST { 0.8 } else { 1.3 };
        Stroke::new(width, self.line(ch))
    }

    pub(super) fn text(self) -> Color32 {
        self.pick(Color32::from_gray(0xDC), Color32::from_gray(0x1E))
    }

    /// Captions: what a number means.
    pub(super) fn weak(self) -> Color32 {
        self.pick(Color32::from_gray(0xA6), Color32::from_gray(0x55))
    }

    /// Data lost, stream gone.
    pub(super) fn error(self) -> Color32 {
        self.pick(
            Color32::from_rgb(0xFF, 0x6B, 0x5E),
            Color32::from_rgb(0xC6, 0x12, 0x12),
        )
    }

    /// To be looked at, nothing lost.
    pub(super) fn warning(self) -> Color32 {
        self.pick(
            Color32::from_rgb(0xFF, 0xC1, 0x4A),
            Color32::from_rgb(0x9A, 0x5B, 0x00),
        )
    }

    /// Samples come.
    pub(super) fn good(self) -> Color32 {
        self.pick(
            Color32::from_rgb(0x4F, 0xD1, 0x9A),
            Color32::from_rgb(0x00, 0x7A, 0x50),
        )
    }

    /// Ground of a line that says something is wrong.
    pub(super) fn error_fill(self) -> Color32 {
        self.pick(
            Color32::from_rgb(0x4A, 0x16, 0x14),
            Color32::from_rgb(0xFF, 0xDF, 0xDC),
        )
    }

    /// Ground of the line that says the picture stands.
    pub(super) fn paused_fill(self) -> Color32 {
        self.pick(
            Color32::from_rgb(0x4A, 0x38, 0x0C),
            Color32::from_rgb(0xFF, 0xED, 0xC2),
        )
    }

    /// Traces while the newest segment is rejected; the channel that did it stronger.
    pub(super) fn rejected(self, is_culprit: bool) -> Color32 {
        if is_culprit {
            self.error()
        } else {
            self.warning()
        }
    }

    /// A time without samples.
    pub(super) fn gap_fill(self) -> Color32 {
        self.pick(
            Color32::from_rgba_unmultiplied(0xFF, 0x50, 0x40, 0x48),
            Color32::from_rgba_unmultiplied(0xE0, 0x20, 0x10, 0x30),
        )
    }

    /// A marker, and its text.
    pub(super) fn marker(self) -> Stroke {
        let color = self.pick(
            Color32::from_rgb(0xC3, 0xA6, 0xFF),
            Color32::from_rgb(0x6A, 0x3F, 0xC0),
        );
        Stroke::new(1.0, color)
    }

    /// Line of one of many markers: each fainter, so that they do not hide what they mark.
    pub(super) fn marker_line(self, are_many: bool) -> Stroke {
        let share = if are_many { 0.3 } else { 0.7 };
        Stroke::new(1.0, self.marker().color.gamma_multiply(share))
    }

    /// What is compared with: controls, surrogates, thresholds not yet due.
    pub(super) fn reference(self) -> Color32 {
        self.pick(Color32::from_gray(0x90), Color32::from_gray(0x70))
    }

    /// Frequencies at which the stimulus is too weak.
    pub(super) fn weak_fill(self) -> Color32 {
        self.pick(
            Color32::from_rgba_unmultiplied(0xA0, 0xA0, 0xA0, 0x30),
            Color32::from_rgba_unmultiplied(0x60, 0x60, 0x60, 0x28),
        )
    }

    /// The same line, faint: what it would read by chance.
    pub(super) fn faint(self, ch: usize) -> Stroke {
        Stroke::new(1.0, self.line(ch).gamma_multiply(0.45))
    }

    /// A band of the spectrum; the chosen one stronger.
    pub(super) fn band_fill(self, chosen: bool) -> Color32 {
        let alpha = if chosen { 0x38 } else { 0x18 };
        self.pick(
            Color32::from_rgba_unmultiplied(0xB0, 0xC8, 0xFF, alpha),
            Color32::from_rgba_unmultiplied(0x30, 0x50, 0xA0, alpha),
        )
    }

    /// Grid and frames.
    pub(super) fn grid(self) -> Stroke {
        let color = self.pick(Color32::from_gray(0x3C), Color32::from_gray(0xD0));
        Stroke::new(1.0, color)
    }

    /// Scale bar and ticks.
    pub(super) fn axis(self) -> Stroke {
        Stroke::new(1.5, self.weak())
    }

    /// Where plots are drawn.
    pub(super) fn canvas(self) -> Color32 {
        self.pick(Color32::from_gray(0x12), Color32::WHITE)
    }

    /// A panel's ground.
    pub(super) fn panel(self) -> Color32 {
        self.pick(Color32::from_gray(0x1C), Color32::from_gray(0xF6))
    }

    /// Ground of the window between the panels.
    pub(super) fn ground(self) -> Color32 {
        self.pick(Color32::from_gray(0x0C), Color32::from_gray(0xE4))
    }

    /// A pair whose MSC is below the critical value.
    pub(super) fn not_significant(self) -> Color32 {
        self.pick(Color32::from_gray(0x33), Color32::from_gray(0xDA))
    }

    /// Give egui these colours and sizes.
    pub(super) fn apply(self, ctx: &egui::Context) {
        let mode = if self.dark { Mode::Dark } else { Mode::Light };
        ctx.set_theme(mode);
        ctx.set_visuals_of(mode, self.visuals());
        ctx.all_styles_mut(|style| {
            for (text_style, size) in [
                (TextStyle::Small, 11.5),
                (TextStyle::Body, 13.0),
                (TextStyle::Button, 13.0),
                (TextStyle::Monospace, 12.5),
                (TextStyle::Heading, 20.0),
            ] {
                let family = if text_style == TextStyle::Monospace {
                    FontFamily::Monospace
                } else {
                    FontFamily::Proportional
                };
                style
                    .text_styles
                    .insert(text_style, FontId::new(size, family));
            }
            style.spacing.item_spacing = egui::vec2(GAP_PX, GAP_PX / 2.0);
        });
    }

    fn visuals(self) -> Visuals {
        let mut visuals = if self.dark {
            Visuals::dark()
        } else {
            Visuals::light()
        };
        visuals.override_text_color = Some(self.text());
        visuals.weak_text_color = Some(self.weak());
        visuals.error_fg_color = self.error();
        visuals.warn_fg_color = self.warning();
        visuals.panel_fill = self.panel();
        visuals.window_fill = self.panel();
        visuals.extreme_bg_color = self.canvas();
        visuals
    }
}

/// Colour of an MSC from 0 to 1.
pub(super) fn msc_colour(msc: f64) -> Color32 {
    between(&VIRIDIS, msc.clamp(0.0, 1.0))
}

/// Colour of a value from -1 to 1: blue below 0, orange above.
pub(super) fn signed_colour(value: f64) -> Color32 {
    between(&DIVERGING, f64::midpoint(value.clamp(-1.0, 1.0), 1.0))
}

/// Colour at `share` of the way along `points`.
fn between(points: &[[u8; 3]; 5], share: f64) -> Color32 {
    let place = share * (points.len() - 1) as f64;
    let below = floor_count(place).min(points.len() - 2);
    let [lo, hi] = [below, below + 1].map(|i| {
        let [r, g, b] = points[i];
        Color32::from_rgb(r, g, b)
    });
    lo.lerp_to_gamma(hi, px((place - below as f64).max(0.0)))
}

/// Letters that can be read on `ground`.
pub(super) fn letters_on(ground: Color32) -> Color32 {
    let [r, g, b] = [ground.r(), ground.g(), ground.b()].map(u32::from);
    if 2 * r + 5 * g + b > 8 * 0x80 {
        Color32::BLACK
    } else {
        Color32::WHITE
    }
}

/// Letters of ticks, lanes and cells.
pub(super) fn small(ui: &egui::Ui) -> FontId {
    TextStyle::Small.resolve(ui.style())
}

/// Digits that stand below each other, as small as letters of ticks.
pub(super) fn digits(ui: &egui::Ui) -> FontId {
    FontId::new(small(ui).size, FontFamily::Monospace)
}

/// Height of a row of a table.
pub(super) fn row_px(ui: &egui::Ui) -> f32 {
    ui.text_style_height(&TextStyle::Small) + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.1).
    fn luminance(color: Color32) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.03928 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        (a / b).max(b / a)
    }

    #[test]
    fn lines_and_letters_stand_out_on_their_ground() {
        for theme in [Theme { dark: true }, Theme { dark: false }] {
            for ch in 0..8 {
                let ratio = contrast(theme.line(ch), theme.canvas());
                assert!(ratio > 3.0, "{theme:?} line {ch}: {ratio}");
            }
            for letters in [theme.text(), theme.weak(), theme.error(), theme.warning()] {
                let ratio = contrast(letters, theme.panel());
                assert!(ratio > 4.5, "{theme:?} {letters:?}: {ratio}");
            }
            for ground in [-1.0, -0.5, 0.0, 0.5, 1.0].map(signed_colour) {
                assert!(contrast(letters_on(ground), ground) > 3.0, "{ground:?}");
            }
            let marker = contrast(theme.marker().color, theme.canvas());
            assert!(marker > 3.0, "{theme:?} markers: {marker}");
            for ground in [0.0, 0.25, 0.5, 0.75, 1.0].map(msc_colour) {
                assert!(contrast(letters_on(ground), ground) > 3.0, "{ground:?}");
            }
        }
    }

    #[test]
    fn an_msc_that_is_no_number_has_a_colour() {
        assert_eq!(msc_colour(f64::NAN), msc_colour(0.0));
        assert_eq!(msc_colour(7.0), msc_colour(1.0));
        assert_ne!(signed_colour(-0.5), signed_colour(0.5));
    }
}
