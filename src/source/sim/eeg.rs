//! The EEG: background, alpha, blinks, mains, and the planted responses.

use crate::source::sim::alpha::Alpha;
use crate::source::sim::background::Background;
use crate::source::sim::blinks::Blinks;
use crate::source::sim::envelope::EnvelopeSimulator;
use crate::source::sim::mains::Mains;
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
    next_index: u64,
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
            next_index: 0,
        }
    }

    /// What was planted.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Index of the sample that comes next; sample `n` lies `n / sample_rate_hz` after the start.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.next_index
    }

    /// The next sample, one value per channel in uV.
    ///
    /// # Panics
    /// If `out_uv` does not hold one value per channel: a bug of the caller.
    pub fn sample(&mut self, out_uv: &mut [f64]) {
        assert_eq!(
            out_uv.len(),
            self.truth.channels.len(),
            "one value per channel"
        );
        let t_secs = self.next_index as f64 / self.truth.settings.sample_rate_hz;
        self.next_index += 1;
        let response_uv = self.response_uv(t_secs);
        let alpha_uv = self.alpha.next_uv(t_secs);
        let blink_uv = self.blinks.at_uv(t_secs);
        let mains_uv = self.mains.at_uv(t_secs);
        for (out, channel) in out_uv.iter_mut().zip(&self.truth.channels) {
            *out = channel.response_gain * response_uv
                + channel.alpha_gain * alpha_uv
                + channel.blink_gain * blink_uv
                + channel.mains_gain * mains_uv;
        }
        self.background.add_to(out_uv);
    }

    /// Leave out samples: envelope, mains and blinks go on as time does, the noises as if nothing had been.
    pub fn skip(&mut self, n_samples: u64) {
        self.next_index += n_samples;
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
