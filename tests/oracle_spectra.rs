//! Spectra against SciPy and MNE, on made-up signals and on real recordings.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "oracle/recording.rs"]
mod recording;
#[path = "oracle/runner.rs"]
mod runner;
#[path = "oracle/signals.rs"]
mod signals;

use efrscope::dsp::{
    Detrend, Dpss, DpssForm, FlankFit, FlankRule, ForgettingSpectra, Interval, LagWeights,
    Multitaper, OverlapTable, SegmentPlan, Taper, TaperKind, TaperSet, band_dof, msc,
};
use num_complex::Complex64;
use serde_json::{Value, json};
use signals::{Way, channels};

const TAPERS: [(&str, TaperKind); 4] = [
    ("boxcar", TaperKind::Boxcar),
    ("hann", TaperKind::Hann),
    ("hamming", TaperKind::Hamming),
    ("blackmanharris", TaperKind::BlackmanHarris),
];

fn pairs_of_numbers(values: &[Complex64]) -> Vec<[f64; 2]> {
    values.iter().map(|z| [z.re, z.im]).collect()
}

/// Everything spectra.py compares, of one plan.
fn spectra_case(
    taper: (&str, TaperKind),
    detrend: (&str, Detrend),
    len: usize,
    hop: usize,
) -> Value {
    let (sample_rate_hz, a) = (250.0, 0.1);
    let channels = channels(7, 3, 2300);
    let tapers = TaperSet::of_kind(taper.1, len);
    let mut way = Way::new(tapers.clone(), detrend.1, sample_rate_hz, hop);
    let n_bins = way.fft.axis().n_bins();
    let average = way.average(&channels);
    let mut psd = vec![0.0; 3 * n_bins];
    let mut csd = vec![Complex64::default(); 3 * n_bins];
    average.psd_into(&mut psd);
    average.csd_into(&mut csd);
    let psd: Vec<&[f64]> = psd.chunks_exact(n_bins).collect();
    let csd: Vec<&[Complex64]> = csd.chunks_exact(n_bins).collect();
    let mscs = [(0, 1), (0, 2), (1, 2)]
        .into_iter()
        .zip(&csd)
        .map(|((a, b), csd)| {
            let bins = (0..n_bins).map(|bin| msc(psd[a][bin], psd[b][bin], csd[bin]));
            bins.collect::<Vec<_>>()
        });
    let amplitudes = psd.iter().map(|psd| {
        let peaks = psd.iter().map(|s| tapers.amplitude(*s, sample_rate_hz));
        peaks.collect::<Vec<_>>()
    });
    let mut forgetting = ForgettingSpectra::new(a, len.div_ceil(hop), way.shape(1));
    let mut segments = Vec::new();
    for i in 0..way.n_segments(channels[0].len()) {
        forgetting.push(i as u64, 0.0, |ch, spectrum| {
            way.fft
                .transform(&channels[ch][i * hop..i * hop + len], spectrum);
            segments.push(spectrum.iter().map(Complex64::norm_sqr).collect::<Vec<_>>());
        });
    }
    let mut forgotten = vec![0.0; n_bins];
    forgetting.psd_into(&mut forgotten);
    json!({
        "taper": taper.0, "detrend": detrend.0, "len": len, "hop": hop, "a": a,
        "sample_rate_hz": sample_rate_hz, "channels": channels,
        "weights": tapers.tapers()[0].weights(), "psd": psd,
        "csd": csd.iter().map(|csd| pairs_of_numbers(csd)).collect::<Vec<_>>(),
        "msc": mscs.collect::<Vec<_>>(), "amplitude": amplitudes.collect::<Vec<_>>(),
        "segments": segments, "forgetting": forgotten,
    })
}

