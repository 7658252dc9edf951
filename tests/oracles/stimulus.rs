//! The stimulus estimator against `SciPy`'s spectra and distributions.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

use efrscope::dsp::group_delay::GroupDelayFit;
use efrscope::dsp::stimulus_response::StimulusResponse;
use efrscope::dsp::transfer::min_detectable_msc;
use efrscope::dsp::{
    FreqAxis, OverlapTable, SegmentFft, SegmentPlan, SlidingSpectra, Taper, TaperKind, TaperSet,
    effective_count, overlap_correlation,
};
use num_complex::Complex64;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;
use serde_json::{Value, json};

use crate::runner;

const ALPHA: f64 = 0.05;

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut random = Pcg64::seed_from_u64(seed);
    (0..n).map(|_| StandardNormal.sample(&mut random)).collect()
}

/// `(sxx, syy, sxy, n_eff)` of two signals at 250 Hz.
fn spectra(
    x: &[f64],
    y: &[f64],
    len: usize,
    hop: usize,
) -> (Vec<f64>, Vec<f64>, Vec<Complex64>, f64) {
    let taper = Taper::new(TaperKind::Hann, len);
    let mut fft = SegmentFft::new(taper.clone(), FreqAxis::new(250.0, len, f64::INFINITY));
    let (n, n_bins) = ((x.len() - len) / hop + 1, fft.axis().n_bins());
    let mut window = SlidingSpectra::new(n, 2, n_bins, &[(0, 1)]);
    for segment in 0..n {
        window.push(segment as u64, 0.0, |ch, spectrum| {
            let signal = if ch == 0 { x } else { y };
            fft.transform(&signal[segment * hop..segment * hop + len], spectrum);
        });
    }
    let (mut psd, mut csd) = (vec![0.0; 2 * n_bins], vec![Complex64::default(); n_bins]);
    window.psd_into(&mut psd);
    window.csd_into(&mut csd);
    let rho_sq: Vec<f64> = (0..len.div_ceil(hop))
        .map(|k| overlap_correlation(taper.weights(), k * hop).powi(2))
        .collect();
    let n_eff = effective_count(window.segments().map(|(hop, _)| (hop, 1.0)), &rho_sq);
    (psd[..n_bins].to_vec(), psd[n_bins..].to_vec(), csd, n_eff)
}

fn case(x: &[f64], y: &[f64], len: usize, hop: usize) -> Value {
    let (sxx, syy, sxy, n_eff) = spectra(x, y, len, hop);
    let tapers = TaperSet::of_kind(TaperKind::Hann, len);
    let axis = FreqAxis::new(250.0, len, f64::INFINITY);
    let bands = vec![axis.bins_within(8.0, 11.0), axis.bins_within(53.0, 56.0)];
    let overlap = OverlapTable::new(&tapers, SegmentPlan::new(len, hop).unwrap());
    let mut estimator = StimulusResponse::new(axis, (&tapers, &overlap), bands.clone(), 1, ALPHA);
    estimator.stimulus(&sxx, n_eff);
    estimator.channel(0, &sxx, &syy, &sxy);
    let bins = &estimator.transfer(0)[1..axis.n_bins() - 1];
    let of = |pick: &dyn Fn(&efrscope::dsp::transfer::Transfer) -> f64| -> Vec<f64> {
        bins.iter().map(pick).collect()
    };
    let banded: Vec<Value> = (0..2)
        .map(|b| json!({"bins": [bands[b].start, bands[b].end], "p": estimator.band(0, b).p_value}))
        .collect();
    let detectable: Vec<Value> = [(8.0, 0.05), (28.5, 0.05), (113.0, 0.01), (n_eff, 0.001)]
        .iter()
        .map(|&(n_eff, alpha)| {
            json!({"n_eff": n_eff, "alpha": alpha, "msc": min_detectable_msc(alpha, 0.8, n_eff)})
        })
        .collect();
    let mscs: Vec<f64> = estimator.transfer(0).iter().map(|t| t.msc).collect();
    let delays: Vec<Value> = [(5.0, 40.0), (70.0, 90.0)]
        .map(|(lo_hz, hi_hz)| {
            let bins = axis.bins_within(lo_hz, hi_hz);
            let mut fit = GroupDelayFit::new(&axis, &tapers, bins.clone());
            let delay = fit.fit(&sxy, &mscs, estimator.too_weak(), n_eff).unwrap();
            json!({"bins": [bins.start, bins.end], "delay": delay.delay_secs})
        })
        .to_vec();
    json!({
        "fs": 250.0, "len": len, "hop": hop, "alpha": ALPHA, "x": x, "y": y, "n_eff": n_eff,
        "h1_re": of(&|t| t.h1.unwrap().re), "h1_im": of(&|t| t.h1.unwrap().im),
        "radius": of(&|t| t.h1_radius.unwrap()), "msc": of(&|t| t.msc),
        "p": of(&|t| t.p_value.unwrap()), "debiased": of(&|t| t.msc_debiased.unwrap()),
        "snr": of(&|t| t.coherent_snr), "bands": banded, "detectable": detectable, "delays": delays,
    })
}

#[test]
fn gain_significance_and_delay_are_scipys() {
    let (x, e) = (noise(15_000, 1), noise(15_000, 2));
    for (noise, len, hop) in [(0.3, 250, 125), (0.3, 500, 125), (6.0, 500, 125)] {
        let y: Vec<f64> = (0..x.len())
            .map(|n| n.checked_sub(5).map_or(0.0, |n| x[n]) + noise * e[n] + 3.0)
            .collect();
        // where the response is weak NumPy unwraps noise: there is no delay to compare
        let mut case = case(&x, &y, len, hop);
        if noise > 1.0 {
            case["delays"] = json!([]);
        }
        runner::check("stimulus.py", &case);
    }
}
