//! Every claim is calibrated: on signals without a response each detector errs as often as its alpha says, whole sessions too, and
//! responses are found as often as theory allows.
//!
//! At a modest size in the ordinary tests; `make calibrate` runs the same with `EFRSCOPE_RUNS` runs of each detector and writes docs/calibration.md.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and places are small and positive"
)]

#[path = "calibration/coherence.rs"]
mod coherence;
#[path = "calibration/direct.rs"]
mod direct;
#[path = "calibration/ledger.rs"]
mod ledger;
#[path = "calibration/paper.rs"]
mod paper;
#[path = "calibration/periodic.rs"]
mod periodic;
#[path = "chain/session.rs"]
mod session;
#[path = "calibration/sessions.rs"]
mod sessions;