#[test]
fn welch_spectra_are_those_of_scipy_and_mne() {
    for (i, taper) in TAPERS.into_iter().enumerate() {
        let len = 200 + i % 2;
        runner::check(
            "spectra.py",
            &spectra_case(taper, ("constant", Detrend::Constant), len, 50),
        );
    }
    for detrend in [("none", Detrend::None), ("linear", Detrend::Linear)] {
        runner::check("spectra.py", &spectra_case(TAPERS[1], detrend, 250, 125));
    }
}

#[test]
fn prolate_tapers_are_scipys_and_multitaper_spectra_mnes() {
    for (len, nw, n_tapers) in [(200, 4.0, 8), (321, 3.0, 5), (1000, 2.5, 4), (64, 1.0, 1)] {
        let dpss = |form| {
            let dpss = Dpss::new(len, nw, n_tapers, form).unwrap();
            json!({"sequences": dpss.sequences(), "concentrations": dpss.concentrations()})
        };
        let plan = Multitaper {
            half_bandwidth_bins: nw,
            n_tapers: Some(n_tapers),
            form: DpssForm::Periodic,
            ..Multitaper::default()
        };
        let tapers = TaperSet::multitaper(&plan, len).unwrap();
        // MNE takes as many as 2 NW of them before it leaves out the poor ones
        let all_kept = Multitaper {
            n_tapers: Some((1..=len).take_while(|k| *k as f64 <= 2.0 * nw).count()),
            ..plan
        };
        assert_eq!(
            TaperSet::multitaper(&all_kept, len).unwrap().n_tapers(),
            tapers.n_tapers()
        );
        let channels = channels(11, 2, len);
        let mut way = Way::new(tapers, Detrend::Constant, 160.0, len);
        let mut psd = vec![0.0; 2 * way.fft.axis().n_bins()];
        way.average(&channels).psd_into(&mut psd);
        let psd: Vec<&[f64]> = psd.chunks_exact(way.fft.axis().n_bins()).collect();
        runner::check(
            "multitaper.py",
            &json!({
                "len": len, "nw": nw, "n_tapers": n_tapers, "sample_rate_hz": 160.0,
                "symmetric": dpss(DpssForm::Symmetric), "periodic": dpss(DpssForm::Periodic),
                "channels": channels, "psd": psd,
            }),
        );
    }
}

/// Everything intervals.py compares: some hops missing, weights fading by `keep`.
fn interval_case(tapers: &TaperSet, hop: usize, keep: f64) -> Value {
    let len = tapers.segment_len();
    let table = OverlapTable::new(tapers, SegmentPlan::new(len, hop).unwrap());
    let hops: Vec<u64> = (0..40).filter(|hop| hop % 9 != 4).collect();
    let mut weights = LagWeights::new(table.n_lags());
    let mut before = 0;
    for &hop in &hops {
        weights.fade(keep.powf((hop - before) as f64));
        weights.push(hop);
        before = hop;
    }
    let mut by_distance = vec![0.0; table.n_correlated_bins()];
    table.bin_variances(&weights, &mut by_distance);
    let n_eff = table.n_eff(&weights);
    let mut way = Way::new(tapers.clone(), Detrend::Constant, 250.0, hop);
    let axis = *way.fft.axis();
    let mut psd = vec![0.0; axis.n_bins()];
    way.average(&channels(3, 1, 3000)).psd_into(&mut psd);
    let rule = FlankRule {
        mains_hz: Some(50.0),
        ..FlankRule::default()
    };
    let flanks = FlankFit::new(&axis, 53.0, 56.0, &rule).unwrap();
    let snr = flanks.snr(&psd, &by_distance).unwrap();
    let x = |bin: usize| psd[bin] * axis.share_within(bin, 53.0, 56.0);
    let dof = band_dof(axis.n_bins(), x, &by_distance);
    assert!(
        (dof / snr.band_dof - 1.0).abs() < 1e-12,
        "one dof for one band"
    );
    let bin = Interval::of_power(psd[7], 2.0 * n_eff, 0.95).unwrap();
    let change_db = Interval::of_ratio(1.7, dof, 33.0, 0.95).unwrap().in_db();
    json!({
        "len": len, "hop": hop, "tapers": tapers.tapers().iter().map(Taper::weights).collect::<Vec<_>>(),
        "gains": (0..tapers.n_tapers()).map(|k| tapers.psd_scale(k, 2.0)).collect::<Vec<_>>(),
        "hops": hops, "weights": hops.iter().map(|hop| keep.powf((39 - hop) as f64)).collect::<Vec<_>>(),
        "n_distances": by_distance.len(), "by_distance": by_distance, "n_eff": n_eff,
        "psd": psd, "df_hz": axis.df_hz(), "bin": [bin.lo, bin.hi], "band_hz": [53.0, 56.0],
        "band_dof": dof, "flank_bins": flanks.flank_bins(),
        "snr": {"ratio": snr.ratio, "flank_dof": snr.flank_dof, "p": snr.p_value()},
        "change_db": [change_db.lo, change_db.hi],
    })
}

