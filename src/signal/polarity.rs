//! Which way round a stimulus is played.

/// Polarity of the stimulus as it sounds: epochs of both are needed to tell what follows its envelope from what follows its fine structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// As made.
    Normal,
    /// Every value of the sound with its sign changed.
    Inverted,
}
