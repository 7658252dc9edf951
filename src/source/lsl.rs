//! The only reader of liblsl.
//!
//! Inlets are opened without liblsl's own recovery and post-processing: the first can fall silent for good without a word, the second can turn a blocked time
//! service into lost data. Loss, return and time are handled here, where they can be counted and shown.

mod advert;
mod candidate;
mod clock;
mod connecting;
mod counting;
mod description;
mod diagnosis;
mod find;
mod inlet;
mod library;
mod marker_inlet;
mod markers;
mod placing;
mod watch;

use std::sync::Arc;

pub use description::channels_as_described;
pub use diagnosis::{Diagnosis, Interface};
pub use find::{Found, find, look_around};
pub use inlet::LslSource;
pub use library::{LslClock, prepare};
pub use markers::LslMarkers;

use crate::source::{Backend, LslSettings, MarkerSource, Source, SourceError};
use crate::worker::Stop;

/// Streams over LSL; once `give_up` is requested, no search goes on.
///
/// # Errors
/// [`SourceError::NoLibrary`] without liblsl.
pub fn backend(settings: &LslSettings, give_up: &Stop) -> Result<Backend, SourceError> {
    prepare(settings)?;
    let (looking, listing) = (give_up.clone(), give_up.clone());
    Ok(Backend {
        open: Arc::new(move |choice, wait_secs| {
            let found = find(choice, wait_secs, || looking.is_requested())?;
            let source = LslSource::open(&found, || looking.is_requested())?;
            Ok(Box::new(source) as Box<dyn Source>)
        }),
        open_markers: Arc::new(|choice| {
            Ok(Box::new(LslMarkers::open(choice)?) as Box<dyn MarkerSource>)
        }),
        look_around: Arc::new(move |wait_secs| {
            Ok(look_around(wait_secs, || listing.is_requested())?
                .into_iter()
                .map(|found| found.info)
                .collect())
        }),
        clock: Arc::new(LslClock),
    })
}
