//! An amplifier for the tests of the views.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

use std::sync::Arc;

use crate::signal::{Channel, ChannelKind, Montage, StreamInfo, ValueFormat};

/// Channels of an EEG amplifier in uV.
pub(super) fn montage(labels: &[&str], sample_rate_hz: f64) -> Arc<Montage> {
    let channels = labels.iter().map(|&label| Channel {
        label: label.into(),
        unit: "uV".into(),
        uv_per_unit: Some(1.0),
        kind: ChannelKind::Eeg,
    });
    let info = StreamInfo {
        name: "Amp".into(),
        stype: "EEG".into(),
        source_id: String::new(),
        uid: String::new(),
        hostname: String::new(),
        sample_rate_hz,
        format: ValueFormat::Float32,
        n_channels: labels.len(),
        channels: channels.collect(),
        ..StreamInfo::default()
    };
    Arc::new(Montage::new(&info, &[]).unwrap())
}
