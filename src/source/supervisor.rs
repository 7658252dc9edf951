//! When a stream is stale, lost, and worth another attempt: rules alone, without a clock, a network or a thread of their own.
//!
//! `Live` until nothing has come for max(2 s, 20 periods): `Stale`. Where its outlet still answers then, the connection is dead and is opened anew once the
//! silence is 3 s long (`Reopening`), again and again after rests of 0.5 to 10 s. Where it does not answer, or the connection broke, it is `Lost`, until it or
//! its successor is there.

use crate::signal::Link;

/// Without a sample for this long, or 20 periods, a stream is stale.
const STALE_SECS: f64 = 2.0;
const STALE_PERIODS: f64 = 20.0;
/// So much later than stale a connection whose outlet answers is dead.
const DEAD_AFTER_SECS: f64 = 1.0;
/// An outlet that has not answered for so long after the last sample has gone.
const GONE_SECS: f64 = 5.0;
/// Rests between attempts: each twice the one before.
const FIRST_REST_SECS: f64 = 0.5;
const LONGEST_REST_SECS: f64 = 10.0;

/// A change of the state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// The state before.
    pub from: Link,
    /// The state from now on.
    pub to: Link,
    /// Since the last sample.
    pub silent_secs: f64,
    /// Attempts made to open the stream anew since then.
    pub n_attempts: u32,
}

/// The state of one regular stream's connection.
#[derive(Debug, Clone)]
pub struct Supervisor {
    stale_secs: f64,
    state: Link,
    heard_secs: f64,
    /// The connection is as old as that; its silence is counted from there.
    connected_secs: Option<f64>,
    n_attempts: u32,
    /// Of the outlet that attempts are made to.
    rest_secs: f64,
    next_attempt_secs: f64,
    /// Changes that nobody has taken yet; there are few.
    transitions: Vec<Transition>,
}

impl Supervisor {
    /// Of a stream of this rate that was opened just now.
    #[must_use]
    pub fn new(rate_hz: f64, now_secs: f64) -> Self {
        Self {
            stale_secs: stale_secs(rate_hz),
            state: Link::Live,
            heard_secs: now_secs,
            connected_secs: Some(now_secs),
            n_attempts: 0,
            rest_secs: FIRST_REST_SECS,
            next_attempt_secs: f64::NEG_INFINITY,
            transitions: Vec::with_capacity(8),
        }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> Link {
        self.state
    }

    /// When the last sample came.
    #[must_use]
    pub fn heard_secs(&self) -> f64 {
        self.heard_secs
    }

    /// The next change that nobody has taken yet, the oldest first.
    pub fn take_transition(&mut self) -> Option<Transition> {
        (!self.transitions.is_empty()).then(|| self.transitions.remove(0))
    }

    /// Samples came.
    pub fn heard(&mut self, now_secs: f64) {
        if self.state != Link::Live {
            self.go(Link::Live, now_secs);
        }
        self.heard_secs = now_secs;
        self.n_attempts = 0;
        self.rest_secs = FIRST_REST_SECS;
        self.next_attempt_secs = f64::NEG_INFINITY;
    }

    /// The connection broke.
    pub fn broke(&mut self, now_secs: f64) {
        self.connected_secs = None;
        self.go(Link::Lost, now_secs);
    }

    /// Nothing came; `answers` says whether the outlet that is read answers who looks for it.
    pub fn silent(&mut self, now_secs: f64, answers: bool) {
        let silent_secs = now_secs - self.heard_secs;
        let connected_secs = self
            .connected_secs
            .map(|since| now_secs - since.max(self.heard_secs));
        let is_stale = connected_secs.is_some_and(|secs| secs > self.stale_secs);
        let was_read = matches!(self.state, Link::Live | Link::Reopening);
        if is_stale && was_read {
            self.go(Link::Stale, now_secs);
        }
        if self.state == Link::Stale && !answers && silent_secs > self.stale_secs.max(GONE_SECS) {
            self.go(Link::Lost, now_secs);
        }
    }

    /// Whether the same outlet, which answers, is to be opened anew: its connection broke, or is dead.
    #[must_use]
    pub fn is_to_be_reopened(&self, now_secs: f64) -> bool {
        let silent_secs = now_secs - self.heard_secs;
        let is_dead = silent_secs > self.stale_secs + DEAD_AFTER_SECS;
        let is_due = now_secs >= self.next_attempt_secs;
        is_due && (self.connected_secs.is_none() || (self.is_missed() && is_dead))
    }

    /// Whether an outlet that is its return is to be opened.
    #[must_use]
    pub fn is_to_be_replaced(&self, now_secs: f64) -> bool {
        self.is_missed() && now_secs >= self.next_attempt_secs
    }

    /// Whether samples are missed.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        matches!(self.state, Link::Stale | Link::Lost)
    }

