//! `efrscope monitor` and `efrscope demo`: the dashboard, or the same numbers in the terminal.

use std::sync::Arc;
#[cfg(feature = "gui")]
use std::sync::atomic::Ordering;

use crossbeam_channel::bounded;

use crate::cli::simulate;
use crate::cli::{CliError, backend, terminal};
use crate::config::Config;
use crate::control::{Latest, StreamCounters};
use crate::session::{Newest, Screen, Sinks, Stop, Supervisor};
use crate::signal::StreamChoice;
use crate::stimulus::StimulusChoice;
use crate::view::Feed;
#[cfg(feature = "gui")]
use crate::{cli::until::until_stopped, session::Worker};

/// Requests of the user that may wait to be carried out.
const MAX_COMMANDS: usize = 16;
/// Markers that may wait for the screen.
const MAX_MARKERS: usize = 256;
/// Trace blocks of 20 ms that may wait for the screen: more than a second.
const MAX_TRACE_BLOCKS: usize = 64;

/// Watch a stream.
pub(super) fn monitor(config: &Config, duration_secs: Option<f64>) -> Result<(), CliError> {
    let ending = Stop::default();
    let backend = backend(config, &ending)?;
    let clock = Arc::clone(&backend.clock);
    let counters = Arc::new(StreamCounters::default());
    let streams = Arc::new(Latest::default());
    let (command_sender, commands) = bounded(MAX_COMMANDS);
    let (trace_sender, traces) = bounded(MAX_TRACE_BLOCKS);
    let (marker_sender, markers) = bounded(MAX_MARKERS);
    let with_window = window_is_possible();
    let newest = Newest::default();
    let (snapshots, shifts) = (Arc::clone(&newest.snapshots), Arc::clone(&newest.shifts));
    let mut sinks = Sinks::default().with(newest);
    if with_window {
        sinks = sinks.with(Screen {
            traces: trace_sender,
            markers: marker_sender,
        });
    }
    let feed = Feed {
        snapshots,
        counters: Arc::clone(&counters),
        traces,
        markers,
        marker_counts: Arc::clone(&sinks.markers),
        stimulus: Arc::clone(&sinks.stimulus),
        shifts,
        streams: Arc::clone(&streams),
        commands: command_sender,
        clock,
        stop: Arc::default(),
    };
    let requests = config.requests();
    let supervisor = Supervisor::start(backend, requests, sinks, counters, streams, commands)?;
    let shown = if with_window {
        show(feed, config, duration_secs)
    } else {
        terminal::explain_and_show(&feed, duration_secs)
    };
    ending.request(); // a search under way gives up
    drop(supervisor);
    shown
}

/// Watch simulated streams, sent and read over LSL on this machine only.
pub(super) fn demo(mut config: Config, duration_secs: Option<f64>) -> Result<(), CliError> {
    config.lsl.resolve_scope = Some("machine".to_owned());
    config.lsl.known_peers = vec!["127.0.0.1".to_owned()];
    config.stream.select = StreamChoice::SourceId(config.simulate.eeg_source_id());
    let stimulus = StreamChoice::SourceId(config.simulate.stimulus_source_id());
    config.stimulus.choice = StimulusChoice::Stream(stimulus);
    let simulator = simulate::start(&config, None)?;
    monitor(&config, duration_secs)?;
    simulator.outcome()
}

/// Whether there is a display, as far as the environment tells.
#[cfg(all(feature = "gui", target_os = "linux"))]
fn window_is_possible() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

#[cfg(all(feature = "gui", not(target_os = "linux")))]
fn window_is_possible() -> bool {
    true
}

#[cfg(not(feature = "gui"))]
fn window_is_possible() -> bool {
    false
}

#[cfg(feature = "gui")]
fn show(feed: Feed, config: &Config, duration_secs: Option<f64>) -> Result<(), CliError> {
    let close = Arc::clone(&feed.stop);
    // the window has the main thread: Ctrl-C is waited for beside it, and closes it
    let signals = Worker::spawn("signals", Stop::default(), move |stop| {
        if let Err(error) = until_stopped(None, || stop.is_requested()) {
            tracing::warn!("{error}");
        }
        close.store(true, Ordering::Release);
    })
    .map_err(|source| CliError::System {
        doing: "starting the thread that waits for Ctrl-C",
        source,
    })?;
    let shown = crate::view::open(feed, config.view.clone(), duration_secs);
    drop(signals);
    shown.map_err(|error| CliError::Window {
        problem: error.to_string(),
    })
}

#[cfg(not(feature = "gui"))]
#[expect(clippy::needless_pass_by_value, reason = "as the window takes it")]
fn show(feed: Feed, _config: &Config, duration_secs: Option<f64>) -> Result<(), CliError> {
    terminal::explain_and_show(&feed, duration_secs)
}
