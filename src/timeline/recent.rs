//! The last observations of a stream's stamps: how they scatter.

/// Observations kept.
const N_KEPT: usize = 512;
/// They are spread over the time since the line began, by up to this from each to the next.
const LEAST_STEP_SECS: f64 = 0.05;
const N_SPREAD: f64 = 200.0;
/// So many say how they scatter.
const N_TELLING: usize = 30;
/// L-skewness up to which stamps scatter to both sides (0 for a normal variable), and from which on to one (0.24 for exponential delays, 0.17 for half a
/// normal variable, their tails cut).
const LOPSIDED: [f64; 2] = [0.12, 0.16];
/// What is further from the median than so many standard deviations counts as that far.
/// Bursts that come late now and then say nothing of the others.
const FAR_SDS: f64 = 2.5;
/// Interquartile range to standard deviation of a normal variable.
const IQR_PER_SD: f64 = 1.349;

/// The last [`N_KEPT`] observations, and their residuals about a line.
#[derive(Debug, Clone)]
pub(super) struct Recent {
    /// `(x, y)`, seconds after the origin and deviation from the nominal line.
    points: Vec<(f64, f64)>,
    next: usize,
    newest_secs: f64,
    sorted: Vec<f64>,
}

/// How residuals scatter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scatter {
    /// Standard deviation, by the middle half of them.
    pub(super) sd_secs: f64,
    /// 1 where they are late only, 0 where they scatter to both sides, and between.
    pub(super) lopsided: f64,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self {
            points: Vec::with_capacity(N_KEPT),
            next: 0,
            newest_secs: 0.0,
            sorted: Vec::with_capacity(N_KEPT),
        }
    }

    /// Forget the observations; how they scattered is remembered until new ones say.
    pub(super) fn clear(&mut self) {
        self.points.clear();
        self.next = 0;
    }

    /// Take `(x, y)`, unless others came so shortly before that it says nothing new: a burst is one event, however many stamps it holds up.
    pub(super) fn push(&mut self, point: (f64, f64)) {
        let least_secs = (point.0 / N_SPREAD).min(LEAST_STEP_SECS);
        if !self.points.is_empty() && point.0 - self.newest_secs < least_secs {
            return;
        }
        self.newest_secs = point.0;
        if self.points.len() < N_KEPT {
            self.points.push(point);
        } else {
            self.points[self.next] = point;
        }
        self.next = (self.next + 1) % N_KEPT;
    }

    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether enough were seen to tell how they scatter.
    pub(super) fn is_telling(&self) -> bool {
        self.sorted.len() >= N_TELLING
    }

    /// Sort the residuals `y - line(x)`; what is asked afterwards refers to them.
    pub(super) fn refer_to(&mut self, line: impl Fn(f64) -> f64) {
        if self.points.len() < self.sorted.len().min(N_TELLING) {
            return;
        }
        self.sorted.clear();
        self.sorted
            .extend(self.points.iter().map(|&(x, y)| y - line(x)));
        self.sorted.sort_unstable_by(f64::total_cmp);
    }

    pub(super) fn scatter(&self) -> Scatter {
        if self.sorted.len() < 4 {
            return Scatter {
                sd_secs: 0.0,
                lopsided: 0.0,
            };
        }
        let [q25, q50, q75] = [0.25, 0.50, 0.75].map(|share| self.quantile(share));
        let sd_secs = (q75 - q25) / IQR_PER_SD;
        // stamps of 1e300 leave no number to speak of
        if !sd_secs.is_finite() || !q50.is_finite() {
            return Scatter {
                sd_secs: 0.0,
                lopsided: 0.0,
            };
        }
        let [both, one] = LOPSIDED;
        let skewness = self.l_skewness(q50, FAR_SDS * sd_secs);
        Scatter {
            sd_secs,
            lopsided: ((skewness - both) / (one - both)).clamp(0.0, 1.0),
        }
    }

    /// Third over second L-moment (Hosking 1990, J R Stat Soc B 52:105): of all measures of lopsidedness one of the steadiest in small samples.
    fn l_skewness(&self, middle: f64, far: f64) -> f64 {
        let n = self.sorted.len() as f64;
        let (mut b0, mut b1, mut b2) = (0.0, 0.0, 0.0);
        for (i, residual) in self.sorted.iter().enumerate() {
            let i = i as f64;
            let value = (residual - middle).clamp(-far, far);
            b0 += value;
            b1 += value * i / (n - 1.0);
            b2 += value * i * (i - 1.0) / ((n - 1.0) * (n - 2.0));
        }
        let second = 2.0 * b1 - b0;
        if second / n > 1e-7 {
            (6.0 * b2 - 6.0 * b1 + b0) / second
        } else {
            0.0
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a few hundred"
    )]
    fn quantile(&self, share: f64) -> f64 {
        let place = share * (self.sorted.len() - 1) as f64;
        let (lower, upper) = (place.floor() as usize, place.ceil() as usize);
        let (below, above) = (self.sorted[lower], self.sorted[upper]);
        below + (place - place.floor()) * (above - below)
    }

    /// Share of the residuals above `level_secs`, or below it where `is_below`; never quite 0: what was not seen in a few hundred can still come.
    pub(super) fn share_beyond(&self, level_secs: f64, is_below: bool) -> f64 {
        let n = self.sorted.len();
        let n_up_to = self.sorted.partition_point(|&r| r <= level_secs);
        let n_beyond = if is_below { n_up_to } else { n - n_up_to };
        (n_beyond + 1) as f64 / (n + 1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl Iterator<Item = f64>) -> Recent {
        let mut recent = Recent::new();
        values.for_each(|y| recent.push((0.0, y)));
        recent.refer_to(|_| 0.0);
        recent
    }

    fn uniform(n: u32) -> impl Iterator<Item = f64> {
        (0..n).map(move |k| (f64::from(k) + 0.5) / f64::from(n))
    }

    #[test]
    fn delays_are_lopsided_and_normal_noise_is_not() {
        let delays = of(uniform(500).map(|u| -3e-3 * u.ln()));
        assert_eq!(delays.scatter().lopsided, 1.0);
        // logistic: both sides alike
        let both = of(uniform(500).map(|u| 1e-3 * (u / (1.0 - u)).ln()));
        assert_eq!(both.scatter().lopsided, 0.0);
        let sd_secs = both.scatter().sd_secs;
        assert!((sd_secs - 1.63e-3).abs() < 0.1e-3, "{sd_secs}");
    }

    #[test]
    fn what_was_never_seen_is_not_impossible() {
        let recent = of(uniform(400));
        assert!((recent.share_beyond(0.75, false) - 0.25).abs() < 0.01);
        assert!((recent.share_beyond(0.25, true) - 0.25).abs() < 0.01);
        let never = recent.share_beyond(9.0, false);
        assert!(never > 0.0 && never < 0.003, "{never}");
    }
}
