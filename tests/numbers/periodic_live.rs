//! The live estimator of periodic stimuli on signals of known truth: what is planted is found, what is not is not.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::f64::consts::TAU;

use efrscope::metrics::periodic::{PeriodicEstimator, PeriodicSettings};
use efrscope::signal::Polarity;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

const ALPHA: f64 = 0.05;

/// Noise whose PSD falls with frequency, `rms_uv` in all: first-order processes of three speeds and some white.
struct PinkNoise {
    rng: Pcg64,
    states: [f64; 3],
    rms_uv: f64,
}

impl PinkNoise {
    const POLES: [f64; 3] = [0.995, 0.95, 0.6];
    /// Shares of the variance; the rest of 1 is white.
    const SHARES: [f64; 3] = [0.64, 0.3, 0.05];

    fn new(seed: u128, rms_uv: f64) -> Self {
        Self {
            rng: Pcg64::new(seed, 7),
            states: [0.0; 3],
            rms_uv,
        }
    }

    fn next_uv(&mut self) -> f64 {
        let mut normal = || -> f64 { StandardNormal.sample(&mut self.rng) };
        let mut sum = 0.1 * normal();
        let parts = self
            .states
            .iter_mut()
            .zip(Self::POLES.iter().zip(Self::SHARES));
        for (state, (pole, share)) in parts {
            *state = pole * *state + (share * (1.0 - pole * pole)).sqrt() * normal();
            sum += *state;
        }
        self.rms_uv * sum
    }
}

fn settings(modulation_hz: f64, n_harmonics: usize) -> PeriodicSettings {
    PeriodicSettings {
        modulation_hz,
        n_harmonics,
        ..PeriodicSettings::default()
    }
}

/// A response of `amplitude_uv` (peak) at `hz`, 0.7 rad late, in noise, for `secs`.
fn run(
    estimator: &mut PeriodicEstimator,
    rate_hz: f64,
    (hz, amplitude_uv): (f64, f64),
    noise: &mut [PinkNoise],
    n_samples: u64,
) {
    let mut values = vec![0.0; noise.len()];
    for index in 0..n_samples {
        let response = amplitude_uv * (TAU * hz * index as f64 / rate_hz - 0.7).cos();
        for (value, noise) in values.iter_mut().zip(noise.iter_mut()) {
            *value = 5e4 + response + noise.next_uv();
        }
        estimator.push(0, index, &values, None);
    }
    estimator.update();
}

#[test]
fn a_hundred_nanovolts_at_40_hz_are_found_with_their_size_and_phase() {
    let mut estimator = PeriodicEstimator::new(&settings(40.0, 2), 250.0, 2, 50.0, ALPHA).unwrap();
    let mut noise = [PinkNoise::new(1, 10.0), PinkNoise::new(2, 10.0)];
    run(&mut estimator, 250.0, (40.0, 0.1), &mut noise, 320 * 250);
    let estimate = estimator.estimate(0);
    println!("{estimate:#?}\n{:#?}", estimator.pooled());
    let response = &estimate.response;
    assert_eq!(
        (estimate.n_epochs, estimate.n_rejected, estimate.n_sweeps),
        (320, 0, 20)
    );
    assert!((estimate.accepted_secs - 320.0).abs() < 1e-9);
    let amplitude = response.amplitude.unwrap();
    let [lo, hi] = amplitude.interval_nv;
    assert!((lo..=hi).contains(&100.0), "{lo} to {hi}");
    assert!(hi - lo < 120.0 && lo > 0.0);
    let half = amplitude.phase_half_width_rad.unwrap();
    assert!((amplitude.phase_rad + 0.7).abs() <= half);
    assert!(amplitude.corrected_nv < amplitude.amplitude_nv);
    assert!((lo..=hi).contains(&amplitude.corrected_nv));
    let f_test = response.f_test.unwrap();
    assert_eq!(f_test.n_noise_bins, 120);
    let by_sweeps_nv = 1e3 * f_test.signal_power.sqrt();
    assert!((by_sweeps_nv - amplitude.amplitude_nv).abs() < amplitude.scatter_nv);
    let locked = response.locked.unwrap();
    assert!(locked.msc > response.msc_critical.unwrap());
    for p in [
        f_test.p,
        locked.p,
        response.rayleigh.unwrap().p,
        response.weighted.unwrap().p,
        estimate.fisher.unwrap().p,
        estimator.pooled().hotelling.unwrap().p,
        estimator.pooled().fisher.unwrap().p,
    ] {
        assert!(p.p() < 0.001, "{}", p.p());
    }
    // the two ways to tell the noise agree
    let ratio = response.residual_noise_nv.unwrap() / amplitude.scatter_nv;
    assert!((ratio - 1.0).abs() < 0.15, "{ratio}");
    assert!(estimator.harmonic(0, 1).locked.unwrap().p.p() > 0.001);
    assert!((estimator.harmonic(0, 1).hz - 80.0).abs() < 1e-12);
}

