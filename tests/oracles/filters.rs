//! Filters, envelopes, STFT and peaks against `SciPy`.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

use efrscope::dsp::filter_design::{butterworth_band_pass, butterworth_high_pass, notch};
use efrscope::dsp::filtfilt::{filtfilt, steady_state};
use efrscope::dsp::fir::{filtfilt_fir, hamming_fir};
use efrscope::dsp::hilbert::envelope;
use efrscope::dsp::peaks::{Histogram, find_peaks};
use efrscope::dsp::sos::SosBank;
use efrscope::dsp::stft::stft_padded;
use efrscope::dsp::{SegmentPlan, TaperKind};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;
use serde_json::{Value, json};

use crate::runner;

const RATE: f64 = 200.0;

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut random = Pcg64::seed_from_u64(seed);
    (0..n).map(|_| StandardNormal.sample(&mut random)).collect()
}

fn high_pass(order: u32, hz: f64, signal: &[f64]) -> Value {
    let sections = butterworth_high_pass(order, hz, RATE).unwrap();
    let mut bank = SosBank::new(sections, 1, SosBank::settling_secs(hz), RATE);
    let filtered: Vec<f64> = signal
        .iter()
        .map(|&x| {
            let mut value = [x];
            bank.filter(&mut value);
            value[0]
        })
        .collect();
    json!({"order": order, "hz": hz, "filtered": filtered})
}

fn fir(n_taps: usize, lo_hz: f64, hi_hz: f64, signal: &[f64]) -> Value {
    let taps = hamming_fir(n_taps, lo_hz, hi_hz, RATE).unwrap();
    let filtered = filtfilt_fir(&taps, signal).unwrap();
    json!({"n_taps": n_taps, "lo_hz": lo_hz, "hi_hz": hi_hz, "taps": taps, "filtfilt": filtered})
}

fn stft(len: usize, hop: usize, signal: &[f64]) -> Value {
    let frames = stft_padded(signal, SegmentPlan::new(len, hop).unwrap());
    let re: Vec<f64> = frames.values.iter().map(|z| z.re).collect();
    let im: Vec<f64> = frames.values.iter().map(|z| z.im).collect();
    json!({"n_samples": signal.len(), "len": len, "hop": hop, "re": re, "im": im})
}

fn peaks(curve: &[f64], height: f64, distance: usize) -> Value {
    let found = find_peaks(curve, height, distance);
    let positions: Vec<f64> = found.iter().map(|&peak| peak as f64).collect();
    let histogram = Histogram::new(&positions, 50);
    json!({"curve": curve, "height": height, "distance": distance, "found": found,
        "counts": histogram.counts, "edges": histogram.edges})
}

#[test]
fn filters_envelopes_frames_and_peaks_are_scipys() {
    assert_eq!(TaperKind::default(), TaperKind::Hann);
    let signal: Vec<f64> = noise(3001, 1)
        .iter()
        .enumerate()
        .map(|(n, e)| 40.0 + 0.01 * n as f64 + e)
        .collect();
    let notch = notch(50.0, 30.0, RATE).unwrap().transfer_function();
    let band = butterworth_band_pass(5, 1.0, 95.0, RATE).unwrap();
    let stepped: Vec<f64> = noise(300, 3).iter().map(|e| (e * 2.0).round()).collect();
    let case = json!({
        "fs": RATE,
        "signal": signal,
        "high_pass": [high_pass(2, 1.0, &signal), high_pass(3, 0.5, &signal), high_pass(4, 1.0, &signal)],
        "notch": {"hz": 50.0, "quality": 30.0, "b": notch.b, "a": notch.a,
            "filtfilt": filtfilt(&notch, &signal).unwrap()},
        "band_pass": {"b": band.b, "a": band.a, "steady": steady_state(&band),
            "filtfilt": filtfilt(&band, &signal).unwrap()},
        "fir": [fir(101, 0.0, 30.0, &signal), fir(301, 5.0, 60.0, &signal), fir(100, 0.0, 30.0, &signal)],
        "envelope": envelope(&signal),
        "stft": [stft(200, 100, &signal), stft(200, 100, &signal[..3000]), stft(256, 64, &signal), stft(101, 40, &signal)],
        "peaks": [peaks(&noise(500, 2), 0.5, 10), peaks(&noise(101, 5), 0.0, 1), peaks(&stepped, 1.0, 1)],
    });
    runner::check("filters.py", &case);
}
