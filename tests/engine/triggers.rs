//! Trigger channels: markers out of the EEG stream itself, exact to the sample.

#![allow(clippy::float_cmp, reason = "stamps are handed through")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use efrscope::engine::{Engine, Setup};
use efrscope::metrics::periodic::PeriodicSettings;
use efrscope::metrics::{AnalysisSettings, MarkerChoice, TrialSettings, TriggerEdge};
use efrscope::signal::{ChannelKind, Chunk, Marker, MarkerValue, StreamInfo};
use proptest::prelude::*;

use crate::arrivals::{all_bits, difference};
use crate::drive::{self, Driven};
use crate::synthetic::{RATE_HZ, envelope_info, info, settings, value};

const N_EEG: usize = 3;
const N_SAMPLES: u64 = 200 * 16;
/// What the upper bits of an amplifier's status say all the time.
const STATUS: u32 = 0x28_0000;

/// Three EEG channels and a trigger line that states neither type nor unit.
fn stream() -> StreamInfo {
    let mut info = info(N_EEG + 1);
    let line = &mut info.channels[N_EEG];
    "Status".clone_into(&mut line.label);
    line.unit.clear();
    line.uv_per_unit = None;
    info
}

fn session(choice: MarkerChoice, edge: TriggerEdge) -> Setup {
    let analysis = AnalysisSettings {
        periodic: vec![PeriodicSettings {
            epoch_secs: 0.5,
            ..PeriodicSettings::default()
        }],
        ..settings()
    };
    Setup {
        trials: TrialSettings {
            choice,
            edge,
            start: "1".to_owned(),
            stop: "2".to_owned(),
            only_trials: true,
            ..TrialSettings::default()
        },
        ..drive::setup(stream(), &analysis)
    }
}

fn triggered(edge: TriggerEdge) -> Setup {
    session(MarkerChoice::Channel("status".to_owned()), edge)
}

/// Trials of two seconds, a second apart: 1 begins one, 2 ends it, 10 means something else; each stands for five samples or for one.
fn code(n: u64) -> u32 {
    let len = if n < N_SAMPLES / 2 { 5 } else { 1 };
    match n.checked_sub(61).map(|n| n % 600) {
        Some(n) if n < len => 1,
        Some(n) if (200..200 + len).contains(&n) => 10,
        Some(n) if (400..400 + len).contains(&n) => 2,
        _ => 0,
    }
}

/// The line jumps by 65536 now and then.
fn line(n: u64) -> f64 {
    let jump = u32::from((n / 333).is_multiple_of(2)) << 16;
    f64::from(STATUS | jump | code(n))
}

fn stamp_secs(n: u64) -> f64 {
    100.0 + n as f64 / RATE_HZ
}

/// Samples of these lengths over and over, without those that are missing.
fn chunks(lens: &[u64], missing: std::ops::Range<u64>) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let (mut left, mut turn) = (0, 0);
    for n in (0..N_SAMPLES).filter(|n| !missing.contains(n)) {
        if left == 0 || n == missing.end {
            left = lens[turn % lens.len()];
            turn += 1;
            let mut chunk = Chunk::with_capacity(N_EEG + 1, 1);
            chunk.first_index = n;
            chunks.push(chunk);
        }
        left -= 1;
        let mut values: Vec<f64> = (0..N_EEG).map(|ch| value(n, ch)).collect();
        values.push(line(n));
        let chunk = chunks.last_mut().unwrap();
        chunk.push(stamp_secs(n), stamp_secs(n), &values);
    }
    chunks
}

fn driven(engine: Engine, chunks: &[Chunk]) -> Driven {
    let mut driven = Driven::of(engine);
    driven.heard.keeps_all = true;
    for chunk in chunks {
        driven.push_eeg(chunk);
    }
    driven.finish();
    driven
}

fn live(setup: Setup, chunks: &[Chunk]) -> Driven {
    driven(Engine::new(setup).unwrap(), chunks)
}

/// Sample and text of each marker.
fn marked(driven: &Driven) -> Vec<(u64, String)> {
    let markers = driven.heard.markers.iter();
    let at = |marker: &Marker| (0..N_SAMPLES).find(|&n| stamp_secs(n) == marker.stamp_secs);
    markers.map(|m| (at(m).unwrap(), m.text.clone())).collect()
}

#[test]
fn a_marker_stands_at_the_sample_at_which_its_code_begins() {
    let driven = live(triggered(TriggerEdge::Rising), &chunks(&[10], 0..0));
    let begins = |n: &u64| code(*n) != 0 && code(n - 1) != code(*n);
    let expected: Vec<(u64, String)> = (1..N_SAMPLES)
        .filter(begins)
        .map(|n| (n, code(n).to_string()))
        .collect();
    assert_eq!(expected.len(), 16);
    assert_eq!(marked(&driven), expected);
    let first = &driven.heard.markers[0];
    assert_eq!(first.fields, [MarkerValue::Integer(1)]);
    assert_eq!(&*first.stream, "Synthetic: Status");
    assert_eq!(first.stamp_secs.to_bits(), stamp_secs(61).to_bits());
    // the line is no EEG, and nobody is warned of its unit
    let plan = &driven.heard.snapshot().plan;
    assert_eq!(plan.montage.len(), N_EEG);
    assert!(
        plan.warnings
            .iter()
            .all(|warning| !warning.contains("Status"))
    );
}

