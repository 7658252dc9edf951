//! Which stream it is: two with one identity, one that comes back as another, one that does not come back.

use super::{Case, Watching, sleep};
use crate::peer::{Peer, Room};

fn headset(room: &Room, rms_uv: &str) -> Peer {
    room.peer("lab.py", &["headset", "60", rms_uv])
}

/// The uids of the streams of this name.
fn uids(room: &Room, name: &str) -> Vec<String> {
    let listed = room.efrscope(&["streams", "--json", "--wait", "2"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let streams = listed.as_array().unwrap().iter();
    let of_name = streams.filter(|stream| stream["name"] == name);
    of_name
        .map(|stream| stream["uid"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn two_headsets_with_one_id_are_two_streams_and_neither_is_taken_for_the_other() {
    let mut case = Case::new("two-headsets");
    let Some(room) = Room::new("faults-headsets") else {
        return;
    };
    let strong = headset(&room, "20");
    let uid = uids(&room, "headset").pop().unwrap();
    let _weak = headset(&room, "10");
    let both = uids(&room, "headset");
    case.saw(format!("{} of 2 listed", both.len()));
    assert_eq!(both.len(), 2, "{both:?}");
    let asked = Watching::run(&room, "name=headset", 2.0).end();
    case.saw(format!("asked about, exit code {:?}", asked.code));
    assert_eq!(asked.code, Some(2), "{}", asked.said());
    for uid in &both {
        assert!(asked.said().contains(uid), "{}", asked.said());
    }
    // the other way round it is the same: the one that was chosen dies, and the other goes on
    let running = Watching::run(&room, &format!("uid={uid}"), 18.0);
    sleep(8.0);
    drop(strong);
    let killed_secs = running.elapsed_secs();
    let seen = running.end();
    let hops = seen.hops();
    let after = hops.iter().filter(|(secs, _)| *secs > killed_secs + 2.0);
    let powers: Vec<f64> = hops
        .iter()
        .filter_map(|(_, line)| line["band_power_uv2"]["E1"]["alpha"].as_f64())
        .collect();
    case.saw(format!("{} lines after it died", after.clone().count()));
    assert!(!powers.is_empty(), "{}", seen.said());
    assert!(
        powers.iter().all(|uv2| (uv2 / 400.0 - 1.0).abs() < 0.1),
        "{powers:?}"
    );
    assert_eq!(after.count(), 0, "nothing of the other one");
}

#[test]
fn a_sender_without_an_id_that_is_started_again_is_back_within_five_seconds_with_a_notice() {
    let mut case = Case::new("restart-without-id");
    let Some(room) = Room::new("faults-no-id") else {
        return;
    };
    let first = room.peer("lab.py", &["no_id", "60"]);
    let running = Watching::run(&room, "name=no_id", 25.0);
    sleep(7.0);
    drop(first);
    sleep(4.0);
    let _again = room.peer("lab.py", &["no_id", "60"]);
    let again_secs = running.elapsed_secs();
    let seen = running.end();
    // a segment of 2 s must be whole before there is a number
    let back = seen
        .hops()
        .iter()
        .find(|(secs, _)| *secs > again_secs + 1.0)
        .map(|(secs, _)| secs - again_secs);
    case.saw(format!("numbers {back:.1?} s after it was back"));
    assert!(back.is_some_and(|secs| secs < 5.0 + 2.5), "{}", seen.said());
    assert!(
        seen.told_secs(&["no_id"]).is_some(),
        "a notice names it: {}",
        seen.said()
    );
    let error_secs = seen.grid_error_secs();
    assert!(error_secs < 0.05, "{error_secs}");
}

#[test]
fn a_stream_with_another_id_is_not_taken_in_silence() {
    let mut case = Case::new("lsl-2");
    let Some(room) = Room::new("faults-other-id") else {
        return;
    };
    let first = room.peer("lab.py", &["amplifier", "60", "amp-a", "4", "250"]);
    let running = Watching::run(&room, "source_id=amp-a", 18.0);
    sleep(6.0);
    drop(first);
    let killed_secs = running.elapsed_secs();
    let _other = room.peer("lab.py", &["amplifier", "60", "amp-b", "4", "250"]);
    let seen = running.end();
    let hops = seen.hops();
    let n_after = hops
        .iter()
        .filter(|(secs, _)| *secs > killed_secs + 2.0)
        .count();
    let is_named = seen.told_secs(&["amp-b"]).is_some();
    case.saw(format!(
        "{n_after} lines of the other one, which is {}",
        if is_named { "named" } else { "not taken" }
    ));
    assert!(n_after == 0 || is_named, "{}", seen.said());
}

#[test]
fn a_stream_that_comes_back_with_other_channels_and_another_rate_goes_on_as_a_new_segment() {
    let mut case = Case::new("lsl-3");
    let Some(room) = Room::new("faults-changed") else {
        return;
    };
    let first = room.peer("lab.py", &["amplifier", "60", "changing", "4", "250"]);
    let running = Watching::run(&room, "source_id=changing", 24.0);
    sleep(7.0);
    drop(first);
    sleep(1.0);
    let _again = room.peer("lab.py", &["amplifier", "60", "changing", "6", "500"]);
    let seen = running.end();
    let power_uv2 = seen.power_uv2("E6", "alpha");
    case.saw(format!(
        "{power_uv2:.1?} uV^2 in the sixth channel, exit code {:?}",
        seen.code
    ));
    assert_eq!(seen.code, Some(0), "{}", seen.said());
    let uv2 = power_uv2.unwrap_or_else(|| panic!("no sixth channel: {}", seen.said()));
    assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "{uv2}");
    assert!(
        seen.told_secs(&["channels"]).is_some(),
        "a notice says what changed: {}",
        seen.said()
    );
}

#[test]
fn a_stream_that_does_not_come_back_is_told_in_a_line_without_numbers_and_on_standard_error() {
    let mut case = Case::new("never-back");
    let Some(room) = Room::new("faults-gone") else {
        return;
    };
    let sender = room.peer("lab.py", &["amplifier", "60", "gone", "4", "250"]);
    let running = Watching::run(&room, "source_id=gone", 15.0);
    sleep(7.0);
    drop(sender);
    let killed_secs = running.elapsed_secs();
    let seen = running.end();
    let json = seen.json();
    let told = json.iter().find(|(secs, line)| {
        *secs > killed_secs
            && line["state"]
                .as_str()
                .is_some_and(|state| state.to_lowercase().contains("lost"))
    });
    let words = seen
        .words
        .iter()
        .find(|(secs, line)| *secs > killed_secs && line.contains("lost"));
    case.saw(format!(
        "line after {:.1?} s, words after {:.1?} s",
        told.map(|(secs, _)| secs - killed_secs),
        words.map(|(secs, _)| secs - killed_secs)
    ));
    assert!(
        told.is_some_and(|(secs, _)| secs - killed_secs < 3.0),
        "{}",
        seen.said()
    );
    assert!(
        words.is_some_and(|(secs, _)| secs - killed_secs < 3.0),
        "{}",
        seen.said()
    );
}
