//! The measures for periodic stimuli against `NumPy` and `SciPy` (tests/oracles/periodic.py).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use efrscope::dsp::holm;
use efrscope::dsp::looks::LookPlan;
use efrscope::dsp::periodic::{
    EpochBins, EpochPlan, Hotelling, Neighbourhood, NoiseBins, ResponseAmplitude, fisher,
    locked_test, pair_polarities, power_snr, rayleigh, weighted_test,
};
use efrscope::dsp::tails::{PValue, chi2_even_survival, f_survival};
use num_complex::Complex64;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use serde_json::{Value, json};

use crate::runner;

fn normals(rng: &mut Pcg64, n: usize) -> Vec<f64> {
    (0..n).map(|_| StandardNormal.sample(rng)).collect()
}

fn coefficients(rng: &mut Pcg64, n: usize, offset: f64) -> Vec<Complex64> {
    normals(rng, 2 * n)
        .chunks_exact(2)
        .map(|pair| Complex64::new(pair[0] + offset, 0.7 * pair[1] - 0.5 * pair[0]))
        .collect()
}

fn pairs(z: &[Complex64]) -> Vec<[f64; 2]> {
    z.iter().map(|z| [z.re, z.im]).collect()
}

fn parts(z: &[Complex64]) -> (Vec<f64>, Vec<f64>) {
    z.iter().map(|z| (z.re, z.im)).unzip()
}

#[test]
fn tails_agree_with_scipy_far_out() {
    let mut cases = Vec::new();
    for (x, d1, d2) in [
        (0.01, 2.0, 28.0),
        (1.0, 6.0, 30.0),
        (3.0, 8.0, 100.0),
        (1.2, 88.0, 528.0),
        (25.0, 12.0, 52.0),
        (60.0, 4.0, 236.0),
        (16.7, 88.0, 528.0),
    ] {
        let ours = json!({"ln": f_survival(x, d1, d2).ln});
        cases.push(
            json!({"measure": "tail", "kind": "f", "x": x, "d1": d1, "d2": d2, "ours": ours}),
        );
    }
    for (x, n) in [(0.3, 3), (9.0, 4), (40.0, 8), (300.0, 5), (1000.0, 20)] {
        let ours = json!({"ln": chi2_even_survival(x, n).ln});
        cases.push(json!({"measure": "tail", "kind": "chi2", "x": x, "n": n, "ours": ours}));
    }
    runner::check("periodic.py", &cases.into());
}

fn f_case(rng: &mut Pcg64, signal: f64, around: Neighbourhood, n_averaged: usize) -> Value {
    let mut power: Vec<f64> = normals(rng, 300).iter().map(|v| v * v + 0.1).collect();
    power[150] = signal;
    let bins = NoiseBins::counted(150, around, &[140, 161, 162], power.len()).unwrap();
    let test = power_snr(&power, &bins, n_averaged).unwrap();
    json!({
        "measure": "f_test", "power": power, "signal": 150, "noise_bins": bins.bins(), "n_averaged": n_averaged,
        "ours": {"f": test.f, "ln_p": test.p.ln, "snr_db": test.snr_db, "snr_unbiased": test.snr_unbiased},
    })
}

#[test]
fn bins_against_neighbours_agree_with_scipy() {
    let mut rng = Pcg64::new(1, 1);
    let cases: Vec<Value> = [
        (0.5, Neighbourhood::MASTER, 1),
        (9.0, Neighbourhood::MASTER, 1),
        (90.0, Neighbourhood::VOWEL, 1),
        (3.0, Neighbourhood::SHORT, 20),
        (1.1, Neighbourhood::VOWEL, 44),
    ]
    .into_iter()
    .map(|(signal, around, n_averaged)| f_case(&mut rng, signal, around, n_averaged))
    .collect();
    runner::check("periodic.py", &cases.into());
}

fn locked_case(z: &[Complex64]) -> Value {
    let test = locked_test(z).unwrap();
    json!({
        "measure": "locked", "z": pairs(z),
        "ours": {
            "msc": test.msc, "t2circ": test.t2circ, "ln_p": test.p.ln, "variance": test.variance,
            "condition_index": test.condition_index, "condition_ln_p": test.condition_p.ln,
        },
    })
}

fn rayleigh_case(z: &[Complex64]) -> Value {
    let test = rayleigh(z).unwrap();
    json!({
        "measure": "rayleigh", "z": pairs(z),
        "ours": {"phase_coherence": test.phase_coherence, "p": test.p.p()},
    })
}

fn weighted_case(rng: &mut Pcg64, z: &[Complex64]) -> Value {
    let variance: Vec<f64> = normals(rng, z.len())
        .iter()
        .map(|v| (1.4 * v).exp())
        .collect();
    let test = weighted_test(z, &variance).unwrap();
    json!({
        "measure": "weighted", "z": pairs(z), "variance": variance,
        "ours": {
            "re": test.mean.re, "im": test.mean.im, "f": test.f, "ln_p": test.p.ln, "n_eff": test.n_eff,
            "residual_noise_nv": test.residual_noise_nv,
        },
    })
}

fn amplitude_case(z: &[Complex64], confidence: f64) -> Value {
    let response = ResponseAmplitude::new(z, Some(210.0), confidence).unwrap();
    json!({
        "measure": "amplitude", "z": pairs(z), "confidence": confidence, "residual_noise_nv": 210.0,
        "ours": {
            "amplitude_uv": response.amplitude_uv, "corrected_uv": response.corrected_uv,
            "phase_rad": response.phase_rad, "radius_uv": response.radius_uv,
            "phase_half_width_rad": response.phase_half_width_rad.unwrap(),
        },
    })
}

