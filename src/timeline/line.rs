//! The time of a stream's samples, from stamps that scatter.

mod fit;

use std::collections::VecDeque;

use crate::timeline::line::fit::{Bin, Fit, Scratch};
use crate::timeline::recent::Recent;

/// Stamps are put together over this time.
const BIN_SECS: f64 = 0.5;
/// And over this while the line is young.
const YOUNG_BIN_SECS: f64 = 0.05;
const N_YOUNG_BINS: usize = 20;
/// Pushes that a bin holds at least: the stamps of one push err together.
const MIN_PUSHES: u32 = 3;
/// Bins kept at least, however long they are.
const MIN_BINS: usize = 32;
const MAX_BINS: usize = 256;
/// Rates this far from the nominal one (standard deviation) are expected before any stamp was seen. One that is clearly further off is believed.
const PRIOR_SLOPE: f64 = 2e-4;
/// A rate that was measured is not given up for another one in less time.
const NEW_RATE_SECS: f64 = 5.0;
/// And is known no better than this: crystals wander.
const LEAST_PRIOR_SLOPE: f64 = 3e-6;
/// So many short lines in a row, and it is not believed any more.
const MANY_SHORT: u32 = 4;
/// Stamps so lopsided are late only, for what is compared.
const LATE_ONLY: f64 = 0.2;
/// Within one push stamps follow each other by the nominal period up to this.
pub(super) const SAME_PUSH_SECS: f64 = 1e-6;
/// Observations are no closer than this: more would say no more.
pub(super) const LEAST_STEP_SECS: f64 = 2e-3;
/// Where a push is longer, or stamps are exact, one is taken after this time all the same.
const MOST_STEP_SECS: f64 = 0.1;

/// A running line through `(index, stamp)` of a regular stream: robust, forgetting, with its rate remembered across breaks.
///
/// Stamps are collected in bins of half a second. Through the means of the bins goes a line by weighted least squares (Huber's weights, so that bursts do not bend
/// it); below the earliest stamps of the bins lies the highest line that no stamp undercuts. How stamps scatter decides between them: where they are late only, as
/// drivers and networks make them, time is read where the earliest lie, where they scatter to both sides, in the middle.
/// Deterministic: the same stamps give the same line. Allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct Line {
    period_secs: f64,
    memory_secs: f64,
    /// `(index, stamp)` that deviations count from.
    origin: Option<(u64, f64)>,
    /// `(index, stamp)` pushed last, and observed last.
    last: (u64, f64),
    observed: u64,
    open: Bin,
    bins: VecDeque<Bin>,
    recent: Recent,
    /// How lopsided the scatter was before the line was broken, and how many stamps said so.
    lopsided_before: (f64, f64),
    /// Slope known from before the line's memory, or before it was broken, and its variance.
    prior: (f64, f64),
    /// Where the prior was last renewed.
    renewed_x: f64,
    is_rate_known: bool,
    /// Short lines in a row.
    n_short: u32,
    fit: Fit,
    /// The line below the earliest stamps, whatever the scatter.
    early: Option<Fit>,
    scratch: Scratch,
}

impl Line {
    /// No stamp yet of a stream of this nominal rate. Stamps older than `memory_secs` lose their weight.
    ///
    /// # Panics
    /// Unless the rate is positive: irregular streams have no line.
    #[must_use]
    pub fn new(nominal_rate_hz: f64, memory_secs: f64) -> Self {
        assert!(nominal_rate_hz > 0.0, "a regular stream");
        Self {
            period_secs: 1.0 / nominal_rate_hz,
            memory_secs,
            origin: None,
            last: (0, 0.0),
            observed: 0,
            open: Bin::EMPTY,
            bins: VecDeque::with_capacity(MAX_BINS + 1),
            recent: Recent::new(),
            lopsided_before: (0.0, 0.0),
            prior: (0.0, PRIOR_SLOPE * PRIOR_SLOPE),
            renewed_x: 0.0,
            is_rate_known: false,
            n_short: 0,
            fit: Fit::default(),
            early: None,
            scratch: Scratch {
                points: Vec::with_capacity(MAX_BINS + 1),
                hull: Vec::with_capacity(MAX_BINS + 1),
                sizes: Vec::with_capacity(MAX_BINS + 1),
            },
        }
    }

