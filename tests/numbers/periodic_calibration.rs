//! How often the tests for periodic stimuli err on noise: alpha, within the 99 % limits of a binomial count.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use efrscope::dsp::looks::{LookPlan, LookState, Looks};
use efrscope::dsp::msc_critical;
use efrscope::dsp::periodic::{
    EpochBins, EpochCutter, EpochMeans, EpochPlan, Hotelling, Neighbourhood, NoiseBins, f_test,
    fisher, locked_test, noise_variance, power_snr, rayleigh, weighted_test,
};
use efrscope::dsp::tails::PValue;
use efrscope::dsp::{Step, holm};
use num_complex::Complex64;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

const ALPHA: f64 = 0.05;

fn normal(rng: &mut Pcg64) -> f64 {
    StandardNormal.sample(rng)
}

fn noise(rng: &mut Pcg64, n: usize) -> Vec<Complex64> {
    (0..n)
        .map(|_| Complex64::new(normal(rng), normal(rng)))
        .collect()
}

/// Runs `detects` `n_runs` times on its own random numbers and holds the share of detections to `ALPHA`.
fn assert_calibrated(
    name: &str,
    seed: u128,
    n_runs: u32,
    mut detects: impl FnMut(&mut Pcg64) -> bool,
) {
    let mut rng = Pcg64::new(seed, 7);
    let n_detected = (0..n_runs).filter(|_| detects(&mut rng)).count();
    let rate = n_detected as f64 / f64::from(n_runs);
    let limit = 2.576 * (ALPHA * (1.0 - ALPHA) / f64::from(n_runs)).sqrt();
    println!(
        "{name}: {:.2} % of {n_runs} (5 +/- {:.2})",
        100.0 * rate,
        100.0 * limit
    );
    assert!((rate - ALPHA).abs() <= limit, "{name}: {rate}");
}

#[test]
fn bin_against_neighbours_on_samples_between_whole_lengths() {
    // 40 cycles of 40.018 Hz are 255.88 samples; cut, projected and averaged as live
    let plan = EpochPlan::new(256.0, 40.018, 40, 0.4).unwrap();
    let noise_bins = NoiseBins::counted(40, Neighbourhood::VOWEL, &[], plan.n_bins()).unwrap();
    let mut wanted = noise_bins.bins().to_vec();
    wanted.push(40);
    let bins = EpochBins::new(plan, &wanted).unwrap();
    let mut spectrum = vec![Complex64::default(); plan.n_bins()];
    let mut power = vec![0.0; plan.n_bins()];
    let mut tests = |rng: &mut Pcg64| {
        let (mut cutter, mut means) = (EpochCutter::new(plan, 1), EpochMeans::new(plan.n_bins()));
        for index in 0..1024 {
            if let Step::Complete { hop } = cutter.push(0, index, &[normal(rng)]) {
                bins.project(hop, cutter.epoch(0), &mut spectrum);
                means.add(&spectrum);
            }
        }
        means.power_of_mean(&mut power);
        let locked = f_test(&power, &noise_bins).unwrap();
        means.mean_power(&mut power);
        [
            locked,
            power_snr(&power, &noise_bins, means.n_epochs()).unwrap(),
        ]
        .map(|test| test.p.p() <= ALPHA)
    };
    assert_calibrated("F-test", 1, 4000, |rng| tests(rng)[0]);
    assert_calibrated("power SNR", 2, 4000, |rng| tests(rng)[1]);
}

#[test]
fn agreement_of_epochs() {
    let critical = msc_critical(ALPHA, 32.0).unwrap();
    assert_calibrated("MSC", 3, 8000, |rng| {
        locked_test(&noise(rng, 32)).unwrap().msc >= critical
    });
    assert_calibrated("circular T2", 4, 8000, |rng| {
        locked_test(&noise(rng, 16)).unwrap().p.p() <= ALPHA
    });
    assert_calibrated("condition index", 5, 8000, |rng| {
        locked_test(&noise(rng, 24)).unwrap().condition_p.p() <= ALPHA
    });
    assert_calibrated("true mean outside the circle", 15, 8000, |rng| {
        let z: Vec<Complex64> = noise(rng, 20).iter().map(|z| z + 3.0).collect();
        let test = locked_test(&z).unwrap();
        (test.mean - 3.0).norm_sqr() > test.radius_squared(1.0 - ALPHA)
    });
    assert_calibrated("Rayleigh", 6, 8000, |rng| {
        rayleigh(&noise(rng, 32)).unwrap().p.p() <= ALPHA
    });
}

#[test]
fn several_channels_with_unequal_scatter() {
    let mut hotelling = Hotelling::new(4);
    assert_calibrated("Hotelling", 7, 4000, |rng| {
        let common = noise(rng, 40);
        let channels: [Vec<Complex64>; 4] = std::array::from_fn(|_| {
            let own = noise(rng, 40);
            let mixed = own
                .iter()
                .zip(&common)
                .map(|(own, common)| own + 2.0 * common);
            mixed
                .map(|z| Complex64::new(5.0 * z.re, z.re + 0.3 * z.im))
                .collect()
        });
        let columns = channels.each_ref().map(Vec::as_slice);
        hotelling.test(&columns).unwrap().p.p() <= ALPHA
    });
}

