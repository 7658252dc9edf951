//! What the screen claims of a response, and what it says where there is none.

use std::sync::Arc;

use efrscope::control::ShiftReport;
use efrscope::metrics::response::PAPER_LABEL;
use efrscope::metrics::{AnalysisSettings, ResponseSettings};
use efrscope::signal::Link;

use egui_kittest::kittest::Queryable;

use crate::drive::Driven;
use crate::feed::{Session, session, stream};
use crate::{Screen, says, screen_of, text};

/// Three looks of 8 s each.
fn settings() -> AnalysisSettings {
    AnalysisSettings {
        response: ResponseSettings {
            block_secs: 8.0,
            n_looks: 3,
            control_shift_secs: 5.0,
            ..ResponseSettings::default()
        },
        ..AnalysisSettings::default()
    }
}

/// Two channels beside a stimulus that the first follows by `gain_uv`, for `secs`.
fn listening(gain_uv: f64, secs: f64) -> (Session, Driven, Screen) {
    let (mut session, feed) = session();
    let mut driven = session.connect_with_stimulus(&stream(2), &settings());
    session.gain_uv = gain_uv;
    let mut screen = screen_of(feed, [1400.0, 900.0]);
    play(&mut session, &mut driven, &mut screen, secs);
    (session, driven, screen)
}

/// Play, and look at it every second.
fn play(session: &mut Session, driven: &mut Driven, screen: &mut Screen, secs: f64) {
    let end_secs = session.clock_secs() + secs;
    while session.clock_secs() < end_secs - 1e-6 {
        session.play(driven, 1.0, |_| ());
        screen.run();
    }
}

/// The EFR table's row of a channel, split at spaces: label, MSC, critical, control, p, gain, delay.
#[track_caller]
fn row(screen: &Screen, label: &str) -> Vec<String> {
    let row = rows(screen, label);
    row.split_whitespace().map(str::to_owned).collect()
}

#[track_caller]
fn rows(screen: &Screen, label: &str) -> String {
    for claim in ["pending", "DETECTED at", "ended", "given up", "not tested"] {
        let all = crate::texts(screen, claim);
        if let Some(row) = all.into_iter().find(|row| row.starts_with(label)) {
            return row;
        }
    }
    panic!("no row of {label}");
}

#[test]
fn nothing_is_claimed_before_the_first_look() {
    let (_session, _driven, screen) = listening(10.0, 7.0);
    assert!(!says(&screen, "DETECTED"));
    text(&screen, "Nothing detected yet; 2 running");
    assert!(rows(&screen, "E1").ends_with("pending, look 1 of 3 at 8 s"));
    let progress = text(&screen, "to look 1 of 3");
    assert!(progress.contains("of 8 s of accepted data"), "{progress}");
    assert!(progress.contains("family-wise \u{3b1} 0.05 over 3 looks and 6 tests (2 channels"));
}

#[test]
fn a_latched_detection_shows_its_look_alpha_and_family_and_stays() {
    let (mut session, mut driven, mut screen) = listening(10.0, 11.0);
    let claim = "DETECTED at look 1 of 3, 8 s; \u{3b1} 0.05, family 6";
    assert!(
        rows(&screen, "E1").ends_with(claim),
        "{}",
        rows(&screen, "E1")
    );
    text(&screen, "DETECTED in E1 (1 of 2 channels); 1 running");
    assert!(rows(&screen, "E2").contains("pending, look 2 of 3"));
    session.gain_uv = 0.0;
    play(&mut session, &mut driven, &mut screen, 40.0);
    assert!(rows(&screen, "E1").ends_with(claim), "it is latched");
    let other = rows(&screen, "E2");
    assert!(
        other.contains("ended, not detected in 3 looks, 24 s"),
        "{other}"
    );
    text(&screen, "1 over without detection");
}

#[test]
fn a_run_without_response_ends_in_words() {
    let (_session, _driven, screen) = listening(0.0, 34.0);
    text(&screen, "Not detected in any of 2 channels");
    text(&screen, "New run above starts another");
}

#[test]
fn the_control_stands_beside_the_readout_and_a_p_is_never_zero() {
    let (_session, _driven, screen) = listening(10.0, 30.0);
    let row = row(&screen, "E1");
    let number = |i: usize| row[i].parse::<f64>().unwrap();
    let (msc, critical, control) = (number(1), number(2), number(3));
    assert!(msc > critical && msc > 2.0 * control, "{row:?}");
    assert!(row[4].starts_with("<1e-"), "{row:?}");
    let gain: f64 = row[5].split('\u{b1}').next().unwrap().parse().unwrap();
    assert!((gain - 10.0).abs() < 3.0, "{row:?}");
    let caption = text(&screen, "Grey: control");
    for part in [
        "the stimulus of 5.0 s ago",
        "n_eff",
        "rejected 0 % since the start",
        "least MSC found with 80 % power",
        "per stimulus unit",
        " s of EEG with stimulus",
        "Envelope (unit uV)",
        "reference as recorded, no high-pass",
    ] {
        assert!(caption.contains(part), "{part:?} in {caption:?}");
    }
}

#[test]
fn a_delay_is_shown_only_where_p_is_small() {
    let (_session, _driven, screen) = listening(10.0, 30.0);
    let shown = row(&screen, "E1");
    let delay_ms: f64 = shown[6].parse().unwrap();
    assert!((delay_ms - 20.0).abs() < 15.0, "{shown:?}");
    assert!(shown[7].starts_with('['), "its interval: {shown:?}");
    let silent = row(&screen, "E2");
    if silent[4].parse::<f64>().is_ok_and(|p| p >= 0.05) {
        assert_eq!(silent[6], "-", "{silent:?}");
    }
}

