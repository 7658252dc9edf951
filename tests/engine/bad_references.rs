//! What a channel that is set aside is a reference, a pair or a test of.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use efrscope::engine::Event;
use efrscope::metrics::response::LookState;
use efrscope::metrics::{AnalysisSettings, RunEnd, Snapshot};
use efrscope::signal::Reference;

use crate::bad_channels::{BAD, LABELS, alpha_uv2, at, eeg, noise, played, settings, stream, told};
use crate::drive::{Driven, setup};
use crate::synthetic::{RATE_HZ, envelope_info};

/// What the three others read without the bad one: an analysis that never had it.
fn without_bad(reference: &Reference, secs: f64) -> Driven {
    let settings = AnalysisSettings {
        channels: LABELS[..BAD].iter().map(|&label| label.into()).collect(),
        reference: reference.clone(),
        ..settings()
    };
    played(&settings, secs, |_, _| ())
}

#[test]
fn under_every_reference_the_others_read_what_they_would_without_the_bad_channel() {
    let ears = |names: &[&str]| Reference::Channels(names.iter().map(|&n| n.into()).collect());
    let cases = [
        (Reference::None, Reference::None, false),
        (Reference::Average, Reference::Average, true),
        (Reference::Laplacian, Reference::Laplacian, true),
        (ears(&["Pz", "P4"]), ears(&["Pz"]), true),
        (ears(&["Pz"]), ears(&["Pz"]), false),
    ];
    for (reference, left, changes) in cases {
        let of_all = AnalysisSettings {
            reference: reference.clone(),
            rest_secs: Some(3.0),
            ..settings()
        };
        let driven = played(&of_all, 40.0, |n, values| {
            if n >= at(20.0) {
                values[BAD] = f64::NAN;
            }
        });
        let alone = without_bad(&left, 40.0);
        let (snapshot, expected) = (driven.heard.snapshot(), alone.heard.snapshot());
        let labels = expected.plan.montage.derivations();
        for (ch, derivation) in labels.iter().enumerate() {
            let mut all = (0..snapshot.plan.montage.len()).zip(snapshot.plan.montage.derivations());
            let (same, _) = all.find(|(_, d)| d.label == derivation.label).unwrap();
            if snapshot.is_out[same] {
                assert_eq!(derivation.label, "Pz", "{reference}: its own reference");
                continue;
            }
            for (a, b) in snapshot.psd(same).iter().zip(expected.psd(ch)) {
                assert!(
                    (a - b).abs() <= 1e-9 * b.abs() + 1e-12,
                    "{reference}: {a} {b}"
                );
            }
        }
        let n_out = snapshot.is_out.iter().filter(|is_out| **is_out).count();
        let is_whole_reference = reference == ears(&["Pz", "P4"]);
        assert_eq!(n_out, 1 + usize::from(is_whole_reference), "{reference}");
        assert_eq!(snapshot.n_lost, 0);
        let lost_rest = driven.heard.events.contains(&Event::RestEnded);
        assert_eq!(
            lost_rest, changes,
            "{reference}: another reference is another signal"
        );
        // at no hop are two references in one average
        for snapshot in driven.heard.all.iter().filter(|_| changes) {
            let end_secs = snapshot.newest_stamp_secs + 1.0;
            let begun_secs = end_secs - snapshot.integration_secs;
            let aside_secs = told(&driven)[0].0;
            let is_mixed = end_secs > aside_secs && begun_secs < aside_secs - 1.0 / RATE_HZ;
            assert!(
                !is_mixed || snapshot.n_segments == 0,
                "{reference}: {end_secs}"
            );
        }
    }
}

