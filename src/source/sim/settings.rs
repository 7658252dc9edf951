//! What the simulator makes up, checked once.

use serde::{Deserialize, Serialize};

use crate::signal::off;
use crate::source::sim::link::LinkSettings;

/// A planted response: what the EEG does with the envelope's content of one band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseBand {
    /// Lower edge of the band.
    pub lo_hz: f64,
    /// Upper edge of the band.
    pub hi_hz: f64,
    /// Size of the response at Cz, rms over the band.
    pub amplitude_nv: f64,
    /// How long after the envelope the response comes.
    pub delay_ms: f64,
}

/// What the stimulus stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StimulusKind {
    /// The envelope itself.
    Envelope,
    /// A carrier whose amplitude follows the envelope.
    Audio,
}

/// What carries the envelope in a sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// White noise.
    Noise,
    /// A sine.
    Tone,
}

/// The response to a real sound that the simulated amplifier hears.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HearingSettings {
    /// Size of the response at Cz, rms over all frequencies of the envelope.
    pub amplitude_nv: f64,
    /// How long after the sound the response comes.
    pub delay_ms: f64,
}

/// What the simulator makes up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimSettings {
    /// Where the random numbers start; the same seed gives the same recording.
    pub seed: u64,
    /// First part of the streams' names and source ids.
    pub source_id: String,
    /// Rate of the EEG.
    pub sample_rate_hz: f64,
    /// Labels of the EEG channels. Names of the 10-20 system have a position and a topography.
    pub channels: Vec<String>,
    /// Background of each channel, rms from 1 to 100 Hz.
    pub noise_uv: f64,
    /// The background's PSD falls with frequency to the power of minus this.
    pub noise_exponent: f64,
    /// Alpha rhythm at Oz, rms.
    pub alpha_uv: f64,
    /// Frequency of the mains.
    pub mains_hz: f64,
    /// Mains hum in a channel of gain 1, rms of the fundamental.
    pub mains_uv: f64,
    /// Peak of a blink at F8.
    pub blink_uv: f64,
    /// How often the eyes blink on average.
    pub blinks_per_min: f64,
    /// Muscle noise at T7 and F8 during a burst, rms.
    pub muscle_uv: f64,
    /// How often muscles tense on average, for about a second.
    pub muscle_bursts_per_min: f64,
    /// What the stimulus stream carries.
    pub stimulus: StimulusKind,
    /// Its rate; `None` for that of the EEG, or for audio 44100 Hz.
    #[serde(with = "off")]
    pub stimulus_rate_hz: Option<f64>,
    /// What carries the envelope in audio.
    pub carrier: Carrier,
    /// Frequency of a tone that does.
    pub carrier_hz: f64,
    /// Responses to the envelope.
    #[serde(rename = "response")]
    pub responses: Vec<ResponseBand>,
    /// Response to a real sound, in place of all that.
    pub hearing: HearingSettings,
    /// What happens to the EEG on its way.
    pub eeg_link: LinkSettings,
    /// What happens to the stimulus on its way.
    pub stimulus_link: LinkSettings,
}

impl Default for HearingSettings {
    fn default() -> Self {
        Self {
            amplitude_nv: 500.0,
            delay_ms: 40.0,
        }
    }
}

impl Default for SimSettings {
    fn default() -> Self {
        let response = |lo_hz, hi_hz, amplitude_nv, delay_ms| ResponseBand {
            lo_hz,
            hi_hz,
            amplitude_nv,
            delay_ms,
        };
        Self {
            seed: 1,
            source_id: "efrscope-sim".to_owned(),
            sample_rate_hz: 500.0,
            channels: ["Cz", "P4", "F8", "T7", "Fz", "Pz", "C3", "Oz"]
                .map(str::to_owned)
                .to_vec(),
            noise_uv: 7.0,
            noise_exponent: 1.5,
            alpha_uv: 8.0,
            mains_hz: 50.0,
            mains_uv: 3.0,
            blink_uv: 150.0,
            blinks_per_min: 12.0,
            muscle_uv: 0.0,
            muscle_bursts_per_min: 4.0,
            stimulus: StimulusKind::Envelope,
            stimulus_rate_hz: None,
            carrier: Carrier::Noise,
            carrier_hz: 1000.0,
            responses: vec![
                response(8.0, 11.0, 800.0, 90.0),
                response(53.0, 56.0, 150.0, 35.0),
                response(78.0, 81.0, 60.0, 12.0),
            ],
            hearing: HearingSettings::default(),
            eeg_link: LinkSettings::default(),
            stimulus_link: LinkSettings::default(),
        }
    }
}

