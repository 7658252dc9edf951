//! The time of a stream's samples, from stamps that scatter.

/// Time over which older stamps lose their weight.
const MEMORY_SECS: f64 = 120.0;
/// Rates this far from the nominal one are expected before any stamp was seen.
const PRIOR_RATE: f64 = 5e-4;
/// A stamp this many scatters off the line pulls no harder than one that far off.
const HUBER: f64 = 3.0;
/// The scatter is followed this fast.
const SCATTER_SECS: f64 = 2.0;
/// The least scatter assumed: the clock's own resolution.
const LEAST_SCATTER_SECS: f64 = 1e-7;
/// Over this time the earliest and the latest stamp decide whether the clock has jumped.
const JUMP_WINDOW_SECS: f64 = 1.0;
/// A line shifted by less is followed, not called a jump.
const LEAST_JUMP_SECS: f64 = 1e-3;
/// And by less than so many scatters.
const JUMP_SCATTERS: f64 = 3.0;
/// The scatter assumed by that until the stamps have shown their own.
const FIRST_SCATTER_SECS: f64 = 5e-3;

/// Quantiles of the residuals are followed this fast.
const QUANTILE_SECS: f64 = 20.0;
/// The quantiles followed.
const QUANTILES: [f64; 3] = [0.10, 0.50, 0.75];
/// `(q75 - q50) / (q50 - q10)` up to which stamps scatter to both sides (0.53 for a normal variable), and from which on to one (1.18 for delays).
const LOPSIDED: [f64; 2] = [0.7, 1.0];
/// How far the earliest of exponential delays lie before their tenth percentile, over the distance of that from the median.
const BEFORE_TENTH: f64 = 0.18;

/// What a stamp did to the fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fitted {
    /// It was taken in.
    Followed,
    /// The stamps have shifted for good: the line was begun anew, its rate kept.
    Jumped,
}

/// A running line through `(index, stamp)` of a regular stream: robust, forgetting, with its rate remembered across breaks.
///
/// Weighted least squares with exponential forgetting over two minutes; stamps far off the line pull no harder than three scatters do (Huber), so that
/// bursts and late stamps do not bend it. Where stamps scatter to one side only they are late, as drivers and networks make them: time is then read where the
/// earliest lie, not in the middle. Where every stamp of two seconds lies on one side by more than the scatter, the clock has jumped.
/// Deterministic: the same stamps give the same line. Allocates nothing.
#[derive(Debug, Clone)]
pub struct ClockFit {
    period_secs: f64,
    /// The nominal line: `(index, stamp)` it goes through.
    origin: Option<(u64, f64)>,
    newest: u64,
    /// Sums of weights, of `x`, `x^2`, `y` and `x y`; `x` in samples before the newest, `y` seconds off the nominal line.
    sums: [f64; 5],
    /// The line `y = level + slope x`.
    level_secs: f64,
    slope_secs: f64,
    /// What the rate is taken to be before the sums say more, and how much that weighs, in samples squared.
    prior: (f64, f64),
    /// The same as it was known at the ends of the last two windows with residuals on both sides, the older first: what breaks the line has bent it
    /// before it is noticed, and may have begun within the newer.
    calm: [(f64, f64); 2],
    scatter_secs: f64,
    n_stamps: f64,
    /// Products of neighbouring residuals over their squares: stamps of one chunk err together.
    neighbours: [f64; 2],
    last_residual_secs: f64,
    /// [`QUANTILES`] of the residuals.
    quantiles_secs: [f64; 3],
    window: Window,
    n_jumps: u64,
}

/// Residuals over about a second.
#[derive(Debug, Clone, Copy)]
struct Window {
    n: f64,
    least_secs: f64,
    most_secs: f64,
    /// What all residuals of the window before were at least off, with its sign; 0 if they were on both sides.
    before_secs: f64,
    /// The scatter when residuals were last on both sides: a jump itself must not widen the limit that would show it.
    calm_scatter_secs: f64,
}

impl Window {
    const EMPTY: Self = Self {
        n: 0.0,
        least_secs: f64::INFINITY,
        most_secs: f64::NEG_INFINITY,
        before_secs: 0.0,
        calm_scatter_secs: FIRST_SCATTER_SECS,
    };

    /// Whether residuals were on both sides.
    fn is_calm(&self) -> bool {
        self.least_secs <= 0.0 && self.most_secs >= 0.0
    }

