//! What the stimulus estimator and paper mode say of signals whose truth is known.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

use efrscope::dsp::group_delay::GroupDelayFit;
use efrscope::dsp::paper_live::PaperEstimator;
use efrscope::dsp::stimulus_response::StimulusResponse;
use efrscope::dsp::surrogate::{SegmentStore, ShiftPlan, Surrogates};
use efrscope::dsp::transfer::{min_detectable_msc, msc_p_value};
use efrscope::dsp::{
    FreqAxis, OverlapTable, SegmentFft, SegmentPlan, Taper, TaperKind, TaperSet, effective_count,
    msc, msc_critical, overlap_correlation,
};
use num_complex::Complex64;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

const RATE: f64 = 200.0;
const LEN: usize = 200;
const HOP: usize = 100;
const N_BINS: usize = 101;

struct Noise(Pcg64);

impl Noise {
    fn new(seed: u64) -> Self {
        Self(Pcg64::seed_from_u64(seed))
    }

    fn white(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| StandardNormal.sample(&mut self.0)).collect()
    }
}

fn taper() -> Taper {
    Taper::new(TaperKind::Hann, LEN)
}

fn tapers() -> TaperSet {
    TaperSet::one(taper())
}

fn overlap() -> OverlapTable {
    OverlapTable::new(&tapers(), SegmentPlan::new(LEN, HOP).unwrap())
}

fn axis() -> FreqAxis {
    FreqAxis::new(RATE, LEN, 100.0)
}

/// Segments of a stimulus and channels, 1 s Hann at 50 % overlap.
fn segments(fft: &mut SegmentFft, x: &[f64], channels: &[&[f64]]) -> SegmentStore {
    let n = (x.len() - LEN) / HOP + 1;
    let mut store = SegmentStore::new(channels.len(), N_BINS, n);
    let mut stimulus = vec![Complex64::default(); N_BINS];
    let mut all = vec![Complex64::default(); N_BINS * channels.len()];
    for at in (0..n).map(|segment| segment * HOP) {
        fft.transform(&x[at..at + LEN], &mut stimulus);
        for (spectrum, y) in all.chunks_exact_mut(N_BINS).zip(channels) {
            fft.transform(&y[at..at + LEN], spectrum);
        }
        store.push(&stimulus, &all);
    }
    store
}

fn fft() -> SegmentFft {
    SegmentFft::new(taper(), axis())
}

fn n_eff(store: &SegmentStore) -> f64 {
    let rho_sq = [1.0, overlap_correlation(taper().weights(), HOP).powi(2)];
    effective_count(
        (0..store.n_segments() as u64).map(|hop| (hop, 1.0)),
        &rho_sq,
    )
}

/// `(sum |a|^2, sum |b|^2, sum conj(a) b)` per bin over the segments.
fn sums<'a>(
    pairs: impl Iterator<Item = (&'a [Complex64], &'a [Complex64])>,
) -> (Vec<f64>, Vec<f64>, Vec<Complex64>) {
    let mut total = (
        vec![0.0; N_BINS],
        vec![0.0; N_BINS],
        vec![Complex64::default(); N_BINS],
    );
    for (a, b) in pairs {
        for bin in 0..N_BINS {
            total.0[bin] += a[bin].norm_sqr();
            total.1[bin] += b[bin].norm_sqr();
            total.2[bin] += a[bin].conj() * b[bin];
        }
    }
    total
}

fn stimulus_sums(store: &SegmentStore, ch: usize) -> (Vec<f64>, Vec<f64>, Vec<Complex64>) {
    let of = |segment| &store.y(segment)[ch * N_BINS..(ch + 1) * N_BINS];
    sums((0..store.n_segments()).map(|segment| (store.x(segment, 0), of(segment))))
}

/// Limits that `n` trials at rate `p` stay within with 99 % probability, by the normal approximation.
fn assert_rate(what: &str, count: usize, n: usize, p: f64) {
    let half = 2.576 * (p * (1.0 - p) / n as f64).sqrt() + 0.5 / n as f64;
    let rate = count as f64 / n as f64;
    println!("{what}: {rate:.4} of {n}, nominal {p} +- {half:.4}");
    assert!(
        (rate - p).abs() < half,
        "{what}: {rate} is not {p} +- {half}"
    );
}

