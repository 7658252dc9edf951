//! Markers on their way to the trials: each counts from its stamp on, whenever it arrived within the waiting bound.

use std::collections::VecDeque;

use crate::align::Header;
use crate::engine::trigger::Trigger;
use crate::engine::{InputEvent, Setup};
use crate::metrics::{MarkerChoice, Trials};
use crate::signal::Marker;

/// The trials, and the markers that came too late for their place.
pub(super) struct Markers {
    pub(super) trials: Trials,
    /// Whether samples wait for markers: only where something depends on them and they come from elsewhere.
    pub(super) are_awaited: bool,
    trigger: Option<Trigger>,
    something_depends: bool,
    n_pushed: u64,
    /// Markers that count late: `(analysed, marker)`, from the record; `None` where it is decided here.
    script: Option<VecDeque<(u64, u64)>>,
    held: VecDeque<(u64, Marker)>,
}

impl Markers {
    pub(super) fn new(
        setup: &Setup,
        trigger: Option<Trigger>,
        script: Option<VecDeque<(u64, u64)>>,
    ) -> Self {
        let settings = &setup.trials;
        let something_depends = settings.only_trials || !setup.analysis.periodic.is_empty();
        Self {
            are_awaited: matches!(settings.choice, MarkerChoice::All | MarkerChoice::Stream(_))
                && something_depends,
            something_depends: settings.choice != MarkerChoice::None && something_depends,
            trigger,
            trials: Trials::new(settings.clone()),
            n_pushed: 0,
            script,
            held: VecDeque::new(),
        }
    }

    /// Whether something depends on markers, wherever they come from.
    pub(super) fn matter(&self) -> bool {
        self.something_depends
    }

    /// Take a sample as it came, for the trigger channel; its markers are told to `on`.
    pub(super) fn take_sample(
        &mut self,
        header: Header,
        values: &[f64],
        on: &mut dyn FnMut(&Marker),
    ) {
        if let Some(trigger) = &mut self.trigger {
            trigger.take(header, values, on);
        }
    }

    /// Nothing more comes of the trigger channel.
    pub(super) fn settle(&mut self, on: &mut dyn FnMut(&Marker)) {
        if let Some(trigger) = &mut self.trigger {
            trigger.settle(on);
        }
    }

    /// Whether sample `sample` has to wait until its trigger is decided: a millisecond or one sample, no more.
    pub(super) fn hold(&self, sample: u64) -> bool {
        let trigger = self.trigger.as_ref();
        trigger.is_some_and(|trigger| trigger.holds(sample))
    }

    /// Let triggers count that belong to sample `sample`.
    pub(super) fn take_due(&mut self, sample: u64) {
        let Some(trigger) = &mut self.trigger else {
            return;
        };
        while let Some(marker) = trigger.due(sample) {
            let _counts = self.trials.push(&marker);
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