#[test]
fn counts_intervals_and_flanks_are_those_of_plain_matrices() {
    let hann = TaperSet::of_kind(TaperKind::Hann, 500);
    runner::check("intervals.py", &interval_case(&hann, 125, 1.0));
    runner::check("intervals.py", &interval_case(&hann, 250, 0.93));
    let prolate = TaperSet::multitaper(&Multitaper::default(), 500).unwrap();
    runner::check("intervals.py", &interval_case(&prolate, 250, 1.0));
}

#[test]
fn real_alpha_has_the_power_and_coherence_scipy_finds() {
    // peak in 7-14 Hz: (O1, Oz, O2); band sum 8 <= f < 13 Hz; see ../shared/data/README.md
    let facts = [
        (
            "eegmmidb/S001R01.edf",
            12.5,
            [84.646, 70.945, 71.976],
            [286.545, 253.304, 258.512],
        ),
        (
            "eegmmidb/S001R02_60s.edf",
            10.0,
            [2489.926, 1990.531, 2228.903],
            [3784.210, 2984.135, 3477.272],
        ),
    ];
    for (file, peak_hz, peaks, sums) in facts {
        let Some(channels) = recording::microvolts(file, &["O1..", "Oz..", "O2.."], 9600) else {
            return;
        };
        let mut way = Way::new(
            TaperSet::of_kind(TaperKind::Hann, 320),
            Detrend::Constant,
            160.0,
            160,
        );
        let axis = *way.fft.axis();
        let average = way.average(&channels);
        let mut psd = vec![0.0; 3 * axis.n_bins()];
        average.psd_into(&mut psd);
        for (ch, psd) in psd.chunks_exact(axis.n_bins()).enumerate() {
            let peak = (14..=28)
                .max_by(|a, b| psd[*a].total_cmp(&psd[*b]))
                .unwrap();
            assert!(
                (axis.hz(peak) - peak_hz).abs() < 1e-12,
                "{file} {ch}: {peak}"
            );
            assert!(
                (psd[peak] - peaks[ch]).abs() < 6e-4,
                "{file} {ch}: {}",
                psd[peak]
            );
            let sum = psd[16..26].iter().sum::<f64>() * axis.df_hz();
            assert!((sum - sums[ch]).abs() < 6e-4, "{file} {ch}: {sum}");
        }
        let mut csd = vec![Complex64::default(); 3 * axis.n_bins()];
        average.csd_into(&mut csd);
        let o1_o2 = |bin: usize| {
            let n = axis.n_bins();
            msc(psd[bin], psd[2 * n + bin], csd[n + bin])
        };
        let expected: &[(usize, f64)] = if file.contains("R02") {
            &[
                (12, 0.487_648),
                (20, 0.644_462),
                (40, 0.209_115),
                (80, 0.633_984),
            ]
        } else {
            &[(20, 0.648_112)]
        };
        for &(bin, expected) in expected {
            assert!(
                (o1_o2(bin) - expected).abs() < 1e-6,
                "{file} bin {bin}: {}",
                o1_o2(bin)
            );
        }
    }
}
