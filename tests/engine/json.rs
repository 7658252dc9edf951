//! The lines of `run`, their schema and docs/JSON.md say the same.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod markers;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::changed_streams::stream_line;
use crate::schema::{every_name, every_path, every_word, violations};
use efrscope::control::{MarkerCounters, ShiftReport, StreamCounters};
use efrscope::metrics::artefact::{ArtefactRule, Verdict};
use efrscope::metrics::periodic::PeriodicSettings;
use efrscope::metrics::{Analysis, AnalysisSettings, RunEnd, RunLog, Snapshot, Subject};
use efrscope::publish::{Line, SCHEMA_VERSION, json_schema};
use efrscope::signal::{AlignedSample, Link, Montage, Polarity, Reference};
use serde_json::Value;

use crate::drive::{Driven, setup};
use crate::synthetic::{RATE_HZ, envelope_info, info, settings, value};

/// The analysis of `n_channels`, with or without a stimulus.
fn analysis(n_channels: usize, settings: &AnalysisSettings, with_stimulus: bool) -> Analysis {
    analysis_of(
        Montage::new(&info(n_channels), &[]).unwrap(),
        settings,
        with_stimulus,
    )
}

fn analysis_of(montage: Montage, settings: &AnalysisSettings, with_stimulus: bool) -> Analysis {
    let subject = Subject {
        sample_rate_hz: RATE_HZ,
        pairs: montage.all_pairs(),
        montage: Arc::new(montage),
        stimulus_limit_hz: with_stimulus.then_some(f64::INFINITY),
    };
    Analysis::new(settings, &subject, RunLog::default()).unwrap()
}

/// The snapshot after `n_samples` samples with an answer at 40 Hz, the stimulus being a channel of its own.
fn snapshot_after(analyzer: Analysis, n_samples: u64) -> Snapshot {
    after_runs(analyzer, n_samples, &[])
}

/// The same with new runs begun at these samples. The stimulus is what the first channel hears.
fn after_runs(mut analyzer: Analysis, n_samples: u64, runs_at: &[u64]) -> Snapshot {
    let n_channels = analyzer.plan().montage.n_stream_channels();
    let mut snapshot = analyzer.snapshot();
    analyzer.begin_periodic(0.0);
    for n in 0..n_samples {
        let answer = 2.0 * (n as f64 * 40.0 / RATE_HZ * std::f64::consts::TAU).sin();
        let values: Vec<f64> = (0..n_channels).map(|ch| value(n, ch) + answer).collect();
        let stamp_secs = 50.0 + n as f64 / RATE_HZ;
        let polarity = if n / 200 % 2 == 0 {
            Polarity::Normal
        } else {
            Polarity::Inverted
        };
        analyzer.set_polarity(Some(polarity));
        if runs_at.contains(&n) {
            analyzer.begin_run(RunEnd::Asked);
        }
        let sample = AlignedSample {
            run: 0,
            index: n,
            stamp_secs,
            values: &values,
            stimulus: value(n, 0),
        };
        if analyzer.push(&sample) {
            analyzer.average(true);
            analyzer.write(&mut snapshot);
        }
    }
    snapshot
}

fn line_of(snapshot: &Snapshot, shifts: Option<&ShiftReport>) -> Value {
    let markers = markers::markers();
    let counters = MarkerCounters::default();
    counters.received(&markers[0], true);
    let status = StreamCounters::default();
    status.stream.publish(Arc::new(info(2)));
    status.set_measured_rate_hz(249.5);
    let status = status.status();
    let line = Line {
        snapshot,
        age_secs: 0.5,
        shifts,
        marker_streams: &counters.counts(),
        markers: &markers,
        status: Some(&status),
    };
    serde_json::from_slice(&serde_json::to_vec(&line).unwrap()).unwrap()
}

/// The line after `n_samples` samples of two channels.
fn line_after(n_samples: u64) -> Value {
    line_of(
        &snapshot_after(analysis(2, &settings(), false), n_samples),
        None,
    )
}

/// Settings under which every part of a line has something to say within half a minute.
fn full_settings() -> AnalysisSettings {
    let mut settings = AnalysisSettings {
        rest_secs: Some(2.0),
        periodic: vec![PeriodicSettings::default()],
        ..settings()
    };
    settings.response.block_secs = 4.0;
    settings.response.control_shift_secs = 5.0;
    settings
}