/// Why the simulator's settings were refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{key} = {value}; allowed is {allowed}")]
pub struct SimSettingsError {
    /// The setting, e.g. `simulate.response[0].lo_hz`; responses count from 0.
    pub key: String,
    /// What was found.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

/// Share of the sample rate up to which bands may reach: below Nyquist with room for an analysis filter.
const HIGHEST_BAND_EDGE: f64 = 0.45;
/// Rate of audio unless another is asked for.
const AUDIO_RATE_HZ: f64 = 44_100.0;
const MOST_CHANNELS: usize = 256;
const MOST_RESPONSES: usize = 16;
const LONGEST_TEXT: usize = 64;

impl StimulusKind {
    /// Its name in the configuration and at the end of the stream's name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Audio => "audio",
        }
    }
}

impl Carrier {
    /// Its name in the configuration.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Tone => "tone",
        }
    }
}

impl SimSettings {
    /// Source id of the EEG stream.
    #[must_use]
    pub fn eeg_source_id(&self) -> String {
        format!("{}-{}-eeg", self.source_id, self.seed)
    }

    /// Source id of the stimulus stream.
    #[must_use]
    pub fn stimulus_source_id(&self) -> String {
        format!("{}-{}-{}", self.source_id, self.seed, self.stimulus.word())
    }

    /// Nominal rate of the stimulus stream.
    #[must_use]
    pub fn nominal_stimulus_rate_hz(&self) -> f64 {
        self.stimulus_rate_hz.unwrap_or(match self.stimulus {
            StimulusKind::Envelope => self.sample_rate_hz,
            StimulusKind::Audio => AUDIO_RATE_HZ,
        })
    }

