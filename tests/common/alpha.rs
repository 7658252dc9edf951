//! Alpha of a real recording, analysed as the program does it, without LSL.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use efrscope::metrics::AnalysisSettings;
use efrscope::metrics::artefact::ArtefactLimits;
use efrscope::signal::{Band, Channel, ChannelKind, StreamInfo, ValueFormat};

use crate::drive::{self, Driven};

/// Where alpha is largest.
pub(crate) const CHANNELS: [&str; 3] = ["O1..", "Oz..", "O2.."];
pub(crate) const RATE_HZ: f64 = 160.0;
/// Ten bins of segments of 2 s, and one.
pub(crate) const BANDS: [(&str, f64, f64); 2] =
    [("bins 8 to 12.5", 7.75, 12.75), ("bin 10", 9.75, 10.25)];

/// Powers in [`BANDS`] of each channel, uV^2, averaged over all of `channels` in segments of 2 s.
pub(crate) fn powers_uv2(channels: &[Vec<f64>], hop_secs: f64) -> Vec<[f64; 2]> {
    let n_samples = channels[0].len();
    // the response is asked of presets, without a stimulus too
    let mut bands = BANDS
        .map(|(name, lo_hz, hi_hz)| Band::new(name, lo_hz, hi_hz).unwrap())
        .to_vec();
    bands.extend(Band::presets());
    let settings = AnalysisSettings {
        segment_secs: 2.0,
        hop_secs,
        integration_secs: n_samples as f64 / RATE_HZ,
        bands,
        artefacts: ArtefactLimits {
            peak_to_peak_uv: None,
            amplitude_uv: None,
            ..ArtefactLimits::default()
        },
        ..AnalysisSettings::default()
    };
    let mut driven = Driven::new(drive::setup(info(), &settings));
    for n in 0..n_samples {
        let values: Vec<f64> = channels.iter().map(|channel| channel[n]).collect();
        driven.eeg(0, n as u64, n as f64 / RATE_HZ, &values);
    }
    let snapshot = driven.heard.snapshot();
    assert_eq!(snapshot.n_rejected, 0);
    (0..CHANNELS.len())
        .map(|ch| [0, 1].map(|band| snapshot.band_power_uv2(ch, band)))
        .collect()
}

fn info() -> StreamInfo {
    let channel = |label: &str| Channel {
        label: label.into(),
        unit: "uV".into(),
        uv_per_unit: Some(1.0),
        kind: ChannelKind::Eeg,
    };
    StreamInfo {
        name: "Recording".into(),
        stype: "EEG".into(),
        source_id: "recording".into(),
        uid: "uid".into(),
        hostname: "here".into(),
        sample_rate_hz: RATE_HZ,
        format: ValueFormat::Float64,
        n_channels: CHANNELS.len(),
        channels: CHANNELS.map(channel).to_vec(),
        ..StreamInfo::default()
    }
}
