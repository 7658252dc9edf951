//! What happens to the samples of a stream on their way, checked once.

use serde::{Deserialize, Serialize};

use crate::source::sim::settings::{SimSettingsError, refusal, within};

/// How a device takes its samples, stamps them, and gets them to the network.
///
/// The default is a perfect device: true stamps, nothing lost, chunks of 20 ms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkSettings {
    /// The clock that stamps is so far ahead of the true one.
    pub clock_offset_ms: f64,
    /// The device samples faster than its nominal rate by so many millionths.
    pub drift_ppm: f64,
    /// Standard deviation, and mean, of the delay of a chunk before it is stamped; exponential, as no chunk comes early.
    pub jitter_ms: f64,
    /// Samples are sent in chunks of this length, of one sample at least.
    pub chunk_ms: f64,
    /// How often the way to the stamp holds samples back.
    pub bursts_per_min: f64,
    /// For how long; what was held back is stamped when it arrives.
    pub burst_ms: f64,
    /// How often samples are lost.
    pub losses_per_min: f64,
    /// For how long.
    pub loss_ms: f64,
    /// How often the way from the stamp to the reader holds samples back.
    pub pauses_per_min: f64,
    /// For how long; nothing is lost, the stamps are those before.
    pub pause_secs: f64,
    /// How often the clock that stamps jumps.
    pub jumps_per_hour: f64,
    /// How far it jumps, each time.
    pub jump_ms: f64,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            clock_offset_ms: 0.0,
            drift_ppm: 0.0,
            jitter_ms: 0.0,
            chunk_ms: 20.0,
            bursts_per_min: 0.0,
            burst_ms: 100.0,
            losses_per_min: 0.0,
            loss_ms: 50.0,
            pauses_per_min: 0.0,
            pause_secs: 3.0,
            jumps_per_hour: 0.0,
            jump_ms: 50.0,
        }
    }
}

/// Spells may take up this much of every minute, so that something is left between them.
const MOST_SECS_PER_MIN: f64 = 30.0;

impl LinkSettings {
    /// Rate at which the device takes its samples.
    #[must_use]
    pub fn true_rate_hz(&self, nominal_rate_hz: f64) -> f64 {
        nominal_rate_hz * (1.0 + 1e-6 * self.drift_ppm)
    }

    /// Every setting by its name.
    #[must_use]
    pub fn named(&self) -> [(&'static str, f64); 12] {
        [
            ("clock_offset_ms", self.clock_offset_ms),
            ("drift_ppm", self.drift_ppm),
            ("jitter_ms", self.jitter_ms),
            ("chunk_ms", self.chunk_ms),
            ("bursts_per_min", self.bursts_per_min),
            ("burst_ms", self.burst_ms),
            ("losses_per_min", self.losses_per_min),
            ("loss_ms", self.loss_ms),
            ("pauses_per_min", self.pauses_per_min),
            ("pause_secs", self.pause_secs),
            ("jumps_per_hour", self.jumps_per_hour),
            ("jump_ms", self.jump_ms),
        ]
    }

    /// Checks every setting; `table` is named in errors, e.g. `simulate.eeg_link`.
    pub(in crate::source::sim) fn check(&self, table: &str) -> Result<(), SimSettingsError> {
        const ALLOWED: [(f64, f64); 12] = [
            (-1e6, 1e6),
            (-5000.0, 5000.0),
            (0.0, 200.0),
            (0.0, 1000.0),
            (0.0, 600.0),
            (1.0, 5000.0),
            (0.0, 600.0),
            (1.0, 30_000.0),
            (0.0, 60.0),
            (0.1, 60.0),
            (0.0, 3600.0),
            (-60_000.0, 60_000.0),
        ];
        for ((name, value), (lo, hi)) in self.named().into_iter().zip(ALLOWED) {
            within(&format!("{table}.{name}"), value, lo, hi)?;
        }
        for (name, value, per_min, secs_per_unit) in [
            ("burst_ms", self.burst_ms, self.bursts_per_min, 1e-3),
            ("loss_ms", self.loss_ms, self.losses_per_min, 1e-3),
            ("pause_secs", self.pause_secs, self.pauses_per_min, 1.0),
        ] {
            if value * secs_per_unit * per_min > MOST_SECS_PER_MIN {
                let most = MOST_SECS_PER_MIN / per_min / secs_per_unit;
                let allowed = format!("at most {most} at {per_min} per minute");
                return Err(refusal(&format!("{table}.{name}"), value, allowed));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_range_and_is_named_with_it() {
        type Change = fn(&mut LinkSettings);
        LinkSettings::default().check("simulate.eeg_link").unwrap();
        let cases: [(&str, Change); 14] = [
            ("t.clock_offset_ms = NaN; allowed is", |s| {
                s.clock_offset_ms = f64::NAN;
            }),
            ("t.drift_ppm = 6000; allowed is -5000 to 5000", |s| {
                s.drift_ppm = 6000.0;
            }),
            ("t.jitter_ms = -1; allowed is 0 to 200", |s| {
                s.jitter_ms = -1.0;
            }),
            ("t.chunk_ms = 1001; allowed is 0 to 1000", |s| {
                s.chunk_ms = 1001.0;
            }),
            ("t.bursts_per_min = -1; ", |s| s.bursts_per_min = -1.0),
            ("t.burst_ms = 0; ", |s| s.burst_ms = 0.0),
            ("t.losses_per_min = 601; ", |s| s.losses_per_min = 601.0),
            ("t.loss_ms = 0; ", |s| s.loss_ms = 0.0),
            ("t.pauses_per_min = 61; ", |s| s.pauses_per_min = 61.0),
            ("t.pause_secs = 61; ", |s| s.pause_secs = 61.0),
            ("t.jumps_per_hour = -1; ", |s| s.jumps_per_hour = -1.0),
            ("t.jump_ms = 60001; ", |s| s.jump_ms = 60_001.0),
            (
                "t.loss_ms = 500; allowed is at most 250 at 120 per minute",
                |s| {
                    (s.losses_per_min, s.loss_ms) = (120.0, 500.0);
                },
            ),
            (
                "t.pause_secs = 3; allowed is at most 1 at 30 per minute",
                |s| {
                    s.pauses_per_min = 30.0;
                },
            ),
        ];
        for (expected, change) in cases {
            let mut settings = LinkSettings::default();
            change(&mut settings);
            let text = settings.check("t").unwrap_err().to_string();
            assert!(text.starts_with(expected), "{text}, not {expected}");
        }
    }
}
