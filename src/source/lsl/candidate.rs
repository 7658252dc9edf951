//! What a person is told of each stream when none was opened: why not this one, or what to type to have it.

use crate::signal::{StreamChoice, StreamInfo, ValueFormat};
use crate::source::lsl::advert;
use crate::source::lsl::find::{is_eeg, is_stimulus, matches};

/// Names come from the network: so much of one is shown, and of what tells two apart.
const MAX_SHOWN: usize = 64;
const MAX_APART: usize = 128;

/// One line for each stream: EEG first, what cannot be read last.
pub(super) fn lines(choice: &StreamChoice, there: &[StreamInfo]) -> Vec<String> {
    let mut sorted: Vec<&StreamInfo> = there.iter().collect();
    sorted.sort_by_key(|info| (unreadable(info).is_some(), !is_eeg(info)));
    let one = |info: &StreamInfo| line(choice, info, there);
    sorted.into_iter().map(one).collect()
}

/// One line about a stream: what it is, then why it cannot be read or is not meant by itself, then the option that means it alone.
pub(super) fn line(choice: &StreamChoice, info: &StreamInfo, there: &[StreamInfo]) -> String {
    let what = format!(
        "  {} (type {}, {} x {}, {}, host {})",
        shown(&info.name),
        shown(&info.stype),
        info.n_channels,
        info.format.name(),
        info.rate_text(),
        shown(&info.hostname)
    );
    let what = match info.told_apart(there) {
        Some(apart) => {
            let apart: String = apart.chars().take(MAX_APART).collect();
            format!("{}, {apart})", what.trim_end_matches(')'))
        }
        None => what,
    };
    if let Some(reason) = unreadable(info) {
        return format!("{what}: {reason}");
    }
    let stype = shown(&info.stype);
    let reason = match choice {
        StreamChoice::Any if !is_eeg(info) => format!("type {stype}, not EEG; "),
        StreamChoice::AnyStimulus if !is_stimulus(info) => format!("type {stype}, no stimulus; "),
        _ => String::new(),
    };
    let Some(only) = only_choice(info, there) else {
        return format!("{what}: {reason}its names cannot be typed");
    };
    if *choice == StreamChoice::AnyStimulus {
        format!("{what}: {reason}[stimulus] select = '{only}'")
    } else {
        format!("{what}: {reason}--stream {}", quoted(&only))
    }
}

/// Why a stream cannot be read at all; `None` where it can.
pub(super) fn unreadable(info: &StreamInfo) -> Option<String> {
    if let Some(problem) = advert::refusal(info) {
        return Some(problem);
    }
    match info.format {
        ValueFormat::Text => Some("holds text (string)".to_owned()),
        ValueFormat::Unknown => Some("holds values of an unknown format".to_owned()),
        _ if info.is_regular_numeric() => None,
        _ => Some(format!("{} Hz, no steady rate", info.sample_rate_hz)),
    }
}

/// The choice, as it is written, that means this stream and no other that can be read; the more lasting one first.
fn only_choice(info: &StreamInfo, there: &[StreamInfo]) -> Option<String> {
    let choices = [
        StreamChoice::SourceId(info.source_id.clone()),
        StreamChoice::Name(info.name.clone()),
        StreamChoice::Type(info.stype.clone()),
        StreamChoice::Uid(info.uid.clone()),
    ];
    let means_it_alone = |choice: &&StreamChoice| {
        let meant = |other: &&StreamInfo| matches(choice, other) && other.is_regular_numeric();
        there.iter().filter(meant).count() == 1
    };
    let written = |choice: &StreamChoice| Some(choice.to_string()).filter(|text| is_typable(text));
    let comes_back = |text: &String| matches(&StreamChoice::parse(text), info);
    choices
        .iter()
        .filter(means_it_alone)
        .filter_map(written)
        .find(comes_back)
}

/// Whether a shell, in double quotes, and TOML, in single ones, take it as it is.
fn is_typable(text: &str) -> bool {
    let is_odd = |c: char| c.is_control() || "\"'$`\\!%".contains(c);
    !text.ends_with('=') && !text.contains(is_odd)
}

fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "=-_.:@/+,".contains(c);
    if text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}

/// As much as may reach a terminal.
fn shown(name: &str) -> String {
    let shown = name.chars().take(MAX_SHOWN);
    shown
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &str, stype: &str, source_id: &str, uid: &str) -> StreamInfo {
        StreamInfo {
            name: name.to_owned(),
            stype: stype.to_owned(),
            source_id: source_id.to_owned(),
            uid: uid.to_owned(),
            sample_rate_hz: 250.0,
            format: ValueFormat::Float32,
            n_channels: 8,
            ..StreamInfo::default()
        }
    }

    #[test]
    fn what_cannot_be_read_says_why_and_gets_no_option() {
        let mut text = stream("MyStream", "EEG", "a", "u");
        text.format = ValueFormat::Text;
        let mut irregular = stream("MyStream", "EEG", "a", "u");
        irregular.sample_rate_hz = 0.0;
        let mut vast = stream("MyStream", "EEG", "a", "u");
        vast.n_channels = 1 << 30;
        for (info, reason) in [
            (text, ": holds text (string)"),
            (irregular, ": 0 Hz, no steady rate"),
            (vast, "; allowed are 1 to 16384"),
        ] {
            let line = line(&StreamChoice::Any, &info, std::slice::from_ref(&info));
            assert!(
                line.contains("MyStream") && line.ends_with(reason),
                "{line}"
            );
        }
    }

    #[test]
    fn the_option_to_type_means_this_stream_alone() {
        let there = [
            stream("Amp", "EEG", "amp-1", "u1"),
            stream("Amp", "EEG", "", "u2"),
            stream("Amp", "EEG", "", "u3"),
            stream("My Amp", "EEG", "", "u4"),
            stream("Amp", "Gaze", "", "u5"),
            stream("$(reboot)\x1b[2J", "EEG", "", "u6"),
        ];
        let lines = lines(&StreamChoice::Any, &there);
        let options = [
            "--stream source_id=amp-1",
            "--stream uid=u2",
            "--stream uid=u3",
            "--stream \"name=My Amp\"",
            "--stream uid=u6",
            "type Gaze, not EEG; --stream type=Gaze",
        ];
        for (line, option) in lines.iter().zip(options) {
            assert!(line.ends_with(&format!(": {option}")), "{line}");
            assert!(!line.contains('\x1b'), "{line:?}");
        }
    }

    #[test]
    fn two_outlets_that_call_themselves_the_same_are_told_apart_by_uid_and_age() {
        let mut there = [
            stream("Amp", "EEG", "amp", "4f0c3e6a-5b8d-4d3e-9c1a-2f6b7a8c9d0e"),
            stream("Amp", "EEG", "amp", "b"),
        ];
        there[1].created_at_secs = 12.0;
        let older = line(&StreamChoice::Any, &there[0], &there);
        let uid = &there[0].uid;
        assert!(
            older.contains(&format!(
                "uid {uid}, 12 s older than the newest of this name)"
            )),
            "{older}"
        );
        assert!(older.ends_with(&format!(": --stream uid={uid}")), "{older}");
        let newest = line(&StreamChoice::Any, &there[1], &there);
        assert!(
            newest.contains("uid b, the newest of this name)"),
            "{newest}"
        );
    }

    #[test]
    fn a_stimulus_is_named_in_the_configuration() {
        let there = [stream("Player", "Audio", "p 1", "u")];
        let line = line(&StreamChoice::AnyStimulus, &there[0], &there);
        assert!(
            line.ends_with("[stimulus] select = 'source_id=p 1'"),
            "{line}"
        );
    }
}
