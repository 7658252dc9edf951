//! The whole way on real LSL streams from separate processes: few, each in a session of its own on the loopback.
#![allow(clippy::float_cmp, reason = "counts are whole numbers")]
#![allow(clippy::too_many_lines, reason = "a test reads as one story")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use serde_json::Value;

use crate::peer::{Room, lines};
use crate::{alpha, needs, recording};

const ONE_SECOND_HANN: &str =
    "[analysis]\nsegment_secs = 1.0\nhop_secs = 0.5\nintegration_secs = 4.0\npairs = [\"E1-E2\"]\n";

fn number(line: &Value, path: &str) -> f64 {
    line.pointer(path)
        .unwrap_or_else(|| panic!("{path} in {line}"))
        .as_f64()
        .unwrap()
}

#[test]
fn sixty_four_channels_at_1000_hz_lose_nothing_and_a_sine_reads_its_power() {
    let Some(room) = Room::new("sixty-four") else {
        return;
    };
    let config = room.file("c.toml", ONE_SECOND_HANN);
    let _sender = room.peer("send.py", &["s64", "64", "1000", "float32", "40"]);
    let output = room.efrscope(&[
        "run",
        "--config",
        config.to_str().unwrap(),
        "--stream",
        "source_id=s64",
        "--duration",
        "12",
    ]);
    let lines = lines(&output);
    let last = lines.last().unwrap();
    assert_eq!(
        number(last, "/lost"),
        0.0,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        number(last, "/received") > 10_000.0,
        "{}",
        number(last, "/received")
    );
    let hops: Vec<f64> = lines.iter().map(|line| number(line, "/hop")).collect();
    let expected: Vec<f64> = (0..hops.len()).map(|hop| hop as f64).collect();
    assert_eq!(hops, expected, "every hop was printed");
    for line in &lines {
        let power = number(line, "/band_power_uv2/E1/gamma 53-56");
        assert!((power / 45.833 - 1.0).abs() < 0.01, "{power}");
    }
    assert!(
        number(last, "/band_power_uv2/E2/gamma 53-56") < 1.0,
        "noise elsewhere"
    );
}

#[test]
fn every_sample_arrives_once_in_order_with_its_values() {
    use efrscope::signal::{Chunk, StreamChoice};
    use efrscope::source::{LslSettings, Source, lsl};

    // liblsl reads its session from the environment, once per process: this test goes on in a child that is given it
    if std::env::var_os("LSLAPICFG").is_none() {
        let Some(room) = Room::new("in-order") else {
            return;
        };
        let _sender = room.peer("send.py", &["seq", "64", "1000", "float32", "40"]);
        let this_test = [
            "--exact",
            "run::every_sample_arrives_once_in_order_with_its_values",
        ];
        let child = room
            .command(&std::env::current_exe().unwrap())
            .args(this_test)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&child.stdout);
        assert!(
            child.status.success() && words.contains("1 passed"),
            "{words}"
        );
        return;
    }
    lsl::prepare(&LslSettings::default()).unwrap();
    let found = lsl::find(&StreamChoice::SourceId("seq".into()), 10.0, || false).unwrap();
    let mut source = lsl::LslSource::open(&found, || false).unwrap();
    let mut chunk = Chunk::with_capacity(64, 250);
    let mut number_of_first = None;
    let mut next = 0;
    while next < 10_000 {
        source.pull(&mut chunk, 0.05).unwrap();
        for (offset, (_, values)) in chunk.samples().enumerate() {
            let first = *number_of_first.get_or_insert(values[0]);
            assert_eq!(chunk.first_index + offset as u64, next);
            assert_eq!(values[0], (first + next as f64) % 30_000.0);
            next += 1;
        }
    }
}

