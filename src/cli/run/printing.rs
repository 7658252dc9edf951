//! The thread that prints the lines of `efrscope run`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use crate::cli::CliError;
use crate::cli::output::{Reader, print};
use crate::clock::Clock;
use crate::control::{Latest, MarkerCounters, ShiftReport, StreamCounters};
use crate::publish::{Line, StreamLine};
use crate::session::{Published, Stop, Worker};
use crate::signal::Marker;

const POLL: Duration = Duration::from_millis(5);

/// What is printed.
pub(super) struct ToPrint {
    /// A line for each.
    pub(super) lines: Receiver<Published>,
    /// In the next line.
    pub(super) markers: Receiver<Marker>,
    pub(super) marker_counts: Arc<MarkerCounters>,
    pub(super) shifts: Arc<Latest<ShiftReport>>,
    pub(super) counters: Arc<StreamCounters>,
}

/// Prints every hop and every report about a stream, until there are no more or nobody reads them.
pub(super) struct Printing {
    worker: Worker,
    failure: Receiver<CliError>,
}

impl Printing {
    /// Start the thread.
    ///
    /// # Errors
    /// [`CliError::System`] when the system gives none.
    pub(super) fn start(to_print: ToPrint, clock: Arc<dyn Clock>) -> Result<Self, CliError> {
        let (fail, failure) = bounded(1);
        let worker = Worker::spawn("publish", Stop::default(), move |_| {
            // ends when the analysis has ended and everything is printed
            if let Err(error) = print_lines(&to_print, &*clock) {
                // the only one, and it fits
                let _told = fail.try_send(error);
            }
        });
        let worker = worker.map_err(|source| CliError::System {
            doing: "starting the publish thread",
            source,
        })?;
        Ok(Self { worker, failure })
    }

    /// Whether nothing more will be printed.
    pub(super) fn has_ended(&self) -> bool {
        self.worker.is_finished()
    }

    /// Wait until everything is printed; the analysis has ended.
    ///
    /// # Errors
    /// [`CliError::Output`] when standard output did not take it all.
    pub(super) fn end(self) -> Result<(), CliError> {
        drop(self.worker);
        self.failure.try_recv().map_or(Ok(()), Err)
    }

    /// The same, but wait no longer than `limit`: the reader may have stopped to read.
    ///
    /// # Errors
    /// [`CliError::Output`] when standard output did not take it all.
    pub(super) fn end_within(self, limit: Duration) -> Result<(), CliError> {
        let mut waited = Duration::ZERO;
        while !self.worker.is_finished() {
            if waited >= limit {
                self.worker.leave_behind();
                let problem = "its reader does not take the last lines";
                let source = io::Error::new(io::ErrorKind::TimedOut, problem);
                return Err(CliError::Output { source });
            }
            std::thread::sleep(POLL);
            waited += POLL;
        }
        self.end()
    }
}

fn print_lines(to_print: &ToPrint, clock: &dyn Clock) -> Result<(), CliError> {
    for item in &to_print.lines {
        let printed = print(|out| {
            match &item {
                Published::Snapshot(snapshot) => {
                    let status = to_print.counters.status();
                    let newest_shifts = to_print.shifts.newest();
                    let marker_streams = to_print.marker_counts.counts();
                    let markers: Vec<Marker> = to_print.markers.try_iter().collect();
                    let line = Line {
                        snapshot,
                        age_secs: clock.now_secs() - snapshot.newest_stamp_secs,
                        shifts: newest_shifts.as_deref(),
                        marker_streams: &marker_streams,
                        markers: &markers,
                        status: Some(&status),
                    };
                    serde_json::to_writer(&mut *out, &line)?;
                }
                Published::Link(report) => {
                    serde_json::to_writer(&mut *out, &StreamLine { report })?;
                }
                _ => return Ok(()),
            }
            out.write_all(b"\n")
        })?;
        if printed == Reader::HasGone {
            return Ok(());
        }
    }
    Ok(())
}