    /// Source id of the marker stream.
    #[must_use]
    pub fn markers_source_id(&self) -> String {
        format!("{}-{}-markers", self.source_id, self.seed)
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// [`SimSettingsError`] for the first one that makes no sense.
    pub fn check(&self) -> Result<(), SimSettingsError> {
        check_text("simulate.source_id", &self.source_id)?;
        let rate = self.sample_rate_hz;
        within("simulate.sample_rate_hz", rate, 200.0, 10_000.0)?;
        self.check_channels()?;
        within("simulate.noise_uv", self.noise_uv, 0.0, 1000.0)?;
        within("simulate.noise_exponent", self.noise_exponent, 0.5, 1.7)?;
        within("simulate.alpha_uv", self.alpha_uv, 0.0, 1000.0)?;
        within("simulate.mains_hz", self.mains_hz, 45.0, 65.0)?;
        within("simulate.mains_uv", self.mains_uv, 0.0, 10_000.0)?;
        within("simulate.blink_uv", self.blink_uv, 0.0, 10_000.0)?;
        within("simulate.blinks_per_min", self.blinks_per_min, 0.0, 40.0)?;
        within("simulate.muscle_uv", self.muscle_uv, 0.0, 1000.0)?;
        let per_min = self.muscle_bursts_per_min;
        within("simulate.muscle_bursts_per_min", per_min, 0.0, 20.0)?;
        self.check_stimulus()?;
        self.check_responses()?;
        let hearing = &self.hearing;
        let nv = hearing.amplitude_nv;
        within("simulate.hearing.amplitude_nv", nv, 0.0, 1e6)?;
        within("simulate.hearing.delay_ms", hearing.delay_ms, 0.0, 1000.0)?;
        self.eeg_link.check("simulate.eeg_link")?;
        self.stimulus_link.check("simulate.stimulus_link")
    }

    fn check_stimulus(&self) -> Result<(), SimSettingsError> {
        let rate_hz = self.nominal_stimulus_rate_hz();
        let (lo_hz, hi_hz) = match self.stimulus {
            StimulusKind::Envelope => (100.0, 10_000.0),
            StimulusKind::Audio => (4000.0, 96_000.0),
        };
        if !(lo_hz..=hi_hz).contains(&rate_hz) {
            let word = self.stimulus.word();
            let allowed =
                format!("{lo_hz} to {hi_hz} for stimulus = {word:?}, or 0 for its default");
            return Err(refusal("simulate.stimulus_rate_hz", rate_hz, allowed));
        }
        if self.stimulus == StimulusKind::Audio {
            let highest = HIGHEST_BAND_EDGE * rate_hz;
            within("simulate.carrier_hz", self.carrier_hz, 200.0, highest)?;
        }
        Ok(())
    }

    fn check_channels(&self) -> Result<(), SimSettingsError> {
        let n = self.channels.len();
        if n == 0 || n > MOST_CHANNELS {
            let allowed = format!("1 to {MOST_CHANNELS} labels");
            return Err(refusal("simulate.channels", format!("{n} labels"), allowed));
        }
        for (ch, label) in self.channels.iter().enumerate() {
            let key = format!("simulate.channels[{ch}]");
            check_text(&key, label)?;
            if self.channels[..ch].contains(label) {
                return Err(refusal(&key, format!("{label:?}"), "each label once"));
            }
        }
        Ok(())
    }

    fn check_responses(&self) -> Result<(), SimSettingsError> {
        let n = self.responses.len();
        if n > MOST_RESPONSES {
            let allowed = format!("at most {MOST_RESPONSES} bands");
            return Err(refusal("simulate.response", format!("{n} bands"), allowed));
        }
        let highest = HIGHEST_BAND_EDGE * self.sample_rate_hz;
        for (i, band) in self.responses.iter().enumerate() {
            let key = |name: &str| format!("simulate.response[{i}].{name}");
            within(&key("lo_hz"), band.lo_hz, 0.5, highest)?;
            within(&key("hi_hz"), band.hi_hz, 0.5, highest)?;
            if band.hi_hz < band.lo_hz + 0.5 {
                let allowed = "at least lo_hz + 0.5";
                return Err(refusal(&key("hi_hz"), band.hi_hz, allowed));
            }
            within(&key("amplitude_nv"), band.amplitude_nv, 0.0, 1e6)?;
            within(&key("delay_ms"), band.delay_ms, 0.0, 1000.0)?;
            let overlaps =
                |other: &ResponseBand| band.lo_hz < other.hi_hz && other.lo_hz < band.hi_hz;
            if self.responses[..i].iter().any(overlaps) {
                let allowed = "a band that overlaps no other";
                return Err(refusal(&key("lo_hz"), band.lo_hz, allowed));
            }
        }
        Ok(())
    }
}

pub(super) fn refusal(
    key: &str,
    value: impl std::fmt::Display,
    allowed: impl Into<String>,
) -> SimSettingsError {
    SimSettingsError {
        key: key.to_owned(),
        value: value.to_string(),
        allowed: allowed.into(),
    }
}

/// Refuses what lies outside `lo..=hi`, and what is no number.
pub(super) fn within(key: &str, value: f64, lo: f64, hi: f64) -> Result<(), SimSettingsError> {
    if (lo..=hi).contains(&value) {
        Ok(())
    } else {
        Err(refusal(key, value, format!("{lo} to {hi}")))
    }
}

/// Refuses what LSL cannot carry or look for: control characters make XML no parser reads, quotes make a query that fails.
fn check_text(key: &str, text: &str) -> Result<(), SimSettingsError> {
    let bad = |c: char| c.is_control() || c == '\'' || c == '"';
    if text.trim().is_empty() || text.len() > LONGEST_TEXT || text.contains(bad) {
        let allowed = format!("1 to {LONGEST_TEXT} bytes without quotes and control characters");
        return Err(refusal(key, format!("{text:?}"), allowed));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut SimSettings)) -> SimSettingsError {
        let mut settings = SimSettings::default();
        change(&mut settings);
        settings.check().unwrap_err()
    }

