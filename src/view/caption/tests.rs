use std::sync::Arc;

use super::*;
use crate::metrics::AnalysisSettings;
use crate::view::synthetic;

fn plan(sample_rate_hz: f64, max_hz: f64) -> Arc<Plan> {
    let settings = AnalysisSettings {
        max_hz,
        ..AnalysisSettings::default()
    };
    let labels = ["Fz", "Cz", "Pz", "Oz"];
    synthetic::plan(&settings, &labels, sample_rate_hz, false)
}

fn snapshot() -> Snapshot {
    let mut snapshot = Snapshot::new(plan(250.0, 100.0));
    snapshot.integration_secs = 16.0;
    snapshot.n_eff = 15.23;
    snapshot
}

#[test]
fn spectra_say_how_they_were_made() {
    assert_eq!(
        spectra(&snapshot()),
        "Hann, 2 s segments, df 0.5 Hz, ENBW 0.75 Hz, 16 s, n_eff 15.2, rejected 0 %; reference as recorded, no high-pass"
    );
}

#[test]
fn rejected_segments_are_named_with_their_share() {
    let mut snapshot = snapshot();
    (snapshot.rejected_share, snapshot.n_rejected) = (0.125, 8);
    let text = spectra(&snapshot);
    assert!(
        text.contains("rejected 12.5 % (8 segments since the start)"),
        "{text}"
    );
}

#[test]
fn an_msc_says_its_critical_value_and_what_it_is_not_corrected_for() {
    let mut snapshot = snapshot();
    snapshot.msc_critical[0] = Some(0.1806);
    let text = msc(&snapshot, 0);
    for part in [
        "alpha 8-11 Hz",
        "critical MSC 0.181",
        "\u{3b1} = 0.05 per pair",
        "not corrected for 6 pairs",
        "about 0.3 exceed it",
        "n_eff 15.2",
        "common reference inflates coherence",
    ] {
        assert!(text.contains(part), "{part:?} in {text:?}");
    }
}

#[test]
fn an_msc_without_a_critical_value_says_what_it_needs() {
    let mut snapshot = snapshot();
    snapshot.n_eff = 1.0;
    assert!(msc(&snapshot, 0).contains("needs 2 segments"));
}

#[test]
fn bands_out_of_reach_are_named_with_the_reason() {
    let text = bands_out_of_reach(&plan(128.0, 100.0)).unwrap();
    assert_eq!(
        text,
        "out of reach: gamma 78-81 Hz; half the sampling rate is 64 Hz"
    );
    let text = bands_out_of_reach(&plan(250.0, 60.0)).unwrap();
    assert!(text.ends_with("spectra are kept up to 60 Hz"), "{text}");
    assert_eq!(bands_out_of_reach(&plan(250.0, 100.0)), None);
}

#[test]
fn a_band_is_named_with_its_edges_once() {
    let named = |name, lo_hz, hi_hz| band_name(&Band::new(name, lo_hz, hi_hz).unwrap());
    assert_eq!(named("alpha", 8.0, 11.0), "alpha 8-11 Hz");
    assert_eq!(named("gamma 53-56", 53.0, 56.0), "gamma 53-56 Hz");
    assert_eq!(named("slow", 0.5, 3.25), "slow 0.5-3.25 Hz");
}

#[test]
fn numbers_are_as_short_as_they_can_be() {
    assert_eq!(
        (short(100.0, 0), short(2.50, 3)),
        ("100".into(), "2.5".into())
    );
    assert_eq!(grouped(1_234_567), "1\u{2009}234\u{2009}567");
    assert_eq!(grouped(12), "12");
    assert_eq!(duration(0.042), "42 ms");
    assert_eq!(duration(f64::NAN), "unknown");
    assert_eq!(
        (duration(35.24), duration(600.0)),
        ("35.2 s".into(), "10.0 min".into())
    );
}
