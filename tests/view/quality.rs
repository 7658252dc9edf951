//! Rejections, warnings, markers, connectivity, rest: what surrounds the numbers.

use efrscope::control::Command;
use efrscope::metrics::{AnalysisSettings, ResponseSettings};
use efrscope::signal::{Band, Marker};

use egui_kittest::kittest::Queryable;

use crate::feed::{session, stream};
use crate::{playing, says, screen_of, text, texts};

#[test]
fn a_rejected_segment_names_rule_and_channel() {
    let (mut session, mut driven, mut screen) = playing(4, 4.0);
    assert!(!says(&screen, "REJECTING"));
    text(&screen, "rejected 0 of ");
    session.play(&mut driven, 1.0, |values| values[2] *= 20.0);
    screen.run();
    assert!(
        texts(&screen, "REJECTING").len() >= 2,
        "above the traces and in the status bar"
    );
    assert_eq!(
        texts(&screen, "REJECTING")[0],
        "REJECTING: peak-to-peak, E3"
    );
    assert!(text(&screen, "segments (").contains("peak-to-peak"));
    session.play(&mut driven, 5.0, |_| ());
    screen.run();
    assert!(!says(&screen, "REJECTING"));
}

#[test]
fn a_band_on_the_mains_is_warned_of() {
    let (mut session, feed) = session();
    let settings = AnalysisSettings {
        bands: vec![Band::new("slow gamma", 45.0, 52.0).unwrap()],
        response: ResponseSettings {
            bands: Vec::new(),
            ..ResponseSettings::default()
        },
        ..AnalysisSettings::default()
    };
    let mut driven = session.connect(&stream(2), &settings);
    session.play(&mut driven, 3.0, |_| ());
    let mut screen = screen_of(feed, [1400.0, 900.0]);
    screen.run();
    assert!(text(&screen, "mains at 50 Hz").contains("slow gamma"));
}

#[test]
fn a_filter_that_settles_and_the_reference_are_named() {
    let (mut session, feed) = session();
    let settings = AnalysisSettings {
        high_pass_hz: Some(0.5),
        ..AnalysisSettings::default()
    };
    let mut driven = session.connect(&stream(2), &settings);
    let mut screen = screen_of(feed, [1400.0, 900.0]);
    session.play(&mut driven, 3.0, |_| ());
    screen.run();
    text(&screen, "high-pass SETTLING");
    text(&screen, "reference as recorded, high-pass 0.5 Hz SETTLING");
    session.play(&mut driven, 10.0, |_| ());
    screen.run();
    assert!(!says(&screen, "SETTLING"));
    text(&screen, "high-pass 0.5 Hz");
}

#[test]
fn markers_stand_on_every_time_axis_and_their_memory_is_bounded() {
    let (session, _driven, mut screen) = playing(2, 4.0);
    let marker = |stamp_secs, text: String| Marker::new(stamp_secs, &text);
    session.markers.send(marker(3.0, "start A".into())).unwrap();
    screen.run();
    assert!(text(&screen, "traces of").ends_with("markers: start A"));
    assert!(text(&screen, "band power in dB").ends_with("markers: start A"));
    for n in 0..3000 {
        let marker = marker(3.0 + 1e-4 * f64::from(n), format!("m{n}"));
        session.markers.send(marker).unwrap();
    }
    screen.run();
    assert_eq!(text(&screen, "traces of").matches(", m").count(), 511);
}

#[test]
fn each_measure_of_connectivity_has_its_null_and_its_n() {
    let (_session, _driven, mut screen) = playing(4, 20.0);
    let mut shown = "MSC";
    for (name, line) in [
        ("imaginary coherence", "positive where the row is ahead"),
        ("PLV", "half of them exceed it"),
        ("ciPLV", "null mean"),
        ("PPC", "critical"),
        ("PLI", "null mean"),
        ("wPLI", "null mean"),
        ("debiased wPLI\u{b2}", "critical"),
    ] {
        screen.get_by_value(&format!("Measure: {shown}")).click();
        screen.run();
        screen.get_by_label(name).click();
        screen.run();
        let caption = text(&screen, "not corrected for 6 pairs");
        for part in [name, line, "n_eff"] {
            assert!(caption.contains(part), "{part:?} in {caption:?}");
        }
        text(&screen, &format!("{name} matrix: "));
        shown = name;
    }
    screen.get_by_value(&format!("Measure: {shown}")).click();
    screen.run();
    screen
        .get_by_label("partial MSC given the stimulus")
        .click();
    screen.run();
    text(&screen, "needs a stimulus stream; there is none");
}

