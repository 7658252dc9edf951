//! The faults of docs/reliability.md, one after the other, through the real program. Each test that has a [`Case`] writes what it saw into target/faults;
//! `make faults` runs them all, the long ones included, and makes the page of it.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    clippy::disallowed_methods,
    reason = "real devices are waited for, in real time"
)]

mod channels;
mod hostile;
mod identity;
mod links;
mod rates;
mod simulator;
mod table;

use std::fmt::Display;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::peer::{self, Room};
pub(crate) use table::Case;

/// Half-second bins, and numbers that are a few seconds old at most.
const SETTINGS: &str = "[analysis]\nintegration_secs = 4.0\n[stream]\nwait_secs = 20\n";

fn sleep(secs: f64) {
    std::thread::sleep(Duration::from_secs_f64(secs));
}

/// Text with the seconds after the start at which it came.
type Told<T> = Vec<(f64, T)>;

/// A program that runs, and whose words are written down as they come.
pub(crate) struct Watching {
    pub(crate) child: Child,
    begin: Instant,
    lines: JoinHandle<Told<String>>,
    words: JoinHandle<Told<String>>,
}

fn listen(begin: Instant, stream: impl Read + Send + 'static) -> JoinHandle<Told<String>> {
    let lines = BufReader::new(stream).lines();
    let told = move |line: std::io::Result<String>| (begin.elapsed().as_secs_f64(), line.unwrap());
    let body = move || lines.map(told).collect();
    Builder::new().spawn(body).unwrap()
}

impl Watching {
    pub(crate) fn start(mut command: Command) -> Self {
        let begin = Instant::now();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        Self {
            lines: listen(begin, child.stdout.take().unwrap()),
            words: listen(begin, child.stderr.take().unwrap()),
            child,
            begin,
        }
    }

    /// `efrscope run` on this stream for so many seconds.
    pub(crate) fn run(room: &Room, stream: &str, secs: f64) -> Self {
        let config = room.file("faults.toml", SETTINGS);
        let mut command = room.command(Path::new(env!("CARGO_BIN_EXE_efrscope")));
        command.args(["run", "--stream", stream, "--duration", &secs.to_string()]);
        command.arg("--config").arg(config);
        Self::start(command)
    }

    /// The numbers in a terminal, once a second.
    pub(crate) fn monitor(room: &Room, stream: &str, secs: f64) -> Self {
        let mut command = room.command(Path::new(env!("CARGO_BIN_EXE_efrscope")));
        command.args(["monitor", "--stream", stream]);
        command.args(["--duration", &secs.to_string()]);
        Self::start(command)
    }

    pub(crate) fn elapsed_secs(&self) -> f64 {
        self.begin.elapsed().as_secs_f64()
    }

    /// Send a signal to it.
    pub(crate) fn signal(&self, name: &str) {
        peer::signal(self.child.id(), name);
    }

    /// Its end.
    pub(crate) fn end(mut self) -> Seen {
        let status = self.child.wait().unwrap();
        Seen {
            code: status.code(),
            secs: self.begin.elapsed().as_secs_f64(),
            lines: self.lines.join().unwrap(),
            words: self.words.join().unwrap(),
        }
    }
}

/// What a run printed and said.
pub(crate) struct Seen {
    pub(crate) code: Option<i32>,
    pub(crate) secs: f64,
    pub(crate) lines: Told<String>,
    pub(crate) words: Told<String>,
}

impl Seen {
    /// Standard error.
    pub(crate) fn said(&self) -> String {
        let words = self.words.iter().map(|(_, line)| format!("{line}\n"));
        words.collect()
    }

    /// The lines as JSON.
    pub(crate) fn json(&self) -> Told<Value> {
        let parsed = |(secs, line): &(f64, String)| (*secs, serde_json::from_str(line).unwrap());
        self.lines.iter().map(parsed).collect()
    }

    /// The lines with numbers: those that tell a state alone are left out.
    pub(crate) fn hops(&self) -> Told<Value> {
        let is_hop = |(_, line): &(f64, Value)| line["hop"].is_u64();
        self.json().into_iter().filter(is_hop).collect()
    }

    /// The newest power of a channel's band, if there is one.
    pub(crate) fn power_uv2(&self, channel: &str, band: &str) -> Option<f64> {
        let hops = self.hops();
        hops.last()?.1["band_power_uv2"][channel][band].as_f64()
    }

    /// Samples lost by the summary.
    pub(crate) fn lost(&self) -> u64 {
        self.of_summary(" lost in ")
    }

    /// Samples received by the summary.
    pub(crate) fn received(&self) -> u64 {
        self.of_summary(" samples received")
    }

    fn of_summary(&self, before: &str) -> u64 {
        let said = self.said();
        let summary = said.lines().find(|line| line.contains(" lost in "));
        let summary = summary.unwrap_or_else(|| panic!("no summary in {said}"));
        let number = summary.split(before).next().unwrap();
        number.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// When all these words had first been said together, in one line of standard error or in the warnings and the rest of one JSON line.
    pub(crate) fn told_secs(&self, words: &[&str]) -> Option<f64> {
        let lines = self.words.iter().chain(&self.lines);
        let has_all = |(_, line): &&(f64, String)| words.iter().all(|word| line.contains(word));
        let secs = lines.filter(has_all).map(|(secs, _)| *secs);
        secs.min_by(f64::total_cmp)
    }

    /// The warnings of the newest line.
    pub(crate) fn warnings(&self) -> String {
        let hops = self.hops();
        hops.last()
            .map_or(String::new(), |(_, line)| line["warnings"].to_string())
    }

    /// Every sample that was sent is accounted for, as received or as lost: the grid of hops, which counts both, follows the sender's clock. Returns by how much it is off at
    /// worst, in seconds.
    pub(crate) fn grid_error_secs(&self) -> f64 {
        let number = |line: &Value, name: &str| line[name].as_f64().unwrap();
        let hops = self.hops();
        let place = |line: &Value| {
            number(line, "newest_stamp_secs") - number(line, "hop") * number(line, "hop_secs")
        };
        let first = place(&hops.first().unwrap().1);
        let errors = hops.iter().map(|(_, line)| (place(line) - first).abs());
        errors.fold(0.0, f64::max)
    }
}

/// The last line of a fault's story: a power is right to 3 %, or it is withheld and these words say why.
fn is_right_or_withheld(
    seen: &Seen,
    channel: &str,
    band: &str,
    reason: &[&str],
) -> Result<String, String> {
    let told = seen.told_secs(reason);
    match (seen.power_uv2(channel, band), told) {
        (_, None) => Err(format!("nothing is said with {reason:?}: {}", seen.said())),
        (Some(uv2), Some(_)) if (uv2 / 100.0 - 1.0).abs() < 0.03 => {
            Ok(format!("{uv2:.1} uV^2, warned"))
        }
        (Some(uv2), Some(_)) => Err(format!("{uv2} uV^2, not 100: {}", seen.warnings())),
        (None, Some(_)) => Ok("withheld, with the reason".to_owned()),
    }
}

/// Joins what was seen for the page.
fn list(seen: &[impl Display]) -> String {
    let texts: Vec<String> = seen.iter().map(ToString::to_string).collect();
    texts.join("; ")
}
