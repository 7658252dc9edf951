//! The stimulus envelope: known at every instant, so that a delayed copy is exact.

use std::f64::consts::TAU;

use rand_pcg::Pcg64;

use crate::source::sim::settings::SimSettings;
use crate::source::sim::{Purpose, rng, sine, uniform};

/// Density of the sines. With several in each analysis bin of 0.5 Hz the envelope is like noise there; with one it would be a tone,
/// whose segments are not independent of each other.
const SINES_PER_HZ: f64 = 8.0;
/// A narrow band has at least so many.
const FEWEST_SINES: f64 = 24.0;
/// Rms of a band's content, in units of the envelope.
const BAND_RMS: f64 = 0.1;
/// Weak content everywhere else: there the envelope is known, yet nothing responds.
const BROAD_RMS: f64 = 0.05;
const BROAD_LO_HZ: f64 = 1.0;
const BROAD_HI_HZ: f64 = 90.0;
/// Kept free around a response band: half the main lobe of a Hann taper of 2 s.
const GUARD_HZ: f64 = 1.0;
/// The mean over the rms of what varies: so far above zero that the envelope does not get there.
const MEAN_OVER_RMS: f64 = 6.0;

/// A sum of sines of one size, with random frequencies and phases.
#[derive(Debug, Clone)]
pub(super) struct SineBank {
    amplitude: f64,
    /// Frequency in Hz and phase in cycles.
    sines: Vec<(f64, f64)>,
}

impl SineBank {
    /// Sines from `lo_hz` to `hi_hz`, one at a random place in each of many equal steps so that none is empty, less those that are not
    /// `wanted`; together they have `rms`.
    fn new(
        rng: &mut Pcg64,
        (lo_hz, hi_hz): (f64, f64),
        rms: f64,
        wanted: impl Fn(f64) -> bool,
    ) -> Self {
        let n = n_sines(hi_hz - lo_hz);
        let step_hz = (hi_hz - lo_hz) / f64::from(n);
        let sines: Vec<(f64, f64)> = (0..n)
            .map(|i| {
                let hz = lo_hz + (f64::from(i) + uniform(rng)) * step_hz;
                (hz, uniform(rng))
            })
            .filter(|(hz, _)| wanted(*hz))
            .collect();
        // Sines of different frequencies add in power, each with half its amplitude squared.
        let amplitude = rms * (2.0 / sines.len().max(1) as f64).sqrt();
        Self { amplitude, sines }
    }

    /// Its value at an instant.
    pub(super) fn at(&self, t_secs: f64) -> f64 {
        let sum: f64 = self
            .sines
            .iter()
            .map(|(hz, phase)| sine(hz * t_secs + phase))
            .sum();
        self.amplitude * sum
    }

    /// Its value at an instant, and how fast it changes, per second.
    fn with_slope(&self, t_secs: f64) -> (f64, f64) {
        let (mut value, mut slope) = (0.0, 0.0);
        for (hz, phase) in &self.sines {
            let (sin, cos) = (TAU * (hz * t_secs + phase).fract()).sin_cos();
            value += sin;
            slope += TAU * hz * cos;
        }
        (self.amplitude * value, self.amplitude * slope)
    }
}

/// Sines for a band of that width.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded up from a positive number, and a float-to-int cast saturates"
)]
fn n_sines(width_hz: f64) -> u32 {
    (SINES_PER_HZ * width_hz).max(FEWEST_SINES).ceil() as u32
}

/// The stimulus envelope, in arbitrary units; positive.
///
/// An offset, plus for each response band many sines inside it, plus weak sines from 1 to 90 Hz outside the bands.
#[derive(Debug, Clone)]
pub struct EnvelopeSimulator {
    mean: f64,
    bands: Vec<SineBank>,
    broad: SineBank,
}

