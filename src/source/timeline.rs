//! Gives each sample its place: finds what was lost from the stamps.
//!
//! liblsl drops samples silently when a queue overflows and when an outlet dies; only the stamps tell. But stamps lie too: they
//! jitter, come in bursts, jump, or are no numbers at all. So a stamp is compared with the one predicted from those before:
//! - where stamps are exact (they scatter by less than a quarter of a period), a late step of more than half a period is a gap at once;
//! - where they scatter, a large step breaks the run at once, so that no segment bridges it, and the *earliest* samples of the next second decide
//!   whether anything is missing: delays come and go, what was lost stays lost;
//! - a stamp that is no number, runs backwards or jumps beyond ten minutes is replaced by the prediction and counted; when half a second
//!   of them agree, the clock was reset: a new run begins, nothing is counted as lost.

use crate::signal::Gap;

/// A jump beyond this is a fault of the clock, not a gap.
const MAX_GAP_SECS: f64 = 600.0;
/// A stamp this far before its prediction is wrong.
const MAX_BACK_SECS: f64 = 0.5;
/// After this time of wrong stamps the clock was reset.
const RESET_SECS: f64 = 0.5;
/// A step this large breaks the run even where stamps scatter.
const BREAK_SECS: f64 = 0.25;
/// Over this time the earliest sample decides about slow drift and loss.
const WINDOW_SECS: f64 = 1.0;
/// Sampling rates up to this far from the nominal one are believed.
const MAX_RATE_ERROR: f64 = 0.05;

/// The place of one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Unbroken run it belongs to.
    pub run: u32,
    /// Its index; lost samples count.
    pub index: u64,
    /// Its stamp, the predicted one where its own made no sense.
    pub stamp_secs: f64,
    /// What came before it, if the run begins with it.
    pub gap: Option<Gap>,
}

/// Follows the stamps of one regular stream, sample by sample.
#[derive(Debug, Clone)]
pub struct Timeline {
    nominal_period_secs: f64,
    period_secs: f64,
    run: u32,
    next_index: u64,
    predicted_secs: Option<f64>,
    reconnected: bool,
    n_bad_in_row: u64,
    n_bad: u64,
    window: Window,
    stamps_are_exact: bool,
    /// Three windows have shown how far the true period is from the nominal one: from now on, what stays late is loss.
    rate_is_known: bool,
    /// Shifts of the last windows: their median is drift.
    shifts_secs: [f64; 3],
    n_shifts: usize,
    /// `(index, stamp)` where the present run began.
    run_start: (u64, f64),
    measured_rate_hz: f64,
}

/// Deviations from the prediction over about a second.
#[derive(Debug, Clone, Copy)]
struct Window {
    n_samples: u64,
    earliest_secs: f64,
    latest_secs: f64,
    broken: bool,
}

impl Window {
    const EMPTY: Self = Self {
        n_samples: 0,
        earliest_secs: f64::INFINITY,
        latest_secs: f64::NEG_INFINITY,
        broken: false,
    };

    fn take(&mut self, deviation_secs: f64) {
        self.n_samples += 1;
        self.earliest_secs = self.earliest_secs.min(deviation_secs);
        self.latest_secs = self.latest_secs.max(deviation_secs);
    }
}

impl Timeline {
    /// Follows a stream of this nominal rate.
    ///
    /// # Panics
    /// Unless the rate is positive: irregular streams have no timeline.
    #[must_use]
    pub fn new(nominal_rate_hz: f64) -> Self {
        assert!(nominal_rate_hz > 0.0, "a regular stream");
        Self {
            nominal_period_secs: 1.0 / nominal_rate_hz,
            period_secs: 1.0 / nominal_rate_hz,
            run: 0,
            next_index: 0,
            predicted_secs: None,
            reconnected: false,
            n_bad_in_row: 0,
            n_bad: 0,
            window: Window::EMPTY,
            stamps_are_exact: false,
            rate_is_known: false,
            shifts_secs: [0.0; 3],
            n_shifts: 0,
            run_start: (0, 0.0),
            measured_rate_hz: 0.0,
        }
    }

    /// The connection was lost and found: whatever comes next begins a new run.
    pub fn reconnected(&mut self) {
        self.reconnected = self.predicted_secs.is_some();
    }

    /// Rate by the stamps of the present run, once it is a second long; before, that of the run before; 0 at first.
    #[must_use]
    pub fn measured_rate_hz(&self) -> f64 {
        self.measured_rate_hz
    }

    /// Stamps replaced so far.
    #[must_use]
    pub fn n_bad_stamps(&self) -> u64 {
        self.n_bad
    }