/// Shifts as the background would report them of a snapshot's plan.
fn shifts_of(snapshot: &Snapshot) -> ShiftReport {
    let plan = &snapshot.plan;
    let n_bins = plan.axis.n_bins();
    ShiftReport {
        hop: 7,
        stamp_secs: 60.0,
        n_shifts: 99,
        n_bands: plan.bands.len(),
        p_values: vec![Some(0.5); plan.montage.len() * plan.bands.len()],
        tasr_line: vec![2.5; plan.montage.len() * n_bins],
        rho_line: vec![0.25; plan.pairs.len() * n_bins],
        share: 0.95,
    }
}

/// A session in which a channel is set aside, and whose run of detection ended after that.
fn with_a_channel_set_aside() -> Snapshot {
    let setup = setup(info(3), &full_settings());
    let mut driven = Driven::with_stimulus(setup, &envelope_info());
    for n in 0..2600 {
        let stamp_secs = 50.0 + n as f64 / RATE_HZ;
        driven.stimulus(0, n, stamp_secs, value(n, 7));
        driven.eeg(0, n, stamp_secs, &[value(n, 0), value(n, 1), f64::NAN]);
        if n == 1800 {
            driven.begin_run();
        }
    }
    driven.finish();
    driven.heard.snapshot().clone()
}

/// Lines of sessions of every kind.
fn lines() -> Vec<Value> {
    let heard = |n_channels| {
        let analyzer = analysis(n_channels, &full_settings(), true);
        snapshot_after(analyzer, 6000)
    };
    let (few, many) = (heard(3), heard(17));
    let shifts = shifts_of(&few);
    let mut one_segment = snapshot_after(analysis(2, &full_settings(), true), 220);
    // clean synthetic data breaks no rule by itself
    one_segment.rejections.newest = Some(Verdict {
        rule: ArtefactRule::Flat,
        electrode: 1,
    });
    let empty = analysis(2, &full_settings(), true).snapshot();
    vec![
        line_after(1000),
        line_after(150),
        line_of(&few, Some(&shifts)),
        line_of(
            &after_runs(analysis(2, &full_settings(), true), 5000, &[4000]),
            None,
        ),
        line_of(&many, None),
        line_of(&one_segment, None),
        line_of(&with_a_channel_set_aside(), None),
        line_of(&empty, None),
        stream_line(Link::Stale),
    ]
}

#[test]
fn every_state_of_a_stream_is_in_the_schema_and_what_it_became_in_its_line() {
    let schema = the_schema();
    for state in Link::ALL {
        let line = stream_line(state);
        assert_eq!(violations(&schema, &line), Vec::<String>::new());
        assert_eq!(line["state"], state.word());
    }
    let line = stream_line(Link::Live);
    assert_eq!(line["layout"]["n_channels"], 2);
    assert_eq!(line["layout"]["channels"][1]["label"], "E2");
    assert_eq!(line["offers"][0], "Amp: --stream uid=u2");
    assert!(line.get("hop").is_none() && line.get("band_power_uv2").is_none());
}

fn the_schema() -> Value {
    serde_json::to_value(json_schema()).unwrap()
}

const DOCUMENT: &str = include_str!("../../docs/JSON.md");

/// The paths whose fields docs/JSON.md lists: a heading names the object, the first column of its table the fields.
fn documented_paths() -> BTreeSet<String> {
    let mut object = String::new();
    let mut paths = BTreeSet::new();
    for line in DOCUMENT.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let name = heading.strip_prefix('`').and_then(|h| h.split('`').next());
            object = name.map_or(String::new(), |name| format!("{name}."));
        }
        let Some(cells) = line.strip_prefix("| `") else {
            continue;
        };
        let names = cells.split('|').next().unwrap().trim_end().split(", ");
        paths.extend(names.map(|name| format!("{object}{}", name.trim_matches('`'))));
    }
    paths
}

#[test]
fn the_document_lists_every_field_and_no_other() {
    let (documented, printed) = (documented_paths(), every_path(&the_schema()));
    let missing: Vec<_> = printed.difference(&documented).collect();
    let unknown: Vec<_> = documented.difference(&printed).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "docs/JSON.md lacks {missing:#?} and lists what is not printed: {unknown:#?}"
    );
    assert!(printed.contains("response.readout.*.*.msc"), "{printed:#?}");
}

