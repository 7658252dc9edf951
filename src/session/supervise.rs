//! Keeps a stream open while the dashboard runs, and carries out what its user asks for.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::control::{Command, Latest, StreamCounters, StreamList};
use crate::engine::EngineError;
use crate::metrics::PairChoice;
use crate::session::{
    Pipeline, Published, SessionError, SessionRequest, Sinks, Stop, Worker, panics,
};
use crate::source::{Backend, SourceError};

const COMMAND_POLL: Duration = Duration::from_millis(200);
/// One attempt to find the stream.
const SEARCH_SECS: f64 = 1.5;
/// One look around for the list of streams.
const LOOK_SECS: f64 = 2.0;
/// Rest after an attempt that failed for another reason than that there was no stream.
const RETRY: Duration = Duration::from_secs(2);

/// The threads that keep a session going; dropping it stops them all.
pub struct Supervisor {
    _control: Worker,
    _resolve: Worker,
}

impl Supervisor {
    /// Open the stream asked for as soon as it is there, and obey `commands`.
    ///
    /// # Errors
    /// [`SessionError::Thread`] when the system gives no thread.
    pub fn start(
        backend: Backend,
        requests: SessionRequest,
        sinks: Sinks,
        counters: Arc<StreamCounters>,
        streams: Arc<Latest<StreamList>>,
        commands: Receiver<Command>,
    ) -> Result<Self, SessionError> {
        let look_around = Arc::clone(&backend.look_around);
        let resolve = Worker::spawn("resolve", Stop::default(), move |stop| {
            while !stop.is_requested() {
                match look_around(LOOK_SECS) {
                    Ok(found) => streams.publish(Arc::new(StreamList { streams: found })),
                    Err(error) => {
                        tracing::warn!("{error}");
                        std::thread::sleep(RETRY);
                    }
                }
            }
        });
        let control = Control {
            backend,
            requests,
            sinks,
            counters,
            commands,
            pipeline: None,
            n_panics: 0,
        };
        let control = Worker::spawn("control", Stop::default(), |stop| control.run(stop));
        let thread = |name| move |source| SessionError::Thread { name, source };
        Ok(Self {
            _control: control.map_err(thread("control"))?,
            _resolve: resolve.map_err(thread("resolve"))?,
        })
    }
}

/// State of the control thread.
struct Control {
    backend: Backend,
    requests: SessionRequest,
    sinks: Sinks,
    counters: Arc<StreamCounters>,
    commands: Receiver<Command>,
    pipeline: Option<Pipeline>,
    /// Panics of threads that were told.
    n_panics: usize,
}

impl Control {
    fn run(mut self, stop: &Stop) {
        while !stop.is_requested() {
            if self.pipeline.is_none() {
                self.try_to_open(stop);
            }
            match self.commands.recv_timeout(COMMAND_POLL) {
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(COMMAND_POLL),
            }
            if self.pipeline.as_ref().is_some_and(Pipeline::is_over) {
                self.pipeline = None;
            }
            tell_panics(&mut self.n_panics, &self.counters);
        }
    }

    fn try_to_open(&mut self, stop: &Stop) {
        let opened = Pipeline::open(
            &self.backend,
            &self.requests,
            SEARCH_SECS,
            self.sinks.clone(),
            &self.counters,
        );
        match opened {
            Ok(pipeline) => {
                // a panic stays in sight: it may be why the stream was opened again
                if self.n_panics == 0 {
                    self.counters.notice.clear();
                }
                self.pipeline = Some(pipeline);
            }
            // nothing there yet: the screen shows what was found
            Err(SessionError::Source(SourceError::NotFound { .. })) => {}
            Err(error) => {
                self.counters.notify_once(error.to_string());
                if self.commands.is_empty() && !stop.is_requested() {
                    std::thread::sleep(RETRY);
                }
            }
        }
    }

    fn obey(&mut self, command: Command) {
        let before = self.requests.clone();
        match command {
            Command::Open(choice) => {
                self.requests.choice = choice;
                self.requests.analysis.channels.clear();
                self.requests.analysis.bad.clear();
                self.requests.analysis.pairs = PairChoice::Auto;
                self.pipeline = None;
                self.sinks.hand_out(&Published::Closed);
                self.sinks.stimulus.reset();
                self.sinks.markers.reset();
                self.counters.reset();
                return;
            }
            Command::NewRun => return self.tell(Pipeline::begin_run),
            Command::Rest { secs } => return self.tell(|pipeline| pipeline.begin_rest(secs)),
            Command::Channels(labels) => {
                self.requests.analysis.channels = labels;
                self.requests.analysis.pairs = PairChoice::Auto;
            }
            Command::KeepOut { label, is_out } => {
                let stream = self.counters.stream.newest().unwrap_or_default();
                let called = |label: &str| stream.channel_called(label);
                let bad = &mut self.requests.analysis.bad;
                bad.retain(|kept_out| *kept_out != label && called(kept_out) != called(&label));
                bad.extend(is_out.then_some(label));
            }
            Command::Bands(bands) => self.requests.analysis.set_bands(bands),
            Command::AllPairs => self.requests.analysis.pairs = PairChoice::All,
            Command::Phases => self.requests.analysis.with_phases = true,
        }
        let checked = self.requests.analysis.check().map_err(EngineError::from);
        let changed = checked
            .map_err(SessionError::from)
            .and_then(|()| match &self.pipeline {
                Some(pipeline) => pipeline.change(&self.requests.analysis),
                None => Ok(()),
            });
        if let Err(error) = changed {
            self.counters.notify(error.to_string());
            self.requests = before;
        }
    }

    /// Tell the running session something; what it refuses is said on the screen.
    fn tell(&self, what: impl FnOnce(&Pipeline) -> Result<(), SessionError>) {
        let told = self.pipeline.as_ref().map_or(Ok(()), what);
        if let Err(error) = told {
            self.counters.notify(error.to_string());
        }
    }
}

/// A thread that panicked is shown once; the others go on.
fn tell_panics(n_told: &mut usize, counters: &StreamCounters) {
    let panics = panics();
    for panic in panics.iter().skip(*n_told) {
        counters.notify(panic.to_string());
    }
    *n_told = panics.len();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_panicked_is_shown_as_a_notice() {
        let worker = Worker::spawn("test-shown", Stop::default(), |_| panic!("no more"));
        drop(worker.unwrap());
        let (counters, mut n_told) = (StreamCounters::default(), 0);
        tell_panics(&mut n_told, &counters);
        // other tests' threads panic too
        let notice = counters.status().notice.unwrap();
        assert!(notice.contains("panicked: "), "{notice}");
        assert!(n_told > 0);
    }
}
