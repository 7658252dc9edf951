//! Events.

/// One event of an irregular stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// When, in seconds on the local LSL clock.
    pub stamp_secs: f64,
    /// What it says.
    pub text: String,
}