#[test]
fn a_delay_of_20_ms_is_recovered() {
    let mut noise = Noise::new(8);
    let x = noise.white(24_000);
    let e = noise.white(24_000);
    let y: Vec<f64> = (0..x.len())
        .map(|n| n.checked_sub(4).map_or(0.0, |n| x[n]) + 0.1 * e[n])
        .collect();
    let store = segments(&mut fft(), &x, &[&y]);
    let (sxx, syy, sxy) = stimulus_sums(&store, 0);
    let mscs: Vec<f64> = (0..N_BINS).map(|b| msc(sxx[b], syy[b], sxy[b])).collect();
    let mut fit = GroupDelayFit::new(&axis(), &tapers(), 5..96);
    let delay = fit
        .fit(&sxy, &mscs, &[false; N_BINS], n_eff(&store))
        .unwrap();
    println!("{delay:?}");
    assert!((delay.delay_secs - 0.02).abs() < 5e-5, "{delay:?}");
    assert!(delay.sd_secs < 5e-5, "{delay:?}");
}

#[test]
fn the_interval_of_a_delay_holds_the_truth_as_often_as_it_says() {
    let mut noise = Noise::new(80);
    let mut fit = GroupDelayFit::new(&axis(), &tapers(), 53..57);
    let mut spread = 0.0;
    let (mut fft, mut held, n) = (fft(), 0, 2500);
    for _ in 0..n {
        let (x, e) = (noise.white(6000), noise.white(6000));
        let y: Vec<f64> = (0..x.len())
            .map(|n| n.checked_sub(2).map_or(0.0, |n| x[n]) + e[n])
            .collect();
        let store = segments(&mut fft, &x, &[&y]);
        let (sxx, syy, sxy) = stimulus_sums(&store, 0);
        let mscs: Vec<f64> = (0..N_BINS).map(|b| msc(sxx[b], syy[b], sxy[b])).collect();
        let delay = fit
            .fit(&sxy, &mscs, &[false; N_BINS], n_eff(&store))
            .unwrap();
        spread += ((delay.delay_secs - 0.01) / delay.sd_secs).powi(2) / n as f64;
        let (lo, hi) = delay.interval_secs();
        held += usize::from((lo..hi).contains(&0.01));
    }
    println!("square of the error in standard deviations: {spread:.3}");
    assert_rate("delay inside its 95 % interval", held, n, 0.95);
}

#[test]
fn h1_recovers_a_gain_of_0_2_where_paper_mode_reads_1_6() {
    let mut noise = Noise::new(9);
    let (x, e) = (noise.white(24_000), noise.white(24_000));
    let y: Vec<f64> = x.iter().zip(&e).map(|(x, e)| 0.2 * x + e).collect();
    let store = segments(&mut fft(), &x, &[&y]);
    let (sxx, syy, sxy) = stimulus_sums(&store, 0);
    let mut estimator = StimulusResponse::new(
        axis(),
        (&tapers(), &overlap()),
        vec![53..57, 78..82],
        1,
        0.05,
    );
    estimator.stimulus(&sxx, n_eff(&store));
    estimator.channel(0, &sxx, &syy, &sxy);
    let mut paper = PaperEstimator::new(1, N_BINS, &[]);
    (0..store.n_segments()).for_each(|i| paper.push(store.x(i, 0), store.y(i)));
    let bins = 5..96;
    let n = bins.len() as f64;
    let gain = |bin: usize| estimator.transfer(0)[bin].h1.unwrap();
    let mean = bins.clone().map(|b| gain(b).norm()).sum::<f64>() / n;
    let sd = (bins
        .clone()
        .map(|b| (gain(b).norm() - mean).powi(2))
        .sum::<f64>()
        / n)
        .sqrt();
    let tasr = bins.clone().map(|b| paper.tasr(0, b)).sum::<f64>() / n;
    println!("H1 {mean:.3} +- {sd:.3}, paper mode {tasr:.3}");
    assert!((mean - 0.203).abs() < 0.02 && (0.03..0.06).contains(&sd));
    assert!((1.3..2.1).contains(&tasr));
    let within = |&b: &usize| (gain(b) - 0.2).norm() < estimator.transfer(0)[b].h1_radius.unwrap();
    let n_within = bins.filter(within).count();
    assert!(n_within >= 80, "{n_within} of 91 radii hold the true gain");
}

#[test]
fn independent_channels_reach_a_rho_of_0_99_while_msc_stays_at_its_alpha() {
    let mut noise = Noise::new(10);
    let (mut fft, mut most, mut above, n_runs) = (fft(), 0.0_f64, 0, 12);
    for _ in 0..n_runs {
        let [x, a, b] = [(); 3].map(|()| noise.white(24_000));
        let store = segments(&mut fft, &x, &[&a, &b]);
        let mut paper = PaperEstimator::new(2, N_BINS, &[(0, 1)]);
        (0..store.n_segments()).for_each(|i| paper.push(store.x(i, 0), store.y(i)));
        most = (1..100).map(|bin| paper.rho(0, bin)).fold(most, f64::max);
        let (aa, bb, ab) = sums((0..store.n_segments()).map(|i| store.y(i).split_at(N_BINS)));
        let critical = msc_critical(0.05, n_eff(&store)).unwrap();
        // every third bin: neighbours of a Hann taper are not independent trials
        let bins = (2..99).step_by(3);
        above += bins
            .filter(|&k| msc(aa[k], bb[k], ab[k]) > critical)
            .count();
    }
    println!("greatest rho {most:.4}");
    assert!(most > 0.97, "{most}");
    assert_rate("MSC of independent channels", above, n_runs * 33, 0.05);
}

