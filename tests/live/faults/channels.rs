//! Channels and markers that hold what they must not; `tests/engine/bad_channels.rs` and `tests/live/labs.rs` have the rest.

use super::{Case, Seen, Watching, sleep};
use crate::peer::Room;

/// These channels' powers are right to 3 %.
fn are_right(seen: &Seen, channels: &[&str]) -> Vec<f64> {
    let power = |channel: &&str| {
        let uv2 = seen.power_uv2(channel, "alpha");
        let uv2 = uv2.unwrap_or_else(|| panic!("{channel} has no number: {}", seen.said()));
        assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "{channel}: {uv2}");
        uv2
    };
    channels.iter().map(power).collect()
}

fn watch(room: &Room, case: &str, secs: f64) -> Seen {
    let _sender = room.peer("lab.py", &[case, "60"]);
    Watching::run(room, &format!("source_id={case}"), secs).end()
}

#[test]
fn a_channel_that_is_never_a_number_is_named_within_six_seconds_and_three_are_right() {
    let mut case = Case::new("nan-channel");
    let Some(room) = Room::new("faults-nan") else {
        return;
    };
    let seen = watch(&room, "nan_channel", 16.0);
    let told = seen.told_secs(&["E4", "no number"]);
    // two seconds and a half go by until the stream is open
    case.saw(format!("named after {:.1?} s", told.map(|secs| secs - 2.5)));
    let powers = are_right(&seen, &["E1", "E2", "E3"]);
    case.saw(format!("{powers:.1?} uV^2, {} lost", seen.lost()));
    assert!(
        told.is_some_and(|secs| secs < 6.0 + 2.5),
        "{told:?}: {}",
        seen.said()
    );
    assert_eq!(seen.lost(), 0);
}

#[test]
fn packets_without_numbers_are_counted_for_their_channel_and_not_as_lost() {
    let mut case = Case::new("nan-packets");
    let Some(room) = Room::new("faults-packets") else {
        return;
    };
    let seen = watch(&room, "nan_packets", 20.0);
    case.saw(format!(
        "{} lost, told {:.0?}",
        seen.lost(),
        seen.told_secs(&["E2", "no number"])
    ));
    assert_eq!(seen.lost(), 0, "{}", seen.said());
    are_right(&seen, &["E1", "E3", "E4"]);
}

#[test]
fn markers_of_every_kind_beside_an_eeg_disturb_nothing_and_none_steers_the_terminal() {
    let mut case = Case::new("markers");
    let Some(room) = Room::new("faults-markers") else {
        return;
    };
    let _sender = room.peer("lab.py", &["markers", "60"]);
    let watched = Watching::monitor(&room, "source_id=markers", 9.0);
    sleep(0.1);
    let run = Watching::run(&room, "source_id=markers", 9.0);
    let (run, shown) = (run.end(), watched.end());
    for seen in [&run, &shown] {
        assert_eq!(seen.code, Some(0), "{}", seen.said());
        let printed: String = seen.lines.iter().map(|(_, line)| line.as_str()).collect();
        let is_tame = |text: &str| !text.contains(['\u{1b}', '\u{202e}']);
        assert!(is_tame(&printed) && is_tame(&seen.said()));
    }
    case.saw(format!("{} received, {} lost", run.received(), run.lost()));
    assert_eq!(run.lost(), 0);
}
