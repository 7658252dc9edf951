//! Loads liblsl and tells it what the configuration says, once per process.

use std::sync::OnceLock;

use crate::clock::Clock;
use crate::source::lsl::diagnosis;
use crate::source::{LslSettings, SourceError};

/// liblsl writes its log to standard error; where nobody has configured it, only what we say belongs there.
const QUIET: &str = "[log]\nlevel = -3\n[tuning]\nInletBufferReserveMs = 500\n";

/// What we tell liblsl to reserve for an inlet when it is made.
const RESERVE_SECS: f64 = 0.5;

/// So much of a stream liblsl reserves, and touches, for every inlet: ours, or that of the configuration which a person has written.
static RESERVED_SECS: OnceLock<f64> = OnceLock::new();

/// So much of a stream liblsl reserves for every inlet.
pub(super) fn reserved_secs() -> f64 {
    RESERVED_SECS.get().copied().unwrap_or(RESERVE_SECS)
}

/// Load liblsl and configure it. May be called again; the first configuration stays.
///
/// # Errors
/// [`SourceError::NoLibrary`] with what was tried and what to install.
pub fn prepare(settings: &LslSettings) -> Result<&'static lsl_sys::Library, SourceError> {
    let library =
        lsl_sys::load(settings.library.as_deref()).map_err(|error| SourceError::NoLibrary {
            reason: error.to_string(),
        })?;
    if let Some(warning) = library.version_warning() {
        tracing::warn!("{warning}");
    }
    let quiet = || (!diagnosis::has_configuration()).then(|| QUIET.to_owned());
    let content = settings.content().or_else(quiet);
    RESERVED_SECS.get_or_init(|| match content {
        Some(_) => RESERVE_SECS,
        None => diagnosis::configured_reserve_secs(),
    });
    if let Some(content) = content {
        match library.set_config_content(&content) {
            Ok(()) | Err(lsl_sys::ConfigError::TooLate) => {}
            Err(error) => {
                return Err(SourceError::Library {
                    doing: "setting its configuration",
                    problem: error.to_string(),
                });
            }
        }
    }
    Ok(library)
}

/// The clock that stamps are on after correction. Loaded by [`prepare`] first.
#[derive(Debug, Clone, Copy, Default)]
pub struct LslClock;

impl Clock for LslClock {
    fn now_secs(&self) -> f64 {
        lsl::local_clock()
    }
}
