//! The time line against senders whose truth is known: what it calls lost, when, how many, and which rate it sees.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates and counts that fit"
)]

use std::fmt::Write as _;

use efrscope::signal::RateVerdict;
use efrscope::timeline::TimeLine;

use crate::senders::{Case, Delay, Sender, Stream};

/// What a time line made of a case.
#[derive(Debug, Clone)]
struct Outcome {
    case: Case,
    secs: f64,
    said: u64,
    /// The most that was said before anything was lost.
    false_said: u64,
    /// From the loss until it was noticed, and until it was counted for good.
    found_secs: Option<f64>,
    counted_secs: f64,
    rate_hz: f64,
    verdict: RateVerdict,
}

impl Outcome {
    fn of(case: Case, secs: f64) -> Self {
        let mut stream = Stream::new(case);
        let mut timeline = TimeLine::new(case.nominal_hz);
        let mut outcome = Self {
            case,
            secs,
            said: 0,
            false_said: 0,
            found_secs: None,
            counted_secs: 0.0,
            rate_hz: 0.0,
            verdict: RateVerdict::Unknown,
        };
        loop {
            let sent = stream.next_sample();
            if sent.t_secs > secs {
                break;
            }
            timeline.place(sent.stamp_secs, Some(sent.arrival_secs));
            let said = timeline.n_lost();
            if said == outcome.said {
                continue;
            }
            outcome.said = said;
            match case.loss.filter(|_| sent.n_lost > 0) {
                Some((at_secs, n)) => {
                    // since samples come again
                    let since_secs = sent.t_secs - at_secs - n as f64 / outcome.true_hz();
                    outcome.counted_secs = since_secs;
                    if said > outcome.false_said {
                        outcome.found_secs.get_or_insert(since_secs);
                    }
                }
                None => outcome.false_said = outcome.false_said.max(said),
            }
        }
        outcome.rate_hz = timeline.measured_rate_hz();
        outcome.verdict = timeline.rate_verdict();
        outcome
    }

    fn n_lost(&self) -> u64 {
        self.case.loss.map_or(0, |(_, n)| n)
    }

    /// Whether the loss is more than the scatter of the stamps: smaller ones may be undecidable.
    fn is_decidable(&self) -> bool {
        let loss_secs = self.n_lost() as f64 / self.true_hz();
        self.n_lost() > 0 && loss_secs > 4.0 * self.case.jitter_secs
    }

    fn true_hz(&self) -> f64 {
        self.case.nominal_hz * (1.0 + self.case.rate_error)
    }

    fn rate_off_ppm(&self) -> f64 {
        1e6 * (self.rate_hz / self.true_hz() - 1.0)
    }

    fn has_right_verdict(&self) -> bool {
        match self.verdict {
            RateVerdict::Nominal => self.case.rate_error.abs() < 1.5e-3,
            RateVerdict::Near => (5e-4..1.5e-2).contains(&self.case.rate_error.abs()),
            RateVerdict::Wrong(hz) => {
                self.case.rate_error.abs() > 5e-3 && (hz / self.true_hz() - 1.0).abs() < 2e-3
            }
            RateVerdict::Unknown | RateVerdict::Unsteady => false,
        }
    }
}

/// Numbers that look random and are the same each time, from 0 to 1.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly over the logarithm.
    fn between(&mut self, lo: f64, hi: f64) -> f64 {
        lo * (hi / lo).powf(self.next())
    }
}

/// A case drawn over the space of them; one in three loses nothing.
fn drawn(n: u64, secs: f64) -> Case {
    let mut draw = Draw(n.wrapping_mul(2_654_435_761) + 12_345);
    draw.next();
    let len = draw.between(1.0, 1000.0).round() as u64;
    let sender = match n % 4 {
        0 => Sender::Samples,
        1 => Sender::Chunks(len),
        2 => Sender::OneStamp(len.clamp(2, 250)),
        _ => Sender::Stalling(len),
    };
    let is_right = draw.next() < 0.5;
    let rate_error = if is_right {
        2e-4 * (draw.next() - 0.5)
    } else {
        1.5 * draw.next() - 0.5
    };
    let is_exact = draw.next() < 0.1;
    Case {
        sender,
        nominal_hz: draw.between(100.0, 20_000.0).round(),
        rate_error,
        jitter_secs: if is_exact {
            0.0
        } else {
            draw.between(5e-5, 20e-3)
        },
        delay: [Delay::Exponential, Delay::Normal, Delay::Heavy][(n / 4 % 3) as usize],
        loss: (!n.is_multiple_of(3))
            .then(|| (secs / 2.0, draw.between(1.0, 5000.0).round() as u64)),
        seed: n,
    }
}

