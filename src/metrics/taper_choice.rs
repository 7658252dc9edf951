//! Which tapers segments are multiplied with.

use crate::dsp::TaperKind;

/// What each segment is multiplied with.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub enum TaperChoice {
    /// One taper.
    Kind(TaperKind),
    /// Several prolate ones.
    Multitaper {
        /// How far an estimate sees to both sides.
        half_bandwidth_hz: f64,
        /// How many; as many as concentrate well if `None`.
        n_tapers: Option<usize>,
    },
}

impl std::fmt::Display for TaperChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kind(kind) => write!(f, "{kind:?}"),
            Self::Multitaper {
                half_bandwidth_hz, ..
            } => write!(f, "multitaper +-{half_bandwidth_hz} Hz"),
        }
    }
}
