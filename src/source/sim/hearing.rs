//! The simulated amplifier's ear: turns a real stimulus stream into the response that the EEG shows.
//!
//! The response is linear and flat: `gain * (envelope(t - delay) - mean)`. Mean and gain are set once, from the first seconds of audible sound, and stay:
//! from then on the transfer function does not change. The ear's envelope is its own, on purpose as plain as can be: it shares nothing with the recipes of
//! the analysis.

use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::source::sim::settings::HearingSettings;

/// What kind of stream is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// An envelope: taken as it is.
    Envelope,
    /// A sound: rectified, and smoothed by a Hann window of 4 ms whose middle the value belongs to.
    Audio,
}

/// Length of the window that smooths rectified sound: its first zero is at 500 Hz, a content of 80 Hz loses 6 %.
const SMOOTH_SECS: f64 = 4e-3;
/// From one value of a sound's envelope to the next.
const HOP_SECS: f64 = 2.5e-4;
/// Sound ahead of the EEG is kept for so long.
const MEMORY_SECS: f64 = 20.0;
/// A step in the stamps beyond a period and a half by more than this is a gap.
const GAP_SECS: f64 = 0.02;
/// Stamps that go back by more than this are of another clock: what was heard before is forgotten.
const RESET_SECS: f64 = 1.0;
/// Audible sound from which mean and gain are set.
const LEVEL_SECS: f64 = 5.0;
/// Sound below this, of full scale, is silence; so is an envelope of zero.
const SILENCE: f64 = 1e-4;
/// An envelope must vary by this share of its mean to have a gain.
const LEAST_MODULATION: f64 = 1e-3;

/// Stamped samples in, the response at any later instant out. Allocates nothing after [`open`](Self::open); its memory is bounded.
#[derive(Debug, Clone)]
pub struct Hearing {
    settings: HearingSettings,
    ear: Option<Ear>,
    points: VecDeque<Point>,
    level: Level,
}

/// The envelope at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    t_secs: f64,
    value: f64,
    /// Whether nothing is known of the time right before.
    follows_gap: bool,
}

impl Hearing {
    /// Hears nothing yet.
    #[must_use]
    pub fn new(settings: &HearingSettings) -> Self {
        Self {
            settings: *settings,
            ear: None,
            points: VecDeque::new(),
            level: Level::default(),
        }
    }

    /// An ear shared by the thread that listens and the one that makes EEG. One that panicked left it whole: each step is one call.
    pub fn lock(shared: &Mutex<Self>) -> MutexGuard<'_, Self> {
        shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream of this kind and nominal rate follows. Mean and gain stay those set before, if they were.
    pub fn open(&mut self, heard: Heard, rate_hz: f64) {
        let ear = Ear::new(heard, rate_hz);
        self.points = VecDeque::with_capacity(ear.most_points());
        self.ear = Some(ear);
    }

    /// One sample of the stream, all channels, and when it reached the listener.
    pub fn hear(&mut self, stamp_secs: f64, values: &[f64]) {
        let Some(ear) = &mut self.ear else {
            return;
        };
        let Some(point) = ear.hear(stamp_secs, values) else {
            return;
        };
        if let Some(last) = self.points.back() {
            if point.t_secs < last.t_secs - RESET_SECS {
                self.points.clear();
            } else if point.t_secs <= last.t_secs {
                return;
            }
        }
        if self.points.len() == self.points.capacity() {
            self.points.pop_front();
        }
        self.points.push_back(point);
        self.level.take(point.value, ear);
    }

    /// The response in uV at Cz at `t_secs`, on the clock of the stamps; 0 for what has not been heard. Time never goes back.
    pub fn response_uv(&mut self, t_secs: f64) -> f64 {
        let heard = self.envelope(t_secs - 1e-3 * self.settings.delay_ms);
        match (heard, self.level.set) {
            (Some(envelope), Some((mean, rms))) => {
                1e-3 * self.settings.amplitude_nv / rms * (envelope - mean)
            }
            _ => 0.0,
        }
    }

    /// Magnitude of the transfer function from the ear's envelope to the EEG at Cz, once it is set.
    #[must_use]
    pub fn gain_uv(&self) -> Option<f64> {
        let (_, rms) = self.level.set?;
        Some(1e-3 * self.settings.amplitude_nv / rms)
    }

    /// The envelope at an instant. What lies before it is forgotten.
    fn envelope(&mut self, t_secs: f64) -> Option<f64> {
        while self
            .points
            .get(2)
            .is_some_and(|point| point.t_secs <= t_secs)
        {
            self.points.pop_front();
        }
        let is_right = |right: &Point| right.t_secs > t_secs;
        let right = (1..=2).find(|&i| self.points.get(i).is_some_and(is_right))?;
        let (from, to) = (self.points[right - 1], self.points[right]);
        if t_secs < from.t_secs || to.follows_gap {
            return None;
        }
        let u = (t_secs - from.t_secs) / (to.t_secs - from.t_secs);
        let before = (right == 2 && !from.follows_gap).then(|| self.points[0].value);
        let after = self
            .points
            .get(right + 1)
            .filter(|point| !point.follows_gap);
        let (Some(before), Some(after)) = (before, after) else {
            return Some(from.value + u * (to.value - from.value));
        };
        Some(cubic([before, from.value, to.value, after.value], u))
    }
}

