//! `efrscope play` as another LSL program reads it, in a session of its own on the loopback.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Child, Command, Output};

use serde_json::{Value, json};

use crate::peer::Room;
use crate::wav;

const RATE_HZ: u32 = 44_100;

/// Plays with `args` while a reader reads for `secs`; what it found, and the player's end.
fn play_and_read(room: &Room, args: &[&str], reader: [&str; 4]) -> (Value, Output) {
    let mut command = vec!["play", "--device", "none", "--source-id", reader[0]];
    command.extend(args);
    let player = room.start_efrscope(&command);
    let report = read(room, reader);
    (report, ended(player))
}

fn read(room: &Room, reader: [&str; 4]) -> Value {
    let read = room.run_peer("read_play.py", &reader);
    let words = String::from_utf8_lossy(&read.stderr);
    let said = String::from_utf8_lossy(&read.stdout);
    let json = said.strip_prefix("ready\n");
    json.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_else(|| panic!("{said}{words}"))
}

fn ended(player: Child) -> Output {
    let output = player.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    output
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn near(value: &Value, expected: f64, tolerance: f64) {
    let found = number(value);
    assert!(
        (found - expected).abs() < tolerance,
        "{found}, not {expected}"
    );
}

/// Two files of noise, which has no two samples alike, beside the session's configuration.
fn noise_files(room: &Room) -> String {
    let folder = room.file("a speech.wav", "").parent().unwrap().to_owned();
    wav::write(
        &folder.join("a speech.wav"),
        RATE_HZ,
        1,
        &wav::noise(1, 30_870),
    );
    wav::write(&folder.join("b.wav"), RATE_HZ, 1, &wav::noise(2, 17_640));
    folder.to_str().unwrap().to_owned()
}

#[test]
fn samples_stamps_and_markers_are_those_of_the_files() {
    let Some(room) = Room::new("play") else {
        return;
    };
    let folder = noise_files(&room);
    let args = "--lead 4 --loop 2 --pause 0.5 --alternate-polarity";
    let mut args: Vec<&str> = args.split(' ').collect();
    args.extend(["a speech.wav", "b.wav"]);
    let (report, _) = play_and_read(&room, &args, ["p", "audio", "30", &folder]);

    let texts = [
        "start a%20speech.wav polarity=+ trial=1 item=1",
        "loop a%20speech.wav polarity=- trial=2 item=1",
        "stop a%20speech.wav polarity=- trial=2 item=1",
        "pause secs=0.5",
        "start b.wav polarity=+ trial=3 item=2",
        "loop b.wav polarity=- trial=4 item=2",
        "stop b.wav polarity=- trial=4 item=2",
    ];
    assert_eq!(report["texts"], json!(texts));
    let secs = [0.0, 0.7, 1.4, 1.4, 1.9, 2.3, 2.7];
    for (found, expected) in report["marker_secs"].as_array().unwrap().iter().zip(secs) {
        near(found, expected, 1e-6);
    }
    near(&report["measured_hz"], f64::from(RATE_HZ), 1e-3);
    assert!(number(&report["worst_step_us"]) < 0.01, "{report}");
    let plays = report["plays"].as_array().unwrap();
    assert_eq!(plays.len(), 4);
    for play in plays {
        assert_eq!(play["is_whole"], true, "{report}");
        near(&play["off_ms"], 0.0, 1e-3);
        // the very samples: 16 bits fit float32
        near(&play["error"], 0.0, 1e-9);
    }
    near(&report["silence_peak"], 0.0, 1e-12);
    // what follows the last file was sent too
    assert!(number(&report["last_secs"]) > 3.6, "{report}");
}

#[test]
fn a_control_run_sends_the_sound_and_says_that_nobody_hears_it() {
    let Some(room) = Room::new("play-silent") else {
        return;
    };
    let folder = noise_files(&room);
    let args = ["--lead", "4", "--silent", "b.wav"];
    let (report, player) = play_and_read(&room, &args, ["s", "audio", "20", &folder]);
    let texts = [
        "start b.wav polarity=+ trial=1 item=1 run=control",
        "stop b.wav polarity=+ trial=1 item=1 run=control",
    ];
    assert_eq!(report["texts"], json!(texts));
    near(&report["plays"][0]["error"], 0.0, 1e-9);
    let said = String::from_utf8_lossy(&player.stderr);
    assert!(
        said.contains("control run: the device gets zeros"),
        "{said}"
    );
}

#[test]
fn an_envelope_is_stamped_with_the_time_of_the_sound_and_not_of_the_filter() {
    let Some(room) = Room::new("play-envelope") else {
        return;
    };
    let folder = room.file("burst.wav", "").parent().unwrap().to_owned();
    // 100 ms of noise in the middle of a second
    let mut burst = vec![0.0; RATE_HZ as usize];
    let (begin, end) = (19_845, 24_255);
    burst[begin..end].copy_from_slice(&wav::noise(3, end - begin));
    wav::write(&folder.join("burst.wav"), RATE_HZ, 1, &burst);
    let power = |(at, value): (usize, &f64)| (at as f64 * value * value, value * value);
    let sums = burst.iter().enumerate().map(power);
    let (moment, total) = sums.fold((0.0, 0.0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
    let centre_secs = moment / total / f64::from(RATE_HZ);

    let args = [
        "--lead",
        "4",
        "--send",
        "envelope",
        "--recipe",
        "rms",
        "burst.wav",
    ];
    let folder = folder.to_str().unwrap();
    let (report, _) = play_and_read(&room, &args, ["e", "envelope", "20", folder]);
    near(&report["measured_hz"], f64::from(RATE_HZ) / 44.0, 1e-3);
    assert!(number(&report["peak"]) > 0.3, "{report}");
    // the filter alone would be 80 ms late; the centre of smoothed noise is as sharp as this
    near(&report["centre_secs"], centre_secs, 0.003);
}

#[test]
fn ctrl_c_ends_the_streams_with_a_stop_marker_at_the_last_sample() {
    let Some(room) = Room::new("play-stop") else {
        return;
    };
    let folder = noise_files(&room);
    let args = [
        "play",
        "--device",
        "none",
        "--source-id",
        "c",
        "--lead",
        "3",
        "--loop",
        "1000",
        "b.wav",
    ];
    let player = room.start_efrscope(&args);
    let reading = room.peer("read_play.py", &["c", "audio", "30", &folder]);
    std::thread::sleep(std::time::Duration::from_secs(5));
    let pid = player.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    ended(player);
    let report: Value = serde_json::from_str(&reading.rest()).unwrap();
    let texts = report["texts"].as_array().unwrap();
    let last = texts.last().unwrap().as_str().unwrap();
    assert!(
        last.starts_with("stop b.wav polarity=+ trial=") && last.ends_with(" item=1 complete=no"),
        "{last}"
    );
    let stopped = report["marker_secs"].as_array().unwrap().last().unwrap();
    near(
        stopped,
        number(&report["last_secs"]) + 1.0 / f64::from(RATE_HZ),
        1e-6,
    );
    let plays = report["plays"].as_array().unwrap();
    assert!(
        plays.len() > 2 && plays.last().unwrap()["is_whole"] == false,
        "{report}"
    );
    for play in plays {
        near(&play["error"], 0.0, 1e-9);
    }
}

#[test]
fn the_description_says_what_is_played_on_what_and_what_the_stamps_mean() {
    let Some(room) = Room::new("play-described") else {
        return;
    };
    let sounds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sounds");
    let file = sounds.join("tones.flac");
    let args =
        "play --device none --source-id d --lead 60 --rate 48000 --latency-ms 12.5 --gain-db -6";
    let mut args: Vec<&str> = args.split(' ').collect();
    args.push(file.to_str().unwrap());
    let mut player = room.start_efrscope(&args);
    let described = room.run_peer("describe.py", &["d-audio"]);
    player.kill().unwrap();
    player.wait().unwrap();
    let words = String::from_utf8_lossy(&described.stderr);
    let report: Value =
        serde_json::from_slice(&described.stdout).unwrap_or_else(|_| panic!("{words}"));
    assert_eq!(report["name"], "efrscope-play-audio");
    assert_eq!(
        (&report["type"], &report["n_channels"]),
        (&json!("Audio"), &json!(2))
    );
    assert_eq!(report["rate_hz"], 48_000.0);
    assert_eq!(report["units"], json!(["full scale", "full scale"]));
    let playback = &report["desc"]["playback"];
    assert_eq!(playback["device"], "none");
    assert_eq!(playback["latency"], "12.5 ms, as given: no device");
    assert_eq!(
        (&playback["gain_db"], &playback["run"]),
        (&json!("-6"), &json!("stimulus"))
    );
    let file = json!({"name": "tones.flac", "rate_hz": "22050", "duration_secs": "0.5"});
    assert_eq!(report["files"], json!([file]));
}

#[test]
fn wrong_input_is_refused_with_what_is_allowed() {
    let Some(room) = Room::new("play-refused") else {
        return;
    };
    noise_files(&room);
    room.file("notes.txt", "no sound");
    for (args, words) in [
        ("", "<FILE>"),
        ("nothing.wav", "nothing.wav: No such file"),
        ("notes.txt", "allowed are WAV, FLAC, MP3 and Ogg Vorbis"),
        ("b.wav --send envelope", "--recipe"),
        (
            "b.wav --send envelope --recipe x",
            "allowed are paper, aiken-picton",
        ),
        ("b.wav --pause -1", "allowed are seconds from 0"),
        ("b.wav --latency-ms soon", "allowed are milliseconds"),
        ("b.wav --device none --gain-db 40", "--gain-db 0.0 it fits"),
        ("b.wav --loop 100000 --repeat 9", "allowed are 1 to 100000"),
        ("b.wav --rate 7", "8000..=192000"),
        ("b.wav --device no-such", "--device none"),
        ("b.wav --source-id it's", "without quotation marks"),
    ] {
        let mut all = vec!["play"];
        all.extend(args.split(' ').filter(|arg| !arg.is_empty()));
        let output = room.efrscope(&all);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args}: {said}");
        assert!(said.contains(words), "{args}: {said}");
        assert!(!said.contains("panicked"), "{args}: {said}");
    }
}
