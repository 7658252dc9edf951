//! Muscle noise: bursts of an EMG-like noise from a muscle at either side.

use std::f64::consts::{PI, SQRT_2, TAU};

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use crate::source::sim::settings::SimSettings;
use crate::source::sim::spells::Spells;
use crate::source::sim::{Purpose, rng, rng_of_part};

/// The noise's band: surface EMG has most of its power there (Whitham et al. 2007; Muthukumaraswamy 2013).
const LO_HZ: f64 = 20.0;
const HI_HZ: f64 = 200.0;
/// Up to here, as a share of the sample rate, the upper edge is drawn; nearer to Nyquist there is none.
const HIGHEST_EDGE: f64 = 0.45;
/// Range of a burst's length, and the shortest time between two.
const LENGTH_SECS: (f64, f64) = (0.7, 1.3);
const REST_SECS: f64 = 0.3;
/// A burst rises and falls this long.
const RAMP_SECS: f64 = 0.1;
/// Samples over which the filters' answer to an impulse is summed to find the noise's power: they die out within a few periods of `LO_HZ`.
const IMPULSE_SECS: f64 = 1.0;

/// Two muscles that tense together, each with a noise of its own.
#[derive(Debug, Clone)]
pub(super) struct Muscle {
    rng: Pcg64,
    bursts: Spells,
    /// A muscle is noise through its filter, times this; `None` for muscles always at rest.
    drive_uv: Option<f64>,
    filters: [BandPass; 2],
}

impl Muscle {
    pub(super) fn new(settings: &SimSettings) -> Self {
        let per_min = settings.muscle_bursts_per_min;
        let filter = BandPass::new(settings.sample_rate_hz);
        let is_active = settings.muscle_uv > 0.0 && per_min > 0.0;
        let drive_uv = is_active
            .then(|| settings.muscle_uv / filter.noise_power(settings.sample_rate_hz).sqrt());
        let starts = rng_of_part(settings.seed, Purpose::Muscle, 1);
        Self {
            rng: rng(settings.seed, Purpose::Muscle),
            bursts: Spells::new(starts, per_min, LENGTH_SECS, REST_SECS),
            drive_uv,
            filters: [filter; 2],
        }
    }

    /// The next sample of each muscle, taken at `t_secs`, for a channel of gain 1; `None` for muscles always at rest.
    pub(super) fn next_uv(&mut self, t_secs: f64) -> Option<[f64; 2]> {
        let drive_uv = self.drive_uv?;
        let rng = &mut self.rng;
        let noises = self.filters.each_mut().map(|filter| {
            let white: f64 = StandardNormal.sample(rng);
            filter.step(drive_uv * white)
        });
        let tension = self.bursts.at(t_secs).map_or(0.0, |(start, end)| {
            let from_edge_secs = (t_secs - start).min(end - t_secs);
            (0.5 * PI * (from_edge_secs / RAMP_SECS).min(1.0)).sin()
        });
        Some(noises.map(|uv| tension * uv))
    }
}

/// A Butterworth high-pass of second order at 20 Hz, then a low-pass at 200 Hz where the rate allows it.
#[derive(Debug, Clone, Copy)]
struct BandPass {
    high_pass: Biquad,
    low_pass: Option<Biquad>,
}

impl BandPass {
    fn new(rate_hz: f64) -> Self {
        let low_pass = (HI_HZ < HIGHEST_EDGE * rate_hz).then(|| Biquad::new(HI_HZ, rate_hz, 1.0));
        Self {
            high_pass: Biquad::new(LO_HZ, rate_hz, -1.0),
            low_pass,
        }
    }

    fn step(&mut self, x: f64) -> f64 {
        let high = self.high_pass.step(x);
        self.low_pass
            .as_mut()
            .map_or(high, |low_pass| low_pass.step(high))
    }

    /// Power of white noise of power 1 behind it.
    fn noise_power(mut self, rate_hz: f64) -> f64 {
        let n = (0..).take_while(|i| f64::from(*i) < IMPULSE_SECS * rate_hz);
        n.map(|i| self.step(if i == 0 { 1.0 } else { 0.0 }).powi(2))
            .sum()
    }
}

/// A second-order section, by the bilinear transform with the edge prewarped.
#[derive(Debug, Clone, Copy)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    /// A Butterworth low-pass (`side` 1) or high-pass (`side` -1).
    fn new(edge_hz: f64, rate_hz: f64, side: f64) -> Self {
        let (sin, cos) = (TAU * edge_hz / rate_hz).sin_cos();
        let alpha = sin / SQRT_2;
        let scale = 1.0 / (1.0 + alpha);
        let b = 0.5 * (1.0 - side * cos) * scale;
        Self {
            b: [b, 2.0 * side * b, b],
            a: [-2.0 * cos * scale, (1.0 - alpha) * scale],
            state: [0.0; 2],
        }
    }

    fn step(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}
