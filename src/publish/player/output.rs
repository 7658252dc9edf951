//! Where the samples go: a sound card, or nowhere at the pace of the clock.

use crate::publish::player::PlayError;

/// From the moment a sound card asks for a sample to the moment it is heard.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Latency {
    /// What the device reports.
    #[default]
    Reported,
    /// A measured one, in place of what the device reports, in seconds.
    Instead(f64),
    /// What the device reports and this, in seconds: what a loop-back recording shows the stamps to be early.
    Plus(f64),
}

/// Longest latency that is believed.
const MAX_LATENCY_MS: f64 = 2000.0;

impl Latency {
    /// Seconds, where the device reports `reported_secs`.
    #[must_use]
    pub fn secs(self, reported_secs: f64) -> f64 {
        match self {
            Self::Reported => reported_secs,
            Self::Instead(secs) => secs,
            Self::Plus(secs) => reported_secs + secs,
        }
    }

    /// Reads milliseconds: `X` in place of what is reported, `+X` or `-X` added to it.
    ///
    /// # Errors
    /// What is allowed, for a person.
    pub fn parse(text: &str) -> Result<Self, String> {
        let allowed = "allowed are milliseconds: X (0 to 2000) in place of what the device reports, +X or -X to be added to it";
        let ms: f64 = text.parse().map_err(|_no_number| allowed.to_owned())?;
        if !(-MAX_LATENCY_MS..=MAX_LATENCY_MS).contains(&ms) {
            return Err(allowed.to_owned());
        }
        Ok(if text.starts_with(['+', '-']) {
            Self::Plus(1e-3 * ms)
        } else {
            Self::Instead(1e-3 * ms)
        })
    }
}

/// Where the samples go, and when each of them is heard.
pub trait Output {
    /// What the device is called.
    fn name(&self) -> &str;

    /// The latency in words: how much, and how it is known.
    fn latency_in_words(&self) -> String;

    /// Whether stamps can be given.
    fn is_ready(&self) -> bool {
        true
    }

    /// Look what has happened; samples before `next` were sent.
    ///
    /// # Errors
    /// [`PlayError`] when the device plays no more.
    fn update(&mut self, next: u64, now_secs: f64) -> Result<(), PlayError>;

    /// How many samples from the first on are heard by `now_secs`.
    fn n_heard(&self, now_secs: f64) -> u64;

    /// When a sample is heard, for those from the last update's `next` on.
    fn stamp_secs(&self, sample: u64) -> f64;

    /// Ends the sound; stamps can still be given.
    fn stop(&mut self) {}

    /// What went wrong without ending the play, in words; empty when nothing did.
    fn complaints(&self) -> String {
        String::new()
    }
}

/// No sound card: sample `n` is "heard" at the start plus `n` over the rate, exactly.
#[derive(Debug)]
pub struct NoDevice {
    start_secs: f64,
    rate_hz: f64,
    latency_secs: f64,
}

impl NoDevice {
    /// Begins at `start_secs`. A latency is added to every stamp.
    #[must_use]
    pub fn new(start_secs: f64, rate_hz: f64, latency: Latency) -> Self {
        Self {
            start_secs,
            rate_hz,
            latency_secs: latency.secs(0.0),
        }
    }
}

impl Output for NoDevice {
    fn name(&self) -> &'static str {
        "none"
    }

    fn latency_in_words(&self) -> String {
        if self.latency_secs == 0.0 {
            "0 ms: no device".to_owned()
        } else {
            format!("{} ms, as given: no device", 1e3 * self.latency_secs)
        }
    }

    fn update(&mut self, _next: u64, _now_secs: f64) -> Result<(), PlayError> {
        Ok(())
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded down; a float-to-int cast saturates, and before the start nothing is heard"
    )]
    fn n_heard(&self, now_secs: f64) -> u64 {
        let samples = (now_secs - self.start_secs - self.latency_secs) * self.rate_hz;
        (samples + 1.0).floor() as u64
    }

    fn stamp_secs(&self, sample: u64) -> f64 {
        self.start_secs + self.latency_secs + sample as f64 / self.rate_hz
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_with_a_sign_is_added_and_one_without_is_taken() {
        assert_eq!(Latency::parse("12.5"), Ok(Latency::Instead(0.0125)));
        assert_eq!(Latency::parse("+3"), Ok(Latency::Plus(0.003)));
        assert_eq!(Latency::parse("-3"), Ok(Latency::Plus(-0.003)));
        for wrong in ["", "x", "NaN", "1e9", "-2001", "12 ms"] {
            let error = Latency::parse(wrong).unwrap_err();
            assert!(error.contains("allowed are milliseconds"), "{wrong}");
        }
        assert_eq!(Latency::Reported.secs(0.02), 0.02);
        assert_eq!(Latency::Instead(0.01).secs(0.02), 0.01);
        assert!((Latency::Plus(0.01).secs(0.02) - 0.03).abs() < 1e-12);
    }

    #[test]
    fn without_a_device_stamps_are_exact_and_no_sample_is_early() {
        let output = NoDevice::new(1000.0, 44_100.0, Latency::Reported);
        assert_eq!(output.n_heard(999.9), 0);
        assert_eq!(output.stamp_secs(44_100 * 3600), 4600.0);
        for n in 1_u32..2000 {
            let now_secs = 1000.0 + 0.0137 * f64::from(n);
            let n_heard = output.n_heard(now_secs);
            assert!(output.stamp_secs(n_heard - 1) <= now_secs + 1e-9);
            assert!(output.stamp_secs(n_heard) > now_secs - 1e-9);
        }
    }
}
