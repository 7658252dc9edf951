//! Which way round a stimulus is played.

use std::fmt;

/// Polarity of the stimulus as it sounds: epochs of both are needed to tell what follows its envelope from what follows its fine structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Polarity {
    /// As made, `+`.
    #[default]
    Normal,
    /// Every value of the sound with its sign changed, `-`.
    Inverted,
}

impl Polarity {
    /// 1 or -1.
    #[must_use]
    pub fn sign(self) -> f32 {
        match self {
            Self::Normal => 1.0,
            Self::Inverted => -1.0,
        }
    }

    /// The other one.
    #[must_use]
    pub fn inverted(self) -> Self {
        match self {
            Self::Normal => Self::Inverted,
            Self::Inverted => Self::Normal,
        }
    }
}

impl fmt::Display for Polarity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Normal => "+",
            Self::Inverted => "-",
        })
    }
}
