//! Mains hum: the fundamental and its third harmonic.

use std::f64::consts::SQRT_2;

use crate::source::sim::settings::SimSettings;
use crate::source::sim::{Purpose, rng, sine, uniform};

/// Amplitude of the third harmonic over that of the fundamental.
const THIRD_HARMONIC: f64 = 0.15;
/// Range of the channels' gains, as leads pick up more or less.
const GAIN: (f64, f64) = (0.5, 1.5);

/// Hum in all channels, in phase.
#[derive(Debug, Clone)]
pub(super) struct Mains {
    hz: f64,
    phase: f64,
    fundamental_uv: f64,
    third_uv: f64,
    gains: Vec<f64>,
}

impl Mains {
    pub(super) fn new(settings: &SimSettings) -> Self {
        let mut rng = rng(settings.seed, Purpose::Mains);
        let phase = uniform(&mut rng);
        let gains = settings
            .channels
            .iter()
            .map(|_| GAIN.0 + (GAIN.1 - GAIN.0) * uniform(&mut rng))
            .collect();
        let fundamental_uv = SQRT_2 * settings.mains_uv;
        // An amplifier's filter keeps out what lies above Nyquist.
        let is_sampled = 3.0 * settings.mains_hz < 0.5 * settings.sample_rate_hz;
        let third_uv = if is_sampled {
            THIRD_HARMONIC * fundamental_uv
        } else {
            0.0
        };
        Self {
            hz: settings.mains_hz,
            phase,
            fundamental_uv,
            third_uv,
            gains,
        }
    }

    /// Gain of each channel.
    pub(super) fn gains(&self) -> &[f64] {
        &self.gains
    }

    /// Its value `t_secs` after the start, for a channel of gain 1.
    pub(super) fn at_uv(&self, t_secs: f64) -> f64 {
        let cycles = self.hz * t_secs + self.phase;
        self.fundamental_uv * sine(cycles) + self.third_uv * sine(3.0 * cycles)
    }
}
