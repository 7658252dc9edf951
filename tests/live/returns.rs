//! Streams that go and come back: as they were, as others, twice, or not at all.
#![cfg(unix)]
#![allow(clippy::float_cmp, reason = "counts are whole numbers")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use serde_json::Value;

use crate::peer::{Room, all_lines};

/// Millivolts look like artefacts: no rule is in force.
const FAST: &str = "[analysis]\nsegment_secs = 0.5\nhop_secs = 0.25\nintegration_secs = 2.0\n[stream]\nwait_secs = 5\n\
     [artefacts]\npeak_to_peak_uv = 0\namplitude_uv = 0\n";

fn sleep(secs: f64) {
    std::thread::sleep(Duration::from_secs_f64(secs));
}

/// What a run of so many seconds on `stream` printed, and what it said, while `meanwhile` happened.
fn run(room: &Room, stream: &str, secs: &str, meanwhile: impl FnOnce()) -> (Vec<Value>, String) {
    let config = room.file("c.toml", FAST);
    let config = config.to_str().unwrap();
    let args = ["run", "--config", config, "--stream", stream, "--duration"];
    let running = room.start_efrscope(&[&args[..], &[secs]].concat());
    // read as it comes: a pipe that is full costs lines
    let reader = std::thread::Builder::new();
    let reader = reader.spawn(move || running.wait_with_output().unwrap());
    meanwhile();
    let output = reader.unwrap().join().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (all_lines(&output), words)
}

fn is_hop(line: &Value) -> bool {
    line.get("hop").is_some()
}

/// The states gone through, each once.
fn states(lines: &[Value]) -> Vec<&str> {
    let mut states: Vec<&str> = lines.iter().map(|l| l["state"].as_str().unwrap()).collect();
    states.dedup();
    states
}

/// Samples received and lost by the last hop.
fn counts(lines: &[Value]) -> (u64, u64) {
    let last = lines.iter().rfind(|line| is_hop(line)).unwrap();
    let count = |name: &str| last[name].as_u64().unwrap();
    (count("received"), count("lost"))
}

