//! Detectors of periodic stimuli, looks and families: on complex Gaussian coefficients.

use efrscope::dsp::holm;
use efrscope::dsp::looks::{LookPlan, LookState, Looks};
use efrscope::dsp::periodic::{
    EpochBins, EpochCutter, EpochMeans, EpochPlan, Hotelling, Neighbourhood, NoiseBins, f_test,
    fisher, locked_test, noise_variance, power_snr, rayleigh, weighted_test,
};
use efrscope::dsp::tails::PValue;
use efrscope::dsp::{Step, msc_critical};
use num_complex::Complex64;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

use crate::ledger::{Allowed, Ledger, n_runs};

const ALPHA: f64 = 0.05;

/// Whether epochs' coefficients hold a response.
type Detects<'a> = &'a dyn Fn(&[Complex64]) -> bool;

fn normal(random: &mut Pcg64) -> f64 {
    StandardNormal.sample(random)
}

fn noise(random: &mut Pcg64, n: usize) -> Vec<Complex64> {
    (0..n)
        .map(|_| Complex64::new(normal(random), normal(random)))
        .collect()
}

fn count(seed: u64, n: usize, mut detects: impl FnMut(&mut Pcg64) -> bool) -> usize {
    let mut random = Pcg64::seed_from_u64(seed);
    (0..n).filter(|_| detects(&mut random)).count()
}

