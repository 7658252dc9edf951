//! Reads the channels out of a stream's full description.

use crate::signal::{Channel, ChannelKind, StreamInfo, microvolts_per_unit};

/// Kinds that amplifiers write for brain channels.
const EEG_KINDS: [&str; 3] = ["eeg", "brain", ""];

/// `info` with the full description, as it was sent, and the channels in its `<desc>`.
///
/// Where the description lists another number of channels than the stream has, it cannot be trusted: labels are then `Ch 1` and on.
pub(super) fn with_channels(mut info: StreamInfo, full: &mut lsl::StreamInfo) -> StreamInfo {
    let mut described = Vec::new();
    let mut element = full.desc().child("channels").child("channel");
    while element.is_valid() && described.len() <= info.n_channels {
        let text = |name: &str| element.child_value_named(name).trim().to_owned();
        described.push((text("label"), text("unit"), text("type")));
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
        described = vec![<(String, String, String)>::default(); info.n_channels];
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

/// Channels from `(label, unit, type)`, each label made the only one of its name.
fn channels(described: Vec<(String, String, String)>) -> Vec<Channel> {
    let mut channels: Vec<Channel> = Vec::with_capacity(described.len());
    for (i, (label, unit, kind)) in described.into_iter().enumerate() {
        let wished = if label.is_empty() {
            format!("Ch {}", i + 1)
        } else {
            label
        };
        let mut label = wished.clone();
        let mut copy = 2;
        while channels.iter().any(|channel| channel.label == label) {
            label = format!("{wished} ({copy})");
            copy += 1;
        }
        let is_eeg = EEG_KINDS.contains(&kind.to_lowercase().as_str());
        channels.push(Channel {
            label,
            uv_per_unit: microvolts_per_unit(&unit),
            unit,
            kind: if is_eeg {
                ChannelKind::Eeg
            } else {
                ChannelKind::Other
            },
        });
    }
    channels
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
