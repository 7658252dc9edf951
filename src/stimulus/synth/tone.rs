//! Amplitude-modulated tones.

use std::f64::consts::TAU;

use super::{SynthError, SynthSettings, n_samples};

/// Whether a tone can be modulated so at this rate.
pub(super) fn check(settings: &SynthSettings, modulation_hz: u32) -> Result<(), SynthError> {
    let &SynthSettings {
        carrier_hz, depth, ..
    } = settings;
    let (least_hz, most_hz) = (
        2 * modulation_hz,
        (settings.rate_hz - 1) / 2 - modulation_hz,
    );
    if !(least_hz..=most_hz).contains(&carrier_hz) {
        return Err(SynthError::Carrier {
            carrier_hz,
            modulation_hz,
            least_hz,
            most_hz,
        });
    }
    if !(depth > 0.0 && depth <= 1.0) {
        return Err(SynthError::Depth { depth });
    }
    Ok(())
}

/// `(1 + depth sin(2 pi modulation t)) sin(2 pi carrier t)`, the nearest length to that asked for with whole cycles of both.
pub(super) fn modulated(settings: &SynthSettings, modulation_hz: u32) -> Vec<f64> {
    let &SynthSettings {
        rate_hz,
        secs,
        carrier_hz,
        depth,
        ..
    } = settings;
    // the shortest stretch with whole cycles of both; a second always has
    let stretch = rate_hz / common_divisor(rate_hz, common_divisor(modulation_hz, carrier_hz));
    let n_stretches = (secs * f64::from(rate_hz / stretch)).round();
    let n_samples = n_samples(n_stretches, stretch);
    // whole cycles are taken off in whole numbers: the last second is as exact as the first
    let sine = |hz: u32, n: usize| {
        let turned = (hz as usize * n) % rate_hz as usize;
        (TAU * turned as f64 / f64::from(rate_hz)).sin()
    };
    let value = |n| (1.0 + depth * sine(modulation_hz, n)) * sine(carrier_hz, n);
    (0..n_samples).map(value).collect()
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
