//! Electrodes are judged before any reference; a giant value leaves no trace.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use efrscope::engine::{Engine, EngineError};
use efrscope::metrics::artefact::{ArtefactLimits, ArtefactRule};
use efrscope::metrics::{AnalysisSettings, SettingsError, Snapshot};
use efrscope::signal::{Reference, StreamInfo};

use crate::drive::{Driven, setup};
use crate::synthetic::{RATE_HZ, info, settings, value};

const LABELS: [&str; 8] = ["Cz", "P4", "F8", "T7", "Fz", "Pz", "C3", "Oz"];

fn ten_ten() -> StreamInfo {
    let mut info = info(LABELS.len());
    for (channel, label) in info.channels.iter_mut().zip(LABELS) {
        channel.label = label.into();
    }
    info
}

/// `secs` of EEG; `spoil` may change a sample before.
fn play(settings: &AnalysisSettings, secs: f64, spoil: impl Fn(u64, &mut [f64])) -> Driven {
    let mut driven = Driven::new(setup(ten_ten(), settings));
    driven.heard.keeps_all = true;
    let mut index = 0;
    while (index as f64) < secs * RATE_HZ {
        let mut values: Vec<f64> = (0..LABELS.len()).map(|ch| 3.0 * value(index, ch)).collect();
        spoil(index, &mut values);
        driven.eeg(0, index, index as f64 / RATE_HZ, &values);
        index += 1;
    }
    driven
}

#[test]
fn a_dead_electrode_is_rejected_under_every_reference_and_named() {
    for reference in [
        Reference::None,
        Reference::Average,
        Reference::Laplacian,
        Reference::Channels(vec!["Pz".into()]),
    ] {
        let settings = AnalysisSettings {
            reference: reference.clone(),
            ..settings()
        };
        // before it is set aside
        let alive = play(&settings, 4.5, |_, _| ());
        assert_eq!(alive.heard.snapshot().n_rejected, 0, "{reference}");
        for dead in [1, 5] {
            let driven = play(&settings, 4.5, |_, values| values[dead] = 0.25);
            let snapshot = driven.heard.snapshot();
            assert_eq!(snapshot.n_segments, 0, "{reference}, {}", LABELS[dead]);
            let verdict = snapshot.rejections.newest.unwrap();
            assert_eq!(verdict.rule, ArtefactRule::Flat, "{reference}");
            let electrode = &snapshot.plan.montage.electrodes()[verdict.electrode];
            assert_eq!(electrode.label, LABELS[dead], "{reference}");
        }
    }
}

#[test]
fn a_laplacian_accepts_what_its_electrodes_allow_and_says_its_unit() {
    let of = |reference| {
        let settings = AnalysisSettings {
            reference,
            ..settings()
        };
        // a blink now and then, over the limit in microvolts
        play(&settings, 30.0, |index, values| {
            if index % 1000 < 60 {
                values[2] += 160.0 * (index as f64 % 1000.0 / 60.0 * std::f64::consts::PI).sin();
            }
        })
    };
    let (plain, laplacian) = (of(Reference::None), of(Reference::Laplacian));
    let counts = |driven: &Driven| {
        let snapshot = driven.heard.snapshot();
        (snapshot.n_rejected, snapshot.rejections)
    };
    assert!(counts(&plain).0 > 10);
    assert_eq!(counts(&plain), counts(&laplacian));
    let montage = &laplacian.heard.snapshot().plan.montage;
    assert_eq!(
        (montage.unit(), montage.power_unit()),
        ("uV/m^2", "uV^2/m^4")
    );
}

