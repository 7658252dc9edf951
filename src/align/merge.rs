//! In which order the samples of two streams are taken.

/// So long the samples of one stream wait for those of the other; then they go on without.
pub const MAX_WAIT_SECS: f64 = 1.5;

/// Which stream's oldest sample is taken next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The EEG's.
    Eeg,
    /// The stimulus's.
    Stimulus,
    /// Neither: one has to wait for the other.
    Wait,
}

/// The next of two streams: the one whose oldest waiting sample has the earlier stamp.
///
/// Where one stream has none waiting, the other waits too, until it has [`MAX_WAIT_SECS`] of samples waiting (`eeg_secs`, `stimulus_secs`): as long as
/// no stream is later than that, the order depends on the stamps alone, not on when and in which chunks samples came.
#[must_use]
pub fn next_of(
    eeg_stamp_secs: Option<f64>,
    stimulus_stamp_secs: Option<f64>,
    eeg_secs: f64,
    stimulus_secs: f64,
) -> Next {
    match (eeg_stamp_secs, stimulus_stamp_secs) {
        (Some(eeg), Some(stimulus)) if stimulus <= eeg => Next::Stimulus,
        (Some(_), Some(_)) => Next::Eeg,
        (Some(_), None) if eeg_secs > MAX_WAIT_SECS => Next::Eeg,
        (None, Some(_)) if stimulus_secs > MAX_WAIT_SECS => Next::Stimulus,
        _ => Next::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_stamp_goes_first_and_nobody_waits_for_ever() {
        assert_eq!(next_of(Some(1.0), Some(0.9), 0.1, 0.1), Next::Stimulus);
        assert_eq!(next_of(Some(1.0), Some(1.1), 0.1, 0.1), Next::Eeg);
        assert_eq!(next_of(Some(1.0), None, 1.0, 0.0), Next::Wait);
        assert_eq!(next_of(Some(1.0), None, 1.6, 0.0), Next::Eeg);
        assert_eq!(next_of(None, Some(1.0), 0.0, 1.6), Next::Stimulus);
        assert_eq!(next_of(None, None, 0.0, 0.0), Next::Wait);
    }
}
