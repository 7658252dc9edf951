//! The line through the bins.

use crate::timeline::hull::{Point, lower_hull, slope_at};
use crate::timeline::line::Line;
use crate::timeline::recent::Scatter;

const CLEARLY: f64 = 5.0;
/// A bin this many scatters off the line pulls no harder than one that far off (Huber).
const HUBER: f64 = 2.0;
/// How stamps scatter is taken from before a break until so many have come after it.
const FROZEN_STAMPS: f64 = 250.0;
/// What is known of the scatter from before a break weighs no more than so many stamps.
const MAX_SHAPE_STAMPS: f64 = 512.0;
/// The least scatter assumed: the clock's own resolution.
const LEAST_SD_SECS: f64 = 1e-7;

/// Observations of about half a second. `x` in seconds after the origin by the nominal rate, `y` the deviation of the stamp from that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bin {
    pub(super) n: f64,
    pub(super) n_pushes: u32,
    pub(super) first_x: f64,
    pub(super) last_x: f64,
    pub(super) x_sum: f64,
    pub(super) y_sum: f64,
    pub(super) earliest: Point,
    /// How far the earliest lies above the line that was known then.
    pub(super) earliest_off: f64,
}

impl Bin {
    pub(super) const EMPTY: Self = Self {
        n: 0.0,
        n_pushes: 0,
        first_x: 0.0,
        last_x: 0.0,
        x_sum: 0.0,
        y_sum: 0.0,
        earliest: (0.0, 0.0),
        earliest_off: f64::INFINITY,
    };

    pub(super) fn mean(&self) -> Point {
        (self.x_sum / self.n, self.y_sum / self.n)
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    pub(super) points: Vec<Point>,
    pub(super) hull: Vec<Point>,
    pub(super) sizes: Vec<f64>,
}

/// `y = level + slope (x - x0)`, and how well it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fit {
    pub(super) x0: f64,
    pub(super) level: f64,
    pub(super) slope: f64,
    pub(super) slope_variance: f64,
    pub(super) sd_secs: f64,
    pub(super) jitter_secs: f64,
    pub(super) is_fitted: bool,
    /// What became of the slope known before.
    pub(super) known: Known,
}

impl Fit {
    pub(super) fn at(&self, x: f64) -> f64 {
        self.level + self.slope * (x - self.x0)
    }
}

impl Line {
    /// Fit anew through the bins, with `x` the newest place.
    pub(super) fn solve(&mut self, x: f64) {
        let middle = self.through_means(x);
        self.recent.refer_to(|x| middle.at(x));
        let Scatter { sd_secs, .. } = self.recent.scatter();
        let (lopsided, _) = self.lopsided();
        let n_pushes: u32 = self.bins.iter().map(|bin| bin.n_pushes).sum();
        let n = f64::from(n_pushes).max(1.0);
        let middle_sd = 2.0 * sd_secs.max(LEAST_SD_SECS) / n.sqrt();
        let mut fit = Fit {
            sd_secs: middle_sd,
            ..middle
        };
        self.early = self.below_all(x, middle.known);
        if lopsided > 0.0
            && let Some(early) = self.early
        {
            let mix = |a: f64, b: f64| a + lopsided * (b - a);
            fit.level = mix(middle.level, early.level);
            fit.slope = mix(middle.slope, early.slope);
            fit.slope_variance = mix(middle.slope_variance, early.slope_variance);
            fit.sd_secs = mix(middle_sd, early.sd_secs);
        }
        // few pushes can lie together by chance: no line is surer than so many delays make it
        fit.sd_secs = fit.sd_secs.max(sd_secs / n);
        fit.jitter_secs = sd_secs;
        fit.is_fitted = true;
        if self.bins.len() < 2 {
            fit.sd_secs = f64::INFINITY;
        }
        self.fit = fit;
        self.recent.refer_to(|x| fit.at(x));
    }

    /// Weighted least squares through the means of the bins.
    pub(super) fn through_means(&mut self, x: f64) -> Fit {
        let mut fit = self.least_squares(x, None);
        for _ in 0..3 {
            // first the level by the median: what is late pulls the mean
            let sizes = &mut self.scratch.sizes;
            let off = |bin: &Bin, fit: &Fit| {
                let (x, y) = bin.mean();
                y - fit.at(x)
            };
            sizes.clear();
            sizes.extend(self.bins.iter().map(|bin| off(bin, &fit)));
            fit.level += median(sizes);
            sizes.clear();
            sizes.extend(self.bins.iter().map(|bin| off(bin, &fit).abs()));
            let sd_secs = 1.4826 * median(sizes);
            fit = self.least_squares(x, Some((fit, sd_secs.max(LEAST_SD_SECS))));
        }
        fit
    }