#[test]
fn eighty_one_hertz_at_500_hz_keeps_its_phase_though_no_cycle_has_whole_samples() {
    let odd = PeriodicSettings {
        epoch_secs: 1.024,
        ..settings(81.0, 1)
    };
    let mut estimator = PeriodicEstimator::new(&odd, 500.0, 1, 50.0, ALPHA).unwrap();
    // 83 cycles are 512.35 samples
    assert!((estimator.epoch_secs() - 83.0 / 81.0).abs() < 1e-12);
    let mut quiet = [PinkNoise::new(3, 0.01)];
    run(&mut estimator, 500.0, (81.0, 0.2), &mut quiet, 320 * 513);
    let response = estimator.estimate(0).response;
    let amplitude = response.amplitude.unwrap();
    assert!(
        (amplitude.amplitude_nv - 200.0).abs() < 1.0,
        "{amplitude:?}"
    );
    assert!((amplitude.phase_rad + 0.7).abs() < 0.005);
    // the sweeps are in phase too: nothing of the response is among the neighbours
    let f_test = response.f_test.unwrap();
    assert!((f_test.signal_power.sqrt() - 0.2).abs() < 1e-3);
    assert!(f_test.noise_power.sqrt() < 2e-3, "{f_test:?}");

    let mut estimator = PeriodicEstimator::new(&odd, 500.0, 1, 50.0, ALPHA).unwrap();
    let mut loud = [PinkNoise::new(4, 10.0)];
    run(&mut estimator, 500.0, (81.0, 0.1), &mut loud, 320 * 513);
    let response = estimator.estimate(0).response;
    let [lo, hi] = response.amplitude.unwrap().interval_nv;
    assert!((lo..=hi).contains(&100.0) && response.locked.unwrap().p.p() < 0.001);
    assert!(response.f_test.unwrap().p.p() < 0.001);
}

#[test]
fn on_noise_every_test_errs_as_often_as_alpha() {
    const N_CHANNELS: usize = 8;
    const N_RUNS: u32 = 250;
    let wanted = settings(40.0, 2);
    let mut estimator = PeriodicEstimator::new(&wanted, 250.0, N_CHANNELS, 50.0, ALPHA).unwrap();
    let mut noise: Vec<PinkNoise> = (10..18).map(|seed| PinkNoise::new(seed, 10.0)).collect();
    let names = [
        "F",
        "MSC",
        "Rayleigh",
        "weighted",
        "Fisher",
        "interval",
        "power SNR",
    ];
    let (mut n_wrong, mut n_pooled) = ([0_u32; 7], [0_u32; 2]);
    for _ in 0..N_RUNS {
        estimator.reset();
        run(&mut estimator, 250.0, (40.0, 0.0), &mut noise, 32 * 250);
        for ch in 0..N_CHANNELS {
            let estimate = estimator.estimate(ch);
            let response = &estimate.response;
            let locked = response.locked.unwrap();
            let verdicts = [
                response.f_test.unwrap().p.p() <= ALPHA,
                locked.msc >= response.msc_critical.unwrap(),
                response.rayleigh.unwrap().p.p() <= ALPHA,
                response.weighted.unwrap().p.p() <= ALPHA,
                estimate.fisher.unwrap().p.p() <= ALPHA,
                response.amplitude.unwrap().interval_nv[0] > 0.0,
                response.power_snr.unwrap().p.p() <= ALPHA,
            ];
            for (count, verdict) in n_wrong.iter_mut().zip(verdicts) {
                *count += u32::from(verdict);
            }
        }
        let pooled = estimator.pooled();
        // 32 real values need more than 32 epochs; per harmonic 16 do
        assert!(pooled.hotelling.is_none() && pooled.refused.is_some());
        n_pooled[0] += u32::from(pooled.fisher.unwrap().p.p() <= ALPHA);
        n_pooled[1] += 1;
    }
    let held = |name: &str, n_wrong: u32, n: u32| {
        let (rate, n) = (f64::from(n_wrong) / f64::from(n), f64::from(n));
        let limit = 2.576 * (ALPHA * (1.0 - ALPHA) / n).sqrt();
        println!(
            "{name}: {:.2} % of {n} (5 +/- {:.2})",
            100.0 * rate,
            100.0 * limit
        );
        assert!((rate - ALPHA).abs() <= limit, "{name}: {rate}");
    };
    for (name, n_wrong) in names.iter().zip(n_wrong) {
        held(name, n_wrong, N_RUNS * 8);
    }
    held("pooled over channels", n_pooled[0], n_pooled[1]);
}

