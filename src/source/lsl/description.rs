//! Reads the channels out of a stream's full description.

use std::collections::HashMap;

use crate::signal::{Channel, ChannelKind, StreamInfo, microvolts_per_unit, printable};

/// Kinds that amplifiers write for brain channels.
const EEG_KINDS: [&str; 5] = ["eeg", "exg", "signal", "brain", ""];
/// What a channel says of itself is cut here.
const MAX_TEXT_CHARS: usize = 256;

/// Elements may lie so deep in each other. liblsl indents each by its depth when it writes them out: deep ones would fill the memory.
const MAX_DEPTH: usize = 64;

/// The channels of a description in which each stands with its label, unit and kind, as they were sent: told apart, and fit to be shown.
#[must_use]
pub fn channels_as_described(sent: &[[&str; 3]]) -> Vec<Channel> {
    let described = |[label, unit, kind]: &[&str; 3]| (tidy(label), tidy(unit), tidy(kind));
    channels(sent.iter().map(described).collect())
}

/// Label, unit and kind of a channel.
type Described = (String, String, String);

/// Why the description must not be written out.
pub(super) fn refusal(full: &mut lsl::StreamInfo) -> Option<String> {
    let mut element = full.desc().parent();
    let mut depth = 0;
    loop {
        let child = element.first_child();
        if child.is_valid() {
            element = child;
            depth += 1;
            if depth > MAX_DEPTH {
                return Some(format!(
                    "elements of its description lie more than {MAX_DEPTH} deep; allowed are {MAX_DEPTH}"
                ));
            }
            continue;
        }
        // up to the first element with another beside it
        loop {
            if depth == 0 {
                return None;
            }
            let next = element.next_sibling();
            if next.is_valid() {
                element = next;
                break;
            }
            element = element.parent();
            depth -= 1;
        }
    }
}

/// `info` with the full description, as it was sent, and the channels in its `<desc>`.
///
/// Where the description lists another number of channels than the stream has, it cannot be trusted: labels are then `Ch 1` and on.
pub(super) fn with_channels(mut info: StreamInfo, full: &mut lsl::StreamInfo) -> StreamInfo {
    let mut described = Vec::new();
    let mut element = full.desc().child("channels").child("channel");
    while element.is_valid() && described.len() <= info.n_channels {
        described.push(described_channel(&element));
        element = element.next_sibling_named("channel");
    }
    if described.len() != info.n_channels {
        if !described.is_empty() {
            tracing::warn!(
                "the description lists another number of channels than the {} the stream has: labels ignored, stream {:?}",
                info.n_channels,
                info.name
            );
        }
        described = vec![Described::default(); info.n_channels];
    }
    info.channels = channels(described);
    match full.to_xml() {
        Ok(xml) => info.description_xml = xml.into(),
        Err(error) => tracing::warn!(
            "the description cannot be kept ({error}), stream {:?}",
            info.name
        ),
    }
    info
}

/// A channel's label may stand under `<label>`, under `<name>`, or be all that the channel's element holds.
fn described_channel(element: &lsl::XMLElement) -> Described {
    let text = |name: &str| tidy(&element.child_value_named(name));
    let labels = [text("label"), text("name"), tidy(&element.child_value())];
    let label = labels.into_iter().find(|label| !label.is_empty());
    (label.unwrap_or_default(), text("unit"), text("type"))
}

/// Without blanks around it, in characters that can be shown, and not too long.
fn tidy(text: &str) -> String {
    printable(text.trim())
        .chars()
        .take(MAX_TEXT_CHARS)
        .collect()
}

/// The channels, each label made the only one of its name.
fn channels(described: Vec<Described>) -> Vec<Channel> {
    let mut taken = HashMap::with_capacity(described.len());
    let channels = described.into_iter().enumerate();
    channels
        .map(|(i, (label, unit, kind))| {
            let wished = if label.is_empty() {
                format!("Ch {}", i + 1)
            } else {
                label
            };
            let is_eeg = EEG_KINDS.contains(&kind.to_lowercase().as_str());
            Channel {
                label: unique(wished, &mut taken),
                uv_per_unit: microvolts_per_unit(&unit),
                unit,
                kind: if is_eeg {
                    ChannelKind::Eeg
                } else {
                    ChannelKind::Other
                },
            }
        })
        .collect()
}

/// `wished`, or its first numbered copy that is free. `taken` holds the labels there are and the number to try next for each, so that
/// however many are equal, none is tried twice.
fn unique(wished: String, taken: &mut HashMap<String, usize>) -> String {
    let Some(&first) = taken.get(&wished) else {
        taken.insert(wished.clone(), 2);
        return wished;
    };
    let mut copy = first;
    let mut label = format!("{wished} ({copy})");
    while taken.contains_key(&label) {
        copy += 1;
        label = format!("{wished} ({copy})");
    }
    taken.insert(wished, copy + 1);
    taken.insert(label.clone(), 2);
    label
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, RealClock};

    #[test]
    fn labels_are_unique_and_never_empty() {
        let described = [("Cz", "uV", "EEG"), ("", "", ""), ("Cz", "uV", "EOG")]
            .map(|(label, unit, kind)| (label.into(), unit.into(), kind.into()));
        let channels = channels(described.to_vec());
        let labels: Vec<&str> = channels.iter().map(|c| c.label.as_str()).collect();
        assert_eq!(labels, ["Cz", "Ch 2", "Cz (2)"]);
        assert_eq!(channels[1].kind, ChannelKind::Eeg);
        assert_eq!(channels[2].kind, ChannelKind::Other);
        assert_eq!(channels[0].uv_per_unit, Some(1.0));
    }

    fn labels(wished: &[String]) -> Vec<String> {
        let described = wished
            .iter()
            .map(|label| (label.clone(), "uV".into(), "EEG".into()));
        let channels = channels(described.collect());
        channels.into_iter().map(|channel| channel.label).collect()
    }

    #[test]
    fn labels_that_look_like_numbered_copies_clash_with_none() {
        let wished = ["A (2)", "A", "A", "A (2)", "A"].map(String::from);
        assert_eq!(
            labels(&wished),
            ["A (2)", "A", "A (3)", "A (2) (2)", "A (4)"]
        );
    }

    #[test]
    fn sixteen_thousand_equal_labels_are_told_apart_at_once() {
        let clock = RealClock::start();
        let labels = labels(&vec![String::from("EEG"); 16_384]);
        let secs = clock.now_secs();
        assert!(secs < 1.0, "{secs} s");
        let different: std::collections::HashSet<&String> = labels.iter().collect();
        assert_eq!(different.len(), 16_384);
        assert_eq!(labels[16_383], "EEG (16384)");
    }

    #[test]
    fn kinds_of_brain_channels_are_known_in_either_case() {
        let kinds = ["EEG", "eeg", "ExG", "Signal", "brain", "", "EOG", "misc"];
        let described = kinds.map(|kind| (String::new(), String::new(), kind.into()));
        let is_eeg = |channel: &Channel| channel.kind == ChannelKind::Eeg;
        let found: Vec<bool> = channels(described.to_vec()).iter().map(is_eeg).collect();
        assert_eq!(found, [true, true, true, true, true, true, false, false]);
    }

    #[test]
    fn a_label_is_found_wherever_it_stands_and_is_fit_to_be_shown() {
        assert_eq!(tidy("\n  Cz\t"), "Cz");
        assert_eq!(tidy(" \u{1b}[31mE1\nx\u{202e}"), "\u{fffd}[31mE1 x\u{fffd}");
        assert_eq!(tidy(&"L".repeat(3_000)).len(), MAX_TEXT_CHARS);
    }
}
