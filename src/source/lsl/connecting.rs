//! From an outlet that was found to an inlet that brings samples, in steps none of which waits for a sender that does not answer.

use crate::signal::StreamInfo;
use crate::source::SourceError;
use crate::source::lsl::find::{Found, described};

/// One step waits so long: how fast a stop is obeyed.
const STEP_SECS: f64 = 0.1;

/// An inlet on its way: its description first, then its data. In this order: pulling before the description has come can block for ever in liblsl.
pub(super) struct Connecting {
    advertised: StreamInfo,
    inlet: lsl::StreamInlet,
    described: Option<StreamInfo>,
    answer_secs: f64,
    until_secs: f64,
}

/// An inlet whose data is kept by liblsl from now on, and what it is of.
pub(super) struct Connected {
    pub(super) inlet: lsl::StreamInlet,
    pub(super) info: StreamInfo,
}

impl Connecting {
    /// Begin with an inlet for which liblsl keeps so much; each of the two answers may take so long.
    ///
    /// # Errors
    /// [`SourceError::Refused`] and [`SourceError::NoAnswer`], which name the stream.
    pub(super) fn begin(
        found: &Found,
        buffer_secs: i32,
        answer_secs: f64,
    ) -> Result<Self, SourceError> {
        Ok(Self {
            inlet: found.open_inlet(buffer_secs)?,
            advertised: found.info.clone(),
            described: None,
            answer_secs,
            until_secs: lsl::local_clock() + answer_secs,
        })
    }

    /// Go on, waiting at most `wait_secs`; whether it is connected.
    ///
    /// # Errors
    /// [`SourceError::NoAnswer`] once an answer has taken too long, [`SourceError::Refused`] where the description contradicts the advertisement.
    pub(super) fn step(&mut self, wait_secs: f64) -> Result<bool, SourceError> {
        let Some(_) = self.described else {
            match self.inlet.info(wait_secs) {
                Ok(mut full) => {
                    self.described = Some(described(&self.advertised, &mut full)?);
                    self.until_secs = lsl::local_clock() + self.answer_secs;
                }
                Err(error) => self.wait_on(error, "no description that liblsl can read")?,
            }
            return Ok(false);
        };
        match self.inlet.open_stream(wait_secs) {
            Ok(()) => Ok(true),
            Err(error) => {
                self.wait_on(error, "no data connection")?;
                Ok(false)
            }
        }
    }

    /// The inlet, once it is connected; `None` before.
    pub(super) fn finish(self) -> Option<Connected> {
        let Self {
            inlet, described, ..
        } = self;
        described.map(|info| Connected { inlet, info })
    }

    fn wait_on(&self, error: lsl::Error, what: &str) -> Result<(), SourceError> {
        let is_waiting = matches!(error, lsl::Error::Timeout);
        if is_waiting && lsl::local_clock() < self.until_secs {
            return Ok(());
        }
        Err(SourceError::NoAnswer {
            name: self.advertised.name.clone(),
            problem: format!("{what} within {} s ({error})", self.answer_secs),
        })
    }
}

/// Connect, waiting for each of two answers at most `answer_secs`; between them, `first` is done. `None` where `give_up` said so first.
///
/// # Errors
/// As [`Connecting::step`].
pub(super) fn connect(
    found: &Found,
    (buffer_secs, answer_secs): (i32, f64),
    give_up: impl Fn() -> bool,
    first: impl FnOnce(&lsl::StreamInlet),
) -> Result<Option<Connected>, SourceError> {
    let mut connecting = Connecting::begin(found, buffer_secs, answer_secs)?;
    let mut first = Some(first);
    while !give_up() {
        if connecting.step(STEP_SECS)? {
            return Ok(connecting.finish());
        }
        if connecting.described.is_some()
            && let Some(first) = first.take()
        {
            first(&connecting.inlet);
            connecting.until_secs = lsl::local_clock() + answer_secs;
        }
    }
    Ok(None)
}
