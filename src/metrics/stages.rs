//! The stages of the analysis: each takes segments (periodic stimuli: samples) and writes its part of the snapshot.

pub(super) mod band_power;
pub(super) mod earlier;
pub(super) mod eeg;
pub(super) mod pairs;
pub(super) mod periodic;
pub(super) mod quality;
pub(super) mod response;
pub(super) mod rest;
pub(super) mod run;