#[test]
fn several_harmonics() {
    assert_calibrated("Fisher", 8, 8000, |rng| {
        let p: [_; 3] = std::array::from_fn(|_| locked_test(&noise(rng, 24)).unwrap().p);
        fisher(p.into_iter()).unwrap().p.p() <= ALPHA
    });
}

/// 32 epochs whose noise changes from one to the next, each with its variance as 60 noise bins tell it.
fn restless(rng: &mut Pcg64) -> (Vec<Complex64>, Vec<f64>) {
    (0..32)
        .map(|_| {
            let loudness = (0.7 * normal(rng)).exp();
            let epoch: Vec<Complex64> = noise(rng, 61).iter().map(|z| loudness * z).collect();
            (
                epoch[0],
                noise_variance(epoch[1..].iter().copied()).unwrap(),
            )
        })
        .unzip()
}

#[test]
fn weighted_averaging_keeps_alpha_and_removes_noise() {
    assert_calibrated("weighted F", 9, 6000, |rng| {
        let (z, variance) = restless(rng);
        weighted_test(&z, &variance).unwrap().p.p() <= ALPHA
    });
    let mut rng = Pcg64::new(10, 7);
    let (mut weighted_sum, mut plain_sum, mut claimed_sum) = (0.0, 0.0, 0.0);
    for _ in 0..2000 {
        let (z, variance) = restless(&mut rng);
        let test = weighted_test(&z, &variance).unwrap();
        weighted_sum += test.mean.norm_sqr();
        claimed_sum += (1e-3 * test.residual_noise_nv).powi(2);
        plain_sum += locked_test(&z).unwrap().mean.norm_sqr();
    }
    let gain: f64 = weighted_sum / plain_sum;
    println!(
        "residual variance {gain:.3} of the plain mean's; claimed / true {:.3}",
        claimed_sum / weighted_sum
    );
    assert!((0.10..0.22).contains(&gain), "{gain}");
    assert!((claimed_sum / weighted_sum - 1.0).abs() < 0.1);
}

fn is_detected(state: LookState) -> bool {
    matches!(state, LookState::Detected { .. })
}

#[test]
fn planned_looks_keep_alpha_and_peeking_does_not() {
    let run = |rng: &mut Pcg64, looks: &mut Looks| {
        looks.reset();
        for look in 1..=5 {
            looks.look(
                locked_test(&noise(rng, 12)).unwrap().p,
                24.0 * f64::from(look),
            );
        }
        is_detected(looks.state())
    };
    let mut looks = Looks::new(LookPlan::even(ALPHA, 5, 1).unwrap());
    assert_calibrated("CGST K=5", 11, 40_000, |rng| run(rng, &mut looks));
    let futile = LookPlan::new(&[0.01; 5], &[0.1, 0.15, 0.2, 0.25], 1).unwrap();
    let mut looks = Looks::new(futile);
    assert_calibrated("CGST K=5 with futility", 12, 40_000, |rng| {
        run(rng, &mut looks)
    });

    let mut rng = Pcg64::new(13, 7);
    let n_peeked = (0..1000)
        .filter(|_| {
            let z = noise(&mut rng, 64);
            (8..=64).any(|n| locked_test(&z[..n]).unwrap().p.p() <= ALPHA)
        })
        .count();
    println!(
        "MSC at every epoch, 8 to 64: {:.1} % of 1000",
        n_peeked as f64 / 10.0
    );
    assert!((230..=310).contains(&n_peeked), "{n_peeked}");
}

#[test]
fn a_family_errs_no_more_often_than_alpha() {
    // 6 correlated tests: at one look by Holm, over 5 looks by the plan's split
    let (mut order, mut adjusted) = ([0; 6], [0.0; 6]);
    let mut looks: [Looks; 6] =
        std::array::from_fn(|_| Looks::new(LookPlan::even(ALPHA, 5, 6).unwrap()));
    let (mut n_holm, mut n_looks) = (0, 0);
    let mut rng = Pcg64::new(14, 7);
    for _ in 0..3000 {
        looks.iter_mut().for_each(Looks::reset);
        for look in 1..=5 {
            let common = noise(&mut rng, 12);
            let p: [_; 6] = std::array::from_fn(|_| {
                let own = noise(&mut rng, 12);
                let z: Vec<Complex64> = own.iter().zip(&common).map(|(a, b)| a + b).collect();
                locked_test(&z).unwrap().p
            });
            for (looks, p) in looks.iter_mut().zip(p) {
                looks.look(p, 24.0 * f64::from(look));
            }
            if look == 5 {
                holm(&p.map(PValue::p), &mut order, &mut adjusted);
                n_holm += u32::from(adjusted.iter().any(|&p| p <= ALPHA));
            }
        }
        n_looks += u32::from(looks.iter().any(|looks| is_detected(looks.state())));
    }
    println!("family of 6: Holm {n_holm}, looks {n_looks} of 3000 (150 allowed)");
    // 99 % upper limit of a count at alpha
    assert!(n_holm <= 181 && n_looks <= 181, "{n_holm} {n_looks}");
}