#[test]
fn a_rest_is_asked_for_and_then_compared_with() {
    let (mut session, mut driven, mut screen) = playing(2, 4.0);
    text(&screen, "no rest baseline");
    screen.get_by_label("Rest 30 s").click();
    screen.run();
    assert_eq!(
        session.commands.try_recv().unwrap(),
        Command::Rest { secs: 30.0 }
    );
    driven.begin_rest(30.0);
    session.play(&mut driven, 15.0, |_| ());
    screen.run();
    let progress = text(&screen, "rest ");
    assert!(
        progress.starts_with("rest 5") || progress.starts_with("rest 4"),
        "{progress}"
    );
    session.play(&mut driven, 20.0, |_| ());
    screen.run();
    text(&screen, "change against rest known");
    assert!(
        !texts(&screen, "E1")
            .iter()
            .any(|row| row.contains("rest 5"))
    );
}

#[test]
fn a_new_run_is_asked_for() {
    let (mut session, feed) = session();
    let mut driven = session.connect_with_stimulus(&stream(2), &AnalysisSettings::default());
    session.play(&mut driven, 3.0, |_| ());
    let mut screen = screen_of(feed, [1400.0, 900.0]);
    screen.run();
    screen.get_by_label("New run").click();
    screen.run();
    assert_eq!(session.commands.try_recv().unwrap(), Command::NewRun);
}

#[test]
fn band_power_stands_with_its_interval_and_background() {
    let (_session, _driven, screen) = playing(2, 20.0);
    let rows = texts(&screen, "E1 ");
    assert!(
        rows.iter().any(|row| row.split_whitespace().count() >= 6),
        "{rows:?}"
    );
    text(&screen, "SNR dB");
    text(&screen, "power law through the flanks");
}

#[test]
fn a_channel_that_is_set_aside_is_named_with_its_reason_and_has_no_numbers() {
    let (mut session, mut driven, mut screen) = playing(4, 4.0);
    assert!(!says(&screen, "set aside"));
    session.play(&mut driven, 1.0, |values| values[2] = f64::NAN);
    screen.run();
    assert_eq!(text(&screen, "no number: "), "no number: E3 250");
    session.play(&mut driven, 6.0, |values| values[2] = f64::NAN);
    screen.run();
    assert_eq!(text(&screen, "set aside: "), "set aside: E3 (no numbers)");
    let rows = texts(&screen, "E3 ");
    assert!(rows.iter().any(|row| row.contains('-')), "{rows:?}");
    session.play(&mut driven, 11.0, |_| ());
    screen.run();
    assert!(!says(&screen, "set aside"));
}

#[test]
fn a_click_keeps_a_channel_out_and_another_takes_it_back() {
    let (mut session, mut driven, mut screen) = playing(2, 4.0);
    let keep_out = |is_out| Command::KeepOut {
        label: "E1".to_owned(),
        is_out,
    };
    screen.get_by_label("Channels 2 of 2").click();
    screen.run();
    screen
        .query_all_by_label("Keep out")
        .next()
        .unwrap()
        .click();
    screen.run();
    assert_eq!(session.commands.try_recv().unwrap(), keep_out(true));
    let settings = AnalysisSettings {
        bad: vec!["E1".into()],
        ..driven.engine.settings().clone()
    };
    driven.change(settings);
    session.play(&mut driven, 2.0, |_| ());
    screen.run();
    text(&screen, "set aside: E1 (kept out)");
    screen.get_by_label("Take back").click();
    screen.run();
    assert_eq!(session.commands.try_recv().unwrap(), keep_out(false));
}
