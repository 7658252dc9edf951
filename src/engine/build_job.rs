//! What a change of the settings needs built, apart from the engine that goes on meanwhile.

use std::sync::Arc;

use crate::engine::EngineError;
use crate::engine::setup::subject;
use crate::metrics::{AnalysisSettings, Built, Plan};
use crate::signal::StreamInfo;

/// What a change needs built; may be carried to another thread.
#[derive(Debug, Clone)]
pub struct BuildJob {
    pub(super) before: Arc<Plan>,
    pub(super) info: StreamInfo,
    pub(super) settings: AnalysisSettings,
    pub(super) stimulus_limit_hz: Option<f64>,
}

/// A job that was done.
pub struct Finished {
    pub(super) built: Built,
    pub(super) settings: AnalysisSettings,
    pub(super) stimulus_limit_hz: Option<f64>,
}

impl Finished {
    /// The settings it was built for.
    #[must_use]
    pub fn settings(&self) -> &AnalysisSettings {
        &self.settings
    }
}

impl BuildJob {
    /// Build it. Takes its time.
    ///
    /// # Errors
    /// [`EngineError`] when the settings do not fit the stream or the memory allowed.
    pub fn build(self) -> Result<Finished, EngineError> {
        let subject = subject(&self.info, &self.settings, self.stimulus_limit_hz)?;
        Ok(Finished {
            built: Built::new(&self.before, &self.settings, &subject)?,
            settings: self.settings,
            stimulus_limit_hz: self.stimulus_limit_hz,
        })
    }
}
