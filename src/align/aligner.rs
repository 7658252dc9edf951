//! EEG and stimulus, sample by sample, on the EEG's grid.

use std::collections::VecDeque;

use crate::align::{CLOCK_MEMORY_SECS, Header, SampleQueue, StimulusTrack, n_waiting_most};
use crate::signal::{AlignedSample, Alignment, StimulusTiming};
use crate::timeline::Line;

/// The stimulus is placed once its time is known this well.
const SETTLED_SECS: f64 = 1e-3;
/// Lines through stamps are young for so long.
const YOUNG_SECS: f64 = 30.0;
/// A stimulus that has not come for so long is silent.
const NO_STIMULUS_SECS: f64 = 2.0;

/// Puts the stimulus on the EEG's samples.
///
/// Samples go in in the order of their stamps. An EEG sample is aligned ([`align_next`](Self::align_next)) once its stimulus has passed it, without one at once, or
/// when the caller has waited long enough; aligned samples wait until they are taken ([`take`](Self::take)). Allocates nothing after construction, unless more samples wait
/// than fit into the waiting bound.
pub struct Aligner {
    eeg: Line,
    eeg_rate_hz: f64,
    stimulus: Option<Stimulus>,
    samples: SampleQueue,
    /// What the front samples were aligned with.
    aligned: VecDeque<Aligned>,
    /// `(run, index)` of the newest EEG sample.
    newest: Option<(u32, u64)>,
    n_jumps: u64,
    is_flushing: bool,
    /// What is known up to the sample aligned last.
    newest_timing: StimulusTiming,
    /// What was known at the sample taken last.
    timing: StimulusTiming,
}

/// A sample's time, its envelope, and what was known of the clocks then: aligned samples may wait, and how many do depends on how they arrived.
#[derive(Debug, Clone, Copy)]
struct Aligned {
    secs: f64,
    envelope: f64,
    timing: StimulusTiming,
}

/// The stimulus beside the EEG.
struct Stimulus {
    track: StimulusTrack,
    rate_hz: f64,
    newest_secs: f64,
    /// From when on slip is counted.
    together: Option<Together>,
    has_heard: bool,
}

/// An instant at which both streams were heard.
#[derive(Debug, Clone, Copy)]
struct Together {
    secs: f64,
    /// EEG and stimulus index at that instant, once the lines are old enough to say.
    places: Option<(f64, f64)>,
}

impl Aligner {
    /// An EEG of `n_channels` at nominally `eeg_rate_hz`, without a stimulus.
    #[must_use]
    pub fn new(eeg_rate_hz: f64, n_channels: usize) -> Self {
        let capacity = n_waiting_most(eeg_rate_hz);
        Self {
            eeg: Line::new(eeg_rate_hz, CLOCK_MEMORY_SECS),
            eeg_rate_hz,
            stimulus: None,
            samples: SampleQueue::new(n_channels, capacity),
            aligned: VecDeque::with_capacity(capacity),
            newest: None,
            n_jumps: 0,
            is_flushing: false,
            newest_timing: StimulusTiming::default(),
            timing: StimulusTiming::default(),
        }
    }

    /// From now on samples are aligned with the stimulus of `track`, whose nominal rate is `rate_hz`; those that wait are aligned without it.
    pub fn set_stimulus(&mut self, track: StimulusTrack, rate_hz: f64) {
        self.flush();
        self.newest_timing = StimulusTiming {
            envelope_delay_ms: 1e3 * track.delay_secs(rate_hz),
            ..StimulusTiming::default()
        };
        self.stimulus = Some(Stimulus {
            track,
            rate_hz,
            newest_secs: f64::NEG_INFINITY,
            together: None,
            has_heard: false,
        });
    }

    /// The stimulus has gone: samples wait for it no longer.
    pub fn end_stimulus(&mut self) {
        self.flush();
        self.stimulus = None;
        self.newest_timing.alignment = Alignment::Silent;
    }

    /// Align every sample that waits: nothing more will come for them.
    pub fn flush(&mut self) {
        // that the stimulus of the last samples never came says nothing about the session
        self.is_flushing = true;
        while self.align_next(true) {}
        self.is_flushing = false;
    }

    /// Whether samples wait for a stimulus.
    #[must_use]
    pub fn has_stimulus(&self) -> bool {
        self.stimulus.is_some()
    }

    /// Take an EEG sample.
    pub fn push_eeg(&mut self, header: Header, values: &[f64]) {
        let (run, index) = (header.run, header.index);
        if let Some((_, newest)) = self.newest.filter(|&(before, _)| before != run) {
            self.eeg.break_line();
            if index == newest + 1 {
                // nothing is missing: the clock has jumped, and slip is counted anew
                self.n_jumps += 1;
                if let Some(stimulus) = &mut self.stimulus {
                    stimulus.together = None;
                }
            }
        }
        self.newest = Some((run, index));
        self.eeg.push(index, header.stamp_secs);
        self.samples.push(header, values);
    }

