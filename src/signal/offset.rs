//! How far two clocks are apart.

/// One measurement of a sender's clock against the local one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OffsetMeasured {
    /// When it was measured, in seconds on the local LSL clock; less `offset_secs` it is the same moment on the sender's clock.
    pub stamp_secs: f64,
    /// What is added to a stamp of the sender to get the local one.
    pub offset_secs: f64,
    /// The offset is no farther off than this (the round trip of the measurement); `None` where it is not known.
    pub uncertainty_secs: Option<f64>,
}
