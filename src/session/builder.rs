//! Builds what a change needs apart from the analysis, which goes on meanwhile.

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::engine::{BuildJob, EngineError, Finished};
use crate::session::Stop;

/// The analysis's end: one job at a time.
pub(super) struct Builder {
    jobs: Sender<BuildJob>,
    finished: Receiver<Result<Finished, EngineError>>,
    is_busy: bool,
}

/// The worker's end.
pub(super) struct BuildWork {
    jobs: Receiver<BuildJob>,
    finished: Sender<Result<Finished, EngineError>>,
}

/// Both ends.
pub(super) fn builder() -> (Builder, BuildWork) {
    let (jobs, to_do) = bounded(1);
    let (done, finished) = bounded(1);
    let builder = Builder {
        jobs,
        finished,
        is_busy: false,
    };
    let work = BuildWork {
        jobs: to_do,
        finished: done,
    };
    (builder, work)
}

impl Builder {
    /// Whether a job is being done: the next has to wait.
    pub(super) fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Hand over a job, while none is being done.
    pub(super) fn submit(&mut self, job: BuildJob) {
        self.is_busy = self.jobs.try_send(job).is_ok();
    }

    /// What was built, if something was.
    pub(super) fn take(&mut self) -> Option<Result<Finished, EngineError>> {
        let finished = self.finished.try_recv().ok()?;
        self.is_busy = false;
        Some(finished)
    }
}

impl BuildWork {
    /// Work until the analysis has gone or a stop is asked for.
    pub(super) fn run(self, stop: &Stop) {
        while let Ok(job) = self.jobs.recv() {
            if stop.is_requested() || self.finished.send(job.build()).is_err() {
                return;
            }
        }
    }
}
