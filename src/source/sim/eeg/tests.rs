//! What is planted is there, with the stated size and delay.

use std::f64::consts::{PI, TAU};

use num_complex::Complex64;
use rustfft::FftPlanner;

use super::*;
use crate::source::sim::link::SimLink;
use crate::source::sim::settings::ResponseBand;

/// Nothing but the responses, at Cz and T7.
fn noise_free(responses: Vec<ResponseBand>) -> SimSettings {
    SimSettings {
        channels: vec!["Cz".into(), "T7".into()],
        noise_uv: 0.0,
        alpha_uv: 0.0,
        mains_uv: 0.0,
        blink_uv: 0.0,
        responses,
        ..SimSettings::default()
    }
}

/// So many samples of each channel.
fn recording(settings: &SimSettings, n_samples: usize) -> Vec<Vec<f64>> {
    let mut simulator = EegSimulator::new(settings);
    let mut sample = vec![0.0; settings.channels.len()];
    let mut channels = vec![Vec::new(); settings.channels.len()];
    for link in SimLink::eeg(settings).take(n_samples) {
        simulator.sample(link.t_secs, &mut sample);
        for (channel, value) in channels.iter_mut().zip(&sample) {
            channel.push(*value);
        }
    }
    channels
}

/// Spectrum of one segment under a periodic Hann taper.
fn spectrum(segment: &[f64]) -> Vec<Complex64> {
    let n = segment.len();
    let mut bins: Vec<Complex64> = segment
        .iter()
        .enumerate()
        .map(|(i, value)| (value * (0.5 - 0.5 * (TAU * i as f64 / n as f64).cos())).into())
        .collect();
    FftPlanner::new().plan_fft_forward(n).process(&mut bins);
    bins.truncate(n / 2 + 1);
    bins
}

/// One-sided PSD from segments of 2 s that overlap by half; bins are 0.5 Hz apart.
fn psd(values: &[f64], sample_rate_hz: f64) -> Vec<f64> {
    let len = 1000;
    let mut sum = vec![0.0; len / 2 + 1];
    let mut n_segments = 0.0;
    for start in (0..=values.len() - len).step_by(len / 2) {
        n_segments += 1.0;
        for (sum, bin) in sum.iter_mut().zip(spectrum(&values[start..start + len])) {
            *sum += bin.norm_sqr();
        }
    }
    let taper_power = 0.375 * len as f64;
    let scale = 2.0 / (sample_rate_hz * taper_power * n_segments);
    sum.iter().map(|sum| sum * scale).collect()
}

fn rms(values: &[f64]) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
}

#[test]
fn each_response_has_the_stated_rms_at_cz_and_half_of_it_at_t7() {
    let all = SimSettings::default().responses;
    for planted in 0..all.len() {
        let mut responses = all.clone();
        for (i, band) in responses.iter_mut().enumerate() {
            if i != planted {
                band.amplitude_nv = 0.0;
            }
        }
        let channels = recording(&noise_free(responses), 60_000);
        let expected_uv = 1e-3 * all[planted].amplitude_nv;
        let ratio = rms(&channels[0]) / expected_uv;
        assert!((ratio - 1.0).abs() < 0.01, "response {planted}: {ratio}");
        let ratio = rms(&channels[1]) / expected_uv;
        assert!(
            (ratio - 0.5).abs() < 0.005,
            "response {planted} at T7: {ratio}"
        );
    }
}

#[test]
fn the_eeg_responds_in_its_bands_only() {
    let cz = recording(&noise_free(SimSettings::default().responses), 30_000).remove(0);
    let psd = psd(&cz, 500.0);
    let inside = psd[109];
    for bin in [8, 30, 60, 90, 100, 130, 170, 180] {
        assert!(psd[bin] < 1e-5 * inside, "{} Hz", 0.5 * bin as f64);
    }
}

/// Frequency of each peak inside a band, and the phase of `y` against `x` there.
///
/// A line `d` bins above bin `k` gives a Hann spectrum with `|X[k+1]| / |X[k]| = (1 + d) / (2 - d)`; solved for `d`.
fn lines(x: &[f64], y: &[f64], rate_hz: f64, (lo_hz, hi_hz): (f64, f64)) -> Vec<(f64, f64)> {
    let df_hz = rate_hz / x.len() as f64;
    let (x, y) = (spectrum(x), spectrum(y));
    let size: Vec<f64> = x.iter().map(|bin| bin.norm()).collect();
    let largest = size[1..].iter().copied().fold(0.0, f64::max);
    (1..size.len() - 1)
        .filter(|&k| (lo_hz..=hi_hz).contains(&(k as f64 * df_hz)))
        .filter(|&k| size[k] > 0.1 * largest && size[k] > size[k - 1] && size[k] >= size[k + 1])
        .map(|k| {
            let ratio = size[k + 1] / size[k];
            let hz = (k as f64 + (2.0 * ratio - 1.0) / (1.0 + ratio)) * df_hz;
            (hz, (y[k] * x[k].conj()).arg())
        })
        .collect()
}

