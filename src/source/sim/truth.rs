//! What was planted, for those who check a measurement against it.

use crate::source::sim::envelope::EnvelopeSimulator;
use crate::source::sim::mains::Mains;
use crate::source::sim::settings::{ResponseBand, SimSettings};
use crate::source::sim::{alpha, audio, background, topography};

/// One channel as it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueChannel {
    /// Its label.
    pub label: String,
    /// Right, front and up of the head's middle; `None` for labels outside the 10-20 system.
    pub location_mm: Option<[f64; 3]>,
    /// Size of the responses here over that at Cz.
    pub response_gain: f64,
    /// Size of alpha here over that at Oz.
    pub alpha_gain: f64,
    /// Size of blinks here over that at F8.
    pub blink_gain: f64,
    /// Sizes here of the noise of the muscles under T7 and under F8, over those right there.
    pub muscle_gains: [f64; 2],
    /// Size of the mains hum here over that of the settings.
    pub mains_gain: f64,
}

/// One response as it was planted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrueResponse {
    /// Band, size at Cz and delay.
    pub band: ResponseBand,
    /// Magnitude of the transfer function from envelope to EEG at Cz, uV per unit of the envelope, the same all over the band.
    pub gain_uv: f64,
}

/// Everything that a measurement of the streams could be compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// Settings the recording was made with.
    pub settings: SimSettings,
    /// The channels, in their order.
    pub channels: Vec<TrueChannel>,
    /// The responses, in their order.
    pub responses: Vec<TrueResponse>,
    /// Mean of the envelope.
    pub envelope_mean: f64,
    /// Rms of the envelope's content in each response band.
    pub envelope_band_rms: f64,
    /// Amplitude of the carrier, in audio, over the envelope.
    pub audio_per_envelope: f64,
    /// Where the alpha rhythm peaks.
    pub alpha_hz: f64,
    /// Share of the background's power that all channels have in common.
    pub shared_noise: f64,
}

impl Truth {
    /// What [`EegSimulator`](super::EegSimulator) and [`EnvelopeSimulator`] make of these settings.
    #[must_use]
    pub fn new(settings: &SimSettings) -> Self {
        let envelope = EnvelopeSimulator::new(settings);
        let channel = |(label, mains_gain): (&String, &f64)| {
            let gains = topography::gains(label);
            TrueChannel {
                label: label.clone(),
                location_mm: topography::location_mm(label),
                response_gain: gains.response,
                alpha_gain: gains.alpha,
                blink_gain: gains.blink,
                muscle_gains: gains.muscles,
                mains_gain: *mains_gain,
            }
        };
        let response = |band: &ResponseBand| TrueResponse {
            band: *band,
            gain_uv: band.amplitude_nv / (1000.0 * envelope.band_rms()),
        };
        let mains = Mains::new(settings);
        Self {
            settings: settings.clone(),
            channels: settings
                .channels
                .iter()
                .zip(mains.gains())
                .map(channel)
                .collect(),
            responses: settings.responses.iter().map(response).collect(),
            envelope_mean: envelope.mean(),
            envelope_band_rms: envelope.band_rms(),
            audio_per_envelope: audio::per_envelope(&envelope),
            alpha_hz: alpha::PEAK_HZ,
            shared_noise: background::SHARED_POWER,
        }
    }
}
