//! Live is offline: the same samples give the same bits, however they were cut into chunks, through the threads or without them.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;

use crossbeam_channel::bounded;
use efrscope::control::StreamCounters;
use efrscope::engine::{Engine, Event, InputEvent};
use efrscope::metrics::{AnalysisSettings, Snapshot};
use efrscope::session::{Events, EveryHop, Pipeline, SessionRequest, Sinks};
use efrscope::signal::Chunk;
use efrscope::stimulus::{StimulusChoice, StimulusSettings};
use proptest::prelude::*;

use crate::drive::{self, Driven};
use crate::synthetic::{self, RATE_HZ, Synthetic, info, settings, value};

const N_CHANNELS: usize = 3;

/// Every number of a snapshot, bit for bit.
fn bits(snapshot: &Snapshot) -> Vec<u64> {
    let numbers = [
        snapshot.stamp_secs,
        snapshot.newest_stamp_secs,
        snapshot.integration_secs,
        snapshot.n_eff,
        snapshot.rejected_share,
    ];
    let counts = [
        snapshot.hop,
        snapshot.n_received,
        snapshot.n_lost,
        snapshot.n_rejected,
        snapshot.n_segments,
    ];
    let bands = snapshot
        .bands
        .iter()
        .flat_map(|b| [b.power_uv2, b.dof, b.snr.map_or(-1.0, |snr| snr.ratio)]);
    let pairs = snapshot.pairs.iter().flat_map(|p| {
        let measures = p
            .measures
            .map_or([-9.0; 3], |m| [m.imcoh, m.ppc, m.wpli2_debiased]);
        [p.msc].into_iter().chain(measures)
    });
    let csd = snapshot.csd_uv2_per_hz.iter().flat_map(|z| [z.re, z.im]);
    let critical = snapshot.msc_critical.iter().map(|c| c.unwrap_or(-1.0));
    numbers
        .into_iter()
        .chain(snapshot.psd_uv2_per_hz.iter().copied())
        .chain(csd)
        .chain(bands)
        .chain(pairs)
        .chain(critical)
        .map(f64::to_bits)
        .chain(counts)
        .collect()
}

/// Hop and number in which two sessions differ first; a missing hop counts.
fn first_difference(a: &[Vec<u64>], b: &[Vec<u64>]) -> Option<(usize, usize)> {
    let hop = a.iter().zip(b).position(|(a, b)| a != b);
    match hop {
        Some(hop) => {
            let place = a[hop].iter().zip(&b[hop]).position(|(a, b)| a != b);
            Some((hop, place.unwrap_or(usize::MAX)))
        }
        None if a.len() == b.len() => None,
        None => Some((a.len().min(b.len()), usize::MAX)),
    }
}

/// Sample by sample, no threads, no ring, no chunks; `events` say which hops a session left out under load.
fn reference(sent: &[u64], events: Vec<InputEvent>) -> Vec<Vec<u64>> {
    let setup = drive::setup(info(N_CHANNELS), &settings());
    let mut driven = Driven::of(Engine::replay(setup, events).unwrap());
    driven.heard.keeps_all = true;
    let mut run = 0;
    for (i, &n) in sent.iter().enumerate() {
        run += u32::from(i > 0 && n != sent[i - 1] + 1);
        let values: Vec<f64> = (0..N_CHANNELS).map(|ch| value(n, ch)).collect();
        driven.eeg(run, n, 100.0 + n as f64 / synthetic::RATE_HZ, &values);
    }
    driven.heard.all.iter().map(bits).collect()
}

/// An engine of which every snapshot is kept.
fn driven() -> Driven {
    let mut driven = Driven::new(drive::setup(info(N_CHANNELS), &settings()));
    driven.heard.keeps_all = true;
    driven
}

