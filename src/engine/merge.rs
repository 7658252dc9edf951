//! EEG and stimulus in the order of their stamps, under the one waiting rule.

use std::collections::VecDeque;

use crate::align::{Aligner, Header, MAX_WAIT_SECS, SampleQueue, n_waiting_most};
use crate::engine::stimulus_input::{StimulusError, StimulusInput};
use crate::engine::{InputEvent, Setup};
use crate::signal::{AlignedSample, Chunk, StimulusTiming, StreamInfo};
use crate::stimulus::StimulusSettings;

/// Queues, aligner, and how far both streams are merged.
pub(super) struct Merge {
    settings: StimulusSettings,
    eeg_rate_hz: f64,
    aligner: Aligner,
    eeg: SampleQueue,
    /// Samples that may wait in all: what the bound holds, even where the stamps say otherwise.
    most_waiting: usize,
    stimulus: Option<StimulusInput>,
    stimulus_queue: SampleQueue,
    newest_stimulus_secs: f64,
    stimulus_has_left: bool,
    n_eeg: u64,
    n_stimulus: u64,
    /// Whether stimulus was merged while there was no EEG to compare it with.
    ran_ahead: bool,
    /// What happened, to be obeyed; `None` where it is decided here.
    script: Option<VecDeque<InputEvent>>,
    is_finishing: bool,
}

/// Whose sample is merged next.
enum Next {
    Eeg,
    Stimulus,
    Wait,
}

impl Merge {
    pub(super) fn new(setup: &Setup, script: Option<VecDeque<InputEvent>>) -> Self {
        let (rate_hz, n_channels) = (setup.info.sample_rate_hz, setup.info.n_channels);
        let most_waiting = n_waiting_most(rate_hz);
        Self {
            settings: setup.stimulus.clone(),
            eeg_rate_hz: rate_hz,
            aligner: Aligner::new(rate_hz, n_channels),
            eeg: SampleQueue::new(n_channels, most_waiting),
            most_waiting,
            stimulus: None,
            stimulus_queue: SampleQueue::new(1, 0),
            newest_stimulus_secs: f64::NEG_INFINITY,
            stimulus_has_left: false,
            n_eeg: 0,
            n_stimulus: 0,
            ran_ahead: false,
            script,
            is_finishing: false,
        }
    }

    /// A stimulus joins: EEG samples merged from now on wait for it. Says whether another one was here before.
    ///
    /// # Errors
    /// [`StimulusError`] when the settings do not fit it; nothing is changed then.
    pub(super) fn join(&mut self, info: &StreamInfo) -> Result<bool, StimulusError> {
        let (input, track) = StimulusInput::new(&self.settings, info, self.eeg_rate_hz)?;
        self.aligner.set_stimulus(track, input.rate_hz);
        let before = self.stimulus.replace(input);
        let is_other = before
            .zip(self.stimulus.as_ref())
            .is_some_and(|(before, input)| !before.is_same(input));
        if self.script.is_none() {
            let capacity = n_waiting_most(info.sample_rate_hz);
            self.stimulus_queue = SampleQueue::new(info.n_channels, capacity);
            self.newest_stimulus_secs = f64::NEG_INFINITY;
        }
        self.stimulus_has_left = false;
        self.ran_ahead = false;
        self.n_stimulus = 0;
        Ok(is_other)
    }

    /// Highest frequency that the newest stimulus holds, if there was one.
    pub(super) fn stimulus_limit_hz(&self) -> Option<f64> {
        Some(self.stimulus.as_ref()?.limit_hz)
    }

    /// Samples of the stimulus that are not merged: another that joins drops them.
    pub(super) fn n_unmerged(&self) -> u64 {
        self.stimulus_queue.len() as u64
    }

    /// EEG samples merged so far.
    pub(super) fn n_eeg(&self) -> u64 {
        self.n_eeg
    }

    /// Nothing more comes of the stimulus.
    pub(super) fn end_stimulus(&mut self) {
        self.stimulus_has_left = true;
    }

    /// Nothing more comes at all: nobody waits any more.
    pub(super) fn finish(&mut self) {
        self.is_finishing = true;
    }