/// Every number of channels that the giant does not touch, and of all.
fn numbers(snapshot: &Snapshot, with_hit: bool) -> Vec<f64> {
    let is_wanted = |ch: usize| with_hit || ch != 3;
    let n_bands = snapshot.plan.bands.len();
    let psd = (0..LABELS.len())
        .filter(|&ch| is_wanted(ch))
        .flat_map(|ch| snapshot.psd(ch).to_vec());
    let pairs = snapshot.plan.pairs.iter().enumerate();
    let pairs = pairs.filter(|(_, pair)| is_wanted(pair.a) && is_wanted(pair.b));
    let measures = pairs.flat_map(|(i, _)| {
        (0..n_bands).flat_map(move |band| {
            let pair = snapshot.pair(i, band);
            let measures = pair
                .measures
                .map_or([f64::NAN; 3], |m| [m.imcoh, m.ppc, m.wpli2_debiased]);
            [pair.msc].into_iter().chain(measures)
        })
    });
    psd.chain(measures).collect()
}

#[test]
fn a_giant_value_is_gone_as_soon_as_it_has_left_the_window_and_touches_no_other_channel() {
    let off = ArtefactLimits {
        peak_to_peak_uv: None,
        amplitude_uv: None,
        flat_uv: None,
        clipped_samples: None,
        ..ArtefactLimits::default()
    };
    for high_pass_hz in [None, Some(1.0)] {
        let settings = AnalysisSettings {
            artefacts: off,
            high_pass_hz,
            ..settings()
        };
        let spared = play(&settings, 12.0, |_, _| ());
        for giant in [1e30, 1e300] {
            let hit = play(&settings, 12.0, |index, values| {
                if index == 900 {
                    values[3] = giant;
                }
            });
            for (hit, spared) in hit.heard.all.iter().zip(&spared.heard.all) {
                assert_eq!(hit.hop, spared.hop);
                let close = |with_hit: bool, within: f64| {
                    let (a, b) = (numbers(hit, with_hit), numbers(spared, with_hit));
                    let worst = a.iter().zip(&b).map(|(a, b)| {
                        if a.is_nan() && b.is_nan() {
                            0.0
                        } else {
                            (a - b).abs() / (1e-3 + b.abs())
                        }
                    });
                    let worst = worst.fold(0.0, |worst: f64, off| {
                        if off.is_nan() {
                            f64::INFINITY
                        } else {
                            worst.max(off)
                        }
                    });
                    assert!(
                        worst <= within,
                        "{giant}, high-pass {high_pass_hz:?}, hop {}, {with_hit}: {worst}",
                        hit.hop
                    );
                };
                close(false, 0.0);
                // segments of 1 s every 0.25 s, averaged over 3 s: sample 900 is in the window until 7.5 s
                let newest_end_secs = hit.newest_stamp_secs + 0.5;
                if newest_end_secs < 4.5 {
                    close(true, 0.0);
                } else if newest_end_secs > 7.6 {
                    // the high-pass forgets the one sample it went without in a few seconds more
                    let is_forgotten = high_pass_hz.is_none() || newest_end_secs > 11.0;
                    close(true, if is_forgotten { 1e-9 } else { 1e-2 });
                }
            }
        }
    }
}

#[test]
fn what_does_not_fit_into_memory_is_refused_with_the_cost_and_the_setting_to_change() {
    let mut settings = AnalysisSettings {
        segment_secs: 60.0,
        hop_secs: 0.02,
        integration_secs: 600.0,
        ..AnalysisSettings::default()
    };
    settings.response.block_secs = 240.0;
    let mut stream = ten_ten();
    stream.sample_rate_hz = 500.0;
    let refused = |settings: &AnalysisSettings| match Engine::new(setup(stream.clone(), settings)) {
        Err(EngineError::Settings(error @ SettingsError::Memory { .. })) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("not refused"),
    };
    let text = refused(&settings);
    for part in [
        "MB",
        "analysis.hop_secs = 0.02",
        "limits.memory_mb",
        "would fit",
    ] {
        assert!(text.contains(part), "{text}");
    }
    // what it says would fit does
    let fits = text.rsplit("analysis.hop_secs = ").next().unwrap();
    settings.hop_secs = fits.split(' ').next().unwrap().parse().unwrap();
    assert!(
        Engine::new(setup(stream.clone(), &settings)).is_ok(),
        "{text}"
    );
}
