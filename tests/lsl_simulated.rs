//! The simulated streams as another LSL program reads them, in a session of their own on the loopback.
#![cfg(feature = "lsl")]
#![allow(
    clippy::float_cmp,
    reason = "the description holds the settings' own digits"
)]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "peers/peer.rs"]
#[allow(dead_code, reason = "not every test needs every peer")]
mod peer;

use peer::Room;
use serde_json::{Value, json};

/// One large response and nothing else, so that ten seconds tell its gain and delay.
const NOISE_FREE: &str = r#"
[simulate]
source_id = "made-up"
seed = 7
channels = ["Cz", "P4", "F8", "T7"]
noise_uv = 0.0
alpha_uv = 0.0
mains_uv = 0.0
blink_uv = 0.0

[[simulate.response]]
lo_hz = 8.0
hi_hz = 11.0
amplitude_nv = 2000.0
delay_ms = 42.5
"#;

fn near(value: &Value, expected: f64, tolerance: f64) {
    let found = value.as_f64().unwrap();
    assert!(
        (found - expected).abs() < tolerance,
        "{found}, not {expected}"
    );
}

#[test]
fn another_program_finds_the_streams_and_in_them_what_their_description_says() {
    let Some(room) = Room::new("simulated") else {
        return;
    };
    let config = room.file("c.toml", NOISE_FREE);
    let config = config.to_str().unwrap();
    let mut sending = room.start_efrscope(&["simulate", "--config", config, "--duration", "60"]);
    let read = room.run_peer("read_simulated.py", &["made-up", "7", "12"]);
    sending.kill().unwrap();
    sending.wait().unwrap();
    let words = String::from_utf8_lossy(&read.stderr);
    let report: Value = serde_json::from_slice(&read.stdout).unwrap_or_else(|_| panic!("{words}"));

    assert_eq!(report["eeg"]["name"], "made-up-eeg");
    assert_eq!(report["eeg"]["type"], "EEG");
    assert_eq!(report["envelope"]["type"], "StimulusEnvelope");
    assert_eq!(report["markers"]["type"], "Markers");
    assert_eq!(report["labels"], json!(["Cz", "P4", "F8", "T7"]));
    assert_eq!(
        report["units"],
        json!(["microvolts", "microvolts", "microvolts", "microvolts"])
    );
    assert_eq!(report["cz_mm"], json!([0.0, 0.0, 90.0]));
    assert_eq!(report["truth"]["seed"], "7");
    for stream in ["eeg", "envelope"] {
        assert_eq!(report[stream]["rate_hz"], 500.0);
        near(&report[stream]["measured_hz"], 500.0, 1e-4);
        near(&report[stream]["worst_step_ms"], 0.0, 1e-3);
    }
    assert!(report["n_common"].as_u64().unwrap() > 5000, "{report}");
    let markers = report["markers"]["texts"].as_array().unwrap();
    assert!(markers.len() >= 2, "{markers:?}");

    let planted = &report["responses"][0];
    assert_eq!(planted["delay_ms"], 42.5);
    near(&report["delay_ms"], 42.5, 0.5);
    near(
        &report["gain_uv"],
        planted["gain_uv"].as_f64().unwrap(),
        0.5,
    );
    let (cz, t7) = (&report["eeg_rms_uv"][0], &report["eeg_rms_uv"][3]);
    near(t7, 0.5 * cz.as_f64().unwrap(), 0.01);
}
