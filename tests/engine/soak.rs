//! A session that goes on for hours, with sinks that take nothing or panic: nothing grows, nothing is lost, and the others go on.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use efrscope::clock::{Clock, RealClock};
use efrscope::control::StreamCounters;
use efrscope::metrics::{MarkerChoice, TrialSettings};
use efrscope::session::{Newest, Pipeline, Published, SessionRequest, Sink, Sinks, panics};
use efrscope::signal::{Chunk, Gap, Link, StreamChoice, StreamInfo};
use efrscope::source::{Backend, MarkerSource, Pulled, Source, SourceError, Timing};
use efrscope::stimulus::{StimulusChoice, StimulusSettings};

use crate::synthetic::{self, NoMarkers, RATE_HZ, value};

const N_CHANNELS: usize = 4;
const CHUNK_LEN: u64 = 20;
/// The sources send so many times faster than devices.
const SPEED: f64 = 50.0;
/// Every so many chunks a second is lost.
const CHUNKS_TO_GAP: u64 = 3_000;
const LOST: u64 = 200;
const POLL: Duration = Duration::from_millis(100);

/// A stream without end, of EEG or of its stimulus, in a hurry.
struct Endless {
    info: StreamInfo,
    clock: RealClock,
    n_chunks: u64,
    run: u32,
    next: u64,
}

impl Endless {
    fn new(info: StreamInfo) -> Self {
        Self {
            info,
            clock: RealClock::start(),
            n_chunks: 0,
            run: 0,
            next: 0,
        }
    }
}

impl Source for Endless {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn pull(&mut self, chunk: &mut Chunk, _timeout_secs: f64) -> Result<Pulled, SourceError> {
        chunk.clear();
        let due_secs = self.next as f64 / RATE_HZ / SPEED;
        let early_secs = due_secs - self.clock.now_secs();
        if early_secs > 0.0 {
            std::thread::sleep(Duration::from_secs_f64(early_secs));
        }
        self.n_chunks += 1;
        let is_after_gap = self.n_chunks.is_multiple_of(CHUNKS_TO_GAP);
        let gap = Gap {
            first_index: self.next,
            n_samples: LOST,
        };
        if is_after_gap {
            self.next += LOST;
            self.run += 1;
        }
        chunk.first_index = self.next;
        chunk.run = self.run;
        for index in self.next..self.next + CHUNK_LEN {
            let stamp_secs = synthetic::device_stamp_secs(index);
            let values: Vec<f64> = (0..self.info.n_channels)
                .map(|ch| value(index, ch))
                .collect();
            chunk.push(stamp_secs, stamp_secs, &values);
        }
        self.next += CHUNK_LEN;
        Ok(if is_after_gap {
            Pulled::AfterGap(gap)
        } else {
            Pulled::Samples
        })
    }

    fn link(&self) -> Link {
        Link::Live
    }

    fn timing(&self) -> Timing {
        Timing::default()
    }
}

/// Two streams without end.
fn backend() -> Backend {
    Backend {
        open: Arc::new(|choice, _| {
            let info = match choice {
                StreamChoice::Any => synthetic::info(N_CHANNELS),
                _ => synthetic::envelope_info(),
            };
            Ok(Box::new(Endless::new(info)) as Box<dyn Source>)
        }),
        open_markers: Arc::new(|_| Ok(Box::new(NoMarkers) as Box<dyn MarkerSource>)),
        look_around: Arc::new(|_| Ok(Vec::new())),
        clock: Arc::new(RealClock::start()),
    }
}

/// A session on them.
fn session(sinks: Sinks) -> (Pipeline, Arc<StreamCounters>) {
    let request = SessionRequest {
        analysis: synthetic::settings(),
        stimulus: StimulusSettings {
            choice: StimulusChoice::Stream(StreamChoice::AnyStimulus),
            ..StimulusSettings::default()
        },
        trials: TrialSettings {
            choice: MarkerChoice::None,
            ..TrialSettings::default()
        },
        ..SessionRequest::default()
    };
    let counters = Arc::new(StreamCounters::default());
    let pipeline = Pipeline::open(&backend(), &request, 1.0, sinks, &counters).unwrap();
    (pipeline, counters)
}

/// What the process takes of the machine.
#[derive(Debug, Clone, Copy)]
struct Taken {
    memory_kb: u64,
    n_files: usize,
    n_threads: usize,
}

impl Taken {
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let memory_kb = line.unwrap().split_whitespace().nth(1).unwrap();
        let count = |dir: &str| std::fs::read_dir(dir).unwrap().count();
        Self {
            memory_kb: memory_kb.parse().unwrap(),
            n_files: count("/proc/self/fd"),
            n_threads: count("/proc/self/task"),
        }
    }
}