    /// An attempt begins. Of those in one silence the first is told.
    pub fn attempts(&mut self, now_secs: f64) {
        self.n_attempts += 1;
        if self.n_attempts == 1 {
            self.go(Link::Reopening, now_secs);
        }
        self.next_attempt_secs = now_secs + self.rest_secs;
        self.rest_secs = (2.0 * self.rest_secs).min(LONGEST_REST_SECS);
    }

    /// The attempt failed.
    pub fn failed(&mut self, now_secs: f64) {
        self.next_attempt_secs = self.next_attempt_secs.max(now_secs + FIRST_REST_SECS);
        if self.state == Link::Reopening {
            let back = match self.connected_secs {
                Some(_) => Link::Stale,
                None => Link::Lost,
            };
            self.go(back, now_secs);
        }
    }

    /// The attempt succeeded, with a stream of this rate: samples may come.
    pub fn reopened(&mut self, rate_hz: f64, now_secs: f64) {
        self.stale_secs = stale_secs(rate_hz);
        self.connected_secs = Some(now_secs);
    }

    fn go(&mut self, to: Link, now_secs: f64) {
        if to == self.state {
            return;
        }
        self.transitions.push(Transition {
            from: self.state,
            to,
            silent_secs: now_secs - self.heard_secs,
            n_attempts: self.n_attempts,
        });
        self.state = to;
    }
}