#[test]
fn circular_shifts_are_shown_with_their_number_until_a_new_run() {
    let (mut session, mut driven, mut screen) = listening(10.0, 11.0);
    let n_bands = driven.engine.plan().bands.len();
    let n_bins = driven.engine.plan().axis.n_bins();
    let mut p_values = vec![Some(0.34); 2 * n_bands];
    p_values[0] = Some(0.005);
    session.shifts.publish(Arc::new(ShiftReport {
        hop: 30,
        stamp_secs: 8.0,
        n_shifts: 199,
        n_bands,
        p_values,
        tasr_line: vec![1.0; 2 * n_bins],
        rho_line: Vec::new(),
        share: 0.95,
    }));
    screen.run();
    assert!(rows(&screen, "E1").contains("0.0050"));
    assert!(rows(&screen, "E2").contains("0.34"));
    text(&screen, "199 circular shifts");
    driven.begin_run();
    play(&mut session, &mut driven, &mut screen, 2.0);
    assert!(
        !rows(&screen, "E1").contains("0.0050"),
        "shifts of another run"
    );
    text(&screen, "run 2:");
    // the run that is over stands there with its reason and its verdict
    text(
        &screen,
        "run 1 ended, a new run was asked for: response found",
    );
}

#[test]
fn without_a_stimulus_the_panel_says_what_to_do_and_how_its_stream_stands() {
    let (session, _driven, mut screen) = crate::playing(4, 5.0);
    for part in [
        "No stimulus: none found yet; searching",
        "type Audio or StimulusEnvelope",
        "efrscope play FILE",
        "stimulus: none",
    ] {
        text(&screen, part);
    }
    session.stimulus.stream.publish(Arc::new(stream(1)));
    session.stimulus.set_link(Link::Lost);
    session
        .stimulus
        .notify("stimulus stream \"Amp\" has no channel \"env\"".into());
    screen.run();
    text(&screen, "No stimulus: Amp is gone and is searched for");
    text(&screen, "has no channel \"env\"");
}

#[test]
fn a_band_that_is_not_tested_claims_nothing() {
    let (_session, _driven, mut screen) = listening(10.0, 11.0);
    screen.get_by_value("Band: alpha 8-11 Hz").click();
    screen.run();
    screen.get_by_label("cross 27-29 Hz").click();
    screen.run();
    let words = text(&screen, "is not tested: nothing is claimed of it");
    assert!(
        words.contains("Tested: alpha 8-11 Hz, gamma 53-56 Hz"),
        "{words}"
    );
    assert!(rows(&screen, "E1").ends_with("not tested"));
    assert!(!says(&screen, "DETECTED"));
}

#[test]
fn the_clocks_are_on_the_screen_with_what_they_would_cost() {
    let (_session, _driven, screen) = listening(0.0, 5.0);
    for part in [
        "stimulus live: Envelope",
        "aligned",
        "drift +12.5 ppm",
        "jitter 0.40 ms",
        "residual 0.020 ms",
        "MSC kept at 9.5 Hz: 100 % (uncorrected 99.9 %)",
        "envelope delay 0.0 ms corrected",
        "jumps 0",
        "without stimulus 0",
    ] {
        text(&screen, part);
    }
}

#[test]
fn paper_mode_is_hidden_until_asked_for_and_carries_its_label() {
    let (_session, _driven, mut screen) = listening(10.0, 11.0);
    assert!(!says(&screen, PAPER_LABEL));
    screen.get_by_label("Paper mode").click();
    screen.run();
    assert_eq!(text(&screen, PAPER_LABEL), PAPER_LABEL);
    text(&screen, "no surrogate line before the first look");
    screen.get_by_value("rho of E1-E2");
    assert!(!says(&screen, "DETECTED"), "paper mode claims nothing");
}

#[test]
fn spectrum_and_phasors_say_what_they_are() {
    let (_session, _driven, mut screen) = listening(10.0, 20.0);
    screen.get_by_label("MSC over frequency").click();
    screen.run();
    let words = text(&screen, "MSC of each bin with the stimulus");
    for part in [
        "critical .",
        "per bin and channel",
        "exceed it by chance",
        "n_eff",
    ] {
        let part = part.replace("critical .", "critical 0.");
        assert!(words.contains(&part), "{part:?} in {words:?}");
    }
    screen.get_by_label("Phasors").click();
    screen.run();
    text(
        &screen,
        "the circle holds the true gain with 95 % probability",
    );
    text(&screen, "phasors of 2 channels");
}

#[test]
fn no_view_of_the_response_breaks_on_odd_data() {
    let no_bands = AnalysisSettings {
        bands: Vec::new(),
        response: ResponseSettings {
            bands: Vec::new(),
            ..settings().response
        },
        ..settings()
    };
    for (n_channels, settings, spoilt, secs) in [
        (1, settings(), 0.0, 12.0),
        (1, settings(), f64::NAN, 3.0),
        (3, no_bands, 0.0, 10.0),
        (3, settings(), 1e300, 10.0),
        (64, settings(), 0.0, 9.0),
    ] {
        for size in [[1400.0, 900.0], [300.0, 200.0]] {
            let (mut session, feed) = session();
            let mut driven = session.connect_with_stimulus(&stream(n_channels), &settings);
            let mut screen = screen_of(feed, size);
            screen.run();
            session.play(&mut driven, secs, |values| values[0] += spoilt);
            for view in ["Detection", "MSC over frequency", "Phasors", "Paper mode"] {
                let button = screen.query_by_label(view);
                if let Some(button) = button {
                    button.click();
                }
                screen.run();
            }
        }
    }
}
