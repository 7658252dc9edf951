//! Periodic stimuli in a line.

use serde_json::{Map, Value, json};

use crate::metrics::periodic::{PeriodicEstimate, PolarityEstimate};
use crate::metrics::{PeriodicSnapshot, Snapshot};

/// Each periodic stimulus by its name.
pub(super) fn periodic(snapshot: &Snapshot) -> Value {
    let stimuli = snapshot.periodic.iter();
    let named = stimuli.map(|stimulus| (stimulus.name.clone(), one(snapshot, stimulus)));
    Value::Object(named.collect())
}

fn one(snapshot: &Snapshot, stimulus: &PeriodicSnapshot) -> Value {
    let channels = stimulus.channels.iter().enumerate().map(|(ch, estimate)| {
        let label = snapshot.plan.montage.label(ch).to_owned();
        (label, channel(estimate))
    });
    let pooled = &stimulus.pooled;
    json!({
        "modulation_hz": stimulus.modulation_hz,
        "epoch_secs": stimulus.epoch_secs,
        "channels": Value::Object(channels.collect::<Map<_, _>>()),
        "pooled": {
            "n_epochs": pooled.n_epochs,
            "hotelling_p": pooled.hotelling.map(|test| test.p.p()),
            "fisher_p": pooled.fisher.map(|test| test.p.p()),
        },
    })
}

fn channel(estimate: &PeriodicEstimate) -> Value {
    let response = &estimate.response;
    json!({
        "n_epochs": estimate.n_epochs,
        "rejected": estimate.n_rejected,
        "accepted_secs": estimate.accepted_secs,
        "msc": response.locked.map(|test| test.msc),
        "msc_critical": response.msc_critical,
        "p": response.locked.map(|test| test.p.p()),
        "condition_index": response.locked.map(|test| test.condition_index),
        "phase_coherence": response.rayleigh.map(|test| test.phase_coherence),
        "rayleigh_p": response.rayleigh.map(|test| test.p.p()),
        "f": response.f_test.map(|test| test.f),
        "f_p": response.f_test.map(|test| test.p.p()),
        "power_snr": response.power_snr.map(|test| test.f),
        "weighted_p": response.weighted.map(|test| test.p.p()),
        "residual_noise_nv": response.residual_noise_nv,
        "amplitude_nv": response.amplitude.map(|a| a.amplitude_nv),
        "corrected_nv": response.amplitude.map(|a| a.corrected_nv),
        "interval_nv": response.amplitude.map(|a| a.interval_nv),
        "phase_rad": response.amplitude.map(|a| a.phase_rad),
        "phase_half_width_rad": response.amplitude.and_then(|a| a.phase_half_width_rad),
        "harmonics_p": estimate.fisher.map(|test| test.p.p()),
        "n_pairs": estimate.n_pairs,
        "efr_env": polarity(estimate.efr_env),
        "ffr_tfs": polarity(estimate.ffr_tfs),
    })
}

fn polarity(estimate: Option<PolarityEstimate>) -> Value {
    let told = estimate.map(|estimate| {
        json!({
            "amplitude_nv": estimate.amplitude.amplitude_nv,
            "corrected_nv": estimate.amplitude.corrected_nv,
            "residual_noise_nv": estimate.amplitude.scatter_nv,
            "p": estimate.p.p(),
        })
    });
    json!(told)
}
