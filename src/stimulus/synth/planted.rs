//! The modulation planted into the envelope of speech and music.

use std::f64::consts::TAU;

use num_complex::Complex64;

use super::{PLANTED_BANDS_HZ, Random};

/// Root mean square of each band's modulation, of the envelope's mean.
const DEPTHS: [f64; 3] = [0.3, 0.22, 0.22];
/// Lines of which a band's noise is made, at most.
const MAX_LINES: usize = 24;
/// The modulation never silences the sound, nor turns it over.
const LEAST: f64 = 0.05;

/// `1 + noise in each planted band`: every band is a sum of sines of random phase that have whole cycles in the sound, so it loops.
pub(super) struct Planted {
    /// Each line's value now, and its turn per sample.
    lines: Vec<(Complex64, Complex64)>,
}

impl Planted {
    pub(super) fn new(random: &mut Random, n_samples: usize, rate_hz: u32) -> Self {
        let secs = n_samples as f64 / f64::from(rate_hz);
        let mut lines = Vec::new();
        for ((lo_hz, hi_hz), depth) in PLANTED_BANDS_HZ.into_iter().zip(DEPTHS) {
            let (first, last) = ((lo_hz * secs).ceil(), (hi_hz * secs).floor());
            let n_cycles = last - first + 1.0;
            let n_lines = n_cycles.min(MAX_LINES as f64);
            let amplitude = depth * (2.0 / n_lines).sqrt();
            let stratum = n_cycles / n_lines;
            let mut line = 0.0;
            while line < n_lines {
                let place = random.within(line * stratum, (line + 1.0) * stratum);
                let cycles = first + place.floor();
                let phase = random.within(0.0, TAU);
                let turn = TAU * cycles / n_samples as f64;
                lines.push((
                    Complex64::from_polar(amplitude, phase),
                    Complex64::from_polar(1.0, turn),
                ));
                line += 1.0;
            }
        }
        Self { lines }
    }

    /// The factor for the next sample.
    fn next(&mut self) -> f64 {
        let mut factor = 1.0;
        for (value, turn) in &mut self.lines {
            factor += value.im;
            *value *= *turn;
        }
        factor.max(LEAST)
    }

    pub(super) fn modulate(mut self, sound: &mut [f64]) {
        for value in sound {
            *value *= self.next();
        }
    }
}
