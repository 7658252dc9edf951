//! Markers on their way to the trials: each counts from its stamp on, whenever it arrived within the waiting bound.

use std::collections::VecDeque;

use crate::engine::InputEvent;
use crate::engine::Setup;
use crate::metrics::{MarkerChoice, Trials};
use crate::signal::Marker;

/// The trials, and the markers that came too late for their place.
pub(super) struct Markers {
    pub(super) trials: Trials,
    /// Whether samples wait for markers: only where something depends on them.
    pub(super) are_awaited: bool,
    n_pushed: u64,
    /// Markers that count late: `(analysed, marker)`, from the record; `None` where it is decided here.
    script: Option<VecDeque<(u64, u64)>>,
    held: VecDeque<(u64, Marker)>,
}

impl Markers {
    pub(super) fn new(setup: &Setup, script: Option<VecDeque<(u64, u64)>>) -> Self {
        let settings = &setup.trials;
        let something_depends = settings.only_trials || !setup.analysis.periodic.is_empty();
        Self {
            are_awaited: settings.choice != MarkerChoice::None && something_depends,
            trials: Trials::new(settings.clone()),
            n_pushed: 0,
            script,
            held: VecDeque::new(),
        }
    }

    /// Take a marker; `newest_secs` is the stamp of the sample analysed last, the `n_analysed`th. Where the marker comes too late, that is said.
    pub(super) fn push(
        &mut self,
        marker: &Marker,
        newest_secs: f64,
        n_analysed: u64,
    ) -> Option<InputEvent> {
        let number = self.n_pushed;
        self.n_pushed += 1;
        if let Some(script) = &mut self.script {
            let late = script.iter().find(|(_, marker)| *marker == number);
            match late {
                Some(&(analysed, _)) => self.held.push_back((analysed, marker.clone())),
                None => _ = self.trials.push(marker),
            }
            return None;
        }
        let counts = self.trials.push(marker);
        if !counts || !self.are_awaited || marker.stamp_secs > newest_secs {
            return None;
        }
        Some(InputEvent::LateMarker {
            analysed: n_analysed,
            marker: number,
        })
    }

    /// Let markers count that came late, as the record says.
    pub(super) fn release(&mut self, n_analysed: u64) -> Option<InputEvent> {
        let place = self.held.iter().position(|(at, _)| *at <= n_analysed)?;
        let (analysed, marker) = self.held.remove(place)?;
        let _counts = self.trials.push(&marker);
        let script = self.script.as_mut()?;
        let known = script.iter().position(|(at, _)| *at == analysed)?;
        let (analysed, marker) = script.remove(known)?;
        Some(InputEvent::LateMarker { analysed, marker })
    }
}