#[test]
fn below_eight_epochs_no_test_speaks_and_below_sixteen_no_f_test() {
    let mut estimator = PeriodicEstimator::new(&settings(40.0, 1), 250.0, 1, 50.0, ALPHA).unwrap();
    let mut noise = PinkNoise::new(20, 10.0);
    for index in 0..16 * 250 {
        if estimator.push(0, index, &[noise.next_uv()], None) {
            estimator.update();
            let estimate = estimator.estimate(0);
            assert_eq!(estimate.n_epochs as u64, (index + 1) / 250);
            let response = estimate.response;
            assert_eq!(response.locked.is_some(), estimate.n_epochs >= 8);
            assert_eq!(response.rayleigh.is_some(), estimate.n_epochs >= 8);
            assert_eq!(response.weighted.is_some(), estimate.n_epochs >= 8);
            assert_eq!(response.power_snr.is_some(), estimate.n_epochs >= 8);
            assert_eq!(response.amplitude.is_some(), estimate.n_epochs >= 8);
            assert_eq!(estimate.fisher.is_some(), estimate.n_epochs >= 8);
            assert_eq!(response.f_test.is_some(), estimate.n_epochs >= 16);
        }
    }
}

#[test]
fn only_the_newest_epochs_count_and_the_oldest_are_forgotten() {
    let short = PeriodicSettings {
        max_epochs: 32,
        ..settings(40.0, 1)
    };
    let mut estimator = PeriodicEstimator::new(&short, 250.0, 1, 50.0, ALPHA).unwrap();
    let mut noise = [PinkNoise::new(21, 0.01)];
    // a response in the first 32 epochs, none in the 32 after
    for index in 0..64 * 250_u64 {
        let there = if index < 32 * 250 { 1.0 } else { 0.0 };
        let response = there * (TAU * 40.0 * index as f64 / 250.0).cos();
        estimator.push(0, index, &[response + noise[0].next_uv()], None);
        if index + 1 == 32 * 250 {
            estimator.update();
            let amplitude = estimator.estimate(0).response.amplitude.unwrap();
            assert!((amplitude.amplitude_nv - 1000.0).abs() < 1.0);
        }
    }
    estimator.update();
    let estimate = estimator.estimate(0);
    assert_eq!((estimate.n_epochs, estimate.n_sweeps), (32, 2));
    assert!(estimate.response.amplitude.unwrap().amplitude_nv < 2.0);
    assert!(estimate.response.f_test.unwrap().signal_power.sqrt() < 2e-3);
    estimator.reset();
    assert_eq!(estimator.estimate(0).n_epochs, 0);
    assert_eq!(estimator.estimate(0).response.locked, None);
}

#[test]
fn rejected_epochs_are_counted_and_enter_nothing_and_other_channels_keep_theirs() {
    let mut estimator = PeriodicEstimator::new(&settings(40.0, 1), 250.0, 2, 50.0, ALPHA).unwrap();
    let mut noise = PinkNoise::new(22, 0.1);
    for index in 0..40 * 250_u64 {
        let epoch = index / 250;
        // a blow at 40 Hz in every fifth epoch of channel 1
        let blow = if epoch % 5 == 2 { 500.0 } else { 0.0 };
        let clean = 0.5 * (TAU * 40.0 * index as f64 / 250.0).cos() + noise.next_uv();
        let loud = clean + blow * (TAU * 40.0 * index as f64 / 250.0).sin();
        let complete = estimator.push(0, index, &[clean, loud], None);
        if complete {
            let extreme = estimator
                .epoch(1)
                .iter()
                .fold(0.0_f64, |a, v| a.max(v.abs()));
            assert_eq!(extreme > 100.0, blow > 0.0);
        }
        // some are rejected when complete, some on the way
        if blow > 0.0 && (complete && epoch % 2 == 0 || epoch % 2 == 1 && index % 250 == 100) {
            estimator.reject(1);
        }
    }
    estimator.update();
    let (clean, loud) = (*estimator.estimate(0), *estimator.estimate(1));
    assert_eq!((clean.n_epochs, clean.n_rejected), (40, 0));
    assert_eq!((loud.n_epochs, loud.n_rejected), (32, 8));
    assert!((loud.accepted_secs - 32.0).abs() < 1e-12);
    assert_eq!((clean.n_sweeps, loud.n_sweeps), (2, 2));
    assert_eq!(estimator.pooled().n_epochs, 32);
    for estimate in [clean, loud] {
        let amplitude = estimate.response.amplitude.unwrap();
        assert!(
            (amplitude.amplitude_nv - 500.0).abs() < 5.0,
            "{amplitude:?}"
        );
        let f_test = estimate.response.f_test.unwrap();
        assert!((f_test.signal_power.sqrt() - 0.5).abs() < 5e-3);
        assert!(f_test.noise_power.sqrt() < 5e-3);
    }
}

