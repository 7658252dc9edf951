//! What came of a stream whose first channel numbers its samples, and what was said to be lost.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use efrscope::clock::Clock;
use efrscope::signal::{Chunk, Gap, Marker, OffsetMeasured, StreamId, StreamInfo, Tee};
use efrscope::source::lsl::LslClock;

/// A gap of so much must be marked where it is; the size of a smaller one may be settled later.
const MARKED_SECS: f64 = 0.3;
/// How far the samples that were lost while a sender was away may be off: they are told from times alone, at a rate that may be 2 % off.
const AWAY_SAMPLES: f64 = 3.0;
const AWAY_SHARE: f64 = 0.03;
/// A stamp so far from now is nonsense.
const SENSE_SECS: f64 = 30.0;
/// A shorter silence is none.
const SILENCE_SECS: f64 = 1.0;

/// One life of a sender: from its start to its death.
#[derive(Default)]
struct Life {
    first_number: f64,
    last_number: f64,
    last_run: u32,
    /// When its newest sample came.
    last_secs: f64,
    /// The newest stamp that made sense, and the number it belongs to.
    last_stamp: (f64, f64),
    n_received: u64,
    n_said_lost: u64,
}

/// Where a sample stands.
#[derive(Clone, Copy)]
struct Place {
    number: f64,
    run: u32,
    /// As sent, if that made sense.
    stamp_secs: Option<f64>,
    now_secs: f64,
}

/// One stream.
#[derive(Default)]
struct Ledger {
    rate_hz: f64,
    life: Option<Life>,
    /// Another outlet was opened: what comes next is of a new life.
    is_reborn: bool,
    /// Gaps that were told since the last chunk.
    gap: Option<u64>,
    n_lives: u64,
    n_received: u64,
    n_lost: u64,
    /// From when to when nothing came, where that was long.
    silences: Vec<(f64, f64)>,
    problems: Vec<String>,
}

impl Ledger {
    fn chunk(&mut self, chunk: &Chunk) {
        let now_secs = LslClock.now_secs();
        let gap = self.gap.take();
        for (at, (stamp_secs, values)) in chunk.samples().enumerate() {
            if !stamp_secs.is_finite() {
                self.problems
                    .push(format!("a sample was placed at {stamp_secs}"));
            }
            let device_stamp_secs = chunk.device_stamps_secs[at];
            let makes_sense = (device_stamp_secs - now_secs).abs() < SENSE_SECS;
            let place = Place {
                number: values[0],
                run: chunk.run,
                stamp_secs: makes_sense.then_some(device_stamp_secs),
                now_secs,
            };
            self.sample(place, gap.filter(|_| at == 0));
        }
    }

    fn sample(&mut self, place: Place, gap: Option<u64>) {
        let Place {
            number,
            run,
            now_secs,
            ..
        } = place;
        self.n_received += 1;
        self.n_lost += gap.unwrap_or(0);
        if std::mem::take(&mut self.is_reborn) || self.life.is_none() {
            self.begin(place, gap);
            return;
        }
        let Some(life) = &mut self.life else { return };
        if now_secs - life.last_secs > SILENCE_SECS {
            self.silences.push((life.last_secs, now_secs));
        }
        let n_missing = number - life.last_number - 1.0;
        if n_missing < 0.0 {
            self.problems
                .push(format!("number {number} after {}", life.last_number));
        }
        if n_missing > MARKED_SECS * self.rate_hz && run == life.last_run {
            self.problems.push(format!(
                "{n_missing} samples are missing before {number} in an unbroken run"
            ));
        }
        life.n_received += 1;
        life.n_said_lost += gap.unwrap_or(0);
        (life.last_number, life.last_run, life.last_secs) = (number, run, now_secs);
        if let Some(stamp_secs) = place.stamp_secs {
            life.last_stamp = (stamp_secs, number);
        }
    }

    fn begin(&mut self, place: Place, gap: Option<u64>) {
        let Place {
            number,
            run,
            now_secs,
            ..
        } = place;
        let stamp_secs = place.stamp_secs.unwrap_or(f64::NAN);
        if let Some(before) = &self.life {
            self.silences.push((before.last_secs, now_secs));
            let since = before.last_number - before.last_stamp.1;
            let away = (stamp_secs - before.last_stamp.0) * self.rate_hz - since - 1.0;
            let said = gap.unwrap_or(0) as f64;
            if (said - away).abs() > AWAY_SAMPLES + AWAY_SHARE * away {
                self.problems.push(format!(
                    "away for {away:.0} samples, {said} said to be lost"
                ));
            }
        }
        self.close_life();
        self.n_lives += 1;
        self.life = Some(Life {
            first_number: number,
            last_number: number,
            last_run: run,
            last_secs: now_secs,
            last_stamp: (stamp_secs, number),
            n_received: 1,
            n_said_lost: 0,
        });
    }

    /// In one life of a sender, received and lost are what it sent, to the sample.
    fn close_life(&mut self) {
        let Some(life) = self.life.take() else { return };
        let n_sent = life.last_number - life.first_number + 1.0;
        let n_counted = (life.n_received + life.n_said_lost) as f64;
        if n_sent.to_bits() != n_counted.to_bits() {
            self.problems.push(format!(
                "{n_sent} sent up to {}, {} received and {} lost",
                life.last_number, life.n_received, life.n_said_lost
            ));
        }
    }
}

/// A ledger for every stream of a session.
#[derive(Default)]
pub(super) struct Ledgers(Mutex<BTreeMap<StreamId, Ledger>>);

impl Ledgers {
    fn of(&self, id: StreamId, act: impl FnOnce(&mut Ledger)) {
        let mut ledgers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(ledgers.entry(id).or_default());
    }

    /// A sentence about the stream, its silences, and everything that is not as it should be.
    pub(super) fn close(&self, id: StreamId) -> Closed {
        let mut closed = Closed::default();
        self.of(id, |ledger| {
            ledger.close_life();
            closed.summary = format!(
                "{} received and {} lost in {} lives",
                ledger.n_received, ledger.n_lost, ledger.n_lives
            );
            closed.silences = std::mem::take(&mut ledger.silences);
            closed.problems = std::mem::take(&mut ledger.problems);
            if ledger.n_received == 0 {
                closed.problems.push("nothing was received".to_owned());
            }
        });
        closed
    }
}

/// What a ledger says at the end.
#[derive(Default)]
pub(super) struct Closed {
    pub(super) summary: String,
    pub(super) silences: Vec<(f64, f64)>,
    pub(super) problems: Vec<String>,
}

impl Tee for Ledgers {
    fn stream(&self, id: StreamId, info: &StreamInfo) {
        self.of(id, |ledger| {
            ledger.rate_hz = info.sample_rate_hz;
            ledger.is_reborn = true;
        });
    }

    fn chunk(&self, id: StreamId, chunk: &Chunk) {
        self.of(id, |ledger| ledger.chunk(chunk));
    }

    fn gap(&self, id: StreamId, gap: &Gap) {
        self.of(id, |ledger| *ledger.gap.get_or_insert(0) += gap.n_samples);
    }

    fn offset(&self, _id: StreamId, _offset: &OffsetMeasured) {}

    fn marker(&self, _marker: &Marker) {}

    fn ended(&self, _id: StreamId, _reason: &str) {}
}
