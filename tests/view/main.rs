//! The dashboard without a window: what a person can read, and what the controls do.
#![allow(
    clippy::unwrap_used,
    reason = "these are tests, their own functions too"
)]

#[path = "../common/drive.rs"]
mod drive;
mod efr;
mod feed;
mod quality;

use std::sync::Arc;

use efrscope::control::{Command, StreamList};
use efrscope::metrics::{AnalysisSettings, ResponseSettings};
use efrscope::signal::{Band, Link, StreamInfo, ValueFormat};
use efrscope::view::{Dashboard, ViewSettings};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use drive::Driven;
use feed::{Session, session, stream};

type Screen = Harness<'static, Dashboard>;

fn screen_of(feed: efrscope::view::Feed, size: [f32; 2]) -> Screen {
    let dashboard = Dashboard::new(feed, ViewSettings::default());
    let draw = |ui: &mut egui::Ui, dashboard: &mut Dashboard| {
        dashboard.update();
        dashboard.ui(ui);
    };
    let builder = Harness::builder().with_size(size);
    builder.build_ui_state(draw, dashboard)
}

/// A screen of `n_channels` after `secs` of noise.
fn playing(n_channels: usize, secs: f64) -> (Session, Driven, Screen) {
    let (mut session, feed) = session();
    let mut driven = session.connect(&stream(n_channels), &AnalysisSettings::default());
    session.play(&mut driven, secs, |_| ());
    let mut screen = screen_of(feed, [1400.0, 900.0]);
    screen.run();
    (session, driven, screen)
}

/// The first text that contains `part`.
#[track_caller]
fn text(screen: &Screen, part: &str) -> String {
    let mut nodes = screen.query_all_by_label_contains(part);
    let node = nodes.next();
    let node = node.unwrap_or_else(|| panic!("no text contains {part:?}"));
    let node = node.accesskit_node();
    node.label().or(node.value()).unwrap()
}

/// Every text that contains `part`.
fn texts(screen: &Screen, part: &str) -> Vec<String> {
    let nodes = screen.query_all_by_label_contains(part);
    let words = nodes.filter_map(|node| {
        let node = node.accesskit_node();
        node.label().or(node.value())
    });
    words.collect()
}

fn says(screen: &Screen, part: &str) -> bool {
    screen.query_all_by_label_contains(part).next().is_some()
}

#[test]
fn before_any_stream_it_says_what_was_found_and_what_to_check() {
    let (session, feed) = session();
    let mut screen = screen_of(feed, [1024.0, 700.0]);
    screen.run();
    for part in [
        "Searching",
        "No LSL stream",
        "firewall",
        "KnownPeers",
        "efrscope streams",
    ] {
        text(&screen, part);
    }
    let markers = StreamInfo {
        name: "Triggers".into(),
        sample_rate_hz: 0.0,
        format: ValueFormat::Text,
        ..stream(1)
    };
    let streams = vec![markers];
    session.streams.publish(Arc::new(StreamList { streams }));
    screen.run();
    text(&screen, "none can be read as EEG");
    assert!(text(&screen, "Triggers").contains("no numbers"));
}

#[test]
fn numbers_stand_beside_what_they_mean() {
    let (_session, _driven, screen) = playing(8, 30.0);
    let spectra = text(&screen, "Hann, 2 s segments");
    for part in ["df 0.5 Hz", "ENBW 0.75 Hz", "n_eff", "rejected 0 %"] {
        assert!(spectra.contains(part), "{part:?} in {spectra:?}");
    }
    let msc = text(&screen, "critical MSC");
    assert!(msc.contains("not corrected for 28 pairs"), "{msc}");
    for part in [
        "100 \u{b5}V per lane",
        "8 of 8 channels",
        "Amp on lab",
        "250 Hz nominal, 249.998 Hz measured (-10 ppm)",
        "backlog 0 samples",
        "clock offset",
        "PSD integrated over the band",
        "pairs above the critical value",
        "traces of E1, E2",
    ] {
        text(&screen, part);
    }
}

#[test]
fn lost_samples_are_on_the_screen_with_their_count() {
    let (mut session, mut driven, mut screen) = playing(4, 5.0);
    text(&screen, "lost 0");
    session.lose(105);
    session.play(&mut driven, 3.0, |_| ());
    screen.run();
    assert!(text(&screen, "LOST").starts_with("LOST 105 samples"));
    text(&screen, "gaps 1");
    assert!(text(&screen, "Hann").contains("segments since the start"));
}

#[test]
fn a_pause_freezes_the_picture_and_not_the_counters() {
    let (mut session, mut driven, mut screen) = playing(4, 4.0);
    assert!(!says(&screen, "PAUSED"));
    screen.get_by_label("Pause").click();
    screen.run();
    text(&screen, "PAUSED, live data goes on");
    let (spectra, received) = (text(&screen, "Hann"), text(&screen, "received"));
    session.play(&mut driven, 6.0, |_| ());
    screen.run();
    assert_eq!(text(&screen, "Hann"), spectra);
    assert_ne!(text(&screen, "received"), received);
    assert!(text(&screen, "PAUSED").ends_with("6.0 s old"));
    screen.get_by_label("Resume").click();
    screen.run();
    assert!(!says(&screen, "PAUSED"));
    assert_ne!(text(&screen, "Hann"), spectra);
}

