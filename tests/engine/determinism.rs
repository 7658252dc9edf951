//! Live is offline, bit for bit: the engine alone, whatever the chunks and the order of arrival, and a replay by the record's events.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use efrscope::engine::{InputEvent, Setup};
use efrscope::metrics::periodic::PeriodicSettings;
use efrscope::metrics::{AnalysisSettings, ResponseSettings, TrialSettings};
use efrscope::signal::{Band, Reference};
use proptest::prelude::*;

use crate::arrivals::{
    Arrival, Lateness, N_CHANNELS, all_bits, arrivals, difference, live, replayed, sort,
};
use crate::drive::setup;
use crate::synthetic::{info, settings};

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

const IN_TIME: Lateness<'static> = Lateness {
    eeg: 0.0,
    stimulus: 0.0,
    markers: &[0.0],
};

/// With the stimulus there from the start.
fn with_stimulus(mut all: Vec<(f64, Arrival)>) -> Vec<(f64, Arrival)> {
    all.insert(0, (f64::NEG_INFINITY, Arrival::Join));
    all
}

fn edit_bands(settings: &mut AnalysisSettings) {
    settings.set_bands(vec![
        Band::new("alpha", 8.0, 12.0).unwrap(),
        Band::new("beta", 15.0, 25.0).unwrap(),
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_chunks_and_any_order_within_the_bound_give_the_same_bits(
        eeg_lens in proptest::collection::vec(1..60_u64, 1..8),
        stimulus_lens in proptest::collection::vec(1..60_u64, 1..8),
        late_secs in 0.0..1.0_f64,
        is_eeg_late: bool,
        marker_late in proptest::collection::vec(-1.4..1.4_f64, 1..6),
        only_trials: bool,
    ) {
        let expected = live(session(only_trials), &with_stimulus(arrivals(&[1], &[1], &IN_TIME)));
        prop_assert!(expected.heard.all.len() > 40);
        let late = Lateness {
            eeg: if is_eeg_late { late_secs } else { 0.0 },
            stimulus: if is_eeg_late { 0.0 } else { late_secs },
            markers: &marker_late,
        };
        let all = with_stimulus(arrivals(&eeg_lens, &stimulus_lens, &late));
        let actual = live(session(only_trials), &all);
        let found = difference(&all_bits(&actual), &all_bits(&expected));
        prop_assert!(found.is_none(), "{}", found.unwrap());
    }

    #[test]
    fn a_replay_by_its_events_gives_the_same_bits_even_of_an_overloaded_session(
        eeg_lens in proptest::collection::vec(1..60_u64, 1..8),
        stimulus_lens in proptest::collection::vec(1..200_u64, 1..8),
        stimulus_secs in 0.0..4.0_f64,
        marker_late in proptest::collection::vec(-2.0..4.0_f64, 1..6),
        commands in proptest::collection::vec((100.0..116.0_f64, 0..5_usize), 0..6),
        joins_secs in 99.0..108.0_f64,
        only_trials: bool,
        replay_lens in proptest::collection::vec(1..60_u64, 1..8),
    ) {
        let late = Lateness { eeg: 0.0, stimulus: stimulus_secs, markers: &marker_late };
        let mut all = arrivals(&eeg_lens, &stimulus_lens, &late);
        all.retain(|(secs, arrival)| *secs > joins_secs || !matches!(arrival, Arrival::Stimulus(_)));
        all.push((joins_secs, Arrival::Join));
        let first_heard = all.iter().find_map(|(_, arrival)| match arrival {
            Arrival::Stimulus(chunk) => Some(chunk.first_index),
            _ => None,
        });
        for (secs, what) in commands {
            let command = match what {
                0 => Arrival::Change(edit_bands),
                1 => Arrival::NewRun,
                2 => Arrival::Rest,
                3 => Arrival::Behind(true),
                _ => Arrival::Behind(false),
            };
            all.push((secs, command));
        }
        sort(&mut all);
        let live = live(session(only_trials), &all);
        // samples by their stamps and cut otherwise, markers in the order in which they were recorded
        let mut recorded = arrivals(&replay_lens, &replay_lens, &IN_TIME);
        recorded.retain(|(_, arrival)| !matches!(arrival, Arrival::Marker(_)));
        for (_, arrival) in &mut recorded {
            if let (Arrival::Stimulus(chunk), Some(first)) = (arrival, first_heard) {
                *chunk = from_sample(chunk, first);
            }
        }
        let of_markers = all.into_iter().filter(|(_, a)| matches!(a, Arrival::Marker(_)));
        recorded.extend(of_markers.map(|(_, arrival)| (f64::NEG_INFINITY, arrival)));
        sort(&mut recorded);
        let replayed = replayed(session(only_trials), &live, &recorded);
        let found = difference(&all_bits(&replayed), &all_bits(&live));
        prop_assert!(found.is_none(), "{}; {:?}", found.unwrap(), live.heard.inputs());
    }
}

/// The samples of `chunk` from index `first` on.
fn from_sample(chunk: &efrscope::signal::Chunk, first: u64) -> efrscope::signal::Chunk {
    let mut rest = efrscope::signal::Chunk::with_capacity(chunk.n_channels, chunk.n_samples());
    rest.run = chunk.run;
    rest.first_index = chunk.first_index.max(first);
    for (offset, (stamp_secs, values)) in chunk.samples().enumerate() {
        if chunk.first_index + offset as u64 >= first {
            rest.push(stamp_secs, stamp_secs, values);
        }
    }
    rest
}

#[test]
fn what_begins_in_the_silence_between_trials_waits_for_the_next() {
    let new_run = Arrival::NewRun;
    let new_montage = Arrival::Change(|settings| settings.reference = Reference::Average);
    for command in [new_run, new_montage] {
        let mut all = with_stimulus(arrivals(&[10], &[10], &IN_TIME));
        // samples of 102.5 s, in the first silence, are analysed when those of 104 s come
        all.push((104.05, command.clone()));
        sort(&mut all);
        let last = live(session(true), &all);
        let periodic = &last.heard.snapshot().periodic[0].channels[0];
        // four trials of four epochs each
        assert_eq!(periodic.n_epochs, 16, "{command:?}");
    }
}

#[test]
fn markers_that_nothing_depends_on_are_never_late() {
    let late = Lateness {
        markers: &[1.0],
        ..IN_TIME
    };
    let setup = setup(info(N_CHANNELS), &settings());
    let heard = live(setup, &with_stimulus(arrivals(&[10], &[10], &late))).heard;
    let is_late = |event: &&InputEvent| matches!(event, InputEvent::LateMarker { .. });
    assert_eq!(heard.inputs().iter().find(is_late), None);
}
