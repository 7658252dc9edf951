//! The list of streams to choose from.

use crate::control::StreamList;
use crate::signal::StreamChoice;
use crate::signal::StreamInfo;
use crate::view::caption::short;
use crate::view::panel::Scene;

/// Show the streams; the one a person picks, as far as it can be told from the others.
pub(super) fn stream_picker_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    streams: Option<&StreamList>,
) -> Option<StreamChoice> {
    let present = scene.status.stream.as_deref();
    let name = present.map_or("searching", |stream| &stream.name);
    let mut picked = None;
    egui::ComboBox::new("streams", "")
        .selected_text(format!("Stream: {name}"))
        .show_ui(ui, |ui| {
            let streams = streams.map_or(&[][..], |list| &list.streams);
            if streams.is_empty() {
                ui.label("no stream found yet");
            }
            for stream in streams {
                let is_present = present.is_some_and(|p| p.uid == stream.uid);
                let reason = why_not(stream);
                let mut text = words(stream, reason);
                if let Some(apart) = stream.told_apart(streams) {
                    text = format!("{text}; {apart}");
                }
                let choice = egui::Button::selectable(is_present, text);
                if ui.add_enabled(reason.is_none(), choice).clicked() && !is_present {
                    picked = Some(choose(stream, streams));
                }
            }
        });
    picked
}

/// Name, type, size and place of a stream, and why it cannot be read.
pub(super) fn words(stream: &StreamInfo, reason: Option<&str>) -> String {
    let rate = if stream.sample_rate_hz > 0.0 {
        format!("{} Hz", short(stream.sample_rate_hz, 3))
    } else {
        "irregular".to_owned()
    };
    let text = format!(
        "{} ({}, {}, {rate}, on {})",
        stream.name,
        stream.stype,
        channels(stream.n_channels),
        stream.hostname
    );
    match reason {
        Some(reason) => format!("{text}: {reason}"),
        None => text,
    }
}

/// How many channels, in words.
pub(super) fn channels(n: usize) -> String {
    if n == 1 {
        "1 channel".to_owned()
    } else {
        format!("{n} channels")
    }
}

/// Why a stream cannot be read as EEG; `None` where it can.
pub(super) fn why_not(stream: &StreamInfo) -> Option<&'static str> {
    if stream.is_regular_numeric() {
        None
    } else if stream.format.is_numeric() {
        Some("it has no steady rate")
    } else {
        Some("its values are no numbers")
    }
}

/// The device, where the stream names one: it stays the same when the outlet is made anew. The outlet, where others call themselves the same.
fn choose(stream: &StreamInfo, there: &[StreamInfo]) -> StreamChoice {
    if stream.told_apart(there).is_some() {
        StreamChoice::Uid(stream.uid.clone())
    } else if stream.source_id.is_empty() {
        StreamChoice::Name(stream.name.clone())
    } else {
        StreamChoice::SourceId(stream.source_id.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::ValueFormat;

    fn stream(sample_rate_hz: f64, format: ValueFormat) -> StreamInfo {
        StreamInfo {
            name: "Amp".into(),
            stype: "EEG".into(),
            source_id: "amp-1".into(),
            uid: "u".into(),
            hostname: "lab".into(),
            sample_rate_hz,
            format,
            n_channels: 8,
            channels: Vec::new(),
            ..StreamInfo::default()
        }
    }

    #[test]
    fn a_stream_that_cannot_be_read_says_why() {
        assert_eq!(why_not(&stream(250.0, ValueFormat::Float32)), None);
        let irregular = why_not(&stream(0.0, ValueFormat::Float32)).unwrap();
        let text = why_not(&stream(0.0, ValueFormat::Text)).unwrap();
        assert!(irregular.contains("rate") && text.contains("numbers"));
    }

    #[test]
    fn a_device_is_chosen_before_a_name() {
        let mut stream = stream(250.0, ValueFormat::Float32);
        let source_id = StreamChoice::SourceId("amp-1".into());
        let twin = StreamInfo {
            uid: "v".into(),
            ..stream.clone()
        };
        assert_eq!(choose(&stream, &[stream.clone()]), source_id);
        let there = [stream.clone(), twin];
        assert_eq!(choose(&stream, &there), StreamChoice::Uid("u".into()));
        stream.source_id.clear();
        let alone = [stream.clone()];
        assert_eq!(choose(&stream, &alone), StreamChoice::Name("Amp".into()));
    }
}
