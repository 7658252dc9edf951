//! Reads the channels out of a stream's full description.

use std::collections::HashMap;

use crate::signal::{Channel, ChannelKind, StreamInfo, microvolts_per_unit, printable, same_word};

/// Kinds that amplifiers write for brain channels.
const EEG_KINDS: [&str; 5] = ["eeg", "exg", "signal", "brain", ""];
/// What a channel says of itself is cut here.
const MAX_TEXT_CHARS: usize = 256;

/// Elements may lie so deep in each other. liblsl indents each by its depth when it writes them out: deep ones would fill the memory.
const MAX_DEPTH: usize = 64;

/// What a channel says of itself, as it is written.
#[derive(Debug, Clone, Default)]
struct Described {
    /// Under `<label>`, `<name>`, or as all that the channel's element holds, whichever is first.
    labels: [String; 3],
    unit: String,
    /// A power of ten that the unit is to be multiplied with, as FIFF has it.
    unit_multiplier: String,
    kind: String,
}

/// The channels of a description in which each stands with its label, unit and kind, as they were sent: told apart, and fit to be shown.
#[must_use]
pub fn channels_as_described(sent: &[[&str; 3]]) -> Vec<Channel> {
    let described = |[label, unit, kind]: &[&str; 3]| Described {
        labels: [tidy(label), String::new(), String::new()],
        unit: tidy(unit),
        kind: tidy(kind),
        ..Described::default()
    };
    channels(sent.iter().map(described).collect())
}

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
    let desc = full.desc();
    let mut described = Vec::new();
    let mut of_stream = Described::read(&desc);
    for block in children(&desc).filter(|child| is_called(child, &["channels"])) {
        let of_block = Described::read(&block);
        if !of_block.unit.is_empty() {
            of_stream = of_block;
        }
        let channels = children(&block).filter(|child| is_called(child, &["channel"]));
        let n_missing = (info.n_channels + 1).saturating_sub(described.len());
        described.extend(channels.take(n_missing).map(|c| Described::read(&c)));
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
    for channel in &mut described {
        if channel.unit.is_empty() && channel.unit_multiplier.is_empty() {
            channel.unit.clone_from(&of_stream.unit);
            channel
                .unit_multiplier
                .clone_from(&of_stream.unit_multiplier);
        }
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

impl Described {
    /// What stands directly in an element, whatever the case of the names.
    fn read(element: &lsl::XMLElement) -> Self {
        let mut described = Self::default();
        described.labels[2] = tidy(&element.child_value());
        for child in children(element) {
            let name = child.name().to_ascii_lowercase();
            let field = match name.as_str() {
                "label" => &mut described.labels[0],
                "name" => &mut described.labels[1],
                "unit" | "units" | "physicaldimension" | "physical_dimension" => {
                    &mut described.unit
                }
                "unit_mul" | "unit_multiplier" => &mut described.unit_multiplier,
                "type" => &mut described.kind,
                _ => continue,
            };
            // the first counts
            if field.is_empty() {
                *field = tidy(&child.child_value());
            }
        }
        described
    }

    fn label(&self) -> Option<&String> {
        self.labels.iter().find(|label| !label.is_empty())
    }

    /// The unit with its power of ten, where it is a volt: `V` and `-6` are `10^-6 V`. A power alone is MNE-LSL's way to write one.
    fn whole_unit(&self) -> String {
        // FIFF's names come after its numbers
        let power = self.unit_multiplier.split(['(', ' ']).next();
        match power.and_then(|power| power.parse::<i32>().ok()) {
            Some(power) if self.unit.is_empty() => power.to_string(),
            Some(power) if power != 0 && microvolts_per_unit(&self.unit) == Some(1e6) => {
                format!("10^{power} V")
            }
            _ => self.unit.clone(),
        }
    }
}

/// Whether an element has one of these names, in any case.
fn is_called(element: &lsl::XMLElement, names: &[&str]) -> bool {
    let name = element.name();
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The elements and texts directly in an element.
fn children(element: &lsl::XMLElement) -> impl Iterator<Item = lsl::XMLElement> {
    let valid = |element: lsl::XMLElement| element.is_valid().then_some(element);
    std::iter::successors(valid(element.first_child()), move |child| {
        valid(child.next_sibling())
    })
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
        .map(|(i, channel)| {
            let wished = channel.label().cloned();
            let unit = channel.whole_unit();
            let is_eeg = EEG_KINDS.iter().any(|kind| same_word(kind, &channel.kind));
            let is_line = channel.kind.is_empty() && wished.as_deref().is_some_and(is_line);
            Channel {
                label: unique(
                    wished.unwrap_or_else(|| format!("Ch {}", i + 1)),
                    &mut taken,
                ),
                uv_per_unit: microvolts_per_unit(&unit),
                unit,
                kind: if is_eeg && !is_line {
                    ChannelKind::Eeg
                } else {
                    ChannelKind::Other
                },
            }
        })
        .collect()
}

/// Whether a label is no electrode's: what amplifiers call their trigger lines and counters, e.g. `Status`, `TRG`, `Trig1` or `STI 014`.
fn is_line(label: &str) -> bool {
    const LINES: [&str; 13] = [
        "status",
        "trigger",
        "triggers",
        "trig",
        "trg",
        "sti",
        "stim",
        "marker",
        "markers",
        "counter",
        "samplecounter",
        "packetcounter",
        "timestamp",
    ];
    let word: String = label.chars().filter(|c| c.is_alphabetic()).collect();
    LINES.iter().any(|line| word.eq_ignore_ascii_case(line))
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

    fn described(label: &str, unit: &str, unit_multiplier: &str, kind: &str) -> Described {
        Described {
            labels: [String::new(), label.into(), String::new()],
            unit: unit.into(),
            unit_multiplier: unit_multiplier.into(),
            kind: kind.into(),
        }
    }

    #[test]
    fn a_volt_with_a_power_of_ten_is_a_smaller_unit() {
        for (unit, power, whole, uv) in [
            ("V", "-6", "10^-6 V", Some(1.0)),
            (
                "107 (FIFF_UNIT_V)",
                "-3 (FIFF_UNITM_M)",
                "10^-3 V",
                Some(1e3),
            ),
            ("V", "0", "V", Some(1e6)),
            ("", "-6", "-6", Some(1.0)),
            // it is one already
            ("uV", "-6", "uV", Some(1.0)),
            ("g", "-3", "g", None),
            ("V", "much", "V", Some(1e6)),
        ] {
            let channels = channels(vec![described("Cz", unit, power, "EEG")]);
            assert_eq!((&*channels[0].unit, channels[0].uv_per_unit), (whole, uv));
        }
    }

    #[test]
    fn labels_are_unique_and_never_empty() {
        let described = [("Cz", "uV", "EEG"), ("", "", ""), ("Cz", "uV", "EOG")]
            .map(|(label, unit, kind)| described(label, unit, "", kind));
        let channels = channels(described.to_vec());
        let labels: Vec<&str> = channels.iter().map(|c| c.label.as_str()).collect();
        assert_eq!(labels, ["Cz", "Ch 2", "Cz (2)"]);
        assert_eq!(channels[1].kind, ChannelKind::Eeg);
        assert_eq!(channels[2].kind, ChannelKind::Other);
        assert_eq!(channels[0].uv_per_unit, Some(1.0));
    }

    fn labels(wished: &[String]) -> Vec<String> {
        let described = wished.iter().map(|label| described(label, "uV", "", "EEG"));
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
        let kinds = ["EEG", "eeg ", "ExG", "Signal", "brain", "", "EOG", "misc"];
        let described = kinds.map(|kind| described("", "", "", kind));
        let is_eeg = |channel: &Channel| channel.kind == ChannelKind::Eeg;
        let found: Vec<bool> = channels(described.to_vec()).iter().map(is_eeg).collect();
        assert_eq!(found, [true, true, true, true, true, true, false, false]);
    }

    #[test]
    fn lines_that_state_no_type_are_no_eeg_by_their_names() {
        let lines = ["Status", "TRIGGER", "Trig1", "STI 014", "sample_counter"];
        let others = ["Cz", "STI", "T7", "Stimulated"];
        let described = lines.map(|label| described(label, "", "", ""));
        assert!(
            channels(described.to_vec())
                .iter()
                .all(|c| c.kind == ChannelKind::Other)
        );
        let described = others.map(|label| self::described(label, "", "", "EEG"));
        assert!(
            channels(described.to_vec())
                .iter()
                .all(|c| c.kind == ChannelKind::Eeg)
        );
    }

    #[test]
    fn a_label_is_found_wherever_it_stands_and_is_fit_to_be_shown() {
        assert_eq!(tidy("\n  Cz\t"), "Cz");
        assert_eq!(tidy(" \u{1b}[31mE1\nx\u{202e}"), "\u{fffd}[31mE1 x\u{fffd}");
        assert_eq!(tidy(&"L".repeat(3_000)).len(), MAX_TEXT_CHARS);
    }
}
