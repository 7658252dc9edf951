//! Feeds the simulated amplifier's ear from a stream.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::signal::{Chunk, StreamChoice, StreamInfo, same_word};
use crate::source::sim::hearing::{Heard, Hearing};
use crate::source::{Backend, Pulled, Source, SourceError};

/// How long one look for the stream takes: as long as it takes to notice that all shall stop.
const LOOK_SECS: f64 = 2.0;
const PULL_SECS: f64 = 0.05;
/// Capacity of a chunk.
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
    let mut chunk = Chunk::with_capacity(n_channels, capacity(rate_hz));
    let mut gain_uv = None;
    while !stop.load(Ordering::Acquire) {
        match source.pull(&mut chunk, PULL_SECS) {
            Ok(Pulled::End) => return Ok(()),
            Ok(Pulled::Samples | Pulled::AfterGap(_) | Pulled::Nothing) => {}
            Ok(Pulled::Changed) => {
                tracing::warn!("it is another than before, and is opened anew, stream {name:?}");
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
    if same_word(&info.stype, "audio") || info.sample_rate_hz >= AUDIO_FROM_HZ {
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
fn capacity(rate_hz: f64) -> usize {
    (CHUNK_SECS * rate_hz).ceil().max(16.0) as usize
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::clock::SteppedClock;
    use crate::signal::{Link, ValueFormat};
    use crate::source::Timing;
    use crate::source::sim::settings::SimSettings;

    /// Sends half a second at a time, from the start on, and is over after six.
    struct Player {
        info: StreamInfo,
        n_sent: u32,
    }

    impl Player {
        fn new(stype: &str, sample_rate_hz: f64) -> Self {
            let info = StreamInfo {
                name: "player".to_owned(),
                stype: stype.to_owned(),
                source_id: "p".to_owned(),
                uid: "u".to_owned(),
                hostname: "here".to_owned(),
                sample_rate_hz,
                format: ValueFormat::Float32,
                n_channels: 1,
                channels: Vec::new(),
                ..StreamInfo::default()
            };
            Self { info, n_sent: 0 }
        }
    }

    impl Source for Player {
        fn info(&self) -> &StreamInfo {
            &self.info
        }

        fn pull(&mut self, chunk: &mut Chunk, _timeout_secs: f64) -> Result<Pulled, SourceError> {
            chunk.clear();
            let (first, rate_hz) = (self.n_sent * 500, self.info.sample_rate_hz);
            if first >= 6000 {
                return Ok(Pulled::End);
            }
            self.n_sent += 1;
            for i in first..first + 500 {
                let t_secs = f64::from(i) / rate_hz;
                chunk.push(t_secs, t_secs, &[1.5 + (25.0 * t_secs).sin()]);
            }
            Ok(Pulled::Samples)
        }

        fn link(&self) -> Link {
            Link::Live
        }

        fn timing(&self) -> Timing {
            Timing::default()
        }
    }

    fn not_found() -> SourceError {
        SourceError::NotFound {
            choice: "name=player".to_owned(),
            available: Vec::new(),
        }
    }

    /// Listens to a player that is there at the second look; `after` is what the looks after it find.
    fn listened(after: SourceError) -> (Result<(), SourceError>, Hearing) {
        let stop = Arc::new(AtomicBool::new(false));
        let (its_stop, looks) = (Arc::clone(&stop), AtomicU32::new(0));
        let backend = Backend {
            open: Arc::new(move |choice, _wait_secs| {
                assert_eq!(*choice, StreamChoice::Name("player".to_owned()));
                match looks.fetch_add(1, Ordering::AcqRel) {
                    0 => Err(not_found()),
                    1 => Ok(Box::new(Player::new("StimulusEnvelope", 1000.0)) as Box<dyn Source>),
                    2 => Err(after.clone()),
                    _ => {
                        its_stop.store(true, Ordering::Release);
                        Err(not_found())
                    }
                }
            }),
            open_markers: Arc::new(|_| Err(not_found())),
            look_around: Arc::new(|_wait_secs| Ok(Vec::new())),
            clock: Arc::new(SteppedClock::default()),
        };
        let hearing = Mutex::new(Hearing::new(&SimSettings::default().hearing));
        let choice = StreamChoice::parse("player");
        let outcome = listen(&backend, &choice, &hearing, &stop);
        (outcome, hearing.into_inner().unwrap())
    }

    #[test]
    fn the_ear_waits_for_the_stream_hears_it_and_waits_for_its_return() {
        let (outcome, mut hearing) = listened(not_found());
        assert_eq!(outcome, Ok(()));
        assert!(hearing.gain_uv().is_some());
        assert_ne!(hearing.response_uv(3.0), 0.0);
    }

    #[test]
    fn a_stream_that_cannot_be_heard_ends_the_listening_with_its_reason() {
        let refused = SourceError::Refused {
            name: "player".to_owned(),
            problem: "too many channels".to_owned(),
        };
        assert_eq!(listened(refused.clone()).0, Err(refused));
    }

    #[test]
    fn a_stream_is_a_sound_by_its_type_or_its_rate() {
        let heard = |stype, rate_hz| kind(&Player::new(stype, rate_hz).info);
        assert_eq!(heard("audio", 2000.0), Heard::Audio);
        assert_eq!(heard("Stimulus", 8000.0), Heard::Audio);
        assert_eq!(heard("StimulusEnvelope", 500.0), Heard::Envelope);
    }
}
