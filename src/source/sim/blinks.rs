//! Eye blinks: smooth pulses at random times.

use std::f64::consts::PI;

use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

use crate::source::sim::settings::SimSettings;
use crate::source::sim::{Purpose, rng, uniform};

/// Shortest time from the end of one blink to the next.
const REST_SECS: f64 = 0.2;
/// Range of a blink's length.
const LENGTH_SECS: (f64, f64) = (0.25, 0.45);
/// Range of a blink's height over the stated one.
const HEIGHT: (f64, f64) = (0.8, 1.2);

/// Blinks, in the order of time.
///
/// The times between are a rest plus an exponential wait: a Poisson process with a dead time.
#[derive(Debug, Clone)]
pub(super) struct Blinks {
    rng: Pcg64,
    peak_uv: f64,
    /// Mean of the exponential wait; `None` for eyes that never blink.
    mean_wait_secs: Option<f64>,
    start_secs: f64,
    length_secs: f64,
    height: f64,
}

impl Blinks {
    pub(super) fn new(settings: &SimSettings) -> Self {
        let mean_length_secs = 0.5 * (LENGTH_SECS.0 + LENGTH_SECS.1);
        let mean_wait_secs = (settings.blink_uv > 0.0 && settings.blinks_per_min > 0.0)
            .then(|| 60.0 / settings.blinks_per_min - REST_SECS - mean_length_secs);
        let mut blinks = Self {
            rng: rng(settings.seed, Purpose::Blinks),
            peak_uv: settings.blink_uv,
            mean_wait_secs,
            start_secs: 0.0,
            length_secs: 0.0,
            height: 0.0,
        };
        if let Some(mean) = mean_wait_secs {
            blinks.draw_next(mean);
        }
        blinks
    }

    /// Their value `t_secs` after the start, for a channel of gain 1. Time never goes back.
    pub(super) fn at_uv(&mut self, t_secs: f64) -> f64 {
        let Some(mean_wait_secs) = self.mean_wait_secs else {
            return 0.0;
        };
        while t_secs > self.start_secs + self.length_secs {
            self.draw_next(mean_wait_secs);
        }
        if t_secs < self.start_secs {
            return 0.0;
        }
        // Squared twice, the half sine leaves and reaches zero smoothly: little of a blink gets above 12 Hz.
        let rise = (PI * (t_secs - self.start_secs) / self.length_secs).sin();
        self.peak_uv * self.height * rise.powi(4)
    }

    fn draw_next(&mut self, mean_wait_secs: f64) {
        let wait: f64 = Exp1.sample(&mut self.rng);
        let between = |(lo, hi): (f64, f64), share: f64| lo + (hi - lo) * share;
        self.start_secs += self.length_secs + REST_SECS + mean_wait_secs * wait;
        self.length_secs = between(LENGTH_SECS, uniform(&mut self.rng));
        self.height = between(HEIGHT, uniform(&mut self.rng));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eyes_blink_as_often_and_as_strongly_as_stated() {
        let settings = SimSettings::default();
        let mut blinks = Blinks::new(&settings);
        let (mut n_blinks, mut highest, mut last) = (0, 0.0_f64, 0.0);
        // Two hours, as the number in ten minutes varies by a tenth.
        for i in 0..720_000 {
            let uv = blinks.at_uv(f64::from(i) / 100.0);
            if uv > 0.0 && last == 0.0 {
                n_blinks += 1;
            }
            highest = highest.max(uv);
            last = uv;
        }
        let per_min = f64::from(n_blinks) / 120.0;
        assert!(
            (per_min / settings.blinks_per_min - 1.0).abs() < 0.08,
            "{per_min}"
        );
        assert!((150.0..=180.0).contains(&highest), "{highest}");
    }

    #[test]
    fn eyes_can_stay_open() {
        let settings = SimSettings {
            blinks_per_min: 0.0,
            ..SimSettings::default()
        };
        let mut blinks = Blinks::new(&settings);
        assert!((0..10_000).all(|i| blinks.at_uv(f64::from(i)) == 0.0));
    }
}