#[test]
fn a_killed_sender_is_picked_up_within_three_seconds_and_the_gap_is_in_the_output() {
    let Some(room) = Room::new("killed") else {
        return;
    };
    let config = room.file("c.toml", ONE_SECOND_HANN);
    let sender = room.peer("send.py", &["amp", "8", "250", "float32", "60"]);
    let running = room.start_efrscope(&[
        "run",
        "--config",
        config.to_str().unwrap(),
        "--stream",
        "source_id=amp",
        "--duration",
        "20",
    ]);
    std::thread::sleep(Duration::from_secs(8));
    drop(sender);
    std::thread::sleep(Duration::from_secs(3));
    let sender = room.peer("send.py", &["amp", "8", "250", "float32", "60"]);
    let output = running.wait_with_output().unwrap();
    drop(sender);
    let lines = lines(&output);
    let gap = lines
        .windows(2)
        .find(|pair| number(&pair[1], "/lost") > 0.0)
        .expect("it went on after the gap");
    let lost_secs = number(&gap[1], "/lost") / 250.0;
    // away for 3 s and the start of Python; back within 3 s of the return
    assert!((3.0..8.0).contains(&lost_secs), "{lost_secs} s lost");
    let hops = number(&gap[1], "/hop") - number(&gap[0], "/hop") - 1.0;
    assert!(
        hops >= lost_secs / 0.5,
        "{hops} hops were rejected, none bridges the gap"
    );
    assert_eq!(number(&gap[1], "/rejected"), hops);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("ERROR") && errors.contains("samples lost"),
        "{errors}"
    );
}

