//! Live is offline, bit for bit: the engine alone, whatever the chunks and the order of arrival, the threads, and a replay by the record's events.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use efrscope::engine::{Engine, InputEvent, Setup};
use efrscope::metrics::periodic::PeriodicSettings;
use efrscope::metrics::{AnalysisSettings, ResponseSettings, Snapshot, TrialSettings};
use efrscope::signal::{Band, Chunk, Marker};
use proptest::prelude::*;

use crate::drive::{Driven, setup};
use crate::synthetic::{RATE_HZ, envelope_info, info, settings, value};

const N_CHANNELS: usize = 3;

/// Something that arrives.
#[derive(Debug, Clone)]
enum Arrival {
    Eeg(Chunk),
    Stimulus(Chunk),
    Marker(Marker),
    Bands,
    NewRun,
    Rest,
    Behind(bool),
}

/// Stamps with 3 ms of one-sided jitter.
fn stamp_secs(n: u64, salt: usize) -> f64 {
    100.0 + n as f64 / RATE_HZ + 3e-4 * value(n, salt).abs()
}

fn analysis() -> AnalysisSettings {
    AnalysisSettings {
        response: ResponseSettings {
            block_secs: 4.0,
            control_shift_secs: 5.0,
            bands: vec!["alpha".into()],
            ..ResponseSettings::default()
        },
        periodic: vec![PeriodicSettings {
            epoch_secs: 0.5,
            ..PeriodicSettings::default()
        }],
        ..settings()
    }
}

fn session(only_trials: bool) -> Setup {
    Setup {
        trials: TrialSettings {
            only_trials,
            ..TrialSettings::default()
        },
        ..setup(info(N_CHANNELS), &analysis())
    }
}

/// Trials of two seconds of alternating polarity, a second apart, by their true times.
fn markers() -> Vec<Marker> {
    let trials = (0..5).flat_map(|trial| {
        let start_secs = 100.3 + 3.0 * f64::from(trial);
        let sign = if trial % 2 == 0 { '+' } else { '-' };
        [
            Marker::new(
                start_secs,
                &format!("start a.wav polarity={sign} trial={trial} item=1"),
            ),
            Marker::new(start_secs + 2.0, "stop a.wav"),
        ]
    });
    trials.collect()
}

fn chunk(stream: usize, first: u64, len: u64) -> Chunk {
    let n_channels = if stream == 0 { N_CHANNELS } else { 1 };
    let mut chunk = Chunk::with_capacity(n_channels, usize::try_from(len).unwrap());
    chunk.first_index = first;
    for n in first..first + len {
        let secs = stamp_secs(n, 7 + stream);
        if stream == 0 {
            let values: Vec<f64> = (0..N_CHANNELS).map(|ch| value(n, ch)).collect();
            chunk.push(secs, secs, &values);
        } else {
            chunk.push(secs, secs, &[value(n, 0) + value(n, 3)]);
        }
    }
    chunk
}