    pub(super) fn least_squares(&self, x0: f64, about: Option<(Fit, f64)>) -> Fit {
        let (mut w, mut sx, mut sy, mut sxx, mut sxy, mut syy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for bin in &self.bins {
            let (x, y) = bin.mean();
            let huber = about.map_or(1.0, |(fit, sd_secs)| {
                (HUBER * sd_secs / (y - fit.at(x)).abs().max(1e-300)).min(1.0)
            });
            let weight = bin.n * huber;
            let x = x - x0;
            w += weight;
            sx += weight * x;
            sy += weight * y;
            sxx += weight * x * x;
            sxy += weight * x * y;
            syy += weight * y * y;
        }
        let spread = (sxx - sx * sx / w).max(0.0);
        let joint = sxy - sx * sy / w;
        let n_bins = self.bins.len() as f64;
        let mut known = Known::Kept;
        let (slope, slope_variance) = if spread > 0.0 && n_bins > 1.0 {
            let slope = joint / spread;
            let about_line = (syy - sy * sy / w - slope * joint).max(0.0) / w;
            // bins err independently, and there are so many of them
            let variance =
                about_line.max(LEAST_SD_SECS * LEAST_SD_SECS) * w / (spread * (n_bins - 1.0));
            known = Known::judge((slope, variance), self.prior, self.may_differ());
            known.join((slope, variance), self.prior)
        } else {
            self.prior
        };
        Fit {
            known,
            x0,
            level: (sy - slope * sx) / w,
            slope,
            slope_variance,
            ..Fit::default()
        }
    }

    /// The highest line below the earliest stamps of the bins.
    pub(super) fn below_all(&mut self, x0: f64, known: Known) -> Option<Fit> {
        let Scratch {
            points,
            hull,
            sizes,
        } = &mut self.scratch;
        points.clear();
        points.extend(self.bins.iter().map(|bin| bin.earliest));
        let (from, to) = (points.first()?.0, points.last()?.0);
        let n = points.len() as f64;
        let centre = points.iter().map(|point| point.0).sum::<f64>() / n;
        lower_hull(points.iter().copied(), hull);
        let slope = slope_at(hull, centre)?;
        let level_at = |slope: f64| {
            let below = points.iter().map(|&(x, y)| y - slope * (x - x0));
            below.fold(f64::INFINITY, f64::min)
        };
        let excess = |slope: f64, level: f64, sizes: &mut Vec<f64>| {
            sizes.clear();
            sizes.extend(points.iter().map(|&(x, y)| y - slope * (x - x0) - level));
            median(sizes) / std::f64::consts::LN_2
        };
        let excess_secs = excess(slope, level_at(slope), sizes).max(LEAST_SD_SECS);
        let sd_slope = 4.0 * excess_secs / (n * (to - from).max(1e-3));
        // the law of the earliest has long tails: whether the slope contradicts what was known the means can tell
        let (slope, slope_variance) = known.join((slope, sd_slope * sd_slope), self.prior);
        Some(Fit {
            x0,
            level: level_at(slope),
            slope,
            slope_variance,
            sd_secs: 3.0 * excess_secs / n,
            ..Fit::default()
        })
    }

    /// How lopsided stamps scatter, now and before the last break, and how many say so.
    pub(super) fn lopsided(&self) -> (f64, f64) {
        let (before, n_before) = self.lopsided_before;
        let n_now = self.recent.len() as f64;
        if n_before > FROZEN_STAMPS && n_now < FROZEN_STAMPS {
            // what is compared across the break is to mean the same on both sides
            return (before, n_before);
        }
        let n = (n_before + n_now).max(1.0);
        let now = self.recent.scatter().lopsided;
        (
            (n_before * before + n_now * now) / n,
            n.min(MAX_SHAPE_STAMPS),
        )
    }
}

/// What becomes of a slope that was known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Known {
    /// It is kept: a short line says nothing of it.
    #[default]
    Kept,
    /// It is weighed with the slope that was measured.
    Weighed,
    /// It is contradicted.
    GivenUp,
}

impl Known {
    fn judge(measured: (f64, f64), before: (f64, f64), may_differ: bool) -> Self {
        let off = measured.0 - before.0;
        match may_differ {
            false => Self::Kept,
            true if off * off > CLEARLY * CLEARLY * (measured.1 + before.1) => Self::GivenUp,
            true => Self::Weighed,
        }
    }

    /// Slope and variance of both together.
    fn join(self, measured: (f64, f64), before: (f64, f64)) -> (f64, f64) {
        match self {
            Self::Kept => before,
            Self::GivenUp => measured,
            Self::Weighed => {
                let weight = before.1 / (before.1 + measured.1);
                (
                    before.0 + weight * (measured.0 - before.0),
                    weight * measured.1,
                )
            }
        }
    }
}

/// Median; reorders. 0 without values.
fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let half = values.len() / 2;
    *values.select_nth_unstable_by(half, f64::total_cmp).1
}
