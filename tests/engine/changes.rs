//! What a change leaves alone: rest, averages and counts go on; what it ends is ended with its number and its reason.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use efrscope::engine::{Event, Setup};
use efrscope::metrics::{AnalysisSettings, PairChoice, ResponseSettings, RunEnd, Snapshot};
use efrscope::signal::{Band, Reference};

use crate::drive::{Driven, setup};
use crate::synthetic::{RATE_HZ, envelope_info, info, settings, value};

const N_CHANNELS: usize = 3;

/// Noise whose amplitude is `gain` at an instant, with a stimulus beside it from `joins_secs` on.
struct Session {
    driven: Driven,
    index: u64,
    joins_secs: f64,
    has_joined: bool,
    gain: fn(f64) -> f64,
}

impl Session {
    fn new(setup: Setup, joins_secs: f64, gain: fn(f64) -> f64) -> Self {
        Self {
            driven: Driven::new(setup),
            index: 0,
            joins_secs,
            has_joined: false,
            gain,
        }
    }

    fn play_until(&mut self, end_secs: f64) {
        while (self.index as f64) < end_secs * RATE_HZ {
            let secs = self.index as f64 / RATE_HZ;
            if secs >= self.joins_secs {
                if !self.has_joined {
                    self.driven.join(&envelope_info());
                    self.has_joined = true;
                }
                self.driven
                    .stimulus(0, self.index, secs, value(self.index, 40));
            }
            // noise alone: the rhythm of `value` is left out
            let noise = |ch: usize| {
                let of = |n: u64| value(n, ch) - value(n, 30);
                of(self.index)
            };
            let values: Vec<f64> = (0..N_CHANNELS)
                .map(|ch| (self.gain)(secs) * noise(ch))
                .collect();
            self.driven.eeg(0, self.index, secs, &values);
            self.index += 1;
        }
    }

    fn snapshot(&self) -> &Snapshot {
        self.driven.heard.snapshot()
    }
}

fn with_rest() -> AnalysisSettings {
    AnalysisSettings {
        rest_secs: Some(8.0),
        integration_secs: 8.0,
        response: ResponseSettings {
            block_secs: 6.0,
            ..ResponseSettings::default()
        },
        bands: vec![
            Band::new("alpha", 8.0, 11.0).unwrap(),
            Band::new("gamma 53-56", 53.0, 56.0).unwrap(),
            Band::new("gamma 78-81", 78.0, 81.0).unwrap(),
        ],
        ..settings()
    }
}

/// Doubled from 14 s on.
fn doubled(secs: f64) -> f64 {
    if secs < 14.0 { 0.5 } else { 1.0 }
}

/// Mean change over channels and bands, dB.
fn change_db(snapshot: &Snapshot) -> f64 {
    let n_bands = snapshot.plan.bands.len();
    let changes: Vec<f64> = (0..N_CHANNELS * n_bands)
        .map(|i| snapshot.change_db(i / n_bands, i % n_bands).unwrap().db)
        .collect();
    changes.iter().sum::<f64>() / changes.len() as f64
}

#[test]
fn rest_is_rest_although_a_stimulus_joins_and_bands_are_edited() {
    let mut session = Session::new(setup(info(N_CHANNELS), &with_rest()), 14.0, doubled);
    session.play_until(13.0);
    assert!(change_db(session.snapshot()).abs() < 0.5, "at rest");
    let rejected_before = session.snapshot().n_rejected;
    session.play_until(40.0);
    let before_edit = change_db(session.snapshot());
    assert!((before_edit - 6.0).abs() < 1.0, "{before_edit} dB");
    assert!(session.snapshot().response.is_some());
    let (n_segments, n_received) = (session.snapshot().n_segments, session.snapshot().n_received);
    let mut edited = session.driven.engine.settings().clone();
    edited.set_bands(vec![
        Band::new("low", 12.0, 20.0).unwrap(),
        Band::new("gamma 53-56", 53.0, 56.0).unwrap(),
    ]);
    session.driven.change(edited);
    session.play_until(41.0);
    let after = session.snapshot();
    let after_edit = change_db(after);
    assert!((after_edit - 6.0).abs() < 1.0, "{after_edit} dB");
    assert_eq!(after.n_segments, n_segments, "the averages went on, full");
    assert!(after.n_received > n_received && after.n_rejected >= rejected_before);
    let [record] = after.runs.records() else {
        panic!("{:?}", after.runs);
    };
    assert_eq!((record.run, record.end), (1, RunEnd::Bands));
    assert_eq!(record.n_looks, 4, "{record:?}");
    assert_eq!(after.response.as_ref().unwrap().progress.run, 2);
}

