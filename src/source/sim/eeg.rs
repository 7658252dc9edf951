//! The EEG: background, alpha, blinks, muscles, mains, and the planted responses.

use crate::source::sim::alpha::Alpha;
use crate::source::sim::background::Background;
use crate::source::sim::blinks::Blinks;
use crate::source::sim::envelope::EnvelopeSimulator;
use crate::source::sim::mains::Mains;
use crate::source::sim::muscle::Muscle;
use crate::source::sim::settings::SimSettings;
use crate::source::sim::truth::Truth;

/// EEG made sample by sample; allocates nothing after its construction.
#[derive(Debug, Clone)]
pub struct EegSimulator {
    truth: Truth,
    envelope: EnvelopeSimulator,
    background: Background,
    alpha: Alpha,
    blinks: Blinks,
    mains: Mains,
    muscle: Muscle,
}

impl EegSimulator {
    /// A recording that starts now; the settings must have passed their check.
    #[must_use]
    pub fn new(settings: &SimSettings) -> Self {
        Self {
            truth: Truth::new(settings),
            envelope: EnvelopeSimulator::new(settings),
            background: Background::new(settings),
            alpha: Alpha::new(settings),
            blinks: Blinks::new(settings),
            mains: Mains::new(settings),
            muscle: Muscle::new(settings),
        }
    }

    /// What was planted.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// The next sample, taken `t_secs` after the start, one value per channel in uV. Time never goes back.
    ///
    /// # Panics
    /// If `out_uv` does not hold one value per channel: a bug of the caller.
    pub fn sample(&mut self, t_secs: f64, out_uv: &mut [f64]) {
        let response_uv = self.response_uv(t_secs);
        self.sample_with_response(t_secs, response_uv, out_uv);
    }

    /// The next sample, with another response at Cz than the planted ones.
    ///
    /// # Panics
    /// If `out_uv` does not hold one value per channel: a bug of the caller.
    pub fn sample_with_response(&mut self, t_secs: f64, response_uv: f64, out_uv: &mut [f64]) {
        assert_eq!(
            out_uv.len(),
            self.truth.channels.len(),
            "one value per channel"
        );
        let alpha_uv = self.alpha.next_uv(t_secs);
        let blink_uv = self.blinks.at_uv(t_secs);
        let mains_uv = self.mains.at_uv(t_secs);
        let muscles_uv = self.muscle.next_uv(t_secs);
        for (out, channel) in out_uv.iter_mut().zip(&self.truth.channels) {
            *out = channel.response_gain * response_uv
                + channel.alpha_gain * alpha_uv
                + channel.blink_gain * blink_uv
                + channel.mains_gain * mains_uv;
            if let Some(muscles_uv) = muscles_uv {
                let [one, other] = channel.muscle_gains;
                *out += one * muscles_uv[0] + other * muscles_uv[1];
            }
        }
        self.background.add_to(out_uv);
    }

    /// All responses at Cz.
    fn response_uv(&self, t_secs: f64) -> f64 {
        self.truth
            .responses
            .iter()
            .enumerate()
            .map(|(i, response)| {
                let then_secs = t_secs - 1e-3 * response.band.delay_ms;
                response.gain_uv * self.envelope.component(i, then_secs)
            })
            .sum()
    }
}

#[cfg(test)]
mod tests;
