//! Senders whose stamps lie in every usual way, with the truth beside them.

use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

/// How samples are handed to LSL.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Sender {
    /// One by one, each stamped as it is pushed.
    Samples,
    /// So many at once: the last is stamped, the others deduced by the nominal rate.
    Chunks(u64),
    /// So many at once, all with one stamp.
    OneStamp(u64),
    /// As chunks, but twice a minute nothing is pushed for a while, then all that waits at once.
    Stalling(u64),
}

/// How pushes are late.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Delay {
    Exponential,
    /// To both sides: the stamps are some other clock's.
    Normal,
    /// Now and then very late.
    Heavy,
}

/// A sender, and what happens to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) sender: Sender,
    pub(crate) nominal_hz: f64,
    /// The true rate is off by this share.
    pub(crate) rate_error: f64,
    pub(crate) jitter_secs: f64,
    pub(crate) delay: Delay,
    /// When samples are lost, and how many.
    pub(crate) loss: Option<(f64, u64)>,
    pub(crate) seed: u64,
}

/// A sample as it comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    /// Time since the start at which it was taken.
    pub(crate) t_secs: f64,
    pub(crate) stamp_secs: f64,
    pub(crate) arrival_secs: f64,
    /// Lost before it.
    pub(crate) n_lost: u64,
}

/// The samples of a case, without end.
pub(crate) struct Stream {
    case: Case,
    random: Pcg64,
    chunk_len: u64,
    sent: u64,
    n_lost: u64,
    /// Place within the chunk.
    at: u64,
    push_secs: f64,
    arrival_secs: f64,
    stall_end_secs: f64,
    next_stall_secs: f64,
}

const START_SECS: f64 = 1000.0;
const STALLS_APART_SECS: f64 = 30.0;

impl Stream {
    pub(crate) fn new(case: Case) -> Self {
        let chunk_len = match case.sender {
            Sender::Samples => 1,
            Sender::Chunks(n) | Sender::OneStamp(n) | Sender::Stalling(n) => n,
        };
        Self {
            case,
            random: Pcg64::seed_from_u64(case.seed),
            chunk_len,
            sent: 0,
            n_lost: 0,
            at: chunk_len,
            push_secs: 0.0,
            arrival_secs: 0.0,
            stall_end_secs: 0.0,
            next_stall_secs: 20.0,
        }
    }

    fn t_secs(&self, n: u64) -> f64 {
        (n + self.n_lost) as f64 / (self.case.nominal_hz * (1.0 + self.case.rate_error))
    }

    fn exponential(&mut self) -> f64 {
        Exp1.sample(&mut self.random)
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.random)
    }

    /// Push a chunk whose last sample is taken at `end_secs`.
    fn push(&mut self, end_secs: f64) {
        let size = match self.case.delay {
            Delay::Exponential => self.exponential(),
            Delay::Normal => self.normal(),
            Delay::Heavy => self.normal().abs() / (0.3 + self.exponential()).sqrt(),
        };
        let mut push_secs = end_secs + self.case.jitter_secs * size;
        if matches!(self.case.sender, Sender::Stalling(_)) && end_secs > self.next_stall_secs {
            self.stall_end_secs = end_secs + 0.05 + 0.5 * self.exponential();
            self.next_stall_secs += STALLS_APART_SECS;
        }
        push_secs = push_secs.max(self.stall_end_secs);
        if self.case.delay != Delay::Normal {
            // what is late holds up what comes behind it
            push_secs = push_secs.max(self.push_secs);
        }
        self.push_secs = push_secs;
        let network_secs = 2e-4 + 2e-4 * self.exponential();
        self.arrival_secs = self
            .arrival_secs
            .max(push_secs.max(end_secs) + network_secs);
    }

    pub(crate) fn next_sample(&mut self) -> Sent {
        if let Some((at_secs, n)) = self.case.loss
            && self.n_lost == 0
            && self.t_secs(self.sent) >= at_secs
        {
            self.n_lost = n;
        }
        let t_secs = self.t_secs(self.sent);
        if self.at == self.chunk_len {
            self.at = 0;
            self.push(self.t_secs(self.sent + self.chunk_len - 1));
        }
        let back_secs = match self.case.sender {
            Sender::OneStamp(_) => 0.0,
            _ => (self.chunk_len - 1 - self.at) as f64 / self.case.nominal_hz,
        };
        self.at += 1;
        self.sent += 1;
        Sent {
            t_secs,
            stamp_secs: START_SECS + self.push_secs - back_secs,
            arrival_secs: START_SECS + self.arrival_secs,
            n_lost: self.n_lost,
        }
    }
}