/// Every corner of the space.
fn corners() -> Vec<Case> {
    let mut cases = Vec::new();
    for sender in [
        Sender::Samples,
        Sender::Chunks(1),
        Sender::Chunks(1000),
        Sender::OneStamp(250),
        Sender::Stalling(1000),
    ] {
        for nominal_hz in [100.0, 20_000.0] {
            for jitter_secs in [0.0, 20e-3] {
                for rate_error in [-0.5, 0.0, 1.0] {
                    for n_lost in [0, 1, 5000] {
                        cases.push(Case {
                            sender,
                            nominal_hz,
                            rate_error,
                            jitter_secs,
                            delay: Delay::Exponential,
                            loss: (n_lost > 0).then_some((600.0, n_lost)),
                            seed: cases.len() as u64,
                        });
                    }
                }
            }
        }
    }
    cases
}

/// A line of the table.
fn row(name: &str, outcomes: &[&Outcome]) -> String {
    let hours: f64 = outcomes.iter().map(|o| o.secs / 3600.0).sum();
    let n_false = outcomes.iter().filter(|o| o.false_said > 0).count();
    let n_false_samples: u64 = outcomes.iter().map(|o| o.false_said).sum();
    let decidable: Vec<_> = outcomes.iter().filter(|o| o.is_decidable()).collect();
    let found: Vec<_> = decidable
        .iter()
        .filter(|o| o.found_secs.is_some())
        .collect();
    let mut delays: Vec<f64> = found.iter().filter_map(|o| o.found_secs).collect();
    delays.sort_unstable_by(f64::total_cmp);
    let median_secs = delays.get(delays.len() / 2).copied().unwrap_or(f64::NAN);
    let n_exact = found.iter().filter(|o| o.said == o.n_lost()).count();
    let (mut wrong, mut lost) = (0, 0);
    for outcome in &found {
        wrong += outcome.said.abs_diff(outcome.n_lost());
        lost += outcome.n_lost();
    }
    let n_right = outcomes.iter().filter(|o| o.has_right_verdict()).count();
    let mut off: Vec<f64> = outcomes.iter().map(|o| o.rate_off_ppm().abs()).collect();
    off.sort_unstable_by(f64::total_cmp);
    let share = 100.0 * wrong as f64 / (lost as f64).max(1.0);
    format!(
        "| {name} | {} | {hours:.0} | {n_false} ({n_false_samples}) | {} of {} | {median_secs:.1} | {n_exact} | {share:.2} % | {n_right} | {:.0} |\n",
        outcomes.len(),
        found.len(),
        decidable.len(),
        off[off.len() * 9 / 10],
    )
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| senders | cases | hours | with a false loss (samples) | losses found, of those above 4 jitters | median delay, s | counted exactly | error of the counts | rate judged rightly | rate off, 9 of 10 below, ppm |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let is = |kind: usize, sender: Sender| match sender {
        Sender::Samples => kind == 0,
        Sender::Chunks(_) => kind == 1,
        Sender::OneStamp(_) => kind == 2,
        Sender::Stalling(_) => kind == 3,
    };
    let names = [
        "`push_sample`",
        "`push_chunk`",
        "one stamp per chunk",
        "stalling",
    ];
    for (kind, name) in names.into_iter().enumerate() {
        let of_kind: Vec<_> = outcomes
            .iter()
            .filter(|o| is(kind, o.case.sender))
            .collect();
        let mild = |o: &&&Outcome| o.case.jitter_secs <= 3e-3;
        let (calm, wild): (Vec<&Outcome>, Vec<&Outcome>) = of_kind.iter().partition(mild);
        for (words, part) in [("jitter to 3 ms", calm), ("above", wild)] {
            if !part.is_empty() {
                text += &row(&format!("{name}, {words}"), &part);
            }
        }
    }
    text
}

