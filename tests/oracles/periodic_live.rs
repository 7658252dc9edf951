//! The live estimator of periodic stimuli against `NumPy` and `SciPy` (`tests/oracles/periodic_live.py`), which cut, detrend and test the same
//! samples their own way.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::f64::consts::TAU;

use efrscope::metrics::periodic::{PeriodicEstimate, PeriodicEstimator, PeriodicSettings};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use serde_json::{Value, json};

use crate::runner;

const RATE_HZ: f64 = 250.0;

fn ours(estimate: &PeriodicEstimate) -> Value {
    let response = &estimate.response;
    let (locked, amplitude) = (response.locked.unwrap(), response.amplitude.unwrap());
    let (power, weighted) = (response.power_snr.unwrap(), response.weighted.unwrap());
    let f_test = response.f_test.unwrap();
    json!({
        "n_epochs": estimate.n_epochs,
        "msc": locked.msc,
        "locked_ln_p": locked.p.ln,
        "msc_critical": response.msc_critical,
        "amplitude_nv": amplitude.amplitude_nv,
        "phase_rad": amplitude.phase_rad,
        "scatter_nv": amplitude.scatter_nv,
        "corrected_nv": amplitude.corrected_nv,
        "interval_hi_nv": amplitude.interval_nv[1],
        "rayleigh_ln_p": response.rayleigh.unwrap().p.ln,
        "power_f": power.f,
        "power_ln_p": power.p.ln,
        "weighted_ln_p": weighted.p.ln,
        "weighted_nv": 1e3 * weighted.mean.norm(),
        "f": f_test.f,
        "f_ln_p": f_test.p.ln,
        "residual_noise_nv": response.residual_noise_nv,
    })
}

#[test]
fn a_live_reading_is_what_numpy_makes_of_the_same_samples() {
    // 47 Hz lies beside the mains of 50: the neighbours pass over it
    for (seed, hz, amplitude_uv) in [(1, 40.0, 0.3), (2, 47.0, 0.5), (3, 10.0, 0.4)] {
        let settings = PeriodicSettings {
            modulation_hz: hz,
            n_harmonics: 1,
            ..PeriodicSettings::default()
        };
        let mut estimator = PeriodicEstimator::new(&settings, RATE_HZ, 1, 50.0, 0.05).unwrap();
        let mut rng = Pcg64::new(seed, 1);
        let rejected = [3, 17, 18];
        let (mut values_uv, mut slow) = (Vec::new(), 0.0);
        for index in 0..70 * 250_u64 {
            let white: f64 = StandardNormal.sample(&mut rng);
            slow = 0.98 * slow + white;
            let turn = TAU * index as f64 / RATE_HZ;
            let mains = 5.0 * (50.02 * turn).sin();
            let drift = 300.0 + 0.01 * index as f64;
            values_uv.push(amplitude_uv * (hz * turn + 1.0).cos() + slow + mains + drift);
            let value = [values_uv[values_uv.len() - 1]];
            let complete = estimator.push(0, index, &value, None);
            if complete && rejected.contains(&(index / 250)) {
                estimator.reject(0);
            }
        }
        estimator.update();
        let case = json!({
            "rate_hz": RATE_HZ, "hz": hz, "mains_hz": 50.0, "n_epoch": 250, "rejected": rejected,
            "values_uv": values_uv, "ours": ours(estimator.estimate(0)),
        });
        runner::check("periodic_live.py", &case);
    }
}
