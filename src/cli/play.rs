//! `efrscope play`: plays stimuli and sends what is heard, and when, over LSL.

mod arguments;
mod device;
mod progress;

pub(super) use arguments::Playing;

use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::bounded;

use crate::cli::play::device::Device;
use crate::cli::play::progress::Progress;
use crate::cli::until::until_stopped;
use crate::cli::{CliError, backend};
use crate::control::Latest;
use crate::format::Audio;
use crate::publish::PublishError;
use crate::publish::player::{
    Output, PlayError, PlayPlan, PlayWatch, Program, Silences, Stimulus, fit_to_output,
};
use crate::session::{Stop, Worker};

/// All files together, decoded: 2 GiB.
const MAX_VALUES: usize = 1 << 29;
/// Events that may wait for the terminal.
const MAX_EVENTS: usize = 256;
/// After the last file: longer than the delay of any envelope and of any sound card.
const TAIL_SECS: f64 = 1.0;

/// Play until the end or until stopped.
pub(super) fn play(playing: &Playing) -> Result<(), CliError> {
    if playing.devices {
        return device::list();
    }
    let config = playing.timing.config()?;
    let plays = playing.order().plays(playing.files.len())?;
    let audios = read(playing)?;
    let device = Device::choose(playing, &audios[0])?;
    let rate_hz = device.rate_hz();
    let sending = playing.sending(rate_hz)?;
    let stimuli = fit(playing, audios, rate_hz)?;
    let silences = Silences {
        lead: samples(playing.lead + device.settling_secs(), rate_hz),
        pause: samples(playing.pause, rate_hz),
        tail: samples(TAIL_SECS, rate_hz),
    };
    let plan = PlayPlan {
        program: Arc::new(Program::new(
            stimuli,
            rate_hz,
            &plays,
            silences,
            playing.silent,
        )),
        sending,
        source_id: playing.source_id(),
        told: playing.told(),
    };
    let clock = backend(&config, &Stop::default())?.clock;
    progress::announce(playing, device.name(), &plan);
    let (silent, latency) = (playing.silent, playing.latency_ms);
    let program = Arc::clone(&plan.program);
    let open = move || device.start(program, silent, latency, clock);
    run(plan, open, playing.timing.duration)
}

/// Read every file, and see that they can be played one after the other.
fn read(playing: &Playing) -> Result<Vec<Audio>, CliError> {
    let mut audios: Vec<Audio> = Vec::new();
    let mut n_values = 0;
    for path in &playing.files {
        let audio = Audio::read(path)?;
        n_values += audio.samples.len();
        if n_values > MAX_VALUES {
            return Err(PlayError::TooMuch {
                n_values,
                allowed: MAX_VALUES,
            }
            .into());
        }
        if let Some(first) = audios.first()
            && first.n_channels != audio.n_channels
            && !playing.mono
        {
            return Err(PlayError::Channels {
                first: first.n_channels,
                first_file: name(&playing.files[0]),
                found: audio.n_channels,
                file: name(path),
            }
            .into());
        }
        audios.push(audio);
    }
    Ok(audios)
}

/// Every file as the output wants it.
fn fit(playing: &Playing, audios: Vec<Audio>, rate_hz: u32) -> Result<Vec<Stimulus>, CliError> {
    let files = playing.files.iter().zip(audios);
    let fitted = files.map(|(path, audio)| {
        let stimulus = fit_to_output(&name(path), audio, rate_hz, playing.mono, playing.gain_db);
        stimulus.map_err(CliError::from)
    });
    fitted.collect()
}

/// The file's name without its folder, as markers say it.
fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded; the arguments are at most a day"
)]
fn samples(secs: f64, rate_hz: u32) -> u64 {
    (secs * f64::from(rate_hz)).round() as u64
}

/// Play on a thread, show how far it is, and stop it when asked.
fn run(
    plan: PlayPlan,
    open: impl FnOnce() -> Result<Box<dyn Output>, PlayError> + Send + 'static,
    duration_secs: Option<f64>,
) -> Result<(), CliError> {
    let (event_sender, events) = bounded(MAX_EVENTS);
    let watch = Arc::new(PlayWatch {
        now: Latest::default(),
        events: event_sender,
    });
    let its_watch = Arc::clone(&watch);
    let (fail, failure) = bounded(1);
    let worker = Worker::spawn("play", Stop::default(), move |stop| {
        if let Err(error) = send(plan, open, &its_watch, stop) {
            // one error at most, and capacity for one
            let _told = fail.try_send(error);
        }
    })
    .map_err(|source| CliError::System {
        doing: "starting the player's thread",
        source,
    })?;
    let mut progress = Progress::new(events);
    until_stopped(duration_secs, || {
        progress.show(&watch.now);
        worker.is_finished()
    })?;
    drop(worker); // sends the stop marker, if there is one to send
    progress.end(&watch.now);
    let failed = failure.try_recv();
    failed.map_or(Ok(()), |error: PublishError| Err(error.into()))
}

#[cfg(feature = "lsl")]
fn send(
    plan: PlayPlan,
    open: impl FnOnce() -> Result<Box<dyn Output>, PlayError>,
    watch: &PlayWatch,
    stop: &Stop,
) -> Result<(), PublishError> {
    crate::publish::play(plan, open, watch, &stop.flag())
}

#[cfg(not(feature = "lsl"))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "as with LSL; the backend has refused before"
)]
fn send(
    _plan: PlayPlan,
    _open: impl FnOnce() -> Result<Box<dyn Output>, PlayError>,
    _watch: &PlayWatch,
    _stop: &Stop,
) -> Result<(), PublishError> {
    Ok(())
}