#[test]
fn the_document_names_nothing_that_is_not_printed() {
    let schema = the_schema();
    let (names, words) = (every_name(&schema), every_word(&schema));
    let is_word = |text: &str| {
        let mut letters = text.chars();
        letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.*".contains(c))
    };
    let quoted = DOCUMENT.lines().filter(|line| !line.starts_with("    "));
    let quoted = quoted.flat_map(|line| line.split('`').skip(1).step_by(2));
    let unknown: Vec<&str> = quoted
        .filter(|text| is_word(text) && *text != "null")
        .filter(|text| !words.contains(*text))
        .filter(|text| {
            let mut parts = text.split('.').filter(|part| *part != "*");
            !parts.all(|part| names.contains(part))
        })
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_line_keeps_to_the_schema() {
    let schema = the_schema();
    for (i, line) in lines().iter().enumerate() {
        let found = violations(&schema, line);
        assert!(found.is_empty(), "line {i}: {found:#?}");
    }
    let mut wrong = line_after(1000);
    wrong["bands"]["E1"]["alpha"]["power"] = 1.0.into();
    wrong["msc"]["E1-E2"]["alpha"] = "high".into();
    wrong.as_object_mut().unwrap().remove("hop");
    assert_eq!(violations(&schema, &wrong).len(), 3);
}

#[test]
fn every_field_says_something_in_some_line() {
    let schema = the_schema();
    let lines = lines();
    let silent: Vec<String> = every_path(&schema)
        .into_iter()
        .filter(|path| !lines.iter().any(|line| speaks(line, path)))
        .collect();
    assert!(silent.is_empty(), "always null or absent: {silent:#?}");
}

/// Whether some value at a path, whatever the names along it, is there and not null.
fn speaks(value: &Value, path: &str) -> bool {
    let Some((first, rest)) = path.split_once('.').or(Some((path, ""))) else {
        return false;
    };
    match value {
        _ if path.is_empty() => !value.is_null(),
        Value::Object(fields) if first == "*" => fields.values().any(|value| speaks(value, rest)),
        Value::Array(values) if first == "*" => values.iter().any(|value| speaks(value, rest)),
        Value::Object(fields) => fields.get(first).is_some_and(|value| speaks(value, rest)),
        _ => false,
    }
}

#[test]
fn numbers_stand_under_channel_or_pair_and_band() {
    let line = line_after(1000);
    assert_eq!(line["schema"], SCHEMA_VERSION);
    assert!(line["band_power_uv2"]["E1"]["alpha"].as_f64().unwrap() > 0.0);
    let msc = line["msc"]["E1-E2"]["alpha"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&msc));
    assert!(line["msc_critical"]["alpha"].as_f64().unwrap() < 1.0);
    assert_eq!(line["received"], 1000);
    // segments of 1 s every 0.25 s, the last ends with the last sample: its centre is half a second before
    assert_eq!(
        (&line["segment_secs"], &line["hop_secs"]),
        (&1.0.into(), &0.25.into())
    );
    let newest_secs = line["newest_stamp_secs"].as_f64().unwrap();
    assert!(
        (newest_secs - (50.0 + 899.5 / RATE_HZ)).abs() < 1e-9,
        "{newest_secs}"
    );
    let centre_secs = line["stamp_secs"].as_f64().unwrap();
    assert!(
        (newest_secs - centre_secs - 1.0).abs() < 1e-9,
        "nine segments, the middle one is 1 s before the newest"
    );
}

#[test]
fn coherence_is_null_where_one_segment_is_all_there_is() {
    let line = line_after(220);
    assert_eq!(line["n_segments"], 1);
    assert_eq!(line["msc"]["E1-E2"]["alpha"], Value::Null);
    assert_eq!(line["msc_critical"]["alpha"], Value::Null);
    assert!(line["band_power_uv2"]["E1"]["alpha"].as_f64().unwrap() > 0.0);
}

#[test]
fn what_is_no_number_is_null() {
    let mut snapshot = snapshot_after(analysis(2, &settings(), false), 1000);
    snapshot.bands[0].power_uv2 = f64::NAN;
    snapshot.quality[0].mains_uv = f64::INFINITY;
    let line = line_of(&snapshot, None);
    assert_eq!(line["band_power_uv2"]["E1"]["alpha"], Value::Null);
    assert_eq!(line["bands"]["E1"]["alpha"]["power_uv2"], Value::Null);
    assert_eq!(line["quality"]["E1"]["mains_uv"], Value::Null);
    assert!(violations(&the_schema(), &line).is_empty());
}

