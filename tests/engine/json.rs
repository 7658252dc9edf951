//! The lines of `run` hold every field of docs/JSON.md, and no other.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;

use efrscope::publish::{Line, SCHEMA_VERSION};
use serde_json::Value;

use crate::drive::{self, Driven};
use crate::synthetic::{RATE_HZ, info, settings, value};

/// The line after `n_samples` samples of two channels.
fn line_after(n_samples: u64) -> Value {
    let mut driven = Driven::new(drive::setup(info(2), &settings()));
    for n in 0..n_samples {
        let stamp_secs = 50.0 + n as f64 / RATE_HZ;
        driven.eeg(0, n, stamp_secs, &[value(n, 0), value(n, 1)]);
    }
    let line = Line {
        snapshot: driven.heard.snapshot(),
        age_secs: 0.5,
        shifts: None,
    };
    serde_json::to_value(&line).unwrap()
}

#[test]
fn the_documented_fields_are_those_printed() {
    let document = include_str!("../../docs/JSON.md");
    let first_table = document.split("`response`:").next().unwrap();
    let documented: BTreeSet<&str> = first_table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let line = line_after(1000);
    let printed: BTreeSet<&str> = line
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(documented, printed);
    assert_eq!(line["schema"], SCHEMA_VERSION);
}

#[test]
fn numbers_stand_under_channel_or_pair_and_band() {
    let line = line_after(1000);
    assert!(line["band_power_uv2"]["E1"]["alpha"].as_f64().unwrap() > 0.0);
    let msc = line["msc"]["E1-E2"]["alpha"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&msc));
    assert!(line["msc_critical"]["alpha"].as_f64().unwrap() < 1.0);
    assert_eq!(line["received"], 1000);
    // segments of 1 s every 0.25 s, the last ends with the last sample: its centre is half a second before
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
