//! What is known of a stream's clock.

/// What is known of a stream's rate.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub enum RateVerdict {
    /// Too little was seen.
    #[default]
    Unknown,
    /// It is the nominal one, within 0.1 %.
    Nominal,
    /// It is off by more than 0.1 %, not by more than 1 %.
    Near,
    /// It is steady, and off by more than 1 %: this many Hz instead.
    Wrong(f64),
    /// It is off by more than 1 % and does not hold still.
    Unsteady,
}

/// What a stream's stamps are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub enum StampClock {
    /// The LSL clock, as they should be.
    #[default]
    Lsl,
    /// Some other clock: the times of arrival stand in for them.
    Arrival,
}