/// Delay from the slope of the phase, by least squares.
fn delay_secs(lines: &[(f64, f64)]) -> f64 {
    let mut unwrapped = Vec::new();
    let mut last: Option<f64> = None;
    for (hz, phase) in lines {
        let turns = last.map_or(0.0, |last| ((last - phase) / TAU).round());
        let phase = phase + TAU * turns;
        last = Some(phase);
        unwrapped.push((*hz, phase));
    }
    let n = unwrapped.len() as f64;
    let mean_hz = unwrapped.iter().map(|line| line.0).sum::<f64>() / n;
    let mean_phase = unwrapped.iter().map(|line| line.1).sum::<f64>() / n;
    let xy: f64 = unwrapped
        .iter()
        .map(|(hz, phase)| (hz - mean_hz) * (phase - mean_phase))
        .sum();
    let xx: f64 = unwrapped.iter().map(|(hz, _)| (hz - mean_hz).powi(2)).sum();
    -xy / xx / TAU
}

#[test]
fn the_slope_of_the_cross_spectrums_phase_is_the_stated_delay() {
    for (band, delay_ms) in [
        ((8.0, 11.0), 90.3),
        ((53.0, 56.0), 35.77),
        ((78.0, 81.0), 12.1),
    ] {
        let settings = noise_free(vec![ResponseBand {
            lo_hz: band.0,
            hi_hz: band.1,
            amplitude_nv: 100.0,
            delay_ms,
        }]);
        let n = 150_000;
        let cz = recording(&settings, n).remove(0);
        let simulator = EnvelopeSimulator::new(&settings);
        let envelope: Vec<f64> = (0..n)
            .map(|i| simulator.envelope(i as f64 / 500.0) - simulator.mean())
            .collect();
        let lines = lines(&envelope, &cz, 500.0, band);
        assert!(lines.len() > 15, "{} lines", lines.len());
        let error_ms = 1e3 * delay_secs(&lines) - delay_ms;
        assert!(error_ms.abs() < 0.01, "{delay_ms} ms: off by {error_ms} ms");
        // The phase itself too: a slope alone would not see a change of sign.
        for (hz, phase) in lines {
            let off = (phase + TAU * hz * 1e-3 * delay_ms + PI).rem_euclid(TAU) - PI;
            assert!(off.abs() < 0.01, "{hz} Hz: {off} rad");
        }
    }
}

