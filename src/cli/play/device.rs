//! Which output: a sound device, or none.

use std::io::{self, Write};
use std::sync::Arc;

use crate::cli::CliError;
use crate::cli::output::{print, tell};
use crate::cli::play::Playing;
use crate::clock::Clock;
use crate::format::Audio;
use crate::publish::player::{
    DeviceInfo, Latency, NoDevice, Output, PlayError, Program, SoundDevice, devices,
};

/// A sound card's first callbacks say little about its time.
const SETTLING_SECS: f64 = 1.0;

/// Where the samples will go.
pub(super) enum Device {
    /// Nowhere, at the pace of the clock.
    None {
        /// Samples per second.
        rate_hz: u32,
    },
    /// To a sound card.
    Sound(SoundDevice),
}

impl Device {
    /// The one asked for; without one the system's, or none in a build that has no sound.
    pub(super) fn choose(playing: &Playing, first: &Audio) -> Result<Self, CliError> {
        let wanted = playing.device.as_deref();
        let has_sound = cfg!(feature = "sound");
        if wanted == Some("none") || (wanted.is_none() && !has_sound) {
            if !has_sound && wanted.is_none() {
                tell(format_args!(
                    "efrscope: built without sound (--features sound): nothing is heard, the streams are paced by the clock, as with --device none"
                ));
            }
            let rate_hz = playing.rate.unwrap_or(first.rate_hz);
            return Ok(Self::None { rate_hz });
        }
        let n_channels = if playing.mono { 1 } else { first.n_channels };
        let device = SoundDevice::choose(wanted, playing.rate, first.rate_hz, n_channels)?;
        Ok(Self::Sound(device))
    }

    pub(super) fn rate_hz(&self) -> u32 {
        match self {
            Self::None { rate_hz } => *rate_hz,
            Self::Sound(device) => device.rate_hz(),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::None { .. } => "none (paced by the clock)",
            Self::Sound(device) => device.name(),
        }
    }

    /// Time to be left before anything is heard.
    pub(super) fn settling_secs(&self) -> f64 {
        match self {
            Self::None { .. } => 0.0,
            Self::Sound(_) => SETTLING_SECS,
        }
    }

    /// Open it and begin.
    pub(super) fn start(
        self,
        program: Arc<Program>,
        is_silent: bool,
        latency: Latency,
        clock: Arc<dyn Clock>,
    ) -> Result<Box<dyn Output>, PlayError> {
        match self {
            Self::None { .. } => {
                let start_secs = clock.now_secs();
                Ok(Box::new(NoDevice::new(
                    start_secs,
                    program.rate_hz(),
                    latency,
                )))
            }
            Self::Sound(device) => {
                let output = device.start(program, is_silent, latency, clock)?;
                Ok(Box::new(output))
            }
        }
    }
}

/// `--devices`.
pub(super) fn list() -> Result<(), CliError> {
    let found = devices()?;
    print(|out| write_list(&found, out))?;
    if !cfg!(feature = "sound") {
        tell(format_args!(
            "efrscope: built without sound; `cargo build --release --features sound` finds sound cards"
        ));
    }
    Ok(())
}

fn write_list(found: &[DeviceInfo], out: &mut dyn Write) -> io::Result<()> {
    for device in found {
        let mark = if device.is_default {
            "  (the default)"
        } else {
            ""
        };
        writeln!(out, "{}{mark}", device.id)?;
        if device.name != device.id {
            writeln!(out, "    name     {}", device.name)?;
        }
        writeln!(out, "    plays    {}", device.ranges)?;
        writeln!(out, "    latency  {}", device.latency)?;
    }
    writeln!(out, "none")?;
    writeln!(out, "    no sound: streams and markers paced by the clock")
}
