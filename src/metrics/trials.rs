//! Trials: what markers say of the stimulus.

use std::collections::VecDeque;

use crate::metrics::TrialSettings;
use crate::signal::{Marker, Polarity};

/// Edges of trials remembered at most; older ones are forgotten.
const MAX_EDGES: usize = 256;

/// What a marker means to stimuli that repeat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrialEdge {
    /// A trial of the wanted condition begins then.
    Start(f64),
    /// A trial ends, or one of another condition begins.
    Stop(f64),
}

/// Which spans of time lie within trials, from the markers that came.
///
/// Markers may come early, late and out of order: each counts from its stamp on ([`advance`](Self::advance)). Allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct Trials {
    settings: TrialSettings,
    /// Those whose time has come, ascending.
    past: VecDeque<Edge>,
    /// Those whose time has not come, ascending.
    coming: VecDeque<Edge>,
}

type Edge = (TrialEdge, Option<Polarity>);

impl TrialEdge {
    /// When.
    #[must_use]
    pub fn secs(self) -> f64 {
        match self {
            Self::Start(secs) | Self::Stop(secs) => secs,
        }
    }

    /// Where it stands among others of the same instant: a trial stops before the next one starts.
    fn rank(self) -> u8 {
        match self {
            Self::Stop(_) => 0,
            Self::Start(_) => 1,
        }
    }
}

impl Trials {
    /// No marker yet.
    #[must_use]
    pub fn new(settings: TrialSettings) -> Self {
        Self {
            settings,
            past: VecDeque::with_capacity(MAX_EDGES + 1),
            coming: VecDeque::with_capacity(MAX_EDGES + 1),
        }
    }

    /// Take a marker; those that neither begin nor end a trial say nothing here, and the answer is `false`.
    pub fn push(&mut self, marker: &Marker) -> bool {
        let settings = &self.settings;
        let edge = if marker.begins_with(&settings.start) {
            if marker.holds(&settings.condition) {
                TrialEdge::Start(marker.stamp_secs)
            } else {
                TrialEdge::Stop(marker.stamp_secs)
            }
        } else if marker.begins_with(&settings.stop) {
            TrialEdge::Stop(marker.stamp_secs)
        } else {
            return false;
        };
        insert(&mut self.coming, (edge, polarity_of(marker)));
        true
    }

    /// The oldest edge whose time has come at `secs`: from now on it counts.
    pub fn advance(&mut self, secs: f64) -> Option<TrialEdge> {
        let &(edge, _) = self.coming.front()?;
        if edge.secs() > secs {
            return None;
        }
        let edge = self.coming.pop_front()?;
        insert(&mut self.past, edge);
        Some(edge.0)
    }

    /// Polarity of the stimulus at an instant that has come, where the marker before it says.
    #[must_use]
    pub fn polarity(&self, secs: f64) -> Option<Polarity> {
        let mut before = self.past.iter().rev();
        match before.find(|(edge, _)| edge.secs() <= secs)? {
            (TrialEdge::Start(_), polarity) => *polarity,
            (TrialEdge::Stop(_), _) => None,
        }
    }

    /// Whether only trials count.
    #[must_use]
    pub fn only_trials(&self) -> bool {
        self.settings.only_trials
    }

    /// Whether segments from `from_secs` to `to_secs`, which have come, count: always, or only wholly within a trial and after its onset.
    #[must_use]
    pub fn cover(&self, from_secs: f64, to_secs: f64) -> bool {
        if !self.settings.only_trials {
            return true;
        }
        let mut before = self.past.iter().rev();
        let last = before.find(|(edge, _)| edge.secs() <= to_secs);
        let onset_secs = self.settings.onset_secs;
        matches!(last, Some((TrialEdge::Start(secs), _)) if secs + onset_secs <= from_secs)
    }
}

/// Insert an edge in its place; the same edges give the same order, whatever order they come in.
fn insert(edges: &mut VecDeque<Edge>, edge: Edge) {
    let key = |(edge, _): &Edge| (edge.secs(), edge.rank());
    let later = |other: &&Edge| key(other) > key(&edge);
    let at = edges.len() - edges.iter().rev().take_while(later).count();
    edges.insert(at, edge);
    if edges.len() > MAX_EDGES {
        edges.pop_front();
    }
}

/// What a marker says of the polarity: `polarity=+` or `polarity=-` among its words.
fn polarity_of(marker: &Marker) -> Option<Polarity> {
    marker.words().find_map(|word| match word {
        "polarity=+" => Some(Polarity::Normal),
        "polarity=-" => Some(Polarity::Inverted),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(only_trials: bool, condition: &str) -> Trials {
        let mut trials = Trials::new(TrialSettings {
            only_trials,
            condition: condition.to_owned(),
            ..TrialSettings::default()
        });
        // out of order, and with a stranger
        for (stamp_secs, text) in [
            (10.0, "start speech.wav polarity=+"),
            (40.0, "stop music.wav"),
            (5.0, "fixation"),
            (20.0, "stop speech.wav"),
            (30.0, "start music.wav polarity=-"),
        ] {
            trials.push(&Marker::new(stamp_secs, text));
        }
        while trials.advance(100.0).is_some() {}
        trials
    }

    #[test]
    fn segments_count_within_trials_after_their_onset_only() {
        let trials = trials(true, "");
        let covered: Vec<(i32, i32)> = [(0, 2), (10, 12), (11, 13), (18, 20), (19, 21), (31, 33)]
            .into_iter()
            .filter(|&(from, to)| trials.cover(from.into(), f64::from(to) - 0.001))
            .collect();
        assert_eq!(covered, [(11, 13), (18, 20), (31, 33)]);
    }

    #[test]
    fn trials_of_another_condition_do_not_count() {
        let trials = trials(true, "music");
        assert!(!trials.cover(12.0, 14.0) && trials.cover(32.0, 34.0));
    }

    #[test]
    fn the_polarity_is_that_of_the_trial() {
        let trials = trials(false, "");
        let of = [5.0, 12.0, 25.0, 31.0, 45.0].map(|secs| trials.polarity(secs));
        let (normal, inverted) = (Some(Polarity::Normal), Some(Polarity::Inverted));
        assert_eq!(of, [None, normal, None, inverted, None]);
    }

    #[test]
    fn everything_counts_where_nobody_asked_for_trials() {
        assert!(trials(false, "").cover(0.0, 100.0));
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut trials = trials(true, "");
        for n in 0..10_000 {
            trials.push(&Marker::new(f64::from(n), "start x"));
        }
        assert_eq!(trials.coming.len(), MAX_EDGES);
    }
}
