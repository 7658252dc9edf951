//! Whole sessions through their threads: what they compute is what their record computes again, and a switch of streams keeps the runs' numbers.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use efrscope::clock::{Clock, RealClock};
use efrscope::control::{Command, StreamCounters};
use efrscope::engine::{Event, InputEvent, Setup};
use efrscope::metrics::periodic::PeriodicSettings;
use efrscope::metrics::{
    AnalysisSettings, PairChoice, ResponseSettings, RunEnd, Snapshot, TrialSettings,
};
use efrscope::session::{Events, EveryHop, Pipeline, SessionRequest, Sinks, Supervisor};
use efrscope::signal::{Band, Chunk, Link, Marker, StreamChoice, StreamInfo};
use efrscope::source::{Backend, MarkerSource, Pulled, Source, SourceError, Timing};

use crate::arrivals::{Arrival, N_CHANNELS, all_bits, chunk, difference, drive, markers};
use crate::drive::{Driven, setup};
use crate::synthetic::{NoMarkers, RATE_HZ, envelope_info, info, settings, value};

const N_SAMPLES: u64 = 200 * 16;
/// Samples that one stream may be ahead of the other.
const AHEAD: u64 = 150;

/// How far the two streams and their reader are.
#[derive(Default)]
struct Pace {
    sent: [AtomicU64; 2],
}

/// A stream that goes as fast as the other one lets it.
struct Paced {
    info: StreamInfo,
    stream: usize,
    pace: Arc<Pace>,
    lens: &'static [u64],
    n_chunks: usize,
}

impl Source for Paced {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn pull(&mut self, out: &mut Chunk, _timeout_secs: f64) -> Result<Pulled, SourceError> {
        out.clear();
        let sent = self.pace.sent[self.stream].load(Ordering::Acquire);
        if sent == N_SAMPLES {
            return Ok(Pulled::End);
        }
        if sent > self.pace.sent[1 - self.stream].load(Ordering::Acquire) + AHEAD {
            std::thread::sleep(Duration::from_micros(200));
            return Ok(Pulled::Nothing);
        }
        let len = self.lens[self.n_chunks % self.lens.len()].min(N_SAMPLES - sent);
        self.n_chunks += 1;
        let made = chunk(self.stream, sent, len);
        out.first_index = made.first_index;
        for (stamp_secs, values) in made.samples() {
            out.push(stamp_secs, stamp_secs, values);
        }
        self.pace.sent[self.stream].store(sent + len, Ordering::Release);
        // a stream takes time: the reader may keep up
        std::thread::sleep(Duration::from_millis(5));
        Ok(Pulled::Samples)
    }

    fn link(&self) -> Link {
        Link::Live
    }

    fn timing(&self) -> Timing {
        Timing::default()
    }
}

/// Markers that come with the EEG, half a second late.
struct PacedMarkers {
    pace: Arc<Pace>,
    left: Vec<Marker>,
}

impl MarkerSource for PacedMarkers {
    fn pull(&mut self, out: &mut Vec<Marker>, _timeout_secs: f64) -> Result<(), SourceError> {
        let now_secs = 100.0 + self.pace.sent[0].load(Ordering::Acquire) as f64 / RATE_HZ;
        let n_come = self
            .left
            .iter()
            .take_while(|m| m.stamp_secs + 0.5 < now_secs)
            .count();
        out.extend(self.left.drain(..n_come));
        std::thread::sleep(Duration::from_micros(300));
        Ok(())
    }
}

fn analysis() -> AnalysisSettings {
    AnalysisSettings {
        response: ResponseSettings {
            block_secs: 4.0,
            control_shift_secs: 5.0,
            ..ResponseSettings::default()
        },
        periodic: vec![PeriodicSettings {
            epoch_secs: 0.5,
            ..PeriodicSettings::default()
        }],
        ..settings()
    }
}

fn trials() -> TrialSettings {
    TrialSettings {
        only_trials: true,
        ..TrialSettings::default()
    }
}

fn paced_backend() -> Backend {
    let pace = Arc::new(Pace::default());
    let of_streams = Arc::clone(&pace);
    Backend {
        open: Arc::new(move |choice, _| {
            let stream = usize::from(*choice == StreamChoice::AnyStimulus);
            if of_streams.sent[stream].load(Ordering::Acquire) > 0 {
                std::thread::sleep(Duration::from_millis(5));
                let (choice, available) = (choice.to_string(), Vec::new());
                return Err(SourceError::NotFound { choice, available });
            }
            Ok(Box::new(Paced {
                info: if stream == 0 {
                    info(N_CHANNELS)
                } else {
                    envelope_info()
                },
                stream,
                pace: Arc::clone(&of_streams),
                lens: if stream == 0 {
                    &[7, 20, 1, 33]
                } else {
                    &[13, 40]
                },
                n_chunks: 0,
            }) as Box<dyn Source>)
        }),
        open_markers: Arc::new(move |_| {
            let (pace, left) = (Arc::clone(&pace), markers());
            Ok(Box::new(PacedMarkers { pace, left }) as Box<dyn MarkerSource>)
        }),
        look_around: Arc::new(|_| Ok(Vec::new())),
        clock: Arc::new(RealClock::start()),
    }
}

