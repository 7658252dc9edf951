//! When each sample reaches the output, from what the sound card's callbacks say.

/// Standard deviation of what one callback says, for the fit: schedulers and period-wise delays.
const JITTER_SECS: f64 = 1e-3;
/// Crystals of sound cards are off by less (standard deviation).
const CRYSTAL_PPM: f64 = 100.0;
/// How fast a crystal's error wanders, as standard deviation after a second: temperature.
const WANDER_PPM_PER_SQRT_SEC: f64 = 0.1;
/// What is off by more than so many standard deviations counts as off by so many: a callback that came late once.
const MAX_OFF: f64 = 3.0;
/// Off by more than this, time and again, is no jitter: the sound was interrupted.
const JUMP_SECS: f64 = 8e-3;
const N_OFF_FOR_JUMP: u32 = 5;
/// While a device fills its buffer its callbacks say little; the fit begins after that.
const SETTLING_SECS: f64 = 0.5;
/// Corrections are spread over this time, so that stamps stay regular.
const SLEW_SECS: f64 = 1.0;
/// The period between stamps never differs more from the fitted one.
const MAX_SLEW: f64 = 1e-3;

/// A running fit of the line `time = offset + period * sample`, and stamps that follow it smoothly.
///
/// The fit is a Kalman filter of offset and period: it begins as the least-squares line through all callbacks, with the nominal period as prior
/// knowledge, and follows a wandering crystal later. Stamps lie on a line of their own that approaches the fitted one within about a second:
/// they go on from one block to the next without a step, and the distance of two of them is the fitted period to 0.1 %. Where the sound was
/// interrupted the fit begins anew, the stamps jump with it, and the jump is counted.
#[derive(Debug, Clone)]
pub struct StampFit {
    rate_hz: f64,
    fit: Option<Fit>,
    n_off: u32,
    off_sum_secs: f64,
    n_jumps: u64,
    stamps: Line,
}

/// `secs` at `sample`, and from there on.
#[derive(Debug, Clone, Copy)]
struct Line {
    sample: f64,
    secs: f64,
    period_secs: f64,
}

impl Line {
    fn at(&self, sample: f64) -> f64 {
        self.secs + self.period_secs * (sample - self.sample)
    }
}

/// State of the filter: the line and the covariance of its two numbers.
#[derive(Debug, Clone)]
struct Fit {
    line: Line,
    variance_secs: f64,
    covariance: f64,
    variance_period: f64,
}

impl Fit {
    fn new(sample: f64, secs: f64, period_secs: f64) -> Self {
        Self {
            line: Line {
                sample,
                secs,
                period_secs,
            },
            variance_secs: JITTER_SECS.powi(2),
            covariance: 0.0,
            variance_period: (1e-6 * CRYSTAL_PPM * period_secs).powi(2),
        }
    }

    /// Take in that `sample` is heard at `secs`.
    fn update(&mut self, sample: f64, secs: f64) {
        let n = sample - self.line.sample;
        let period_secs = self.line.period_secs;
        self.line.secs = self.line.at(sample);
        self.line.sample = sample;
        self.variance_secs += n * (2.0 * self.covariance + n * self.variance_period);
        self.covariance += n * self.variance_period;
        let wander = 1e-6 * WANDER_PPM_PER_SQRT_SEC * period_secs;
        self.variance_period += wander.powi(2) * n * period_secs;

        let variance = self.variance_secs + JITTER_SECS.powi(2);
        let limit = MAX_OFF * variance.sqrt();
        let off = (secs - self.line.secs).clamp(-limit, limit);
        let gain_secs = self.variance_secs / variance;
        let gain_period = self.covariance / variance;
        self.line.secs += gain_secs * off;
        self.line.period_secs += gain_period * off;
        self.variance_period -= gain_period * self.covariance;
        self.covariance *= 1.0 - gain_secs;
        self.variance_secs *= 1.0 - gain_secs;
    }
}

impl StampFit {
    /// For a device that says it plays at `rate_hz`.
    #[must_use]
    pub fn new(rate_hz: f64) -> Self {
        Self {
            rate_hz,
            fit: None,
            n_off: 0,
            off_sum_secs: 0.0,
            n_jumps: 0,
            stamps: Line {
                sample: 0.0,
                secs: f64::INFINITY,
                period_secs: 1.0 / rate_hz,
            },
        }
    }

    /// A callback said that sample `sample` is heard at `secs`. Samples increase from one call to the next.
    pub fn update(&mut self, sample: u64, secs: f64) {
        let at = sample as f64;
        if at < SETTLING_SECS * self.rate_hz {
            return;
        }
        let Some(fit) = &mut self.fit else {
            let fit = Fit::new(at, secs, 1.0 / self.rate_hz);
            self.stamps = fit.line;
            self.fit = Some(fit);
            return;
        };
        let off_secs = secs - fit.line.at(at);
        if off_secs.abs() < JUMP_SECS {
            self.n_off = 0;
            self.off_sum_secs = 0.0;
        } else {
            self.n_off += 1;
            self.off_sum_secs += off_secs;
            if self.n_off >= N_OFF_FOR_JUMP {
                self.jump(at);
                return;
            }
        }
        fit.update(at, secs);
    }

    /// The fit goes on from where the last callbacks say, at the period known by then.
    fn jump(&mut self, at: f64) {
        if let Some(fit) = &mut self.fit {
            let secs = fit.line.at(at) + self.off_sum_secs / f64::from(self.n_off);
            let period_secs = fit.line.period_secs;
            *fit = Fit::new(at, secs, period_secs);
            // never back: two samples are not heard at once
            self.stamps.secs = self.stamps.secs.max(fit.line.at(self.stamps.sample));
        }
        self.n_off = 0;
        self.off_sum_secs = 0.0;
        self.n_jumps += 1;
    }

    /// Whether stamps can be given: half a second of sound was taken.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.fit.is_some()
    }

    /// How often the sound was interrupted.
    #[must_use]
    pub fn n_jumps(&self) -> u64 {
        self.n_jumps
    }

    /// The rate as fitted, in Hz on the clock of the stamps.
    #[must_use]
    pub fn fitted_rate_hz(&self) -> f64 {
        self.fit
            .as_ref()
            .map_or(self.rate_hz, |fit| 1.0 / fit.line.period_secs)
    }

    /// Stamps of the samples from `next` on follow what is known now; those before it were sent.
    pub fn go_on_from(&mut self, next: u64) {
        let Some(fit) = &self.fit else {
            return;
        };
        let next = next as f64;
        if next == 0.0 {
            self.stamps = fit.line;
        }
        let secs = self.stamps.at(next);
        let off_secs = fit.line.at(next) - secs;
        let slew = (off_secs / SLEW_SECS).clamp(-MAX_SLEW, MAX_SLEW);
        self.stamps = Line {
            sample: next,
            secs,
            period_secs: fit.line.period_secs * (1.0 + slew),
        };
    }

    /// Time at which a sample at or after [`go_on_from`](Self::go_on_from)'s is heard; infinite before the fit has settled.
    #[must_use]
    pub fn stamp_secs(&self, sample: u64) -> f64 {
        self.stamps.at(sample as f64)
    }

    /// How many samples from the first on are heard by `now_secs`.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded down; a float-to-int cast saturates, and before the start nothing is heard"
    )]
    pub fn n_heard(&self, now_secs: f64) -> u64 {
        if !self.is_settled() {
            return 0;
        }
        let line = &self.stamps;
        (line.sample + (now_secs - line.secs) / line.period_secs + 1.0).floor() as u64
    }
}

#[cfg(test)]
mod tests;
