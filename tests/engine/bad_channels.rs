//! Channels that record nothing are set aside: named, out of averages, references and tests, while the others go on.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::f64::consts::{SQRT_2, TAU};

use efrscope::engine::{EngineError, Event};
use efrscope::metrics::{AnalysisSettings, Aside, AsideReason, ResponseSettings, Snapshot};
use efrscope::signal::StreamInfo;

use crate::drive::{Driven, setup};
use crate::synthetic::{RATE_HZ, info};

pub(crate) const LABELS: [&str; 4] = ["Cz", "C3", "Pz", "P4"];
/// The channel that is bad.
pub(crate) const BAD: usize = 3;

pub(crate) fn stream() -> StreamInfo {
    let mut info = info(LABELS.len());
    for (channel, label) in info.channels.iter_mut().zip(LABELS) {
        channel.label = label.into();
    }
    info
}

/// Noise of standard deviation 1, nearly normal, the same each time.
pub(crate) fn noise(n: u64, ch: usize) -> f64 {
    let uniform = |k: u64| {
        let mut bits = (n * 12 + k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ (ch as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..12).map(uniform).sum::<f64>() - 6.0
}

/// The signal of ../shared/cases: a 10 Hz tone of 10 uV rms in white noise of 2 uV. Each channel's tone has a phase of its own, or the average reference would
/// leave nothing of it.
pub(crate) fn eeg(n: u64, ch: usize) -> f64 {
    let phase = TAU * ch as f64 / LABELS.len() as f64;
    10.0 * SQRT_2 * (TAU * 10.0 * n as f64 / RATE_HZ + phase).sin() + 2.0 * noise(n, ch)
}

pub(crate) fn settings() -> AnalysisSettings {
    AnalysisSettings {
        integration_secs: 8.0,
        response: ResponseSettings {
            block_secs: 8.0,
            ..ResponseSettings::default()
        },
        ..AnalysisSettings::default()
    }
}

/// Plays samples on: `spoil` may change each before.
pub(crate) fn play(
    driven: &mut Driven,
    samples: std::ops::Range<u64>,
    spoil: impl Fn(u64, &mut [f64]),
) {
    for n in samples {
        let mut values: Vec<f64> = (0..LABELS.len()).map(|ch| eeg(n, ch)).collect();
        spoil(n, &mut values);
        driven.eeg(0, n, n as f64 / RATE_HZ, &values);
    }
}

pub(crate) fn driven(settings: &AnalysisSettings) -> Driven {
    let mut driven = Driven::new(setup(stream(), settings));
    driven.heard.keeps_all = true;
    driven
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few thousand samples"
)]
pub(crate) fn at(secs: f64) -> u64 {
    (secs * RATE_HZ).round() as u64
}

/// `secs` of samples from the start.
pub(crate) fn played(
    settings: &AnalysisSettings,
    secs: f64,
    spoil: impl Fn(u64, &mut [f64]),
) -> Driven {
    let mut driven = driven(settings);
    play(&mut driven, 0..at(secs), spoil);
    driven
}

/// What was told of electrodes: after which time, which, why.
pub(crate) fn told(driven: &Driven) -> Vec<(f64, String, Option<AsideReason>)> {
    let events = driven.heard.events.iter().filter_map(|event| match event {
        Event::Electrode {
            analysed,
            label,
            aside,
        } => Some((
            *analysed as f64 / RATE_HZ,
            label.clone(),
            aside.map(|aside: Aside| aside.reason),
        )),
        _ => None,
    });
    events.collect()
}

pub(crate) fn alpha_uv2(snapshot: &Snapshot, ch: usize) -> f64 {
    let bands = &snapshot.plan.bands;
    let alpha = bands.iter().position(|b| b.band.name() == "alpha").unwrap();
    snapshot.band_power_uv2(ch, alpha)
}

/// Three channels read the tone's 100 uV^2, the bad one nothing.
pub(crate) fn assert_three_are_right(snapshot: &Snapshot) {
    for ch in (0..LABELS.len()).filter(|&ch| ch != BAD) {
        let uv2 = alpha_uv2(snapshot, ch);
        assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "{}: {uv2}", LABELS[ch]);
    }
    assert!(alpha_uv2(snapshot, BAD).is_nan());
    assert!(snapshot.psd(BAD).iter().all(|psd| psd.is_nan()));
    assert_eq!(snapshot.is_out, [false, false, false, true]);
    assert_eq!(snapshot.n_lost, 0);
    assert!(snapshot.n_segments > 0);
    for (i, pair) in snapshot.plan.pairs.iter().enumerate() {
        let is_known = snapshot.msc(i, 0).is_some();
        assert_eq!(is_known, pair.a != BAD && pair.b != BAD, "pair {i}");
    }
}