fn stale_secs(rate_hz: f64) -> f64 {
    STALE_SECS.max(STALE_PERIODS / rate_hz)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// States gone through, with the silence at each change to a tenth of a second.
    fn told(supervisor: &mut Supervisor) -> Vec<(Link, f64)> {
        std::iter::from_fn(|| supervisor.take_transition())
            .map(|t| (t.to, (10.0 * t.silent_secs).round() / 10.0))
            .collect()
    }

    /// Lets `secs` pass in sixteenths of a second from `from_secs`; returns when attempts were made, all of which `succeed` or fail.
    fn wait(
        s: &mut Supervisor,
        (from, to): (f64, f64),
        (answers, succeed): (bool, bool),
    ) -> Vec<f64> {
        let mut attempts = Vec::new();
        for step in 0.. {
            let now_secs = from + f64::from(step) / 16.0;
            if now_secs > to {
                return attempts;
            }
            s.silent(now_secs, answers);
            if answers && s.is_to_be_reopened(now_secs) {
                attempts.push(now_secs);
                s.attempts(now_secs);
                if succeed {
                    s.reopened(250.0, now_secs);
                } else {
                    s.failed(now_secs);
                }
            }
        }
        attempts
    }

    #[test]
    fn a_sender_that_stalls_for_a_while_is_stale_and_live_again() {
        let mut s = Supervisor::new(250.0, 100.0);
        s.heard(101.0);
        wait(&mut s, (101.0, 103.5), (false, false));
        assert_eq!(s.state(), Link::Stale);
        s.heard(103.6);
        assert_eq!(told(&mut s), [(Link::Stale, 2.1), (Link::Live, 2.6)]);
    }

    #[test]
    fn a_slow_stream_is_stale_after_twenty_periods() {
        let mut s = Supervisor::new(2.0, 0.0);
        wait(&mut s, (0.0, 9.9), (true, false));
        assert_eq!(s.state(), Link::Live);
        wait(&mut s, (9.9, 10.2), (true, false));
        assert_eq!(s.state(), Link::Stale);
    }

    #[test]
    fn an_outlet_that_does_not_answer_any_more_is_lost_after_five_seconds_and_comes_back_by_itself()
    {
        let mut s = Supervisor::new(250.0, 0.0);
        let attempts = wait(&mut s, (0.0, 20.0), (false, false));
        assert!(attempts.is_empty());
        // frozen and let go: the connection was never broken
        s.heard(20.0);
        let expected = [(Link::Stale, 2.1), (Link::Lost, 5.1), (Link::Live, 20.0)];
        assert_eq!(told(&mut s), expected);
    }

    #[test]
    fn a_dead_connection_is_opened_anew_after_three_seconds_and_ever_more_seldom() {
        let mut s = Supervisor::new(250.0, 0.0);
        let attempts = wait(&mut s, (0.0, 60.0), (true, false));
        let rests: Vec<f64> = attempts
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).round())
            .collect();
        assert!((3.0..3.2).contains(&attempts[0]), "{attempts:?}");
        assert!(attempts[1] - attempts[0] < 0.6, "{attempts:?}");
        assert_eq!(rests[1..6], [1.0, 2.0, 4.0, 8.0, 10.0], "{attempts:?}");
        // told once, however many attempts there were
        let expected = [
            (Link::Stale, 2.1),
            (Link::Reopening, 3.1),
            (Link::Stale, 3.1),
        ];
        assert_eq!(told(&mut s), expected);
    }

    #[test]
    fn a_connection_opened_anew_is_live_with_its_first_sample() {
        let mut s = Supervisor::new(250.0, 0.0);
        let attempts = wait(&mut s, (0.0, 3.2), (true, true));
        assert_eq!((attempts.len(), s.state()), (1, Link::Reopening));
        s.heard(3.3);
        let expected = [
            (Link::Stale, 2.1),
            (Link::Reopening, 3.1),
            (Link::Live, 3.3),
        ];
        assert_eq!(told(&mut s), expected);
        // the next silence begins with short rests again
        assert_eq!(wait(&mut s, (3.3, 6.8), (true, true)).len(), 1);
    }

    #[test]
    fn one_that_sends_nothing_over_a_new_connection_either_is_stale_again_and_told_once() {
        let mut s = Supervisor::new(250.0, 0.0);
        let attempts = wait(&mut s, (0.0, 60.0), (true, true));
        assert!((5..12).contains(&attempts.len()), "{attempts:?}");
        let states: Vec<Link> = told(&mut s).into_iter().map(|(link, _)| link).collect();
        assert_eq!(states, [Link::Stale, Link::Reopening, Link::Stale]);
    }

    #[test]
    fn a_connection_that_broke_is_lost_at_once_and_its_outlet_opened_anew_where_it_still_answers() {
        let mut s = Supervisor::new(250.0, 0.0);
        s.broke(0.3);
        assert_eq!(told(&mut s), [(Link::Lost, 0.3)]);
        assert!(s.is_to_be_reopened(0.3) && s.is_to_be_replaced(0.3));
        s.attempts(0.3);
        s.failed(0.4);
        assert_eq!(s.state(), Link::Lost);
        assert!(!s.is_to_be_replaced(0.8));
        assert!(s.is_to_be_replaced(0.95));
        s.attempts(0.95);
        s.reopened(500.0, 1.0);
        s.heard(1.2);
        assert_eq!(s.state(), Link::Live);
    }

    #[test]
    fn nothing_is_opened_anew_while_samples_come() {
        let mut s = Supervisor::new(250.0, 0.0);
        for step in 0..100 {
            let now_secs = f64::from(step);
            s.heard(now_secs);
            assert!(!s.is_to_be_reopened(now_secs + 0.9) && !s.is_to_be_replaced(now_secs + 0.9));
        }
        assert_eq!(told(&mut s), []);
    }
}
