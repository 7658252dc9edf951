//! `efrscope simulate`: the simulated streams, without a monitor.

use std::sync::{Arc, Mutex};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::cli::CliError;
use crate::cli::output::tell;
use crate::cli::until::until_stopped;
use crate::config::Config;
use crate::publish::PublishError;
use crate::session::{Stop, Worker};
use crate::signal::StreamChoice;
use crate::source::{Hearing, SimSettings, listen};

/// The thread that sends the simulated streams, the one that listens to a real sound for it, and what they failed with if one did.
pub(super) struct Simulator {
    sends: Worker,
    hears: Option<Worker>,
    failure: Receiver<CliError>,
}

/// Send the simulated streams until stopped; with `hear`, EEG that responds to that stream.
pub(super) fn simulate(
    config: &Config,
    hear: Option<&StreamChoice>,
    duration_secs: Option<f64>,
) -> Result<(), CliError> {
    let simulator = start(config, hear)?;
    match hear {
        None => tell(format_args!(
            "efrscope: sending simulated EEG, stimulus {} and markers; Ctrl-C ends it",
            config.simulate.stimulus.word()
        )),
        Some(choice) => {
            tell(format_args!(
                "efrscope: sending simulated EEG that hears {choice}; Ctrl-C ends it"
            ));
        }
    }
    until_stopped(duration_secs, || simulator.has_ended())?;
    simulator.outcome()
}

impl Simulator {
    fn has_ended(&self) -> bool {
        let hearing_has_ended = self.hears.as_ref().is_some_and(Worker::is_finished);
        self.sends.is_finished() || hearing_has_ended
    }

    /// What it failed with, if it did.
    pub(super) fn outcome(&self) -> Result<(), CliError> {
        let failed = self.failure.try_recv();
        failed.map_or(Ok(()), Err)
    }
}

/// Start the threads of the simulated streams.
pub(super) fn start(config: &Config, hear: Option<&StreamChoice>) -> Result<Simulator, CliError> {
    prepare(config)?;
    let (fail, failure) = bounded(2);
    let hearing = hear.map(|choice| {
        let ear = Arc::new(Mutex::new(Hearing::new(&config.simulate.hearing)));
        (choice.clone(), ear)
    });
    let hears = hearing.as_ref().map(|(choice, ear)| {
        let stop = Stop::default();
        let backend = super::backend(config, &stop)?;
        let (choice, ear) = (choice.clone(), Arc::clone(ear));
        spawn("hear", stop, fail.clone(), move |stop| {
            Ok(listen(&backend, &choice, &ear, &stop.flag())?)
        })
    });
    let hears = hears.transpose()?;
    let settings = config.simulate.clone();
    let sends = spawn("sim", Stop::default(), fail, move |stop| {
        let ear = hearing.as_ref().map(|(_, ear)| ear.as_ref());
        Ok(send(&settings, ear, stop)?)
    })?;
    Ok(Simulator {
        sends,
        hears,
        failure,
    })
}

/// Start a thread whose failure is told.
fn spawn(
    name: &'static str,
    stop: Stop,
    fail: Sender<CliError>,
    body: impl FnOnce(&Stop) -> Result<(), CliError> + Send + 'static,
) -> Result<Worker, CliError> {
    Worker::spawn(name, stop, move |stop| {
        if let Err(error) = body(stop) {
            // one error of each thread at most, and capacity for both
            let _told = fail.try_send(error);
        }
    })
    .map_err(|source| CliError::System {
        doing: "starting the simulator's threads",
        source,
    })
}

#[cfg(feature = "lsl")]
fn prepare(config: &Config) -> Result<(), CliError> {
    crate::source::lsl::prepare(&config.lsl)?;
    Ok(())
}

#[cfg(feature = "lsl")]
fn send(
    settings: &SimSettings,
    hearing: Option<&Mutex<Hearing>>,
    stop: &Stop,
) -> Result<(), PublishError> {
    crate::publish::simulate(settings, hearing, &stop.flag())
}

#[cfg(not(feature = "lsl"))]
fn prepare(config: &Config) -> Result<(), CliError> {
    super::backend(config, &Stop::default())?;
    Ok(())
}

#[cfg(not(feature = "lsl"))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "as with LSL; prepare has refused before"
)]
fn send(
    _settings: &SimSettings,
    _hearing: Option<&Mutex<Hearing>>,
    _stop: &Stop,
) -> Result<(), PublishError> {
    Ok(())
}
