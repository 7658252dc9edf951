//! A sender with everything in turn, at the level of stamps: losses, stalls, stamps that are no times, its own death, and a rate that is not the nominal one.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates and counts that fit"
)]

use efrscope::timeline::TimeLine;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// What senders say instead of times; -1 is LSL's word for "one period after the sample before".
const NONSENSE: [f64; 6] = [f64::NAN, f64::INFINITY, -1.0, 1e300, 1e-320, -5e9];
/// A gap of so much must be marked where it is.
const MARKED_SECS: f64 = 0.3;

/// A device whose samples have numbers, and the time line of who listens to it.
struct Device {
    nominal_hz: f64,
    true_hz: f64,
    random: Pcg64,
    /// Of the life: when it began, the number of its first sample, samples so far.
    begin_secs: f64,
    first: u64,
    sent: u64,
    stamp_before_secs: f64,
    arrival_secs: f64,
    ledger: Ledger,
}

/// What came of a life, and what was said of it.
struct Ledger {
    timeline: TimeLine,
    first_number: Option<u64>,
    number: u64,
    run: u32,
    n_received: u64,
    n_lost_before: u64,
    story: Vec<String>,
    problems: Vec<String>,
}

impl Ledger {
    fn take(&mut self, number: u64, stamp_secs: f64, arrival_secs: f64, rate_hz: f64) {
        let placed = self.timeline.place(stamp_secs, Some(arrival_secs));
        self.n_received += 1;
        if self.first_number.is_none() {
            self.first_number = Some(number);
            self.n_lost_before = self.timeline.n_lost();
        } else {
            let n_missing = number - self.number - 1;
            if n_missing as f64 > MARKED_SECS * rate_hz && placed.run == self.run {
                let said = format!("{n_missing} missing before {number} in an unbroken run");
                self.problem(&said);
            }
        }
        (self.number, self.run) = (number, placed.run);
    }

    fn problem(&mut self, what: &str) {
        self.problems
            .push(format!("{what} ({})", self.story.join(", ")));
    }

    fn close(&mut self) {
        let Some(first) = self.first_number.take() else {
            return;
        };
        let truly = self.number - first + 1 - self.n_received;
        // what was lost before it may have been settled since
        let n_lost = self
            .timeline
            .n_lost()
            .checked_signed_diff(self.n_lost_before);
        let n_lost = n_lost.unwrap_or(i64::MAX);
        if truly.checked_signed_diff(0) != Some(n_lost) {
            self.problem(&format!("{truly} lost, {n_lost} said"));
        }
        self.n_received = 0;
    }
}

impl Device {
    fn below(&mut self, n: u64) -> u64 {
        self.random.next_u64() % n
    }

    fn tell(&mut self, fault: String) {
        self.ledger.story.push(fault);
    }

    fn uniform(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn t_secs(&self, sent: u64) -> f64 {
        self.begin_secs + sent as f64 / self.true_hz
    }

    /// Send for so long; every sample with this stamp, where one is given. What waits since `from_secs` is pushed at once.
    fn send(&mut self, secs: f64, stamp_secs: Option<f64>, from_secs: f64) {
        let end = self.sent + (secs * self.true_hz).round() as u64;
        while self.sent < end {
            let n = ((self.nominal_hz / 50.0).round() as u64).min(end - self.sent);
            let pushed_secs = self.t_secs(self.sent + n).max(from_secs);
            let late_secs = self.uniform(2e-4, 2e-2);
            self.arrival_secs = self.arrival_secs.max(pushed_secs + late_secs);
            for at in 0..n {
                let period_secs = 1.0 / self.nominal_hz;
                let secs = match stamp_secs {
                    Some(secs) if secs.to_bits() == (-1.0_f64).to_bits() => {
                        self.stamp_before_secs + period_secs
                    }
                    Some(secs) => secs,
                    None => self.t_secs(self.sent + n - 1) - (n - 1 - at) as f64 * period_secs,
                };
                self.stamp_before_secs = secs;
                let number = self.first + self.sent + at;
                let (arrival_secs, rate_hz) = (self.arrival_secs, self.nominal_hz);
                self.ledger.take(number, secs, arrival_secs, rate_hz);
            }
            self.sent += n;
        }
    }

    fn live(&mut self, begin_secs: f64, lies: bool) {
        self.begin_secs = begin_secs;
        self.first = (begin_secs * self.nominal_hz).round() as u64;
        self.sent = 0;
        let wrong = if self.below(2) == 0 { 0.98 } else { 1.02 };
        self.true_hz = self.nominal_hz * if lies { wrong } else { 1.0 };
        self.ledger.story = vec![format!("{} Hz", self.true_hz)];
        self.send(4.0, None, 0.0);
        loop {
            let fault = self.below(100);
            let now_secs = self.t_secs(self.sent);
            let mut from_secs = 0.0;
            match fault {
                ..35 => {
                    let rate_hz = self.nominal_hz as u64;
                    let n = rate_hz / 10 + self.below(3 * rate_hz - rate_hz / 10);
                    self.sent += n;
                    self.tell(format!("lose {n}"));
                }
                35..55 => {
                    from_secs = now_secs + self.uniform(0.5, 3.0);
                    self.tell(format!("stall {:.1}", from_secs - now_secs));
                }
                55..70 => {
                    let which = self.below(NONSENSE.len() as u64) as usize;
                    let secs = self.uniform(0.1, 0.4);
                    self.send(secs, Some(NONSENSE[which]), 0.0);
                    self.tell(format!("stamps {:e} {secs:.2}", NONSENSE[which]));
                }
                70..85 => {}
                85..90 => {
                    // what waits has a hole of its own
                    from_secs = now_secs + self.uniform(2.0, 5.0);
                    self.send(1.0, None, from_secs);
                    self.sent += self.nominal_hz as u64;
                    self.tell(format!("stall {:.1}, lose within", from_secs - now_secs));
                }
                _ => return self.ledger.close(),
            }
            let secs = self.uniform(3.5, 6.0);
            self.send(secs, None, from_secs);
        }
    }
}

#[test]
fn lives_of_senders_with_every_fault_are_counted_to_the_sample() {
    let mut problems = Vec::new();
    let mut n_lives = 0;
    for (nominal_hz, seed) in [(250.0, 1), (500.0, 2), (1000.0, 3)] {
        let mut device = Device {
            nominal_hz,
            true_hz: nominal_hz,
            random: Pcg64::seed_from_u64(seed),
            begin_secs: 0.0,
            first: 0,
            sent: 0,
            stamp_before_secs: 0.0,
            arrival_secs: 0.0,
            ledger: Ledger {
                timeline: TimeLine::new(nominal_hz),
                first_number: None,
                number: 0,
                run: 0,
                n_received: 0,
                n_lost_before: 0,
                story: Vec::new(),
                problems: Vec::new(),
            },
        };
        let mut begin_secs = 20_000.0;
        for _ in 0..60 {
            let lies = device.below(10) < 3;
            device.live(begin_secs, lies);
            begin_secs = device.t_secs(device.sent) + device.uniform(1.0, 4.0);
            device.ledger.timeline.reconnected();
            n_lives += 1;
        }
        problems.append(&mut device.ledger.problems);
    }
    let n_problems = problems.len();
    assert_eq!(
        n_problems,
        0,
        "of {n_lives} lives:\n{}",
        problems.join("\n")
    );
}
