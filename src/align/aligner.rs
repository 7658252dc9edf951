//! EEG and stimulus, sample by sample, on the EEG's grid.

use std::collections::VecDeque;

use crate::align::{ClockFit, Fitted, MAX_WAIT_SECS, StimulusTrack};
use crate::signal::{Alignment, StimulusTiming};

/// The stimulus is placed once its time is known this well.
const SETTLED_SECS: f64 = 1e-3;
/// Lines through stamps are young for so long.
const YOUNG_SECS: f64 = 30.0;
/// A stimulus that has not come for so long has stopped.
const NO_STIMULUS_SECS: f64 = 2.0;

/// One EEG sample with its stimulus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aligned<'a> {
    /// Unbroken run it belongs to; goes up with every gap and every jump of a clock.
    pub run: u32,
    /// Its index; lost samples count.
    pub index: u64,
    /// When it was taken: on the line through the stamps, seconds on the local LSL clock.
    pub stamp_secs: f64,
    /// One value per channel, as it came.
    pub values: &'a [f64],
    /// The envelope at that instant; not a number where it was not heard.
    pub stimulus: f64,
}

/// Puts the stimulus on the EEG's samples.
///
/// Samples go in in the order of their stamps ([`next_of`](crate::align::next_of)); EEG samples come out with their stimulus once it has passed them, or
/// without after [`MAX_WAIT_SECS`]. Allocates nothing after construction.
pub struct Aligner {
    eeg: ClockFit,
    eeg_rate_hz: f64,
    stimulus: StimulusTrack,
    stimulus_rate_hz: f64,
    n_channels: usize,
    waiting: VecDeque<Waiting>,
    /// Values of the waiting samples, in a ring of whole samples.
    values: Vec<f64>,
    capacity: usize,
    n_taken: usize,
    run: Option<u32>,
    n_own_runs: u32,
    newest_eeg_secs: f64,
    newest_stimulus_secs: f64,
    /// From when on slip is counted.
    together: Option<Together>,
    has_heard: bool,
    is_flushing: bool,
    timing: StimulusTiming,
}

/// An instant at which both streams were heard.
#[derive(Debug, Clone, Copy)]
struct Together {
    secs: f64,
    /// EEG and stimulus index at that instant, once the lines are old enough to say.
    places: Option<(f64, f64)>,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    run: u32,
    index: u64,
    stamp_secs: f64,
    slot: usize,
}

impl Aligner {
    /// Aligns `stimulus` of `stimulus_rate_hz` with an EEG of `n_channels` at `eeg_rate_hz`, both nominal.
    #[must_use]
    pub fn new(
        eeg_rate_hz: f64,
        n_channels: usize,
        stimulus: StimulusTrack,
        stimulus_rate_hz: f64,
    ) -> Self {
        let capacity = capacity(2.0 * MAX_WAIT_SECS * eeg_rate_hz);
        let timing = StimulusTiming {
            envelope_delay_ms: 1e3 * stimulus.delay_secs(stimulus_rate_hz),
            ..StimulusTiming::default()
        };
        Self {
            eeg: ClockFit::new(eeg_rate_hz),
            eeg_rate_hz,
            stimulus,
            stimulus_rate_hz,
            n_channels,
            waiting: VecDeque::with_capacity(capacity),
            values: vec![0.0; capacity * n_channels],
            capacity,
            n_taken: 0,
            run: None,
            n_own_runs: 0,
            newest_eeg_secs: f64::NEG_INFINITY,
            newest_stimulus_secs: f64::NEG_INFINITY,
            together: None,
            has_heard: false,
            is_flushing: false,
            timing,
        }
    }

    /// Take an EEG sample. [`next`](Self::next) must be called until it has none before the next sample goes in.
    ///
    /// # Panics
    /// If more samples wait than may: a bug of the caller.
    pub fn push_eeg(&mut self, run: u32, index: u64, stamp_secs: f64, values: &[f64]) {
        assert!(self.waiting.len() < self.capacity, "next() was not called");
        if self.run.is_some_and(|before| before != run) {
            self.eeg.break_line();
        }
        self.run = Some(run);
        if self.eeg.push(index, stamp_secs) == Fitted::Jumped {
            // segments must not bridge it, and slip is counted anew
            self.n_own_runs += 1;
            self.together = None;
        }
        self.newest_eeg_secs = stamp_secs;
        let slot = self.n_taken % self.capacity;
        self.n_taken += 1;
        self.values[slot * self.n_channels..(slot + 1) * self.n_channels].copy_from_slice(values);
        self.waiting.push_back(Waiting {
            run: run + self.n_own_runs,
            index,
            stamp_secs,
            slot,
        });
    }