#[test]
fn trials_are_those_that_markers_of_a_stream_with_the_same_stamps_make() {
    let chunks = chunks(&[7], 0..0);
    let by_line = live(triggered(TriggerEdge::Rising), &chunks);
    let mut setup = session(MarkerChoice::All, TriggerEdge::Rising);
    setup.info.channels[N_EEG].kind = ChannelKind::Other;
    let mut by_stream = Driven::new(setup);
    by_stream.heard.keeps_all = true;
    for marker in &by_line.heard.markers {
        by_stream.marker(marker);
    }
    for chunk in &chunks {
        by_stream.push_eeg(chunk);
    }
    by_stream.finish();
    let found = difference(&all_bits(&by_line), &all_bits(&by_stream));
    assert!(found.is_none(), "{}", found.unwrap());
    // five trials of four epochs, and a sixth of one and a half seconds
    let epochs = by_line.heard.snapshot().periodic[0].channels[0].n_epochs;
    assert!((20..=23).contains(&epochs), "{epochs}");
}

#[test]
fn nothing_waits_for_the_triggers_of_the_stream_itself() {
    let mut driven = Driven::new(triggered(TriggerEdge::Rising));
    for chunk in chunks(&[1], 0..0) {
        driven.push_eeg(&chunk);
        // the sample that may begin a code waits for the next
        assert!(driven.engine.n_waiting() <= 1);
    }
}

#[test]
fn a_change_in_a_gap_has_no_time_and_makes_no_marker_but_where_changes_are_asked_for() {
    // trial begins at 661: the line goes up while samples are missing
    let chunks = chunks(&[10], 655..663);
    let in_doubt = |edge| {
        let markers = marked(&live(triggered(edge), &chunks)).into_iter();
        let near: Vec<(u64, String)> = markers.filter(|(n, _)| (650..680).contains(n)).collect();
        near
    };
    let at = |n: u64, text: &str| (n, text.to_owned());
    assert_eq!(in_doubt(TriggerEdge::Rising), []);
    assert_eq!(in_doubt(TriggerEdge::Falling), [at(666, "1")]);
    assert_eq!(in_doubt(TriggerEdge::Change), [at(663, "1"), at(666, "0")]);
}

#[test]
fn a_wrong_label_is_refused_with_the_channels_there_are() {
    let setup = session(
        MarkerChoice::Channel("Trigger".to_owned()),
        TriggerEdge::Rising,
    );
    let error = Engine::new(setup).err().unwrap().to_string();
    assert_eq!(
        error,
        "markers.select: no channel \"Trigger\" in the stream; it has E1, E2, E3, Status"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_chunks_give_the_same_markers_and_the_same_bits_beside_a_stimulus_or_without_and_by_a_replay(
        lens in proptest::collection::vec(1..80_u64, 1..8),
        first_missing in 1..N_SAMPLES - 50,
        n_missing in 0..40_u64,
        edge in prop_oneof![Just(TriggerEdge::Rising), Just(TriggerEdge::Falling), Just(TriggerEdge::Change)],
        with_stimulus: bool,
    ) {
        let missing = first_missing..first_missing + n_missing;
        let run = |lens: &[u64], events| {
            let setup = triggered(edge);
            let engine = match events {
                None => Engine::new(setup),
                Some(events) => Engine::replay(setup, events),
            };
            let mut driven = Driven::of(engine.unwrap());
            driven.heard.keeps_all = true;
            if with_stimulus {
                driven.join(&envelope_info());
            }
            for chunk in chunks(lens, missing.clone()) {
                driven.push_eeg(&chunk);
                let first = chunk.first_index;
                // what the first channel shows, a moment later
                for n in (first..first + chunk.n_samples() as u64).filter(|_| with_stimulus) {
                    driven.stimulus(0, n, stamp_secs(n), value(n, 0));
                }
            }
            driven.finish();
            driven
        };
        let expected = run(&[1], None);
        let actual = run(&lens, None);
        prop_assert_eq!(&expected.heard.markers, &actual.heard.markers);
        let found = difference(&all_bits(&actual), &all_bits(&expected));
        prop_assert!(found.is_none(), "{}", found.unwrap());
        if !with_stimulus {
            let replayed = run(&[13], Some(actual.heard.inputs()));
            prop_assert_eq!(&expected.heard.markers, &replayed.heard.markers);
            let found = difference(&all_bits(&replayed), &all_bits(&expected));
            prop_assert!(found.is_none(), "{}", found.unwrap());
        }
    }
}
