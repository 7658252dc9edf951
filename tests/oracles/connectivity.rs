//! Connectivity against mne-connectivity, the surface Laplacian against MNE, on synthetic signals and on real recordings.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::f64::consts::TAU;

use efrscope::dsp::{
    Connectivity, Detrend, DpssForm, LaplacianPlan, Multitaper, SlidingSpectra, Taper, TaperKind,
    TaperSet, WithStimulus, laplacian_weights,
};
use num_complex::Complex64;
use serde_json::{Value, json};

use crate::signals::{Way, channels};
use crate::{recording, runner};

const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];

/// `np.hanning`: Hann with its zeros at both ends, which mne-connectivity uses.
fn symmetric_hann(len: usize) -> TaperSet {
    let weight = |n: usize| 0.5 - 0.5 * (TAU * n as f64 / (len as f64 - 1.0)).cos();
    TaperSet::one(Taper::from_weights((0..len).map(weight).collect()))
}

fn measures(average: &SlidingSpectra, pair: usize, bin: usize) -> Connectivity {
    let n_segments = average.n_segments() as f64;
    Connectivity::new(&average.pair_means(pair, bin), n_segments).unwrap()
}

/// One measure of all pairs and bins.
fn all<T: serde::Serialize>(
    average: &SlidingSpectra,
    n_bins: usize,
    of: impl Fn(Connectivity) -> T,
) -> Value {
    let row = |pair: usize| -> Vec<T> {
        (0..n_bins)
            .map(|bin| of(measures(average, pair, bin)))
            .collect()
    };
    json!((0..PAIRS.len()).map(row).collect::<Vec<_>>())
}

/// Three synthetic channels of 30 epochs.
fn synthetic(len: usize) -> Vec<Vec<f64>> {
    channels(23, 3, 30 * len)
}

/// Everything connectivity.py compares, of three channels cut into epochs.
fn connectivity_case(mode: &str, tapers: TaperSet, channels: &[Vec<f64>]) -> (Value, Way) {
    let len = tapers.segment_len();
    let n_epochs = channels[0].len() / len;
    let mut way = Way::new(tapers, Detrend::Constant, 160.0, len);
    let average = way.average(channels);
    let n_bins = way.fft.axis().n_bins();
    let epochs: Vec<Vec<&[f64]>> = (0..n_epochs)
        .map(|e| {
            channels
                .iter()
                .map(|x| &x[e * len..(e + 1) * len])
                .collect()
        })
        .collect();
    let case = json!({
        "mode": mode, "sample_rate_hz": 160.0, "epochs": epochs, "pairs": PAIRS,
        "cohy": all(&average, n_bins, |m| [m.coherency.re, m.coherency.im]),
        "coh": all(&average, n_bins, |m| m.coh),
        "imcoh": all(&average, n_bins, |m| m.imcoh),
        "plv": all(&average, n_bins, |m| m.plv),
        "ciplv": all(&average, n_bins, |m| m.ciplv),
        "ppc": all(&average, n_bins, |m| m.ppc),
        "pli": all(&average, n_bins, |m| m.pli),
        "pli2_unbiased": all(&average, n_bins, |m| m.pli2_unbiased),
        "dpli": all(&average, n_bins, |m| m.dpli),
        "wpli": all(&average, n_bins, |m| m.wpli),
        "wpli2_debiased": all(&average, n_bins, |m| m.wpli2_debiased),
    });
    (case, way)
}

/// The partial coherency of channels 0 and 1 given 2, and the spectra of all segments it came from.
fn add_partial(case: &mut Value, way: &mut Way, channels: &[Vec<f64>]) {
    let (n_bins, len) = (way.fft.axis().n_bins(), way.fft.axis().n_fft());
    let average = way.average(channels);
    let (mut psd, mut csd) = (
        vec![0.0; 3 * n_bins],
        vec![Complex64::default(); 3 * n_bins],
    );
    average.psd_into(&mut psd);
    average.csd_into(&mut csd);
    let partial = (0..n_bins).map(|bin| {
        let spectra = WithStimulus {
            saa: psd[bin],
            sbb: psd[n_bins + bin],
            sxx: psd[2 * n_bins + bin],
            sab: csd[bin],
            sax: csd[n_bins + bin],
            sbx: csd[2 * n_bins + bin],
        };
        let coherency = spectra.partial_coherency();
        [coherency.re, coherency.im]
    });
    case["partial"] = json!(partial.collect::<Vec<_>>());
    let mut spectrum = vec![Complex64::default(); way.fft.n_values()];
    let mut transform = |x: &[f64]| -> Vec<[f64; 2]> {
        way.fft.transform(x, &mut spectrum);
        spectrum.iter().map(|z| [z.re, z.im]).collect()
    };
    let n_epochs = channels[0].len() / len;
    let spectra: Vec<Vec<Vec<Vec<[f64; 2]>>>> = (0..n_epochs)
        .map(|e| {
            let of_channels = channels
                .iter()
                .map(|x| transform(&x[e * len..(e + 1) * len]));
            vec![of_channels.collect()]
        })
        .collect();
    case["spectra"] = json!(spectra);
}

