//! Two streams to which everything happens at once, drawn from a seed, read by a whole session: received and lost are what was sent, nothing panics, nothing hangs.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    clippy::disallowed_methods,
    reason = "real devices are waited for, in real time"
)]

mod ledger;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use efrscope::clock::Clock;
use efrscope::control::StreamCounters;
use efrscope::metrics::{MarkerChoice, TrialSettings};
use efrscope::session::{Newest, Pipeline, SessionRequest, Sinks, Stop, panics};
use efrscope::signal::{StreamChoice, StreamId};
use efrscope::source::LslSettings;
use efrscope::source::lsl::{self, LslClock};
use efrscope::stimulus::{StimulusChoice, StimulusSettings};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

use crate::faults::Case;
use crate::peer::{Peer, Room};
use ledger::Ledgers;

/// Nothing happens for so long before the end, so that all can be counted.
const CALM_SECS: f64 = 6.0;
/// So long after a sender has begun to send at the latest, samples come.
const HANG_SECS: f64 = 5.0;
const POLL: Duration = Duration::from_millis(50);
/// Advertisements that are shown now and then beside the two.
const HOSTILE: [&str; 5] = ["billion", "endless", "text", "huge-name", "crowd"];

#[test]
fn half_a_minute_of_chaos_loses_count_of_nothing() {
    chaos("half_a_minute_of_chaos_loses_count_of_nothing", 30.0, 1);
}

#[test]
#[ignore = "long: run by make chaos and make faults"]
fn ten_minutes_of_chaos_lose_count_of_nothing() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    let secs = number("EFRSCOPE_CHAOS_SECS").unwrap_or(600);
    let seed = number("EFRSCOPE_CHAOS_SEED").unwrap_or(2);
    chaos(
        "ten_minutes_of_chaos_lose_count_of_nothing",
        f64::from(secs),
        u64::from(seed),
    );
}

