//! The whole way of a stimulus through LSL: a player, an amplifier in another time that hears it, and `efrscope run` that detects the response.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::needs;
use crate::peer::{Room, lines};

/// Looks after 8 s each; the amplifier's artefacts off, the response large enough for a short test.
const SETTINGS: &str = r#"
[analysis]
segment_secs = 1.0
hop_secs = 0.25
channels = ["Cz", "Oz"]

[stimulus]
select = "source_id=test-player-audio"
recipe = "gammatone"
integration_secs = 60.0

[detection]
looks = 5
block_secs = 8.0

[[band]]
name = "gamma 78-81"
lo_hz = 78.0
hi_hz = 81.0

[simulate]
source_id = "hearer"
blinks_per_min = 0.0
alpha_uv = 2.0

[simulate.hearing]
amplitude_nv = 3000.0
delay_ms = 30.0

[simulate.eeg_link]
drift_ppm = 25.0
jitter_ms = 1.0
"#;

/// Ended with the test, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// `efrscope` in a time of its own, 5000 s ahead; `None`, with a word why, where the system does not allow it.
fn in_another_time(room: &Room, args: &[&str]) -> Option<Running> {
    let allowed = Command::new("unshare")
        .args(["-T", "--monotonic", "5000", "true"])
        .stderr(Stdio::null())
        .status();
    if !allowed.is_ok_and(|status| status.success()) {
        needs::missing("no time namespace to be had (unshare -T needs Linux and root)");
        return None;
    }
    let mut command = room.command(Path::new("unshare"));
    command
        .args(["-T", "--monotonic", "5000"])
        .arg(env!("CARGO_BIN_EXE_efrscope"))
        .args(args)
        .stderr(Stdio::null());
    Some(Running(command.spawn().unwrap()))
}

fn number(value: &Value, path: &str) -> f64 {
    let found = value.pointer(path).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no number at {path}: {value}"))
}

#[test]
fn what_a_player_plays_and_an_amplifier_in_another_time_hears_is_detected() {
    let Some(room) = Room::new("stimulus") else {
        return;
    };
    let config = room.file("c.toml", SETTINGS);
    let config = config.to_str().unwrap();
    let speech = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/stimuli/speech.wav");
    let speech = speech.to_str().unwrap();
    let _player = Running(room.start_efrscope(&[
        "play",
        "--device",
        "none",
        "--source-id",
        "test-player",
        "--loop",
        "12",
        speech,
    ]));
    let hearer = [
        "simulate",
        "--config",
        config,
        "--hear",
        "source_id=test-player-audio",
    ];
    let Some(_hearer) = in_another_time(&room, &hearer) else {
        return;
    };
    let output = room.efrscope(&[
        "run",
        "--config",
        config,
        "--stream",
        "type=EEG",
        "--duration",
        "62",
    ]);
    let lines = lines(&output);
    let words = String::from_utf8_lossy(&output.stderr);
    let last = lines.last().unwrap_or_else(|| panic!("{words}"));
    let response = &last["response"];
    println!("{}\n{}\n{words}", response["clock"], response["detection"]);
    assert_eq!(response["clock"]["state"], "aligned", "{words}");
    let test = &response["detection"]["tests"]["Cz"]["gamma 78-81"];
    assert_eq!(test["state"], "detected", "{response}");
    assert_eq!(response["detection"]["family"], 2, "two channels, one band");
    assert!(number(response, "/readout/Cz/gamma 78-81/msc") > 0.2);
    let control = number(response, "/readout/Cz/gamma 78-81/control_p");
    assert!(control > 1e-4, "the control's p is {control}");
    let delay = number(response, "/readout/Cz/gamma 78-81/delay_ms");
    let sd = number(response, "/readout/Cz/gamma 78-81/delay_sd_ms");
    assert!((delay - 30.0).abs() < 4.0 * sd + 1.0, "{delay} +- {sd} ms");
    assert!(
        (number(response, "/clock/drift_ppm") + 25.0).abs() < 10.0,
        "{response}"
    );
}
