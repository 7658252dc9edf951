//! An amplifier for the tests of the views, and the plan of its analysis.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

use std::sync::Arc;

use crate::metrics::{Analysis, AnalysisSettings, Plan, RunLog, Subject};
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
        sample_rate_hz,
        format: ValueFormat::Float32,
        n_channels: labels.len(),
        channels: channels.collect(),
        ..StreamInfo::default()
    };
    Arc::new(Montage::new(&info, &[]).unwrap())
}

/// How these channels, and every pair of them, are analysed.
pub(super) fn plan(
    settings: &AnalysisSettings,
    labels: &[&str],
    sample_rate_hz: f64,
    with_stimulus: bool,
) -> Arc<Plan> {
    let montage = montage(labels, sample_rate_hz);
    let subject = Subject {
        sample_rate_hz,
        pairs: montage.all_pairs(),
        montage,
        stimulus_limit_hz: with_stimulus.then_some(f64::INFINITY),
    };
    let analysis = Analysis::new(settings, &subject, RunLog::default()).unwrap();
    Arc::clone(analysis.plan())
}
