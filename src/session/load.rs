//! What to do when there is more to compute than time: whole hops are left out and counted, samples and gaps stay exact.

/// Up to so much may wait without anybody being behind: chunks come in pieces.
const PATIENCE_SECS: f64 = 0.5;

/// Decides from the samples that wait whether segments are left out.
pub(super) struct Load {
    hop_secs: f64,
    rate_hz: f64,
    is_behind: bool,
}

impl Load {
    pub(super) fn new(hop_secs: f64, rate_hz: f64) -> Self {
        Self {
            hop_secs,
            rate_hz,
            is_behind: false,
        }
    }

    /// Whether the analysis is behind with so many samples waiting: from more than a hop and half a second on, until less than a hop waits.
    pub(super) fn is_behind(&mut self, n_waiting: usize) -> bool {
        let waiting_secs = n_waiting as f64 / self.rate_hz;
        let limit_secs = if self.is_behind {
            self.hop_secs.min(PATIENCE_SECS)
        } else {
            self.hop_secs.max(PATIENCE_SECS)
        };
        self.is_behind = waiting_secs > limit_secs;
        self.is_behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_behind_from_half_a_second_on_until_a_hop_is_left() {
        let mut load = Load::new(0.05, 100.0);
        let behind = [10, 50, 51, 30, 6, 5, 40].map(|n| load.is_behind(n));
        assert_eq!(behind, [false, false, true, true, true, false, false]);
    }

    #[test]
    fn a_long_hop_is_not_behind_before_it_is_due() {
        let mut load = Load::new(2.0, 100.0);
        assert_eq!(
            [150, 201, 60, 50].map(|n| load.is_behind(n)),
            [false, true, true, false]
        );
    }
}
