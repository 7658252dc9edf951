//! Whole sessions through the chain: silent ones, ones that hear another sound, and ones that respond.

use std::fmt::Write as _;

use efrscope::dsp::looks::LookState;
use efrscope::metrics::detection::Detection;
use efrscope::metrics::{AnalysisSettings, ResponseSettings};
use efrscope::signal::Band;
use efrscope::source::{EegSimulator, SimSettings};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

use crate::direct::{Direct, msc_of};
use crate::ledger::{Allowed, Ledger, n_sessions, write_table};
use crate::session::{BandNoise, Outcome, devices, run};

/// Where the envelope has its content.
const SOUND_HZ: (f64, f64) = (1.0, 95.0);
/// How long after the sound the response comes.
const DELAY_SECS: f64 = 0.01;

/// The program's defaults; no shifts in the background.
fn analysis() -> AnalysisSettings {
    AnalysisSettings {
        response: ResponseSettings {
            n_shifts: 0,
            ..ResponseSettings::default()
        },
        ..AnalysisSettings::default()
    }
}

/// Cz and F8 with background, alpha, blinks and mains.
fn listener(seed: u64) -> SimSettings {
    SimSettings {
        blinks_per_min: 2.0,
        ..devices(seed, &["Cz", "F8"])
    }
}

fn tell_tests(ledger: &mut Ledger, condition: &str, outcomes: &[Outcome]) {
    let plan = &outcomes[0].snapshot.plan;
    let tested = &plan.response.as_ref().unwrap().tested;
    let per_test = 0.05 / 6.0;
    for (i, &band) in tested.iter().enumerate() {
        let name = format!("test of {} in a family of 6", plan.bands[band].band.name());
        let of_band = |o: &&Outcome| {
            o.detections
                .iter()
                .skip(i)
                .step_by(tested.len())
                .any(Detection::is_detected)
        };
        // two channels share 40 % of their noise: at most twice the rate of one
        let hits = outcomes.iter().filter(of_band).count();
        ledger.hold(
            (&name, condition),
            2.0 * per_test,
            Allowed::AtMost,
            hits,
            outcomes.len(),
        );
    }
}

#[test]
fn silent_sessions_detect_something_in_at_most_one_of_twenty() {
    let mut ledger = Ledger::new("silent_sessions");
    let (kernel, analysis) = (BandNoise::kernel(), analysis());
    let n = n_sessions(60, 2000);
    let outcomes: Vec<Outcome> = (0..n as u64)
        .map(|seed| {
            let settings = listener(seed);
            let sound = BandNoise::new(1_000_000 + seed, SOUND_HZ, &kernel);
            let mut eeg = EegSimulator::new(&settings);
            let silent = |t: f64, out: &mut [f64]| eeg.sample_with_response(t, 0.0, out);
            run(&settings, &analysis, silent, |t| sound.at(t))
        })
        .collect();
    let hits = outcomes.iter().filter(|o| o.any_detected()).count();
    let condition = "silent: background, alpha, blinks, mains";
    ledger.hold(
        ("session, 6 tests over 5 looks", condition),
        0.05,
        Allowed::AtMost,
        hits,
        n,
    );
    tell_tests(&mut ledger, condition, &outcomes);
    let looked = |o: &Outcome| o.snapshot.response.as_ref().unwrap().progress.n_looks;
    assert!(
        outcomes.iter().filter(|o| looked(o) == 5).count() * 10 >= n * 9,
        "sessions come to their end"
    );
    let rejected: f64 = outcomes.iter().map(|o| o.snapshot.n_rejected as f64).sum();
    let secs: f64 = outcomes.iter().map(|o| o.secs).sum();
    println!(
        "mean session {:.1} s, {:.1} segments rejected",
        secs / n as f64,
        rejected / n as f64
    );
    ledger.close();
}

#[test]
fn a_response_to_another_sound_is_no_response_to_this_one() {
    let mut ledger = Ledger::new("other_sound");
    let (kernel, analysis) = (BandNoise::kernel(), analysis());
    let n = n_sessions(30, 400);
    // 500 nV rms over 94 Hz: 89 nV in a band of 3 Hz
    let response_uv = 0.5;
    let (mut wrong, mut n_right) = (Vec::new(), 0);
    for seed in 0..n as u64 {
        let settings = listener(10_000 + seed);
        let played = BandNoise::new(2_000_000 + seed, SOUND_HZ, &kernel);
        let other = BandNoise::new(3_000_000 + seed, SOUND_HZ, &kernel);
        for (i, sound) in [&other, &played].into_iter().enumerate() {
            let mut eeg = EegSimulator::new(&settings);
            let hears = |t: f64, out: &mut [f64]| {
                eeg.sample_with_response(t, response_uv * played.at(t - DELAY_SECS), out);
            };
            let outcome = run(&settings, &analysis, hears, |t| sound.at(t));
            if i == 0 {
                wrong.push(outcome);
            } else {
                n_right += usize::from(outcome.any_detected());
            }
        }
    }
    let hits = wrong.iter().filter(|o| o.any_detected()).count();
    let condition = "hears another sound, response 89 nV per band";
    ledger.hold(
        ("session, 6 tests over 5 looks", condition),
        0.05,
        Allowed::AtMost,
        hits,
        n,
    );
    tell_tests(&mut ledger, condition, &wrong);
    println!("the right sound was detected in {n_right} of {n}");
    assert!(
        n_right * 100 >= n * 95,
        "the right sound was detected in {n_right} of {n}"
    );
    ledger.close();
}

