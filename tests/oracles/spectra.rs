//! Spectra against `SciPy` and MNE, on synthetic signals and on real recordings.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use efrscope::dsp::{
    Detrend, Dpss, DpssForm, FlankFit, FlankRule, ForgettingSpectra, Interval, LagWeights,
    Multitaper, OverlapTable, SegmentPlan, Taper, TaperKind, TaperSet, band_dof, msc,
};
use num_complex::Complex64;
use serde_json::{Value, json};

use crate::signals::{Way, channels};
use crate::{recording, runner};

const TAPERS: [(&str, TaperKind); 4] = [
    ("boxcar", TaperKind::Boxcar),
    ("hann", TaperKind::Hann),
    ("hamming", TaperKind::Hamming),
    ("blackmanharris", TaperKind::BlackmanHarris),
];

fn pairs_of_numbers(values: &[Complex64]) -> Vec<[f64; 2]> {
    values.iter().map(|z| [z.re, z.im]).collect()
}

type Rows = Vec<Vec<f64>>;

/// Everything spectra.py compares, of three channels and one plan; and the PSDs and MSCs in it.
fn spectra_case(
    channels: &[Vec<f64>],
    sample_rate_hz: f64,
    taper: (&str, TaperKind),
    detrend: (&str, Detrend),
    (len, hop): (usize, usize),
) -> (Value, Rows, Rows) {
    let a = 0.1;
    let tapers = TaperSet::of_kind(taper.1, len);
    let mut way = Way::new(tapers.clone(), detrend.1, sample_rate_hz, hop);
    let n_bins = way.fft.axis().n_bins();
    let average = way.average(channels);
    let mut psd = vec![0.0; 3 * n_bins];
    let mut csd = vec![Complex64::default(); 3 * n_bins];
    average.psd_into(&mut psd);
    average.csd_into(&mut csd);
    let psd: Rows = psd.chunks_exact(n_bins).map(<[f64]>::to_vec).collect();
    let csd: Vec<&[Complex64]> = csd.chunks_exact(n_bins).collect();
    let of_pair = |((a, b), csd): ((usize, usize), &&[Complex64])| -> Vec<f64> {
        let bins = (0..n_bins).map(|bin| msc(psd[a][bin], psd[b][bin], csd[bin]));
        bins.collect()
    };
    let pairs = [(0, 1), (0, 2), (1, 2)].into_iter().zip(&csd);
    let mscs: Rows = pairs.map(of_pair).collect();
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
    let case = json!({
        "taper": taper.0, "detrend": detrend.0, "len": len, "hop": hop, "a": a,
        "sample_rate_hz": sample_rate_hz, "channels": channels,
        "weights": tapers.tapers()[0].weights(), "psd": psd,
        "csd": csd.iter().map(|csd| pairs_of_numbers(csd)).collect::<Vec<_>>(),
        "msc": mscs, "amplitude": amplitudes.collect::<Vec<_>>(),
        "segments": segments, "forgetting": forgotten,
    });
    (case, psd, mscs)
}

#[test]
fn welch_spectra_are_those_of_scipy_and_mne() {
    let channels = channels(7, 3, 2300);
    let check = |taper, detrend, plan| {
        let (case, ..) = spectra_case(&channels, 250.0, taper, detrend, plan);
        runner::check("spectra.py", &case);
    };
    for (i, taper) in TAPERS.into_iter().enumerate() {
        check(taper, ("constant", Detrend::Constant), (200 + i % 2, 50));
    }
    check(TAPERS[1], ("none", Detrend::None), (250, 125));
    check(TAPERS[1], ("linear", Detrend::Linear), (250, 125));
}

#[test]
fn prolate_tapers_are_scipys_and_multitaper_spectra_mnes() {
    for (len, nw, n_tapers) in [(200, 4.0, 8), (321, 3.0, 5), (6000, 2.5, 4), (64, 1.0, 1)] {
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

/// What ../shared/data/README.md says of a recording, for O1, Oz and O2.
struct Facts {
    file: &'static str,
    /// Peak in 7-14 Hz, and its PSD.
    peak_hz: f64,
    peaks: [f64; 3],
    /// PSD summed over `8 <= f < 13` Hz, times df.
    sums: [f64; 3],
    /// MSC of O1 and O2 at a frequency.
    mscs: &'static [(f64, f64)],
}

const FACTS: [Facts; 2] = [
    Facts {
        file: "eegmmidb/S001R01.edf",
        peak_hz: 12.5,
        peaks: [84.646, 70.945, 71.976],
        sums: [286.545, 253.304, 258.512],
        mscs: &[(10.0, 0.648_112)],
    },
    Facts {
        file: "eegmmidb/S001R02_60s.edf",
        peak_hz: 10.0,
        peaks: [2489.926, 1990.531, 2228.903],
        sums: [3784.210, 2984.135, 3477.272],
        mscs: &[
            (6.0, 0.487_648),
            (10.0, 0.644_462),
            (20.0, 0.209_115),
            (40.0, 0.633_984),
        ],
    },
];

#[test]
fn real_alpha_has_the_power_and_coherence_scipy_finds() {
    for facts in FACTS {
        let labels = ["O1..", "Oz..", "O2.."];
        let Some(channels) = recording::microvolts(facts.file, &labels, 9600) else {
            return;
        };
        let constant = ("constant", Detrend::Constant);
        let (case, psd, msc) = spectra_case(&channels, 160.0, TAPERS[1], constant, (320, 160));
        runner::check("spectra.py", &case);
        for (ch, psd) in psd.iter().enumerate() {
            // the facts have three decimals; SciPy itself was just asked for nine digits
            let peak = (14..=28)
                .max_by(|a, b| psd[*a].total_cmp(&psd[*b]))
                .unwrap();
            let sum = psd[16..26].iter().sum::<f64>() * 0.5;
            let close = |actual: f64, expected: f64| (actual - expected).abs() < 6e-4;
            assert!(close(peak as f64 * 0.5, facts.peak_hz), "{ch}: {peak}");
            assert!(close(psd[peak], facts.peaks[ch]), "{ch}: {}", psd[peak]);
            assert!(close(sum, facts.sums[ch]), "{ch}: {sum}");
        }
        for &(hz, expected) in facts.mscs {
            let bin = (0..msc[1].len())
                .find(|bin| *bin as f64 * 0.5 >= hz)
                .unwrap();
            assert!(
                (msc[1][bin] - expected).abs() < 1e-6,
                "{hz} Hz: {}",
                msc[1][bin]
            );
        }
    }
}
