//! `efrscope run`: one JSON object per hop and line on standard output.

mod printing;

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use crate::cli::output::tell;
use crate::cli::run::printing::{Printing, ToPrint};
use crate::cli::until::{Ended, until_stopped};
use crate::cli::{CliError, backend, print_json};
use crate::config::Config;
use crate::control::{MarkerCounters, StreamCounters};
use crate::publish::json_schema;
use crate::session::{
    EveryLine, EveryMarker, Newest, Pipeline, SessionError, Sinks, Stop, Worker, panics,
};
use crate::source::Backend;

/// Lines that may wait for a slow reader of standard output; beyond, they are left out and counted.
const MAX_WAITING_LINES: usize = 64;
/// Markers that may wait for the next line; beyond, they are counted and not printed.
const MAX_WAITING_MARKERS: usize = 256;
/// After a signal, standard output has so long to take what waits.
const LAST_LINES: Duration = Duration::from_millis(500);

/// What opening the stream came to.
type Opened = Result<Pipeline, SessionError>;

/// Analyse the stream until stopped.
pub(super) fn run(config: &Config, duration_secs: Option<f64>) -> Result<(), CliError> {
    let ending = Stop::default();
    let backend = backend(config, &ending)?;
    let clock = Arc::clone(&backend.clock);
    let counters = Arc::new(StreamCounters::default());
    let (every_line, lines) = bounded(MAX_WAITING_LINES);
    let (every_marker, markers) = bounded(MAX_WAITING_MARKERS);
    let newest = Newest::default();
    let sinks = Sinks::default()
        .with(EveryLine(every_line))
        .with(EveryMarker(every_marker));
    let to_print = ToPrint {
        lines,
        markers,
        marker_counts: Arc::clone(&sinks.markers),
        shifts: Arc::clone(&newest.shifts),
        counters: Arc::clone(&counters),
    };
    let printing = Printing::start(to_print, Arc::clone(&clock))?;
    let sinks = sinks.with(newest);
    let stimulus = Arc::clone(&sinks.stimulus);
    let marker_counts = Arc::clone(&sinks.markers);
    let (opening, opens) = open(backend, config, sinks, &counters)?;
    let (mut opened, mut end_secs) = (None, f64::INFINITY);
    let ended = until_stopped(None, || {
        if opened.is_none()
            && let Ok(result) = opens.try_recv()
        {
            opened = Some(result);
            end_secs = clock.now_secs() + duration_secs.unwrap_or(f64::INFINITY);
        }
        let is_over = match &opened {
            Some(Ok(pipeline)) => pipeline.is_over(),
            Some(Err(_)) => true,
            None => false,
        };
        is_over || printing.has_ended() || clock.now_secs() >= end_secs || !panics().is_empty()
    })?;
    ending.request(); // a search under way gives up
    drop(opens);
    drop(opening);
    let pipeline = opened.transpose()?;
    let stream_ended = pipeline.as_ref().is_some_and(Pipeline::is_over);
    drop(pipeline);
    let printed = match ended {
        Ended::Asked => printing.end_within(LAST_LINES),
        Ended::ByItself => printing.end(),
    };
    summary(&counters, &stimulus, &marker_counts);
    printed?;
    outcome(&counters, stream_ended)
}

/// Open the stream on a thread of its own, so that a signal is obeyed meanwhile.
fn open(
    backend: Backend,
    config: &Config,
    sinks: Sinks,
    counters: &Arc<StreamCounters>,
) -> Result<(Worker, Receiver<Opened>), CliError> {
    let (sender, opens) = bounded(1);
    let (request, wait_secs) = (config.requests(), config.stream.wait_secs);
    let counters = Arc::clone(counters);
    let opening = Worker::spawn("open", Stop::default(), move |_| {
        let opened = Pipeline::open(&backend, &request, wait_secs, sinks, &counters);
        // one who was asked to end does not take it any more
        let _taken = sender.send(opened);
    });
    let opening = opening.map_err(|source| CliError::System {
        doing: "starting the thread that opens the stream",
        source,
    })?;
    Ok((opening, opens))
}

/// Print the schema of the lines.
pub(super) fn print_schema() -> Result<(), CliError> {
    print_json(&json_schema())
}

/// Say on standard error what was lost on the way.
fn summary(counters: &StreamCounters, stimulus: &StreamCounters, markers: &MarkerCounters) {
    let status = counters.status();
    tell(format_args!(
        "efrscope: {} samples received, {} lost in {} gaps, {} dropped because the analysis was behind, {} hops skipped, {} not printed",
        status.received,
        status.lost,
        status.gaps,
        status.overrun,
        status.skipped_hops,
        status.dropped_updates
    ));
    let stimulus = stimulus.status();
    if let Some(stream) = &stimulus.stream {
        tell(format_args!(
            "efrscope: stimulus {:?}: {} samples received, {} lost in {} gaps, {} dropped",
            stream.name, stimulus.received, stimulus.lost, stimulus.gaps, stimulus.overrun
        ));
    }
    for count in markers.counts() {
        tell(format_args!(
            "efrscope: markers of {:?}: {} received, {} late, {} lost",
            count.stream, count.received, count.late, count.lost
        ));
    }
}

fn outcome(counters: &StreamCounters, stream_ended: bool) -> Result<(), CliError> {
    match counters.status().notice {
        Some(reason) if stream_ended => Err(CliError::StreamEnded {
            reason: reason.to_string(),
        }),
        _ => Ok(()),
    }
}
