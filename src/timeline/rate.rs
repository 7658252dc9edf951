//! Whether a stream keeps the rate that it announces.

use crate::signal::RateVerdict;

/// Measured rates this close to the nominal one are the nominal one.
const SAME: f64 = 1e-3;
/// Beyond this the analysis is planned by the measured rate.
const WRONG: f64 = 1e-2;
/// For so long a wrong rate must hold.
const STEADY_SECS: f64 = 5.0;
/// And must not move by more.
const STEADY: f64 = 5e-3;
/// A rate that was not steady for so long is not.
const UNSTEADY_SECS: f64 = 10.0;
/// Whole numbers are believed this far: clocks are set in whole Hz.
const WHOLE: f64 = 5e-4;

/// Watches the measured rate.
#[derive(Debug, Clone, Default)]
pub(super) struct RateWatch {
    /// Rate that may be the true one, and since when it has held.
    candidate: Option<(f64, f64)>,
    /// When the rate was last steady.
    steady_secs: f64,
    verdict: RateVerdict,
}

impl RateWatch {
    pub(super) fn verdict(&self) -> RateVerdict {
        self.verdict
    }

    /// Take a measured rate, its relative standard deviation, and the time since the first sample.
    pub(super) fn take(&mut self, rate_hz: f64, sd: f64, nominal_hz: f64, age_secs: f64) {
        let off = (rate_hz / nominal_hz - 1.0).abs();
        let holds = self
            .candidate
            .is_some_and(|(candidate, _)| (rate_hz / candidate - 1.0).abs() <= STEADY);
        if !holds {
            self.candidate = (sd < STEADY).then_some((rate_hz, age_secs));
        }
        if self
            .candidate
            .is_some_and(|(_, since_secs)| age_secs - since_secs >= STEADY_SECS)
        {
            self.steady_secs = age_secs;
            self.verdict = match off {
                ..=SAME => RateVerdict::Nominal,
                ..=WRONG => RateVerdict::Near,
                _ => RateVerdict::Wrong(tidy(rate_hz)),
            };
        } else if off > WRONG && age_secs - self.steady_secs >= UNSTEADY_SECS {
            self.verdict = RateVerdict::Unsteady;
        }
    }
}

/// A rate that a person would write: whole Hz, or four digits.
fn tidy(rate_hz: f64) -> f64 {
    let whole = rate_hz.round();
    if (whole / rate_hz - 1.0).abs() <= WHOLE {
        return whole;
    }
    let step = 10_f64.powf(rate_hz.log10().floor() - 4.0);
    (rate_hz / step).round() * step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(rates: impl Fn(f64) -> f64, secs: u32) -> RateVerdict {
        let mut watch = RateWatch::default();
        for n in 0..10 * secs {
            let age_secs = 0.1 * f64::from(n);
            watch.take(rates(age_secs), 1e-4, 256.0, age_secs);
        }
        watch.verdict()
    }

    #[test]
    fn a_rate_is_judged_after_five_steady_seconds() {
        assert_eq!(verdict(|_| 256.1, 5), RateVerdict::Unknown);
        assert_eq!(verdict(|_| 256.1, 6), RateVerdict::Nominal);
        assert_eq!(verdict(|_| 257.0, 6), RateVerdict::Near);
        assert_eq!(verdict(|_| 200.03, 6), RateVerdict::Wrong(200.0));
        assert_eq!(verdict(|_| 234.372, 6), RateVerdict::Wrong(234.37));
    }

    #[test]
    fn a_rate_that_wanders_is_not_believed() {
        assert_eq!(
            verdict(|secs| 200.0 + 2.0 * secs, 20),
            RateVerdict::Unsteady
        );
    }
}
