//! The simulator's part of the configuration.

use serde::{Deserialize, Serialize};

use crate::config::Problem;
use crate::source::{
    Carrier, HearingSettings, LinkSettings, ResponseBand, SimSettings, StimulusKind,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawSimulate {
    seed: u64,
    source_id: String,
    sample_rate_hz: f64,
    channels: Vec<String>,
    noise_uv: f64,
    noise_exponent: f64,
    alpha_uv: f64,
    mains_hz: f64,
    mains_uv: f64,
    blink_uv: f64,
    blinks_per_min: f64,
    muscle_uv: f64,
    muscle_bursts_per_min: f64,
    stimulus: String,
    stimulus_rate_hz: f64,
    carrier: String,
    carrier_hz: f64,
    response: Vec<RawResponse>,
    hearing: RawHearing,
    eeg_link: RawLink,
    stimulus_link: RawLink,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawResponse {
    lo_hz: f64,
    hi_hz: f64,
    amplitude_nv: f64,
    delay_ms: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawHearing {
    amplitude_nv: f64,
    delay_ms: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawLink {
    clock_offset_ms: f64,
    drift_ppm: f64,
    jitter_ms: f64,
    chunk_ms: f64,
    bursts_per_min: f64,
    burst_ms: f64,
    losses_per_min: f64,
    loss_ms: f64,
    pauses_per_min: f64,
    pause_secs: f64,
    jumps_per_hour: f64,
    jump_ms: f64,
}

const STIMULI: [StimulusKind; 2] = [StimulusKind::Envelope, StimulusKind::Audio];
const CARRIERS: [Carrier; 2] = [Carrier::Noise, Carrier::Tone];

impl RawSimulate {
    /// What the text means.
    pub(super) fn check(self) -> Result<SimSettings, Problem> {
        let response = |raw: RawResponse| ResponseBand {
            lo_hz: raw.lo_hz,
            hi_hz: raw.hi_hz,
            amplitude_nv: raw.amplitude_nv,
            delay_ms: raw.delay_ms,
        };
        let Some(stimulus) = STIMULI.into_iter().find(|s| s.word() == self.stimulus) else {
            return Err(Problem::Word {
                key: "simulate.stimulus",
                value: self.stimulus,
                allowed: "\"envelope\" or \"audio\"",
            });
        };
        let Some(carrier) = CARRIERS.into_iter().find(|c| c.word() == self.carrier) else {
            return Err(Problem::Word {
                key: "simulate.carrier",
                value: self.carrier,
                allowed: "\"noise\" or \"tone\"",
            });
        };
        let rate_hz = self.stimulus_rate_hz;
        let settings = SimSettings {
            seed: self.seed,
            source_id: self.source_id,
            sample_rate_hz: self.sample_rate_hz,
            channels: self.channels,
            noise_uv: self.noise_uv,
            noise_exponent: self.noise_exponent,
            alpha_uv: self.alpha_uv,
            mains_hz: self.mains_hz,
            mains_uv: self.mains_uv,
            blink_uv: self.blink_uv,
            blinks_per_min: self.blinks_per_min,
            muscle_uv: self.muscle_uv,
            muscle_bursts_per_min: self.muscle_bursts_per_min,
            stimulus,
            stimulus_rate_hz: (rate_hz != 0.0).then_some(rate_hz),
            carrier,
            carrier_hz: self.carrier_hz,
            responses: self.response.into_iter().map(response).collect(),
            hearing: HearingSettings {
                amplitude_nv: self.hearing.amplitude_nv,
                delay_ms: self.hearing.delay_ms,
            },
            eeg_link: self.eeg_link.into(),
            stimulus_link: self.stimulus_link.into(),
        };
        settings.check()?;
        Ok(settings)
    }
}

impl Default for RawSimulate {
    fn default() -> Self {
        let settings = SimSettings::default();
        let response = |band: &ResponseBand| RawResponse {
            lo_hz: band.lo_hz,
            hi_hz: band.hi_hz,
            amplitude_nv: band.amplitude_nv,
            delay_ms: band.delay_ms,
        };
        Self {
            seed: settings.seed,
            source_id: settings.source_id,
            sample_rate_hz: settings.sample_rate_hz,
            channels: settings.channels,
            noise_uv: settings.noise_uv,
            noise_exponent: settings.noise_exponent,
            alpha_uv: settings.alpha_uv,
            mains_hz: settings.mains_hz,
            mains_uv: settings.mains_uv,
            blink_uv: settings.blink_uv,
            blinks_per_min: settings.blinks_per_min,
            muscle_uv: settings.muscle_uv,
            muscle_bursts_per_min: settings.muscle_bursts_per_min,
            stimulus: settings.stimulus.word().to_owned(),
            stimulus_rate_hz: settings.stimulus_rate_hz.unwrap_or(0.0),
            carrier: settings.carrier.word().to_owned(),
            carrier_hz: settings.carrier_hz,
            response: settings.responses.iter().map(response).collect(),
            hearing: RawHearing::default(),
            eeg_link: settings.eeg_link.into(),
            stimulus_link: settings.stimulus_link.into(),
        }
    }
}

impl Default for RawHearing {
    fn default() -> Self {
        let HearingSettings {
            amplitude_nv,
            delay_ms,
        } = SimSettings::default().hearing;
        Self {
            amplitude_nv,
            delay_ms,
        }
    }
}

impl Default for RawLink {
    fn default() -> Self {
        LinkSettings::default().into()
    }
}

impl From<LinkSettings> for RawLink {
    fn from(link: LinkSettings) -> Self {
        Self {
            clock_offset_ms: link.clock_offset_ms,
            drift_ppm: link.drift_ppm,
            jitter_ms: link.jitter_ms,
            chunk_ms: link.chunk_ms,
            bursts_per_min: link.bursts_per_min,
            burst_ms: link.burst_ms,
            losses_per_min: link.losses_per_min,
            loss_ms: link.loss_ms,
            pauses_per_min: link.pauses_per_min,
            pause_secs: link.pause_secs,
            jumps_per_hour: link.jumps_per_hour,
            jump_ms: link.jump_ms,
        }
    }
}

impl From<RawLink> for LinkSettings {
    fn from(raw: RawLink) -> Self {
        Self {
            clock_offset_ms: raw.clock_offset_ms,
            drift_ppm: raw.drift_ppm,
            jitter_ms: raw.jitter_ms,
            chunk_ms: raw.chunk_ms,
            bursts_per_min: raw.bursts_per_min,
            burst_ms: raw.burst_ms,
            losses_per_min: raw.losses_per_min,
            loss_ms: raw.loss_ms,
            pauses_per_min: raw.pauses_per_min,
            pause_secs: raw.pause_secs,
            jumps_per_hour: raw.jumps_per_hour,
            jump_ms: raw.jump_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    #[test]
    fn a_simulators_word_or_number_that_makes_no_sense_is_refused_by_its_key() {
        for (text, expected) in [
            (
                "stimulus = \"song\"",
                "simulate.stimulus = \"song\"; allowed is \"envelope\" or \"audio\"",
            ),
            (
                "carrier = \"voice\"",
                "simulate.carrier = \"voice\"; allowed is \"noise\" or \"tone\"",
            ),
            (
                "stimulus = \"audio\"\nstimulus_rate_hz = 1000",
                "simulate.stimulus_rate_hz = 1000; allowed is 4000 to 96000",
            ),
            (
                "eeg_link.drift_ppm = 1e6",
                "simulate.eeg_link.drift_ppm = 1000000; allowed is -5000 to 5000",
            ),
            ("stimulus_link.drift = 1", "unknown field `drift`"),
        ] {
            let text = format!("[simulate]\n{text}");
            let error = Config::parse(&text, Path::new("my.toml"))
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn each_key_of_a_link_reaches_its_own_setting() {
        let text = "[simulate.eeg_link]\nclock_offset_ms = 1\ndrift_ppm = 2\njitter_ms = 3\nchunk_ms = 4\nbursts_per_min = 5\nburst_ms = 6\n\
                    losses_per_min = 7\nloss_ms = 8\npauses_per_min = 9\npause_secs = 0.5\njumps_per_hour = 11\njump_ms = 12";
        let config = Config::parse(text, Path::new("my.toml")).unwrap();
        let expected = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 0.5, 11.0, 12.0];
        assert_eq!(config.simulate.eeg_link.named().map(|(_, v)| v), expected);
    }
}