    #[test]
    fn the_defaults_pass_their_own_check() {
        SimSettings::default().check().unwrap();
    }

    #[test]
    fn a_refusal_names_key_value_and_what_is_allowed() {
        let error = refused(|s| s.noise_exponent = 3.0);
        let text = error.to_string();
        assert_eq!(text, "simulate.noise_exponent = 3; allowed is 0.5 to 1.7");
    }

    #[test]
    fn nonsense_is_refused_by_its_key() {
        type Change = fn(&mut SimSettings);
        let cases: [(&str, Change); 24] = [
            ("simulate.source_id", |s| s.source_id = "O'Brien".into()),
            ("simulate.source_id", |s| s.source_id = " ".into()),
            ("simulate.sample_rate_hz", |s| s.sample_rate_hz = f64::NAN),
            ("simulate.channels", |s| s.channels.clear()),
            ("simulate.channels[3]", |s| s.channels[3] = "Cz".into()),
            ("simulate.channels[0]", |s| s.channels[0] = "C\0z".into()),
            ("simulate.noise_uv", |s| s.noise_uv = -1.0),
            ("simulate.alpha_uv", |s| s.alpha_uv = f64::INFINITY),
            ("simulate.mains_hz", |s| s.mains_hz = 0.0),
            ("simulate.mains_uv", |s| s.mains_uv = -0.1),
            ("simulate.blink_uv", |s| s.blink_uv = f64::NAN),
            ("simulate.blinks_per_min", |s| s.blinks_per_min = 100.0),
            ("simulate.response[1].hi_hz", |s| {
                s.responses[1].hi_hz = 53.0;
            }),
            ("simulate.response[2].hi_hz", |s| {
                s.responses[2].hi_hz = 240.0;
            }),
            ("simulate.response[0].amplitude_nv", |s| {
                s.responses[0].amplitude_nv = -1.0;
            }),
            ("simulate.response[2].delay_ms", |s| {
                s.responses[2].delay_ms = -1.0;
            }),
            ("simulate.response[1].lo_hz", |s| s.responses[1].lo_hz = 9.0),
            ("simulate.muscle_uv", |s| s.muscle_uv = -1.0),
            ("simulate.muscle_bursts_per_min", |s| {
                s.muscle_bursts_per_min = 21.0;
            }),
            ("simulate.stimulus_rate_hz", |s| {
                s.stimulus_rate_hz = Some(44_100.0);
            }),
            ("simulate.carrier_hz", |s| {
                (s.stimulus, s.carrier_hz) = (StimulusKind::Audio, 23_000.0);
            }),
            ("simulate.hearing.amplitude_nv", |s| {
                s.hearing.amplitude_nv = f64::NAN;
            }),
            ("simulate.hearing.delay_ms", |s| s.hearing.delay_ms = -1.0),
            ("simulate.stimulus_link.drift_ppm", |s| {
                s.stimulus_link.drift_ppm = 1e5;
            }),
        ];
        for (key, change) in cases {
            assert_eq!(refused(change).key, key);
        }
    }

    #[test]
    fn another_seed_or_prefix_is_another_source() {
        let settings = SimSettings {
            source_id: "test-7".into(),
            seed: 3,
            ..SimSettings::default()
        };
        assert_eq!(settings.eeg_source_id(), "test-7-3-eeg");
        assert_eq!(settings.stimulus_source_id(), "test-7-3-envelope");
        assert_eq!(settings.markers_source_id(), "test-7-3-markers");
    }
}
