//! What labs send: units, labels and types as people write them, markers of every kind, and trigger channels.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::process::Output;

use serde_json::Value;

use crate::peer::{Room, lines};

/// Alpha of each analysed channel in the last line.
fn alpha_uv2(lines: &[Value]) -> BTreeMap<String, f64> {
    let of_channels = lines.last().unwrap()["band_power_uv2"].as_object().unwrap();
    let alpha =
        |(label, bands): (&String, &Value)| (label.clone(), bands["alpha"].as_f64().unwrap());
    of_channels.iter().map(alpha).collect()
}

fn warnings(lines: &[Value]) -> Vec<&str> {
    let warnings = lines.last().unwrap()["warnings"].as_array().unwrap();
    warnings.iter().filter_map(Value::as_str).collect()
}

#[test]
fn one_tone_in_ten_units_reads_the_same_and_counts_are_left_out_by_name_until_their_unit_is_told() {
    let Some(room) = Room::new("units") else {
        return;
    };
    let _sender = room.peer("units.py", &["60"]);
    let all = lines(&room.efrscope(&["run", "--duration", "9"]));
    let alpha = alpha_uv2(&all);
    assert_eq!(alpha.len(), 9, "{alpha:?}");
    for (label, uv2) in &alpha {
        assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "{label}: {uv2}");
    }
    let is_told = |w: &&str| w.contains("channel \"counts\"") && w.contains("not analysed");
    assert!(warnings(&all).iter().any(is_told), "{:?}", warnings(&all));
    let told = [
        "run",
        "--channels",
        "Counts",
        "--unit",
        "0.02235 uV",
        "--duration",
        "6",
    ];
    let counts = lines(&room.efrscope(&told));
    let uv2 = alpha_uv2(&counts)["counts"];
    assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "{uv2}");
    let is_about_units = |w: &&str| w.contains("counts");
    assert!(!warnings(&counts).iter().any(is_about_units));
}

#[test]
fn a_unit_for_the_whole_stream_powers_of_ten_and_labels_wherever_they_stand_are_read() {
    let Some(room) = Room::new("described") else {
        return;
    };
    let _sender = room.peer("units.py", &["40"]);
    let run = ["run", "--stream", "type= signal", "--duration", "7"];
    let all = lines(&room.efrscope(&run));
    let alpha = alpha_uv2(&all);
    let labels: Vec<&String> = alpha.keys().collect();
    assert_eq!(labels, ["Cz", "Fz", "Oz", "Pz"]);
    for (label, uv2) in &alpha {
        assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "{label}: {uv2}");
    }
    assert_eq!(all[0]["units_assumed"], false);
}

