//! What the measures read where there is nothing to find: seeded simulations against the lines, limits and intervals claimed.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::ops::RangeInclusive;

use efrscope::dsp::{
    Connectivity, Detrend, FlankFit, FlankRule, ForgettingSpectra, Interval, LagWeights,
    Multitaper, NullPlan, OverlapTable, SegmentPlan, SlidingSpectra, TaperKind, TaperSet, band_dof,
    msc_critical,
};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Mcg;

use crate::signals::Way;

const RATE_HZ: f64 = 128.0;
const LEN: usize = 128;
/// Bins too far apart for the tapers to connect them: each is an experiment of its own.
const APART: [usize; 7] = [8, 16, 24, 32, 40, 48, 56];

type Measure = fn(&Connectivity) -> f64;

struct Noise(Pcg64Mcg);

impl Noise {
    fn new(seed: u128) -> Self {
        Self(Pcg64Mcg::new(2 * seed + 1))
    }

    fn channels(&mut self, n_channels: usize, n_samples: usize) -> Vec<Vec<f64>> {
        let mut channel = || -> Vec<f64> {
            let values = (0..n_samples).map(|_| StandardNormal.sample(&mut self.0));
            values.collect()
        };
        (0..n_channels).map(|_| channel()).collect()
    }
}

fn hann() -> TaperSet {
    TaperSet::of_kind(TaperKind::Hann, LEN)
}

fn prolate() -> TaperSet {
    TaperSet::multitaper(&Multitaper::default(), LEN).unwrap()
}

fn samples_of(n_segments: usize, hop: usize) -> usize {
    LEN + (n_segments - 1) * hop
}

/// Plan and effective numbers of a sliding average over `n_segments`.
fn way_and_weights(
    tapers: TaperSet,
    hop: usize,
    n_segments: usize,
) -> (Way, OverlapTable, LagWeights) {
    let table = OverlapTable::new(&tapers, SegmentPlan::new(LEN, hop).unwrap());
    let mut weights = LagWeights::new(table.n_lags());
    weights.fill(0..n_segments as u64);
    (
        Way::new(tapers, Detrend::Constant, RATE_HZ, hop),
        table,
        weights,
    )
}

/// Averages of fresh noise, run after run.
fn sliding(
    way: &mut Way,
    noise: &mut Noise,
    n_channels: usize,
    n_segments: usize,
) -> SlidingSpectra {
    let channels = noise.channels(n_channels, samples_of(n_segments, way.hop));
    let mut average = SlidingSpectra::of_shape(n_segments, way.shape(n_channels));
    for i in 0..n_segments {
        let start = i * way.hop;
        average.push(i as u64, 0.0, |ch, z| {
            way.fft.transform(&channels[ch][start..start + LEN], z);
        });
    }
    average
}