/// Everything of a session in the order in which it arrives: chunks of these lengths, each stream and each marker late by so much, commands at these
/// times.
fn arrivals(
    eeg_lens: &[u64],
    stimulus_lens: &[u64],
    late_secs: [f64; 2],
    marker_late: &[f64],
) -> Vec<(f64, Arrival)> {
    let mut all = Vec::new();
    let n_samples = 200 * 16;
    for (stream, lens) in [eeg_lens, stimulus_lens].into_iter().enumerate() {
        let (mut first, mut turn) = (0, 0);
        while first < n_samples {
            let len = lens[turn % lens.len()].min(n_samples - first);
            let chunk = chunk(stream, first, len);
            let sent_secs = chunk.stamps_secs[chunk.n_samples() - 1];
            let arrival = if stream == 0 {
                Arrival::Eeg
            } else {
                Arrival::Stimulus
            }(chunk);
            all.push((sent_secs + late_secs[stream], arrival));
            first += len;
            turn += 1;
        }
    }
    for (i, marker) in markers().into_iter().enumerate() {
        let arrives_secs = marker.stamp_secs + marker_late[i % marker_late.len()];
        all.push((arrives_secs, Arrival::Marker(marker)));
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

/// Every number of a snapshot, bit for bit, as it is serialised.
fn bits(snapshot: &Snapshot) -> String {
    // whatever a sink could write is in it; markers that came late are not part of what was computed
    serde_json::to_string(snapshot).unwrap()
}

fn drive(engine: Engine, arrivals: &[(f64, Arrival)]) -> Driven {
    let mut driven = Driven::of(engine);
    driven.heard.keeps_all = true;
    for (_, arrival) in arrivals {
        match arrival {
            Arrival::Eeg(chunk) => driven.push_eeg(chunk),
            Arrival::Stimulus(chunk) => driven.push_stimulus(chunk),
            Arrival::Marker(marker) => driven.marker(marker),
            Arrival::Behind(is_behind) => driven.engine.set_behind(*is_behind),
            Arrival::NewRun => driven.begin_run(),
            Arrival::Rest => driven.begin_rest(2.0),
            Arrival::Bands => {
                let mut settings = driven.engine.settings().clone();
                settings.set_bands(vec![
                    Band::new("alpha", 8.0, 12.0).unwrap(),
                    Band::new("beta", 15.0, 25.0).unwrap(),
                ]);
                driven.change(settings);
            }
        }
    }
    driven.finish();
    driven
}

fn live(setup: Setup, arrivals: &[(f64, Arrival)]) -> Driven {
    let mut driven = Driven::with_stimulus(setup, &envelope_info());
    let joined = std::mem::take(&mut driven.heard.events);
    let mut driven = drive(driven.engine, arrivals);
    driven.heard.events.splice(0..0, joined);
    driven
}

fn all_bits(driven: &Driven) -> Vec<String> {
    driven.heard.all.iter().map(bits).collect()
}

/// The first difference, in short.
fn difference(a: &[String], b: &[String]) -> Option<String> {
    if a.len() != b.len() {
        return Some(format!("{} and {} hops", a.len(), b.len()));
    }
    let (i, (x, y)) = a.iter().zip(b).enumerate().find(|(_, (x, y))| x != y)?;
    let at = x
        .bytes()
        .zip(y.bytes())
        .position(|(x, y)| x != y)
        .unwrap_or(0);
    let cut = |text: &str| text[at.saturating_sub(60)..(at + 40).min(text.len())].to_owned();
    Some(format!("hop {i}: ...{}... and ...{}...", cut(x), cut(y)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_chunks_and_any_order_within_the_bound_give_the_same_bits(
        eeg_lens in proptest::collection::vec(1..60_u64, 1..8),
        stimulus_lens in proptest::collection::vec(1..60_u64, 1..8),
        late_secs in 0.0..1.0_f64,
        is_eeg_late: bool,
        marker_late in proptest::collection::vec(-1.4..1.4_f64, 1..6),
        only_trials: bool,
    ) {
        let expected = live(session(only_trials), &arrivals(&[1], &[1], [0.0, 0.0], &[0.0]));
        prop_assert!(expected.heard.all.len() > 40);
        let late = if is_eeg_late { [late_secs, 0.0] } else { [0.0, late_secs] };
        let actual = live(session(only_trials), &arrivals(&eeg_lens, &stimulus_lens, late, &marker_late));
        let found = difference(&all_bits(&actual), &all_bits(&expected));
        prop_assert!(found.is_none(), "{}", found.unwrap());
    }

    #[test]
    fn a_replay_by_its_events_gives_the_same_bits_even_of_an_overloaded_session(
        eeg_lens in proptest::collection::vec(1..60_u64, 1..8),
        stimulus_lens in proptest::collection::vec(1..200_u64, 1..8),
        stimulus_late in 0.0..4.0_f64,
        marker_late in proptest::collection::vec(-2.0..4.0_f64, 1..6),
        commands in proptest::collection::vec((100.0..116.0_f64, 0..5_usize), 0..6),
        only_trials: bool,
        replay_lens in proptest::collection::vec(1..60_u64, 1..8),
    ) {
        let mut all = arrivals(&eeg_lens, &stimulus_lens, [0.0, stimulus_late], &marker_late);
        for (secs, what) in commands {
            let command = match what {
                0 => Arrival::Bands,
                1 => Arrival::NewRun,
                2 => Arrival::Rest,
                3 => Arrival::Behind(true),
                _ => Arrival::Behind(false),
            };
            all.push((secs, command));
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let live = live(session(only_trials), &all);
        let inputs: Vec<InputEvent> = live.heard.inputs();
        let engine = Engine::replay(session(only_trials), inputs.clone()).unwrap();
        // the markers in the order in which they were recorded, everything else by its stamps and cut otherwise
        let mut recorded: Vec<(f64, Arrival)> = arrivals(&replay_lens, &replay_lens, [0.0, 0.0], &[0.0])
            .into_iter()
            .filter(|(_, arrival)| !matches!(arrival, Arrival::Marker(_)))
            .collect();
        let of_markers = all.into_iter().filter(|(_, a)| matches!(a, Arrival::Marker(_)));
        recorded.extend(of_markers.map(|(_, arrival)| (f64::NEG_INFINITY, arrival)));
        recorded.sort_by(|a, b| a.0.total_cmp(&b.0));
        let replayed = drive(engine, &recorded);
        let found = difference(&all_bits(&replayed), &all_bits(&live));
        prop_assert!(found.is_none(), "{}; {:?}", found.unwrap(), inputs);
    }
}
