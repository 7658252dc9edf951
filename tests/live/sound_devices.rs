//! `efrscope play` through ALSA: its null device, and its file device, whose file holds what a sound card would have got.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "the very samples are expected, in the formats they are played in"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use efrscope::clock::{Clock, RealClock};
use serde_json::Value;

use crate::peer::Room;
use crate::wav;

const RATE_HZ: u32 = 44_100;
/// Silence that a card gets before `--lead` begins.
const SETTLING_SECS: f64 = 1.0;

/// A session on a machine whose only sound device is `pcm`, in ALSA's words.
struct Machine {
    room: Room,
    alsa: PathBuf,
    folder: PathBuf,
    noise: Vec<f64>,
}

impl Machine {
    fn new(name: &str, pcm: &str) -> Option<Self> {
        let room = Room::new(name)?;
        let folder = room.file("noise.wav", "").parent().unwrap().to_owned();
        let pcm = pcm.replace("FOLDER", folder.to_str().unwrap());
        let alsa = room.file("alsa.conf", &format!("pcm.!default {{ {pcm} }}\n"));
        let noise = wav::noise(4, 22_050);
        wav::write(&folder.join("noise.wav"), RATE_HZ, 1, &noise);
        Some(Self {
            room,
            alsa,
            folder,
            noise,
        })
    }

    fn play(&self, args: &str) -> Child {
        let mut command = self.room.command(Path::new(env!("CARGO_BIN_EXE_efrscope")));
        let command = command.env("ALSA_CONFIG_PATH", &self.alsa).arg("play");
        command
            .args(args.split(' '))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Plays to the end; what was said, and what the file device got.
    fn played(&self, player: Child) -> (String, Vec<f32>) {
        let output = player.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let bytes = std::fs::read(self.folder.join("played.raw")).unwrap_or_default();
        let values = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes));
        (said, values.collect())
    }

    /// The noise as a reader of the stream should find it, times `sign`.
    fn expected(&self, sign: f32) -> Vec<f32> {
        let rounded = |value: &f64| sign * ((32768.0 * value).round() / 32768.0) as f32;
        self.noise.iter().map(rounded).collect()
    }
}

const FILE: &str = "type file slave.pcm { type null } file \"FOLDER/played.raw\" format \"raw\"";

#[test]
fn a_device_that_plays_nowhere_is_named_as_such_and_paced_by_the_clock() {
    let Some(machine) = Machine::new("sound-null", "type null") else {
        return;
    };
    let clock = RealClock::start();
    let (said, _) = machine.played(machine.play("--lead 0.5 --loop 2 noise.wav"));
    let took_secs = clock.now_secs();
    assert!(
        said.contains("is no sound card: stamps follow the clock"),
        "{said}"
    );
    assert!(
        said.contains("stop noise.wav polarity=+ trial=2 item=1\n"),
        "{said}"
    );
    assert!(!said.contains("lost"), "{said}");
    // 1 s settling, 0.5 s lead, 1 s of sound, 1 s tail
    assert!((3.4..8.0).contains(&took_secs), "{took_secs}");
}

#[test]
fn the_device_gets_the_files_samples_with_their_polarity_loops_and_pauses() {
    let Some(machine) = Machine::new("sound-file", FILE) else {
        return;
    };
    let args = "--lead 0.5 --loop 2 --repeat 2 --alternate-polarity --pause 0.25 noise.wav";
    let (_, played) = machine.played(machine.play(args));
    let silence = |secs: f64| vec![0.0; (secs * f64::from(RATE_HZ)).round() as usize];
    let expected = [
        silence(SETTLING_SECS + 0.5),
        machine.expected(1.0),
        machine.expected(-1.0),
        silence(0.25),
        machine.expected(1.0),
        machine.expected(-1.0),
        silence(1.0),
    ]
    .concat();
    assert!(
        played.len() >= expected.len(),
        "{} {}",
        played.len(),
        expected.len()
    );
    let differs = expected
        .iter()
        .zip(&played)
        .position(|(expected, got)| expected != got);
    assert_eq!(differs, None, "first sample that differs");
    assert!(played[expected.len()..].iter().all(|value| *value == 0.0));
}

#[test]
fn in_a_control_run_the_device_gets_zeros_and_the_stream_the_sound() {
    let Some(machine) = Machine::new("sound-silent", FILE) else {
        return;
    };
    let player = machine.play("--silent --lead 4 --source-id s noise.wav");
    let folder = machine.folder.to_str().unwrap();
    let read = machine
        .room
        .run_peer("read_play.py", &["s", "audio", "20", folder]);
    let words = String::from_utf8_lossy(&read.stderr);
    let report = String::from_utf8_lossy(&read.stdout).replace("ready\n", "");
    let report: Value = serde_json::from_str(&report).unwrap_or_else(|_| panic!("{words}"));
    let (_, played) = machine.played(player);
    assert!(played.len() > 6 * RATE_HZ as usize, "{}", played.len());
    assert!(played.iter().all(|value| *value == 0.0));
    let play = &report["plays"][0];
    assert_eq!(play["is_whole"], true);
    assert!(play["error"].as_f64().unwrap() < 1e-9, "{report}");
    assert!(play["off_ms"].as_f64().unwrap().abs() < 1e-3, "{report}");
    let text = report["texts"][0].as_str().unwrap();
    assert!(text.ends_with("run=control"), "{text}");
}