    /// Take a sample of the stimulus.
    pub fn push_stimulus(&mut self, header: Header, value: f64) {
        let Some(stimulus) = &mut self.stimulus else {
            return;
        };
        let n_jumps = stimulus.track.n_jumps();
        let (run, index, stamp_secs) = (header.run, header.index, header.stamp_secs);
        stimulus.track.push(run, index, stamp_secs, value);
        if stimulus.track.n_jumps() > n_jumps {
            stimulus.together = None;
        }
        stimulus.newest_secs = stamp_secs;
    }

    /// The samples that are not aligned yet, oldest first.
    pub fn waiting(&self) -> impl Iterator<Item = Header> + '_ {
        self.samples.headers().skip(self.aligned.len())
    }

    /// How many those are.
    #[must_use]
    pub fn n_waiting(&self) -> usize {
        self.samples.len() - self.aligned.len()
    }

    /// Samples that are not taken yet, aligned or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether every sample was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Align the oldest sample that is not yet, if its stimulus has passed it, there is none to wait for, or `is_due`: it goes on without its stimulus then. `false` if
    /// none was aligned.
    pub fn align_next(&mut self, is_due: bool) -> bool {
        let Some(sample) = self.waiting().next() else {
            return false;
        };
        let line_secs = self.eeg.secs(sample.index as f64);
        let secs = line_secs.unwrap_or(sample.stamp_secs);
        let Some(stimulus) = &self.stimulus else {
            self.put(secs, f64::NAN);
            return true;
        };
        let has_passed = stimulus.track.has_passed(secs);
        if !(is_due || has_passed) {
            return false;
        }
        let residual_secs = self.eeg.sd_secs().hypot(stimulus.track.fit().sd_secs());
        let is_known = residual_secs < SETTLED_SECS;
        let envelope = if is_known && has_passed {
            stimulus.track.read(secs)
        } else {
            f64::NAN
        };
        if !self.is_flushing {
            self.measure(secs, residual_secs, envelope.is_finite());
        }
        self.put(secs, envelope);
        true
    }

    fn put(&mut self, secs: f64, envelope: f64) {
        self.aligned.push_back(Aligned {
            secs,
            envelope,
            timing: self.newest_timing,
        });
    }

    /// Take the oldest aligned sample, if it was taken before `until_secs`.
    pub fn take(&mut self, until_secs: f64) -> Option<AlignedSample<'_>> {
        let aligned = *self.aligned.front()?;
        if aligned.secs >= until_secs {
            return None;
        }
        self.aligned.pop_front();
        self.timing = aligned.timing;
        let (header, values) = self.samples.pop()?;
        Some(AlignedSample {
            run: header.run,
            index: header.index,
            stamp_secs: aligned.secs,
            values,
            stimulus: aligned.envelope,
        })
    }

    fn measure(&mut self, secs: f64, residual_secs: f64, is_heard: bool) {
        let (eeg, eeg_rate_hz) = (&self.eeg, self.eeg_rate_hz);
        let Some(stimulus) = &mut self.stimulus else {
            return;
        };
        let timing = &mut self.newest_timing;
        timing.n_missing += u64::from(stimulus.has_heard && !is_heard);
        stimulus.has_heard |= is_heard;
        timing.alignment = if is_heard {
            Alignment::Aligned
        } else if secs - stimulus.newest_secs > NO_STIMULUS_SECS {
            if stimulus.newest_secs.is_finite() {
                Alignment::Silent
            } else {
                Alignment::Waiting
            }
        } else {
            Alignment::Settling
        };
        let fit = stimulus.track.fit();
        timing.eeg_jitter_ms = 1e3 * eeg.jitter_secs();
        timing.stimulus_jitter_ms = 1e3 * fit.jitter_secs();
        timing.residual_ms = 1e3 * residual_secs;
        timing.drift_ppm = fit.rate_ppm() - eeg.rate_ppm();
        timing.n_jumps = self.n_jumps + stimulus.track.n_jumps();
        if is_heard {
            let slip_secs = stimulus.slip_secs(eeg, eeg_rate_hz, secs);
            timing.offset_ms = 1e3 * slip_secs.unwrap_or(0.0);
        }
    }

    /// What was measured of the two clocks, up to the sample taken last.
    #[must_use]
    pub fn timing(&self) -> StimulusTiming {
        self.timing
    }
}

impl Stimulus {
    /// How far the streams have slipped since they were first heard together, had their nominal rates been believed.
    fn slip_secs(&mut self, eeg: &Line, eeg_rate_hz: f64, secs: f64) -> Option<f64> {
        let fit = self.track.fit();
        let places = |secs: f64| Some((eeg.index(secs)?, fit.index(secs)?));
        let together = self.together.get_or_insert(Together { secs, places: None });
        // while the lines are young, what they say of the beginning gets better with every stamp
        let (from_eeg, from_stimulus) = together.places.or_else(|| places(together.secs))?;
        if secs - together.secs > YOUNG_SECS {
            together.places = Some((from_eeg, from_stimulus));
        }
        let (at_eeg, at_stimulus) = places(secs)?;
        let by_stimulus = (at_stimulus - from_stimulus) / self.rate_hz;
        let by_eeg = (at_eeg - from_eeg) / eeg_rate_hz;
        Some(by_stimulus - by_eeg)
    }
}

#[cfg(test)]
mod tests;
