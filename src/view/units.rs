//! Units as the screen writes them.

use crate::metrics::Snapshot;
use crate::signal::{Montage, Reference};

/// Unit of the derived signals.
pub(super) fn signal(montage: &Montage) -> &'static str {
    match montage.reference() {
        Reference::Laplacian => "\u{b5}V/m\u{b2}",
        _ => "\u{b5}V",
    }
}

/// How many of these units a lane is high where it would be one microvolt high: curvatures over centimetres make some tens of microvolts thousands per square metre.
pub(super) fn lane_factor(montage: &Montage) -> f64 {
    match montage.reference() {
        Reference::Laplacian => 100.0,
        _ => 1.0,
    }
}

/// Unit of their power.
pub(super) fn power(montage: &Montage) -> &'static str {
    match montage.reference() {
        Reference::Laplacian => "\u{b5}V\u{b2}/m\u{2074}",
        _ => "\u{b5}V\u{b2}",
    }
}

/// Unit of their power density: per Hz.
pub(super) fn density(snapshot: &Snapshot) -> &'static str {
    match snapshot.plan.montage.reference() {
        Reference::Laplacian => "\u{b5}V\u{b2}/m\u{2074}/Hz",
        _ => "\u{b5}V\u{b2}/Hz",
    }
}