/// Noise of the sessions with a known power: white, 0.01 uV^2/Hz.
const NOISE_UV2_PER_HZ: f64 = 0.01;

/// Sessions of one channel and one band with white noise, whose response has `band_nv` rms in 53-56 Hz.
fn responding(band_nv: f64, n: usize) -> Vec<Outcome> {
    let analysis = AnalysisSettings {
        bands: vec![Band::new("gamma 53-56", 53.0, 56.0).unwrap()],
        response: ResponseSettings {
            bands: vec!["gamma 53-56".into()],
            ..analysis().response
        },
        ..analysis()
    };
    let kernel = BandNoise::kernel();
    let noise_uv = (NOISE_UV2_PER_HZ * 0.5 * crate::session::EEG_HZ).sqrt();
    let gain_uv = 1e-3 * band_nv * ((SOUND_HZ.1 - SOUND_HZ.0) / 3.0).sqrt();
    (0..n as u64)
        .map(|seed| {
            let seed = seed + 7919 * band_nv as u64;
            let settings = devices(seed, &["Cz"]);
            let sound = BandNoise::new(4_000_000 + seed, SOUND_HZ, &kernel);
            let mut random = Pcg64::seed_from_u64(5_000_000 + seed);
            let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
            let eeg = |t: f64, out: &mut [f64]| {
                out[0] = noise_uv * normal() + gain_uv * sound.at(t - DELAY_SECS);
            };
            run(&settings, &analysis, eeg, |t| sound.at(t))
        })
        .collect()
}

/// Accepted data at detection, infinite without; ascending.
fn times_secs(outcomes: &[Outcome]) -> Vec<f64> {
    let secs = |o: &Outcome| match o.detections[0].state {
        LookState::Detected { accepted_secs, .. } => accepted_secs,
        _ => f64::INFINITY,
    };
    let mut times: Vec<f64> = outcomes.iter().map(secs).collect();
    times.sort_by(f64::total_cmp);
    times
}

#[test]
fn responses_are_found_as_often_as_the_statistic_itself_allows() {
    let mut table = String::from(
        "band_nv\tmsc\tchain_hits\tchain_runs\tdirect_hits\tdirect_runs\tlimit\tq25_secs\tmedian_secs\tq75_secs\tby_look\n",
    );
    let mut failures = Vec::new();
    let n = n_sessions(25, 400);
    let n_direct = n_sessions(60, 2000);
    let mut direct = Direct::new(n_sessions(1500, 20_000));
    for band_nv in [0.0, 15.0, 20.0, 25.0, 30.0, 40.0] {
        let outcomes = responding(band_nv, n);
        let times = times_secs(&outcomes);
        let hits = times.iter().filter(|t| t.is_finite()).count();
        let snr = (1e-3 * band_nv).powi(2) / 3.0 / NOISE_UV2_PER_HZ;
        let direct_hits = (0..n_direct)
            .filter(|_| direct.session(snr).is_some())
            .count();
        let expected = direct_hits as f64 / n_direct as f64;
        // one rate for both, with two hits and two misses added (Agresti & Caffo 2000): few sessions that all hit leave room for one that does not
        let rate = (hits + direct_hits + 2) as f64 / (n + n_direct + 4) as f64;
        let variance = rate * (1.0 - rate) * (1.0 / n as f64 + 1.0 / n_direct as f64);
        let limit = 2.576 * variance.sqrt() + 1.0 / n as f64;
        let share = hits as f64 / n as f64;
        let by_look: Vec<String> = (1..=5)
            .map(|look| {
                let here = |o: &&Outcome| matches!(o.detections[0].state, LookState::Detected { look: l, .. } if l == look);
                outcomes.iter().filter(here).count().to_string()
            })
            .collect();
        let quartile = |share: f64| times[((share * n as f64) as usize).min(n - 1)];
        writeln!(
            table,
            "{band_nv}\t{}\t{hits}\t{n}\t{direct_hits}\t{n_direct}\t{limit}\t{}\t{}\t{}\t{}",
            msc_of(snr),
            quartile(0.25),
            quartile(0.5),
            quartile(0.75),
            by_look.join(" ")
        )
        .unwrap();
        println!(
            "{band_nv} nV: {share:.3} of {n}; {expected:.3} +- {limit:.3} of {n_direct} expected"
        );
        if (share - expected).abs() > limit {
            failures.push(format!(
                "{band_nv} nV: {share} is not {expected} +- {limit}"
            ));
        }
    }
    write_table("power", &table);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
