//! `efrscope simulate`: the simulated streams, without a monitor.

use crossbeam_channel::{Receiver, bounded};

use crate::cli::CliError;
use crate::cli::until::until_stopped;
use crate::config::Config;
use crate::publish::PublishError;
use crate::session::{Stop, Worker};

/// The thread that sends the simulated streams, and what it failed with if it did.
pub(super) struct Simulator {
    sends: Worker,
    failure: Receiver<PublishError>,
}

/// Send the simulated streams until stopped.
pub(super) fn simulate(config: &Config, duration_secs: Option<f64>) -> Result<(), CliError> {
    let simulator = start(config)?;
    eprintln!("efrscope: sending simulated EEG, stimulus envelope and markers; Ctrl-C ends it");
    until_stopped(duration_secs, || simulator.sends.is_finished())?;
    simulator.outcome()
}

impl Simulator {
    /// What it failed with, if it did.
    pub(super) fn outcome(&self) -> Result<(), CliError> {
        let failed = self.failure.try_recv();
        failed.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Start the thread that sends the simulated streams.
pub(super) fn start(config: &Config) -> Result<Simulator, CliError> {
    prepare(config)?;
    let settings = config.simulate.clone();
    let (fail, failure) = bounded(1);
    let sends = Worker::spawn("sim", Stop::default(), move |stop| {
        if let Err(error) = send(&settings, stop) {
            // one error at most, and room for one
            let _told = fail.try_send(error);
        }
    })
    .map_err(|source| CliError::System {
        doing: "starting the simulator's thread",
        source,
    })?;
    Ok(Simulator { sends, failure })
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