#[test]
fn a_gap_costs_the_epochs_it_touches_and_the_phase_survives_it() {
    let mut estimator = PeriodicEstimator::new(&settings(40.0, 1), 250.0, 1, 50.0, ALPHA).unwrap();
    let mut noise = PinkNoise::new(23, 0.1);
    for index in 0..30 * 250_u64 {
        // from the middle of epoch 9 to that of epoch 13 nothing came
        if (9 * 250 + 77..13 * 250 + 120).contains(&index) {
            continue;
        }
        let response = (TAU * 40.0 * index as f64 / 250.0 + 0.4).cos();
        let run = u32::from(index > 10 * 250);
        estimator.push(run, index, &[response + noise.next_uv()], None);
        if index == 9 * 250 + 76 || index == 13 * 250 + 120 {
            estimator.update();
            // four epochs lost whole or in their end are known at once, the fifth at its end
            let n_rejected = if index < 10 * 250 { 0 } else { 4 };
            assert_eq!(estimator.estimate(0).n_rejected, n_rejected);
        }
    }
    estimator.update();
    let estimate = estimator.estimate(0);
    assert_eq!((estimate.n_epochs, estimate.n_rejected), (25, 5));
    let amplitude = estimate.response.amplitude.unwrap();
    assert!((amplitude.amplitude_nv - 1000.0).abs() < 5.0);
    assert!((amplitude.phase_rad - 0.4).abs() < 0.01);
}

#[test]
fn an_electrode_that_drifts_is_no_response() {
    let mut estimator = PeriodicEstimator::new(&settings(40.0, 1), 250.0, 1, 50.0, ALPHA).unwrap();
    let mut noise = PinkNoise::new(24, 5.0);
    for index in 0..64 * 250_u64 {
        // 100 uV/s: each epoch less its mean alone would show a steady 0.8 uV at 40 Hz
        let drift = 100.0 * index as f64 / 250.0;
        estimator.push(0, index, &[drift + noise.next_uv()], None);
    }
    estimator.update();
    let response = estimator.estimate(0).response;
    assert!(
        response.amplitude.unwrap().amplitude_nv < 200.0,
        "{response:?}"
    );
    assert!(response.locked.unwrap().p.p() > 0.01);
    assert!(response.f_test.unwrap().p.p() > 0.01);
}

#[test]
fn what_inverts_with_the_sound_is_told_from_what_does_not() {
    let mut estimator = PeriodicEstimator::new(&settings(40.0, 1), 250.0, 1, 50.0, ALPHA).unwrap();
    let mut noise = PinkNoise::new(25, 2.0);
    for index in 0..130 * 250_u64 {
        // blocks of 5 epochs; the last 30 all of one polarity: nobody to be paired with
        let positive = index / 1250 % 2 == 0 || index >= 100 * 250;
        let (sign, polarity) = if positive {
            (1.0, Polarity::Normal)
        } else {
            (-1.0, Polarity::Inverted)
        };
        let turn = TAU * 40.0 * index as f64 / 250.0;
        let response = 0.3 * turn.cos();
        let artefact = 2.0 * (turn + 1.1).cos();
        let value = response + sign * artefact + noise.next_uv();
        estimator.push(0, index, &[value], Some(polarity));
    }
    estimator.update();
    let estimate = estimator.estimate(0);
    assert_eq!((estimate.n_epochs, estimate.n_pairs), (130, 50));
    let (envelope, fine) = (estimate.efr_env.unwrap(), estimate.ffr_tfs.unwrap());
    println!("{envelope:?}\n{fine:?}");
    let within = |[lo, hi]: [f64; 2], truth: f64| (lo..=hi).contains(&truth);
    assert!(within(envelope.amplitude.interval_nv, 300.0));
    assert!(within(fine.amplitude.interval_nv, 2000.0));
    assert!(envelope.p.p() < 1e-3 && fine.p.p() < 1e-3);
    let half = envelope.amplitude.phase_half_width_rad.unwrap();
    assert!(envelope.amplitude.phase_rad.abs() <= half);
    let half = fine.amplitude.phase_half_width_rad.unwrap();
    assert!((fine.amplitude.phase_rad - 1.1).abs() <= half);
    // without the pairing the surplus of artefact swamps the response
    assert!(estimate.response.amplitude.unwrap().amplitude_nv > 400.0);
}

