//! Feeds the simulated amplifier's ear from a stream.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::signal::{Chunk, StreamChoice, StreamInfo};
use crate::source::sim::hearing::{Heard, Hearing};
use crate::source::{Backend, Pulled, Source, SourceError};

/// How long one look for the stream takes: as long as it takes to notice that all shall stop.
const LOOK_SECS: f64 = 2.0;
const PULL_SECS: f64 = 0.05;
/// Room in a chunk.
const CHUNK_SECS: f64 = 0.2;
/// Streams from this rate on are sounds, whatever they call themselves.
const AUDIO_FROM_HZ: f64 = 4000.0;

/// Hear a stream until `stop` is true: wait for it, and for its return. Runs on a thread of its own, as opening a stream takes its time.
///
/// # Errors
/// [`SourceError`] when the choice is ambiguous, or the stream is none that can be heard.
pub fn listen(
    backend: &Backend,
    choice: &StreamChoice,
    hearing: &Mutex<Hearing>,
    stop: &AtomicBool,
) -> Result<(), SourceError> {
    while !stop.load(Ordering::Acquire) {
        match (backend.open)(choice, LOOK_SECS) {
            Ok(mut source) => hear(source.as_mut(), hearing, stop)?,
            Err(SourceError::NotFound { .. }) => {}
            Err(SourceError::NoAnswer { name, problem }) => {
                tracing::warn!("it does not answer: {problem}, stream {name:?}");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Hear an open stream until it is over, or comes back as another one.
fn hear(
    source: &mut dyn Source,
    hearing: &Mutex<Hearing>,
    stop: &AtomicBool,
) -> Result<(), SourceError> {
    let info = source.info();
    let (name, n_channels, rate_hz) = (info.name.clone(), info.n_channels, info.sample_rate_hz);
    let heard = kind(info);
    tracing::info!("hearing it as {heard:?} at {rate_hz} Hz, stream {name:?}");
    Hearing::lock(hearing).open(heard, rate_hz);
    let mut chunk = Chunk::with_capacity(n_channels, room(rate_hz));
    let mut gain_uv = None;
    while !stop.load(Ordering::Acquire) {
        match source.pull(&mut chunk, PULL_SECS) {
            Ok(Pulled::End) => return Ok(()),
            Ok(Pulled::Samples | Pulled::AfterGap(_) | Pulled::Nothing) => {}
            Err(SourceError::Changed { problem, .. }) => {
                tracing::warn!("it came back changed: {problem}, stream {name:?}");
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        let mut hearing = Hearing::lock(hearing);
        for (stamp_secs, values) in chunk.samples() {
            hearing.hear(stamp_secs, values);
        }
        if gain_uv != hearing.gain_uv() {
            gain_uv = hearing.gain_uv();
            tracing::info!("the response's gain is set: {gain_uv:?} uV, stream {name:?}");
        }
    }
    Ok(())
}

fn kind(info: &StreamInfo) -> Heard {
    if info.stype.eq_ignore_ascii_case("audio") || info.sample_rate_hz >= AUDIO_FROM_HZ {
        Heard::Audio
    } else {
        Heard::Envelope
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, a positive number, and a float-to-int cast saturates"
)]
fn room(rate_hz: f64) -> usize {
    (CHUNK_SECS * rate_hz).ceil().max(16.0) as usize
}
