//! What is read out.

use num_complex::Complex64;

use crate::dsp::periodic::{
    FTest, Fisher, HotellingError, HotellingTest, LockedTest, Rayleigh, ResponseAmplitude,
    WeightedTest, locked_test,
};
use crate::dsp::tails::PValue;

use super::settings::LEAST_EPOCHS;

/// One channel's answer to a periodic stimulus.
///
/// Every test is `None` below [`LEAST_EPOCHS`] accepted epochs. A `p` is that of a single look; for looks along the way see
/// [`looks`](crate::dsp::looks).
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct PeriodicEstimate {
    /// Accepted epochs kept: what the tests rest on.
    pub n_epochs: usize,
    /// Epochs rejected since the start, by an artefact or for lost samples.
    pub n_rejected: u64,
    /// Time in the epochs kept.
    pub accepted_secs: f64,
    /// Whole sweeps kept: what the F-test rests on.
    pub n_sweeps: usize,
    /// At the modulation itself.
    pub response: ResponseEstimate,
    /// All harmonics: Fisher's combination of their [`locked`](ResponseEstimate::locked) p-values.
    pub fisher: Option<Fisher>,
    /// Epochs of one polarity paired with one of the other.
    pub n_pairs: usize,
    /// `(R_pos + R_neg) / 2` at the modulation: what follows the envelope.
    pub efr_env: Option<PolarityEstimate>,
    /// `(R_pos - R_neg) / 2` at the modulation: what changes sign with the sound.
    pub ffr_tfs: Option<PolarityEstimate>,
}

impl PeriodicEstimate {
    pub(super) const fn empty(hz: f64) -> Self {
        Self {
            n_epochs: 0,
            n_rejected: 0,
            accepted_secs: 0.0,
            n_sweeps: 0,
            response: ResponseEstimate::empty(1, hz),
            fisher: None,
            n_pairs: 0,
            efr_env: None,
            ffr_tfs: None,
        }
    }
}

/// The measures at one harmonic of one channel.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct ResponseEstimate {
    /// Which harmonic: 1 is the modulation itself.
    pub harmonic: u32,
    /// Its frequency.
    pub hz: f64,
    /// The averaged sweeps' bin against its neighbours; `None` before the first whole sweep of 16 accepted epochs.
    pub f_test: Option<FTest>,
    /// Root mean square amplitude at those neighbours, nV: the noise left in the averaged sweeps (peak amplitude, as the response's).
    pub residual_noise_nv: Option<f64>,
    /// Do the epochs agree in amplitude and phase: MSC and circular T2, with the condition index of their scatter.
    pub locked: Option<LockedTest>,
    /// The MSC that noise exceeds with probability alpha.
    pub msc_critical: Option<f64>,
    /// In phase alone.
    pub rayleigh: Option<Rayleigh>,
    /// The bin's mean power against 3 neighbours each side, phases disregarded: for stimuli whose phase is not known from epoch to epoch. It finds any
    /// steady rhythm at that frequency.
    pub power_snr: Option<FTest>,
    /// Epochs weighted by their noise; `None` where an epoch has fewer than 66 noise bins.
    pub weighted: Option<WeightedTest>,
    /// How large.
    pub amplitude: Option<AmplitudeEstimate>,
}

impl ResponseEstimate {
    pub(super) const fn empty(harmonic: u32, hz: f64) -> Self {
        Self {
            harmonic,
            hz,
            f_test: None,
            residual_noise_nv: None,
            locked: None,
            msc_critical: None,
            rayleigh: None,
            power_snr: None,
            weighted: None,
            amplitude: None,
        }
    }
}

/// A response's size and phase with 95 % intervals, peak amplitudes in nV.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct AmplitudeEstimate {
    /// Of the mean response; biased upwards by the noise.
    pub amplitude_nv: f64,
    /// `sqrt(max(0, amplitude^2 - scatter_nv^2))`: without that bias.
    pub corrected_nv: f64,
    /// Least and greatest amplitude of the 95 % circle around the mean.
    pub interval_nv: [f64; 2],
    /// Phase of a cosine at the epochs' exact start, -pi to pi.
    pub phase_rad: f64,
    /// The phase lies within +/- this; `None` where the circle holds 0 and any phase is possible.
    pub phase_half_width_rad: Option<f64>,
    /// Noise left in the mean by the epochs' scatter about it, root mean square.
    pub scatter_nv: f64,
}

impl AmplitudeEstimate {
    pub(super) fn of(z_uv: &[Complex64]) -> Option<Self> {
        let amplitude = ResponseAmplitude::new(z_uv, None, 0.95).ok()?;
        Some(Self {
            amplitude_nv: 1e3 * amplitude.amplitude_uv,
            corrected_nv: 1e3 * amplitude.corrected_uv,
            interval_nv: amplitude.amplitude_interval_uv.map(|uv| 1e3 * uv),
            phase_rad: amplitude.phase_rad,
            phase_half_width_rad: amplitude.phase_half_width_rad,
            scatter_nv: amplitude.residual_noise_nv,
        })
    }
}

/// A response told apart by the stimulus' polarity.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct PolarityEstimate {
    /// How large; its scatter is the residual noise.
    pub amplitude: AmplitudeEstimate,
    /// Chance of such agreement of the pairs without a response (circular T2).
    pub p: PValue,
}

impl PolarityEstimate {
    /// `None` below [`LEAST_EPOCHS`] pairs.
    pub(super) fn of(z_uv: &[Complex64]) -> Option<Self> {
        if z_uv.len() < LEAST_EPOCHS {
            return None;
        }
        Some(Self {
            amplitude: AmplitudeEstimate::of(z_uv)?,
            p: locked_test(z_uv)?.p,
        })
    }
}

/// All channels' answer together, on the epochs that every channel accepted.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct PooledEstimate {
    /// Epochs that every channel accepted, kept.
    pub n_epochs: usize,
    /// Hotelling's T2 over all channels and harmonics; it needs more epochs than 2 x channels x harmonics.
    pub hotelling: Option<HotellingTest>,
    /// Why there is none, once there are [`LEAST_EPOCHS`] epochs; an average reference makes the last channel follow from the others.
    pub refused: Option<HotellingError>,
    /// Fisher's combination over the harmonics, each with Hotelling's p over the channels; it needs more epochs than 2 x channels.
    pub fisher: Option<Fisher>,
}