#[test]
fn rejected_never_falls_and_every_count_goes_on() {
    let mut loud = with_rest();
    loud.artefacts.peak_to_peak_uv = Some(10.0);
    let mut session = Session::new(setup(info(N_CHANNELS), &loud), 5.0, |_| 1.0);
    let (mut rejected, mut received) = (0, 0);
    let references = [
        Reference::Average,
        Reference::None,
        Reference::Channels(vec!["E1".into()]),
    ];
    for (step, reference) in references.into_iter().enumerate() {
        session.play_until(8.0 * (step + 1) as f64);
        let snapshot = session.snapshot();
        assert!(snapshot.n_rejected > rejected, "step {step}");
        assert!(snapshot.n_received > received, "step {step}");
        (rejected, received) = (snapshot.n_rejected, snapshot.n_received);
        let mut settings = session.driven.engine.settings().clone();
        settings.reference = reference;
        session.driven.change(settings);
    }
    session.play_until(32.0);
    assert!(session.snapshot().n_rejected >= rejected);
    // other references are other signals: their runs end, and rest is lost aloud
    let reasons: Vec<RunEnd> = session
        .snapshot()
        .runs
        .records()
        .iter()
        .map(|r| r.end)
        .collect();
    assert_eq!(reasons, [RunEnd::Channels; 3]);
    let lost = |event: &&Event| matches!(event, Event::RestEnded);
    assert_eq!(session.driven.heard.events.iter().filter(lost).count(), 1);
}

#[test]
fn another_pair_list_begins_with_the_window_that_there_is_and_ends_nothing() {
    let mut session = Session::new(setup(info(N_CHANNELS), &with_rest()), 2.0, |_| 1.0);
    session.play_until(20.0);
    let before = session.snapshot().clone();
    let mut settings = session.driven.engine.settings().clone();
    settings.pairs = PairChoice::Named(vec!["E2-E3".into()]);
    session.driven.change(settings);
    session.play_until(20.26);
    let after = session.snapshot();
    assert_eq!(after.runs.records(), [], "no run ended");
    assert_eq!(after.response.as_ref().unwrap().progress.run, 1);
    assert_eq!(after.n_segments, before.n_segments);
    assert!(after.has_rest);
    // a hop of twenty-nine has changed: nearly the same coherence, at once
    let (old, new) = (before.pair(2, 1).msc, after.pair(0, 1).msc);
    assert!(after.msc_critical[1].is_some());
    assert!((old - new).abs() < 0.1, "{old} {new}");
}

#[test]
fn the_same_stimulus_that_returns_goes_on_and_another_ends_the_run() {
    let mut session = Session::new(setup(info(N_CHANNELS), &with_rest()), 2.0, |_| 1.0);
    session.play_until(12.0);
    session.driven.end_stimulus();
    session.has_joined = false;
    session.play_until(22.0);
    let snapshot = session.snapshot();
    assert_eq!(snapshot.runs.records(), []);
    let before = snapshot.response.as_ref().unwrap().progress;
    assert_eq!(before.run, 1);
    session.driven.end_stimulus();
    let other = efrscope::signal::StreamInfo {
        source_id: "another player".into(),
        ..envelope_info()
    };
    session.driven.join(&other);
    session.play_until(24.0);
    let records = session.snapshot().runs.records();
    assert_eq!((records[0].run, records[0].end), (1, RunEnd::Stimulus));
    assert_eq!(
        session.snapshot().response.as_ref().unwrap().progress.run,
        2
    );
}
