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

mod coherence;
mod direct;
#[path = "../common/drive.rs"]
mod drive;
mod ledger;
mod paper;
mod periodic;
#[path = "../common/session.rs"]
mod session;
mod sessions;
