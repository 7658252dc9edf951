//! The hot path allocates nothing once it is warm: counted, not promised.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;

use efrscope::control::{Latest, Pool};
use efrscope::dsp::surrogate::SegmentStore;
use efrscope::engine::{Engine, Hop, Output, Setup};
use efrscope::metrics::periodic::PeriodicSettings;
use efrscope::metrics::{
    AnalysisSettings, MarkerChoice, ResponseSettings, RunEnd, Snapshot, TrialSettings,
};
use efrscope::publish::player::{DeviceCounts, DeviceFeed, Order, Program, Silences, Stimulus};
use efrscope::ring;
use efrscope::signal::{Chunk, StreamInfo};
use efrscope::stimulus::{Recipe, StimulusSettings};
use efrscope::timeline::TimeLine;

use crate::counting::ALLOCATIONS;
use crate::drive;
use crate::synthetic::{RATE_HZ, info, settings, value};

const N_CHANNELS: usize = 8;
const CHUNK_LEN: usize = 10;
const AUDIO_HZ: f64 = 8000.0;

/// The last channel sends no numbers at all and is set aside, the one before none now and then.
fn spoilt(index: u64, ch: usize) -> f64 {
    let sends = match N_CHANNELS - ch {
        1 => false,
        2 => index % 900 > 30,
        _ => true,
    };
    if sends { value(index, ch) } else { f64::NAN }
}

/// Publishes every hop, as the analysis thread does.
#[derive(Default)]
struct Publisher {
    pool: Option<Pool<Snapshot>>,
    latest: Latest<Snapshot>,
    spare: SegmentStore,
    n_hops: u32,
    n_looks: u32,
    /// Allocations of the memory for the shifts, which grows to the size of a run.
    n_for_shifts: usize,
}

impl Publisher {
    fn take(&mut self, output: Output<'_>) {
        if let Output::Hop(hop) = output {
            self.hop(hop);
        }
    }

    fn hop(&mut self, hop: Hop<'_>) {
        let pool = self
            .pool
            .get_or_insert_with(|| Pool::new(4, || hop.snapshot()));
        let snapshot = pool.fill(|snapshot| hop.write(snapshot));
        self.latest.publish(snapshot.unwrap());
        self.n_hops += 1;
        if let Some(store) = hop.looked() {
            let before = ALLOCATIONS.get();
            self.spare.copy_from(store);
            self.n_for_shifts += ALLOCATIONS.get() - before;
            self.n_looks += 1;
        }
    }
}