    /// Take a sample of the stimulus.
    pub fn push_stimulus(&mut self, run: u32, index: u64, stamp_secs: f64, value: f64) {
        let n_jumps = self.stimulus.fit().n_jumps();
        self.stimulus.push(run, index, stamp_secs, value);
        if self.stimulus.fit().n_jumps() > n_jumps {
            self.together = None;
        }
        self.newest_stimulus_secs = stamp_secs;
    }

    /// The oldest EEG sample whose stimulus has come, or that has waited long enough.
    #[expect(
        clippy::should_implement_trait,
        reason = "what it lends lives in the aligner: no iterator can"
    )]
    pub fn next(&mut self) -> Option<Aligned<'_>> {
        let sample = *self.waiting.front()?;
        let secs = self
            .eeg
            .secs(sample.index as f64)
            .unwrap_or(sample.stamp_secs);
        let has_waited = self.newest_eeg_secs - sample.stamp_secs > MAX_WAIT_SECS
            || self.waiting.len() + 1 >= self.capacity;
        let has_passed = self.stimulus.has_passed(secs);
        if !(has_waited || has_passed) {
            return None;
        }
        self.waiting.pop_front();
        Some(self.aligned(sample, secs, has_passed))
    }

    /// The oldest EEG sample still waiting, with its stimulus if that has come: for the end of a stimulus.
    pub fn flush_next(&mut self) -> Option<Aligned<'_>> {
        // that the stimulus of the last samples never came says nothing about the session
        self.is_flushing = true;
        let sample = self.waiting.pop_front()?;
        let secs = self
            .eeg
            .secs(sample.index as f64)
            .unwrap_or(sample.stamp_secs);
        let has_passed = self.stimulus.has_passed(secs);
        Some(self.aligned(sample, secs, has_passed))
    }

    fn aligned(&mut self, sample: Waiting, secs: f64, has_passed: bool) -> Aligned<'_> {
        let residual_secs = self.eeg.sd_secs().hypot(self.stimulus.fit().sd_secs());
        let is_known = residual_secs < SETTLED_SECS;
        let stimulus = if is_known && has_passed {
            self.stimulus.read(secs)
        } else {
            f64::NAN
        };
        if !self.is_flushing {
            self.measure(secs, residual_secs, stimulus.is_finite());
        }
        Aligned {
            run: sample.run,
            index: sample.index,
            stamp_secs: secs,
            values: &self.values
                [sample.slot * self.n_channels..(sample.slot + 1) * self.n_channels],
            stimulus,
        }
    }

    fn measure(&mut self, secs: f64, residual_secs: f64, is_heard: bool) {
        let (eeg, stimulus) = (&self.eeg, self.stimulus.fit());
        let timing = &mut self.timing;
        timing.n_missing += u64::from(self.has_heard && !is_heard);
        self.has_heard |= is_heard;
        timing.alignment = if is_heard {
            Alignment::Aligned
        } else if secs - self.newest_stimulus_secs > NO_STIMULUS_SECS {
            if self.newest_stimulus_secs.is_finite() {
                Alignment::Silent
            } else {
                Alignment::Waiting
            }
        } else {
            Alignment::Settling
        };
        timing.eeg_jitter_ms = 1e3 * eeg.jitter_secs();
        timing.stimulus_jitter_ms = 1e3 * stimulus.jitter_secs();
        timing.residual_ms = 1e3 * residual_secs;
        timing.drift_ppm = stimulus.rate_ppm() - eeg.rate_ppm();
        timing.n_jumps = eeg.n_jumps() + stimulus.n_jumps();
        if is_heard {
            self.timing.offset_ms = 1e3 * self.slip_secs(secs).unwrap_or(0.0);
        }
    }

    /// How far the streams have slipped since they were first heard together, had their nominal rates been believed.
    fn slip_secs(&mut self, secs: f64) -> Option<f64> {
        let (eeg, stimulus) = (&self.eeg, self.stimulus.fit());
        let places = |secs: f64| Some((eeg.index(secs)?, stimulus.index(secs)?));
        let together = self.together.get_or_insert(Together { secs, places: None });
        // while the lines are young, what they say of the beginning gets better with every stamp
        let (from_eeg, from_stimulus) = together.places.or_else(|| places(together.secs))?;
        if secs - together.secs > YOUNG_SECS {
            together.places = Some((from_eeg, from_stimulus));
        }
        let (at_eeg, at_stimulus) = places(secs)?;
        let by_stimulus = (at_stimulus - from_stimulus) / self.stimulus_rate_hz;
        let by_eeg = (at_eeg - from_eeg) / self.eeg_rate_hz;
        Some(by_stimulus - by_eeg)
    }

    /// What was measured of the two clocks.
    #[must_use]
    pub fn timing(&self) -> StimulusTiming {
        self.timing
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are limited to 1 MHz"
)]
fn capacity(samples: f64) -> usize {
    samples.ceil() as usize + 16
}

#[cfg(test)]
mod tests;