/// Of so many seconds of data: `EFRSCOPE_SOAK_HOURS`, or twenty minutes.
fn data_secs() -> f64 {
    let hours = std::env::var("EFRSCOPE_SOAK_HOURS").ok();
    hours.map_or(1200.0, |hours| 3600.0 * hours.parse::<f64>().unwrap())
}

/// Goes on in a process of its own: other tests take memory too.
#[test]
fn hours_of_data_leave_memory_descriptors_and_threads_flat() {
    const CHILD: &str = "EFRSCOPE_SOAK_CHILD";
    if std::env::var_os(CHILD).is_some() {
        return soak();
    }
    let test = "soak::hours_of_data_leave_memory_descriptors_and_threads_flat";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && words.contains("1 passed"),
        "{words}{errors}"
    );
    let seen: Vec<&str> = words.lines().filter(|line| line.contains(" kB")).collect();
    crate::case::write("lsl-25", &seen, true);
}

fn soak() {
    let newest = Newest::default();
    let snapshots = Arc::clone(&newest.snapshots);
    let (_pipeline, counters) = session(Sinks::default().with(newest));
    let warm_secs = (0.2 * data_secs()).max(240.0);
    let received_secs = || counters.status().received as f64 / RATE_HZ;
    let wait_for = |secs: f64| {
        while received_secs() < secs {
            std::thread::sleep(POLL);
        }
    };
    wait_for(warm_secs);
    let before = Taken::now();
    wait_for(data_secs());
    let after = Taken::now();
    let status = counters.status();
    println!(
        "{:.1} h of data: {} to {} kB, {} descriptors, {} threads, {} hops left out",
        received_secs() / 3600.0,
        before.memory_kb,
        after.memory_kb,
        after.n_files,
        after.n_threads,
        status.skipped_hops
    );
    assert!(
        after.memory_kb < before.memory_kb + 4096,
        "{before:?} {after:?}"
    );
    assert_eq!(
        (before.n_files, before.n_threads),
        (after.n_files, after.n_threads)
    );
    assert_eq!(panics(), []);
    let snapshot = snapshots.newest().unwrap();
    assert!(snapshot.n_lost >= LOST, "gaps were met");
    assert!(snapshot.response.is_some(), "the stimulus was heard");
}

/// Takes nothing, ever.
struct Full;

impl Sink for Full {
    fn take(&self, _item: &Published) -> bool {
        false
    }

    fn wants_traces(&self) -> bool {
        true
    }
}

#[test]
fn a_sink_that_takes_nothing_costs_updates_and_no_sample() {
    let newest = Newest::default();
    let snapshots = Arc::clone(&newest.snapshots);
    let (_pipeline, counters) = session(Sinks::default().with(Full).with(newest));
    while counters.status().received < 12_000 {
        std::thread::sleep(POLL);
    }
    let status = counters.status();
    assert!(status.dropped_updates > 20, "{}", status.dropped_updates);
    assert_eq!(status.overrun, 0, "no sample was dropped");
    assert!(
        snapshots.newest().is_some(),
        "the other sink has its numbers"
    );
    let seen = format!(
        "{} received, {} dropped, {} updates left out and counted",
        status.received, status.overrun, status.dropped_updates
    );
    crate::case::write("lsl-13", &[&seen], true);
}

/// Panics with its first snapshot.
struct Broken(Arc<AtomicBool>);

impl Sink for Broken {
    fn take(&self, item: &Published) -> bool {
        if matches!(item, Published::Snapshot(_)) {
            self.0.store(true, Ordering::Release);
            panic!("this sink is broken");
        }
        true
    }
}

#[test]
fn a_sink_that_panics_ends_its_thread_alone() {
    let has_panicked = Arc::new(AtomicBool::new(false));
    let broken = Broken(Arc::clone(&has_panicked));
    let (pipeline, counters) = session(Sinks::default().with(broken));
    while !has_panicked.load(Ordering::Acquire) {
        std::thread::sleep(POLL);
    }
    let before = counters.status().received;
    std::thread::sleep(10 * POLL);
    let after = counters.status().received;
    assert!(after > before, "acquisition goes on: {before}, {after}");
    // it is told once its backtrace is printed, which takes as long as it takes
    for _ in 0..600 {
        if panics().is_empty() {
            std::thread::sleep(POLL);
        }
    }
    let is_told = |panic: &efrscope::session::ThreadPanic| panic.to_string();
    let told: Vec<String> = panics().iter().map(is_told).collect();
    assert!(
        told.iter()
            .any(|words| words == "thread \"analyze\" panicked: this sink is broken"),
        "{told:?}"
    );
    drop(pipeline);
    crate::case::write("panics", &["caught, told, and samples went on"], true);
}