/// Lagrange's cubic through four points, evenly spaced but for the stamps' scatter, at `u` from the second to the third.
fn cubic(values: [f64; 4], u: f64) -> f64 {
    let weights = [
        -u * (u - 1.0) * (u - 2.0) / 6.0,
        (u + 1.0) * (u - 1.0) * (u - 2.0) / 2.0,
        -(u + 1.0) * u * (u - 2.0) / 2.0,
        (u + 1.0) * u * (u - 1.0) / 6.0,
    ];
    weights
        .iter()
        .zip(values)
        .map(|(weight, value)| weight * value)
        .sum()
}

/// Makes an envelope of what comes.
#[derive(Debug, Clone)]
struct Ear {
    heard: Heard,
    period_secs: f64,
    last_secs: Option<f64>,
    /// A symmetric window of odd length, and what lies under it: magnitude and stamp.
    window: Vec<f64>,
    recent: VecDeque<(f64, f64)>,
    hop: u64,
    n_heard: u64,
    is_first: bool,
}

impl Ear {
    fn new(heard: Heard, rate_hz: f64) -> Self {
        let (len, hop) = match heard {
            Heard::Envelope => (1, 1),
            Heard::Audio => (
                2 * count(0.5 * SMOOTH_SECS * rate_hz) + 1,
                count(HOP_SECS * rate_hz).max(1),
            ),
        };
        let middle = (len + 1) as f64;
        let bell = |i: usize| 0.5 - 0.5 * (TAU * (i + 1) as f64 / middle).cos();
        let sum: f64 = (0..len).map(bell).sum();
        Self {
            heard,
            period_secs: 1.0 / rate_hz,
            last_secs: None,
            window: (0..len).map(|i| bell(i) / sum).collect(),
            recent: VecDeque::with_capacity(len),
            hop: hop as u64,
            n_heard: 0,
            is_first: true,
        }
    }

    /// Envelope values per second.
    fn points_per_sec(&self) -> f64 {
        1.0 / (self.period_secs * self.hop as f64)
    }

    fn most_points(&self) -> usize {
        count(MEMORY_SECS * self.points_per_sec()).max(4)
    }

    /// Whether a value of the envelope is of any sound.
    fn is_audible(&self, value: f64) -> bool {
        match self.heard {
            Heard::Envelope => value > 0.0,
            Heard::Audio => value > SILENCE,
        }
    }

    fn hear(&mut self, stamp_secs: f64, values: &[f64]) -> Option<Point> {
        let step_secs = self.last_secs.map(|last_secs| stamp_secs - last_secs);
        self.last_secs = Some(stamp_secs);
        let is_gap = |step_secs: f64| {
            step_secs > 1.5 * self.period_secs + GAP_SECS || step_secs < -RESET_SECS
        };
        if step_secs.is_some_and(is_gap) {
            self.recent.clear();
            self.n_heard = 0;
            self.is_first = true;
        }
        let sum: f64 = match self.heard {
            Heard::Envelope => values.iter().sum(),
            Heard::Audio => values.iter().map(|value| value.abs()).sum(),
        };
        let mean = sum / values.len().max(1) as f64;
        if !mean.is_finite() {
            return None;
        }
        if self.recent.len() == self.window.len() {
            self.recent.pop_front();
        }
        self.recent.push_back((mean, stamp_secs));
        self.n_heard += 1;
        let is_due =
            self.recent.len() == self.window.len() && self.n_heard.is_multiple_of(self.hop);
        is_due.then(|| {
            let weighted = self.window.iter().zip(&self.recent);
            Point {
                t_secs: self.recent[self.window.len() / 2].1,
                value: weighted.map(|(weight, (value, _))| weight * value).sum(),
                follows_gap: std::mem::replace(&mut self.is_first, false),
            }
        })
    }
}

/// Mean and rms of the envelope, from the first audible seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    n: f64,
    mean: f64,
    /// Sum of squared deviations from the mean.
    squares: f64,
    /// Mean and rms of the variation, once enough was heard.
    set: Option<(f64, f64)>,
}

impl Level {
    fn take(&mut self, value: f64, ear: &Ear) {
        if self.set.is_some() || !ear.is_audible(value) {
            return;
        }
        // Welford's recurrence (1962).
        self.n += 1.0;
        let deviation = value - self.mean;
        self.mean += deviation / self.n;
        self.squares += deviation * (value - self.mean);
        let rms = (self.squares / self.n).sqrt();
        if self.n >= LEVEL_SECS * ear.points_per_sec() && rms > LEAST_MODULATION * self.mean {
            self.set = Some((self.mean, rms));
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, a positive number, and a float-to-int cast saturates"
)]
fn count(samples: f64) -> usize {
    samples.round() as usize
}

#[cfg(test)]
mod tests;