#[test]
fn a_pair_with_a_bad_channel_is_out_and_other_pairs_go_on() {
    let pairs = [("Cz", "C3"), ("Pz", "P4")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let bipolar = AnalysisSettings {
        reference: Reference::Bipolar(pairs.to_vec()),
        ..settings()
    };
    let spared = played(&bipolar, 30.0, |_, _| ());
    let hit = played(&bipolar, 30.0, |_, values| values[BAD] = f64::NAN);
    let (hit, spared) = (hit.heard.snapshot(), spared.heard.snapshot());
    assert_eq!(hit.is_out, [false, true]);
    assert_eq!(hit.psd(0), spared.psd(0));
}

#[test]
fn with_all_channels_bad_it_says_so_and_goes_on() {
    for fault in [f64::NAN, 0.0] {
        let driven = played(&settings(), 30.0, |n, values| {
            if n < at(15.0) {
                values.fill(fault);
            }
        });
        let during = driven
            .heard
            .all
            .iter()
            .find(|s| s.newest_stamp_secs > 8.0)
            .unwrap();
        assert_eq!(during.is_out, [true; 4]);
        assert_eq!((during.n_segments, during.n_lost), (0, 0));
        let warnings = during.electrode_warnings();
        assert!(
            warnings.iter().any(|w| w.contains("no channel is left")),
            "{warnings:?}"
        );
        let last = driven.heard.snapshot();
        assert_eq!(last.is_out, [false; 4]);
        assert!((alpha_uv2(last, 0) / 100.0 - 1.0).abs() < 0.03);
    }
}

/// EEG with a stimulus that channel `Cz` follows, from the start; `spoil` may change each sample.
fn with_stimulus(
    settings: &AnalysisSettings,
    secs: f64,
    spoil: impl Fn(u64, &mut [f64]),
) -> Driven {
    let mut driven = Driven::with_stimulus(setup(stream(), settings), &envelope_info());
    for n in 0..at(secs) {
        let stamp_secs = n as f64 / RATE_HZ;
        let x = noise(n, 40);
        driven.stimulus(0, n, stamp_secs, x);
        let mut values: Vec<f64> = (0..LABELS.len()).map(|ch| eeg(n, ch)).collect();
        values[0] += 8.0 * x;
        values[BAD] += 8.0 * x;
        spoil(n, &mut values);
        driven.eeg(0, n, stamp_secs, &values);
    }
    driven.finish();
    driven
}

#[test]
fn the_tests_of_a_channel_that_is_set_aside_end_and_those_of_the_others_go_on() {
    let driven = with_stimulus(&settings(), 60.0, |n, values| {
        if n >= at(4.0) {
            values[BAD] = 0.125;
        }
    });
    let snapshot = driven.heard.snapshot();
    let response = snapshot.response.as_ref().unwrap();
    let n_tested = response.detections.len() / LABELS.len();
    for (i, test) in response.detections.iter().enumerate() {
        let is_aside = matches!(test.state, LookState::SetAside { .. });
        assert_eq!(is_aside, i / n_tested == BAD, "{test:?}");
    }
    assert!(
        response.detections[0].is_detected(),
        "{:?}",
        response.detections
    );
    assert!(
        response.bands[BAD * snapshot.plan.bands.len()]
            .p_value
            .is_none()
    );
    let log = driven.engine.runs();
    let record = &log.records()[0];
    assert_eq!(
        (record.end, &record.set_aside[..]),
        (RunEnd::Stream, &["P4".to_owned()][..])
    );
    assert!(
        record.sentence().contains("set aside: P4"),
        "{}",
        record.sentence()
    );
}

#[test]
fn a_change_of_the_reference_ends_the_run_with_its_reason() {
    let average = AnalysisSettings {
        reference: Reference::Average,
        ..settings()
    };
    let driven = with_stimulus(&average, 30.0, |n, values| {
        if n >= at(12.0) {
            values[BAD] = f64::NAN;
        }
    });
    let log = driven.engine.runs();
    let ends: Vec<RunEnd> = log.records().iter().map(|record| record.end).collect();
    assert_eq!(ends, [RunEnd::Reference, RunEnd::Stream]);
    assert_eq!(log.records()[1].set_aside, ["P4"]);
}

#[test]
fn a_response_is_right_over_the_segments_that_the_channel_has() {
    let of = |spoil: fn(u64, &mut [f64])| with_stimulus(&settings(), 60.0, spoil);
    let spared = of(|_, _| ());
    let hit = of(|n, values| {
        if n % 1000 < 40 {
            values[BAD] = f64::NAN;
        }
    });
    let (hit, spared) = (hit.heard.snapshot(), spared.heard.snapshot());
    assert_eq!(hit.n_lost, 0);
    let of = |snapshot: &Snapshot, ch: usize| {
        let response = snapshot.response.as_ref().unwrap();
        response.bands[ch * snapshot.plan.bands.len() + 1]
    };
    assert_eq!(of(hit, 0), of(spared, 0));
    let (hit, spared) = (of(hit, BAD), of(spared, BAD));
    assert!(hit.msc_critical.unwrap() > spared.msc_critical.unwrap());
    assert!((hit.msc - spared.msc).abs() < 0.1, "{hit:?} {spared:?}");
    assert!(hit.p_value.unwrap() < 1e-3, "{hit:?}");
}
