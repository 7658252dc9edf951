//! Marker streams over LSL: text, now and then, from any number of senders.

use std::time::Duration;

use lsl::Pullable;

use crate::signal::{Marker, StreamChoice, StreamInfo, ValueFormat};
use crate::source::lsl::find::{Found, Lookout, matches};
use crate::source::{MarkerSource, SourceError};

/// Streams are looked for this often.
const LOOK_SECS: f64 = 2.0;
/// So many streams are followed at most.
const MAX_STREAMS: usize = 16;
/// liblsl keeps this much of a stream for us.
const INLET_BUFFER_SECS: i32 = 60;
/// A sender may take so long to answer.
const ANSWER_SECS: f64 = 3.0;
/// The first clock correction of a stream may take so long.
const CLOCK_SECS: f64 = 2.0;
/// From one clock correction to the next.
const CLOCK_POLL_SECS: f64 = 5.0;
/// From one round of all streams to the next.
const ROUND: Duration = Duration::from_millis(10);
/// Markers taken from one stream in one round.
const MAX_PER_ROUND: usize = 64;
/// A marker's text is cut here.
const MAX_TEXT_BYTES: usize = 1024;

/// Follows the marker streams of a choice, or all of them.
pub struct LslMarkers {
    choice: Option<StreamChoice>,
    lookout: Lookout,
    looked_secs: f64,
    inlets: Vec<MarkerInlet>,
}

struct MarkerInlet {
    info: StreamInfo,
    inlet: lsl::StreamInlet,
    offset_secs: f64,
    asked_secs: f64,
}

impl LslMarkers {
    /// Look for the streams of `choice`, all marker streams if `None`.
    ///
    /// # Errors
    /// [`SourceError::Library`] when liblsl cannot look for streams.
    pub fn open(choice: Option<&StreamChoice>) -> Result<Self, SourceError> {
        Ok(Self {
            choice: choice.cloned(),
            lookout: Lookout::start()?,
            looked_secs: f64::NEG_INFINITY,
            inlets: Vec::new(),
        })
    }

    fn look(&mut self) -> Result<(), SourceError> {
        let now_secs = lsl::local_clock();
        if now_secs - self.looked_secs < LOOK_SECS {
            return Ok(());
        }
        self.looked_secs = now_secs;
        for found in self.lookout.streams()? {
            let is_wanted = match &self.choice {
                Some(choice) => matches(choice, &found.info),
                None => true,
            };
            let is_known = self.inlets.iter().any(|i| i.info.uid == found.info.uid);
            if is_wanted && !is_known && is_markers(&found.info) && self.inlets.len() < MAX_STREAMS
            {
                match MarkerInlet::open(&found) {
                    Ok(inlet) => self.inlets.push(inlet),
                    Err(error) => tracing::warn!("{error}"),
                }
            }
        }
        Ok(())
    }
}

impl MarkerSource for LslMarkers {
    fn pull(&mut self, markers: &mut Vec<Marker>, timeout_secs: f64) -> Result<(), SourceError> {
        let start_secs = lsl::local_clock();
        self.look()?;
        loop {
            self.inlets.retain_mut(|inlet| inlet.pull(markers));
            if !markers.is_empty() || lsl::local_clock() - start_secs >= timeout_secs {
                return Ok(());
            }
            std::thread::sleep(ROUND);
        }
    }
}

impl MarkerInlet {
    fn open(found: &Found) -> Result<Self, SourceError> {
        let failed = |error: lsl::Error| found.no_answer(error.to_string());
        let inlet = found.open_inlet(INLET_BUFFER_SECS)?;
        // the description first: pulling before it has come can block for ever in liblsl
        inlet.info(ANSWER_SECS).map_err(failed)?;
        inlet.open_stream(ANSWER_SECS).map_err(failed)?;
        let offset_secs = inlet.time_correction(CLOCK_SECS).unwrap_or(0.0);
        Ok(Self {
            info: found.info.clone(),
            inlet,
            offset_secs,
            asked_secs: lsl::local_clock(),
        })
    }

    /// Take what has come; `false` when the sender has gone.
    fn pull(&mut self, markers: &mut Vec<Marker>) -> bool {
        let now_secs = lsl::local_clock();
        if now_secs - self.asked_secs > CLOCK_POLL_SECS {
            self.asked_secs = now_secs;
            if let Ok(offset_secs) = self.inlet.time_correction(0.0) {
                self.offset_secs = offset_secs;
            }
        }
        for _ in 0..MAX_PER_ROUND {
            let pulled: Result<(Vec<String>, f64), lsl::Error> = self.inlet.pull_sample(0.0);
            match pulled {
                Ok((_, 0.0)) => return true, // liblsl's way to say: nothing
                Ok((values, stamp_secs)) if stamp_secs.is_finite() => {
                    markers.extend(values.first().map(|text| Marker {
                        stamp_secs: stamp_secs + self.offset_secs,
                        text: shortened(text),
                    }));
                }
                Ok(_) => tracing::error!(
                    "a marker without a time was left out, stream {:?}",
                    self.info.name
                ),
                Err(error) => {
                    tracing::warn!("{error}, marker stream {:?}", self.info.name);
                    return false;
                }
            }
        }
        true
    }
}

/// Text without a steady rate: markers, whatever their type is called.
fn is_markers(info: &StreamInfo) -> bool {
    info.format == ValueFormat::Text
}

/// Cut where a program sends a book, and freed of control characters.
fn shortened(text: &str) -> String {
    let mut text = text.replace(char::is_control, " ");
    if text.len() > MAX_TEXT_BYTES {
        let end = (0..=MAX_TEXT_BYTES)
            .rev()
            .find(|&at| text.is_char_boundary(at));
        text.truncate(end.unwrap_or(0));
    }
    text
}
