//! Links that break: a partition, a sender without power, a program that is stopped, interfaces that come and go. Those with a network of their own need root on Linux.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Case, Seen, Watching, sleep};
use crate::needs;
use crate::peer::{Peer, Room};

/// Two hosts on one cable: network namespaces of their own, gone with it.
struct Cable {
    names: [String; 2],
}

fn ip(args: &str) -> bool {
    let mut command = Command::new("ip");
    let status = command.args(args.split(' ')).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

impl Cable {
    /// `None` where this machine does not allow it.
    fn lay(name: &str) -> Option<Self> {
        let pid = std::process::id();
        let names = ["a", "b"].map(|end| format!("e{end}{name}{pid}"));
        if !names.iter().all(|name| ip(&format!("netns add {name}"))) {
            needs::pass_over("no network namespaces (root on Linux)");
            return None;
        }
        let cable = Self { names };
        let [a, b] = &cable.names;
        let is_laid = ip(&format!(
            "link add dev v0 netns {a} type veth peer name v0 netns {b}"
        )) && cable.both(|end, number| {
            ip(&format!("-n {end} addr add 10.7.7.{number}/24 dev v0"))
                && ip(&format!("-n {end} link set lo up"))
                && ip(&format!("-n {end} link set v0 up"))
        });
        assert!(is_laid, "two namespaces, but no cable");
        Some(cable)
    }

    fn both(&self, act: impl Fn(&str, usize) -> bool) -> bool {
        let mut ends = self.names.iter().zip(1..);
        ends.all(|(end, number)| act(end, number))
    }

    /// Pull it out, or plug it in again.
    fn plug(&self, is_in: bool) {
        let state = if is_in { "up" } else { "down" };
        assert!(ip(&format!("-n {} link set v0 {state}", self.names[0])));
    }

    /// `command` on the host at one of its ends.
    fn at(&self, end: usize, command: &Command) -> Command {
        let mut there = Command::new("ip");
        there.args(["netns", "exec", &self.names[end]]);
        there.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => there.env(name, value),
                None => there.env_remove(name),
            };
        }
        if let Some(dir) = command.get_current_dir() {
            there.current_dir(dir);
        }
        there
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for name in &self.names {
            ip(&format!("netns del {name}"));
        }
    }
}

/// An amplifier at the one end of the cable, efrscope's session at the other.
fn across(cable: &Cable, room: &Room, source_id: &str) -> Peer {
    let args = ["amplifier", "120", source_id, "4", "250"];
    room.peer_by("lab.py", &args, |command| Some(cable.at(0, command)))
}

fn efrscope(cable: &Cable, room: &Room, args: &[&str]) -> Watching {
    let mut command = room.command(Path::new(env!("CARGO_BIN_EXE_efrscope")));
    command.args(args);
    Watching::start(cable.at(1, &command))
}

/// Of an amplifier at 250 Hz: every sample is received or counted as lost, up to `error_limit_secs`, over `least_secs` at least.
fn nothing_is_lost_uncounted(case: &mut Case, seen: &Seen, error_limit_secs: f64, least_secs: f64) {
    let error_secs = seen.grid_error_secs();
    case.saw(format!(
        "{} received, {} lost, grid of hops off by {:.1} ms",
        seen.received(),
        seen.lost(),
        1e3 * error_secs
    ));
    assert!(
        error_secs < error_limit_secs,
        "{error_secs}: {}",
        seen.said()
    );
    let sent = (seen.received() + seen.lost()) as f64;
    assert!(sent > least_secs * 250.0, "it went on: {sent}");
}

#[test]
fn a_cut_of_five_seconds_is_shown_as_stale_and_loses_no_sample_uncounted() {
    let mut case = Case::new("lsl-4");
    let (Some(room), Some(cable)) = (Room::reaching("faults-cut", "10.7.7.1"), Cable::lay("c"))
    else {
        return;
    };
    let _sender = across(&cable, &room, "cut");
    let config = room.file("faults.toml", super::SETTINGS);
    let config = config.to_str().unwrap();
    let run = efrscope(
        &cable,
        &room,
        &[
            "run",
            "--stream",
            "source_id=cut",
            "--duration",
            "26",
            "--config",
            config,
        ],
    );
    let shown = efrscope(
        &cable,
        &room,
        &["monitor", "--stream", "source_id=cut", "--duration", "26"],
    );
    sleep(8.0);
    cable.plug(false);
    let cut_secs = shown.elapsed_secs();
    sleep(5.0);
    cable.plug(true);
    let (seen, shown) = (run.end(), shown.end());
    let stale = shown
        .lines
        .iter()
        .find(|(secs, line)| *secs > cut_secs && line.contains(": Stale"));
    case.saw(format!(
        "stale after {:.1?} s",
        stale.map(|(secs, _)| secs - cut_secs)
    ));
    // it is shown once a second
    assert!(
        stale.is_some_and(|(secs, _)| secs - cut_secs < 3.5),
        "{}",
        shown.said()
    );
    nothing_is_lost_uncounted(&mut case, &seen, 0.02, 24.0);
}