#[test]
fn two_outlets_of_one_name_are_asked_about_and_the_other_never_stands_in_for_one_that_died() {
    let Some(room) = Room::new("twins") else {
        return;
    };
    let _one = room.peer("send.py", &["twin", "4", "250", "float32", "60"]);
    sleep(1.5);
    let newer = room.peer("send.py", &["twin", "4", "250", "float32", "60"]);
    let refused = room.efrscope(&["run"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{words}");
    let asked = |line: &&str| line.contains(", the newest of this name): --stream uid=");
    let line = words
        .lines()
        .find(asked)
        .unwrap_or_else(|| panic!("{words}"));
    let uid = line.rsplit("--stream ").next().unwrap();
    assert_eq!(words.matches(": --stream uid=").count(), 2, "{words}");
    let listed = room.efrscope(&["streams"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert_eq!(listed.matches("Send twin").count(), 2, "{listed}");

    let (lines, words) = run(&room, uid, "18", || {
        sleep(6.0);
        drop(newer);
    });
    let lost = lines
        .iter()
        .position(|line| line["state"] == "lost")
        .unwrap();
    assert!(lines[..lost].iter().any(is_hop), "it was read");
    let after = &lines[lost..];
    assert!(after.iter().all(|line| !is_hop(line)), "{after:#?}");
    // that it does not come is said every few seconds, without numbers
    let said_secs: Vec<f64> = after
        .iter()
        .map(|l| l["at_secs"].as_f64().unwrap())
        .collect();
    assert!(after.len() >= 4, "{after:#?}");
    assert!(said_secs.windows(2).all(|pair| pair[1] - pair[0] < 3.0));
    assert!(
        after
            .iter()
            .all(|line| line.get("band_power_uv2").is_none())
    );
    // the other is offered, and that is all
    let offered = |line: &&Value| !line["offers"].as_array().unwrap().is_empty();
    let offer = after.iter().find(offered).unwrap();
    assert_eq!(offer["state"], "lost");
    let offer = offer["offers"][0].as_str().unwrap();
    assert!(
        offer.contains("--stream uid=") && !offer.contains(uid),
        "{offer}"
    );
    assert_eq!(words.matches("the connection broke").count(), 1, "{words}");
}

#[test]
fn a_sender_that_makes_a_new_id_at_each_start_is_back_within_five_seconds_and_that_is_said() {
    let Some(room) = Room::new("new-id") else {
        return;
    };
    let mut sender = room.peer("send.py", &["-", "8", "250", "float32", "60"]);
    let (lines, words) = run(&room, "type=EEG", "18", || {
        sleep(7.0);
        drop(sender);
        sleep(2.0);
        sender = room.peer("send.py", &["-", "8", "250", "float32", "60"]);
        sleep(12.0);
        drop(sender);
    });
    let states = states(&lines);
    assert_eq!(states, ["live", "lost", "reopening", "live"], "{words}");
    let back = |line: &&Value| {
        line["event"]
            .as_str()
            .is_some_and(|e| e.contains("come again"))
    };
    let back = lines.iter().find(back).unwrap();
    // away for 2 s and the start of Python
    assert!(back["silent_secs"].as_f64().unwrap() < 2.0 + 5.0, "{back}");
    assert!(
        words.contains("is taken for its return: source id"),
        "{words}"
    );
    let (received, lost) = counts(&lines);
    assert!(received > 1_500 && lost > 500, "{received} {lost}");
}

#[test]
fn a_stream_that_comes_back_changed_goes_on_as_a_new_segment() {
    let Some(room) = Room::new("changed") else {
        return;
    };
    let first = room.peer("send.py", &["amp", "8", "250", "float32", "60"]);
    let (lines, words) = run(&room, "source_id=amp", "30", || {
        let mut senders = vec![first];
        for (args, secs) in [
            (["amp", "4", "250", "float32", "60", "microvolts"], 8.0),
            (["amp", "4", "500", "float32", "60", "microvolts"], 6.0),
            (["amp", "4", "500", "float32", "60", "millivolts"], 6.0),
        ] {
            sleep(secs);
            senders.clear(); // killed
            senders.push(room.peer("send.py", &args));
        }
        sleep(12.0);
    });
    let is_change = |line: &&Value| !line["layout"].is_null() && !is_hop(line);
    let changes: Vec<&Value> = lines.iter().filter(is_change).collect();
    let events: Vec<&str> = changes
        .iter()
        .map(|c| c["event"].as_str().unwrap())
        .collect();
    assert_eq!(events.len(), 3, "{events:?} {words}");
    for (event, change) in events.iter().zip([
        "4 channels, before 8",
        "500 Hz, before 250 Hz",
        "\"E0\" in \"millivolts\", before \"E0\" in \"microvolts\"",
    ]) {
        assert!(event.contains(change), "{event}");
        assert!(words.contains(change), "{words}");
    }
    assert_eq!(changes[0]["layout"]["n_channels"], 4);
    assert_eq!(changes[1]["layout"]["sample_rate_hz"], 500.0);
    assert_eq!(changes[2]["layout"]["channels"][1]["unit"], "millivolts");
    // the power of the sine, of the last layout in millivolts: a million times as many square microvolts
    let hops: Vec<&Value> = lines.iter().filter(|line| is_hop(line)).collect();
    let power = |hop: &Value| hop["band_power_uv2"]["E1"]["gamma 53-56"].as_f64().unwrap();
    assert_eq!(hops[0]["band_power_uv2"].as_object().unwrap().len(), 8);
    let last = hops.last().unwrap();
    assert_eq!(last["band_power_uv2"].as_object().unwrap().len(), 4);
    let ratio = power(last) / power(hops[6]);
    assert!((ratio / 1e6 - 1.0).abs() < 0.02, "{ratio}");
    // counts go on: what was received and lost is about what time allows at the rates there were
    let received: Vec<u64> = hops
        .iter()
        .map(|h| h["received"].as_u64().unwrap())
        .collect();
    assert!(received.is_sorted(), "{received:?}");
    let (received, lost) = counts(&lines);
    assert!(received > 4_000 && lost > 250, "{received} {lost}");
    let averaged_anew = hops.iter().filter(|h| h["n_segments"] == 1).count();
    assert_eq!(averaged_anew, 4, "{words}");
}

#[test]
fn a_sender_that_stalls_is_stale_then_live_and_nothing_of_it_is_lost() {
    let Some(room) = Room::new("stalled") else {
        return;
    };
    // its whole process stands still: it does not answer either
    let frozen = room.peer("send.py", &["ice", "4", "250", "float32", "60"]);
    let (lines, words) = run(&room, "source_id=ice", "16", || {
        sleep(6.0);
        frozen.signal("-STOP");
        sleep(3.5);
        frozen.signal("-CONT");
        sleep(5.0);
    });
    assert_eq!(states(&lines), ["live", "stale", "live"], "{words}");
    assert_eq!(counts(&lines).1, 0, "{words}");
    // it answers, but sends nothing: its connection is made anew, and what was due comes later
    let _paused = room.peer(
        "send.py",
        &["lazy", "4", "250", "float32", "60", "microvolts", "9", "6"],
    );
    let (lines, words) = run(&room, "source_id=lazy", "20", || {});
    let states = states(&lines);
    assert_eq!(states[..3], ["live", "stale", "reopening"], "{words}");
    assert_eq!(states.last(), Some(&"live"), "{words}");
    assert_eq!(counts(&lines).1, 0, "{words}");
}
