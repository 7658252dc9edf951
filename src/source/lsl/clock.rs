//! A sender's clock against ours. liblsl measures it in the background; asking for what it has does not wait.

use crate::signal::OffsetMeasured;

/// How fast one who gives up is obeyed.
const STEP_SECS: f64 = 0.1;

/// The measurements of one inlet, each seen once.
pub(super) struct SenderClock {
    /// When the newest measurement seen was made, on the sender's clock. A sender that has gone shows in this alone: liblsl goes on answering with
    /// what it measured last.
    seen_secs: f64,
    asked_secs: f64,
}

impl Default for SenderClock {
    fn default() -> Self {
        Self {
            seen_secs: f64::NAN,
            asked_secs: f64::NEG_INFINITY,
        }
    }
}

impl SenderClock {
    /// The newest measurement, waiting for the first at most `timeout_secs`; `None` without one, or where it was seen before.
    pub(super) fn measure(
        &mut self,
        inlet: &lsl::StreamInlet,
        timeout_secs: f64,
    ) -> Option<OffsetMeasured> {
        let answer = inlet.time_correction_ex(timeout_secs);
        self.asked_secs = lsl::local_clock();
        let (offset_secs, remote_secs, uncertainty_secs) = answer.ok()?;
        self.see(offset_secs, remote_secs, uncertainty_secs)
    }

    /// The first measurement, awaited at most `timeout_secs` and until `give_up` says so.
    pub(super) fn first(
        &mut self,
        inlet: &lsl::StreamInlet,
        timeout_secs: f64,
        give_up: impl Fn() -> bool,
    ) -> Option<OffsetMeasured> {
        let until_secs = lsl::local_clock() + timeout_secs;
        loop {
            let measured = self.measure(inlet, STEP_SECS);
            if measured.is_some() || give_up() || lsl::local_clock() > until_secs {
                return measured;
            }
        }
    }

    /// The newest without waiting, once every `every_secs`.
    pub(super) fn poll(
        &mut self,
        inlet: &lsl::StreamInlet,
        every_secs: f64,
    ) -> Option<OffsetMeasured> {
        let is_due = lsl::local_clock() - self.asked_secs > every_secs;
        is_due.then(|| self.measure(inlet, 0.0)).flatten()
    }

    fn see(
        &mut self,
        offset_secs: f64,
        remote_secs: f64,
        uncertainty_secs: f64,
    ) -> Option<OffsetMeasured> {
        let is_new = remote_secs.to_bits() != self.seen_secs.to_bits();
        self.seen_secs = remote_secs;
        let is_known = uncertainty_secs.is_finite() && uncertainty_secs >= 0.0;
        is_new.then_some(OffsetMeasured {
            stamp_secs: remote_secs + offset_secs,
            offset_secs,
            uncertainty_secs: is_known.then_some(uncertainty_secs),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_handed_out_once_and_on_the_local_clock() {
        let mut clock = SenderClock::default();
        let first = clock.see(-5.0, 105.0, 0.25).unwrap();
        assert_eq!((first.stamp_secs, first.offset_secs), (100.0, -5.0));
        assert_eq!(first.uncertainty_secs, Some(0.25));
        assert_eq!(clock.see(-5.0, 105.0, 0.25), None);
        let second = clock.see(-5.0, 107.0, f64::NAN).unwrap();
        assert_eq!(second.uncertainty_secs, None);
    }
}
