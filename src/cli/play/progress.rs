//! What a person sees while something is played: on standard error.

use std::io::{self, IsTerminal, Write};

use crossbeam_channel::Receiver;

use crate::cli::output::tell;
use crate::cli::play::Playing;
use crate::control::Latest;
use crate::publish::player::{NowPlaying, PlayPlan, Sending};
use crate::signal::{PlayEvent, PlayMark, Polarity};

/// Plays of the order that are printed.
const MAX_SHOWN: usize = 200;

/// Say what is about to be played and sent.
pub(super) fn announce(playing: &Playing, device: &str, plan: &PlayPlan) {
    let program = &plan.program;
    let what = match &plan.sending {
        Sending::Audio => format!(
            "audio ({} ch at {} Hz)",
            program.n_channels(),
            program.rate_hz()
        ),
        Sending::Envelope(envelope) => format!(
            "envelope ({} at {:.3} Hz)",
            envelope.recipe().name(),
            envelope.envelope_rate_hz()
        ),
    };
    tell(format_args!(
        "efrscope: sending {what} and markers as {0}-*; device {device:?}; {1} s of silence first, {2:.1} s in all; Ctrl-C ends it",
        plan.source_id,
        playing.lead,
        program.n_samples() as f64 / program.rate_hz()
    ));
    for stimulus in program.stimuli() {
        let (from_hz, to_hz) = (f64::from(stimulus.file_rate_hz), program.rate_hz());
        if (from_hz - to_hz).abs() > 0.0 {
            tell(format_args!(
                "efrscope: {} is resampled from {from_hz} Hz to {to_hz} Hz",
                plain(&stimulus.name)
            ));
        }
    }
    let order = playing.order();
    if order.shuffle_seed.is_some() || order.alternate_polarity {
        let shown: Vec<String> = program.plays().take(MAX_SHOWN).map(in_words).collect();
        let n_more = program.plays().count() - shown.len();
        let more = if n_more > 0 {
            format!(" and {n_more} more")
        } else {
            String::new()
        };
        tell(format_args!(
            "efrscope: the order is {}{more}",
            shown.join(", ")
        ));
    }
    if order.alternate_polarity && !order.is_balanced() {
        tell(format_args!(
            "efrscope: each file is played an odd number of times (--loop x --repeat): its two polarities do not cancel"
        ));
    }
    if playing.silent {
        tell(format_args!("efrscope: control run: the device gets zeros"));
    }
}

/// Shows how far it is: one line rewritten on a terminal, a line per event elsewhere.
pub(super) struct Progress {
    events: Receiver<(f64, PlayEvent)>,
    on_terminal: bool,
    complaints: String,
}

impl Progress {
    pub(super) fn new(events: Receiver<(f64, PlayEvent)>) -> Self {
        Self {
            events,
            on_terminal: io::stderr().is_terminal(),
            complaints: String::new(),
        }
    }

    pub(super) fn show(&mut self, now: &Latest<(NowPlaying, String)>) {
        for (at_secs, event) in self.events.try_iter() {
            if !self.on_terminal {
                tell(format_args!("efrscope: {at_secs:.3} s: {event}"));
            }
        }
        let Some(now) = now.newest() else {
            return;
        };
        let (now, complaints) = &*now;
        if *complaints != self.complaints {
            self.complaints.clone_from(complaints);
            tell(format_args!(
                "{}efrscope: {complaints}",
                if self.on_terminal { "\r\x1b[K" } else { "" }
            ));
        }
        if self.on_terminal {
            let mut stderr = io::stderr().lock();
            // a terminal that has gone is no reason to stop the sound
            let _gone = write!(stderr, "\r\x1b[K{}", line(now)).and_then(|()| stderr.flush());
        }
    }

    pub(super) fn end(&mut self, now: &Latest<(NowPlaying, String)>) {
        self.show(now);
        if self.on_terminal {
            tell(format_args!(""));
        }
    }
}

/// File, polarity and time.
fn line(now: &NowPlaying) -> String {
    let what = now.mark.as_ref().map_or_else(
        || "silence".to_owned(),
        |mark| {
            format!(
                "{} ({}) trial {}",
                plain(&mark.file),
                mark.polarity,
                mark.trial
            )
        },
    );
    format!(
        "{what}  {} / {}",
        clock_face(now.elapsed_secs),
        clock_face(now.duration_secs)
    )
}

/// Minutes and seconds.
fn clock_face(secs: f64) -> String {
    let minutes = (secs / 60.0).floor();
    format!("{minutes:.0}:{:04.1}", (secs - 60.0 * minutes).min(59.9))
}

fn in_words(mark: &PlayMark) -> String {
    let sign = match mark.polarity {
        Polarity::Normal => "",
        Polarity::Inverted => " inverted",
    };
    format!("{}{sign}", plain(&mark.file))
}

/// A file's name may hold anything; no control character may reach the terminal.
fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_file_polarity_and_time_and_carries_no_control_character() {
        let now = NowPlaying {
            mark: Some(PlayMark {
                file: "a\x1b[2J.wav".to_owned(),
                polarity: Polarity::Inverted,
                trial: 3,
                item: 1,
                is_control: false,
            }),
            elapsed_secs: 61.04,
            duration_secs: 119.99,
        };
        assert_eq!(line(&now), "a?[2J.wav (-) trial 3  1:01.0 / 1:59.9");
        let silence = NowPlaying { mark: None, ..now };
        assert_eq!(line(&silence), "silence  1:01.0 / 1:59.9");
    }
}
