//! One EEG sample with its stimulus: what the analysis takes.

/// One EEG sample with its stimulus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlignedSample<'a> {
    /// Unbroken run it belongs to; goes up with every gap and every jump of a clock.
    pub run: u32,
    /// Its index; lost samples count.
    pub index: u64,
    /// When it was taken: on the line through the stamps, seconds on the local LSL clock.
    pub stamp_secs: f64,
    /// One value per channel, as it came.
    pub values: &'a [f64],
    /// The envelope at that instant; not a number where it was not heard.
    pub stimulus: f64,
}
