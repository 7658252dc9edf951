//! Paper mode from audio and raw EEG to its estimators, against `SciPy`.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

use efrscope::dsp::SegmentPlan;
use efrscope::dsp::paper::{
    CSD_PEAK_SHARE, TASR_PEAK_SHARE, mean_phase, paper_eeg, paper_envelope, paper_peaks, rho, tasr,
    transfer_csd, transfer_frames,
};
use efrscope::dsp::stft::{Stft, stft_padded};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;
use serde_json::json;

use crate::runner;

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut random = Pcg64::seed_from_u64(seed);
    (0..n).map(|_| StandardNormal.sample(&mut random)).collect()
}

#[test]
fn the_papers_chain_gives_the_papers_numbers() {
    let (audio_rate, rate, secs) = (22_050.0, 200.0, 5);
    let audio: Vec<f64> = noise(secs * 22_050, 1)
        .iter()
        .enumerate()
        .map(|(n, e)| e * (1.0 + (n as f64 / audio_rate * 30.0).sin()))
        .collect();
    let eeg: Vec<Vec<f64>> = (2..4)
        .map(|seed| noise(secs * 200, seed).iter().map(|e| 10.0 * e).collect())
        .collect();
    let envelope = paper_envelope(&audio, audio_rate, secs * 200, rate).unwrap();
    let clean: Vec<Vec<f64>> = eeg.iter().map(|y| paper_eeg(y, rate).unwrap()).collect();
    let plan = SegmentPlan::new(200, 100).unwrap();
    let x = stft_padded(&envelope, plan);
    let y: Vec<Stft> = clean.iter().map(|y| stft_padded(y, plan)).collect();
    let h: Vec<Stft> = y.iter().map(|y| transfer_frames(&x, y)).collect();
    let channels: Vec<_> = h
        .iter()
        .zip(&y)
        .map(|(h, y)| {
            let curve: Vec<f64> = tasr(h).iter().map(|t| t.log10()).collect();
            json!({"tasr": tasr(h), "phase": mean_phase(&x, y),
                "peaks": paper_peaks(&curve, TASR_PEAK_SHARE)})
        })
        .collect();
    let coefficient = rho(&h[0], &h[1]);
    let case = json!({
        "audio_rate": audio_rate, "rate": rate, "audio": audio, "eeg": eeg,
        "envelope": envelope, "clean": clean, "channels": channels,
        "csd": transfer_csd(&h[0], &h[1]), "rho": coefficient,
        "rho_peaks": paper_peaks(&coefficient, CSD_PEAK_SHARE),
    });
    runner::check("paper.py", &case);
}