    pub(super) fn push_eeg(&mut self, header: Header, values: &[f64]) {
        self.eeg.push(header, values);
    }

    pub(super) fn push_stimulus(&mut self, chunk: &Chunk) {
        if self.stimulus.is_none() && self.script.is_none() {
            return; // its stream was refused
        }
        if self.stimulus_queue.is_empty() && self.stimulus_queue.n_channels() != chunk.n_channels {
            self.stimulus_queue = SampleQueue::new(chunk.n_channels, chunk.n_samples());
        }
        for (offset, (stamp_secs, values)) in chunk.samples().enumerate() {
            let header = Header {
                run: chunk.run,
                index: chunk.first_index + offset as u64,
                stamp_secs,
            };
            self.stimulus_queue.push(header, values);
            self.newest_stimulus_secs = stamp_secs;
        }
    }

    /// Merge and align everything that need not wait; `horizon_secs` is the stamp of the newest EEG sample. What was decided is told to `on`.
    pub(super) fn advance(&mut self, horizon_secs: f64, on: &mut dyn FnMut(InputEvent)) {
        loop {
            if self.obey(on) {
                break;
            }
            match self.next() {
                Next::Eeg => self.merge_eeg(on),
                Next::Stimulus => self.merge_stimulus(),
                Next::Wait if self.leave(on) || self.go_on(horizon_secs, on) => {}
                Next::Wait => break,
            }
            while self.aligner.align_next(false) {}
        }
        if self.is_finishing {
            self.aligner.flush();
        }
    }

    /// The earlier stamp first; where one stream has nothing waiting, the other waits.
    fn next(&self) -> Next {
        let eeg = self.eeg.front();
        let stimulus = self
            .stimulus_queue
            .front()
            .filter(|_| self.stimulus.is_some());
        match (eeg, stimulus) {
            (Some(eeg), Some(stimulus)) if stimulus.stamp_secs <= eeg.stamp_secs => Next::Stimulus,
            (Some(_), Some(_)) => Next::Eeg,
            (Some(_), None) if !self.aligner.has_stimulus() || self.is_finishing => Next::Eeg,
            _ => Next::Wait,
        }
    }

    fn merge_eeg(&mut self, on: &mut dyn FnMut(InputEvent)) {
        self.tell_ahead(on);
        if let Some((header, values)) = self.eeg.pop() {
            self.n_eeg += 1;
            self.aligner.push_eeg(header, values);
        }
    }

    /// Tell that the stimulus ran ahead, before anything else is told of this place.
    pub(super) fn tell_ahead(&mut self, on: &mut dyn FnMut(InputEvent)) {
        if std::mem::take(&mut self.ran_ahead) {
            on(InputEvent::StimulusAhead {
                eeg: self.n_eeg,
                through: self.n_stimulus,
            });
        }
    }

    fn merge_stimulus(&mut self) {
        let Some(input) = &self.stimulus else { return };
        if let Some((header, values)) = self.stimulus_queue.pop() {
            self.n_stimulus += 1;
            self.aligner.push_stimulus(header, input.value(values));
        }
    }

    /// The stimulus has ended and everything of it is merged.
    fn leave(&mut self, on: &mut dyn FnMut(InputEvent)) -> bool {
        let is_over = self.stimulus_has_left && self.stimulus_queue.is_empty();
        if !is_over || !self.aligner.has_stimulus() || self.script.is_some() {
            return false;
        }
        self.tell_ahead(on);
        on(InputEvent::StimulusLeft {
            eeg: self.n_eeg,
            stimulus: self.n_stimulus,
        });
        self.aligner.end_stimulus();
        true
    }

    /// What has waited long enough goes on; `false` if nothing has.
    fn go_on(&mut self, horizon_secs: f64, on: &mut dyn FnMut(InputEvent)) -> bool {
        if self.script.is_some() {
            return false;
        }
        let n_aligned = self.n_aligned();
        let through = n_aligned + self.n_due(horizon_secs - MAX_WAIT_SECS) as u64;
        if through > n_aligned && self.aligner.has_stimulus() {
            self.tell_ahead(on);
            on(InputEvent::WentOn {
                eeg: self.n_eeg,
                stimulus: self.n_stimulus,
                through,
            });
            self.let_go(through, on);
            return true;
        }
        let front = self.stimulus_queue.front().filter(|_| self.eeg.is_empty());
        let is_long = |front: Header| self.newest_stimulus_secs - front.stamp_secs > MAX_WAIT_SECS;
        let goes_ahead = self.stimulus.is_some() && front.is_some_and(is_long);
        if goes_ahead {
            self.ran_ahead = true;
            self.merge_stimulus();
        }
        goes_ahead
    }