#[test]
fn from_the_stamp_to_the_published_snapshot_nothing_is_allocated() {
    let mut timeline = TimeLine::new(RATE_HZ);
    let (mut writer, mut reader) = ring::ring(N_CHANNELS, 1000);
    let mut chunk = Chunk::with_capacity(N_CHANNELS, CHUNK_LEN);
    let mut read = Chunk::with_capacity(N_CHANNELS, CHUNK_LEN);
    let mut engine = Engine::new(drive::setup(info(N_CHANNELS), &settings())).unwrap();
    engine.want_traces();
    let mut publisher = Publisher::default();
    let mut values = [0.0; N_CHANNELS];
    let mut warm = 0;
    for n in 0..20_000_u64 {
        if n == 10_000 {
            warm = ALLOCATIONS.get();
            publisher.n_hops = 0;
        }
        // a gap every 3000 samples, the integration window full and emptied
        let index = n + n / 3000 * 500;
        let placed = timeline.place(index as f64 / RATE_HZ, None);
        for (ch, value_of) in values.iter_mut().enumerate() {
            *value_of = spoilt(index, ch);
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
        while reader.read_into(&mut read) {
            engine.push_eeg(&read, &mut |output| publisher.take(output));
        }
    }
    let n_hops = publisher.n_hops;
    assert!(n_hops > 150, "{n_hops} hops were measured");
    assert_eq!(ALLOCATIONS.get() - warm, 0, "allocations in {n_hops} hops");
}

#[test]
fn a_trigger_channel_allocates_for_its_markers_alone() {
    let mut setup = drive::setup(info(N_CHANNELS), &settings());
    setup.trials = TrialSettings {
        choice: MarkerChoice::Channel("E8".to_owned()),
        start: "5".to_owned(),
        ..TrialSettings::default()
    };
    let mut engine = Engine::new(setup).unwrap();
    let mut publisher = Publisher::default();
    let mut chunk = Chunk::with_capacity(N_CHANNELS, CHUNK_LEN);
    let (mut n_markers, mut allocations) = (0, [0; 2]);
    for n in 0..20_000_u64 {
        // no code for a long time, status bits that come and go, then codes
        let code = if n > 15_000 && n % 100 < 3 { 5.0 } else { 0.0 };
        let mut values = [0.0; N_CHANNELS];
        for (ch, value_of) in values.iter_mut().enumerate() {
            *value_of = value(n, ch);
        }
        values[N_CHANNELS - 1] = 65_536.0 * (n / 777 % 2) as f64 + code;
        let stamp_secs = n as f64 / RATE_HZ;
        if chunk.is_empty() {
            chunk.first_index = n;
        }
        chunk.push(stamp_secs, stamp_secs, &values);
        if chunk.n_samples() < CHUNK_LEN {
            continue;
        }
        let before = ALLOCATIONS.get();
        engine.push_eeg(&chunk, &mut |output| {
            n_markers += u32::from(matches!(output, Output::Marker(_)));
            publisher.take(output);
        });
        if n > 8_000 {
            allocations[usize::from(n > 15_000)] += ALLOCATIONS.get() - before;
        }
        chunk.clear();
    }
    assert_eq!(n_markers, 50);
    assert_eq!(allocations[0], 0, "allocations without a marker");
    // fields, text, and what the text grows by
    assert!(allocations[1] <= 50 * 5, "{}", allocations[1]);
}

/// An engine that looks for responses to sound, and to a stimulus that repeats.
fn listening() -> Engine {
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
    let setup = Setup {
        stimulus: StimulusSettings {
            recipe: Some(Recipe::HalfWave),
            ..StimulusSettings::default()
        },
        ..drive::setup(info(N_CHANNELS), &settings)
    };
    let mut engine = Engine::new(setup).unwrap();
    let audio = StreamInfo {
        stype: "Audio".into(),
        sample_rate_hz: AUDIO_HZ,
        ..info(1)
    };
    engine.join_stimulus(&audio, &mut |_| ()).unwrap();
    let finished = engine.pending().unwrap().build().unwrap();
    assert!(engine.install(finished, &mut |_| ()));
    engine
}

#[test]
fn with_a_stimulus_and_looks_nothing_is_allocated_either() {
    let mut engine = listening();
    let mut publisher = Publisher::default();
    let mut eeg = Chunk::with_capacity(N_CHANNELS, 1);
    let mut audio = Chunk::with_capacity(1, 40);
    let mut values = [0.0; N_CHANNELS];
    let (mut warm, mut n_audio) = (0, 0_u64);
    for n in 0..16_000_u64 {
        if n == 8000 {
            warm = ALLOCATIONS.get();
            (publisher.n_hops, publisher.n_looks) = (0, 0);
            publisher.n_for_shifts = 0;
        }
        // the stimulus runs 20 ppm fast and jumps now and then; the EEG has a gap
        let index = n + n / 5000 * 300;
        let secs = index as f64 / RATE_HZ;
        audio.first_index = n_audio;
        while n_audio as f64 / (AUDIO_HZ * (1.0 + 2e-5)) <= secs {
            let jump_secs = if n > 12_000 { 0.05 } else { 0.0 };
            let stamp_secs = n_audio as f64 / (AUDIO_HZ * (1.0 + 2e-5)) + jump_secs;
            audio.push(stamp_secs, stamp_secs, &[value(n_audio, 1)]);
            n_audio += 1;
        }
        engine.push_stimulus(&audio, &mut |output| publisher.take(output));
        audio.clear();
        for (ch, value_of) in values.iter_mut().enumerate() {
            *value_of = spoilt(index, ch);
        }
        eeg.run = u32::try_from(n / 5000).unwrap();
        eeg.first_index = index;
        eeg.push(secs, secs, &values);
        engine.push_eeg(&eeg, &mut |output| publisher.take(output));
        eeg.clear();
        if n == 8000 {
            // notes the run in the log, which grows
            let before = ALLOCATIONS.get();
            engine.begin_run(RunEnd::Asked, &mut |_| ());
            warm += ALLOCATIONS.get() - before;
        }
    }
    let (n_hops, n_looks) = (publisher.n_hops, publisher.n_looks);
    assert!(n_hops > 80 && n_looks > 0, "{n_hops} hops, {n_looks} looks");
    let n_allocations = ALLOCATIONS.get() - warm - publisher.n_for_shifts;
    assert_eq!(n_allocations, 0, "allocations in {n_hops} hops");
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