/// In the parent: the senders and what happens to them; the session reads them in a child, as liblsl reads its own session from the environment, once per process.
fn chaos(test: &str, secs: f64, seed: u64) {
    if std::env::var_os("LSLAPICFG").is_some() {
        return read(secs);
    }
    let mut case = Case::new("chaos");
    let Some(room) = Room::new(test) else {
        return;
    };
    let mut senders = [
        Sender::new("eeg", seed),
        Sender::new("stimulus", seed + 1000),
    ];
    // the parent's clock and that of LSL are the same on one machine
    let calm_secs = clock_secs() + secs - CALM_SECS;
    for sender in &mut senders {
        sender.start(&room, calm_secs);
    }
    let mut child = room
        .command(&std::env::current_exe().unwrap())
        .args([
            "--exact",
            &format!("chaos::{test}"),
            "--include-ignored",
            "--nocapture",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    disturb(&room, &mut senders, seed, calm_secs);
    let limit = Instant::now() + Duration::from_secs_f64(CALM_SECS + 30.0);
    while child.try_wait().unwrap().is_none() && Instant::now() < limit {
        std::thread::sleep(POLL);
    }
    let _has_ended = child.kill();
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in words.lines().filter(|line| line.starts_with("chaos ")) {
        case.saw(line);
    }
    let mut longest = 0;
    let mut story = String::new();
    for sender in senders {
        let kind = sender.kind;
        let said = sender.end();
        writeln!(story, "{kind}:\n{said}").unwrap();
        longest = longest.max(longest_hang(kind, &said, &words));
    }
    case.saw(format!(
        "longest silence of a sender that sent: {longest} s"
    ));
    assert!(
        output.status.success() && words.contains("1 passed"),
        "seed {seed}: {words}{story}"
    );
    assert!(!words.contains("problem "), "seed {seed}: {words}{story}");
    assert!(
        longest as f64 <= HANG_SECS,
        "seed {seed}: {longest} s: {words}{story}"
    );
}

/// In the longest of the silences, the seconds in which the sender sent.
fn longest_hang(kind: &str, said: &str, words: &str) -> usize {
    let numbers = |line: &str| -> Vec<f64> {
        line.split(' ')
            .filter_map(|word| word.parse().ok())
            .collect()
    };
    let sent: Vec<f64> = said
        .lines()
        .filter(|line| line.starts_with("sent "))
        .flat_map(numbers)
        .collect();
    let silences = words
        .lines()
        .filter(|line| line.starts_with(&format!("silence {kind} ")));
    let hang = |line: &str| {
        let ends = numbers(line);
        let within = sent
            .iter()
            .filter(|secs| ends[0] + 0.2 < **secs && **secs < ends[1] - 0.2);
        within
            .map(|secs| secs.floor().to_bits())
            .collect::<BTreeSet<_>>()
            .len()
    };
    silences.map(hang).max().unwrap_or(0)
}

/// Seconds of the clock that LSL has on Linux.
fn clock_secs() -> f64 {
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    uptime.split(' ').next().unwrap().parse().unwrap()
}

/// A sender that is started again whenever it has died.
struct Sender {
    kind: &'static str,
    seed: u64,
    peer: Option<Peer>,
    died: Option<Instant>,
    said: Vec<String>,
}

impl Sender {
    fn new(kind: &'static str, seed: u64) -> Self {
        Self {
            kind,
            seed,
            peer: None,
            died: None,
            said: Vec::new(),
        }
    }

    fn start(&mut self, room: &Room, calm_secs: f64) {
        self.seed += 1;
        let args = [self.kind, &self.seed.to_string(), &calm_secs.to_string()];
        self.peer = Some(room.peer("chaos.py", &args));
        self.died = None;
    }

    /// Start it again when it has been dead for a while.
    fn look_after(&mut self, room: &Room, calm_secs: f64) {
        if self.peer.as_mut().is_some_and(Peer::has_ended) {
            self.said.extend(self.peer.take().map(Peer::rest));
            self.died = Some(Instant::now());
        }
        let away = Duration::from_millis(200 + 300 * (self.seed % 7));
        if self.died.is_some_and(|died| died.elapsed() > away) {
            self.start(room, calm_secs);
        }
    }

    /// Everything it said in its lives.
    fn end(mut self) -> String {
        if let Some(mut peer) = self.peer.take() {
            peer.kill();
            self.said.push(peer.rest());
        }
        self.said.concat()
    }
}

/// Freeze senders and show hostile advertisements until it is time to be calm.
fn disturb(room: &Room, senders: &mut [Sender; 2], seed: u64, calm_secs: f64) {
    let mut random = Pcg64::seed_from_u64(seed);
    let mut below = |n: u64| random.next_u64() % n;
    let (mut frozen, mut hostile) = (None::<(usize, Instant)>, None::<(Peer, Instant)>);
    while clock_secs() < calm_secs + 1.0 {
        let now = Instant::now();
        for sender in senders.iter_mut() {
            sender.look_after(room, calm_secs);
        }
        if let Some((which, until)) = frozen
            && (now > until || clock_secs() > calm_secs)
        {
            if let Some(peer) = &senders[which].peer {
                peer.signal("-CONT");
            }
            frozen = None;
        }
        if hostile.as_ref().is_some_and(|(_, until)| now > *until) {
            hostile = None;
        }
        let is_chosen = below(200) == 0;
        if is_chosen && frozen.is_none() && clock_secs() < calm_secs {
            let which = usize::from(below(2) == 0);
            if let Some(peer) = &mut senders[which].peer
                && !peer.has_ended()
            {
                peer.signal("-STOP");
                frozen = Some((which, now + Duration::from_millis(500 + below(5500))));
            }
        } else if is_chosen && hostile.is_none() {
            let mode = HOSTILE[usize::try_from(below(5)).unwrap()];
            hostile = Some((
                room.peer("wire.py", &[mode, "60"]),
                now + Duration::from_secs(3),
            ));
        }
        std::thread::sleep(POLL);
    }
}

/// In the child: a whole session, with a ledger for each of its streams.
fn read(secs: f64) {
    let ledgers = Arc::new(Ledgers::default());
    let stop = Stop::default();
    let backend = lsl::backend(&LslSettings::default(), &stop).unwrap();
    let request = SessionRequest {
        choice: StreamChoice::SourceId("chaos-eeg".into()),
        stimulus: StimulusSettings {
            choice: StimulusChoice::Stream(StreamChoice::SourceId("chaos-stimulus".into())),
            ..StimulusSettings::default()
        },
        trials: TrialSettings {
            choice: MarkerChoice::None,
            ..TrialSettings::default()
        },
        ..SessionRequest::default()
    };
    let newest = Newest::default();
    let snapshots = Arc::clone(&newest.snapshots);
    let mut sinks = Sinks::default().with(newest);
    sinks.tee = Some(Arc::clone(&ledgers) as _);
    let counters = Arc::new(StreamCounters::default());
    let end_secs = LslClock.now_secs() + secs;
    let pipeline = Pipeline::open(&backend, &request, 20.0, sinks, &counters).unwrap();
    while LslClock.now_secs() < end_secs {
        assert!(!pipeline.is_over(), "{:?}", counters.status().notice);
        std::thread::sleep(POLL);
    }
    stop.request();
    let begun_secs = LslClock.now_secs();
    drop(pipeline);
    let took_secs = LslClock.now_secs() - begun_secs;
    assert!(took_secs < HANG_SECS, "ending took {took_secs} s");
    assert_eq!(panics(), []);
    assert!(snapshots.newest().is_some(), "there were numbers");
    for (id, name) in [(StreamId::Eeg, "eeg"), (StreamId::Stimulus, "stimulus")] {
        let closed = ledgers.close(id);
        println!("chaos {name}: {}", closed.summary);
        for (from, to) in closed.silences {
            println!("silence {name} {from} {to}");
        }
        for problem in closed.problems {
            println!("problem {name}: {problem}");
        }
    }
}
