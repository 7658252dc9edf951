//! Spells at random times: bursts, losses, pauses, muscle activity.

use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

use crate::source::sim::uniform;

/// Spells that do not overlap, in the order of time.
///
/// The times between are a rest plus an exponential wait: a Poisson process with a dead time, whose mean rate is as stated.
#[derive(Debug, Clone)]
pub(super) struct Spells {
    rng: Pcg64,
    /// Mean of the exponential wait; `None` where there is never a spell.
    mean_wait_secs: Option<f64>,
    rest_secs: f64,
    length_secs: (f64, f64),
    start_secs: f64,
    end_secs: f64,
    n_over: u64,
}

impl Spells {
    /// On average so many per minute, each as long as a draw from `length_secs`, with at least `rest_secs` between; none if the rate is 0.
    pub(super) fn new(rng: Pcg64, per_min: f64, length_secs: (f64, f64), rest_secs: f64) -> Self {
        let mean_length_secs = 0.5 * (length_secs.0 + length_secs.1);
        let mean_wait_secs =
            (per_min > 0.0).then(|| (60.0 / per_min - rest_secs - mean_length_secs).max(0.0));
        let mut spells = Self {
            rng,
            mean_wait_secs,
            rest_secs,
            length_secs,
            start_secs: f64::INFINITY,
            end_secs: f64::INFINITY,
            n_over: 0,
        };
        if let Some(mean_wait_secs) = mean_wait_secs {
            // As much of the first time between is over as on average.
            spells.draw_after(-rest_secs, mean_wait_secs);
        }
        spells
    }

    /// Start and end of the spell that `t_secs` lies in. Time never goes back.
    pub(super) fn at(&mut self, t_secs: f64) -> Option<(f64, f64)> {
        self.advance(t_secs);
        (t_secs >= self.start_secs).then_some((self.start_secs, self.end_secs))
    }

    /// How many spells have begun by `t_secs`. Time never goes back.
    pub(super) fn n_begun(&mut self, t_secs: f64) -> u64 {
        self.advance(t_secs);
        self.n_over + u64::from(t_secs >= self.start_secs)
    }

    fn advance(&mut self, t_secs: f64) {
        let Some(mean_wait_secs) = self.mean_wait_secs else {
            return;
        };
        while t_secs >= self.end_secs {
            self.n_over += 1;
            self.draw_after(self.end_secs, mean_wait_secs);
        }
    }

    fn draw_after(&mut self, end_secs: f64, mean_wait_secs: f64) {
        let wait: f64 = Exp1.sample(&mut self.rng);
        let (shortest, longest) = self.length_secs;
        self.start_secs = end_secs + self.rest_secs + mean_wait_secs * wait;
        self.end_secs = self.start_secs + shortest + (longest - shortest) * uniform(&mut self.rng);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sim::{Purpose, rng};

    #[test]
    fn spells_come_as_often_and_last_as_long_as_stated() {
        let mut spells = Spells::new(rng(3, Purpose::Muscle), 6.0, (0.5, 1.5), 0.2);
        let (mut inside, n_steps) = (0, 3_600_000);
        let mut shortest = f64::INFINITY;
        for step in 0..n_steps {
            if let Some((start, end)) = spells.at(f64::from(step) * 0.01) {
                inside += 1;
                shortest = shortest.min(end - start);
            }
        }
        let per_min = spells.n_begun(36_000.0) as f64 / 600.0;
        assert!((per_min - 6.0).abs() < 0.3, "{per_min}");
        let share = f64::from(inside) / f64::from(n_steps);
        assert!((share - 0.1).abs() < 0.006, "{share}");
        assert!((0.5..0.55).contains(&shortest), "{shortest}");
    }

    #[test]
    fn at_a_rate_of_nothing_there_is_none() {
        let mut spells = Spells::new(rng(3, Purpose::Muscle), 0.0, (0.5, 1.5), 0.2);
        assert_eq!((spells.at(1e9), spells.n_begun(1e9)), (None, 0));
    }
}
