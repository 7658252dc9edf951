//! Channels that hold no numbers, are flat or railed, or state a unit in a spelling of their own.

use super::{Case, Seen, Watching, sleep};
use crate::peer::Room;

/// These channels' powers are right to 3 %.
fn are_right(seen: &Seen, channels: &[&str]) -> Vec<f64> {
    let power = |channel: &&str| {
        let uv2 = seen.power_uv2(channel, "alpha");
        let uv2 = uv2.unwrap_or_else(|| panic!("{channel} has no number: {}", seen.said()));
        assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "{channel}: {uv2}");
        uv2
    };
    channels.iter().map(power).collect()
}

fn watch(room: &Room, case: &str, secs: f64) -> Seen {
    let _sender = room.peer("lab.py", &[case, "60"]);
    Watching::run(room, &format!("source_id={case}"), secs).end()
}

#[test]
fn a_channel_that_is_never_a_number_is_named_within_six_seconds_and_three_are_right() {
    let mut case = Case::new("nan-channel");
    let Some(room) = Room::new("faults-nan") else {
        return;
    };
    let seen = watch(&room, "nan_channel", 16.0);
    let told = seen.told_secs(&["E4", "no number"]);
    // two seconds and a half go by until the stream is open
    case.saw(format!("named after {:.1?} s", told.map(|secs| secs - 2.5)));
    let powers = are_right(&seen, &["E1", "E2", "E3"]);
    case.saw(format!("{powers:.1?} uV^2, {} lost", seen.lost()));
    assert!(
        told.is_some_and(|secs| secs < 6.0 + 2.5),
        "{told:?}: {}",
        seen.said()
    );
    assert_eq!(seen.lost(), 0);
}

#[test]
fn packets_without_numbers_are_counted_for_their_channel_and_not_as_lost() {
    let mut case = Case::new("nan-packets");
    let Some(room) = Room::new("faults-packets") else {
        return;
    };
    let seen = watch(&room, "nan_packets", 20.0);
    case.saw(format!(
        "{} lost, told {:.0?}",
        seen.lost(),
        seen.told_secs(&["E2", "no number"])
    ));
    assert_eq!(seen.lost(), 0, "{}", seen.said());
    are_right(&seen, &["E1", "E3", "E4"]);
}

#[test]
fn a_second_without_numbers_is_left_out_and_everything_goes_on() {
    let mut case = Case::new("nan-second");
    let Some(room) = Room::new("faults-second") else {
        return;
    };
    let seen = watch(&room, "nan_second", 16.0);
    let powers = are_right(&seen, &["E1", "E2", "E3", "E4"]);
    case.saw(format!("{powers:.1?} uV^2, {} lost", seen.lost()));
    assert_eq!(seen.lost(), 0, "{}", seen.said());
}

#[test]
fn flat_railed_and_vast_channels_are_set_aside_by_name_and_the_others_go_on() {
    let mut case = Case::new("lsl-12");
    let Some(room) = Room::new("faults-bad") else {
        return;
    };
    let seen = watch(&room, "bad_channels", 20.0);
    for (channel, reason) in [("E2", "flat"), ("E3", ""), ("E4", "")] {
        let told = seen.told_secs(&[channel, reason, "aside"]);
        case.saw(format!("{channel} after {told:.0?} s"));
        assert!(told.is_some(), "{channel}: {}", seen.said());
    }
    are_right(&seen, &["E1"]);
}

#[test]
fn ten_spellings_of_units_are_read_or_warned_about() {
    let mut case = Case::new("units");
    let Some(room) = Room::new("faults-units") else {
        return;
    };
    let seen = watch(&room, "units", 9.0);
    let (mut read, mut warned, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    // each channel is called by the unit it states
    for unit in [
        "uVolt", "µVolt", "μV", "V", "mVolt", "10^-6 V", "microV", "nVolt", "counts", "0.1 uV",
    ] {
        let is_warned = format!("{}{}", seen.said(), seen.warnings()).contains(unit);
        match seen.power_uv2(unit, "alpha") {
            Some(uv2) if (uv2 / 100.0 - 1.0).abs() < 0.03 && unit != "counts" => read.push(unit),
            _ if is_warned => warned.push(unit),
            power => wrong.push(format!("{unit}: {power:?}")),
        }
    }
    case.saw(format!(
        "{} read, warned about: {}",
        read.len(),
        warned.join(", ")
    ));
    assert!(wrong.is_empty(), "{wrong:?}: {}", seen.said());
    assert!(read.len() >= 9, "{read:?}");
}

#[test]
fn markers_of_every_kind_beside_an_eeg_disturb_nothing_and_none_steers_the_terminal() {
    let mut case = Case::new("markers");
    let Some(room) = Room::new("faults-markers") else {
        return;
    };
    let _sender = room.peer("lab.py", &["markers", "60"]);
    let watched = Watching::monitor(&room, "source_id=markers", 9.0);
    sleep(0.1);
    let run = Watching::run(&room, "source_id=markers", 9.0);
    let (run, shown) = (run.end(), watched.end());
    for seen in [&run, &shown] {
        assert_eq!(seen.code, Some(0), "{}", seen.said());
        let printed: String = seen.lines.iter().map(|(_, line)| line.as_str()).collect();
        let is_tame = |text: &str| !text.contains(['\u{1b}', '\u{202e}']);
        assert!(is_tame(&printed) && is_tame(&seen.said()));
    }
    case.saw(format!("{} received, {} lost", run.received(), run.lost()));
    assert_eq!(run.lost(), 0);
}