#[test]
fn integer_and_double_streams_work_too() {
    let Some(room) = Room::new("formats") else {
        return;
    };
    let _int16 = room.peer("send.py", &["i16", "24", "500", "int16", "60"]);
    let _double = room.peer("send.py", &["f64", "4", "200", "double64", "60"]);
    let config = room.file("c.toml", ONE_SECOND_HANN);
    for (stream, n_channels) in [("source_id=i16", 24), ("source_id=f64", 4)] {
        let output = room.efrscope(&[
            "run",
            "--config",
            config.to_str().unwrap(),
            "--stream",
            stream,
            "--duration",
            "8",
        ]);
        let lines = lines(&output);
        let last = lines.last().unwrap();
        assert_eq!(
            last["band_power_uv2"].as_object().unwrap().len(),
            n_channels
        );
        assert_eq!(number(last, "/lost"), 0.0);
        let power = number(last, "/band_power_uv2/E1/gamma 53-56");
        assert!((power / 45.833 - 1.0).abs() < 0.02, "{stream}: {power}");
    }
    // two EEG streams, and none was named
    let output = room.efrscope(&["run"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        errors.contains("2 streams match") && errors.contains("--stream source_id=i16"),
        "{errors}"
    );
    let listed = room.efrscope(&["streams", "--json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(listed[0]["type"], "EEG");
}

#[test]
fn what_cannot_be_analysed_is_refused_with_exit_code_2() {
    let Some(room) = Room::new("refused") else {
        return;
    };
    let none = room.efrscope(&["streams", "--wait", "0.5"]);
    let words = String::from_utf8_lossy(&none.stderr).into_owned();
    assert_eq!(none.status.code(), Some(2));
    assert!(
        words.contains("liblsl 1.")
            && words.contains("interface lo 127.0.0.1")
            && words.contains("known peers {127.0.0.1}"),
        "{words}"
    );
    let _text = room.peer("send.py", &["text", "1", "100", "string", "60"]);
    let _irregular = room.peer("send.py", &["events", "2", "0", "float32", "60"]);
    for (stream, expected) in [
        (
            "nobody",
            vec![
                "no LSL stream matches name=nobody",
                "Send text",
                "Send events",
            ],
        ),
        (
            "source_id=text",
            vec![
                "\"Send text\"",
                "string",
                "allowed is a numeric format at a rate above 0 Hz",
            ],
        ),
        ("source_id=events", vec!["\"Send events\"", "0 Hz"]),
    ] {
        let output = room.efrscope(&["run", "--stream", stream]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(
            expected.iter().all(|words| errors.contains(words)),
            "{errors}"
        );
    }
}

/// What play.py plays before the recording.
const BEFORE_SECS: usize = 8;
const PLAYED_SECS: usize = 10;

/// Powers of channels and bands on a line.
fn powers_uv2(line: &Value) -> Vec<[f64; 2]> {
    let read =
        |channel: &str, band: &str| number(line, &format!("/band_power_uv2/{channel}/{band}"));
    let bands = |channel| alpha::BANDS.map(|(band, ..)| read(channel, band));
    alpha::CHANNELS.map(bands).to_vec()
}

fn largest_difference(a: &[[f64; 2]], b: &[[f64; 2]]) -> f64 {
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| (a / b - 1.0).abs()).fold(0.0, f64::max)
}

#[test]
fn eyes_closed_alpha_of_a_real_recording_played_live_reads_as_offline() {
    let Some(room) = Room::new("player") else {
        return;
    };
    let file = "eegmmidb/S001R02_60s.edf";
    let n_samples = PLAYED_SECS * 160;
    let Some(recorded) = recording::microvolts(file, &alpha::CHANNELS, n_samples) else {
        return;
    };
    let config = room.file(
        "c.toml",
        "[stream]\nwait_secs = 20\n[analysis]\nsegment_secs = 2.0\nhop_secs = 0.125\nintegration_secs = 10.0\nchannels = [\"O1..\", \"Oz..\", \"O2..\"]\n\
         [artefacts]\npeak_to_peak_uv = 0\namplitude_uv = 0\n\
         [[band]]\nname = \"bins 8 to 12.5\"\nlo_hz = 7.75\nhi_hz = 12.75\n[[band]]\nname = \"bin 10\"\nlo_hz = 9.75\nhi_hz = 10.25\n",
    );
    let path = needs::data(file).unwrap();
    let (before, played) = (BEFORE_SECS.to_string(), PLAYED_SECS.to_string());
    let peer = room.peer(
        "play.py",
        &[path.to_str().unwrap(), "played", &before, &played],
    );
    let output = room.efrscope(&[
        "run",
        "--config",
        config.to_str().unwrap(),
        "--stream",
        "source_id=played",
        "--duration",
        "20",
    ]);
    let centre_secs = peer.said.last().unwrap().parse::<f64>().unwrap() + 5.0;
    let off_centre = |line: &Value| (number(line, "/stamp_secs") - centre_secs).abs();
    let lines = lines(&output);
    let line = lines
        .iter()
        .min_by(|a, b| off_centre(a).total_cmp(&off_centre(b)))
        .unwrap();
    let off_secs = off_centre(line);
    assert!(off_secs < 0.2, "all of it was averaged, {off_secs} s off");
    assert_eq!(number(line, "/lost"), 0.0);

    // the grid of hops begins with the sample that came first: any within 0.2 s of the recording's first may begin a window
    let sine = |from: i32| -> Vec<f64> {
        let turns = (from..from + 32).map(|n| 10.0 * f64::from(n) / 160.0);
        turns
            .map(|turns| 5.0 * (std::f64::consts::TAU * turns).sin())
            .collect()
    };
    let (ahead, behind) = (sine(-32), sine(i32::try_from(n_samples).unwrap()));
    let padded = recorded
        .iter()
        .map(|channel| [&ahead[..], channel, &behind].concat())
        .collect::<Vec<_>>();
    let offline = |shift: usize| {
        let window: Vec<Vec<f64>> = padded
            .iter()
            .map(|channel| channel[shift..shift + n_samples].to_vec())
            .collect();
        largest_difference(&powers_uv2(line), &alpha::powers_uv2(&window, 0.125))
    };
    let least = (0..=64).map(offline).fold(f64::INFINITY, f64::min);
    assert!(
        least < 1e-9,
        "no window reads as live: the nearest differs by {least} of a power"
    );
}
