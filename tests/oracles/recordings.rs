//! The program's analysis of real recordings against facts that `scipy.signal.welch` gave.

use crate::alpha::{CHANNELS, powers_uv2};
use crate::recording;

#[test]
fn eyes_closed_alpha_of_a_real_recording_is_scipys_and_13_times_eyes_open() {
    let read = |file| recording::microvolts(file, &CHANNELS, 9600);
    let files = ["eegmmidb/S001R02_60s.edf", "eegmmidb/S001R01.edf"].map(read);
    let [Some(closed_uv), Some(open_uv)] = files else {
        return;
    };
    // a hop of 1 s is that of the facts; more overlap changes little
    for (hop_secs, within, ratio_within) in [(1.0, 1e-5, 1e-5), (0.125, 0.05, 0.08)] {
        let (closed, open) = (
            powers_uv2(&closed_uv, hop_secs),
            powers_uv2(&open_uv, hop_secs),
        );
        // facts of ../shared/data/README.md: scipy.signal.welch of the first 60 s, uV^2/Hz and uV^2
        let facts = [
            (2489.926, 3784.210, 286.545),
            (1990.531, 2984.135, 253.304),
            (2228.903, 3477.272, 258.512),
        ];
        for (ch, (peak, closed_fact, open_fact)) in facts.into_iter().enumerate() {
            let channel = CHANNELS[ch];
            let near = |what: &str, actual: f64, fact: f64, within: f64| {
                assert!(
                    (actual / fact - 1.0).abs() < within,
                    "{channel}, hop {hop_secs} s, {what}: {actual}, fact {fact}"
                );
            };
            let [alpha, at_10_hz] = closed[ch];
            near("alpha", alpha, closed_fact, within);
            near("at 10 Hz", at_10_hz / 0.5, peak, within);
            let ratio = alpha / open[ch][0];
            near(
                "times eyes open",
                ratio,
                closed_fact / open_fact,
                ratio_within,
            );
        }
    }
}