/// Through the source, both threads, the ring and the pool.
fn live(sent: Vec<u64>, chunk_lens: Vec<usize>) -> (Vec<Vec<u64>>, Vec<InputEvent>) {
    let (every_hop, hops) = bounded(10_000);
    let (some, events) = bounded(10_000);
    let sinks = Sinks::default()
        .with(EveryHop(every_hop))
        .with(Events(some));
    let counters = Arc::new(StreamCounters::default());
    let backend = Synthetic::backend(N_CHANNELS, sent, chunk_lens);
    let requests = SessionRequest {
        analysis: settings(),
        stimulus: StimulusSettings {
            choice: StimulusChoice::None,
            ..StimulusSettings::default()
        },
        ..SessionRequest::default()
    };
    let pipeline = Pipeline::open(&backend, &requests, 1.0, sinks, &counters).unwrap();
    let all = hops.iter().map(|snapshot| bits(&snapshot)).collect();
    assert!(pipeline.is_over() || hops.is_empty());
    drop(pipeline);
    assert_eq!(
        (counters.status().overrun, counters.status().dropped_updates),
        (0, 0)
    );
    let inputs = events.iter().filter_map(|event| match &*event {
        Event::Input(input) => Some(input.clone()),
        _ => None,
    });
    (all, inputs.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_chunking_gives_the_same_bits(
        chunk_lens in proptest::collection::vec(1..50_usize, 1..12),
        gap_at in 150..1200_u64,
        gap_len in 0..400_u64,
    ) {
        let sent: Vec<u64> = (0..1500).filter(|n| !(gap_at..gap_at + gap_len).contains(n)).collect();
        let (actual, events) = live(sent.clone(), chunk_lens);
        prop_assert!(!actual.is_empty());
        prop_assert_eq!(first_difference(&actual, &reference(&sent, events)), None);
    }
}

/// EEG and stimulus arrive in chunks of these lengths, in turns, neither ever so late that the other stops waiting.
fn with_stimulus(chunk_lens: &[usize]) -> Vec<Vec<u64>> {
    let rate_hz = synthetic::RATE_HZ;
    let mut driven = driven();
    driven.join(&synthetic::envelope_info());
    let stamp = |n: u64, salt: usize| 100.0 + n as f64 / rate_hz + 1e-4 * value(n, salt);
    let chunk = |first_index: u64, len: usize, is_stimulus: bool| {
        let n_channels = if is_stimulus { 1 } else { N_CHANNELS };
        let mut chunk = Chunk::with_capacity(n_channels, len);
        chunk.first_index = first_index;
        for n in first_index..first_index + len as u64 {
            let stamp_secs = stamp(n, if is_stimulus { 8 } else { 7 });
            if is_stimulus {
                chunk.push(stamp_secs, stamp_secs, &[value(n, 0) + value(n, 3)]);
            } else {
                let values: Vec<f64> = (0..N_CHANNELS).map(|ch| value(n, ch)).collect();
                chunk.push(stamp_secs, stamp_secs, &values);
            }
        }
        chunk
    };
    let mut sent = [0_u64; 2];
    for &len in chunk_lens.iter().cycle() {
        if sent[0] >= 2000 {
            break;
        }
        let is_stimulus = sent[1] < sent[0];
        let stream = usize::from(is_stimulus);
        let chunk = chunk(sent[stream], len, is_stimulus);
        if is_stimulus {
            driven.push_stimulus(&chunk);
        } else {
            driven.push_eeg(&chunk);
        }
        sent[stream] += len as u64;
    }
    let of = |snapshot| [bits(snapshot), response_bits(snapshot)].concat();
    driven.heard.all.iter().map(of).collect()
}

/// Every number of EEG against stimulus, bit for bit.
fn response_bits(snapshot: &Snapshot) -> Vec<u64> {
    let response = snapshot.response.as_ref().unwrap();
    let timing = [
        response.timing.drift_ppm,
        response.timing.offset_ms,
        response.timing.residual_ms,
    ];
    let both = response.bands.iter().chain(&response.control);
    let bands = both.flat_map(|band| [band.msc, band.p_value.unwrap_or(-1.0)]);
    let sums = response.detections.iter().map(|detection| detection.sum);
    let numbers = timing.into_iter().chain(bands).chain(sums);
    let numbers = numbers.chain(response.paper.tasr.iter().copied());
    numbers.map(f64::to_bits).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn with_a_stimulus_too_any_chunking_gives_the_same_bits(
        chunk_lens in proptest::collection::vec(1..60_usize, 1..12),
    ) {
        let expected = with_stimulus(&[1]);
        let actual = with_stimulus(&chunk_lens);
        let n = expected.len().min(actual.len());
        prop_assert!(n > 20, "{} hops", n);
        prop_assert_eq!(first_difference(&actual[..n], &expected[..n]), None);
    }
}

#[test]
fn the_gap_is_in_the_numbers() {
    let sent: Vec<u64> = (0..1500).filter(|n| !(700..800).contains(n)).collect();
    let mut driven = driven();
    for &n in &sent {
        let run = u32::from(n >= 800);
        let stamp_secs = n as f64 / synthetic::RATE_HZ;
        driven.eeg(run, n, stamp_secs, &[value(n, 0), value(n, 1), value(n, 2)]);
    }
    for snapshot in &driven.heard.all {
        // no segment touches 700..800
        let start = snapshot.hop * 50;
        assert!(start + 200 <= 700 || start >= 800, "hop {}", snapshot.hop);
    }
    let snapshot = driven.heard.snapshot();
    assert_eq!((snapshot.n_received, snapshot.n_lost), (1400, 100));
    // segments starting at 550, 600, .. 750: five of them
    assert_eq!(snapshot.n_rejected, 5);
}

#[test]
fn the_notch_of_the_traces_goes_on_over_flushes_and_over_what_is_no_number() {
    let settings = AnalysisSettings {
        trace_notch: true,
        mains_hz: 50.0,
        ..settings()
    };
    let mut driven = Driven::new(drive::setup(info(1), &settings));
    driven.engine.want_traces();
    for n in 0..1600_u64 {
        let secs = n as f64 / RATE_HZ;
        let hum = 100.0 * (std::f64::consts::TAU * 50.0 * secs + 0.7).sin();
        driven.eeg(0, n, secs, &[if n == 400 { f64::NAN } else { hum }]);
        if n % 7 == 0 {
            let heard = &mut driven.heard;
            driven.engine.flush_traces(&mut |output| heard.take(output));
        }
    }
    let left = |values: &[f32]| values.iter().fold(0.0_f32, |most, uv| most.max(uv.abs()));
    let (before, after) = (
        &driven.heard.traces[300..400],
        &driven.heard.traces[1400..1500],
    );
    assert!(before.iter().chain(after).all(|uv| uv.is_finite()));
    assert!(
        left(before) < 5.0 && left(after) < 5.0,
        "{} {}",
        left(before),
        left(after)
    );
}