#[test]
fn an_epoch_of_both_polarities_has_none_but_counts() {
    let mut estimator = PeriodicEstimator::new(&settings(40.0, 1), 250.0, 1, 50.0, ALPHA).unwrap();
    let mut noise = PinkNoise::new(26, 2.0);
    for index in 0..20 * 250_u64 {
        let polarity = [Polarity::Normal, Polarity::Inverted][usize::from(index / 125 % 2 == 1)];
        estimator.push(0, index, &[noise.next_uv()], Some(polarity));
    }
    estimator.update();
    let estimate = estimator.estimate(0);
    assert_eq!((estimate.n_epochs, estimate.n_pairs), (20, 0));
    assert_eq!((estimate.efr_env, estimate.ffr_tfs), (None, None));
}

#[test]
fn each_stimulus_begins_at_its_own_sample_and_the_epochs_add_up() {
    let mut estimator = PeriodicEstimator::new(&settings(40.0, 1), 250.0, 1, 50.0, ALPHA).unwrap();
    let mut noise = PinkNoise::new(27, 0.1);
    let mut begins = 0.0;
    for index in 0..12 * 1000_u64 {
        if index % 1000 == 0 {
            // trains of 3 s every 4 s from between two samples on; the marker comes at once
            begins = index as f64 + 60.37;
            estimator.begin(begins, Some(3)).unwrap();
        }
        let sounds = (begins..begins + 750.0).contains(&(index as f64));
        let turn = TAU * 40.0 * (index as f64 - begins) / 250.0;
        let response = if sounds { (turn + 0.4).cos() } else { 0.0 };
        estimator.push(0, index, &[response + noise.next_uv()], None);
    }
    estimator.update();
    let estimate = estimator.estimate(0);
    assert_eq!((estimate.n_epochs, estimate.n_rejected), (36, 0));
    let amplitude = estimate.response.amplitude.unwrap();
    assert!(
        (amplitude.amplitude_nv - 1000.0).abs() < 10.0,
        "{amplitude:?}"
    );
    assert!((amplitude.phase_rad - 0.4).abs() < 0.02);
    assert!(estimator.begin(f64::NAN, None).is_err());
}

#[test]
fn a_stimulus_that_begins_where_another_ended_leaves_that_ones_phase_alone() {
    let mut estimator =
        PeriodicEstimator::new(&settings(40.018, 1), 250.0, 1, 50.0, ALPHA).unwrap();
    let mut noise = PinkNoise::new(28, 0.1);
    let mut begins = 0.37;
    estimator.begin(begins, None).unwrap();
    for index in 0..20 * 250_u64 {
        let turn = TAU * 40.018 * (index as f64 - begins) / 250.0;
        let complete = estimator.push(0, index, &[5e4 + turn.cos() + noise.next_uv()], None);
        if complete {
            // the next one starts with the next sample, from elsewhere between two samples
            begins = index as f64 + 1.0 + if begins.fract() < 0.2 { 0.37 } else { 0.1 };
            estimator.begin(begins, None).unwrap();
        }
    }
    estimator.update();
    let estimate = estimator.estimate(0);
    assert_eq!((estimate.n_epochs, estimate.n_rejected), (20, 0));
    let amplitude = estimate.response.amplitude.unwrap();
    assert!(
        (amplitude.amplitude_nv - 1000.0).abs() < 10.0,
        "{amplitude:?}"
    );
    assert!(amplitude.phase_rad.abs() < 0.02 && amplitude.scatter_nv < 10.0);
}

#[test]
fn an_artefact_before_the_stimulus_rejects_nothing() {
    let mut estimator = PeriodicEstimator::new(&settings(40.0, 1), 250.0, 1, 50.0, ALPHA).unwrap();
    estimator.begin(100.0, None).unwrap();
    for index in 0..700_u64 {
        estimator.push(0, index, &[(index % 7) as f64], None);
        // before the origin, and in the second epoch
        if index == 50 || index == 400 {
            estimator.reject(0);
        }
    }
    estimator.update();
    assert_eq!(estimator.estimate(0).n_epochs, 1);
    assert_eq!(estimator.estimate(0).n_rejected, 1);
}