    /// The stream's samples have a new relation to time: keep the rate, forget the line. The next stamp begins it.
    pub fn break_line(&mut self) {
        if self.fit.is_fitted {
            self.keep_rate();
            self.lopsided_before = self.lopsided();
        }
        self.begin_again();
    }

    /// Forget what came since the last break: it was still going on.
    pub(super) fn begin_again(&mut self) {
        self.origin = None;
        self.renewed_x = 0.0;
        self.open = Bin::EMPTY;
        self.bins.clear();
        self.recent.clear();
        self.early = None;
        self.fit = Fit {
            slope: self.prior.0,
            slope_variance: self.prior.1,
            sd_secs: f64::INFINITY,
            jitter_secs: self.fit.jitter_secs,
            ..Fit::default()
        };
    }

    /// Take the stamp of sample `index`. Indices must ascend; not every one need come.
    pub fn push(&mut self, index: u64, stamp_secs: f64) {
        let (last, last_secs) = self.last;
        let since = index.saturating_sub(last) as f64 * self.period_secs;
        let continues = (stamp_secs - last_secs - since).abs() <= SAME_PUSH_SECS;
        self.last = (index, stamp_secs);
        let since_observed = index.saturating_sub(self.observed) as f64 * self.period_secs;
        let is_first = self.origin.is_none();
        let is_due = if continues {
            since_observed >= MOST_STEP_SECS
        } else {
            since_observed >= LEAST_STEP_SECS
        };
        if is_first || is_due {
            self.observe(index, stamp_secs, !continues);
        }
    }

    /// Take one stamp for what it says of the line; `is_push`: it begins a push of its own. Whether the line was fitted anew.
    pub(super) fn observe(&mut self, index: u64, stamp_secs: f64, is_push: bool) -> bool {
        let origin = *self.origin.get_or_insert((index, stamp_secs));
        self.observed = index;
        let x = index.saturating_sub(origin.0) as f64 * self.period_secs;
        let y = stamp_secs - origin.1 - x;
        let bin = &mut self.open;
        if bin.n == 0.0 {
            bin.first_x = x;
        }
        bin.last_x = x;
        bin.n += 1.0;
        bin.n_pushes += u32::from(is_push);
        bin.x_sum += x;
        bin.y_sum += y;
        let off = y - self.fit.at(x);
        if off < bin.earliest_off {
            bin.earliest_off = off;
            bin.earliest = (x, y);
        }
        self.recent.push((x, y));
        self.close_bin(x)
    }

    fn close_bin(&mut self, x: f64) -> bool {
        let is_young = self.bins.len() < N_YOUNG_BINS;
        let (least_secs, least_pushes) = if is_young {
            (YOUNG_BIN_SECS, 1)
        } else {
            (BIN_SECS, MIN_PUSHES)
        };
        let bin = &self.open;
        let from = self.bins.back().map_or(bin.first_x, |before| before.last_x);
        let has_enough = bin.n_pushes >= least_pushes || bin.n_pushes == 0;
        let is_first = self.bins.is_empty();
        let is_due = is_first || (has_enough && x - from >= least_secs);
        if !is_due {
            return false;
        }
        self.bins.push_back(self.open);
        self.open = Bin::EMPTY;
        while self.bins.len() > MAX_BINS
            || (self.bins.len() > MIN_BINS
                && self
                    .bins
                    .front()
                    .is_some_and(|bin| x - bin.first_x > self.memory_secs))
        {
            self.bins.pop_front();
        }
        self.solve(x);
        self.renew_prior(x);
        true
    }

    /// What has left the memory has said something of the rate too.
    fn renew_prior(&mut self, x: f64) {
        if x - self.renewed_x < self.memory_secs || !self.is_grown() {
            return;
        }
        let Fit {
            slope,
            slope_variance,
            ..
        } = self.fit;
        self.prior = (
            slope,
            slope_variance + LEAST_PRIOR_SLOPE * LEAST_PRIOR_SLOPE,
        );
        self.renewed_x = x;
    }

    /// Remember the rate across a break, if the line was long enough to know it.
    fn keep_rate(&mut self) {
        if self.is_grown() {
            let variance = self
                .fit
                .slope_variance
                .max(LEAST_PRIOR_SLOPE * LEAST_PRIOR_SLOPE);
            self.prior = (self.fit.slope, variance);
            self.is_rate_known = true;
            self.n_short = 0;
            return;
        }
        self.n_short += 1;
        if self.n_short >= MANY_SHORT {
            // what was known of the rate may be why the line breaks
            self.is_rate_known = false;
        }
    }

