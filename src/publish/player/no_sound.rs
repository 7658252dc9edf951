//! In place of the sound card, in a build that has no sound.

use std::sync::Arc;

use crate::clock::Clock;
use crate::publish::player::{DeviceInfo, Latency, NoDevice, PlayError, Program};

/// A sound card: there is none in this build.
#[derive(Debug, Clone)]
pub enum SoundDevice {}

impl SoundDevice {
    /// Refuses.
    ///
    /// # Errors
    /// [`PlayError::BuiltWithoutSound`], always.
    pub fn choose(
        wanted: Option<&str>,
        _rate_hz: Option<u32>,
        _file_rate_hz: u32,
        _n_channels: usize,
    ) -> Result<Self, PlayError> {
        Err(PlayError::BuiltWithoutSound {
            wanted: wanted.unwrap_or("default").to_owned(),
        })
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        match *self {}
    }

    /// Samples per second.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        match *self {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// None.
    pub fn start(
        self,
        _program: Arc<Program>,
        _is_silent: bool,
        _latency: Latency,
        _clock: Arc<dyn Clock>,
    ) -> Result<NoDevice, PlayError> {
        match self {}
    }
}

/// None.
///
/// # Errors
/// None.
pub fn devices() -> Result<Vec<DeviceInfo>, PlayError> {
    Ok(Vec::new())
}
