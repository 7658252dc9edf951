//! The stimulus as a sound: a carrier whose amplitude follows the envelope.

use rand_pcg::Pcg64;

use crate::source::sim::envelope::EnvelopeSimulator;
use crate::source::sim::settings::{Carrier, SimSettings};
use crate::source::sim::{Purpose, rng, sine, uniform};

/// The carrier's amplitude where the envelope is at its mean; at twice the mean, which it does not reach, the sound is still below full scale.
const MEAN_AMPLITUDE: f64 = 0.45;
/// The envelope is computed at this many times its highest frequency and interpolated in between.
/// A cubic through values and slopes errs by `(2 pi / 32)^4 / 384` of a sine's amplitude at most: 4 in a million.
const KNOTS_PER_PERIOD: f64 = 32.0;

/// Amplitude of the carrier over the envelope.
pub(super) fn per_envelope(envelope: &EnvelopeSimulator) -> f64 {
    MEAN_AMPLITUDE / envelope.mean()
}

/// The sound sample by sample, within -1 to 1; allocates nothing after its construction.
#[derive(Debug, Clone)]
pub struct AudioSimulator {
    envelope: EnvelopeSimulator,
    per_envelope: f64,
    carrier: Carrier,
    carrier_hz: f64,
    rng: Pcg64,
    step_secs: f64,
    /// Number of the knot on the left, with value and slope there and one step on.
    left: f64,
    knots: [(f64, f64); 2],
}

impl AudioSimulator {
    /// A sound that starts now; the settings must have passed their check.
    #[must_use]
    pub fn new(settings: &SimSettings) -> Self {
        let envelope = EnvelopeSimulator::new(settings);
        let step_secs = 1.0 / (KNOTS_PER_PERIOD * envelope.highest_hz());
        Self {
            per_envelope: per_envelope(&envelope),
            carrier: settings.carrier,
            carrier_hz: settings.carrier_hz,
            rng: rng(settings.seed, Purpose::Carrier),
            step_secs,
            left: 0.0,
            knots: [envelope.with_slope(0.0), envelope.with_slope(step_secs)],
            envelope,
        }
    }

    /// The next sample, taken `t_secs` after the start. Time never goes back.
    pub fn sample(&mut self, t_secs: f64) -> f64 {
        let carrier = match self.carrier {
            Carrier::Noise => 2.0 * uniform(&mut self.rng) - 1.0,
            Carrier::Tone => sine(self.carrier_hz * t_secs),
        };
        self.per_envelope * self.envelope_at(t_secs) * carrier
    }

    fn envelope_at(&mut self, t_secs: f64) -> f64 {
        let knot = (t_secs / self.step_secs).floor();
        if knot > self.left {
            let right = self.envelope.with_slope((knot + 1.0) * self.step_secs);
            let left = if knot > self.left + 1.0 {
                self.envelope.with_slope(knot * self.step_secs)
            } else {
                self.knots[1]
            };
            (self.left, self.knots) = (knot, [left, right]);
        }
        let u = t_secs / self.step_secs - self.left;
        let [(from, from_slope), (to, to_slope)] = self.knots;
        let (rest, step) = (1.0 - u, self.step_secs);
        // Cubic Hermite interpolation.
        rest * rest * ((1.0 + 2.0 * u) * from + u * step * from_slope)
            + u * u * ((1.0 + 2.0 * rest) * to - rest * step * to_slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sim::link::SimLink;
    use crate::source::sim::settings::StimulusKind;

    fn settings(carrier: Carrier) -> SimSettings {
        SimSettings {
            stimulus: StimulusKind::Audio,
            carrier,
            ..SimSettings::default()
        }
    }

    #[test]
    fn a_tones_amplitude_is_the_envelope() {
        let mut settings = settings(Carrier::Tone);
        settings.stimulus_link.drift_ppm = -800.0;
        let envelope = EnvelopeSimulator::new(&settings);
        let mut audio = AudioSimulator::new(&settings);
        for sample in SimLink::stimulus(&settings).take(44_100) {
            let value = audio.sample(sample.t_secs);
            let carrier = (std::f64::consts::TAU * 1000.0 * sample.t_secs).sin();
            let expected = per_envelope(&envelope) * envelope.envelope(sample.t_secs) * carrier;
            assert!(
                (value - expected).abs() < 2e-6,
                "{sample:?}: {value}, not {expected}"
            );
        }
    }

    #[test]
    fn noise_stays_below_full_scale_and_is_as_loud_as_the_envelope_says() {
        let settings = settings(Carrier::Noise);
        let mut audio = AudioSimulator::new(&settings);
        let values: Vec<f64> = SimLink::stimulus(&settings)
            .take(441_000)
            .map(|sample| audio.sample(sample.t_secs))
            .collect();
        assert!(values.iter().all(|value| value.abs() < 1.0));
        // The mean of a uniform number's magnitude is one half.
        let mean = values.iter().map(|value| value.abs()).sum::<f64>() / 441_000.0;
        assert!((mean / (0.5 * MEAN_AMPLITUDE) - 1.0).abs() < 0.01, "{mean}");
    }
}