#[test]
#[ignore = "long: run by make faults"]
fn a_cut_that_the_sender_s_kernel_gives_up_over_is_healed_within_five_seconds() {
    let mut case = Case::new("lsl-5");
    let (Some(room), Some(cable)) = (Room::reaching("faults-zombie", "10.7.7.1"), Cable::lay("z"))
    else {
        return;
    };
    // 15 minutes become seconds
    let gives_up = Command::new("ip")
        .args([
            "netns",
            "exec",
            &cable.names[0],
            "sysctl",
            "-qw",
            "net.ipv4.tcp_retries2=3",
        ])
        .status();
    assert!(gives_up.unwrap().success());
    let _sender = across(&cable, &room, "zombie");
    let config = room.file("faults.toml", super::SETTINGS);
    let config = config.to_str().unwrap();
    let run = efrscope(
        &cable,
        &room,
        &[
            "run",
            "--stream",
            "source_id=zombie",
            "--duration",
            "60",
            "--config",
            config,
        ],
    );
    sleep(8.0);
    cable.plug(false);
    sleep(25.0);
    cable.plug(true);
    let healed_secs = run.elapsed_secs();
    let seen = run.end();
    let hops = seen.hops();
    let back = hops
        .iter()
        .find(|(secs, _)| *secs > healed_secs)
        .map(|(secs, _)| secs - healed_secs);
    let error_secs = seen.grid_error_secs();
    case.saw(format!(
        "numbers {back:.1?} s after the link, {} lost, grid of hops off by {:.1} ms",
        seen.lost(),
        1e3 * error_secs
    ));
    // a segment of 2 s must be whole before there is a number
    assert!(back.is_some_and(|secs| secs < 5.0 + 2.5), "{}", seen.said());
    assert!(error_secs < 0.05, "{error_secs}: {}", seen.said());
}

#[test]
fn a_sender_without_power_is_stale_and_then_lost() {
    let mut case = Case::new("lsl-6");
    let (Some(room), Some(cable)) = (Room::reaching("faults-power", "10.7.7.1"), Cable::lay("p"))
    else {
        return;
    };
    let _sender = across(&cable, &room, "power");
    let shown = efrscope(
        &cable,
        &room,
        &["monitor", "--stream", "source_id=power", "--duration", "24"],
    );
    sleep(8.0);
    cable.plug(false);
    let cut_secs = shown.elapsed_secs();
    let shown = shown.end();
    let after = |word: &str| {
        let told = shown
            .lines
            .iter()
            .find(|(secs, line)| *secs > cut_secs && line.contains(word));
        told.map(|(secs, _)| secs - cut_secs)
    };
    let (stale, lost) = (after(": Stale"), after(": Lost"));
    case.saw(format!(
        "stale after {stale:.1?} s, lost after {lost:.1?} s"
    ));
    assert!(stale.is_some_and(|secs| secs < 3.5), "{}", shown.said());
    assert!(lost.is_some_and(|secs| secs < 12.0), "{}", shown.said());
}

#[test]
fn a_program_that_is_stopped_for_eight_seconds_says_what_it_lost() {
    let mut case = Case::new("lsl-14");
    let Some(room) = Room::new("faults-stopped") else {
        return;
    };
    let _sender = room.peer("lab.py", &["amplifier", "60", "stopped", "4", "250"]);
    let running = Watching::run(&room, "source_id=stopped", 24.0);
    sleep(7.0);
    running.signal("-STOP");
    sleep(8.0);
    running.signal("-CONT");
    let seen = running.end();
    nothing_is_lost_uncounted(&mut case, &seen, 0.01, 22.0);
}

#[test]
fn interfaces_that_come_and_go_end_neither_a_run_nor_a_search() {
    let mut case = Case::new("lsl-26");
    let (Some(room), Some(cable)) = (
        Room::reaching("faults-interfaces", "10.7.7.1"),
        Cable::lay("i"),
    ) else {
        return;
    };
    let _sender = across(&cable, &room, "roaming");
    let run = efrscope(
        &cable,
        &room,
        &["run", "--stream", "source_id=roaming", "--duration", "10"],
    );
    let list = efrscope(&cable, &room, &["streams", "--wait", "8"]);
    let end = &cable.names[1];
    for number in 0..8 {
        sleep(0.5);
        assert!(ip(&format!(
            "-n {end} link add w{number} type veth peer name x{number}"
        )));
        assert!(ip(&format!(
            "-n {end} addr add 10.8.{number}.1/24 dev w{number}"
        )));
        assert!(ip(&format!("-n {end} link set w{number} up")));
        sleep(0.3);
        assert!(ip(&format!("-n {end} link del w{number}")));
    }
    let (run, list) = (run.end(), list.end());
    case.saw(format!("{} received, {} lost", run.received(), run.lost()));
    assert_eq!((run.code, run.lost()), (Some(0), 0), "{}", run.said());
    assert_eq!(list.code, Some(0), "{}", list.said());
    assert!(
        list.lines
            .iter()
            .any(|(_, line)| line.contains("amplifier"))
    );
}