/// Where the count of `n` trials of probability `p` lies 99 times of 100, as shares.
fn binomial_99(p: f64, n: usize) -> RangeInclusive<f64> {
    let half = 2.576 * (p * (1.0 - p) / n as f64).sqrt();
    p - half..=p + half
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Stops unless the mean is within four standard errors of `expected`, or `slack` of it.
fn assert_mean(name: &str, values: &[f64], expected: f64, slack: f64) {
    let mean = mean(values);
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
    let error = 4.0 * (variance / values.len() as f64).sqrt();
    assert!(
        (mean - expected).abs() < error + slack,
        "{name}: {mean} +- {error}, expected {expected}"
    );
}

fn share_above(values: &[f64], limit: f64) -> f64 {
    values.iter().filter(|v| **v > limit).count() as f64 / values.len() as f64
}

/// Measures of independent channels, `n_runs` runs of seven bins.
fn null_measures(
    tapers: TaperSet,
    hop: usize,
    n_segments: usize,
    n_runs: usize,
    effective: bool,
) -> Vec<Connectivity> {
    let (mut way, table, weights) = way_and_weights(tapers, hop, n_segments);
    let mut noise = Noise::new(n_segments as u128 + hop as u128);
    let n = if effective {
        table.n_segments_eff(&weights)
    } else {
        n_segments as f64
    };
    (0..n_runs)
        .flat_map(|_| {
            let average = sliding(&mut way, &mut noise, 2, n_segments);
            APART.map(|bin| Connectivity::new(&average.pair_means(0, bin), n).unwrap())
        })
        .collect()
}

#[test]
fn independent_channels_read_the_null_lines() {
    for (n, tapers, n_tapers) in [(30, hann(), 1.0), (60, hann(), 1.0), (30, prolate(), 5.0)] {
        let lines = NullPlan::new(0.05, n_tapers).lines(n as f64).unwrap();
        let measures = null_measures(tapers, LEN, n, 400, false);
        let of = |f: Measure| measures.iter().map(f).collect::<Vec<_>>();
        // sqrt(pi / 4n) is the limit for many segments: too large by 1/(8n) of itself
        assert_mean(
            "coh",
            &of(|m| m.coh),
            lines.coh,
            lines.coh / (8.0 * n as f64),
        );
        assert_mean("msc", &of(|m| m.msc), lines.msc, 0.0);
        assert_mean(
            "plv",
            &of(|m| m.plv),
            lines.plv,
            lines.plv / (8.0 * n as f64),
        );
        assert_mean("ciplv", &of(|m| m.ciplv), lines.ciplv, 0.02 * lines.ciplv);
        assert_mean("pli", &of(|m| m.pli), lines.pli, 0.01 * lines.pli);
        assert_mean("wpli", &of(|m| m.wpli), lines.wpli, 0.02 * lines.wpli);
        let zero: [(&str, Measure); 5] = [
            ("imcoh", |m| m.imcoh),
            ("ppc", |m| m.ppc),
            ("pli2_unbiased", |m| m.pli2_unbiased),
            ("wpli2_debiased", |m| m.wpli2_debiased),
            ("dpli", |m| m.dpli - 0.5),
        ];
        for (name, f) in zero {
            assert_mean(name, &of(f), 0.0, 0.0);
        }
        let square = |f: Measure| mean(&of(f).iter().map(|v| v * v).collect::<Vec<_>>()).sqrt();
        assert!((square(|m| m.imcoh) / lines.imcoh_sd - 1.0).abs() < 0.05);
        assert!((square(|m| m.dpli - 0.5) / lines.dpli_sd - 1.0).abs() < 0.05);
        let five_percent = binomial_99(0.05, measures.len());
        assert!(five_percent.contains(&share_above(&of(|m| m.msc), lines.msc_critical)));
        assert!(five_percent.contains(&share_above(&of(|m| m.ppc), lines.ppc)));
        // heavy tails are not those of the limit: 4.1 to 5.2 % in a long simulation
        let share = share_above(&of(|m| m.wpli2_debiased), lines.wpli2_debiased);
        assert!((0.03..0.065).contains(&share), "wpli2_debiased: {share}");
    }
}

#[test]
fn unbiased_measures_stay_so_under_overlap_with_the_effective_number() {
    let n_segments = 60;
    let measures = null_measures(hann(), LEN / 4, n_segments, 400, true);
    let naive = null_measures(hann(), LEN / 4, n_segments, 400, false);
    let (_, table, weights) = way_and_weights(hann(), LEN / 4, n_segments);
    let n_eff = table.n_segments_eff(&weights);
    // what counting overlapping segments in full would make of nothing
    let false_bias = 1.0 / n_eff;
    let of: [(&str, Measure); 2] = [("ppc", |m| m.ppc), ("wpli2_debiased", |m| m.wpli2_debiased)];
    for (name, f) in of {
        let unbiased = mean(&measures.iter().map(f).collect::<Vec<_>>());
        assert!(unbiased.abs() < 0.25 * false_bias, "{name}: {unbiased}");
        let biased = mean(&naive.iter().map(f).collect::<Vec<_>>());
        assert!(biased > 0.3 * false_bias, "{name}: {biased}");
    }
}

#[test]
fn the_msc_limit_is_exceeded_by_chance_as_often_as_it_says() {
    for (tapers, hop) in [
        (hann(), LEN),
        (hann(), LEN / 2),
        (hann(), LEN / 4),
        (prolate(), LEN / 2),
    ] {
        let n_segments = if tapers.n_tapers() == 1 { 40 } else { 12 };
        let (mut way, table, weights) = way_and_weights(tapers, hop, n_segments);
        let critical = msc_critical(0.05, table.n_eff(&weights)).unwrap();
        let naive = msc_critical(0.05, table.n_tapers_eff() * n_segments as f64).unwrap();
        let mut noise = Noise::new(77 + hop as u128);
        let mscs: Vec<f64> = (0..400)
            .flat_map(|_| {
                let average = sliding(&mut way, &mut noise, 2, n_segments);
                APART.map(|bin| average.pair_means(0, bin))
            })
            .map(|means| means.sab.norm_sqr() / (means.saa * means.sbb))
            .collect();
        let share = share_above(&mscs, critical);
        assert!(
            binomial_99(0.05, mscs.len()).contains(&share),
            "hop {hop}: {share}"
        );
        if hop == LEN / 4 {
            // the sheet: 20.7 % when overlapping segments count in full
            assert!(share_above(&mscs, naive) > 0.15);
        }
    }
}

/// Averages that have forgotten their beginning.
fn forgetting(way: &mut Way, noise: &mut Noise, n_channels: usize, a: f64) -> ForgettingSpectra {
    let n_segments = 100;
    let channels = noise.channels(n_channels, samples_of(n_segments, way.hop));
    let mut average = ForgettingSpectra::new(a, LEN.div_ceil(way.hop), way.shape(n_channels));
    for i in 0..n_segments {
        let start = i * way.hop;
        average.push(i as u64, 0.0, |ch, z| {
            way.fft.transform(&channels[ch][start..start + LEN], z);
        });
    }
    average
}

#[test]
fn the_msc_limit_holds_under_forgetting() {
    for (hop, a) in [(LEN, 0.06), (LEN / 2, 0.05)] {
        let (mut way, table, _) = way_and_weights(hann(), hop, 2);
        let mut noise = Noise::new(5 + hop as u128);
        let mut n_false = 0;
        for _ in 0..300 {
            let average = forgetting(&mut way, &mut noise, 2, a);
            let critical = msc_critical(0.05, table.n_eff(average.weights())).unwrap();
            for bin in APART {
                let means = average.pair_means(0, bin);
                n_false += usize::from(means.sab.norm_sqr() / (means.saa * means.sbb) > critical);
            }
        }
        let n = 300 * APART.len();
        let share = n_false as f64 / n as f64;
        assert!(
            binomial_99(0.05, n).contains(&share),
            "hop {hop}, a {a}: {share}"
        );
    }
}

#[test]
fn intervals_of_bands_cover_the_truth_95_times_of_100() {
    // white noise of variance 1: 2 / rate per Hz
    let bands_hz = [(5.3, 9.8), (19.5, 22.5), (34.0, 37.0), (47.25, 51.75)];
    for (tapers, hop) in [
        (hann(), LEN),
        (hann(), LEN / 2),
        (hann(), LEN / 4),
        (prolate(), LEN / 2),
    ] {
        let n_segments = 8;
        let (mut way, table, weights) = way_and_weights(tapers, hop, n_segments);
        let axis = *way.fft.axis();
        let mut by_distance = vec![0.0; table.n_correlated_bins()];
        table.bin_variances(&weights, &mut by_distance);
        let mut noise = Noise::new(31 + hop as u128);
        let mut psd = vec![0.0; axis.n_bins()];
        let (n_runs, mut n_covered, mut n_bin_covered, mut n_own_covered) = (500, 0, 0, 0);
        for _ in 0..n_runs {
            sliding(&mut way, &mut noise, 1, n_segments).psd_into(&mut psd);
            for (lo_hz, hi_hz) in bands_hz {
                let share = |bin: usize| axis.share_within(bin, lo_hz, hi_hz);
                let power: f64 =
                    (0..psd.len()).map(|bin| psd[bin] * share(bin)).sum::<f64>() * axis.df_hz();
                // the spectrum is known to be flat here; measured, its fluctuations cost a little dof
                let dof = band_dof(psd.len(), share, &by_distance);
                let interval = Interval::of_power(power, dof, 0.95).unwrap();
                let truth = 2.0 / RATE_HZ * (hi_hz - lo_hz);
                n_covered += usize::from(interval.lo < truth && truth < interval.hi);
                let own_dof = band_dof(psd.len(), |bin| psd[bin] * share(bin), &by_distance);
                let interval = Interval::of_power(power, own_dof, 0.95).unwrap();
                n_own_covered += usize::from(interval.lo < truth && truth < interval.hi);
                let dof = 2.0 * table.n_eff(&weights);
                let bin = axis.bins_within(lo_hz, hi_hz).start;
                let interval = Interval::of_power(psd[bin], dof, 0.95).unwrap();
                n_bin_covered +=
                    usize::from(interval.lo < 2.0 / RATE_HZ && 2.0 / RATE_HZ < interval.hi);
            }
        }
        let n = n_runs * bands_hz.len();
        for (what, n_covered) in [("band", n_covered), ("bin", n_bin_covered)] {
            let share = n_covered as f64 / n as f64;
            assert!(
                binomial_99(0.95, n).contains(&share),
                "{what}, hop {hop}: {share}"
            );
        }
        let own = n_own_covered as f64 / n as f64;
        println!("covered with the dof of the measured spectrum, hop {hop}: {own}");
        assert!((0.937..0.985).contains(&own), "own, hop {hop}: {own}");
    }
}

#[test]
fn a_band_like_its_flanks_is_called_a_peak_as_often_as_alpha_says() {
    let n_segments = 30;
    let (mut way, table, weights) = way_and_weights(hann(), LEN / 2, n_segments);
    let axis = *way.fft.axis();
    let mut by_distance = vec![0.0; table.n_correlated_bins()];
    table.bin_variances(&weights, &mut by_distance);
    let fits: Vec<FlankFit> = [12.0, 30.0, 48.0]
        .iter()
        .map(|lo_hz| FlankFit::new(&axis, *lo_hz, lo_hz + 3.0, &FlankRule::default()).unwrap())
        .collect();
    let mut noise = Noise::new(99);
    let mut psd = vec![0.0; axis.n_bins()];
    let mut n_false = 0;
    let n_runs = 700;
    for _ in 0..n_runs {
        sliding(&mut way, &mut noise, 1, n_segments).psd_into(&mut psd);
        for fit in &fits {
            let p = fit.snr(&psd, &by_distance).unwrap().p_value().unwrap();
            n_false += usize::from(p < 0.05);
        }
    }
    let n = n_runs * fits.len();
    let share = n_false as f64 / n as f64;
    assert!(binomial_99(0.05, n).contains(&share), "{share}");
}
