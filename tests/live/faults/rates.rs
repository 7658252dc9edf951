//! Senders whose stamps or nominal rate are not what they say: right numbers, or none with the reason, and nothing called lost.

use std::path::Path;

use super::{Case, Seen, Watching, is_right_or_withheld, list};
use crate::peer::Room;

/// What a wrong nominal rate is told with: the rate it truly has, to the digit that can be known by then.
struct Lie {
    name: &'static str,
    nominal_hz: &'static str,
    true_hz: &'static str,
    chunk: &'static str,
    tone_hz: &'static str,
    band: &'static str,
}

const LIES: [Lie; 4] = [
    Lie {
        name: "slower",
        nominal_hz: "256",
        true_hz: "200",
        chunk: "1",
        tone_hz: "10",
        band: "alpha",
    },
    Lie {
        name: "twice",
        nominal_hz: "128",
        true_hz: "256",
        chunk: "1",
        tone_hz: "10",
        band: "alpha",
    },
    Lie {
        name: "little",
        nominal_hz: "256",
        true_hz: "250",
        chunk: "5",
        tone_hz: "54.5",
        band: "gamma 53-56",
    },
    Lie {
        name: "double",
        nominal_hz: "500",
        true_hz: "1000",
        chunk: "20",
        tone_hz: "10",
        band: "alpha",
    },
];

#[test]
fn a_wrong_nominal_rate_is_measured_or_nothing_is_claimed() {
    let mut case = Case::new("nominal-rates");
    let Some(room) = Room::new("faults-rates") else {
        return;
    };
    let start = |lie: &Lie| {
        let args = [
            "rate",
            "60",
            lie.name,
            lie.nominal_hz,
            lie.true_hz,
            lie.chunk,
            lie.tone_hz,
        ];
        let sender = room.peer("lab.py", &args);
        let stream = format!("source_id={}", lie.name);
        (Watching::run(&room, &stream, 25.0), sender)
    };
    let running: Vec<_> = LIES.iter().map(start).collect();
    let mut wrong = Vec::new();
    for (lie, (running, _sender)) in LIES.iter().zip(running) {
        let seen = running.end();
        let what = format!("{} for {} Hz", lie.nominal_hz, lie.true_hz);
        match is_right_or_withheld(&seen, "E1", lie.band, &["announces", "Hz"]) {
            Ok(words) => case.saw(format!("{what}: {words}, {} lost", seen.lost())),
            Err(words) => wrong.push(format!("{what}: {words}")),
        }
        if seen.lost() != 0 {
            wrong.push(format!("{what}: {} lost", seen.lost()));
        }
    }
    case.saw(list(&wrong));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Run on `sender` for `secs`; nothing is lost, and the power is right.
fn nothing_is_lost(case: &mut Case, seen: &Seen, channel: &str) {
    let power_uv2 = seen.power_uv2(channel, "alpha");
    case.saw(format!(
        "{} of {} lost, {power_uv2:.1?} uV^2",
        seen.lost(),
        seen.received() + seen.lost()
    ));
    assert_eq!(seen.lost(), 0, "{}", seen.said());
    let power_uv2 = power_uv2.unwrap_or_else(|| panic!("no numbers: {}", seen.said()));
    assert!((power_uv2 / 100.0 - 1.0).abs() < 0.03, "{power_uv2}");
}

#[test]
fn one_stamp_for_all_samples_of_a_chunk_is_no_loss_and_is_said_once() {
    let mut case = Case::new("equal-stamps");
    let Some(room) = Room::new("faults-equal") else {
        return;
    };
    let start = |(name, chunk_secs): (&str, &str)| {
        let sender = room.peer("lab.py", &["equal_stamps", "60", name, chunk_secs]);
        (
            Watching::run(&room, &format!("source_id={name}"), 20.0),
            sender,
        )
    };
    let running = [("tenths", "0.4"), ("seconds", "1.0")].map(start);
    for (running, _sender) in running {
        let seen = running.end();
        nothing_is_lost(&mut case, &seen, "E1");
        assert!(
            seen.told_secs(&["stamp", "chunk"]).is_some(),
            "{}",
            seen.said()
        );
    }
}

#[test]
fn a_clock_that_steps_by_nine_minutes_is_no_loss() {
    let mut case = Case::new("clock-step");
    let Some(room) = Room::new("faults-step") else {
        return;
    };
    let _sender = room.peer("lab.py", &["stepped_clock", "60", "9", "540"]);
    let seen = Watching::run(&room, "source_id=stepped_clock", 22.0).end();
    nothing_is_lost(&mut case, &seen, "E1");
    assert!(seen.said().contains("jump"), "{}", seen.said());
}

#[test]
fn stamps_of_the_time_of_day_are_said_and_refused_for_a_stimulus_alone() {
    let mut case = Case::new("unix-stamps");
    let Some(room) = Room::new("faults-unix") else {
        return;
    };
    let _sender = room.peer("lab.py", &["unix_stamps", "60"]);
    let seen = Watching::run(&room, "source_id=unix_stamps", 15.0).end();
    nothing_is_lost(&mut case, &seen, "E1");
    let told = seen.told_secs(&["not on the LSL clock"]);
    case.saw(format!("said after {told:.0?} s"));
    assert!(told.is_some(), "{}", seen.said());
}

#[test]
fn a_channel_that_numbers_the_samples_makes_losses_exact_whatever_the_stamps() {
    let mut case = Case::new("counter");
    let Some(room) = Room::new("faults-counter") else {
        return;
    };
    let _sender = room.peer("lab.py", &["counted", "60"]);
    let run = |counter: &str, secs: &str| {
        let text = format!("[stream]\ncounter = {counter:?}\nwait_secs = 20\n");
        let config = room.file(&format!("counter-{counter}.toml"), &text);
        let mut command = room.command(Path::new(env!("CARGO_BIN_EXE_efrscope")));
        command.args(["run", "--stream", "source_id=counted", "--duration", secs]);
        command.arg("--config").arg(config);
        Watching::start(command)
    };
    let counting = run("e3 ", "17");
    let missing = run("CNT", "17").end();
    let seen = counting.end();
    case.saw(format!("{} of 310 lost", seen.lost()));
    assert_eq!(seen.lost(), 310, "{}", seen.said());
    let hops = seen.hops();
    let (_, last) = hops.last().unwrap();
    assert_eq!(last["stream"]["lost_by"], "counter", "{last}");
    let analysed = last["band_power_uv2"].as_object().unwrap();
    assert_eq!(analysed.keys().collect::<Vec<_>>(), ["E1", "E2"]);
    assert_eq!(missing.code, Some(2));
    let words = "stream.counter: no channel \"CNT\" in the stream; it has E1, E2, E3";
    assert!(missing.said().contains(words), "{}", missing.said());
}