#[test]
fn measures_of_pairs_are_those_of_mne_connectivity() {
    for len in [200, 201] {
        let channels = synthetic(len);
        let (mut case, mut way) = connectivity_case("fourier", symmetric_hann(len), &channels);
        add_partial(&mut case, &mut way, &channels);
        runner::check("connectivity.py", &case);
    }
    let plan = Multitaper {
        half_bandwidth_bins: 4.0,
        n_tapers: Some(8),
        form: DpssForm::Periodic,
        ..Multitaper::default()
    };
    let tapers = TaperSet::multitaper(&plan, 200).unwrap();
    let (case, ..) = connectivity_case("multitaper", tapers, &synthetic(200));
    runner::check("connectivity.py", &case);
    let plan = Multitaper {
        half_bandwidth_bins: 2.5,
        n_tapers: Some(5),
        ..plan
    };
    let tapers = TaperSet::multitaper(&plan, 320).unwrap();
    let (mut case, ..) = connectivity_case("multitaper", tapers, &synthetic(320));
    case["bandwidth_hz"] = json!(2.0 * 2.5 * 160.0 / 320.0);
    runner::check("connectivity.py", &case);
}

#[test]
fn the_periodic_taper_differs_from_mnes_by_little() {
    let means = |tapers| {
        let mut way = Way::new(tapers, Detrend::Constant, 160.0, 200);
        measures(&way.average(&synthetic(200)), 0, 20)
    };
    let (periodic, symmetric) = (
        means(TaperSet::of_kind(TaperKind::Hann, 200)),
        means(symmetric_hann(200)),
    );
    assert!((periodic.coh - symmetric.coh).abs() < 5e-3);
}

#[test]
fn laplacian_weights_are_those_of_mne() {
    let golden = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    for (n, centre_m, plan) in [
        (19_u32, [0.0; 3], LaplacianPlan::default()),
        (64, [0.001, -0.004, 0.04], LaplacianPlan::default()),
        (
            32,
            [0.0, 0.01, 0.03],
            LaplacianPlan {
                lambda2: 1e-3,
                stiffness: 3,
                n_legendre_terms: 20,
                radius_m: 0.085,
                ..LaplacianPlan::default()
            },
        ),
    ] {
        let position = |i: u32| {
            let z = 1.0 - 1.4 * (f64::from(i) + 0.5) / f64::from(n);
            let (sin, cos) = (golden * f64::from(i)).sin_cos();
            let across = (1.0 - z * z).sqrt();
            let ear_to_ear = [cos * across, sin * across, z];
            std::array::from_fn(|axis| {
                let metres = ear_to_ear[axis] * 0.09 + centre_m[axis];
                #[expect(clippy::cast_possible_truncation, reason = "MNE stores float32")]
                let stored = metres as f32;
                f64::from(stored)
            })
        };
        let positions: Vec<[f64; 3]> = (0..n).map(position).collect();
        let plan = LaplacianPlan { centre_m, ..plan };
        let [x, y, z] = centre_m;
        runner::check(
            "laplacian.py",
            &json!({
                "positions_m": positions, "sphere": [x, y, z, plan.radius_m], "lambda2": plan.lambda2,
                "stiffness": plan.stiffness, "n_legendre_terms": plan.n_legendre_terms,
                "weights": laplacian_weights(&positions, &plan).unwrap(),
            }),
        );
    }
}

#[test]
fn real_alpha_between_o1_and_o2_reads_as_in_mne_connectivity() {
    let labels = ["O1..", "O2..", "Oz.."];
    let Some(channels) = recording::microvolts("eegmmidb/S001R02_60s.edf", &labels, 9600) else {
        return;
    };
    let (case, mut way) = connectivity_case("fourier", symmetric_hann(320), &channels);
    runner::check("connectivity.py", &case);
    let average = way.average(&channels);
    assert_eq!(average.n_segments(), 30);
    let measures = measures(&average, 0, 20);
    // see ../shared/data/README.md: 10 Hz, 30 epochs of 320, 'fourier'
    for (actual, expected) in [
        (measures.coh, 0.805_608),
        (measures.imcoh, -0.021_351),
        (measures.wpli, 0.059_393),
        (measures.plv, 0.796_171),
    ] {
        assert!((actual - expected).abs() < 1e-6, "{actual} {expected}");
    }
}
