//! The engine itself.

mod after;
mod electrodes;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::align::{Header, MAX_WAIT_SECS};
use crate::engine::markers::Markers;
use crate::engine::merge::Merge;
use crate::engine::script::split;
use crate::engine::setup::{stimulus_channel, subject};
use crate::engine::stimulus_input::timing_of_channel;
use crate::engine::traces::Traces;
use crate::engine::trigger::Trigger;
use crate::engine::{
    BuildJob, EngineError, Event, Finished, Hop, InputEvent, Output, Setup, StimulusError,
};
use crate::metrics::{Analysis, AnalysisSettings, Plan, RunEnd, RunLog, TrialEdge};
use crate::signal::{AlignedSample, ChannelKind, Chunk, Marker, StreamInfo};

/// Samples taken in at once before anything is merged: how finely the waiting rule is applied, whatever a caller's chunks are like.
const PIECE_SECS: f64 = 0.25;

/// Samples, markers and commands in; hops, traces and events out.
pub struct Engine {
    info: StreamInfo,
    settings: AnalysisSettings,
    analysis: Analysis,
    merge: Merge,
    markers: Markers,
    traces: Option<Traces>,
    /// The channel of the EEG stream that is the stimulus.
    stimulus_channel: Option<usize>,
    stimulus_limit_hz: Option<f64>,
    n_analysed: u64,
    /// Stamp of the sample analysed last.
    analysed_secs: f64,
    /// Stamp of the newest EEG sample, and the clock when it came.
    newest_secs: f64,
    newest_now_secs: f64,
    now_secs: f64,
    is_behind: bool,
    is_finishing: bool,
    n_records: u32,
    script: Option<VecDeque<InputEvent>>,
}

impl Engine {
    /// Plans the analysis of a stream.
    ///
    /// # Errors
    /// [`EngineError`] when the settings do not fit the stream or the memory allowed.
    pub fn new(setup: Setup) -> Result<Self, EngineError> {
        Self::build(setup, None)
    }