#[test]
fn tests_on_epochs_agree_with_scipy() {
    let mut rng = Pcg64::new(2, 1);
    let mut cases = Vec::new();
    for (n_epochs, offset) in [(8, 0.0), (32, 0.3), (120, 0.0), (240, 2.0)] {
        let z = coefficients(&mut rng, n_epochs, offset);
        cases.push(locked_case(&z));
        cases.push(rayleigh_case(&z));
        cases.push(weighted_case(&mut rng, &z));
    }
    for confidence in [0.68, 0.95, 0.999] {
        cases.push(amplitude_case(&coefficients(&mut rng, 60, 1.5), confidence));
    }
    runner::check("periodic.py", &cases.into());
}

#[test]
fn many_channels_and_harmonics_agree_with_scipy() {
    let mut rng = Pcg64::new(3, 1);
    let mut cases = Vec::new();
    for (n_coefficients, n_epochs, offset) in [
        (1, 12, 0.0),
        (4, 40, 0.1),
        (12, 60, 0.3),
        (8, 17, 0.0),
        (3, 200, 1.5),
    ] {
        let z: Vec<Vec<Complex64>> = (0..n_coefficients)
            .map(|_| coefficients(&mut rng, n_epochs, offset))
            .collect();
        let columns: Vec<&[Complex64]> = z.iter().map(Vec::as_slice).collect();
        let test = Hotelling::new(n_coefficients).test(&columns).unwrap();
        let z: Vec<_> = z.iter().map(|column| pairs(column)).collect();
        let ours = json!({"t2": test.t2, "f": test.f, "ln_p": test.p.ln});
        cases.push(json!({"measure": "hotelling", "z": z, "ours": ours}));
    }
    for p in [vec![0.2, 0.7, 0.04], vec![1e-9, 1e-7, 0.3, 1e-12, 0.9]] {
        let test = fisher(p.iter().map(|&p| PValue::new(p))).unwrap();
        let ours = json!({"statistic": test.statistic, "p": test.p.p()});
        cases.push(json!({"measure": "fisher", "p": p, "ours": ours}));
    }
    runner::check("periodic.py", &cases.into());
}

#[test]
fn epochs_and_polarities_agree_with_numpy() {
    let mut rng = Pcg64::new(4, 1);
    let mut cases = Vec::new();
    for (rate_hz, hz, n_cycles, m) in [
        (256.0, 40.018, 80, 7),
        (8192.0, 40.0391, 41, 3),
        (250.0, 79.3, 80, 1000),
    ] {
        let plan = EpochPlan::new(rate_hz, hz, n_cycles, 11.3).unwrap();
        let n = n_cycles as usize;
        let bins = EpochBins::new(plan, &[n - 5, n, n + 2]).unwrap();
        let epoch = normals(&mut rng, plan.len_of(m));
        let mut spectrum = vec![Complex64::default(); plan.n_bins()];
        bins.project(m, &epoch, &mut spectrum);
        let (re, im) = parts(
            &bins
                .bins()
                .iter()
                .map(|&bin| spectrum[bin])
                .collect::<Vec<_>>(),
        );
        let wanted_hz: Vec<f64> = bins.bins().iter().map(|&bin| plan.hz(bin)).collect();
        cases.push(json!({
            "measure": "epoch", "x": epoch, "rounding": plan.rounding(m), "sample_rate_hz": rate_hz,
            "hz": wanted_hz, "ours": {"re": re, "im": im},
        }));
    }
    let (positive, negative) = (
        coefficients(&mut rng, 9, 0.0),
        coefficients(&mut rng, 7, 1.0),
    );
    let (mut envelope, mut fine) = (vec![Complex64::default(); 9], vec![Complex64::default(); 9]);
    let n_pairs = pair_polarities(&positive, &negative, &mut envelope, &mut fine);
    let ((env_re, env_im), (tfs_re, tfs_im)) =
        (parts(&envelope[..n_pairs]), parts(&fine[..n_pairs]));
    cases.push(json!({
        "measure": "polarity", "positive": pairs(&positive), "negative": pairs(&negative),
        "ours": {"env_re": env_re, "env_im": env_im, "tfs_re": tfs_re, "tfs_im": tfs_im},
    }));
    runner::check("periodic.py", &cases.into());
}

#[test]
fn thresholds_of_planned_looks_agree_with_convolution_on_a_grid() {
    let mut cases = Vec::new();
    for (alpha, futility, n_family) in [
        (vec![0.002; 5], vec![0.1, 0.15, 0.2, 0.25], 1),
        (vec![0.01; 5], vec![], 1),
        (vec![0.005; 10], vec![], 12),
        (vec![0.001, 0.004, 0.02, 0.025], vec![0.0, 0.2, 0.0], 3),
        (vec![1e-6, 0.1, 1e-3], vec![], 1),
    ] {
        let plan = LookPlan::new(&alpha, &futility, n_family).unwrap();
        let ours = json!({"reject_at": plan.reject_at(), "futile_below": plan.futile_below()});
        cases.push(json!({
            "measure": "looks", "alpha": alpha, "futility": futility, "n_family": n_family, "ours": ours,
        }));
    }
    let p = [0.01, 0.04, 0.03, 0.005, 0.9, 0.2];
    let (mut order, mut adjusted) = ([0; 6], [0.0; 6]);
    holm(&p, &mut order, &mut adjusted);
    cases.push(json!({"measure": "holm", "p": p, "ours": {"adjusted": adjusted}}));
    runner::check("periodic.py", &cases.into());
}