#[test]
fn a_channel_that_sends_no_numbers_is_named_within_6_s_and_the_others_are_right() {
    for from in [0, at(20.0)] {
        let driven = played(&settings(), 40.0, |n, values| {
            if n >= from {
                values[BAD] = f64::NAN;
            }
        });
        let told = told(&driven);
        let [(secs, label, reason)] = &told[..] else {
            panic!("{told:?}");
        };
        let after_secs = secs - from as f64 / RATE_HZ;
        assert!((5.0..6.0).contains(&after_secs), "{secs}");
        assert_eq!(
            (label.as_str(), *reason),
            ("P4", Some(AsideReason::NoNumbers))
        );
        let snapshot = driven.heard.snapshot();
        assert_three_are_right(snapshot);
        let state = snapshot.electrodes[BAD];
        assert_eq!(state.n_no_number, snapshot.n_received - from);
        assert_eq!(snapshot.n_rejected, 0, "nobody else is rejected");
        let warnings = snapshot.electrode_warnings();
        assert_eq!(
            warnings,
            ["channel \"P4\" is set aside: it sends no numbers"]
        );
    }
}

#[test]
fn a_second_without_numbers_costs_its_channel_alone_and_the_others_not_a_bit() {
    let with_rest = AnalysisSettings {
        rest_secs: Some(4.0),
        high_pass_hz: Some(0.5),
        ..settings()
    };
    let spared = played(&with_rest, 30.0, |_, _| ());
    let hit = played(&with_rest, 30.0, |n, values| {
        if (at(12.0)..at(13.0)).contains(&n) {
            values[BAD] = f64::INFINITY;
        }
    });
    assert_eq!(told(&hit), []);
    assert_eq!(hit.heard.all.len(), spared.heard.all.len());
    for (hit, spared) in hit.heard.all.iter().zip(&spared.heard.all) {
        for ch in (0..LABELS.len()).filter(|&ch| ch != BAD) {
            let bits = |s: &Snapshot| s.psd(ch).iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(hit), bits(spared), "{} at hop {}", LABELS[ch], hit.hop);
            let bands = |s: &Snapshot| {
                let n = s.plan.bands.len();
                s.bands[ch * n..(ch + 1) * n].to_vec()
            };
            assert_eq!(bands(hit), bands(spared));
        }
        for (i, pair) in hit.plan.pairs.iter().enumerate() {
            if pair.a != BAD && pair.b != BAD {
                assert_eq!(hit.pair(i, 1), spared.pair(i, 1), "hop {}", hit.hop);
            }
        }
        assert_eq!(
            (hit.n_segments, hit.n_lost, hit.n_rejected),
            (spared.n_segments, 0, 0)
        );
        // the channel itself and its pairs go on over their own segments
        for (i, pair) in hit.plan.pairs.iter().enumerate() {
            if pair.a == BAD || pair.b == BAD {
                let (hit, spared) = (hit.pair(i, 0), spared.pair(i, 0));
                assert!((hit.msc - spared.msc).abs() < 0.05, "{hit:?} {spared:?}");
                assert!(hit.critical >= spared.critical, "{hit:?} {spared:?}");
            }
        }
        let uv2 = alpha_uv2(hit, BAD);
        assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "hop {}: {uv2}", hit.hop);
        assert!(hit.channel_n_eff[BAD] <= hit.n_eff);
    }
    let last = hit.heard.snapshot();
    assert_eq!(last.electrodes[BAD].n_no_number, at(1.0));
    // segments of 2 s every 0.25 s: those that begin from 10.25 to 12.75 s
    assert_eq!(last.n_lacked, [0, 0, 0, 11]);
    assert_eq!(
        last.channel_n_eff[BAD].to_bits(),
        last.n_eff.to_bits(),
        "forgotten with the window"
    );
    assert_eq!(
        last.electrode_warnings(),
        ["channel \"P4\" sent no number 200 times, 3.3 % of its samples"]
    );
}

/// How a channel fails.
type Fault = fn(u64, f64) -> f64;

#[test]
fn flat_railed_and_off_scale_channels_are_set_aside_for_what_they_are() {
    let faults: [(AsideReason, Fault); 7] = [
        (AsideReason::Flat, |_, _| 12.25),
        (AsideReason::Flat, |n, _| 40_000.0 + 0.2 * (n as f64).sin()),
        // the rail that the drift ran into, and a mains that is cut off on both sides
        (AsideReason::Railed, |n, uv| {
            (uv + 2e3 * (n as f64 - 2000.0)).min(187_500.0)
        }),
        (AsideReason::Railed, |n, _| {
            (9e3 * (0.9 * n as f64).sin()).clamp(-2500.0, 2500.0)
        }),
        (AsideReason::OffScale, |_, uv| 1e3 * uv),
        (AsideReason::OffScale, |n, _| 8e3 * noise(n, 7)),
        (AsideReason::OffScale, |n, _| 1e300 * noise(n, 7)),
    ];
    for (i, (expected, fault)) in faults.into_iter().enumerate() {
        let driven = played(&settings(), 40.0, |n, values| {
            if n >= at(10.0) {
                values[BAD] = fault(n, values[BAD]);
            }
        });
        let told = told(&driven);
        assert_eq!(told.len(), 1, "fault {i}: {told:?}");
        assert_eq!(told[0].2, Some(expected), "fault {i}");
        assert!(told[0].0 < 17.0, "fault {i}: {told:?}");
        let snapshot = driven.heard.snapshot();
        assert_three_are_right(snapshot);
        assert!(
            snapshot.n_segments > 20,
            "its segments reject nobody any more"
        );
        let warnings = snapshot.electrode_warnings();
        assert!(
            warnings[0].contains("\"P4\" is set aside: it is"),
            "{warnings:?}"
        );
    }
}