/// A session through its threads: its snapshots and its record.
fn live() -> (Vec<String>, Vec<InputEvent>) {
    let (every_hop, hops) = bounded(10_000);
    let (event_sender, events) = bounded(10_000);
    let sinks = Sinks::default()
        .with(EveryHop(every_hop))
        .with(Events(event_sender));
    let counters = Arc::new(StreamCounters::default());
    let request = SessionRequest {
        analysis: analysis(),
        trials: trials(),
        ..SessionRequest::default()
    };
    let pipeline = Pipeline::open(&paced_backend(), &request, 1.0, sinks, &counters).unwrap();
    let mut snapshots = Vec::new();
    while !pipeline.is_over() || !hops.is_empty() {
        let Ok(snapshot) = hops.recv_timeout(Duration::from_millis(20)) else {
            continue;
        };
        let snapshot: Arc<Snapshot> = snapshot;
        snapshots.push(serde_json::to_string(&*snapshot).unwrap());
        match snapshots.len() {
            15 => pipeline.begin_run().unwrap(),
            20 => pipeline.begin_rest(2.0).unwrap(),
            25 => {
                let mut edited = analysis();
                edited.set_bands(vec![Band::new("wide", 8.0, 30.0).unwrap()]);
                pipeline.change(&edited).unwrap();
            }
            _ => {}
        }
    }
    drop(pipeline);
    assert_eq!(
        (counters.status().overrun, counters.status().dropped_updates),
        (0, 0)
    );
    let inputs = events.try_iter().filter_map(|event| match &*event {
        Event::Input(input) => Some(input.clone()),
        _ => None,
    });
    (snapshots, inputs.collect())
}

#[test]
fn what_threads_computed_their_record_computes_again_bit_for_bit() {
    for _ in 0..3 {
        let (snapshots, inputs) = live();
        let is_a = |what: fn(&InputEvent) -> bool| inputs.iter().any(what);
        assert!(is_a(|input| matches!(
            input,
            InputEvent::StimulusJoined { .. }
        )));
        assert!(is_a(|input| matches!(input, InputEvent::Installed { .. })));
        assert!(is_a(|input| matches!(input, InputEvent::NewRun { .. })));
        let setup = Setup {
            trials: trials(),
            ..setup(info(N_CHANNELS), &analysis())
        };
        let engine = efrscope::engine::Engine::replay(setup, inputs.clone()).unwrap();
        let mut replayed = Driven::of(engine);
        // markers in the order they came, samples in pieces of their own
        let mut all: Vec<Arrival> = markers().into_iter().map(Arrival::Marker).collect();
        for first in (0..N_SAMPLES).step_by(10) {
            all.push(Arrival::Stimulus(chunk(1, first, 10)));
            all.push(Arrival::Eeg(chunk(0, first, 10)));
        }
        let all: Vec<(f64, Arrival)> = all.into_iter().map(|arrival| (0.0, arrival)).collect();
        drive(&mut replayed, &all);
        let found = difference(&all_bits(&replayed), &snapshots);
        assert!(found.is_none(), "{}; {inputs:?}", found.unwrap());
    }
}

/// A stream without an end, faster than its rate by some factor.
struct Endless {
    info: StreamInfo,
    next: u64,
    factor: u32,
}

impl Source for Endless {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn pull(&mut self, out: &mut Chunk, _timeout_secs: f64) -> Result<Pulled, SourceError> {
        out.clear();
        std::thread::sleep(Duration::from_millis(50) / self.factor);
        out.first_index = self.next;
        let values = |n: u64| {
            (0..self.info.n_channels)
                .map(|ch| value(n, ch))
                .collect::<Vec<_>>()
        };
        for n in self.next..self.next + 10 {
            let secs = n as f64 / RATE_HZ;
            out.push(secs, secs, &values(n));
        }
        self.next += 10;
        Ok(Pulled::Samples)
    }

    fn link(&self) -> Link {
        Link::Live
    }

    fn timing(&self) -> Timing {
        Timing::default()
    }
}

/// Two amplifiers, "A" of three channels and "B" of five, and a player.
fn two_amplifiers() -> Backend {
    Backend {
        open: Arc::new(|choice, _| {
            let info = match choice {
                StreamChoice::AnyStimulus => envelope_info(),
                StreamChoice::Name(name) if name == "B" => StreamInfo {
                    name: "B".into(),
                    ..info(5)
                },
                _ => StreamInfo {
                    name: "A".into(),
                    ..info(3)
                },
            };
            Ok(Box::new(Endless {
                info,
                next: 0,
                factor: 10,
            }) as Box<dyn Source>)
        }),
        open_markers: Arc::new(|_| Ok(Box::new(NoMarkers) as Box<dyn MarkerSource>)),
        look_around: Arc::new(|_| {
            std::thread::sleep(Duration::from_millis(50));
            Ok(vec![info(3)])
        }),
        clock: Arc::new(RealClock::start()),
    }
}

