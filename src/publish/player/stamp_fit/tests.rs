use rand_distr::{Distribution, Normal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

use super::*;

const RATE_HZ: f64 = 44_100.0;
const BLOCK: u64 = 512;

/// A sound card: `ppm` too fast, its callbacks off by jitter; `late_secs` is how much later than the undisturbed line a sample is heard.
struct Card {
    ppm: f64,
    jitter: Normal<f64>,
    random: Pcg64,
}

impl Card {
    fn new(ppm: f64, jitter_ms: f64) -> Self {
        Self {
            ppm,
            jitter: Normal::new(0.0, 1e-3 * jitter_ms).unwrap(),
            random: Pcg64::seed_from_u64(3),
        }
    }

    fn true_secs(&self, sample: u64) -> f64 {
        100.0 + sample as f64 / (RATE_HZ * (1.0 + 1e-6 * self.ppm))
    }

    fn said_secs(&mut self, sample: u64) -> f64 {
        self.true_secs(sample) + self.jitter.sample(&mut self.random)
    }
}

/// Plays for `secs` and returns the stamps of all samples, sent as they are heard.
fn stamps(card: &mut Card, secs: f64, disturb: impl Fn(u64, f64) -> f64) -> (Vec<f64>, StampFit) {
    let mut fit = StampFit::new(RATE_HZ);
    let mut stamps = Vec::new();
    let mut sample = 0;
    while (sample as f64) < secs * RATE_HZ {
        let said = card.said_secs(sample);
        fit.update(sample, disturb(sample, said));
        fit.go_on_from(stamps.len() as u64);
        let n_heard = fit.n_heard(card.true_secs(sample)).min(sample);
        for next in stamps.len() as u64..n_heard {
            stamps.push(fit.stamp_secs(next));
        }
        sample += BLOCK;
    }
    (stamps, fit)
}

/// Least and greatest step between stamps, in periods.
fn steps(stamps: &[f64]) -> (f64, f64) {
    let steps = stamps.windows(2).map(|pair| (pair[1] - pair[0]) * RATE_HZ);
    steps.fold((f64::INFINITY, 0.0), |(least, most), step| {
        (step.min(least), step.max(most))
    })
}

/// Greatest error of the stamps from the sample at `from_secs` on, in ms.
fn worst_ms(card: &Card, stamps: &[f64], from_secs: f64) -> f64 {
    let error = |(sample, stamp): (u64, &f64)| 1e3 * (stamp - card.true_secs(sample)).abs();
    let all = (0..).zip(stamps).map(error);
    let late_enough = (0_u32..)
        .zip(all)
        .filter(|(sample, _)| f64::from(*sample) >= from_secs * RATE_HZ);
    late_enough
        .map(|(_, error_ms)| error_ms)
        .fold(0.0, f64::max)
}

#[test]
fn jitter_of_a_millisecond_leaves_regular_stamps_within_a_quarter_of_it() {
    let mut card = Card::new(37.0, 1.0);
    let (stamps, fit) = stamps(&mut card, 60.0, |_, said| said);
    assert!(stamps.len() > 59 * 44_100, "{}", stamps.len());
    let (least, most) = steps(&stamps);
    assert!(least > 0.9985 && most < 1.0015, "{least} {most}");
    assert!(
        worst_ms(&card, &stamps, 3.0) < 0.25,
        "{}",
        worst_ms(&card, &stamps, 3.0)
    );
    let ppm = 1e6 * (fit.fitted_rate_hz() / RATE_HZ - 1.0);
    assert!((ppm - 37.0).abs() < 3.0, "{ppm}");
    assert_eq!(fit.n_jumps(), 0);
}

#[test]
fn what_the_first_callbacks_say_while_the_buffer_fills_is_forgotten() {
    let mut card = Card::new(0.0, 0.1);
    let (stamps, _) = stamps(&mut card, 10.0, |sample, said| {
        if sample < 8192 { said - 0.15 } else { said }
    });
    assert!(
        worst_ms(&card, &stamps, 0.0) < 0.5,
        "{}",
        worst_ms(&card, &stamps, 0.0)
    );
}

#[test]
fn a_callback_that_comes_late_moves_nothing() {
    let mut card = Card::new(0.0, 0.1);
    let (stamps, fit) = stamps(&mut card, 20.0, |sample, said| {
        if (sample / BLOCK) % 50 == 7 {
            said + 0.05
        } else {
            said
        }
    });
    assert_eq!(fit.n_jumps(), 0);
    assert!(
        worst_ms(&card, &stamps, 2.0) < 0.3,
        "{}",
        worst_ms(&card, &stamps, 2.0)
    );
}

#[test]
fn an_interruption_is_followed_and_counted() {
    let mut card = Card::new(0.0, 0.2);
    let at_sample = 441_000;
    let (stamps, fit) = stamps(&mut card, 20.0, |sample, said| {
        if sample >= at_sample {
            said + 0.030
        } else {
            said
        }
    });
    assert_eq!(fit.n_jumps(), 1);
    let (least, _) = steps(&stamps);
    assert!(least > 0.99, "{least}");
    let late_ms =
        |sample: u64| 1e3 * (stamps[usize::try_from(sample).unwrap()] - card.true_secs(sample));
    assert!(late_ms(at_sample - 100).abs() < 0.3);
    assert!(
        (late_ms(at_sample + 8_000) - 30.0).abs() < 0.5,
        "{}",
        late_ms(at_sample + 8_000)
    );
}

#[test]
fn no_stamp_is_given_before_the_fit_has_settled() {
    let mut fit = StampFit::new(RATE_HZ);
    fit.update(0, 100.0);
    fit.go_on_from(0);
    assert!(!fit.is_settled() && fit.n_heard(1e9) == 0 && fit.stamp_secs(0).is_infinite());
}
