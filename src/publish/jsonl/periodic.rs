//! Periodic stimuli in a line.

use schemars::JsonSchema;
use serde::Serialize;

use crate::metrics::periodic::{PeriodicEstimate, PolarityEstimate};
use crate::metrics::{PeriodicSnapshot, Snapshot};
use crate::publish::jsonl::by_name::{ByName, by_channel};

/// Each periodic stimulus by its name.
pub(super) fn stimuli(snapshot: &Snapshot) -> ByName<'_, Stimulus<'_>> {
    let stimuli = snapshot.periodic.iter();
    let named = stimuli.map(|stimulus| (stimulus.name.as_str(), Stimulus::new(snapshot, stimulus)));
    named.collect()
}

/// A stimulus that repeats.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct Stimulus<'a> {
    /// How often it repeats
    modulation_hz: f64,
    /// Exact length of an epoch
    epoch_secs: f64,
    /// Channel
    channels: ByName<'a, Answer>,
    /// All channels together
    pooled: Pooled,
}

impl<'a> Stimulus<'a> {
    fn new(snapshot: &'a Snapshot, stimulus: &PeriodicSnapshot) -> Self {
        let pooled = &stimulus.pooled;
        Self {
            modulation_hz: stimulus.modulation_hz,
            epoch_secs: stimulus.epoch_secs,
            channels: by_channel(snapshot, |ch| Answer::new(&stimulus.channels[ch])),
            pooled: Pooled {
                n_epochs: pooled.n_epochs,
                hotelling_p: pooled.hotelling.map(|test| test.p.p()),
                fisher_p: pooled.fisher.map(|test| test.p.p()),
            },
        }
    }
}

/// All channels' answer together.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Pooled {
    /// Epochs that every channel accepted
    n_epochs: usize,
    /// Hotelling's T2 over channels and harmonics
    hotelling_p: Option<f64>,
    /// Fisher's combination over the harmonics
    fisher_p: Option<f64>,
}

/// A channel's answer to a periodic stimulus.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct Answer {
    /// Accepted epochs kept
    n_epochs: usize,
    /// Epochs rejected since the start
    rejected: u64,
    /// Time in the epochs kept
    accepted_secs: f64,
    /// Do the epochs agree in amplitude and phase
    msc: Option<f64>,
    /// Exceeded by noise with probability `alpha`
    msc_critical: Option<f64>,
    /// Circular T2: the same test
    p: Option<f64>,
    /// Of its assumption
    condition_index: Option<f64>,
    /// In phase alone
    phase_coherence: Option<f64>,
    /// Rayleigh's test of it
    rayleigh_p: Option<f64>,
    /// The averaged sweeps' bin against its neighbours
    f: Option<f64>,
    /// Its p
    f_p: Option<f64>,
    /// The bin's mean power against its neighbours, phases disregarded
    power_snr: Option<f64>,
    /// Epochs weighted by their noise
    weighted_p: Option<f64>,
    /// Noise left in the averaged sweeps
    residual_noise_nv: Option<f64>,
    /// Peak amplitude of the mean response
    amplitude_nv: Option<f64>,
    /// Without the bias of the noise
    corrected_nv: Option<f64>,
    /// Its 95 % interval
    interval_nv: Option<[f64; 2]>,
    /// Phase of a cosine at the epochs' exact start
    phase_rad: Option<f64>,
    /// The phase lies within +/- this, 95 %; null where any phase is possible
    phase_half_width_rad: Option<f64>,
    /// Fisher's combination over the harmonics
    harmonics_p: Option<f64>,
    /// Epochs of one polarity paired with one of the other
    n_pairs: usize,
    /// What follows the envelope; null where the polarity is not told
    efr_env: Option<OfPolarity>,
    /// What changes sign with the sound; null where the polarity is not told
    ffr_tfs: Option<OfPolarity>,
}

impl Answer {
    fn new(estimate: &PeriodicEstimate) -> Self {
        let response = &estimate.response;
        Self {
            n_epochs: estimate.n_epochs,
            rejected: estimate.n_rejected,
            accepted_secs: estimate.accepted_secs,
            msc: response.locked.map(|test| test.msc),
            msc_critical: response.msc_critical,
            p: response.locked.map(|test| test.p.p()),
            condition_index: response.locked.map(|test| test.condition_index),
            phase_coherence: response.rayleigh.map(|test| test.phase_coherence),
            rayleigh_p: response.rayleigh.map(|test| test.p.p()),
            f: response.f_test.map(|test| test.f),
            f_p: response.f_test.map(|test| test.p.p()),
            power_snr: response.power_snr.map(|test| test.f),
            weighted_p: response.weighted.map(|test| test.p.p()),
            residual_noise_nv: response.residual_noise_nv,
            amplitude_nv: response.amplitude.map(|a| a.amplitude_nv),
            corrected_nv: response.amplitude.map(|a| a.corrected_nv),
            interval_nv: response.amplitude.map(|a| a.interval_nv),
            phase_rad: response.amplitude.map(|a| a.phase_rad),
            phase_half_width_rad: response.amplitude.and_then(|a| a.phase_half_width_rad),
            harmonics_p: estimate.fisher.map(|test| test.p.p()),
            n_pairs: estimate.n_pairs,
            efr_env: estimate.efr_env.map(OfPolarity::new),
            ffr_tfs: estimate.ffr_tfs.map(OfPolarity::new),
        }
    }
}

/// A response told apart by the stimulus's polarity.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
struct OfPolarity {
    /// Peak amplitude of the mean response
    amplitude_nv: f64,
    /// Without the bias of the noise
    corrected_nv: f64,
    /// Noise left in the mean
    residual_noise_nv: f64,
    /// Circular T2 of the pairs
    p: f64,
}

impl OfPolarity {
    fn new(estimate: PolarityEstimate) -> Self {
        Self {
            amplitude_nv: estimate.amplitude.amplitude_nv,
            corrected_nv: estimate.amplitude.corrected_nv,
            residual_noise_nv: estimate.amplitude.scatter_nv,
            p: estimate.p.p(),
        }
    }
}