    /// Whether this and the window before agree that the line has shifted; begins the next.
    fn close(&mut self, scatter_secs: f64) -> bool {
        let limit_secs = LEAST_JUMP_SECS.max(JUMP_SCATTERS * self.calm_scatter_secs);
        let shift_secs = if self.least_secs > limit_secs {
            self.least_secs
        } else if self.most_secs < -limit_secs {
            self.most_secs
        } else {
            0.0
        };
        let agrees = shift_secs * self.before_secs > 0.0;
        let is_calm = self.is_calm();
        *self = Self {
            before_secs: shift_secs,
            calm_scatter_secs: if is_calm {
                scatter_secs
            } else {
                self.calm_scatter_secs
            },
            ..Self::EMPTY
        };
        agrees
    }
}

impl ClockFit {
    /// No stamp yet of a stream of this nominal rate.
    ///
    /// # Panics
    /// Unless the rate is positive: irregular streams have no line.
    #[must_use]
    pub fn new(nominal_rate_hz: f64) -> Self {
        assert!(nominal_rate_hz > 0.0, "a regular stream");
        Self {
            period_secs: 1.0 / nominal_rate_hz,
            origin: None,
            newest: 0,
            sums: [0.0; 5],
            level_secs: 0.0,
            slope_secs: 0.0,
            prior: (0.0, 0.0),
            calm: [(0.0, 0.0); 2],
            scatter_secs: 0.0,
            n_stamps: 0.0,
            neighbours: [0.0; 2],
            last_residual_secs: 0.0,
            quantiles_secs: [0.0; 3],
            window: Window::EMPTY,
            n_jumps: 0,
        }
    }

    /// The stream's samples have a new relation to time: keep the rate, forget the line. The next stamp begins it.
    pub fn break_line(&mut self) {
        let [calm, _] = self.calm;
        self.prior = if calm.1 > 0.0 {
            calm
        } else {
            self.rate_known()
        };
        self.calm = [self.prior; 2];
        self.sums = [0.0; 5];
        self.window = Window::EMPTY;
        self.origin = None;
    }

    /// The slope, and how much is known of it.
    fn rate_known(&self) -> (f64, f64) {
        let [w, x, xx, ..] = self.sums;
        let spread = if w > 0.0 {
            (xx - x * x / w).max(0.0)
        } else {
            0.0
        };
        (self.slope_secs, self.prior.1 + spread)
    }

    /// Take the stamp of sample `index`. Indices must ascend; not every one need come.
    pub fn push(&mut self, index: u64, stamp_secs: f64) -> Fitted {
        let Some(origin) = self.origin else {
            self.begin(index, stamp_secs);
            return Fitted::Followed;
        };
        let steps = index.saturating_sub(self.newest).max(1) as f64;
        self.advance(index, steps);
        let off_secs = stamp_secs - self.nominal_secs(origin, index as f64);
        let residual_secs = off_secs - self.level_secs;
        self.take_scatter(residual_secs, steps);
        let scatter_secs = self.scatter_secs.max(LEAST_SCATTER_SECS);
        let weight = (HUBER * scatter_secs / residual_secs.abs().max(1e-300)).min(1.0);
        self.sums[0] += weight;
        self.sums[3] += weight * off_secs;
        self.solve();
        self.window.n += steps;
        self.window.least_secs = self.window.least_secs.min(residual_secs);
        self.window.most_secs = self.window.most_secs.max(residual_secs);
        if self.window.n * self.period_secs >= JUMP_WINDOW_SECS {
            return self.close_window(index, stamp_secs);
        }
        Fitted::Followed
    }

    fn close_window(&mut self, index: u64, stamp_secs: f64) -> Fitted {
        if self.window.is_calm() {
            self.calm = [self.calm[1], self.rate_known()];
        }
        if !self.window.close(self.scatter_secs) {
            return Fitted::Followed;
        }
        self.n_jumps += 1;
        self.break_line();
        self.begin(index, stamp_secs);
        Fitted::Jumped
    }

    fn begin(&mut self, index: u64, stamp_secs: f64) {
        self.origin = Some((index, stamp_secs));
        self.newest = index;
        self.level_secs = 0.0;
        self.slope_secs = self.prior.0;
        self.sums = [1.0, 0.0, 0.0, 0.0, 0.0];
        if self.prior.1 <= 0.0 {
            // a rate as uncertain as crystals are, seen through stamps that scatter by a period
            self.prior.1 = PRIOR_RATE.powi(-2);
        }
    }

    /// Move the sums `steps` samples on, and let them fade.
    fn advance(&mut self, index: u64, steps: f64) {
        let [w, x, xx, y, xy] = self.sums;
        let moved = [
            w,
            x - steps * w,
            xx - 2.0 * steps * x + steps * steps * w,
            y,
            xy - steps * y,
        ];
        let keep = (-steps * self.period_secs / MEMORY_SECS).exp();
        self.sums = moved.map(|sum| keep * sum);
        self.prior.1 *= keep;
        self.level_secs += self.slope_secs * steps;
        self.newest = index;
    }

