//! `efrscope run`: one JSON object per hop and line on standard output.

use std::io::{self, Write};
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};

use crate::cli::until::until_stopped;
use crate::cli::{CliError, backend, print_json};
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{Latest, ShiftReport, StreamCounters};
use crate::metrics::Snapshot;
use crate::publish::{Line, json_schema};
use crate::session::{EveryHop, Newest, Pipeline, Sinks, Stop, Worker};

/// Hops that may wait for a slow reader of standard output; beyond, they are left out and counted.
const MAX_WAITING_HOPS: usize = 64;

/// Analyse the stream until stopped.
pub(super) fn run(config: &Config, duration_secs: Option<f64>) -> Result<(), CliError> {
    let backend = backend(config)?;
    let counters = Arc::new(StreamCounters::default());
    let (every_hop, hops) = bounded(MAX_WAITING_HOPS);
    let newest = Newest::default();
    let shifts = Arc::clone(&newest.shifts);
    let sinks = Sinks::default().with(EveryHop(every_hop)).with(newest);
    let stimulus = Arc::clone(&sinks.stimulus);
    let pipeline = Pipeline::open(
        &backend,
        &config.requests(),
        config.stream.wait_secs,
        sinks,
        &counters,
    )?;
    let reader_has_gone = Stop::default();
    let printing = reader_has_gone.clone();
    let clock = Arc::clone(&backend.clock);
    let publish = Worker::spawn("publish", Stop::default(), move |_| {
        // ends when the analysis has ended and everything is printed
        if let Err(error) = print_lines(&hops, &shifts, &*clock) {
            if error.kind() != io::ErrorKind::BrokenPipe {
                tracing::error!("cannot write to standard output: {error}");
            }
            printing.request();
        }
    })
    .map_err(|source| CliError::System {
        doing: "starting the publish thread",
        source,
    })?;
    until_stopped(duration_secs, || {
        pipeline.is_over() || reader_has_gone.is_requested()
    })?;
    let stream_ended = pipeline.is_over();
    drop(pipeline);
    drop(publish);
    summary(&counters, &stimulus, stream_ended)
}

/// Print the schema of the lines.
pub(super) fn print_schema() -> Result<(), CliError> {
    print_json(&json_schema()).map_err(|source| CliError::System {
        doing: "writing the schema",
        source,
    })
}

fn print_lines(
    hops: &Receiver<Arc<Snapshot>>,
    shifts: &Latest<ShiftReport>,
    clock: &dyn Clock,
) -> io::Result<()> {
    let mut line = Vec::new();
    for snapshot in hops {
        line.clear();
        let age_secs = clock.now_secs() - snapshot.newest_stamp_secs;
        serde_json::to_writer(
            &mut line,
            &Line {
                snapshot: &snapshot,
                age_secs,
                shifts: shifts.newest().as_deref(),
            },
        )?;
        line.push(b'\n');
        let mut stdout = io::stdout().lock();
        stdout.write_all(&line)?;
        stdout.flush()?;
    }
    Ok(())
}

/// Say on standard error what was lost on the way.
fn summary(
    counters: &StreamCounters,
    stimulus: &StreamCounters,
    stream_ended: bool,
) -> Result<(), CliError> {
    let status = counters.status();
    eprintln!(
        "efrscope: {} samples received, {} lost in {} gaps, {} dropped because the analysis was behind, {} hops skipped, {} not printed",
        status.received,
        status.lost,
        status.gaps,
        status.overrun,
        status.skipped_hops,
        status.dropped_updates
    );
    let stimulus = stimulus.status();
    if let Some(stream) = &stimulus.stream {
        eprintln!(
            "efrscope: stimulus {:?}: {} samples received, {} lost in {} gaps, {} dropped",
            stream.name, stimulus.received, stimulus.lost, stimulus.gaps, stimulus.overrun
        );
    }
    match status.notice {
        Some(reason) if stream_ended => Err(CliError::StreamEnded {
            reason: reason.to_string(),
        }),
        _ => Ok(()),
    }
}
