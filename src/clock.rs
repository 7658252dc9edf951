//! Time, passed in so that tests and replays can step it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A clock that never goes back. Its zero means nothing.
pub trait Clock: Send + Sync {
    /// Seconds since some fixed moment.
    fn now_secs(&self) -> f64;
}

/// The computer's monotonic clock.
#[derive(Debug)]
pub struct RealClock {
    start: Instant,
}

impl RealClock {
    /// Starts at zero now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one clock that the others are handed"
    )]
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Clock for RealClock {
    fn now_secs(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}

/// A clock that moves only when told to.
#[derive(Debug, Default)]
pub struct SteppedClock {
    now_secs: AtomicU64,
}

impl SteppedClock {
    /// Let `secs` pass.
    pub fn step(&self, secs: f64) {
        let now = f64::from_bits(self.now_secs.load(Ordering::Acquire));
        self.now_secs
            .store((now + secs).to_bits(), Ordering::Release);
    }
}

impl Clock for SteppedClock {
    fn now_secs(&self) -> f64 {
        f64::from_bits(self.now_secs.load(Ordering::Acquire))
    }
}