#[test]
fn the_laplacian_is_per_square_metre_and_a_missing_unit_is_said() {
    let units = |line: &Value| {
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        let assumed = line["units_assumed"].as_bool().unwrap();
        (text("signal_unit"), text("power_unit"), assumed)
    };
    let line_with = |montage: Montage| {
        line_of(
            &snapshot_after(analysis_of(montage, &settings(), false), 300),
            None,
        )
    };
    let named = |signal: &str, power: &str, assumed| (signal.into(), power.into(), assumed);
    let mut stream = info(2);
    let plain = Montage::new(&stream, &[]).unwrap();
    let curved = plain
        .clone()
        .weighted(&[1.0, -1.0, -1.0, 1.0], Reference::Laplacian);
    assert_eq!(units(&line_with(plain)), named("uV", "uV^2", false));
    assert_eq!(
        units(&line_with(curved)),
        named("uV/m^2", "uV^2/m^4", false)
    );
    stream.channels[1].uv_per_unit = None;
    stream.channels[1].unit.clear();
    let unsaid = Montage::new(&stream, &[]).unwrap();
    assert_eq!(units(&line_with(unsaid)), named("uV", "uV^2", true));
}

#[test]
fn paper_mode_is_in_the_line_as_the_dashboard_shows_it() {
    let snapshot = snapshot_after(analysis(3, &full_settings(), true), 3000);
    let shifts = shifts_of(&snapshot);
    let line = line_of(&snapshot, Some(&shifts));
    let (paper, response) = (
        &line["response"]["paper"],
        snapshot.response.as_ref().unwrap(),
    );
    assert_eq!(paper["n_frames"], line["response"]["paper_frames"]);
    let n_bins = snapshot.plan.axis.n_bins();
    let near = |printed: &Value, expected: f64| {
        let printed = printed.as_f64().unwrap();
        assert!(
            (printed - expected).abs() <= 1e-6 * expected.abs(),
            "{printed} {expected}"
        );
    };
    let channel = &paper["channels"]["E2"];
    assert_eq!(channel["tasr"].as_array().unwrap().len(), n_bins);
    near(&channel["tasr"][9], response.paper.tasr[n_bins + 9]);
    near(&channel["line"][9], 2.5);
    near(
        &channel["phase_rad"][9],
        response.paper.phase_rad[n_bins + 9],
    );
    let bins = snapshot.plan.bands[0].bins.clone();
    let of_band = &response.paper.tasr[n_bins..][bins.clone()];
    near(
        &channel["tasr_bands"]["alpha"],
        of_band.iter().sum::<f64>() / bins.len() as f64,
    );
    let pair = &paper["pairs"]["E1-E3"];
    near(&pair["rho"][9], response.paper.rho[n_bins + 9]);
    near(
        &pair["csd_magnitude"][9],
        response.paper.cross[n_bins + 9].norm(),
    );
    near(
        &pair["phase_rad"][9],
        response.paper.cross[n_bins + 9].arg(),
    );
    let bins_hz = serde_json::json!({"lo_hz": 0.0, "df_hz": 1.0});
    assert_eq!(paper["bins_hz"], bins_hz);
    let tasr = &response.paper.tasr[n_bins..2 * n_bins];
    let peaks = channel["peaks_hz"].as_array().unwrap();
    let is_peak = |bin: &usize| peaks.contains(&Value::from(*bin as f64));
    let tops: Vec<usize> = (1..n_bins - 1).filter(is_peak).collect();
    assert!(!peaks.is_empty() && tops.len() == peaks.len(), "{peaks:?}");
    assert!(
        tops.iter().all(|&i| tasr[i] > tasr[i - 1].max(tasr[i + 1])),
        "{tops:?}"
    );
}

#[test]
fn with_many_channels_paper_mode_keeps_its_peaks_and_means_only() {
    let snapshot = snapshot_after(analysis(17, &full_settings(), true), 600);
    let line = line_of(&snapshot, Some(&shifts_of(&snapshot)));
    let paper = &line["response"]["paper"];
    assert_eq!(
        (&paper["pairs"], &line["connectivity"]),
        (&Value::Null, &Value::Null)
    );
    let channel = &paper["channels"]["E17"];
    assert_eq!(
        (&channel["tasr"], &channel["line"]),
        (&Value::Null, &Value::Null)
    );
    assert!(channel["peaks_hz"].is_array() && channel["tasr_bands"]["alpha"].is_number());
}

#[test]
fn a_whole_snapshot_serialises_with_its_plan() {
    let snapshot = snapshot_after(analysis(2, &full_settings(), true), 3000);
    let whole = serde_json::to_value(&snapshot).unwrap();
    let cross = snapshot.csd(0)[9];
    assert_eq!(
        whole["csd_uv2_per_hz"][9],
        serde_json::json!([cross.re, cross.im])
    );
    assert_eq!(whole["plan"]["montage"]["derivations"][1]["label"], "E2");
    assert_eq!(whole["plan"]["bands"][0]["band"]["name"], "alpha");
    assert_eq!(
        whole["response"]["paper"]["n_frames"],
        line_of(&snapshot, None)["response"]["paper_frames"]
    );
}
