//! Numbers that the literature and independent calculation give, found again with the program's own functions: what docs/DSP.md quotes and no other test
//! holds. Its last section says which test holds which number.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use efrscope::dsp::filter_design::notch;
use efrscope::dsp::periodic::{locked_test, noise_variance, weighted_test};
use efrscope::dsp::transfer::min_detectable_msc;
use efrscope::dsp::{
    Detrend, FreqAxis, Interval, LagWeights, OverlapTable, SegmentFft, SegmentPlan, Taper,
    TaperKind, TaperSet, band_dof, effective_count, msc, msc_critical, overlap_correlation,
};
use num_complex::Complex64;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

fn normal(rng: &mut Pcg64) -> f64 {
    StandardNormal.sample(rng)
}

fn complex(rng: &mut Pcg64) -> Complex64 {
    Complex64::new(normal(rng), normal(rng))
}

fn assert_near(what: &str, actual: f64, expected: f64, within: f64) {
    println!("{what}: {actual:.5}, expected {expected} +- {within}");
    assert!((actual - expected).abs() <= within, "{what}: {actual}");
}

/// Welch's PSD at unit rate of 2000 samples of white noise: 1 s Hann, half overlapping; and the degrees of freedom of its integral.
#[test]
fn the_integral_of_white_noises_psd_is_its_variance_within_the_interval_95_times_of_100() {
    let (len, hop, n_segments) = (200, 100, 19);
    let axis = FreqAxis::new(200.0, len, f64::INFINITY);
    let hann = TaperSet::of_kind(TaperKind::Hann, len);
    let mut fft = SegmentFft::with_tapers(hann, Detrend::None, axis);
    let table = OverlapTable::new(
        &TaperSet::of_kind(TaperKind::Hann, len),
        SegmentPlan::new(len, hop).unwrap(),
    );
    let mut weights = LagWeights::new(table.n_lags());
    weights.fill(0..n_segments);
    let mut by_distance = vec![0.0; table.n_correlated_bins()];
    table.bin_variances(&weights, &mut by_distance);
    let mut rng = Pcg64::new(1, 1);
    let mut spectrum = vec![Complex64::default(); axis.n_bins()];
    let (n_runs, mut held, mut mean) = (2000, 0, 0.0);
    for _ in 0..n_runs {
        let values: Vec<f64> = (0..2000).map(|_| normal(&mut rng)).collect();
        let mut psd = vec![0.0; axis.n_bins()];
        for segment in values.windows(len).step_by(hop) {
            fft.transform(segment, &mut spectrum);
            for (psd, z) in psd.iter_mut().zip(&spectrum) {
                *psd += z.norm_sqr() / n_segments as f64;
            }
        }
        let power = psd.iter().sum::<f64>() * axis.df_hz();
        mean += power / f64::from(n_runs);
        let dof = band_dof(axis.n_bins(), |_| 1.0, &by_distance);
        let interval = Interval::of_power(power, dof, 0.95).unwrap();
        held += u32::from((interval.lo..interval.hi).contains(&1.0));
    }
    assert_near("integral of the PSD", mean, 1.0, 0.003);
    let share = f64::from(held) / f64::from(n_runs);
    assert_near("variance inside its interval", share, 0.95, 0.0126);
}

#[test]
fn two_minutes_have_the_effective_count_and_the_limits_of_the_literature() {
    let taper = Taper::new(TaperKind::Hann, 200);
    let rho_sq: Vec<f64> = [0, 100]
        .map(|lag| overlap_correlation(taper.weights(), lag).powi(2))
        .to_vec();
    assert_near("rho at half overlap", rho_sq[1].sqrt(), 1.0 / 6.0, 1e-12);
    for (n_segments, least, most) in [(239_u64, 226.0, 227.0), (241, 228.0, 229.0)] {
        let n_eff = effective_count((0..n_segments).map(|hop| (hop, 1.0)), &rho_sq);
        assert!((least..most).contains(&n_eff), "{n_segments}: {n_eff}");
    }
    for (n_tests, critical) in [(1.0, 0.0131), (12.0, 0.0238), (400.0, 0.0388)] {
        let actual = msc_critical(0.05 / n_tests, 228.0).unwrap();
        assert_near("critical MSC at 120 s", actual, critical, 1.1e-4);
    }
    for (n_eff, least) in [(56.0, 0.079), (112.0, 0.041), (456.0, 0.010)] {
        let actual = min_detectable_msc(0.05, 0.8, n_eff).unwrap();
        assert_near("detectable MSC", actual, least, 0.003);
    }
}