#[test]
fn a_common_reference_gives_coherence_but_no_imaginary_part() {
    let mut noise = Noise::new(14);
    let [reference, a, b] = [(); 3].map(|()| noise.white(24_000));
    let against =
        |y: &[f64]| -> Vec<f64> { y.iter().zip(&reference).map(|(y, r)| y - 2.0 * r).collect() };
    let (a, b) = (against(&a), against(&b));
    let store = segments(&mut fft(), &a, &[&b]);
    let (aa, bb, ab) = stimulus_sums(&store, 0);
    let bins: Vec<usize> = (2..99).step_by(3).collect();
    let limit = 2.0 / (2.0 * n_eff(&store)).sqrt();
    let coherency = |bin: usize| ab[bin] / (aa[bin] * bb[bin]).sqrt();
    assert!(bins.iter().all(|&bin| coherency(bin).norm() > 0.6));
    let beyond = bins
        .iter()
        .filter(|&&bin| coherency(bin).im.abs() > limit)
        .count();
    assert!(beyond <= 5, "{beyond} of 33 beyond 2 sd, expected 5 %");
}

#[test]
fn false_positives_of_bin_band_and_surrogate_come_at_their_alpha() {
    let mut noise = Noise::new(6);
    let (mut fft, n) = (fft(), 1200);
    let (mut bin, mut band, mut shifts) = (0, 0, 0);
    let mut estimator = StimulusResponse::new(
        axis(),
        (&tapers(), &overlap()),
        vec![53..57, 78..82],
        1,
        0.05,
    );
    for run in 0..n {
        let (x, y) = (noise.white(6000), noise.white(6000));
        let store = segments(&mut fft, &x, &[&y]);
        let (sxx, syy, sxy) = stimulus_sums(&store, 0);
        estimator.stimulus(&sxx, n_eff(&store));
        estimator.channel(0, &sxx, &syy, &sxy);
        bin += usize::from(estimator.transfer(0)[20].p_value.unwrap() < 0.05);
        band += usize::from(estimator.band(0, 0).p_value.unwrap() < 0.05);
        let plan = ShiftPlan {
            n_shifts: 39,
            min_lag: 10,
            seed: run as u64,
        };
        let mut surrogates = Surrogates::new(store, vec![53..57, 78..82], plan);
        while !surrogates.work(16).is_complete() {}
        shifts += usize::from(surrogates.p_value(0, 0).unwrap() <= 0.05);
    }
    assert_rate("MSC of a bin", bin, n, 0.05);
    assert_rate("MSC of a band", band, n, 0.05);
    assert_rate("circular shifts", shifts, n, 0.05);
}

#[test]
fn a_response_of_the_detectable_size_is_found_four_times_in_five_and_a_wrong_song_is_not() {
    let mut noise = Noise::new(28);
    let (n_segments, n) = (28_u32, 2000);
    let least = min_detectable_msc(0.05, 0.8, f64::from(n_segments)).unwrap();
    let gain = (least / (1.0 - least)).sqrt();
    let (mut right, mut wrong) = (0, 0);
    let mut phasor = || {
        let parts = noise.white(2);
        Complex64::new(parts[0], parts[1]) / 2.0_f64.sqrt()
    };
    for _ in 0..n {
        // a stimulus of constant power, the case the power is exact for
        let x: Vec<Complex64> = (0..n_segments)
            .map(|_| phasor())
            .map(|z| z / z.norm())
            .collect();
        let other: Vec<Complex64> = (0..n_segments).map(|_| phasor()).collect();
        let y: Vec<Complex64> = x.iter().map(|x| gain * x + phasor()).collect();
        let p = |x: &[Complex64]| {
            let power = |z: &[Complex64]| z.iter().map(Complex64::norm_sqr).sum::<f64>();
            let sxy = x.iter().zip(&y).map(|(x, y)| x.conj() * y).sum();
            msc_p_value(msc(power(x), power(&y), sxy), f64::from(n_segments)).unwrap()
        };
        right += usize::from(p(&x) < 0.05);
        wrong += usize::from(p(&other) < 0.05);
    }
    assert_rate("found at the detectable MSC", right, n, 0.8);
    assert_rate("found against the wrong stimulus", wrong, n, 0.05);
}
