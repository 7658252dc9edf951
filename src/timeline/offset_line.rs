//! How far a sender's clock is from ours, by measurements that each have an uncertainty.

use std::collections::VecDeque;

use crate::signal::OffsetMeasured;

/// Measurements kept: some minutes.
const MAX_KEPT: usize = 150;
/// Clocks of computers run apart by less (standard deviation).
const PRIOR_SLOPE: f64 = 3e-5;
/// No measurement is better than this.
const LEAST_UNCERTAINTY_SECS: f64 = 2e-5;
/// Taken where a measurement does not say.
const USUAL_UNCERTAINTY_SECS: f64 = 1e-3;
/// A measurement this many uncertainties off the line pulls no harder than one that far off.
const HUBER: f64 = 2.0;
/// So many in a row, all so many uncertainties off and by so much: the clock was set.
const N_SET: usize = 3;
const SET_UNCERTAINTIES: f64 = 10.0;
const SET_SECS: f64 = 5e-3;

/// A line through the measured offsets of a sender's clock, each weighed by its uncertainty.
///
/// Single measurements err by as much as a message takes there and back; stepping to the newest would hand that error to every stamp. Outliers
/// pull no harder than others, and a clock that was set begins a new line once three measurements agree. Allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct OffsetLine {
    /// `(stamp, offset, uncertainty)`, oldest first.
    kept: VecDeque<(f64, f64, f64)>,
    level_secs: f64,
    slope: f64,
    at_secs: f64,
    sd_secs: f64,
}

impl Default for OffsetLine {
    fn default() -> Self {
        Self {
            kept: VecDeque::with_capacity(MAX_KEPT),
            level_secs: 0.0,
            slope: 0.0,
            at_secs: 0.0,
            sd_secs: f64::INFINITY,
        }
    }
}

impl OffsetLine {
    /// Forget everything: the sender has begun anew.
    pub fn clear(&mut self) {
        self.kept.clear();
        self.slope = 0.0;
        self.sd_secs = f64::INFINITY;
    }

    /// Take a measurement.
    pub fn push(&mut self, measured: &OffsetMeasured) {
        let uncertainty_secs = measured
            .uncertainty_secs
            .unwrap_or(USUAL_UNCERTAINTY_SECS)
            .max(LEAST_UNCERTAINTY_SECS);
        if !(measured.stamp_secs.is_finite() && measured.offset_secs.is_finite()) {
            return;
        }
        if self.kept.len() == MAX_KEPT {
            self.kept.pop_front();
        }
        let (stamp_secs, offset_secs) = (measured.stamp_secs, measured.offset_secs);
        self.kept
            .push_back((stamp_secs, offset_secs, uncertainty_secs));
        if self.was_set() {
            let n_old = self.kept.len() - N_SET;
            self.kept.drain(..n_old);
            self.slope = 0.0;
        }
        self.solve(stamp_secs);
    }

    /// Whether the newest measurements agree that the clock is somewhere else.
    fn was_set(&self) -> bool {
        if self.kept.len() <= N_SET {
            return false;
        }
        let off = |&(stamp, offset, uncertainty): &(f64, f64, f64)| {
            let off_secs = offset - self.line_secs(stamp);
            let limit_secs = SET_SECS.max(SET_UNCERTAINTIES * uncertainty);
            if off_secs.abs() > limit_secs {
                off_secs.signum()
            } else {
                0.0
            }
        };
        let sum: f64 = self.kept.iter().rev().take(N_SET).map(off).sum();
        sum.abs() >= N_SET as f64
    }

