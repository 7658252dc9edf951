//! Steps of a line that stay: what was lost never comes back, what was late does.

use crate::timeline::line::Line;

/// Levels watched, each twice the one before.
const N_LEVELS: usize = 18;
/// A step that stays for less is none.
const LEAST_SECS: f64 = 0.5;
const LEAST_OBSERVATIONS: u32 = 3;
/// Stamps closer than this, or than so many of their jitters, are late together.
const TOGETHER_SECS: f64 = 0.02;
const TOGETHER_JITTERS: f64 = 5.0;
/// The line is unsure by so many of its standard deviations.
const UNSURE_SDS: f64 = 2.0;
/// Natural logarithm of the chance at which so many late stamps in a row are no accident any more: a thousand million to one.
const NO_ACCIDENT: f64 = -20.7;
/// A step stays where it is; what grows by more than this is another rate.
const MOST_GROWTH: f64 = 2.0;

/// Counts, on one side of the line, how long its stamps have all lain beyond each of a few levels.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    least_secs: f64,
    together_secs: f64,
    streaks: [Streak; N_LEVELS],
    /// Logarithm of the share of stamps that usually lie beyond each level.
    shares: [f64; N_LEVELS],
    is_below: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Streak {
    n: u32,
    start_secs: f64,
    counted_secs: f64,
    /// Nearest to the line in the first half of the streak, and since.
    first_half: f64,
    since: f64,
}

impl Steps {
    pub(super) fn new(is_below: bool) -> Self {
        Self {
            least_secs: f64::INFINITY,
            together_secs: TOGETHER_SECS,
            streaks: [Streak::default(); N_LEVELS],
            shares: [0.0; N_LEVELS],
            is_below,
        }
    }

    pub(super) fn clear(&mut self) {
        self.streaks = [Streak::default(); N_LEVELS];
    }

    /// What counts as a step at least.
    pub(super) fn least_secs(&self) -> f64 {
        self.least_secs
    }

    fn level(&self, n: usize) -> f64 {
        self.least_secs * f64::from(1_u32 << n)
    }

    /// What counts as a step at least, and how stamps scatter usually.
    pub(super) fn refer_to(&mut self, least_secs: f64, line: &Line) {
        let (recent, jitter_secs) = (line.recent(), line.jitter_secs());
        // the line itself may lie so far off
        let unsure_secs = UNSURE_SDS * line.sd_secs();
        self.least_secs = least_secs;
        self.together_secs = TOGETHER_SECS.max(TOGETHER_JITTERS * jitter_secs);
        for n in 0..N_LEVELS {
            let level = self.level(n) - unsure_secs;
            let beyond = if self.is_below { -level } else { level };
            self.shares[n] = recent.share_beyond(beyond, self.is_below).ln();
        }
    }

    /// Whether stamps lie beyond the lowest level now.
    pub(super) fn is_on(&self) -> bool {
        self.streaks[0].n > 0
    }

    /// How long they have.
    pub(super) fn secs_on(&self, now_secs: f64) -> f64 {
        if self.is_on() {
            now_secs - self.streaks[0].start_secs
        } else {
            0.0
        }
    }

    /// Take a stamp that lies `off_secs` from the line; if a step has shown, the stamp that was the first beyond it.
    pub(super) fn take(&mut self, off_secs: f64, stamp_secs: f64) -> Option<f64> {
        let off_secs = if self.is_below { -off_secs } else { off_secs };
        let mut step = None;
        for n in 0..N_LEVELS {
            if off_secs <= self.level(n) {
                self.streaks[n..].fill(Streak::default());
                break;
            }
            let streak = &mut self.streaks[n];
            streak.take(off_secs, stamp_secs, self.together_secs);
            if streak.is_step(self.shares[n], stamp_secs) {
                step = Some(streak.start_secs);
            }
        }
        step
    }
}

impl Streak {
    fn take(&mut self, off_secs: f64, stamp_secs: f64, together_secs: f64) {
        if self.n == 0 {
            *self = Self {
                n: 1,
                start_secs: stamp_secs,
                counted_secs: stamp_secs,
                first_half: off_secs,
                since: f64::INFINITY,
            };
            return;
        }
        self.since = self.since.min(off_secs);
        if stamp_secs - self.counted_secs < together_secs {
            return;
        }
        self.counted_secs = stamp_secs;
        self.n += 1;
        if self.n.is_power_of_two() {
            self.first_half = self.first_half.min(self.since);
            self.since = f64::INFINITY;
        }
    }

    fn is_step(&self, share: f64, stamp_secs: f64) -> bool {
        let grows = self.since.is_finite() && self.since > MOST_GROWTH * self.first_half;
        self.n >= LEAST_OBSERVATIONS
            && stamp_secs - self.start_secs >= LEAST_SECS
            && f64::from(self.n) * share < NO_ACCIDENT
            && !grows
    }
}
