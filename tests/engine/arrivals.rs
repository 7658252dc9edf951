//! Sessions as they arrive: chunks, markers and commands in some order, into an engine.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use efrscope::engine::{Engine, Setup};
use efrscope::metrics::{AnalysisSettings, Snapshot};
use efrscope::signal::{Chunk, Marker};

use crate::drive::Driven;
use crate::synthetic::{RATE_HZ, envelope_info, value};

pub(crate) const N_CHANNELS: usize = 3;

/// Something that arrives.
#[derive(Debug, Clone)]
pub(crate) enum Arrival {
    Eeg(Chunk),
    Stimulus(Chunk),
    Marker(Marker),
    /// The stimulus joins.
    Join,
    /// Other settings: what to do with those there are.
    Change(fn(&mut AnalysisSettings)),
    NewRun,
    Rest,
    Behind(bool),
}

/// Stamps with one-sided jitter of up to 3 ms.
pub(crate) fn stamp_secs(n: u64, salt: usize) -> f64 {
    100.0 + n as f64 / RATE_HZ + 3e-4 * value(n, salt).abs()
}

/// Trials of two seconds of alternating polarity, a second apart, by their true times.
pub(crate) fn markers() -> Vec<Marker> {
    let trials = (0..5).flat_map(|trial| {
        let start_secs = 100.3 + 3.0 * f64::from(trial);
        let sign = if trial % 2 == 0 { '+' } else { '-' };
        let text = format!("start a.wav polarity={sign} trial={trial} item=1");
        [
            Marker::new(start_secs, &text),
            Marker::new(start_secs + 2.0, "stop a.wav"),
        ]
    });
    trials.collect()
}

/// Samples `first..first + len` of the EEG (stream 0) or the stimulus (1).
pub(crate) fn chunk(stream: usize, first: u64, len: u64) -> Chunk {
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

/// How the parts of a session are late.
pub(crate) struct Lateness<'a> {
    /// Of the EEG and of the stimulus, seconds.
    pub(crate) eeg: f64,
    pub(crate) stimulus: f64,
    /// Of the markers, over and over; negative for early.
    pub(crate) markers: &'a [f64],
}

/// Everything of 16 s in the order in which it arrives, in chunks of these lengths.
pub(crate) fn arrivals(
    eeg_lens: &[u64],
    stimulus_lens: &[u64],
    late: &Lateness<'_>,
) -> Vec<(f64, Arrival)> {
    let mut all = Vec::new();
    let n_samples = 200 * 16;
    let streams = [(eeg_lens, late.eeg), (stimulus_lens, late.stimulus)];
    for (stream, (lens, late_secs)) in streams.into_iter().enumerate() {
        let (mut first, mut turn) = (0, 0);
        while first < n_samples {
            let len = lens[turn % lens.len()].min(n_samples - first);
            let chunk = chunk(stream, first, len);
            let sent_secs = chunk.stamps_secs[chunk.n_samples() - 1];
            let arrival = if stream == 0 {
                Arrival::Eeg(chunk)
            } else {
                Arrival::Stimulus(chunk)
            };
            all.push((sent_secs + late_secs, arrival));
            first += len;
            turn += 1;
        }
    }
    for (i, marker) in markers().into_iter().enumerate() {
        let arrives_secs = marker.stamp_secs + late.markers[i % late.markers.len()];
        all.push((arrives_secs, Arrival::Marker(marker)));
    }
    sort(&mut all);
    all
}

pub(crate) fn sort(all: &mut [(f64, Arrival)]) {
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
}

/// Everything arrives at an engine, to the end.
pub(crate) fn drive(driven: &mut Driven, arrivals: &[(f64, Arrival)]) {
    driven.heard.keeps_all = true;
    for (_, arrival) in arrivals {
        match arrival {
            Arrival::Eeg(chunk) => driven.push_eeg(chunk),
            Arrival::Stimulus(chunk) => driven.push_stimulus(chunk),
            Arrival::Marker(marker) => driven.marker(marker),
            Arrival::Join => driven.join(&envelope_info()),
            Arrival::Behind(is_behind) => driven.engine.set_behind(*is_behind),
            Arrival::NewRun => driven.begin_run(),
            Arrival::Rest => driven.begin_rest(2.0),
            Arrival::Change(change) => {
                let mut settings = driven.engine.settings().clone();
                change(&mut settings);
                driven.change(settings);
            }
        }
    }
    driven.finish();
}

/// A session as it comes.
pub(crate) fn live(setup: Setup, arrivals: &[(f64, Arrival)]) -> Driven {
    let mut driven = Driven::new(setup);
    drive(&mut driven, arrivals);
    driven
}

/// The same session by its record: samples and markers as sent, and the events that came out.
pub(crate) fn replayed(setup: Setup, live: &Driven, arrivals: &[(f64, Arrival)]) -> Driven {
    let mut driven = Driven::of(Engine::replay(setup, live.heard.inputs()).unwrap());
    let is_recorded = |arrival: &Arrival| {
        matches!(
            arrival,
            Arrival::Eeg(_) | Arrival::Stimulus(_) | Arrival::Marker(_)
        )
    };
    let recorded: Vec<(f64, Arrival)> = arrivals
        .iter()
        .filter(|(_, arrival)| is_recorded(arrival))
        .cloned()
        .collect();
    drive(&mut driven, &recorded);
    driven
}

/// Every number of every snapshot, bit for bit, as it is serialised.
pub(crate) fn all_bits(driven: &Driven) -> Vec<String> {
    let bits = |snapshot: &Snapshot| serde_json::to_string(snapshot).unwrap();
    driven.heard.all.iter().map(bits).collect()
}

/// The first difference, in short.
pub(crate) fn difference(ones: &[String], others: &[String]) -> Option<String> {
    if ones.len() != others.len() {
        return Some(format!("{} and {} hops", ones.len(), others.len()));
    }
    let mut hops = ones.iter().zip(others).enumerate();
    let (hop, (one, other)) = hops.find(|(_, (one, other))| one != other)?;
    let mut letters = one.bytes().zip(other.bytes());
    let at = letters.position(|(one, other)| one != other).unwrap_or(0);
    let cut = |text: &str| text[at.saturating_sub(60)..(at + 40).min(text.len())].to_owned();
    let (one, other) = (cut(one), cut(other));
    Some(format!("hop {hop}: ...{one}... and ...{other}..."))
}