    /// Weighted least squares about `at_secs`, with the prior that clocks run alike.
    fn solve(&mut self, at_secs: f64) {
        // a line of few points begins at their best one
        let best = self.kept.iter().min_by(|a, b| a.2.total_cmp(&b.2));
        let Some(&(_, best_secs, _)) = best else {
            return;
        };
        let is_young = self.kept.len() <= N_SET;
        for pass in 0..3 {
            let about = |stamp_secs: f64| {
                if is_young && pass == 0 {
                    best_secs
                } else {
                    self.line_secs(stamp_secs)
                }
            };
            let (mut w, mut sx, mut sy, mut sxx, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for &(stamp_secs, offset_secs, uncertainty_secs) in &self.kept {
                let off = ((offset_secs - about(stamp_secs)) / uncertainty_secs).abs();
                let weight = (HUBER / off.max(1e-300)).min(1.0) / uncertainty_secs.powi(2);
                let (x, y) = (stamp_secs - at_secs, offset_secs - best_secs);
                w += weight;
                sx += weight * x;
                sy += weight * y;
                sxx += weight * x * x;
                sxy += weight * x * y;
            }
            let spread = (sxx - sx * sx / w).max(0.0);
            let known = PRIOR_SLOPE.powi(-2);
            self.slope = (sxy - sx * sy / w) / (spread + known);
            self.level_secs = best_secs + (sy - self.slope * sx) / w;
            self.at_secs = at_secs;
            self.sd_secs = (1.0 / w + (sx / w).powi(2) / (spread + known)).sqrt();
        }
    }

    fn line_secs(&self, stamp_secs: f64) -> f64 {
        self.level_secs + self.slope * (stamp_secs - self.at_secs)
    }

    /// What is to be added to the sender's stamps at a local time; `None` before the first measurement.
    #[must_use]
    pub fn secs(&self, local_secs: f64) -> Option<f64> {
        (!self.kept.is_empty()).then(|| self.line_secs(local_secs))
    }

    /// Standard deviation of that; infinite before the first measurement.
    #[must_use]
    pub fn sd_secs(&self) -> f64 {
        self.sd_secs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(stamp_secs: f64, offset_secs: f64, uncertainty_secs: f64) -> OffsetMeasured {
        OffsetMeasured {
            stamp_secs,
            offset_secs,
            uncertainty_secs: Some(uncertainty_secs),
        }
    }

    /// Deterministic scatter between -1 and 1.
    fn scatter(n: u32) -> f64 {
        f64::from(n.wrapping_mul(2_654_435_761) >> 16) / 32_768.0 - 1.0
    }

    #[test]
    fn measurements_are_weighed_and_drift_is_followed() {
        let mut line = OffsetLine::default();
        assert_eq!(line.secs(0.0), None);
        let mut worst_secs = 0.0_f64;
        for n in 0..300 {
            let at_secs = 2.0 * f64::from(n);
            let true_secs = -5000.0 + 20e-6 * at_secs;
            // every tenth message is held up on one way
            let (error_secs, uncertainty_secs) = if n % 10 == 9 {
                (20e-3, 40e-3)
            } else {
                (2e-4 * scatter(n), 4e-4)
            };
            line.push(&measured(at_secs, true_secs + error_secs, uncertainty_secs));
            if n > 20 {
                let off_secs = line.secs(at_secs).unwrap() - true_secs;
                worst_secs = worst_secs.max(off_secs.abs());
            }
        }
        assert!(worst_secs < 1e-4, "{worst_secs}");
        assert!(line.sd_secs() < 1e-4, "{}", line.sd_secs());
    }

    #[test]
    fn the_newest_measurement_is_not_stepped_to() {
        let mut line = OffsetLine::default();
        for n in 0..50 {
            line.push(&measured(2.0 * f64::from(n), 0.1, 2e-4));
        }
        line.push(&measured(100.0, 0.9, 2e-4));
        let secs = line.secs(100.0).unwrap();
        assert!((secs - 0.1).abs() < 1e-4, "{secs}");
    }

    #[test]
    fn a_clock_that_was_set_is_believed_when_three_agree() {
        let mut line = OffsetLine::default();
        for n in 0..50 {
            line.push(&measured(2.0 * f64::from(n), 0.1, 2e-4));
        }
        for n in 50..53 {
            line.push(&measured(2.0 * f64::from(n), 540.1, 2e-4));
        }
        let secs = line.secs(106.0).unwrap();
        assert!((secs - 540.1).abs() < 1e-3, "{secs}");
    }
}