impl EnvelopeSimulator {
    /// The envelope for these settings; only the seed and the bands' edges matter.
    #[must_use]
    pub fn new(settings: &SimSettings) -> Self {
        let mut rng = rng(settings.seed, Purpose::Envelope);
        let bands: Vec<SineBank> = settings
            .responses
            .iter()
            .map(|band| {
                let edges_hz = (band.lo_hz, band.hi_hz);
                SineBank::new(&mut rng, edges_hz, BAND_RMS, |_| true)
            })
            .collect();
        let is_free = |hz: f64| {
            settings
                .responses
                .iter()
                .all(|band| hz < band.lo_hz - GUARD_HZ || hz > band.hi_hz + GUARD_HZ)
        };
        let edges_hz = (BROAD_LO_HZ, BROAD_HI_HZ);
        let broad = SineBank::new(&mut rng, edges_hz, BROAD_RMS, is_free);
        let power = BROAD_RMS * BROAD_RMS + bands.len() as f64 * BAND_RMS * BAND_RMS;
        let mean = MEAN_OVER_RMS * power.sqrt();
        Self { mean, bands, broad }
    }

    /// The envelope `t_secs` after the start, which may be negative.
    #[must_use]
    pub fn envelope(&self, t_secs: f64) -> f64 {
        let bands: f64 = self.bands.iter().map(|band| band.at(t_secs)).sum();
        self.mean + bands + self.broad.at(t_secs)
    }

    /// The envelope and how fast it changes, per second.
    pub(super) fn with_slope(&self, t_secs: f64) -> (f64, f64) {
        let start = (self.mean, 0.0);
        let banks = self.bands.iter().chain([&self.broad]);
        banks.fold(start, |(value, slope), bank| {
            let (more, steeper) = bank.with_slope(t_secs);
            (value + more, slope + steeper)
        })
    }

    /// The highest frequency in it.
    pub(super) fn highest_hz(&self) -> f64 {
        let banks = self.bands.iter().chain([&self.broad]);
        let sines = banks.flat_map(|bank| &bank.sines);
        sines.map(|(hz, _)| *hz).fold(BROAD_LO_HZ, f64::max)
    }

    /// Its content in the response band of that number, without offset.
    pub(super) fn component(&self, band: usize, t_secs: f64) -> f64 {
        self.bands[band].at(t_secs)
    }

    /// Its mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Rms of its content in each response band.
    #[must_use]
    pub fn band_rms(&self) -> f64 {
        BAND_RMS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_is_positive_and_has_the_stated_content() {
        let settings = SimSettings::default();
        let envelope = EnvelopeSimulator::new(&settings);
        let n = 100_000;
        let values: Vec<f64> = (0..n)
            .map(|i| envelope.envelope(f64::from(i) / 500.0))
            .collect();
        assert!(values.iter().all(|value| *value > 0.0));
        let mean = values.iter().sum::<f64>() / f64::from(n);
        assert!((mean - envelope.mean()).abs() < 0.005, "{mean}");
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f64::from(n);
        let expected = 3.0 * BAND_RMS.powi(2) + BROAD_RMS.powi(2);
        assert!((variance / expected - 1.0).abs() < 0.03, "{variance}");
    }

    #[test]
    fn other_settings_than_seed_and_bands_do_not_change_the_envelope() {
        let settings = SimSettings::default();
        let other = SimSettings {
            channels: vec!["Cz".into()],
            noise_uv: 0.0,
            ..settings.clone()
        };
        let reseeded = SimSettings {
            seed: 2,
            ..settings.clone()
        };
        let at = |settings: &SimSettings| EnvelopeSimulator::new(settings).envelope(1.5);
        assert_eq!(at(&settings), at(&other));
        assert_ne!(at(&settings), at(&reseeded));
    }

    #[test]
    fn nothing_of_the_broad_content_is_near_a_response_band() {
        let settings = SimSettings::default();
        for (hz, _) in EnvelopeSimulator::new(&settings).broad.sines {
            assert!(
                !(7.0..=12.0).contains(&hz) && !(52.0..=57.0).contains(&hz),
                "{hz}"
            );
        }
    }
}
