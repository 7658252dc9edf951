//! The state of a connection.

/// How the connection to a stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Link {
    /// Looking for it.
    #[default]
    Searching,
    /// Samples come.
    Live,
    /// Connected, but nothing has come for a while.
    Stale,
    /// It has gone; looking for its return.
    Lost,
    /// It, or its return, is being opened anew.
    Reopening,
}

impl Link {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Searching,
        Self::Live,
        Self::Stale,
        Self::Lost,
        Self::Reopening,
    ];

    /// In one word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Searching => "searching",
            Self::Live => "live",
            Self::Stale => "stale",
            Self::Lost => "lost",
            Self::Reopening => "reopening",
        }
    }
}