#[test]
fn the_space_bar_pauses_and_resumes() {
    let (_session, _driven, mut screen) = playing(2, 4.0);
    screen.key_press(egui::Key::Space);
    screen.run();
    text(&screen, "PAUSED");
    screen.key_press(egui::Key::Space);
    screen.run();
    assert!(!says(&screen, "PAUSED"));
}

#[test]
fn a_stream_that_is_gone_is_announced() {
    let (session, _driven, mut screen) = playing(2, 4.0);
    session.counters.set_link(Link::Lost);
    session.clock.step(35.0);
    screen.run();
    let banner = text(&screen, "The stream is gone");
    assert!(banner.ends_with("35.0 s old"), "{banner}");
    text(&screen, "LOST: waiting for its return");
}

#[test]
fn coherence_is_blank_below_two_segments() {
    let (_session, _driven, screen) = playing(4, 2.1);
    text(&screen, "needs 2 segments");
    assert!(text(&screen, "MSC matrix").contains("matrix: 0 pairs"));
}

#[test]
fn many_channels_are_drawn_and_counted() {
    for n_channels in [64, 128] {
        let (_session, _driven, screen) = playing(n_channels, 4.0);
        text(&screen, &format!("{n_channels} of {n_channels} channels"));
        let n_pairs = n_channels * (n_channels - 1) / 2;
        text(&screen, &format!("not corrected for {n_pairs} pairs"));
    }
}

#[test]
fn nothing_breaks_without_bands_with_one_channel_or_with_values_that_are_no_numbers() {
    let no_bands = AnalysisSettings {
        bands: Vec::new(),
        response: ResponseSettings {
            bands: Vec::new(),
            ..ResponseSettings::default()
        },
        ..AnalysisSettings::default()
    };
    for (n_channels, settings, spoilt) in [
        (1, AnalysisSettings::default(), f64::NAN),
        (3, no_bands, f64::INFINITY),
        (3, AnalysisSettings::default(), f64::NAN),
        (3, AnalysisSettings::default(), 1e300),
        (3, AnalysisSettings::default(), 0.0),
    ] {
        for size in [[1400.0, 900.0], [300.0, 200.0], [40.0, 40.0]] {
            let (mut session, feed) = session();
            let mut driven = session.connect(&stream(n_channels), &settings);
            let mut screen = screen_of(feed, size);
            screen.run();
            session.play(&mut driven, 4.0, |values| values[0] = spoilt);
            screen.run();
        }
    }
}

#[test]
fn a_band_out_of_reach_and_an_unknown_unit_are_named() {
    let (mut session, feed) = session();
    let mut info = stream(2);
    info.channels[0].uv_per_unit = None;
    info.channels[0].unit.clear();
    let settings = AnalysisSettings {
        max_hz: 70.0,
        ..AnalysisSettings::default()
    };
    let mut driven = session.connect(&info, &settings);
    session.play(&mut driven, 3.0, |_| ());
    let mut screen = screen_of(feed, [1400.0, 900.0]);
    screen.run();
    text(&screen, "unit unknown: \u{b5}V assumed");
    let out = text(&screen, "out of reach");
    assert!(
        out.contains("gamma 78-81 Hz") && out.contains("70 Hz"),
        "{out}"
    );
}

#[test]
fn hidden_channels_are_not_drawn() {
    let (_session, _driven, mut screen) = playing(4, 4.0);
    screen.get_by_label("Channels 4 of 4").click();
    screen.run();
    screen.get_by_label("None").click();
    screen.run();
    text(&screen, "no channel is chosen");
    text(&screen, "connectivity needs two channels");
    screen
        .get_by_role_and_label(egui::accesskit::Role::CheckBox, "E2")
        .click();
    screen.run();
    text(&screen, "1 of 4 channels");
}

#[test]
fn a_stream_is_picked_from_the_list_and_an_unfit_one_is_not() {
    let (session, _driven, mut screen) = playing(2, 3.0);
    let other = StreamInfo {
        name: "Other".into(),
        source_id: "amp-2".into(),
        uid: "uid-2".into(),
        ..stream(32)
    };
    let slow = StreamInfo {
        name: "Slow".into(),
        sample_rate_hz: 0.0,
        ..stream(1)
    };
    let streams = vec![stream(2), other, slow];
    session.streams.publish(Arc::new(StreamList { streams }));
    screen.run();
    screen.get_by_value("Stream: Amp").click();
    screen.run();
    let slow = screen.get_by_label_contains("Slow");
    assert!(slow.accesskit_node().is_disabled());
    screen.get_by_label_contains("Other").click();
    screen.run();
    let request = session.commands.try_recv().unwrap();
    assert_eq!(
        request,
        Command::Open(efrscope::signal::StreamChoice::SourceId("amp-2".into()))
    );
}

#[test]
fn a_wish_that_finds_no_room_is_refused_on_the_screen() {
    let (session, _driven, mut screen) = playing(2, 3.0);
    for _ in 0..2 {
        screen.get_by_label("Bands").click();
        screen.run();
        screen.get_by_label("Apply").click();
        screen.run();
    }
    text(&screen, "refused: other bands");
    let request = session.commands.try_recv().unwrap();
    assert_eq!(request, Command::Bands(Band::presets()));
}
