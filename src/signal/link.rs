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
}

impl Link {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Searching, Self::Live, Self::Stale, Self::Lost];
}
