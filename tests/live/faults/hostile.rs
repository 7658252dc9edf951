//! Advertisements and descriptions that are absurd, vast, or meant to harm.

use super::{Case, Seen, Watching, list};
use crate::peer::Room;

/// A run on one of the senders of wire.py.
fn run(room: &Room, mode: &str, secs: f64) -> Seen {
    let _sender = room.peer("wire.py", &[mode, "40"]);
    Watching::run(room, &format!("source_id={mode}"), secs).end()
}

/// It neither panicked, nor took long, nor printed what steers terminals.
fn is_sound(mode: &str, seen: &Seen, at_most_secs: f64) {
    let said = seen.said();
    assert!(
        matches!(seen.code, Some(0 | 2)),
        "{mode}: {:?} {said}",
        seen.code
    );
    assert!(!said.contains("panicked"), "{mode}: {said}");
    assert!(seen.secs < at_most_secs, "{mode}: {} s", seen.secs);
    let printed: String = seen.lines.iter().map(|(_, line)| line.as_str()).collect();
    let steers = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(
        !printed.contains(steers) && !said.contains(steers),
        "{mode}: {said:?}"
    );
    assert!(
        said.len() < 20_000,
        "{mode}: {} bytes were said",
        said.len()
    );
}

#[test]
fn absurd_advertisements_are_refused_by_name_with_the_limit() {
    let mut case = Case::new("lsl-16");
    let Some(room) = Room::new("faults-absurd") else {
        return;
    };
    for (mode, words) in [
        ("billion", ["was refused", "1073741824 channels"]),
        ("endless", ["was refused", "1e300 Hz"]),
        ("text", ["was refused", "1000000 channels"]),
        (
            "huge-name",
            ["was refused", "a name of more than 256 bytes"],
        ),
    ] {
        let seen = run(&room, mode, 1.0);
        let said = seen.said();
        is_sound(mode, &seen, 6.0);
        assert_eq!(seen.code, Some(2), "{said}");
        assert!(
            words.iter().all(|word| said.contains(word)),
            "{mode}: {said}"
        );
        assert!(said.len() < 400, "{mode}: {said}");
        case.saw(words[1]);
    }
    // liblsl itself does not take a rate that is no number
    let seen = run(&room, "no-number", 1.0);
    is_sound("no-number", &seen, 25.0);
    assert_eq!(seen.code, Some(2), "{}", seen.said());
}

#[test]
fn vast_streams_are_opened_or_refused_with_what_would_fit() {
    let mut case = Case::new("wide-streams");
    let Some(room) = Room::new("faults-vast") else {
        return;
    };
    let wide = run(&room, "wide", 4.0);
    is_sound("wide", &wide, 20.0);
    case.saw(format!("1,024 channels: {} lost", wide.lost()));
    assert_eq!((wide.code, wide.lost()), (Some(0), 0), "{}", wide.said());
    let vast = run(&room, "vast", 4.0);
    is_sound("vast", &vast, 20.0);
    let said = vast.said();
    case.saw(format!("16,384 channels: {}", said.trim()));
    assert!(vast.code == Some(0) || said.contains("would fit"), "{said}");
}

#[test]
fn equal_labels_by_the_thousand_are_told_apart_within_two_seconds() {
    let mut case = Case::new("equal-labels");
    let Some(room) = Room::new("faults-labels") else {
        return;
    };
    // the same way with eight channels: what is more is the labels'
    let plain = run(&room, "quote", 3.0);
    let seen = run(&room, "equal-labels", 3.0);
    is_sound("equal-labels", &seen, 20.0);
    let more_secs = seen.secs - plain.secs;
    case.saw(format!("{more_secs:.1} s more than eight channels"));
    assert!(more_secs < 2.0, "{more_secs}: {}", seen.said());
    assert_eq!(seen.code, Some(0), "{}", seen.said());
}

#[test]
fn descriptions_with_odd_vast_or_contradicting_contents_are_opened_and_shown_tamely() {
    let mut case = Case::new("lsl-15");
    let Some(room) = Room::new("faults-descriptions") else {
        return;
    };
    let mut seen = Vec::new();
    for mode in ["odd-labels", "quote", "many-channels", "long"] {
        let run = run(&room, mode, 3.0);
        is_sound(mode, &run, 12.0);
        assert_eq!(run.code, Some(0), "{mode}: {}", run.said());
        assert_eq!(run.lost(), 0, "{mode}");
        seen.push(format!("{mode} {:.0} s", run.secs));
    }
    case.saw(list(&seen));
}

#[test]
fn five_hundred_advertisements_are_listed_in_time_and_one_of_them_is_opened() {
    let mut case = Case::new("lsl-17");
    let Some(room) = Room::new("faults-crowd") else {
        return;
    };
    let _sender = room.peer("wire.py", &["crowd", "40"]);
    let listed = room.efrscope(&["streams", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let n_listed = listed.as_array().unwrap().len();
    case.saw(format!("{n_listed} of 500 listed"));
    assert!(n_listed > 450, "{n_listed}");
    let one = Watching::run(&room, "source_id=crowd-0", 3.0).end();
    is_sound("crowd", &one, 12.0);
    case.saw(format!("one opened, {} lost", one.lost()));
    assert_eq!((one.code, one.lost()), (Some(0), 0), "{}", one.said());
}

#[test]
fn a_time_service_that_never_answers_delays_no_sample() {
    let mut case = Case::new("lsl-23");
    let Some(room) = Room::new("faults-no-clock") else {
        return;
    };
    let seen = run(&room, "no-clock", 5.0);
    is_sound("no-clock", &seen, 12.0);
    case.saw(format!(
        "{} received, {} lost",
        seen.received(),
        seen.lost()
    ));
    assert!(seen.received() > 1000, "{}", seen.said());
    assert_eq!(seen.lost(), 0);
}

#[test]
fn a_sender_that_never_describes_itself_is_refused_in_time() {
    let mut case = Case::new("lsl-24");
    let Some(room) = Room::new("faults-silent") else {
        return;
    };
    let seen = run(&room, "no-description", 5.0);
    is_sound("no-description", &seen, 12.0);
    case.saw(format!("refused after {:.0} s", seen.secs));
    assert_eq!(seen.code, Some(2), "{}", seen.said());
    assert!(seen.said().contains("does not answer"), "{}", seen.said());
}
