//! The simulated streams as another LSL program reads them, in a session of their own on the loopback.
#![allow(
    clippy::float_cmp,
    reason = "the description holds the settings' own digits"
)]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::{Child, Output};

use serde_json::{Value, json};

use crate::peer::Room;

/// One large response and nothing else, so that ten seconds tell its gain and delay.
const NOISE_FREE: &str = r#"
[simulate]
source_id = "synthetic"
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
    let read = room.run_peer("read_simulated.py", &["synthetic", "7", "12"]);
    sending.kill().unwrap();
    sending.wait().unwrap();
    let words = String::from_utf8_lossy(&read.stderr);
    let report: Value = serde_json::from_slice(&read.stdout).unwrap_or_else(|_| panic!("{words}"));

    assert_eq!(report["eeg"]["name"], "synthetic-eeg");
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

/// What `read_links.py` found; the senders are ended.
fn report(read: &Output, senders: impl IntoIterator<Item = Child>) -> Value {
    for mut sender in senders {
        sender.kill().unwrap();
        sender.wait().unwrap();
    }
    let words = String::from_utf8_lossy(&read.stderr);
    serde_json::from_slice(&read.stdout).unwrap_or_else(|_| panic!("{words}"))
}

#[test]
fn another_program_finds_the_drift_the_losses_and_the_delay_that_the_description_states() {
    let Some(room) = Room::new("links") else {
        return;
    };
    let links = "[simulate.eeg_link]\ndrift_ppm = 300.0\nclock_offset_ms = 25.0\nlosses_per_min = 60.0\nloss_ms = 50.0\n\
                 [simulate.stimulus_link]\ndrift_ppm = -80.0\njitter_ms = 0.05\n";
    let config = room.file("c.toml", &format!("{NOISE_FREE}{links}"));
    let config = config.to_str().unwrap();
    let sending = room.start_efrscope(&["simulate", "--config", config, "--duration", "60"]);
    let args = ["synthetic-7-eeg", "synthetic-7-envelope", "15", "7", "12"];
    let read = room.run_peer("read_links.py", &args);
    let report = report(&read, [sending]);

    let (eeg, stimulus) = (&report["eeg"], &report["stimulus"]);
    assert_eq!(eeg["link"]["drift_ppm"], 300.0);
    assert_eq!(eeg["link"]["losses_per_min"], 60.0);
    near(&eeg["link"]["true_rate_hz"], 500.15, 1e-9);
    near(&eeg["drift_ppm"], 300.0, 0.1);
    near(&eeg["residual_ms"], 0.0, 1e-3);
    let gaps = eeg["gaps"].as_array().unwrap();
    assert!((4..40).contains(&gaps.len()), "{gaps:?}");
    for gap in gaps {
        assert!((25..=26).contains(&gap.as_u64().unwrap()), "{gaps:?}");
    }
    assert_eq!(stimulus["gaps"], json!([]));
    // Chunks late by 0.05 ms rms: 15 s of them tell the drift to 0.5 ppm rms.
    near(&stimulus["drift_ppm"], -80.0, 3.0);
    near(&stimulus["residual_ms"], 0.05, 0.01);
    // The EEG's stamps are 25 ms ahead.
    near(&report["delay_ms"], 42.5 + 25.0, 0.3);
    near(&report["correlation"], 1.0, 0.02);
}

#[test]
fn an_amplifier_that_hears_a_sound_responds_to_it_so_much_later() {
    let Some(room) = Room::new("hearing") else {
        return;
    };
    let sound = "[simulate]\nsource_id = \"player\"\nseed = 5\nchannels = [\"Cz\"]\nstimulus = \"audio\"\ncarrier = \"tone\"\n\
                 stimulus_link.drift_ppm = 90.0\n";
    let sound = room.file("sound.toml", sound);
    let playing = room.start_efrscope(&["simulate", "--config", sound.to_str().unwrap()]);
    let hearing = "[simulate.hearing]\namplitude_nv = 700.0\ndelay_ms = 33.3\n";
    let config = room.file("hearing.toml", &format!("{NOISE_FREE}{hearing}"));
    let config = config.to_str().unwrap();
    let hears = ["simulate", "--hear", "type=Audio", "--config", config];
    let listening = room.start_efrscope(&hears);
    let args = ["synthetic-7-eeg", "player-5-audio", "18", "0", "95"];
    let read = room.run_peer("read_links.py", &args);
    let report = report(&read, [playing, listening]);

    let (eeg, audio) = (&report["eeg"], &report["stimulus"]);
    assert_eq!(audio["type"], "Audio");
    assert_eq!(audio["rate_hz"], 44_100.0);
    assert_eq!(
        audio["channel"],
        json!({"label": "audio", "unit": "1", "type": "Audio"})
    );
    assert_eq!(audio["truth"]["carrier"], "tone");
    assert_eq!(audio["gaps"], json!([]), "44100 samples each second");
    near(&audio["drift_ppm"], 90.0, 0.1);
    assert!(audio["secs"].as_f64().unwrap() > 16.0);
    assert!(audio["median_age_ms"].as_f64().unwrap() < 100.0);
    assert!((0.5..1.0).contains(&audio["highest"].as_f64().unwrap()));
    // Held back until the sound has arrived, and stamped as if not.
    near(&eeg["median_age_ms"], 410.0, 60.0);
    near(&eeg["drift_ppm"], 0.0, 0.1);
    assert_eq!(eeg["n_responses"], 0);
    near(&report["delay_ms"], 33.3, 0.3);
    near(&report["correlation"], 1.0, 0.01);
    near(&report["eeg_rms_uv"], 0.7, 0.1);
}
