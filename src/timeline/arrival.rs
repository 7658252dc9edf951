//! What the times at which samples arrive say of their stamps.

/// The least delay is sought over the last one to two of these.
const FLOOR_SECS: f64 = 15.0;
/// A stamp older than this when it arrives, or younger than the other by the other, is on some other clock.
const ON_CLOCK_SECS: [f64; 2] = [-10.0, 600.0];
/// A clock may be set by less without anyone seeing it in the arrivals.
const SEEN_SECS: f64 = 0.04;

/// Delay from stamp to arrival: where stamps run ahead of it no sample was lost.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrivals {
    /// Least delay of the window before, and of this one.
    floors: [Option<f64>; 2],
    window_end_secs: f64,
}

impl Arrivals {
    pub(super) fn clear(&mut self) {
        self.floors = [None; 2];
    }

    /// Take the stamp of a sample that arrived then.
    pub(super) fn take(&mut self, stamp_secs: f64, arrival_secs: f64) {
        let delay_secs = arrival_secs - stamp_secs;
        let [before, this] = &mut self.floors;
        if arrival_secs >= self.window_end_secs {
            *before = *this;
            *this = None;
            self.window_end_secs = arrival_secs + FLOOR_SECS;
        }
        *this = Some(this.map_or(delay_secs, |least| least.min(delay_secs)));
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
