//! Every two features at once: what was never tried together is not done.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::too_many_lines, reason = "a test reads as one story")]

use std::collections::BTreeSet;

use efrscope::engine::{Event, Setup};
use efrscope::metrics::periodic::PeriodicSettings;
use efrscope::metrics::{AnalysisSettings, ResponseSettings, TrialSettings};
use efrscope::signal::{Band, Chunk, Reference};

use crate::arrivals::{
    Arrival, Lateness, N_CHANNELS, all_bits, arrivals, difference, live, replayed, sort,
};
use crate::drive::{Driven, setup};
use crate::synthetic::{info, settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Feature {
    Rest,
    StimulusJoins,
    ReferenceChange,
    Laplacian,
    Trials,
    Polarity,
    Periodic,
    BandEdit,
    Reconnect,
    Overload,
    NoNumbers,
    LateStimulus,
    SetAside,
}

use Feature::{
    BandEdit, Laplacian, LateStimulus, NoNumbers, Overload, Periodic, Polarity, Reconnect,
    ReferenceChange, Rest, SetAside, StimulusJoins, Trials,
};

const ALL: [Feature; 13] = [
    Rest,
    StimulusJoins,
    ReferenceChange,
    Laplacian,
    Trials,
    Polarity,
    Periodic,
    BandEdit,
    Reconnect,
    Overload,
    NoNumbers,
    LateStimulus,
    SetAside,
];

/// Samples that the reconnect loses, from sample 1400 on.
const LOST: std::ops::Range<u64> = 1400..1500;
/// Samples in which one channel sends no numbers.
const SILENT: std::ops::Range<u64> = 2000..2100;
/// Samples in which another one sends none for so long that it is set aside; it is back before the end.
const DEAD: std::ops::Range<u64> = 0..1000;

fn session(features: &BTreeSet<Feature>) -> Setup {
    let has = |feature| features.contains(&feature);
    let mut info = info(N_CHANNELS);
    for (channel, label) in info.channels.iter_mut().zip(["Cz", "C3", "Pz"]) {
        channel.label = label.into();
    }
    let analysis = AnalysisSettings {
        rest_secs: has(Rest).then_some(3.0),
        reference: if has(Laplacian) {
            Reference::Laplacian
        } else {
            Reference::None
        },
        periodic: if has(Periodic) || has(Polarity) {
            vec![PeriodicSettings {
                epoch_secs: 0.5,
                ..PeriodicSettings::default()
            }]
        } else {
            Vec::new()
        },
        response: ResponseSettings {
            block_secs: 4.0,
            control_shift_secs: 5.0,
            ..ResponseSettings::default()
        },
        ..settings()
    };
    Setup {
        trials: TrialSettings {
            only_trials: has(Trials),
            ..TrialSettings::default()
        },
        ..setup(info, &analysis)
    }
}

fn edit_bands(settings: &mut AnalysisSettings) {
    settings.set_bands(vec![
        Band::new("alpha", 8.0, 11.0).unwrap(),
        Band::new("low gamma", 30.0, 40.0).unwrap(),
    ]);
}

fn change_reference(settings: &mut AnalysisSettings) {
    settings.reference = Reference::Average;
}

/// The chunk as it comes when the connection breaks and values are no numbers.
fn spoilt(chunk: &Chunk, features: &BTreeSet<Feature>) -> Chunk {
    let mut kept = Chunk::with_capacity(chunk.n_channels, chunk.n_samples());
    let mut first = None;
    for (offset, (stamp_secs, values)) in chunk.samples().enumerate() {
        let index = chunk.first_index + offset as u64;
        if features.contains(&Reconnect) && LOST.contains(&index) {
            continue;
        }
        first.get_or_insert(index);
        let mut values = values.to_vec();
        if features.contains(&NoNumbers) && SILENT.contains(&index) {
            values[1] = f64::NAN;
        }
        if features.contains(&SetAside) && DEAD.contains(&index) {
            values[2] = f64::NAN;
        }
        kept.push(stamp_secs, stamp_secs, &values);
    }
    kept.first_index = first.unwrap_or(chunk.first_index);
    kept.run = u32::from(features.contains(&Reconnect) && kept.first_index >= LOST.end);
    kept
}

fn arriving(features: &BTreeSet<Feature>) -> Vec<(f64, Arrival)> {
    let has = |feature| features.contains(&feature);
    let late = Lateness {
        eeg: 0.0,
        stimulus: if has(LateStimulus) { 2.5 } else { 0.02 },
        markers: &[0.0, 1.2, -0.7, 0.4],
    };
    // chunks of 20: none spans the place where the connection breaks
    let mut all = arrivals(&[20], &[13, 40], &late);
    let joins_secs = if has(StimulusJoins) { 105.0 } else { 99.0 };
    all.retain(|(secs, arrival)| *secs > joins_secs || !matches!(arrival, Arrival::Stimulus(_)));
    all.push((joins_secs, Arrival::Join));
    if !has(Trials) && !has(Polarity) {
        all.retain(|(_, arrival)| !matches!(arrival, Arrival::Marker(_)));
    }
    for (_, arrival) in &mut all {
        if let Arrival::Eeg(chunk) = arrival {
            *chunk = spoilt(chunk, features);
        }
    }
    all.retain(|(_, arrival)| !matches!(arrival, Arrival::Eeg(chunk) if chunk.is_empty()));
    if has(ReferenceChange) {
        all.push((108.0, Arrival::Change(change_reference)));
    }
    if has(BandEdit) {
        all.push((109.0, Arrival::Change(edit_bands)));
    }
    if has(Overload) {
        all.push((106.0, Arrival::Behind(true)));
        all.push((109.5, Arrival::Behind(false)));
    }
    sort(&mut all);
    all
}

/// What must hold whatever meets.
fn check(driven: &Driven, features: &BTreeSet<Feature>) {
    let has = |feature| features.contains(&feature);
    let all = &driven.heard.all;
    assert!(all.len() > 15, "{features:?}: {} hops", all.len());
    for two in all.windows(2) {
        let [before, after] = two else { continue };
        assert!(after.hop > before.hop, "{features:?}: hops ascend");
        assert!(after.n_received > before.n_received, "{features:?}");
        assert!(after.n_rejected >= before.n_rejected, "{features:?}");
        assert!(
            after.n_skipped_hops >= before.n_skipped_hops,
            "{features:?}"
        );
        assert!(after.rejections.n_checked >= before.rejections.n_checked);
        assert!(
            (0.0..=1.0).contains(&after.rejected_share),
            "{features:?}: {}",
            after.rejected_share
        );
        assert!(after.runs.records().len() >= before.runs.records().len());
    }
    let last = &all[all.len() - 1];
    assert!(
        last.psd_uv2_per_hz.iter().all(|psd| psd.is_finite()),
        "{features:?}"
    );
    assert!(last.n_segments > 0, "{features:?}");
    let n_lost = if has(Reconnect) {
        LOST.end - LOST.start
    } else {
        0
    };
    assert_eq!(last.n_lost, n_lost, "{features:?}");
    assert_eq!(last.n_skipped_hops > 0, has(Overload), "{features:?}");
    // a value that is no number costs its own channel alone, but where all are referred to it
    let is_referred = has(Laplacian) || (has(ReferenceChange) && has(NoNumbers));
    let spoils_all = is_referred && (has(NoNumbers) || has(SetAside));
    assert_eq!(
        last.n_rejected > 0,
        has(Reconnect) || spoils_all,
        "{features:?}"
    );
    let has_no_numbers = |ch: usize| last.electrodes[ch].n_no_number > 0;
    assert_eq!(
        [1, 2].map(has_no_numbers),
        [has(NoNumbers), has(SetAside)],
        "{features:?}"
    );
    let n_electrode_events = driven.heard.events.iter();
    let n_electrode_events = n_electrode_events.filter(|e| matches!(e, Event::Electrode { .. }));
    assert_eq!(
        n_electrode_events.count(),
        if has(SetAside) { 2 } else { 0 },
        "{features:?}"
    );
    let rest_ended = driven
        .heard
        .events
        .iter()
        .any(|e| matches!(e, Event::RestEnded));
    // another reference is another signal
    assert_eq!(
        rest_ended,
        has(Rest) && has(ReferenceChange),
        "{features:?}"
    );
    assert_eq!(
        last.has_rest,
        has(Rest) && !has(ReferenceChange),
        "{features:?}"
    );
    // set aside and back: under a reference that it is part of each begins everything anew
    let n_renewed = match () {
        () if !has(SetAside) => 0,
        () if has(Laplacian) => 2,
        () => usize::from(has(ReferenceChange)),
    };
    let n_ended = usize::from(has(ReferenceChange)) + usize::from(has(BandEdit)) + n_renewed;
    assert_eq!(
        last.runs.records().len(),
        n_ended,
        "{features:?}: {:?}",
        last.runs
    );
    let response = last.response.as_ref().unwrap();
    assert_eq!(response.progress.run as usize, n_ended + 1, "{features:?}");
    if !has(LateStimulus) && !has(ReferenceChange) {
        assert!(response.n_segments > 0, "{features:?}");
    }
    for stimulus in &last.periodic {
        let n_epochs = stimulus.channels[0].n_epochs;
        assert!(
            n_epochs > 0 || has(ReferenceChange),
            "{features:?}: {n_epochs} epochs"
        );
    }
}

#[test]
fn every_two_features_meet_and_their_record_repeats_them() {
    for (i, &one) in ALL.iter().enumerate() {
        for &other in &ALL[i..] {
            let features = BTreeSet::from([one, other]);
            let all = arriving(&features);
            let live = live(session(&features), &all);
            check(&live, &features);
            let again = replayed(session(&features), &live, &all);
            let found = difference(&all_bits(&again), &all_bits(&live));
            assert!(found.is_none(), "{features:?}: {}", found.unwrap());
        }
    }
}