#[test]
fn offsets_drifts_and_artefacts_are_no_reason() {
    let harmless: [Fault; 4] = [
        |_, uv| uv + 300_000.0,
        |n, uv| uv + 0.5 * n as f64,
        |n, uv| if n % 800 < 60 { uv + 900.0 } else { uv },
        |_, uv| (4.0 * uv).round() / 4.0,
    ];
    for (i, change) in harmless.into_iter().enumerate() {
        let driven = played(&settings(), 30.0, |n, values| {
            values[BAD] = change(n, values[BAD]);
        });
        assert_eq!(told(&driven), [], "change {i}");
    }
}

#[test]
fn a_channel_in_counts_on_another_scale_is_set_aside_and_rejects_the_others_no_more() {
    let mut info = stream();
    info.channels[BAD].unit = "counts".into();
    info.channels[BAD].uv_per_unit = None;
    // such a channel is analysed only where it is asked for
    let channels = info.channels.iter().map(|c| c.label.clone()).collect();
    let asked = AnalysisSettings {
        channels,
        ..settings()
    };
    let mut driven = Driven::new(setup(info, &asked));
    play(&mut driven, 0..at(20.0), |_, values| values[BAD] /= 0.02235);
    assert_eq!(told(&driven)[0].2, Some(AsideReason::OffScale));
    assert_three_are_right(driven.heard.snapshot());
}

#[test]
fn it_comes_back_after_ten_good_seconds_with_right_numbers() {
    let driven = played(&settings(), 60.0, |n, values| {
        if (at(10.0)..at(30.0)).contains(&n) {
            values[BAD] = f64::NAN;
        }
    });
    let told = told(&driven);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[1].2, None);
    assert!((40.0..41.0).contains(&told[1].0), "{told:?}");
    for snapshot in &driven.heard.all {
        let end_secs = snapshot.newest_stamp_secs + 1.0;
        let is_out = end_secs > told[0].0 && end_secs <= told[1].0;
        assert_eq!(snapshot.is_out[BAD], is_out, "{end_secs}");
        let uv2 = alpha_uv2(snapshot, BAD);
        if is_out {
            assert!(uv2.is_nan(), "{end_secs}: {uv2}");
        } else {
            assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "{end_secs}: {uv2}");
        }
    }
    assert_eq!(driven.heard.snapshot().n_rejected, 0);
}

#[test]
fn channels_that_are_kept_out_stay_out_until_they_are_taken_back() {
    let kept_out = AnalysisSettings {
        // as a person types it
        bad: vec!["p4".into()],
        ..settings()
    };
    let mut driven = driven(&kept_out);
    play(&mut driven, 0..at(20.0), |_, _| ());
    assert_eq!(
        told(&driven),
        [(0.0, "P4".into(), Some(AsideReason::KeptOut))]
    );
    assert_three_are_right(driven.heard.snapshot());
    driven.change(settings());
    play(&mut driven, at(20.0)..at(30.0), |_, _| ());
    assert_eq!(told(&driven)[1], (20.0, "P4".into(), None));
    let uv2 = alpha_uv2(driven.heard.snapshot(), BAD);
    assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "{uv2}");
    assert!(
        driven.heard.snapshot().n_segments > 20,
        "the averages went on"
    );
    // one that is bad by itself stays set aside when it is taken back
    driven.change(kept_out);
    play(&mut driven, at(30.0)..at(40.0), |_, values| {
        values[BAD] = f64::NAN;
    });
    driven.change(settings());
    play(&mut driven, at(40.0)..at(41.0), |_, values| {
        values[BAD] = f64::NAN;
    });
    let reasons: Vec<_> = told(&driven)
        .into_iter()
        .map(|(_, _, reason)| reason)
        .collect();
    let (kept, silent) = (Some(AsideReason::KeptOut), Some(AsideReason::NoNumbers));
    assert_eq!(reasons, [kept, None, kept, silent]);
}

#[test]
fn a_label_that_is_not_there_is_refused_by_name() {
    let wrong = AnalysisSettings {
        bad: vec!["T9".into()],
        ..settings()
    };
    let refused = efrscope::engine::check(&stream(), &wrong).unwrap_err();
    assert!(matches!(refused, EngineError::NoBadChannel { .. }));
    assert_eq!(
        refused.to_string(),
        "channels.bad: no channel \"T9\" in the stream; it has Cz, C3, Pz, P4"
    );
}
