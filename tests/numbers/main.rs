//! What the measures read: numbers of the literature, levels where there is nothing to find, recordings with known answers.

mod fixtures;
#[path = "../common/needs.rs"]
mod needs;
mod null_levels;
mod periodic_calibration;
mod periodic_live;
mod periodic_recordings;
#[path = "../common/runner.rs"]
mod runner;
#[path = "../common/signals.rs"]
mod signals;
mod stimulus_envelope;
mod stimulus_fixtures;
mod stimulus_synth;
