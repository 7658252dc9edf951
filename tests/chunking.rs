//! Live is offline: the same samples give the same bits, however they were cut into chunks, through the threads or without them.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "made_up/stream.rs"]
mod made_up;

use std::sync::Arc;

use crossbeam_channel::bounded;
use efrscope::control::Shared;
use efrscope::metrics::Snapshot;
use efrscope::session::{Pipeline, Sinks, Wishes};
use efrscope::stimulus::{StimulusChoice, StimulusSettings};
use made_up::{MadeUp, analyzer, settings, value};
use proptest::prelude::*;

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
        let measures = p.measures.map_or([-9.0; 3], |m| [m.imcoh, m.ppc, m.wpli2_debiased]);
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
        if analyzer.push(run, n, 100.0 + n as f64 / made_up::RATE_HZ, &values) {
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
    let shared = Arc::new(Shared::default());
    let backend = MadeUp::backend(N_CHANNELS, sent, chunk_lens);
    let wishes = Wishes {
        analysis: settings(),
        stimulus: StimulusSettings {
            choice: StimulusChoice::None,
            ..StimulusSettings::default()
        },
        ..Wishes::default()
    };
    let pipeline = Pipeline::open(&backend, &wishes, 1.0, sinks, &shared).unwrap();
    let all = hops.iter().map(|snapshot| bits(&snapshot)).collect();
    assert!(pipeline.is_over() || hops.is_empty());
    drop(pipeline);
    assert_eq!(
        (shared.status().overrun, shared.status().dropped_updates),
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