    /// Place the next sample.
    pub fn place(&mut self, stamp_secs: f64) -> Placed {
        let Some(predicted_secs) = self.predicted_secs else {
            let stamp_secs = if stamp_secs.is_finite() {
                stamp_secs
            } else {
                0.0
            };
            return self.accept(stamp_secs, None);
        };
        let deviation_secs = stamp_secs - predicted_secs;
        let back_secs = if self.reconnected {
            self.period_secs
        } else {
            MAX_BACK_SECS
        };
        let plausible = deviation_secs > -back_secs && deviation_secs < MAX_GAP_SECS;
        if !plausible {
            return self.distrust(stamp_secs, predicted_secs);
        }
        self.n_bad_in_row = 0;
        if self.reconnected {
            return self.begin_run(stamp_secs, whole_periods(deviation_secs, self.period_secs));
        }
        if self.stamps_are_exact && deviation_secs > 0.6 * self.period_secs {
            return self.begin_run(stamp_secs, whole_periods(deviation_secs, self.period_secs));
        }
        self.window.take(deviation_secs);
        let suspicious = deviation_secs > BREAK_SECS.max(3.0 * self.period_secs);
        if suspicious && !self.window.broken {
            self.window.broken = true;
            return self.break_run(stamp_secs, 0);
        }
        if self.window.n_samples as f64 * self.nominal_period_secs < WINDOW_SECS {
            return self.accept(stamp_secs, None);
        }
        self.close_window(stamp_secs)
    }

    /// A second has passed: tell drift from loss.
    fn close_window(&mut self, stamp_secs: f64) -> Placed {
        let window = std::mem::replace(&mut self.window, Window::EMPTY);
        let shift_secs = window.earliest_secs;
        self.stamps_are_exact = window.latest_secs - window.earliest_secs < 0.25 * self.period_secs;
        let may_be_drift = !self.rate_is_known && shift_secs.abs() <= MAX_RATE_ERROR * WINDOW_SECS;
        if !may_be_drift && shift_secs > 0.75 * self.period_secs {
            self.shift(shift_secs);
            return self.break_run(stamp_secs, whole_periods(shift_secs, self.period_secs));
        }
        self.shifts_secs.rotate_left(1);
        self.shifts_secs[2] = shift_secs;
        self.n_shifts += 1;
        self.shift(shift_secs);
        if self.n_shifts == self.shifts_secs.len() {
            self.adapt_period(window.n_samples);
        }
        self.accept(stamp_secs, None)
    }

    /// Believe a steady drift: it is the sampling rate.
    fn adapt_period(&mut self, n_samples: u64) {
        let nominal = self.nominal_period_secs;
        let drift_secs = median_of_three(self.shifts_secs);
        let period = self.period_secs + drift_secs / n_samples as f64;
        self.period_secs = period.clamp(
            nominal * (1.0 - MAX_RATE_ERROR),
            nominal * (1.0 + MAX_RATE_ERROR),
        );
        // of a slow stream the earliest sample stood at the start of the window: since then another window of drift has come
        self.shift(drift_secs.max(0.0));
        self.n_shifts = 0;
        self.rate_is_known = true;
    }

    fn shift(&mut self, secs: f64) {
        self.predicted_secs = self.predicted_secs.map(|predicted| predicted + secs);
    }

    /// The stamp makes no sense: use the prediction, unless half a second of stamps agree that the clock was reset.
    fn distrust(&mut self, stamp_secs: f64, predicted_secs: f64) -> Placed {
        self.n_bad_in_row += 1;
        let reset = self.n_bad_in_row as f64 * self.period_secs > RESET_SECS;
        if stamp_secs.is_finite() && (reset || self.reconnected) {
            self.n_bad_in_row = 0;
            return self.begin_run(stamp_secs, 0);
        }
        self.n_bad += 1;
        self.accept(predicted_secs, None)
    }

    /// Begin a new run at `stamp_secs` after `n_lost` samples, and believe this stamp.
    fn begin_run(&mut self, stamp_secs: f64, n_lost: u64) -> Placed {
        self.predicted_secs = Some(stamp_secs);
        self.window = Window::EMPTY;
        self.reconnected = false;
        self.n_shifts = 0;
        self.break_run(stamp_secs, n_lost)
    }

    /// Begin a new run, but keep the prediction.
    fn break_run(&mut self, stamp_secs: f64, n_lost: u64) -> Placed {
        let gap = Gap {
            first_index: self.next_index,
            n_samples: n_lost,
        };
        self.next_index += n_lost;
        self.run += 1;
        self.run_start = (self.next_index, stamp_secs);
        self.accept(stamp_secs, Some(gap))
    }

    fn accept(&mut self, stamp_secs: f64, gap: Option<Gap>) -> Placed {
        let predicted_secs = *self.predicted_secs.get_or_insert(stamp_secs);
        if self.next_index == 0 {
            self.run_start = (0, stamp_secs);
        }
        let placed = Placed {
            run: self.run,
            index: self.next_index,
            stamp_secs,
            gap,
        };
        self.next_index += 1;
        self.predicted_secs = Some(predicted_secs + self.period_secs);
        let (start_index, start_secs) = self.run_start;
        let run_secs = stamp_secs - start_secs;
        if run_secs >= 1.0 {
            self.measured_rate_hz = (placed.index - start_index) as f64 / run_secs;
        }
        placed
    }
}

/// How many whole samples fit into `secs`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, at most ten minutes of samples, and the cast saturates"
)]
fn whole_periods(secs: f64, period_secs: f64) -> u64 {
    (secs / period_secs).round() as u64
}

fn median_of_three([a, b, c]: [f64; 3]) -> f64 {
    a.max(b).min(a.min(b).max(c))
}

#[cfg(test)]
mod tests;
