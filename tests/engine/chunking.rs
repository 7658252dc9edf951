//! Live is offline: the same samples give the same bits, however they were cut into chunks, through the threads or without them.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::VecDeque;
use std::sync::Arc;

use crossbeam_channel::bounded;
use efrscope::align::{Aligner, Next, StimulusTrack, next_of};
use efrscope::control::StreamCounters;
use efrscope::metrics::Snapshot;
use efrscope::session::{Pipeline, SessionRequest, Sinks};
use efrscope::stimulus::{EnvelopeExtractor, Recipe, StimulusChoice, StimulusSettings};
use proptest::prelude::*;

use crate::synthetic::{self, Synthetic, analyzer, settings, value};

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

/// Sample by sample, no threads, no ring, no chunks.
fn reference(sent: &[u64]) -> Vec<Vec<u64>> {
    let mut analyzer = analyzer(N_CHANNELS, &settings());
    let mut snapshot = Snapshot::new(Arc::clone(analyzer.plan()));
    let mut run = 0;
    let mut all = Vec::new();
    for (i, &n) in sent.iter().enumerate() {
        run += u32::from(i > 0 && n != sent[i - 1] + 1);
        let values: Vec<f64> = (0..N_CHANNELS).map(|ch| value(n, ch)).collect();
        if analyzer.push(run, n, 100.0 + n as f64 / synthetic::RATE_HZ, &values) {
            analyzer.average();
            analyzer.write(&mut snapshot);
            all.push(bits(&snapshot));
        }
    }
    all
}

/// Through the source, both threads, the ring and the pool.
fn live(sent: Vec<u64>, chunk_lens: Vec<usize>) -> Vec<Vec<u64>> {
    let (every_hop, hops) = bounded(10_000);
    let sinks = Sinks {
        every_hop: Some(every_hop),
        ..Sinks::default()
    };
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
    all
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
        let expected = reference(&sent);
        prop_assert!(!expected.is_empty());
        prop_assert_eq!(live(sent, chunk_lens), expected);
    }
}

/// EEG and stimulus arrive in chunks of these lengths, in turns, neither ever so late that the other stops waiting.
fn with_stimulus(chunk_lens: &[usize]) -> Vec<Vec<u64>> {
    let rate_hz = synthetic::RATE_HZ;
    let extractor = EnvelopeExtractor::new(Recipe::AsIs, rate_hz).unwrap();
    let track = StimulusTrack::new(extractor, rate_hz, rate_hz, 0.0);
    let mut aligner = Aligner::new(rate_hz, N_CHANNELS, track, rate_hz);
    let mut analyzer = synthetic::analyzer_with_stimulus(N_CHANNELS, &settings());
    let mut snapshot = analyzer.snapshot();
    let stamp = |n: u64, salt: usize| 100.0 + n as f64 / rate_hz + 1e-4 * value(n, salt);
    let mut waiting = [VecDeque::new(), VecDeque::new()];
    let (mut sent, mut turn) = ([0_u64; 2], 0);
    let mut all = Vec::new();
    while sent[0] < 2000 {
        let stream = usize::from(sent[1] < sent[0]);
        for _ in 0..chunk_lens[turn % chunk_lens.len()] {
            waiting[stream].push_back(sent[stream]);
            sent[stream] += 1;
        }
        turn += 1;
        loop {
            let [eeg, stimulus] = &waiting;
            let stamps = (
                eeg.front().map(|&n| stamp(n, 7)),
                stimulus.front().map(|&n| stamp(n, 8)),
            );
            let secs = [eeg.len(), stimulus.len()].map(|len| len as f64 / rate_hz);
            match next_of(stamps.0, stamps.1, secs[0], secs[1]) {
                Next::Wait => break,
                Next::Stimulus => {
                    let n = waiting[1].pop_front().unwrap();
                    aligner.push_stimulus(0, n, stamp(n, 8), value(n, 0) + value(n, 3));
                }
                Next::Eeg => {
                    let n = waiting[0].pop_front().unwrap();
                    let values: Vec<f64> = (0..N_CHANNELS).map(|ch| value(n, ch)).collect();
                    aligner.push_eeg(0, n, stamp(n, 7), &values);
                }
            }
            while let Some(a) = aligner.next() {
                if analyzer.push_with(a.run, a.index, a.stamp_secs, a.values, a.stimulus) {
                    analyzer.average();
                    analyzer.set_timing(aligner.timing());
                    analyzer.write(&mut snapshot);
                    let mut numbers = bits(&snapshot);
                    numbers.extend(response_bits(&snapshot));
                    all.push(numbers);
                }
            }
        }
    }
    all
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
        prop_assert_eq!(&actual[..n], &expected[..n]);
    }
}

#[test]
fn the_gap_is_in_the_numbers() {
    let sent: Vec<u64> = (0..1500).filter(|n| !(700..800).contains(n)).collect();
    let mut analyzer = analyzer(N_CHANNELS, &settings());
    let mut snapshot = Snapshot::new(Arc::clone(analyzer.plan()));
    for &n in &sent {
        let run = u32::from(n >= 800);
        if analyzer.push(run, n, n as f64, &[value(n, 0), value(n, 1), value(n, 2)]) {
            analyzer.average();
            analyzer.write(&mut snapshot);
            // no segment touches 700..800
            let start = snapshot.hop * 50;
            assert!(start + 200 <= 700 || start >= 800, "hop {}", snapshot.hop);
        }
    }
    assert_eq!((snapshot.n_received, snapshot.n_lost), (1400, 100));
    // segments starting at 550, 600, .. 750: five of them
    assert_eq!(snapshot.n_rejected, 5);
}
