//! A record's events, for those who obey them.

use std::collections::VecDeque;

use crate::engine::InputEvent;

/// Events of the merge, markers that came late, events of the analysis.
pub(super) type Scripts = (
    VecDeque<InputEvent>,
    VecDeque<(u64, u64)>,
    VecDeque<InputEvent>,
);

/// A record's events by who obeys them: the merge, the markers, the analysis.
pub(super) fn split(events: Vec<InputEvent>) -> Scripts {
    let mut scripts = Scripts::default();
    for event in events {
        match event {
            InputEvent::StimulusJoined { .. }
            | InputEvent::StimulusLeft { .. }
            | InputEvent::WentOn { .. }
            | InputEvent::StimulusAhead { .. } => scripts.0.push_back(event),
            InputEvent::LateMarker { analysed, marker } => {
                scripts.1.push_back((analysed, marker));
            }
            InputEvent::Installed { .. }
            | InputEvent::NewRun { .. }
            | InputEvent::Rest { .. }
            | InputEvent::HopSkipped { .. } => scripts.2.push_back(event),
        }
    }
    scripts
}
