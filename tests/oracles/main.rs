//! Our numbers against those of `SciPy`, `NumPy`, MNE and mne-connectivity, which get the same samples from the scripts beside this file.

mod connectivity;
mod envelope;
mod filters;
mod paper;
mod periodic;
mod periodic_live;
#[path = "../common/recording.rs"]
mod recording;
#[path = "../common/runner.rs"]
mod runner;
#[path = "../common/signals.rs"]
mod signals;
mod spectra;
mod stimulus;
