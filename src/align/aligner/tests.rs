use super::*;
use crate::stimulus::{EnvelopeExtractor, Recipe};
use std::f64::consts::TAU;

const EEG_HZ: f64 = 500.0;
const ENVELOPE_HZ: f64 = 500.0;

/// Two devices: the EEG keeps time, the stimulus's clock is `ppm` fast; stamps of both scatter.
struct Devices {
    ppm: f64,
    jitter_secs: f64,
    bits: u64,
}

impl Devices {
    fn jitter(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..12 {
            self.bits = self
                .bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(11);
            sum += (self.bits >> 11) as f64 / (1_u64 << 53) as f64;
        }
        self.jitter_secs * (sum - 6.0)
    }

    fn stimulus_secs(&self, index: u64) -> f64 {
        index as f64 / (ENVELOPE_HZ * (1.0 + 1e-6 * self.ppm))
    }
}

/// The stimulus at a true time.
fn truth(secs: f64) -> f64 {
    (TAU * 79.5 * secs).cos() + 0.5 * (TAU * 9.3 * secs).sin()
}

fn aligner() -> Aligner {
    let extractor = EnvelopeExtractor::new(Recipe::AsIs, ENVELOPE_HZ).unwrap();
    let track = StimulusTrack::new(extractor, ENVELOPE_HZ, EEG_HZ, 0.0);
    let mut aligner = Aligner::new(EEG_HZ, 1);
    aligner.set_stimulus(track, ENVELOPE_HZ);
    aligner
}

fn header(run: u32, index: u64, stamp_secs: f64) -> Header {
    Header {
        run,
        index,
        stamp_secs,
    }
}

/// Runs both devices for `secs`; `missing` are indices of the stimulus that never come. Calls `seen` with each aligned sample.
fn run(
    devices: &mut Devices,
    secs: f64,
    missing: std::ops::Range<u64>,
    mut seen: impl FnMut(u64, f64, f64),
) -> StimulusTiming {
    let mut aligner = aligner();
    let (mut e, mut s) = (0_u64, 0_u64);
    let mut stamps: [Option<f64>; 2] = [None, None];
    while (e as f64) < secs * EEG_HZ {
        let eeg = *stamps[0].get_or_insert_with(|| e as f64 / EEG_HZ + devices.jitter());
        let stimulus =
            *stamps[1].get_or_insert_with(|| devices.stimulus_secs(s) + devices.jitter());
        if stimulus <= eeg {
            if !missing.contains(&s) {
                let run = u32::from(s >= missing.end && !missing.is_empty());
                let value = truth(devices.stimulus_secs(s));
                aligner.push_stimulus(header(run, s, stimulus), value);
            }
            s += 1;
            stamps[1] = None;
        } else {
            aligner.push_eeg(header(0, e, eeg), &[e as f64]);
            e += 1;
            stamps[0] = None;
        }
        while aligner.align_next(false) {}
        while let Some(aligned) = aligner.take(f64::INFINITY) {
            assert_eq!(aligned.values[0], aligned.index as f64);
            seen(aligned.index, aligned.stamp_secs, aligned.stimulus);
        }
    }
    aligner.timing()
}

#[test]
fn the_stimulus_is_read_where_the_eeg_was_sampled_whatever_the_clocks_do() {
    let mut devices = Devices {
        ppm: 40.0,
        jitter_secs: 3e-3,
        bits: 7,
    };
    let (mut n, mut error, mut power) = (0_u32, 0.0, 0.0);
    let timing = run(&mut devices, 120.0, 0..0, |index, _, stimulus| {
        let true_secs = index as f64 / EEG_HZ;
        if true_secs > 20.0 && stimulus.is_finite() {
            n += 1;
            error += (stimulus - truth(true_secs)).powi(2);
            power += truth(true_secs).powi(2);
        }
    });
    assert!(n > 49_000, "{n}");
    assert!(error / power < 0.01, "{}", error / power);
    assert!((timing.drift_ppm - 40.0).abs() < 1.5, "{timing:?}");
    // 40 ppm over the time since the first aligned sample
    assert!((timing.offset_ms - 4.8).abs() < 0.4, "{timing:?}");
    assert!(
        (timing.jitter_ms() - 3.0 * 2.0_f64.sqrt()).abs() < 1.0,
        "{timing:?}"
    );
    assert!(timing.residual_ms < 0.3, "{timing:?}");
    assert_eq!((timing.alignment, timing.n_jumps), (Alignment::Aligned, 0));
}

#[test]
fn exact_stamps_lose_nothing() {
    let mut devices = Devices {
        ppm: -120.0,
        jitter_secs: 0.0,
        bits: 7,
    };
    let mut worst: f64 = 0.0;
    run(&mut devices, 60.0, 0..0, |index, secs, stimulus| {
        assert!((secs - index as f64 / EEG_HZ).abs() < 1e-6, "{index}");
        if index > 5000 {
            worst = worst.max((stimulus - truth(index as f64 / EEG_HZ)).abs());
        }
    });
    assert!(worst < 2e-3, "{worst}");
}

#[test]
fn what_was_not_heard_is_not_invented() {
    let mut devices = Devices {
        ppm: 0.0,
        jitter_secs: 0.0,
        bits: 7,
    };
    let mut silent = Vec::new();
    let timing = run(&mut devices, 60.0, 15_000..16_000, |index, _, stimulus| {
        if index > 5000 && !stimulus.is_finite() {
            silent.push(index);
        }
    });
    let (first, last) = (silent[0], silent[silent.len() - 1]);
    // two seconds of loss, and half a kernel on each side
    assert!((14_960..15_001).contains(&first), "{first}");
    assert!((16_000..16_100).contains(&last), "{last}");
    assert_eq!(silent.len() as u64, last - first + 1);
    assert!(
        timing.n_missing >= 1000 && timing.n_missing < 1200,
        "{timing:?}"
    );
}
