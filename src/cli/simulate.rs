//! `efrscope simulate`: the simulated streams, without a monitor.

use crate::cli::CliError;
use crate::cli::until::until_stopped;
use crate::config::Config;
use crate::publish::PublishError;
use crate::session::{Stop, Worker};

/// Send the simulated streams until stopped.
pub(super) fn simulate(config: &Config, duration_secs: Option<f64>) -> Result<(), CliError> {
    let outlets = start(config)?;
    eprintln!("efrscope: sending simulated EEG, stimulus envelope and markers; Ctrl-C ends it");
    until_stopped(duration_secs, || outlets.is_finished())
}

/// Start the thread that sends the simulated streams.
pub(super) fn start(config: &Config) -> Result<Worker, CliError> {
    prepare(config)?;
    let settings = config.simulate.clone();
    Worker::spawn("sim", Stop::default(), move |stop| {
        if let Err(error) = send(&settings, stop) {
            tracing::error!("{error}");
        }
    })
    .map_err(|source| CliError::System {
        doing: "starting the simulator's thread",
        source,
    })
}

#[cfg(feature = "lsl")]
fn prepare(config: &Config) -> Result<(), CliError> {
    crate::source::lsl::prepare(&config.lsl)?;
    Ok(())
}

#[cfg(feature = "lsl")]
fn send(settings: &crate::source::SimSettings, stop: &Stop) -> Result<(), PublishError> {
    crate::publish::simulate(settings, &stop.flag())
}

#[cfg(not(feature = "lsl"))]
fn prepare(config: &Config) -> Result<(), CliError> {
    super::backend(config)?;
    Ok(())
}

#[cfg(not(feature = "lsl"))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "as with LSL; prepare has refused before"
)]
fn send(_settings: &crate::source::SimSettings, _stop: &Stop) -> Result<(), PublishError> {
    Ok(())
}