    /// `min sum w (y - level - slope x)^2 + prior (slope - slope_0)^2`.
    fn solve(&mut self) {
        let [w, x, xx, y, xy] = self.sums;
        let (slope_0, weight_0) = self.prior;
        let spread = (xx - x * x / w).max(0.0);
        let joint = xy - x * y / w;
        self.slope_secs = (joint + weight_0 * slope_0) / (spread + weight_0);
        self.level_secs = (y - self.slope_secs * x) / w;
    }

    fn take_scatter(&mut self, residual_secs: f64, steps: f64) {
        // a plain mean at first: what is known of the line hangs on it
        self.n_stamps += 1.0;
        let share_of = |time_secs: f64| {
            (steps * self.period_secs / time_secs)
                .max(1.0 / self.n_stamps)
                .min(0.5)
        };
        let (share, slow_share) = (share_of(SCATTER_SECS), share_of(QUANTILE_SECS));
        let scatter_secs = self.scatter_secs.max(LEAST_SCATTER_SECS);
        // mean magnitude to standard deviation of a normal variable
        let size_secs = 1.2533 * residual_secs.abs().min(4.0 * scatter_secs);
        self.scatter_secs += share * (size_secs - self.scatter_secs);
        let last_secs = std::mem::replace(&mut self.last_residual_secs, residual_secs);
        // a burst is one event, however many samples it holds up
        if residual_secs.abs().max(last_secs.abs()) < HUBER * scatter_secs {
            let [product, square] = &mut self.neighbours;
            *product += slow_share * (residual_secs * last_secs - *product);
            *square += slow_share * (residual_secs * residual_secs - *square);
        }
        let step_secs = 2.0
            * self.scatter_secs
            * (steps * self.period_secs / QUANTILE_SECS).max(1.0 / self.n_stamps);
        for (quantile_secs, share) in self.quantiles_secs.iter_mut().zip(QUANTILES) {
            let is_below = f64::from(u8::from(residual_secs < *quantile_secs));
            *quantile_secs += step_secs * (share - is_below);
        }
    }

    /// Where on the scatter about the line the true time lies: 0, or as early as the earliest stamps where all others are late.
    fn early_secs(&self) -> f64 {
        let [tenth, median, upper] = self.quantiles_secs;
        let below_secs = median - tenth;
        if below_secs <= LEAST_SCATTER_SECS {
            return 0.0;
        }
        let [both, one] = LOPSIDED;
        let lopsided = (((upper - median) / below_secs - both) / (one - both)).clamp(0.0, 1.0);
        lopsided * (tenth - BEFORE_TENTH * below_secs)
    }

    fn nominal_secs(&self, (index, stamp_secs): (u64, f64), at: f64) -> f64 {
        stamp_secs + (at - index as f64) * self.period_secs
    }

    /// Time of a place between samples, on the line. `None` before the first stamp.
    #[must_use]
    pub fn secs(&self, index: f64) -> Option<f64> {
        let nominal_secs = self.nominal_secs(self.origin?, index);
        let since_newest = index - self.newest as f64;
        let line_secs = nominal_secs + self.level_secs + self.slope_secs * since_newest;
        Some(line_secs + self.early_secs())
    }

    /// The place between samples at a time. `None` before the first stamp.
    #[must_use]
    pub fn index(&self, secs: f64) -> Option<f64> {
        let newest_secs = self.secs(self.newest as f64)?;
        let period_secs = self.period_secs + self.slope_secs;
        Some(self.newest as f64 + (secs - newest_secs) / period_secs)
    }

    /// How much faster than the nominal rate samples come, ppm.
    #[must_use]
    pub fn rate_ppm(&self) -> f64 {
        -1e6 * self.slope_secs / (self.period_secs + self.slope_secs)
    }

    /// Standard deviation of stamps about the line.
    #[must_use]
    pub fn jitter_secs(&self) -> f64 {
        self.scatter_secs
    }

    /// Standard deviation of the line at the newest sample: `2 sigma / sqrt(n)` of the stamps that still weigh, fewer where neighbours err together.
    /// Infinite before the second stamp.
    #[must_use]
    pub fn sd_secs(&self) -> f64 {
        let [product, square] = self.neighbours;
        let rho = if square > 0.0 {
            (product / square).clamp(0.0, 0.999)
        } else {
            0.0
        };
        let n = self.sums[0] * (1.0 - rho) / (1.0 + rho);
        if self.sums[0] < 2.0 {
            f64::INFINITY
        } else {
            2.0 * self.scatter_secs / n.max(1.0).sqrt()
        }
    }

    /// Jumps noticed so far.
    #[must_use]
    pub fn n_jumps(&self) -> u64 {
        self.n_jumps
    }
}

#[cfg(test)]
mod tests;
