//! A stimulus whose stream is too slow for a band: what cannot be tested is not tested, and shares no error rate.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds of samples"
)]

use efrscope::metrics::{AnalysisSettings, Snapshot};
use efrscope::signal::{Band, StreamInfo};

use crate::drive::{Driven, setup};
use crate::synthetic::{RATE_HZ, envelope_info, info, settings, value};

fn three_bands() -> AnalysisSettings {
    let band = |name: &str, lo_hz, hi_hz| Band::new(name, lo_hz, hi_hz).unwrap();
    let mut settings = settings();
    settings.set_bands(vec![
        band("alpha", 8.0, 11.0),
        band("40", 38.0, 42.0),
        band("80", 78.0, 82.0),
    ]);
    settings.response.bands.clear();
    settings
}

fn envelope(rate_hz: f64) -> StreamInfo {
    StreamInfo {
        sample_rate_hz: rate_hz,
        ..envelope_info()
    }
}

/// Ten more seconds of EEG, and of an envelope of this rate.
fn push(driven: &mut Driven, from_secs: f64, rate_hz: f64) {
    let first = (from_secs * RATE_HZ).round() as u64;
    let mut next = (from_secs * rate_hz).round() as u64;
    for n in first..first + (10.0 * RATE_HZ) as u64 {
        let secs = n as f64 / RATE_HZ;
        while next as f64 / rate_hz <= secs {
            driven.stimulus(0, next, next as f64 / rate_hz, value(next, 3));
            next += 1;
        }
        driven.eeg(0, n, secs, &[value(n, 0)]);
    }
}

/// Names of the bands that are tested, and of those that are left out.
fn tested(snapshot: &Snapshot) -> [Vec<&str>; 2] {
    let plan = snapshot.plan.response.as_ref().unwrap();
    let names = |bands: &[usize]| {
        let names = bands.iter().map(|&b| snapshot.plan.bands[b].band.name());
        names.collect::<Vec<_>>()
    };
    [names(&plan.tested), names(&plan.beyond)]
}

#[test]
fn bands_beyond_a_slow_stimulus_are_left_out_of_the_family_with_the_reason() {
    for (rate_hz, n_family) in [(64.0, 1), (128.0, 2), (250.0, 3)] {
        let mut driven = Driven::with_stimulus(setup(info(1), &three_bands()), &envelope(rate_hz));
        push(&mut driven, 0.0, rate_hz);
        let snapshot = driven.heard.snapshot();
        let [tested, left_out] = tested(snapshot);
        assert_eq!(tested, ["alpha", "40", "80"][..n_family]);
        assert_eq!(left_out, ["alpha", "40", "80"][n_family..]);
        let plan = snapshot.plan.response.as_ref().unwrap();
        assert_eq!(plan.looks.n_family(), n_family);
        for band in 0..3 {
            let why = plan.why_left_out(band);
            assert_eq!(why.is_some(), band >= n_family, "{rate_hz} {why:?}");
            // nothing is claimed of it besides
            let efr = snapshot.efr(band).unwrap();
            let estimate = efr.estimate(0);
            let is_known = estimate.p_value.is_some();
            assert_eq!(is_known, band < n_family, "{rate_hz} {band}");
            assert!(is_known || (estimate.delay.is_none() && estimate.msc_critical.is_none()));
            assert!(is_known || efr.centre(0).h1.is_none());
        }
    }
}

#[test]
fn a_faster_stream_of_the_same_stimulus_brings_the_bands_back_and_the_run_that_ended_says_why() {
    let mut driven = Driven::with_stimulus(setup(info(1), &three_bands()), &envelope(64.0));
    push(&mut driven, 0.0, 64.0);
    driven.end_stimulus();
    driven.join(&envelope(500.0));
    push(&mut driven, 10.0, 500.0);
    let snapshot = driven.heard.snapshot();
    assert_eq!(tested(snapshot)[0], ["alpha", "40", "80"]);
    let ended = snapshot.runs.records().last().unwrap();
    assert!(
        ended.sentence().contains("other bands are tested"),
        "{}",
        ended.sentence()
    );
    assert!(snapshot.efr(2).unwrap().estimate(0).p_value.is_some());
}
