//! What the times at which samples arrive say of their stamps.

/// The least delay is sought over the last one to two of these.
const FLOOR_SECS: f64 = 15.0;
/// A stamp older than this when it arrives, or younger than the other by the other, is on some other clock.
const ON_CLOCK_SECS: [f64; 2] = [-10.0, 600.0];
/// Stamps that go faster or slower than time by more than this, for so many windows, count something else.
const UNRELATED: f64 = 0.05;
const N_UNRELATED: u32 = 2;
/// A clock may be set by less without anyone seeing it in the arrivals.
const SEEN_SECS: f64 = 0.04;

/// Delay from stamp to arrival: where stamps run ahead of it no sample was lost.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrivals {
    /// Least delay of the window before, and of this one.
    floors: [Option<f64>; 2],
    window_end_secs: f64,
    /// Windows in a row in which stamps and arrivals went at different speeds.
    n_unrelated: u32,
}

impl Arrivals {
    pub(super) fn clear(&mut self) {
        self.floors = [None; 2];
        self.n_unrelated = 0;
    }

    /// Take the stamp of a sample that arrived then.
    pub(super) fn take(&mut self, stamp_secs: f64, arrival_secs: f64) {
        let delay_secs = arrival_secs - stamp_secs;
        if arrival_secs >= self.window_end_secs {
            self.end_window();
            self.window_end_secs = arrival_secs + FLOOR_SECS;
        }
        let this = &mut self.floors[1];
        *this = Some(this.map_or(delay_secs, |least| least.min(delay_secs)));
    }

    fn end_window(&mut self) {
        let [before, this] = self.floors;
        if let (Some(before), Some(this)) = (before, this) {
            // single stamps may be late by seconds, where a sender stalls; the least late of a window is not
            let differs = (this - before).abs() > UNRELATED * FLOOR_SECS;
            self.n_unrelated = if differs { self.n_unrelated + 1 } else { 0 };
        }
        self.floors = [this, None];
    }

    /// Whether stamps do not count seconds, or not those that pass here.
    pub(super) fn are_unrelated(&self) -> bool {
        self.n_unrelated >= N_UNRELATED
    }

    /// The least delay of late.
    pub(super) fn floor_secs(&self) -> Option<f64> {
        self.floors.into_iter().flatten().reduce(f64::min)
    }

    /// Whether a step of stamps by `step_secs` is refuted: they are now further ahead of their arrival than any was before.
    pub(super) fn refute(&self, step_secs: f64, stamp_secs: f64, arrival_secs: f64) -> bool {
        let Some(floor_secs) = self.floor_secs() else {
            return false;
        };
        let delay_secs = arrival_secs - stamp_secs;
        step_secs > SEEN_SECS && delay_secs < floor_secs - 0.5 * step_secs
    }
}

/// Whether a stamp can be on the clock by which it arrived.
pub(super) fn is_on_clock(stamp_secs: f64, arrival_secs: f64) -> bool {
    let [ahead, behind] = ON_CLOCK_SECS;
    (ahead..behind).contains(&(arrival_secs - stamp_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stamps over two minutes, and when each arrives.
    fn are_unrelated(sent: impl Fn(f64) -> (f64, f64)) -> bool {
        let mut arrivals = Arrivals::default();
        for n in 0..1200 {
            let (stamp_secs, arrival_secs) = sent(100.0 + f64::from(n) / 10.0);
            arrivals.take(stamp_secs, arrival_secs);
        }
        arrivals.are_unrelated()
    }

    #[test]
    fn stamps_are_of_another_clock_when_they_run_at_another_speed_and_not_when_they_come_late() {
        assert!(are_unrelated(|secs| (0.5 * secs, secs)));
        assert!(are_unrelated(|secs| (1.1 * secs, secs)));
        assert!(!are_unrelated(|secs| (1.01 * secs, secs)));
        // a third of the time everything waits, up to five seconds
        let stalling = |secs: f64| {
            (
                secs,
                if secs % 15.0 < 5.0 {
                    secs - secs % 15.0 + 5.0
                } else {
                    secs
                },
            )
        };
        assert!(!are_unrelated(stalling));
    }
}