/// The first snapshot that is as wanted, within twenty seconds.
fn wait_for(
    hops: &Receiver<Arc<Snapshot>>,
    is_wanted: impl Fn(&Snapshot) -> bool,
) -> Arc<Snapshot> {
    let clock = RealClock::start();
    while clock.now_secs() < 20.0 {
        if let Ok(snapshot) = hops.recv_timeout(Duration::from_millis(100))
            && is_wanted(&snapshot)
        {
            return snapshot;
        }
    }
    panic!("it did not come");
}

#[test]
fn a_switch_of_streams_ends_the_run_with_its_reason_and_the_next_has_the_next_number() {
    let (every_hop, hops) = unbounded();
    let (commands, obeyed): (Sender<Command>, _) = bounded(16);
    let sinks = Sinks::default().with(EveryHop(every_hop));
    let counters = Arc::new(StreamCounters::default());
    let request = SessionRequest {
        choice: StreamChoice::Name("A".into()),
        analysis: analysis(),
        ..SessionRequest::default()
    };
    let streams = Arc::default();
    let supervisor = Supervisor::start(
        two_amplifiers(),
        request,
        sinks,
        Arc::clone(&counters),
        streams,
        obeyed,
    )
    .unwrap();
    let run = |snapshot: &Snapshot| snapshot.response.as_ref().map_or(0, |r| r.progress.run);
    let first = wait_for(&hops, |s| run(s) == 1 && s.hop > 8);
    assert_eq!(
        (first.plan.montage.len(), first.runs.records().len()),
        (3, 0)
    );
    // settings first, then a switch at once
    commands.send(Command::NewRun).unwrap();
    let second = wait_for(&hops, |s| run(s) == 2);
    assert_eq!(second.runs.records()[0].end, RunEnd::Asked);
    commands
        .send(Command::Channels(vec!["E1".into(), "E2".into()]))
        .unwrap();
    let third = wait_for(&hops, |s| s.plan.montage.len() == 2 && run(s) == 3);
    assert_eq!(third.runs.records()[1].end, RunEnd::Channels);
    commands
        .send(Command::Open(StreamChoice::Name("B".into())))
        .unwrap();
    let fourth = wait_for(&hops, |s| s.plan.montage.len() == 5 && run(s) == 4);
    assert_eq!(fourth.runs.records()[2].end, RunEnd::Stream);
    let numbers: Vec<u32> = fourth
        .runs
        .records()
        .iter()
        .map(|record| record.run)
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    // what does not fit is refused and said, and everything goes on
    commands
        .send(Command::Channels(vec!["nobody".into()]))
        .unwrap();
    let after = wait_for(&hops, |s| s.hop > fourth.hop + 8);
    assert_eq!(after.plan.montage.len(), 5);
    assert!(counters.status().notice.unwrap().contains("nobody"));
    drop(supervisor);
}

/// An amplifier of 48 channels in real time, and a player.
fn many_channels() -> Backend {
    Backend {
        open: Arc::new(|choice, _| {
            let info = match choice {
                StreamChoice::AnyStimulus => envelope_info(),
                _ => info(48),
            };
            Ok(Box::new(Endless {
                info,
                next: 0,
                factor: 1,
            }) as Box<dyn Source>)
        }),
        ..two_amplifiers()
    }
}

#[test]
fn with_48_channels_and_every_pair_a_change_is_obeyed_while_the_analysis_goes_on() {
    let (every_hop, hops) = unbounded();
    let sinks = Sinks::default().with(EveryHop(every_hop));
    let counters = Arc::new(StreamCounters::default());
    let mut asked = analysis();
    (asked.hop_secs, asked.pairs) = (0.05, PairChoice::All);
    let request = SessionRequest {
        analysis: asked.clone(),
        ..SessionRequest::default()
    };
    let pipeline = Pipeline::open(&many_channels(), &request, 1.0, sinks, &counters).unwrap();
    let secs = |snapshot: &Snapshot| snapshot.n_received as f64 / RATE_HZ;
    let heard = wait_for(&hops, |s| s.response.is_some());
    let before = wait_for(&hops, |s| secs(s) > secs(&heard) + 1.0);
    asked.set_bands(vec![Band::new("wide", 8.0, 30.0).unwrap()]);
    pipeline.change(&asked).unwrap();
    let after = wait_for(&hops, |s| s.plan.bands.len() == 1);
    let (heard_secs, took_secs) = (secs(&heard), secs(&after) - secs(&before));
    println!(
        "with a stimulus after {heard_secs:.2} s, other bands within {took_secs:.2} s of data"
    );
    // a second each where nothing else runs; test machines are busy
    assert!(
        heard_secs < 1.0 + 4.0 && took_secs < 4.0,
        "{heard_secs} {took_secs}"
    );
    assert!(
        after.n_segments >= before.n_segments,
        "the averages went on"
    );
    drop(pipeline);
}
