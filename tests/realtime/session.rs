//! The hot path allocates nothing once it is warm: counted, not promised.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;

use efrscope::align::{Aligner, StimulusTrack};
use efrscope::control::{Latest, Pool};
use efrscope::dsp::surrogate::SegmentStore;
use efrscope::metrics::periodic::PeriodicSettings;
use efrscope::metrics::{AnalysisSettings, ResponseSettings, Snapshot};
use efrscope::publish::player::{DeviceCounts, DeviceFeed, Order, Program, Silences, Stimulus};
use efrscope::ring;
use efrscope::signal::Chunk;
use efrscope::source::Timeline;
use efrscope::stimulus::{EnvelopeExtractor, Recipe};

use crate::counting::ALLOCATIONS;
use crate::synthetic::{RATE_HZ, analyzer, analyzer_with_stimulus, settings, value};

const N_CHANNELS: usize = 8;
const CHUNK_LEN: usize = 10;
const AUDIO_HZ: f64 = 8000.0;

#[test]
fn from_the_stamp_to_the_published_snapshot_nothing_is_allocated() {
    let mut timeline = Timeline::new(RATE_HZ);
    let (mut writer, mut reader) = ring::ring(N_CHANNELS, 1000);
    let mut chunk = Chunk::with_capacity(N_CHANNELS, CHUNK_LEN);
    let mut analyzer = analyzer(N_CHANNELS, &settings());
    let plan = Arc::clone(analyzer.plan());
    let mut pool = Pool::new(4, || Snapshot::new(Arc::clone(&plan)));
    let latest = Latest::default();
    let mut values = [0.0; N_CHANNELS];
    let mut n_hops = 0;
    let mut warm = 0;
    for n in 0..20_000_u64 {
        if n == 10_000 {
            warm = ALLOCATIONS.get();
            n_hops = 0;
        }
        // a gap every 3000 samples, the integration window full and emptied
        let index = n + n / 3000 * 500;
        let placed = timeline.place(index as f64 / RATE_HZ);
        for (ch, value_of) in values.iter_mut().enumerate() {
            *value_of = value(index, ch);
        }
        if chunk.is_empty() {
            chunk.first_index = placed.index;
            chunk.run = placed.run;
        }
        chunk.push(placed.stamp_secs, placed.stamp_secs, &values);
        if chunk.n_samples() == CHUNK_LEN {
            assert_eq!(writer.write(&chunk), CHUNK_LEN);
            chunk.clear();
        }
        while let Some(sample) = reader.next_sample() {
            if analyzer.push(sample.run, sample.index, sample.stamp_secs, sample.values) {
                analyzer.average();
                latest.publish(pool.fill(|snapshot| analyzer.write(snapshot)).unwrap());
                n_hops += 1;
            }
        }
    }
    assert!(n_hops > 150, "{n_hops} hops were measured");
    assert_eq!(ALLOCATIONS.get() - warm, 0, "allocations in {n_hops} hops");
}

#[test]
fn with_a_stimulus_and_looks_nothing_is_allocated_either() {
    let extractor = EnvelopeExtractor::new(Recipe::HalfWave, AUDIO_HZ).unwrap();
    let track = StimulusTrack::new(extractor, AUDIO_HZ, RATE_HZ, 0.0);
    let mut aligner = Aligner::new(RATE_HZ, N_CHANNELS, track, AUDIO_HZ);
    let settings = AnalysisSettings {
        response: ResponseSettings {
            integration_secs: 10.0,
            control_shift_secs: 5.0,
            block_secs: 8.0,
            ..ResponseSettings::default()
        },
        periodic: vec![PeriodicSettings::default()],
        ..settings()
    };
    let mut analyzer = analyzer_with_stimulus(N_CHANNELS, &settings);
    let mut pool = Pool::new(4, || analyzer.snapshot());
    let latest = Latest::default();
    let mut spare = SegmentStore::default();
    let mut values = [0.0; N_CHANNELS];
    let (mut n_hops, mut n_looks, mut warm, mut audio) = (0, 0, 0, 0_u64);
    for n in 0..16_000_u64 {
        if n == 8000 {
            warm = ALLOCATIONS.get();
            (n_hops, n_looks) = (0, 0);
        }
        // the stimulus runs 20 ppm fast and jumps now and then; the EEG has a gap
        let index = n + n / 5000 * 300;
        let secs = index as f64 / RATE_HZ;
        while audio as f64 / (AUDIO_HZ * (1.0 + 2e-5)) <= secs {
            let jump_secs = if n > 12_000 { 0.05 } else { 0.0 };
            let stamp_secs = audio as f64 / (AUDIO_HZ * (1.0 + 2e-5)) + jump_secs;
            aligner.push_stimulus(0, audio, stamp_secs, value(audio, 1));
            audio += 1;
        }
        for (ch, value_of) in values.iter_mut().enumerate() {
            *value_of = value(index, ch);
        }
        let run = u32::try_from(n / 5000).unwrap();
        aligner.push_eeg(run, index, secs, &values);
        while let Some(a) = aligner.next() {
            if analyzer.push_with(a.run, a.index, a.stamp_secs, a.values, a.stimulus) {
                analyzer.average();
                analyzer.set_timing(aligner.timing());
                latest.publish(pool.fill(|snapshot| analyzer.write(snapshot)).unwrap());
                n_hops += 1;
                if let Some(store) = analyzer.looked() {
                    // the memory for the shifts is as large as a run from the first look of the second half on
                    let before = ALLOCATIONS.get();
                    spare.copy_from(store);
                    warm += ALLOCATIONS.get() - before;
                    n_looks += 1;
                }
            }
        }
        if n == 8000 {
            analyzer.begin_run();
        }
    }
    assert!(n_hops > 80 && n_looks > 0, "{n_hops} hops, {n_looks} looks");
    assert_eq!(ALLOCATIONS.get() - warm, 0, "allocations in {n_hops} hops");
}

#[test]
fn the_sound_cards_thread_allocates_nothing() {
    let stimulus = Stimulus {
        name: "a".to_owned(),
        n_channels: 2,
        samples: vec![0.5; 2000],
        file_rate_hz: 48_000,
    };
    let order = Order {
        n_loops: 50,
        n_repeats: 2,
        shuffle_seed: None,
        alternate_polarity: true,
    };
    let silences = Silences {
        lead: 100,
        pause: 100,
        tail: 100,
    };
    let plays = order.plays(1).unwrap();
    let program = Program::new(vec![stimulus], 48_000, &plays, silences, false);
    let n_samples = program.n_samples();
    // room for few reports: most are counted as lost
    let (sender, reports) = crossbeam_channel::bounded(8);
    let counts = Arc::new(DeviceCounts::default());
    let mut feed = DeviceFeed::new(Arc::new(program), false, sender, Arc::clone(&counts));
    let mut out = vec![0_i16; 2 * 480];
    let warm = ALLOCATIONS.get();
    for n in 0..=n_samples / 480 {
        let now_secs = 0.01 * n as f64;
        feed.fill(
            2,
            &mut out,
            |value| if value > 0.0 { 1 } else { -1 },
            now_secs,
            0.02,
        );
    }
    assert_eq!(ALLOCATIONS.get() - warm, 0);
    assert_eq!(reports.len(), 8);
    assert!(
        counts
            .n_unreported
            .load(std::sync::atomic::Ordering::Relaxed)
            > 100
    );
}