    /// The same, obeying the input events of an earlier session instead of deciding anew.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn replay(setup: Setup, events: Vec<InputEvent>) -> Result<Self, EngineError> {
        Self::build(setup, Some(events))
    }

    fn build(mut setup: Setup, events: Option<Vec<InputEvent>>) -> Result<Self, EngineError> {
        let trigger = Trigger::new(&setup)?;
        if let Some(trigger) = &trigger {
            setup.info.channels[trigger.channel()].kind = ChannelKind::Other;
        }
        let stimulus_channel = stimulus_channel(&setup)?;
        let stimulus_limit_hz = stimulus_channel.map(|_| f64::INFINITY);
        let subject = subject(&setup.info, &setup.analysis, stimulus_limit_hz)?;
        let scripts = events.map(split);
        let (merge, late, script) = match scripts {
            None => (None, None, None),
            Some((merge, late, script)) => (Some(merge), Some(late), Some(script)),
        };
        let mut analysis = Analysis::new(&setup.analysis, &subject, setup.runs.clone())?;
        let markers = Markers::new(&setup, trigger, late);
        if markers.matter() && markers.trials.only_trials() {
            analysis.pause_periodic();
        }
        Ok(Self {
            merge: Merge::new(&setup, merge),
            n_records: analysis.runs().n_ended(),
            analysis,
            markers,
            traces: None,
            stimulus_channel,
            stimulus_limit_hz,
            n_analysed: 0,
            analysed_secs: f64::NEG_INFINITY,
            newest_secs: f64::NEG_INFINITY,
            newest_now_secs: f64::NEG_INFINITY,
            now_secs: f64::NEG_INFINITY,
            is_behind: false,
            is_finishing: false,
            script,
            info: setup.info,
            settings: setup.analysis,
        })
    }

    /// Hand out traces too: somebody looks at them.
    pub fn want_traces(&mut self) {
        let mut traces = Traces::new(self.analysis.plan());
        traces.keep_out(&self.settings.bad);
        self.traces = Some(traces);
    }

    /// What the numbers mean.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        self.analysis.plan()
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &AnalysisSettings {
        &self.settings
    }

    /// Runs of detection that are over.
    #[must_use]
    pub fn runs(&self) -> &RunLog {
        self.analysis.runs()
    }

    /// Samples from one hop to the next.
    #[must_use]
    pub fn hop_len(&self) -> usize {
        self.analysis.hop_len()
    }

    /// EEG samples that wait for stimulus or markers.
    #[must_use]
    pub fn n_waiting(&self) -> usize {
        self.merge.n_waiting()
    }

    /// Take EEG samples.
    pub fn push_eeg(&mut self, chunk: &Chunk, out: &mut dyn FnMut(Output<'_>)) {
        let piece_len = whole(PIECE_SECS * self.info.sample_rate_hz).max(1);
        for (offset, (stamp_secs, values)) in chunk.samples().enumerate() {
            let header = Header {
                run: chunk.run,
                index: chunk.first_index + offset as u64,
                stamp_secs,
            };
            if let Some(traces) = &mut self.traces {
                traces.take(header, values, |slice| out(Output::Traces(slice)));
            }
            let on = &mut |marker: &Marker| out(Output::Marker(marker));
            self.markers.take_sample(header, values, on);
            self.merge.push_eeg(header, values);
            self.newest_secs = stamp_secs;
            self.newest_now_secs = self.now_secs;
            if (offset + 1).is_multiple_of(piece_len) {
                self.work(out);
            }
        }
        self.work(out);
    }

    /// Take samples of the stimulus that joined.
    pub fn push_stimulus(&mut self, chunk: &Chunk, out: &mut dyn FnMut(Output<'_>)) {
        self.merge.push_stimulus(chunk);
        self.work(out);
    }

    /// Take a marker.
    pub fn push_marker(&mut self, marker: &Marker, out: &mut dyn FnMut(Output<'_>)) {
        let late = self
            .markers
            .push(marker, self.analysed_secs, self.n_analysed);
        if let Some(event) = late {
            tell(event, out);
        }
    }

    /// A stimulus stream joins: from now on its samples go with the EEG's. Where the analysis has none yet, [`pending`](Self::pending) says what to build.
    ///
    /// # Errors
    /// [`StimulusError`] when it does not fit the settings; nothing is changed then.
    pub fn join_stimulus(
        &mut self,
        info: &StreamInfo,
        out: &mut dyn FnMut(Output<'_>),
    ) -> Result<(), StimulusError> {
        self.merge.tell_ahead(&mut |event| tell(event, out));
        let event = InputEvent::StimulusJoined {
            eeg: self.merge.n_eeg(),
            unmerged: self.merge.n_unmerged(),
            info: Box::new(info.clone()),
        };
        let is_other = self.merge.join(info)?;
        self.stimulus_limit_hz = self.merge.stimulus_limit_hz();
        tell(event, out);
        if is_other {
            self.begin_run(RunEnd::Stimulus, out);
        }
        self.work(out);
        Ok(())
    }

    /// The stimulus stream has ended: nothing waits for it any more.
    pub fn end_stimulus(&mut self, out: &mut dyn FnMut(Output<'_>)) {
        self.merge.end_stimulus();
        self.work(out);
    }

    /// What has to be built because a stimulus joined; `None` when everything is.
    #[must_use]
    pub fn pending(&self) -> Option<BuildJob> {
        let limit_hz = self.stimulus_limit_hz;
        let is_missing = limit_hz.is_some() && limit_hz != self.plan().stimulus_limit_hz();
        is_missing.then(|| self.job(self.settings.clone()))
    }

    /// What has to be built to go on with other settings.
    #[must_use]
    pub fn job(&self, settings: AnalysisSettings) -> BuildJob {
        BuildJob {
            before: Arc::clone(self.plan()),
            info: self.info.clone(),
            settings,
            stimulus_limit_hz: self.stimulus_limit_hz,
        }
    }

    /// Go on with what was built: what the change does not touch goes on as it is. `false`, and nothing is changed, if it follows another plan than the present one:
    /// build it again.
    #[must_use = "what follows another plan must be built again"]
    pub fn install(&mut self, finished: Finished, out: &mut dyn FnMut(Output<'_>)) -> bool {
        let loses_rest = finished.built.ends_rest() && self.analysis.has_rest();
        if !self.analysis.install(finished.built) {
            return false;
        }
        self.settings = finished.settings;
        if let Some(traces) = &mut self.traces {
            let plan = self.analysis.plan();
            if !traces.fits(plan) {
                traces.flush(|slice| out(Output::Traces(slice)));
                *traces = traces.renewed(plan);
            }
            traces.keep_out(&self.settings.bad);
        }
        tell(
            InputEvent::Installed {
                analysed: self.n_analysed,
                settings: Box::new(self.settings.clone()),
                stimulus_limit_hz: finished.stimulus_limit_hz,
            },
            out,
        );
        if loses_rest {
            out(Output::Event(&Event::RestEnded));
        }
        self.tell_runs(out);
        true
    }

    /// Build and go on at once: for callers that can wait.
    ///
    /// # Errors
    /// [`EngineError`] when the settings do not fit the stream; everything goes on as before.
    pub fn change(
        &mut self,
        settings: AnalysisSettings,
        out: &mut dyn FnMut(Output<'_>),
    ) -> Result<(), EngineError> {
        let finished = self.job(settings).build()?;
        let is_installed = self.install(finished, out);
        debug_assert!(is_installed, "nothing happened in between");
        Ok(())
    }

    /// End the run of detection and begin the next.
    pub fn begin_run(&mut self, end: RunEnd, out: &mut dyn FnMut(Output<'_>)) {
        let event = InputEvent::NewRun {
            analysed: self.n_analysed,
            end,
        };
        self.analysis.begin_run(end);
        tell(event, out);
        self.tell_runs(out);
    }

    /// Take the next `secs` of accepted data as the rest baseline.
    pub fn begin_rest(&mut self, secs: f64, out: &mut dyn FnMut(Output<'_>)) {
        let event = InputEvent::Rest {
            analysed: self.n_analysed,
            secs,
        };
        self.analysis.begin_rest(secs);
        tell(event, out);
    }

    /// Leave out segments from now on, or no longer: the caller is behind.
    pub fn set_behind(&mut self, is_behind: bool) {
        self.is_behind = is_behind;
    }

    /// It is `now_secs` on any steady clock. While no EEG comes, what waits goes on when its time is over.
    pub fn advance(&mut self, now_secs: f64, out: &mut dyn FnMut(Output<'_>)) {
        self.now_secs = now_secs;
        if self.newest_now_secs == f64::NEG_INFINITY {
            // what came before the clock was known has come just now
            self.newest_now_secs = now_secs;
        }
        self.work(out);
    }

    /// Hand out the traces that are not a whole block yet: somebody wants to see them now.
    pub fn flush_traces(&mut self, out: &mut dyn FnMut(Output<'_>)) {
        if let Some(traces) = &mut self.traces {
            traces.flush(|slice| out(Output::Traces(slice)));
        }
    }

    /// Nothing more comes: everything that waits is analysed, and the run of detection ends.
    pub fn finish(&mut self, end: RunEnd, out: &mut dyn FnMut(Output<'_>)) {
        self.is_finishing = true;
        self.markers
            .settle(&mut |marker| out(Output::Marker(marker)));
        self.merge.finish();
        self.work(out);
        self.flush_traces(out);
        self.analysis.end_run(end);
        self.tell_runs(out);
    }

    /// The stamp that waiting is counted to: that of the newest EEG sample, or later where none has come for a while.
    fn horizon_secs(&self) -> f64 {
        let silent_secs = self.now_secs - self.newest_now_secs - PIECE_SECS;
        if silent_secs > 0.0 {
            self.newest_secs + silent_secs
        } else {
            self.newest_secs
        }
    }

    /// Merge, align and analyse everything that need not wait.
    fn work(&mut self, out: &mut dyn FnMut(Output<'_>)) {
        let horizon_secs = self.horizon_secs();
        self.merge
            .advance(horizon_secs, &mut |event| tell(event, out));
        let until_secs = if self.markers.are_awaited && !self.is_finishing {
            horizon_secs - MAX_WAIT_SECS
        } else {
            f64::INFINITY
        };
        loop {
            self.settle_electrodes(out);
            self.obey(out);
            self.settle_electrodes(out);
            // where the clock goes back, stamps say nothing: the bound holds
            let is_full = self.merge.is_full();
            let until_secs = if is_full { f64::INFINITY } else { until_secs };
            match self.analyse_next(until_secs) {
                None => break,
                Some(false) => {}
                Some(true) => self.hop(out),
            }
        }
    }

    /// Analyse the oldest aligned sample; whether it completes a segment.
    fn analyse_next(&mut self, until_secs: f64) -> Option<bool> {
        let Self {
            merge,
            markers,
            analysis,
            info,
            n_analysed,
            ..
        } = self;
        if markers.hold(*n_analysed) {
            return None;
        }
        let sample = merge.take(until_secs)?;
        markers.take_due(*n_analysed);
        let (index, secs) = (sample.index, sample.stamp_secs);
        while let Some(edge) = markers.trials.advance(secs) {
            match edge {
                _ if !markers.trials.only_trials() => {}
                TrialEdge::Start(start_secs) => {
                    analysis
                        .begin_periodic(index as f64 + (start_secs - secs) * info.sample_rate_hz);
                }
                TrialEdge::Stop(_) => analysis.pause_periodic(),
            }
        }
        analysis.set_polarity(markers.trials.polarity(secs));
        let stimulus = match self.stimulus_channel {
            Some(channel) => sample.values[channel],
            None => sample.stimulus,
        };
        let completes = analysis.push(&AlignedSample { stimulus, ..sample });
        self.n_analysed += 1;
        self.analysed_secs = secs;
        Some(completes)
    }

    /// A segment is complete.
    fn hop(&mut self, out: &mut dyn FnMut(Output<'_>)) {
        let (hop, _) = self.analysis.newest();
        if self.is_to_be_skipped(hop) {
            self.analysis.skip();
            let analysed = self.n_analysed;
            tell(InputEvent::HopSkipped { analysed, hop }, out);
            return;
        }
        let (from_secs, to_secs) = self.analysis.newest_span_secs();
        let is_open = self.markers.trials.cover(from_secs, to_secs);
        self.analysis.set_timing(match self.stimulus_channel {
            Some(_) => timing_of_channel(),
            None => self.merge.timing(),
        });
        self.analysis.average(is_open);
        out(Output::Hop(Hop {
            analysis: &self.analysis,
        }));
    }

    fn is_to_be_skipped(&mut self, hop: u64) -> bool {
        let Some(script) = &mut self.script else {
            return self.is_behind;
        };
        let front = script.front();
        let is_told =
            matches!(front, Some(InputEvent::HopSkipped { hop: told, .. }) if *told == hop);
        if is_told {
            script.pop_front();
        }
        is_told
    }

    /// Do what the script says of this place.
    fn obey(&mut self, out: &mut dyn FnMut(Output<'_>)) {
        while let Some(event) = self.markers.release(self.n_analysed) {
            tell(event, out);
        }
        while let Some(event) = self.script.as_ref().and_then(VecDeque::front) {
            let is_due = match event {
                InputEvent::Installed { analysed, .. }
                | InputEvent::NewRun { analysed, .. }
                | InputEvent::Rest { analysed, .. } => *analysed <= self.n_analysed,
                // that is for the hop itself
                _ => false,
            };
            if !is_due {
                return;
            }
            match self.script.as_mut().and_then(VecDeque::pop_front) {
                Some(InputEvent::Installed {
                    settings,
                    stimulus_limit_hz,
                    ..
                }) => {
                    self.stimulus_limit_hz = stimulus_limit_hz;
                    // what could be built then can be now
                    drop(self.change(*settings, out));
                }
                Some(InputEvent::NewRun { end, .. }) => self.begin_run(end, out),
                Some(InputEvent::Rest { secs, .. }) => self.begin_rest(secs, out),
                _ => {}
            }
        }
    }

    /// Tell which runs have ended since the last time.
    fn tell_runs(&mut self, out: &mut dyn FnMut(Output<'_>)) {
        let runs = self.analysis.runs();
        let n_new = (runs.n_ended() - self.n_records) as usize;
        let first = runs.records().len().saturating_sub(n_new);
        for record in &runs.records()[first..] {
            out(Output::Event(&Event::RunEnded(record.clone())));
        }
        self.n_records = runs.n_ended();
    }
}

fn tell(event: InputEvent, out: &mut dyn FnMut(Output<'_>)) {
    out(Output::Event(&Event::Input(event)));
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are limited to 1 MHz"
)]
fn whole(samples: f64) -> usize {
    samples as usize
}