    /// Whether the line is long enough to know its rate.
    fn is_grown(&self) -> bool {
        self.bins.len() > N_YOUNG_BINS && self.span() >= NEW_RATE_SECS
    }

    /// Time from one sample to the next, as well as it is known: by this line, or by the one before.
    pub(super) fn known_period_secs(&self) -> f64 {
        if self.is_grown() || !self.is_rate_known {
            self.sample_period_secs()
        } else {
            self.period_secs * (1.0 + self.prior.0)
        }
    }

    fn span(&self) -> f64 {
        let binned = self.bins.back().map_or(0.0, |bin| bin.last_x);
        self.open.last_x.max(binned)
    }

    /// What sends now need not keep the rate of what sent before.
    pub(super) fn doubt_rate(&mut self) {
        self.is_rate_known = false;
        self.prior.1 = self.prior.1.max(PRIOR_SLOPE * PRIOR_SLOPE);
    }

    /// Whether a rate may be believed that is not the one known: that of a stream's beginning is only nominal, a measured one stays.
    fn may_differ(&self) -> bool {
        !self.is_rate_known || self.is_grown()
    }

    /// Time of a place between samples, on the line. `None` before the first stamp.
    #[must_use]
    pub fn secs(&self, index: f64) -> Option<f64> {
        self.secs_by(&self.fit, index)
    }

    /// The same by the earliest stamps alone; `None` before the second bin. Where stamps are late rather than scattered to both sides, two lines of one stream
    /// are compared best by these.
    pub(super) fn early_secs(&self, index: f64) -> Option<f64> {
        self.secs_by(self.early.as_ref()?, index)
    }

    fn secs_by(&self, fit: &Fit, index: f64) -> Option<f64> {
        let (origin, origin_secs) = self.origin?;
        let x = (index - origin as f64) * self.period_secs;
        Some(origin_secs + x + fit.at(x))
    }

    /// Whether stamps are late rather than scattered to both sides.
    pub(super) fn is_late_only(&self) -> bool {
        self.lopsided().0 > LATE_ONLY
    }

    /// The place between samples at a time. `None` before the first stamp.
    #[must_use]
    pub fn index(&self, secs: f64) -> Option<f64> {
        let (origin, origin_secs) = self.origin?;
        // y = level + slope (x - x0), secs = origin + x + y
        let Fit {
            x0, level, slope, ..
        } = self.fit;
        let x = (secs - origin_secs - level + slope * x0) / (1.0 + slope);
        Some(origin as f64 + x / self.period_secs)
    }

    /// How much faster than the nominal rate samples come, ppm.
    #[must_use]
    pub fn rate_ppm(&self) -> f64 {
        -1e6 * self.fit.slope / (1.0 + self.fit.slope)
    }

    /// The same, as a rate in Hz.
    #[must_use]
    pub fn rate_hz(&self) -> f64 {
        1.0 / self.sample_period_secs()
    }

    /// Time from one sample to the next, on the line.
    #[must_use]
    pub fn sample_period_secs(&self) -> f64 {
        self.period_secs * (1.0 + self.fit.slope)
    }

    /// Standard deviation of [`rate_hz`](Self::rate_hz), relative to it.
    #[must_use]
    pub fn rate_sd(&self) -> f64 {
        self.fit.slope_variance.sqrt() / (1.0 + self.fit.slope)
    }

    /// Standard deviation of stamps about the line.
    #[must_use]
    pub fn jitter_secs(&self) -> f64 {
        self.fit.jitter_secs
    }

    /// Standard deviation of the line at the newest sample. Infinite before it has a slope.
    #[must_use]
    pub fn sd_secs(&self) -> f64 {
        if self.fit.is_fitted {
            self.fit.sd_secs
        } else {
            f64::INFINITY
        }
    }

    /// Observations since the last break, a few hundred at most.
    pub(super) fn n_observed(&self) -> f64 {
        self.recent.len().max(1) as f64
    }

    /// All samples since the last break have an index so much higher.
    pub(super) fn shift_index(&mut self, n: u64) {
        self.origin = self.origin.map(|(index, secs)| (index + n, secs));
        self.observed += n;
        self.last.0 += n;
    }

    /// The last observations, as they lie about the line.
    pub(super) fn recent(&self) -> &Recent {
        &self.recent
    }
}

#[cfg(test)]
mod tests;