fn odd(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let is_missed = outcome.is_decidable() && outcome.found_secs.is_none();
        if outcome.false_said > 0 || is_missed || !outcome.has_right_verdict() {
            let Case {
                sender,
                nominal_hz,
                rate_error,
                jitter_secs,
                delay,
                ..
            } = outcome.case;
            // writing to a String cannot fail
            let _ok = writeln!(
                text,
                "- {sender:?} at {nominal_hz} Hz {:+.4} %, {delay:?} {:.2} ms, {} lost: {} said, {} before; {:?}",
                100.0 * rate_error,
                1e3 * jitter_secs,
                outcome.n_lost(),
                outcome.said,
                outcome.false_said,
                outcome.verdict
            );
        }
    }
    text
}

#[test]
fn usual_senders_lose_nothing_falsely_and_what_is_lost_is_counted() {
    let usual = |sender, nominal_hz, jitter_secs, rate_error, loss| Case {
        sender,
        nominal_hz,
        rate_error,
        jitter_secs,
        delay: Delay::Exponential,
        loss,
        seed: 7,
    };
    let at_secs = 100.0;
    for case in [
        usual(Sender::Chunks(100), 500.0, 10e-3, 0.0, None),
        usual(Sender::Chunks(882), 44_100.0, 1e-3, 3e-5, None),
        usual(Sender::Samples, 250.0, 3e-3, 0.0, None),
        usual(Sender::OneStamp(250), 250.0, 1e-3, 0.0, None),
        usual(Sender::Chunks(8), 256.0, 1e-3, -0.21875, None),
        usual(Sender::Chunks(4), 128.0, 1e-3, 1.0, None),
        usual(Sender::Chunks(8), 256.0, 3e-4, -0.024, Some((at_secs, 40))),
        usual(Sender::Chunks(20), 1000.0, 1e-3, 0.0, Some((at_secs, 12))),
        usual(Sender::Samples, 500.0, 1e-3, 0.0, Some((at_secs, 5))),
        usual(
            Sender::Chunks(100),
            500.0,
            3e-3,
            2e-5,
            Some((at_secs, 1000)),
        ),
        usual(Sender::Samples, 20_000.0, 1e-4, 0.0, Some((at_secs, 5000))),
        Case {
            delay: Delay::Normal,
            ..usual(Sender::Samples, 1472.0, 7e-5, 0.48, Some((at_secs, 1386)))
        },
    ] {
        let outcome = Outcome::of(case, 200.0);
        assert_eq!(outcome.false_said, 0, "{outcome:?}");
        assert_eq!(outcome.said, outcome.n_lost(), "{outcome:?}");
        if case.loss.is_some() {
            assert!(outcome.found_secs.is_some_and(|s| s < 2.0), "{outcome:?}");
        }
        assert!(outcome.has_right_verdict(), "{outcome:?}");
        assert!(outcome.rate_off_ppm().abs() < 100.0, "{outcome:?}");
    }
}

#[test]
#[ignore = "long: run by make timeline"]
fn drawn_senders_and_every_corner() {
    const SECS: f64 = 3600.0;
    let drawn: Vec<Outcome> = (0..320)
        .map(|n| Outcome::of(drawn(n, SECS), SECS))
        .collect();
    let corners: Vec<Outcome> = corners()
        .into_iter()
        .map(|case| Outcome::of(case, 1200.0))
        .collect();
    let text = format!(
        "{}## Drawn over the space\n\n{}\n## Its corners, 20 minutes each\n\n{}\n## Odd among the drawn ones\n\n{}\n## Odd among the corners\n\n{}",
        include_str!("timelines.md"),
        table(&drawn),
        table(&corners),
        odd(&drawn),
        odd(&corners)
    );
    let path = std::env::var("EFRSCOPE_TIMELINE_FILE");
    let path = path.unwrap_or_else(|_| concat!(env!("CARGO_TARGET_TMPDIR"), "/timeline.md").into());
    std::fs::write(&path, text).expect("the table is written");
    let calm =
        |o: &&Outcome| o.case.jitter_secs <= 3e-3 && !matches!(o.case.sender, Sender::Stalling(_));
    let n_false = drawn
        .iter()
        .filter(calm)
        .filter(|o| o.false_said > 0)
        .count();
    assert!(n_false <= 3, "{n_false} of the calm ones with a false loss");
}
