//! How the program ends: a full disk, a closed pipe, a signal, and streams that cannot be read.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::peer::Room;

const FAST: &str = "[analysis]\nsegment_secs = 0.5\nhop_secs = 0.05\nintegration_secs = 2.0\n[stream]\nwait_secs = 60\n";
/// Of the program's ends within 1 s, on a busy machine.
const SOON: Duration = Duration::from_secs(3);

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_efrscope"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::piped());
    command
}

/// Run it with its standard output on a full disk.
fn onto_a_full_disk(mut command: Command) -> Output {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    command
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap()
}

/// Run it into `head -1`.
fn into_head(mut command: Command) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    assert!(!line.is_empty(), "something was printed");
    wait(child)
}

/// Its end, which must come.
fn wait(mut child: Child) -> Output {
    for _ in 0..400 {
        if child.try_wait().unwrap().is_some() {
            return child.wait_with_output().unwrap();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    panic!("it does not end");
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn is_refused_by_the_disk(output: &Output) {
    let words = words(output);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(
        words.contains("writing to standard output failed: No space left"),
        "{words}"
    );
    assert!(!words.contains("panicked"), "{words}");
}

fn is_quiet(output: &Output) {
    let words = words(output);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(
        !words.contains("panicked") && !words.contains("rror"),
        "{words}"
    );
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([name, &pid]).status().unwrap();
    assert!(sent.success());
}

/// End `child` by a signal: soon, and well.
fn end_by(mut child: Child, name: &str) -> String {
    signal(&child, name);
    let polls = SOON.as_millis() / 20;
    let ended = (0..polls).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        child.try_wait().unwrap().is_some()
    });
    if !ended {
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let words = words(&output);
    assert!(ended, "{name}: not within {SOON:?}: {words}");
    assert_eq!(output.status.code(), Some(0), "{name}: {words}");
    assert!(!words.contains("panicked"), "{name}: {words}");
    words
}

#[test]
fn commands_on_a_full_disk_end_with_exit_code_1_and_the_cause() {
    for args in [
        &["envelope", "assets/stimuli/speech.wav"][..],
        &["run", "--schema"],
        &["play", "--devices"],
        &["--help"],
        &["--version"],
    ] {
        let mut command = program();
        command.args(args);
        is_refused_by_the_disk(&onto_a_full_disk(command));
    }
}

#[test]
fn commands_whose_reader_goes_end_without_a_word() {
    for args in [
        &["envelope", "assets/stimuli/speech.wav"][..],
        &["run", "--schema"],
    ] {
        let mut command = program();
        command.args(args);
        is_quiet(&into_head(command));
    }
    // nobody reads standard error: nobody can be told, and that is no panic
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = program();
    let status = command.args(["envelope", "no such file"]).stderr(full);
    assert_eq!(status.status().unwrap().code(), Some(2));
}

/// efrscope on the stream of `send.py`.
fn on_the_stream(room: &Room, command: &str) -> Command {
    let config = room.file("c.toml", FAST);
    let mut program = room.command(Path::new(env!("CARGO_BIN_EXE_efrscope")));
    program
        .args([command, "--stream", "source_id=ends", "--config"])
        .arg(config);
    program
}

/// Start it and wait until it has printed a line.
fn started(mut command: Command) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    (child, stdout)
}

#[test]
fn a_run_ends_well_by_signals_and_a_closed_pipe_and_badly_on_a_full_disk() {
    let Some(room) = Room::new("ends") else {
        return;
    };
    // no stream yet: a signal is obeyed while it waits for one
    for name in ["-TERM", "-HUP"] {
        let mut command = on_the_stream(&room, "run");
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(1));
        assert!(end_by(child, name).contains("0 samples received"));
    }
    let _sender = room.peer("send.py", &["ends", "4", "250", "float32", "120"]);
    for name in ["-TERM", "-HUP", "-INT"] {
        let (child, mut stdout) = started(on_the_stream(&room, "run"));
        let reader = std::thread::Builder::new();
        let reader = reader.spawn(move || {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut stdout, &mut text).unwrap();
            text
        });
        let words = end_by(child, name);
        assert!(words.contains("samples received"), "{name}: {words}");
        let text = reader.unwrap().join().unwrap();
        assert!(
            text.is_empty() || text.ends_with("}\n"),
            "{name}: the last line is whole"
        );
    }
    let full = onto_a_full_disk(on_the_stream(&room, "run"));
    is_refused_by_the_disk(&full);
    assert!(
        words(&full).contains("samples received"),
        "with the summary"
    );
    is_quiet(&into_head(on_the_stream(&room, "run")));
}

#[test]
fn the_numbers_in_a_terminal_end_as_a_run_does() {
    let Some(room) = Room::new("terminal-ends") else {
        return;
    };
    let monitor = || on_the_stream(&room, "monitor");
    is_refused_by_the_disk(&onto_a_full_disk(monitor()));
    is_quiet(&into_head(monitor()));
    for name in ["-TERM", "-HUP"] {
        let (child, stdout) = started(monitor());
        end_by(child, name);
        drop(stdout);
    }
}

#[test]
fn a_refusal_names_the_option_to_type_and_it_works() {
    let Some(room) = Room::new("lead-on") else {
        return;
    };
    let _one = room.peer("send.py", &["ends", "4", "250", "float32", "120"]);
    let _other = room.peer("send.py", &["other", "4", "250", "float32", "120"]);
    let _text = room.peer("send.py", &["text", "1", "100", "string", "120"]);
    let _irregular = room.peer("send.py", &["events", "2", "0", "float32", "120"]);
    let ambiguous = words(&room.efrscope(&["run"]));
    assert!(ambiguous.contains("2 streams match any EEG"), "{ambiguous}");
    assert!(
        ambiguous.contains("host ")
            && ambiguous.contains(": --stream source_id=ends\n")
            && ambiguous.contains(": --stream source_id=other\n"),
        "{ambiguous}"
    );
    let config = room.file("short.toml", "[stream]\nwait_secs = 2\n");
    let config = config.to_str().unwrap();
    let missing = words(&room.efrscope(&["run", "--config", config, "--stream", "uid=none"]));
    for reason in [
        "matches uid=none",
        "holds text (string)",
        "0 Hz, no steady rate",
        "--stream source_id=ends",
    ] {
        assert!(missing.contains(reason), "{reason}: {missing}");
    }
    let listed = room.efrscope(&["streams", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let ours = |stream: &&serde_json::Value| stream["source_id"] == "ends";
    let uid = listed.as_array().unwrap().iter().find(ours).unwrap()["uid"].clone();
    let uid = format!("uid={}", uid.as_str().unwrap());
    let args = [
        "run",
        "--stream",
        &uid,
        "--channels",
        "E1, E2",
        "--duration",
        "4",
    ];
    let lines = crate::peer::lines(&room.efrscope(&args));
    let powers = lines[0]["band_power_uv2"].as_object().unwrap();
    assert_eq!(powers.keys().collect::<Vec<_>>(), ["E1", "E2"]);
    let unknown = room.efrscope(&["run", "--stream", &uid, "--channels", "E1,Cz"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(words(&unknown).contains("Cz"), "{}", words(&unknown));
}
