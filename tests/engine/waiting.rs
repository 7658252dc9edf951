//! How long the EEG waits for a stimulus that says nothing.

use efrscope::align::MAX_WAIT_SECS;
use efrscope::signal::Alignment;

use crate::drive::{self, Driven};
use crate::synthetic::{RATE_HZ, envelope_info, info, settings, value};

/// Pushes `n_chunks` chunks of `len` samples; after each, what was analysed may lag by the longest wait and a chunk.
#[track_caller]
fn push(driven: &mut Driven, n_chunks: u64, len: u64) {
    for chunk in 0..n_chunks {
        for n in chunk * len..(chunk + 1) * len {
            driven.eeg(0, n, n as f64 / RATE_HZ, &[value(n, 0), value(n, 1)]);
        }
        let lag_secs = driven.engine.n_waiting() as f64 / RATE_HZ;
        let most_secs = MAX_WAIT_SECS + len as f64 / RATE_HZ;
        assert!(lag_secs <= most_secs, "{lag_secs} s after chunk {chunk}");
    }
}

#[test]
fn a_stimulus_that_joined_and_is_silent_costs_the_eeg_a_second_and_a_half_at_most() {
    let setup = drive::setup(info(2), &settings());
    let mut driven = Driven::with_stimulus(setup, &envelope_info());
    push(&mut driven, 200, 10);
    let snapshot = driven.heard.snapshot();
    let newest_end_secs = snapshot.newest_stamp_secs + snapshot.plan.segment_secs / 2.0;
    let sent_secs = 2000.0 / RATE_HZ;
    assert!(
        sent_secs - newest_end_secs < MAX_WAIT_SECS + snapshot.plan.hop_secs + 10.0 / RATE_HZ,
        "{newest_end_secs} of {sent_secs}"
    );
    let response = snapshot.response.as_ref().unwrap();
    assert_eq!(response.timing.alignment, Alignment::Waiting);
    assert_eq!(response.n_segments, 0, "nothing was heard");
}

#[test]
fn nobody_waits_for_a_stimulus_that_never_joined_or_has_left() {
    let mut driven = Driven::new(drive::setup(info(2), &settings()));
    driven.eeg(0, 0, 0.0, &[1.0, 2.0]);
    assert_eq!(driven.engine.n_waiting(), 0);
    driven.join(&envelope_info());
    driven.eeg(0, 1, 1.0 / RATE_HZ, &[1.0, 2.0]);
    assert_eq!(driven.engine.n_waiting(), 1);
    driven.end_stimulus();
    assert_eq!(driven.engine.n_waiting(), 0);
    driven.eeg(0, 2, 2.0 / RATE_HZ, &[1.0, 2.0]);
    assert_eq!(driven.engine.n_waiting(), 0);
}