/// Share of runs without a response in which `rule` says "detected", given the p of the MSC at each epoch from `first` to `last`.
fn share_detected(
    n_runs: u32,
    (first, last): (usize, usize),
    rng: &mut Pcg64,
    rule: impl Fn(&[bool]) -> bool,
) -> f64 {
    let criticals: Vec<f64> = (first..=last)
        .map(|n| msc_critical(0.05, n as f64).unwrap())
        .collect();
    let mut significant = Vec::with_capacity(last);
    let mut n_detected = 0_u32;
    for _ in 0..n_runs {
        significant.clear();
        let (mut sum, mut power) = (Complex64::default(), 0.0);
        for n in 1..=last {
            let z = complex(rng);
            sum += z;
            power += z.norm_sqr();
            if let Some(critical) = n.checked_sub(first).map(|i| criticals[i]) {
                significant.push(sum.norm_sqr() / (n as f64 * power) > critical);
            }
        }
        n_detected += u32::from(rule(&significant));
    }
    f64::from(n_detected) / f64::from(n_runs)
}

fn any(significant: &[bool]) -> bool {
    significant.contains(&true)
}

fn eight_in_a_row(significant: &[bool]) -> bool {
    significant.windows(8).any(|eight| !eight.contains(&false))
}

#[test]
fn peeking_costs_what_the_table_says_and_eight_in_a_row_of_32_sweeps_hold_5_percent() {
    let mut rng = Pcg64::new(12, 1);
    let mut hold = |what: &str, range, rule: fn(&[bool]) -> bool, expected: f64, within: f64| {
        let share = share_detected(20_000, range, &mut rng, rule);
        assert_near(what, share, expected, within);
    };
    let at_end = |significant: &[bool]| significant.last() == Some(&true);
    // 99 % limits of 20 000 runs, and half a digit of the table
    hold("one look at the end", (8, 64), at_end, 0.05, 0.004);
    hold("every epoch, 8 to 64", (8, 64), any, 0.27, 0.013);
    hold("every epoch, 8 to 240", (8, 240), any, 0.39, 0.014);
    hold("every second of 10 min", (8, 600), any, 0.45, 0.03);
    hold("32 sweeps, one significant", (2, 32), any, 0.30, 0.014);
    hold(
        "32 sweeps, 8 in a row (Luts et al. 2008)",
        (2, 32),
        eight_in_a_row,
        0.049,
        0.005,
    );
    hold(
        "240 sweeps, 8 in a row",
        (2, 240),
        eight_in_a_row,
        0.20,
        0.013,
    );
}

#[test]
fn few_noise_bins_make_the_weighted_test_err_too_often() {
    let mut rng = Pcg64::new(5, 1);
    for (n_bins, expected) in [(10, 0.067), (20, 0.0565), (60, 0.0525)] {
        let n_runs = 20_000;
        let n_wrong = (0..n_runs)
            .filter(|_| {
                let (z, v): (Vec<Complex64>, Vec<f64>) = (0..32)
                    .map(|_| {
                        let noise = (0..n_bins).map(|_| complex(&mut rng));
                        let v = noise_variance(noise).unwrap();
                        (complex(&mut rng), v)
                    })
                    .unzip();
                weighted_test(&z, &v).unwrap().p.p() <= 0.05
            })
            .count();
        let share = n_wrong as f64 / f64::from(n_runs);
        assert_near(
            &format!("weighted F, {n_bins} noise bins"),
            share,
            expected,
            0.006,
        );
    }
}

#[test]
fn a_response_late_within_the_segment_loses_coherence_as_the_taper_overlaps_itself() {
    let (rate_hz, len) = (200.0, 200);
    let taper = Taper::new(TaperKind::Hann, len);
    // samples late of the segment's 200: tau / T of 0.05, 0.1, 0.2 and 0.25
    for (n_late, kept) in [(10, 0.97), (20, 0.88), (40, 0.59), (50, 0.43)] {
        let rho = overlap_correlation(taper.weights(), n_late);
        assert_near("share of the MSC left", rho.powi(2), kept, 0.006);
    }
    // and so it is: a response without noise, a fifth of a segment late
    let mut rng = Pcg64::new(3, 1);
    let x: Vec<f64> = (0..400_000).map(|_| normal(&mut rng)).collect();
    let axis = FreqAxis::new(rate_hz, len, 100.0);
    let mut fft = SegmentFft::new(taper.clone(), axis);
    let (mut zx, mut zy) = (
        vec![Complex64::default(); 101],
        vec![Complex64::default(); 101],
    );
    let mut sums = (0.0, 0.0, Complex64::default());
    for start in (40..x.len() - len).step_by(100) {
        fft.transform(&x[start..start + len], &mut zx);
        fft.transform(&x[start - 40..start - 40 + len], &mut zy);
        for bin in (5..95).step_by(3) {
            sums.0 += zx[bin].norm_sqr();
            sums.1 += zy[bin].norm_sqr();
            // the delay's own phase, which would cancel between bins, taken off
            let turn = Complex64::from_polar(1.0, TAU * axis.hz(bin) * 0.2);
            sums.2 += zx[bin].conj() * zy[bin] * turn;
        }
    }
    assert_near("MSC measured", msc(sums.0, sums.1, sums.2), 0.59, 0.01);
}

