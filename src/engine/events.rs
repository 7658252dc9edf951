//! What goes into an engine beside samples and markers, and what comes out.

use crate::engine::{Hop, TraceSlice};
use crate::metrics::{AnalysisSettings, Aside, RunEnd, RunRecord};
use crate::signal::{Marker, StreamInfo};

/// What is neither sample nor marker, with its place.
///
/// Places count samples, not indices: `eeg` and `stimulus` those merged so far, `analysed` the EEG samples that the analysis has taken.
#[derive(Debug, Clone, PartialEq)]
pub enum InputEvent {
    /// A stimulus stream joined; from here on EEG samples wait for it.
    StimulusJoined {
        /// EEG samples merged before.
        eeg: u64,
        /// Samples of the stimulus before it that were never merged.
        unmerged: u64,
        /// What it is.
        info: Box<StreamInfo>,
    },
    /// The stimulus stream ended.
    StimulusLeft {
        /// EEG samples merged before.
        eeg: u64,
        /// Its samples merged before.
        stimulus: u64,
    },
    /// EEG samples had waited long enough and went on without their stimulus.
    WentOn {
        /// EEG samples merged before.
        eeg: u64,
        /// Samples of the stimulus merged before.
        stimulus: u64,
        /// EEG samples that had gone on afterwards, aligned or not.
        through: u64,
    },
    /// Samples of the stimulus went on before EEG samples with older stamps came.
    StimulusAhead {
        /// EEG samples merged before.
        eeg: u64,
        /// Samples of the stimulus that had gone on by then.
        through: u64,
    },
    /// The analysis went on with other settings, or with a stimulus.
    Installed {
        /// EEG samples analysed before.
        analysed: u64,
        /// The settings.
        settings: Box<AnalysisSettings>,
        /// Highest frequency that the stimulus holds; `None` without one.
        stimulus_limit_hz: Option<f64>,
    },
    /// A new run of detection began.
    NewRun {
        /// EEG samples analysed before.
        analysed: u64,
        /// Why the one before ended.
        end: RunEnd,
    },
    /// A rest baseline was begun.
    Rest {
        /// EEG samples analysed before.
        analysed: u64,
        /// Accepted data to collect, seconds.
        secs: f64,
    },
    /// A marker came after samples that it should have preceded.
    LateMarker {
        /// EEG samples analysed before it counted.
        analysed: u64,
        /// Its number among the markers, from 0.
        marker: u64,
    },
    /// A segment was left out because the analysis was behind.
    HopSkipped {
        /// EEG samples analysed, the one that completed it included.
        analysed: u64,
        /// Its place on the grid.
        hop: u64,
    },
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// An input that a replay needs.
    Input(InputEvent),
    /// A run of detection is over.
    RunEnded(RunRecord),
    /// The stream became another, and this engine goes on with it. What came before is another engine's, and its record too.
    Changed {
        /// What it is now.
        info: Box<StreamInfo>,
        /// What is other than before, in words.
        change: String,
    },
    /// The rest baseline was lost: channels, reference, segments or filters are others.
    RestEnded,
    /// An electrode was set aside, or is back. Decided from the samples alone, so a replay decides it anew.
    Electrode {
        /// EEG samples analysed before.
        analysed: u64,
        /// What the stream calls it.
        label: String,
        /// Why it is set aside; `None` where it is back.
        aside: Option<Aside>,
    },
}

/// What comes out of an engine.
#[derive(Clone, Copy)]
pub enum Output<'a> {
    /// A hop was computed: whoever wants the result writes it into a snapshot of his own.
    Hop(Hop<'a>),
    /// Samples for the screen, before they wait for anything.
    Traces(TraceSlice<'a>),
    /// A marker that the trigger channel made.
    Marker(&'a Marker),
    /// Something happened.
    Event(&'a Event),
}