#[test]
fn the_background_falls_as_stated_and_has_the_stated_rms() {
    let settings = SimSettings {
        noise_uv: 7.0,
        noise_exponent: 1.2,
        ..noise_free(Vec::new())
    };
    let psd = psd(&recording(&settings, 300_000)[0], 500.0);
    let from_1_to_100 = psd[2..=200].iter().sum::<f64>() * 0.5;
    assert!(
        (from_1_to_100.sqrt() / 7.0 - 1.0).abs() < 0.08,
        "{from_1_to_100}"
    );
    let points: Vec<(f64, f64)> = (0..13)
        .map(|third| 2.0 * 2_f64.powf(f64::from(third) / 3.0))
        .map(|hz| {
            let bins = psd.iter().enumerate();
            let octave: Vec<f64> = bins
                .filter(|(k, _)| (0.84 * hz..=1.19 * hz).contains(&(0.5 * *k as f64)))
                .map(|(_, psd)| psd.ln())
                .collect();
            (hz.ln(), octave.iter().sum::<f64>() / octave.len() as f64)
        })
        .collect();
    let n = points.len() as f64;
    let (mean_x, mean_y) = (
        points.iter().map(|p| p.0).sum::<f64>() / n,
        points.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let xy: f64 = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum();
    let slope = xy / points.iter().map(|p| (p.0 - mean_x).powi(2)).sum::<f64>();
    assert!((slope + 1.2).abs() < 0.15, "{slope}");
}

#[test]
fn alpha_peaks_at_10_hz_and_most_at_the_back() {
    let settings = SimSettings {
        channels: vec!["Oz".into(), "Fz".into()],
        ..SimSettings::default()
    };
    let channels = recording(&settings, 120_000);
    let (oz, fz) = (psd(&channels[0], 500.0), psd(&channels[1], 500.0));
    let peak = (10..60).max_by(|&a, &b| oz[a].total_cmp(&oz[b])).unwrap();
    assert!((19..=21).contains(&peak), "{} Hz", 0.5 * peak as f64);
    assert!(oz[20] > 10.0 * oz[30] && oz[20] > 10.0 * fz[20]);
}

#[test]
fn mains_hum_is_a_line_with_its_third_harmonic() {
    let settings = SimSettings::default();
    let truth = Truth::new(&settings);
    let channels = recording(&settings, 60_000);
    for (values, channel) in channels.iter().zip(&truth.channels) {
        let psd = psd(values, 500.0);
        // A Hann taper spreads a line over three bins.
        let rms_uv = |bin: usize| (0.5 * psd[bin - 1..=bin + 1].iter().sum::<f64>()).sqrt();
        let fundamental = rms_uv(100) / (channel.mains_gain * settings.mains_uv);
        assert!(
            (fundamental - 1.0).abs() < 0.05,
            "{}: {fundamental}",
            channel.label
        );
        let third = rms_uv(300) / rms_uv(100);
        assert!((0.1..0.25).contains(&third), "{}: {third}", channel.label);
        assert!(psd[100] > 30.0 * psd[96], "{}", channel.label);
    }
}

#[test]
fn blinks_are_seen_in_front() {
    let settings = SimSettings::default();
    let channels = recording(&settings, 60_000);
    let highest = |label: &str| {
        let ch = settings.channels.iter().position(|l| l == label).unwrap();
        channels[ch].iter().copied().fold(0.0, f64::max)
    };
    assert!(highest("F8") > 120.0 && highest("Fz") > 120.0);
    assert!(highest("Cz") < 70.0 && highest("P4") < 70.0);
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_does_not() {
    let settings = SimSettings::default();
    let reseeded = SimSettings {
        seed: 2,
        ..settings.clone()
    };
    let first = recording(&settings, 2000);
    let bits = |channels: &[Vec<f64>]| -> Vec<u64> {
        channels
            .iter()
            .flatten()
            .map(|value| value.to_bits())
            .collect()
    };
    assert_eq!(bits(&first), bits(&recording(&settings, 2000)));
    assert_ne!(bits(&first), bits(&recording(&reseeded, 2000)));
}

#[test]
fn whatever_the_clock_does_the_response_is_where_the_envelope_was() {
    let mut settings = noise_free(SimSettings::default().responses);
    settings.eeg_link.drift_ppm = 400.0;
    settings.eeg_link.clock_offset_ms = 77.0;
    let envelope = EnvelopeSimulator::new(&settings);
    let truth = Truth::new(&settings);
    let cz = recording(&settings, 100_000).remove(0);
    // After 200 s the crystal is 80 ms ahead: eight tenths of a turn at 10 Hz, more than six at 80 Hz.
    for (n, value) in cz.iter().enumerate().skip(99_000).step_by(7) {
        let t_secs = n as f64 / (500.0 * 1.0004);
        let bands = truth.responses.iter().enumerate();
        let expected: f64 = bands
            .map(|(i, r)| r.gain_uv * envelope.component(i, t_secs - 1e-3 * r.band.delay_ms))
            .sum();
        assert!(
            (value - expected).abs() < 1e-9,
            "{n}: {value}, not {expected}"
        );
    }
}

#[test]
fn muscles_are_heard_at_t7_and_f8_from_20_to_200_hz_with_the_stated_rms() {
    let settings = SimSettings {
        channels: ["T7", "F8", "Cz"].map(str::to_owned).to_vec(),
        muscle_uv: 10.0,
        muscle_bursts_per_min: 20.0,
        ..noise_free(Vec::new())
    };
    let channels = recording(&settings, 300_000);
    let inside: Vec<usize> = (0..300_000)
        .filter(|&n: &usize| {
            channels[0][n.saturating_sub(60)..(n + 60).min(300_000)]
                .iter()
                .all(|uv| *uv != 0.0)
        })
        .collect();
    // A second of each of 200 bursts, less the ramps.
    assert!(
        (70_000..110_000).contains(&inside.len()),
        "{}",
        inside.len()
    );
    let within = |ch: usize| rms(&inside.iter().map(|&n| channels[ch][n]).collect::<Vec<_>>());
    for ch in [0, 1] {
        assert!((within(ch) / 10.0 - 1.0).abs() < 0.03, "{}", within(ch));
    }
    assert!(within(2) < 1.0, "Cz: {}", within(2));
    let (t7, f8) = (&channels[0], &channels[1]);
    let product: f64 = inside.iter().map(|&n| t7[n] * f8[n]).sum();
    let correlation = product / (inside.len() as f64 * within(0) * within(1));
    assert!(correlation.abs() < 0.03, "{correlation}");
    let psd = psd(t7, 500.0);
    let mean = |lo: usize, hi: usize| psd[lo..hi].iter().sum::<f64>() / (hi - lo) as f64;
    assert!(mean(10, 16) < 0.05 * mean(80, 160), "5 to 8 Hz");
    assert!(mean(300, 360) > 0.5 * mean(80, 160), "150 to 180 Hz");
}