/// Mean PSD in a band that a line of 1 uV^2 elsewhere leaves there, in dB.
fn leak_db(kind: TaperKind, secs: f64, line_hz: f64, (lo_hz, hi_hz): (f64, f64)) -> f64 {
    let rate_hz = 500.0;
    let len = if secs > 1.5 { 1000 } else { 500 };
    let axis = FreqAxis::new(rate_hz, len, 250.0);
    let mut fft = SegmentFft::new(Taper::new(kind, len), axis);
    let mut spectrum = vec![Complex64::default(); axis.n_bins()];
    let (mut sum, mut n) = (0.0, 0.0);
    for phase in 0..16 {
        let phase = TAU * f64::from(phase) / 16.0;
        let line = |i: usize| 2.0_f64.sqrt() * (TAU * line_hz * i as f64 / rate_hz + phase).cos();
        let values: Vec<f64> = (0..len).map(line).collect();
        fft.transform(&values, &mut spectrum);
        for bin in axis.bins_within(lo_hz, hi_hz) {
            sum += spectrum[bin].norm_sqr();
            n += 1.0;
        }
    }
    10.0 * (sum / n).log10()
}

#[test]
fn mains_leaks_into_the_bands_as_taper_and_length_let_it() {
    use TaperKind::{BlackmanHarris, Hann};
    let (low, high) = ((53.0, 56.0), (62.0, 64.0));
    for (kind, secs, line_hz, band, expected) in [
        (Hann, 1.0, 50.05, low, -60.0),
        (Hann, 1.0, 49.9, low, -56.0),
        (Hann, 1.0, 60.05, high, -47.0),
        (BlackmanHarris, 1.0, 50.0, low, -45.0),
        (BlackmanHarris, 1.0, 60.0, high, -22.0),
        (Hann, 2.0, 50.05, low, -71.0),
        (Hann, 2.0, 60.05, high, -59.0),
    ] {
        let what = format!("{kind:?} of {secs} s, {line_hz} Hz into {band:?}, dB");
        assert_near(&what, leak_db(kind, secs, line_hz, band), expected, 1.5);
    }
    assert!(leak_db(BlackmanHarris, 2.0, 50.05, low) < -85.0);
}

#[test]
fn a_notch_at_60_hz_takes_from_62_to_64_what_the_table_says() {
    for rate_hz in [250.0, 500.0] {
        let notch = notch(60.0, 30.0, rate_hz).unwrap();
        for (hz, loss_db) in [(62.0, -1.0), (63.0, -0.5), (64.0, -0.26)] {
            let gain_db = 20.0 * notch.response(hz, rate_hz).norm().log10();
            assert_near("gain in dB", gain_db, loss_db, 0.06);
        }
    }
}

#[test]
fn the_condition_for_one_test_under_two_names_holds_for_any_epochs() {
    let mut rng = Pcg64::new(7, 1);
    for n in [8_usize, 32, 240] {
        let z: Vec<Complex64> = (0..n).map(|_| complex(&mut rng) + 0.2).collect();
        let test = locked_test(&z).unwrap();
        let m = n as f64;
        let by_msc = (1.0 - test.msc).powf(m - 1.0);
        let by_t2 = (1.0 + m * test.t2circ / (m - 1.0)).powf(1.0 - m);
        assert_near("p by MSC and by T2", by_msc / by_t2, 1.0, 1e-9);
        assert_near("p", by_msc / test.p.p(), 1.0, 1e-9);
    }
}

/// Sources and tests, each with the path a reader calls it by: its file without `.rs`, or its folder for `tests.rs`.
fn rust_files(dir: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let is_beside = path.file_stem().is_some_and(|stem| stem == "tests");
            let place = if is_beside {
                path.parent().unwrap().to_owned()
            } else {
                path.with_extension("")
            };
            found.push((place, text));
        }
    }
}

#[test]
fn every_test_and_function_that_the_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    rust_files(&root.join("tests"), &mut files);
    let text = std::fs::read_to_string(root.join("docs/DSP.md")).unwrap();
    let quoted = text
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let named = quoted.filter_map(|quote| {
        let (file, function) = quote.rsplit_once("::")?;
        let mut names = file.split("::");
        (names.all(|name| name.chars().all(is_word)) && function.chars().all(is_word))
            .then_some((file, function))
    });
    let mut n_named = 0;
    for (file, function) in named {
        n_named += 1;
        let here = files.iter().any(|(place, text)| {
            place.ends_with(file.replace("::", "/")) && text.contains(&format!("fn {function}("))
        });
        assert!(here, "docs/DSP.md names {file}::{function}");
    }
    assert!(n_named > 100, "{n_named} names were found");
}