#[test]
fn tests_of_epochs_err_as_often_as_alpha_says() {
    let mut ledger = Ledger::new("epochs");
    let n = n_runs(3000);
    for epochs in [8, 32] {
        let condition = format!("{epochs} epochs");
        let critical = msc_critical(ALPHA, epochs as f64).unwrap();
        let tests: [(&str, Detects<'_>); 3] = [
            ("MSC of epochs", &|z| {
                locked_test(z).unwrap().msc >= critical
            }),
            ("circular T2", &|z| locked_test(z).unwrap().p.p() <= ALPHA),
            ("Rayleigh", &|z| rayleigh(z).unwrap().p.p() <= ALPHA),
        ];
        for (i, (name, test)) in tests.into_iter().enumerate() {
            let seed = 100 * epochs as u64 + i as u64;
            let hits = count(seed, n, |random| test(&noise(random, epochs)));
            ledger.hold((name, &condition), ALPHA, Allowed::Nominal, hits, n);
        }
        let mut hotelling = Hotelling::new(2);
        let hits = count(7 + epochs as u64, n, |random| {
            let z = [noise(random, epochs), noise(random, epochs)];
            hotelling.test(&[&z[0], &z[1]]).unwrap().p.p() <= ALPHA
        });
        let name = "Hotelling T2, 2 channels";
        ledger.hold((name, &condition), ALPHA, Allowed::Nominal, hits, n);
        let hits = count(9 + epochs as u64, n, |random| {
            let p: [_; 3] = std::array::from_fn(|_| locked_test(&noise(random, epochs)).unwrap().p);
            fisher(p.into_iter()).unwrap().p.p() <= ALPHA
        });
        let name = "Fisher over 3 harmonics";
        ledger.hold((name, &condition), ALPHA, Allowed::Nominal, hits, n);
    }
    ledger.close();
}

#[test]
fn weighted_averaging_errs_as_often_as_its_noise_bins_let_it() {
    let mut ledger = Ledger::new("weighted");
    // simulated before: 20 noise bins 5.6 to 5.7 %, 60 bins 5.1 to 5.4 %
    for (n_bins, most) in [(20, 0.057), (40, 0.055), (60, 0.054)] {
        let n = n_runs(2000);
        let hits = count(n_bins as u64, n, |random| {
            let epochs = (0..32).map(|_| {
                let loudness = (0.7 * normal(random)).exp();
                let epoch: Vec<Complex64> = noise(random, n_bins + 1)
                    .iter()
                    .map(|z| loudness * z)
                    .collect();
                (
                    epoch[0],
                    noise_variance(epoch[1..].iter().copied()).unwrap(),
                )
            });
            let (z, variance): (Vec<_>, Vec<_>) = epochs.unzip();
            weighted_test(&z, &variance).unwrap().p.p() <= ALPHA
        });
        let condition = format!("32 epochs of changing noise, {n_bins} noise bins");
        let names = ("weighted F-test", condition.as_str());
        ledger.hold(names, ALPHA, Allowed::UpTo(most), hits, n);
    }
    ledger.close();
}

#[test]
fn bins_against_neighbours_err_as_often_as_alpha_says() {
    let mut ledger = Ledger::new("neighbours");
    let plan = EpochPlan::new(256.0, 40.018, 40, 0.4).unwrap();
    for (condition, around) in [
        ("F(2, 28)", Neighbourhood::VOWEL),
        ("F(2, 28), 7 each side", Neighbourhood::SHORT),
    ] {
        let noise_bins = NoiseBins::counted(40, around, &[], plan.n_bins()).unwrap();
        let mut wanted = noise_bins.bins().to_vec();
        wanted.push(40);
        let bins = EpochBins::new(plan, &wanted).unwrap();
        let mut spectrum = vec![Complex64::default(); plan.n_bins()];
        let mut power = vec![0.0; plan.n_bins()];
        let (n, mut hits) = (n_runs(1500), [0; 2]);
        let mut random = Pcg64::seed_from_u64(around.below as u64);
        for _ in 0..n {
            let (mut cutter, mut means) =
                (EpochCutter::new(plan, 1), EpochMeans::new(plan.n_bins()));
            for index in 0..1024 {
                if let Step::Complete { hop } = cutter.push(0, index, &[normal(&mut random)]) {
                    bins.project(hop, cutter.epoch(0), &mut spectrum);
                    means.add(&spectrum);
                }
            }
            means.power_of_mean(&mut power);
            hits[0] += usize::from(f_test(&power, &noise_bins).unwrap().p.p() <= ALPHA);
            means.mean_power(&mut power);
            let snr = power_snr(&power, &noise_bins, means.n_epochs()).unwrap();
            hits[1] += usize::from(snr.p.p() <= ALPHA);
        }
        ledger.hold(
            ("F-test against neighbours", condition),
            ALPHA,
            Allowed::Nominal,
            hits[0],
            n,
        );
        ledger.hold(
            ("power without phase", condition),
            ALPHA,
            Allowed::Nominal,
            hits[1],
            n,
        );
    }
    ledger.close();
}

fn is_detected(looks: &Looks) -> bool {
    matches!(looks.state(), LookState::Detected { .. })
}

#[test]
fn looks_err_as_often_as_alpha_says() {
    let mut ledger = Ledger::new("looks");
    let n = n_runs(3000);
    let futile = LookPlan::new(&[0.01; 5], &[0.1, 0.15, 0.2, 0.25], 1).unwrap();
    for (i, (condition, plan)) in [
        ("5 looks", LookPlan::even(ALPHA, 5, 1).unwrap()),
        ("10 looks", LookPlan::even(ALPHA, 10, 1).unwrap()),
        ("5 looks with futility", futile),
    ]
    .into_iter()
    .enumerate()
    {
        let mut looks = Looks::new(plan.clone());
        let hits = count(20 + i as u64, n, |random| {
            looks.reset();
            for _ in 0..plan.n_looks() {
                looks.look(locked_test(&noise(random, 12)).unwrap().p, 24.0);
            }
            is_detected(&looks)
        });
        ledger.hold(
            ("group sequential", condition),
            ALPHA,
            Allowed::Nominal,
            hits,
            n,
        );
    }
    ledger.close();
}

#[test]
fn families_err_as_often_as_alpha_says() {
    let mut ledger = Ledger::new("families");
    let n = n_runs(3000);
    for (condition, counters, allowed) in [
        // 1 - (1 - alpha / 6)^6 = 4.9 %
        ("6 independent tests", 0.0, Allowed::From(0.0490)),
        ("6 tests that share half their noise", 1.0, Allowed::AtMost),
    ] {
        let (mut order, mut adjusted) = ([0; 6], [0.0; 6]);
        let plan = LookPlan::even(ALPHA, 5, 6).unwrap();
        let mut looks: [Looks; 6] = std::array::from_fn(|_| Looks::new(plan.clone()));
        let (mut n_holm, mut n_looks) = (0, 0);
        let mut random = Pcg64::seed_from_u64(30);
        for _ in 0..n {
            looks.iter_mut().for_each(Looks::reset);
            for look in 1..=5 {
                let common = noise(&mut random, 12);
                let p: [PValue; 6] = std::array::from_fn(|_| {
                    let own = noise(&mut random, 12);
                    let z: Vec<_> = own
                        .iter()
                        .zip(&common)
                        .map(|(a, b)| a + counters * b)
                        .collect();
                    locked_test(&z).unwrap().p
                });
                for (looks, p) in looks.iter_mut().zip(p) {
                    looks.look(p, 24.0 * f64::from(look));
                }
                if look == 5 {
                    holm(&p.map(PValue::p), &mut order, &mut adjusted);
                    n_holm += usize::from(adjusted.iter().any(|&p| p <= ALPHA));
                }
            }
            n_looks += usize::from(looks.iter().any(is_detected));
        }
        ledger.hold(
            ("family by Holm, one look", condition),
            ALPHA,
            allowed,
            n_holm,
            n,
        );
        ledger.hold(
            ("family over 5 looks", condition),
            ALPHA,
            allowed,
            n_looks,
            n,
        );
    }
    ledger.close();
}