    fn n_aligned(&self) -> u64 {
        self.n_eeg - self.aligner.n_waiting() as u64
    }

    /// Samples that wait for the stimulus and have done so for too long, or are too many.
    fn n_due(&self, deadline_secs: f64) -> usize {
        let waiting = || self.aligner.waiting().chain(self.eeg.headers());
        let overdue = waiting().take_while(|header| header.stamp_secs < deadline_secs);
        let n_waiting = self.aligner.n_waiting() + self.eeg.len();
        overdue
            .count()
            .max(n_waiting.saturating_sub(self.most_waiting))
    }

    /// Let EEG samples go on without their stimulus until `through` have.
    fn let_go(&mut self, through: u64, on: &mut dyn FnMut(InputEvent)) {
        while self.n_eeg < through && !self.eeg.is_empty() {
            self.merge_eeg(on);
        }
        while self.n_aligned() < through && self.aligner.align_next(true) {}
    }

    /// Do what the script says of this place; `true` if samples that it speaks of have still to come.
    fn obey(&mut self, on: &mut dyn FnMut(InputEvent)) -> bool {
        while let Some(event) = self.script.as_ref().and_then(VecDeque::front) {
            let here = (self.n_eeg, self.n_stimulus);
            let (is_here, has_come) = match *event {
                InputEvent::StimulusJoined { eeg, unmerged, .. } => {
                    (eeg == here.0, self.stimulus_queue.len() as u64 >= unmerged)
                }
                InputEvent::StimulusAhead { eeg, through } => {
                    let n_come = here.1 + self.stimulus_queue.len() as u64;
                    (eeg == here.0, n_come >= through)
                }
                InputEvent::StimulusLeft { eeg, stimulus } => ((eeg, stimulus) == here, true),
                InputEvent::WentOn {
                    eeg,
                    stimulus,
                    through,
                } => {
                    let n_come = here.0 + self.eeg.len() as u64;
                    ((eeg, stimulus) == here, n_come >= through)
                }
                _ => (true, true),
            };
            if !is_here {
                return false;
            }
            if !has_come && !self.is_finishing {
                return true;
            }
            let event = self.script.as_mut().and_then(VecDeque::pop_front);
            if let Some(event) = event {
                self.obey_one(&event, on);
                on(event);
            }
        }
        false
    }

    fn obey_one(&mut self, event: &InputEvent, on: &mut dyn FnMut(InputEvent)) {
        match event {
            // what could be joined then can be now
            InputEvent::StimulusJoined { info, unmerged, .. } => {
                for _ in 0..*unmerged {
                    self.stimulus_queue.pop();
                }
                drop(self.join(info));
            }
            InputEvent::StimulusLeft { .. } => self.aligner.end_stimulus(),
            InputEvent::StimulusAhead { through, .. } => {
                while self.n_stimulus < *through && !self.stimulus_queue.is_empty() {
                    self.merge_stimulus();
                }
            }
            InputEvent::WentOn { through, .. } => self.let_go(*through, on),
            _ => {}
        }
    }

    /// The oldest aligned sample, if it was taken before `until_secs`.
    pub(super) fn take(&mut self, until_secs: f64) -> Option<AlignedSample<'_>> {
        self.aligner.take(until_secs)
    }

    /// What was measured of the two clocks.
    pub(super) fn timing(&self) -> StimulusTiming {
        self.aligner.timing()
    }

    /// Whether more EEG samples wait than ever need to.
    pub(super) fn is_full(&self) -> bool {
        self.n_waiting() > self.most_waiting
    }

    /// EEG samples that wait.
    pub(super) fn n_waiting(&self) -> usize {
        self.eeg.len() + self.aligner.len()
    }
}
