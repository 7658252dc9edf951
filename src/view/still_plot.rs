//! What the plots have in common: they stand still, their axes are named, and a point says what it is.

use egui_plot::{AxisHints, HoverPosition, Plot, PlotPoint};

use crate::view::axis_range::AxisRange;
use crate::view::panel::Scene;
use crate::view::theme;

/// A plot that is not dragged or zoomed, over these ranges.
pub(super) fn still_plot<'a>(
    scene: &Scene<'_>,
    id: &'static str,
    (x, x_range): (AxisHints<'a>, (f64, f64)),
    (y, y_range): (AxisHints<'a>, AxisRange),
) -> Plot<'a> {
    Plot::new(id)
        .include_x(x_range.0)
        .include_x(x_range.1)
        .include_y(y_range.lo)
        .include_y(y_range.hi)
        .set_margin_fraction(egui::Vec2::ZERO)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .grid_color(scene.theme.grid().color)
        .custom_x_axes(vec![x])
        .custom_y_axes(vec![y])
}

/// The axis below a plot.
pub(super) fn x_axis<'a>(title: &str) -> AxisHints<'a> {
    AxisHints::new_x()
        .label(title)
        .label_spacing(theme::X_TICK_LABEL_PX)
}

/// The axis beside a plot, as wide as that of the plots above and below.
pub(super) fn y_axis<'a>(title: &str) -> AxisHints<'a> {
    AxisHints::new_y()
        .label(title)
        .label_spacing(theme::Y_TICK_LABEL_PX)
        .min_thickness(theme::Y_AXIS_PX)
}

/// What the pointer says near a point of a line: its name, and `words` about it.
pub(super) fn near_point<'a>(
    words: impl Fn(&PlotPoint) -> String + 'a,
) -> impl Fn(&HoverPosition<'_>) -> Option<String> + 'a {
    move |at| match at {
        HoverPosition::NearDataPoint {
            plot_name,
            position,
            ..
        } => Some(format!("{plot_name}\n{}", words(position))),
        HoverPosition::Elsewhere { .. } => None,
    }
}
