//! How stimulus and EEG run against each other in time.

/// Whether the stimulus can be placed on the EEG's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub enum Alignment {
    /// No stimulus has come yet.
    #[default]
    Waiting,
    /// It comes, but its time is not yet known well enough.
    Settling,
    /// It is on the EEG's samples.
    Aligned,
    /// It has stopped coming.
    Silent,
}

/// What was measured of the two clocks, and what it would cost not to correct it.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct StimulusTiming {
    /// Whether the stimulus is on the EEG's samples.
    pub alignment: Alignment,
    /// How far the two streams have slipped against each other since the run began, had their nominal rates been believed.
    pub offset_ms: f64,
    /// The stimulus device's rate against the EEG's, both relative to their nominal ones: positive where the stimulus's samples come too fast.
    pub drift_ppm: f64,
    /// Standard deviation of the EEG's stamps about their fit.
    pub eeg_jitter_ms: f64,
    /// Standard deviation of the stimulus's stamps about their fit.
    pub stimulus_jitter_ms: f64,
    /// Standard deviation of the alignment that remains after the fit.
    pub residual_ms: f64,
    /// Known delay of the envelope, corrected.
    pub envelope_delay_ms: f64,
    /// Clock resets and jumps noticed, each the start of a new run of segments.
    pub n_jumps: u64,
    /// EEG samples that got no stimulus since the first that did.
    pub n_missing: u64,
}

impl StimulusTiming {
    /// Jitter above which a person is warned.
    pub const WARN_JITTER_MS: f64 = 1.0;
    /// Drift above which a person is warned.
    pub const WARN_DRIFT_PPM: f64 = 5.0;

    /// Jitter of both streams together: what the stamps as they came would have added.
    #[must_use]
    pub fn jitter_ms(&self) -> f64 {
        self.eeg_jitter_ms.hypot(self.stimulus_jitter_ms)
    }

    /// Share of the MSC that is left at `hz` after the alignment: `exp(-(2 pi f sigma)^2)` of the residual.
    #[must_use]
    pub fn kept_share(&self, hz: f64) -> f64 {
        jitter_share(hz, 1e-3 * self.residual_ms)
    }

    /// Share of the MSC that would be left at `hz` without it, over `integration_secs`: `exp(-(2 pi f sigma)^2) sinc(f D)^2` of the jitter
    /// `sigma` and the slip `D = drift * T`.
    #[must_use]
    pub fn uncorrected_share(&self, hz: f64, integration_secs: f64) -> f64 {
        let turns = std::f64::consts::PI * hz * 1e-6 * self.drift_ppm * integration_secs;
        let slip = if turns.abs() > 1e-9 {
            turns.sin() / turns
        } else {
            1.0
        };
        jitter_share(hz, 1e-3 * self.jitter_ms()) * slip * slip
    }
}

/// `exp(-(2 pi f sigma)^2)`.
fn jitter_share(hz: f64, sd_secs: f64) -> f64 {
    (-(std::f64::consts::TAU * hz * sd_secs).powi(2)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_and_drift_cost_what_the_sheet_says() {
        let share = |jitter_ms: f64, drift_ppm: f64, secs: f64, hz: f64| {
            let timing = StimulusTiming {
                stimulus_jitter_ms: jitter_ms,
                residual_ms: jitter_ms,
                drift_ppm,
                ..StimulusTiming::default()
            };
            assert!((timing.kept_share(hz) - timing.uncorrected_share(hz, 0.0)).abs() < 1e-12);
            timing.uncorrected_share(hz, secs)
        };
        for (jitter_ms, hz, expected) in [
            (0.5, 79.5, 0.94),
            (1.0, 54.5, 0.89),
            (2.0, 79.5, 0.37),
            (5.0, 10.0, 0.91),
        ] {
            assert!((share(jitter_ms, 0.0, 60.0, hz) - expected).abs() < 6e-3);
        }
        for (ppm, secs, expected) in [(50.0, 60.0, 0.83), (50.0, 300.0, 0.02), (20.0, 300.0, 0.44)]
        {
            assert!((share(0.0, ppm, secs, 79.5) - expected).abs() < 6e-3);
        }
    }
}