#[test]
fn wrong_channels_and_units_are_refused_with_those_there_are() {
    let Some(room) = Room::new("wrong") else {
        return;
    };
    let config = room.file("c.toml", "[markers]\nselect = \"channel=Trigger\"\n");
    let config = config.to_str().unwrap();
    let _sender = room.peer("odd_markers.py", &["60"]);
    for (args, words) in [
        (["--channels", "Cz"], ["\"Cz\"", "C3, C4, Status"]),
        (["--channels", "C3,"], ["--channels", "Fp1,Fp2"]),
        (["--unit", "bananas"], ["bananas", "uV"]),
        (
            ["--config", config],
            ["markers.select: no channel \"Trigger\"", "C3, C4, Status"],
        ),
    ] {
        let output = room.efrscope(&[&["run", "--duration", "1"][..], &args].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(
            words.iter().all(|word| errors.contains(word)),
            "{args:?}: {errors}"
        );
    }
}

fn run_with(room: &Room, markers: &str, secs: &str) -> Output {
    let text = format!(
        "[analysis]\nsegment_secs = 1.0\nintegration_secs = 4.0\n[markers]\n{markers}\n[[periodic]]\nname = \"ASSR\"\nmodulation_hz = 40.0\nepoch_secs = 0.2\n"
    );
    let config = room.file("c.toml", &text);
    room.efrscope(&[
        "run",
        "--config",
        config.to_str().unwrap(),
        "--duration",
        secs,
    ])
}

/// Texts of the markers of each stream, in order.
fn texts(lines: &[Value]) -> BTreeMap<&str, Vec<&str>> {
    let mut texts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let newest = lines
        .iter()
        .map(|line| line["markers"]["newest"].as_array().unwrap());
    for marker in newest.flatten() {
        let stream = marker["stream"].as_str().unwrap();
        texts
            .entry(stream)
            .or_default()
            .push(marker["text"].as_str().unwrap());
    }
    texts
}

fn n_epochs(lines: &[Value]) -> u64 {
    let channel = &lines.last().unwrap()["periodic"]["ASSR"]["channels"]["C3"];
    channel["n_epochs"].as_u64().unwrap()
}

#[test]
fn markers_of_every_kind_are_shown_counted_and_make_trials() {
    let Some(room) = Room::new("odd-markers") else {
        return;
    };
    let _sender = room.peer("odd_markers.py", &["90"]);
    // a number of one stream, a field of another; what nobody sends is the control
    let by_number = "only_trials = true\nstart = \"1\"\nstop = \"2\"";
    let by_number = lines(&run_with(&room, by_number, "10"));
    let (odd, long) = (
        "Gr\u{f6}\u{df}e \u{65e5}\u{672c}  [31mred ",
        "x".repeat(1024),
    );
    let texts = texts(&by_number);
    let streams: Vec<&&str> = texts.keys().collect();
    assert_eq!(
        streams,
        [&"Emotiv", &"PsychoPy", &"Unity", &"jsPsych", &"odd"]
    );
    assert_eq!(texts["Emotiv"][0], "1700000000 5 1700000000");
    assert_eq!(texts["Unity"][0], " start speech.wav true");
    for text in ["", &long, odd, "{\"event\": \"start\", \"id\": 3}"] {
        assert!(
            texts["odd"].contains(&text),
            "{text:?} of {:?}",
            texts["odd"]
        );
    }
    assert!(texts["PsychoPy"].contains(&"1") && texts["jsPsych"].contains(&"tone_on"));
    let counts = by_number.last().unwrap()["markers"]["streams"]
        .as_array()
        .unwrap();
    assert_eq!(counts.len(), 5, "{counts:?}");
    for count in counts {
        let received = count["received"].as_u64().unwrap();
        let is_well = count["late"] == 0 && count["lost"] == 0 && count["connected"] == true;
        assert!((4..=12).contains(&received) && is_well, "{count}");
    }
    assert!(n_epochs(&by_number) > 4, "{}", n_epochs(&by_number));
    let by_field = "only_trials = true\nstart = \"start\"\ncondition = \"speech\"";
    assert!(n_epochs(&lines(&run_with(&room, by_field, "6"))) > 4);
    let by_nothing = "only_trials = true\nstart = \"7\"";
    assert_eq!(n_epochs(&lines(&run_with(&room, by_nothing, "6"))), 0);
}

#[test]
fn codes_of_a_trigger_channel_are_markers_a_second_apart_and_the_channel_is_no_eeg() {
    let Some(room) = Room::new("trigger") else {
        return;
    };
    let _sender = room.peer("odd_markers.py", &["40"]);
    let lines = lines(&run_with(&room, "select = \"channel=status\"", "9"));
    let markers: Vec<&Value> = lines
        .iter()
        .flat_map(|line| line["markers"]["newest"].as_array().unwrap())
        .collect();
    assert!(markers.len() >= 6, "{markers:?}");
    for pair in markers.windows(2) {
        let code = |marker: &Value| marker["fields"][0].as_i64().unwrap();
        assert_eq!(code(pair[1]), code(pair[0]) + 1);
        let secs = |marker: &Value| marker["stamp_secs"].as_f64().unwrap();
        let apart_secs = secs(pair[1]) - secs(pair[0]);
        // codes with upper bits are complete a sample later
        assert!((apart_secs - 1.0).abs() < 0.003, "{apart_secs}");
    }
    let last = lines.last().unwrap();
    let labels: Vec<&String> = last["band_power_uv2"].as_object().unwrap().keys().collect();
    assert_eq!(labels, ["C3", "C4"]);
    let count = &last["markers"]["streams"][0];
    assert_eq!(count["stream"], "Amp: Status");
    assert_eq!(count["received"], markers.len() as u64);
}
