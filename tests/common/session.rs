//! A whole live session without threads and LSL: stamped samples of two drifting devices, placed, aligned and analysed as the program does it.

#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;

use efrscope::dsp::SincKernel;
use efrscope::metrics::detection::Detection;
use efrscope::metrics::{AnalysisSettings, Snapshot};
use efrscope::signal::{Channel, ChannelKind, StreamInfo, ValueFormat};
use efrscope::source::{LinkSample, LinkSettings, SimLink, SimSettings};
use efrscope::timeline::TimeLine;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;
use realfft::RealFftPlanner;

use crate::drive::{self, Driven};

/// Nominal rates of the two devices.
pub(crate) const EEG_HZ: f64 = 200.0;
pub(crate) const STIMULUS_HZ: f64 = 250.0;
/// A session that has not looked as often as planned by then is over.
const MOST_SECS: f64 = 220.0;

/// What came of a session.
pub(crate) struct Outcome {
    pub(crate) detections: Vec<Detection>,
    pub(crate) snapshot: Snapshot,
    /// When the last sample was taken, on the perfect clock.
    pub(crate) secs: f64,
}

impl Outcome {
    pub(crate) fn any_detected(&self) -> bool {
        self.detections.iter().any(Detection::is_detected)
    }
}

/// Two devices with clocks and drivers of their own, of which `seed` draws the delays.
pub(crate) fn devices(seed: u64, channels: &[&str]) -> SimSettings {
    let drift_ppm = (seed % 7) as f64 * 10.0 - 30.0;
    SimSettings {
        seed,
        sample_rate_hz: EEG_HZ,
        stimulus_rate_hz: Some(STIMULUS_HZ),
        channels: channels.iter().map(|&c| c.to_owned()).collect(),
        responses: Vec::new(),
        eeg_link: LinkSettings {
            drift_ppm,
            jitter_ms: 2.0,
            losses_per_min: 0.5,
            ..LinkSettings::default()
        },
        stimulus_link: LinkSettings {
            clock_offset_ms: 0.0,
            drift_ppm: -drift_ppm - 5.0,
            jitter_ms: 1.0,
            ..LinkSettings::default()
        },
        ..SimSettings::default()
    }
}

/// Gaussian noise with a flat spectrum between two frequencies and variance 1, readable at any instant from 10 s before the start to 240 s after.
pub(crate) struct BandNoise {
    values: Vec<f64>,
    kernel: Arc<SincKernel>,
}

const GRID_HZ: f64 = 512.0;
const N_GRID: usize = 1 << 17;
const BEFORE_SECS: f64 = 10.0;

impl BandNoise {
    /// The kernel that every noise is read with.
    pub(crate) fn kernel() -> Arc<SincKernel> {
        Arc::new(SincKernel::new(GRID_HZ, GRID_HZ))
    }

    pub(crate) fn new(seed: u64, (lo_hz, hi_hz): (f64, f64), kernel: &Arc<SincKernel>) -> Self {
        let mut random = Pcg64::seed_from_u64(seed);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let fft = RealFftPlanner::<f64>::new().plan_fft_inverse(N_GRID);
        let mut spectrum = fft.make_input_vec();
        let df_hz = GRID_HZ / N_GRID as f64;
        let is_within = |bin: &usize| (lo_hz..hi_hz).contains(&(*bin as f64 * df_hz));
        let bins: Vec<usize> = (0..spectrum.len()).filter(is_within).collect();
        for &bin in &bins {
            spectrum[bin].re = normal();
            spectrum[bin].im = normal();
        }
        let mut values = fft.make_output_vec();
        fft.process(&mut spectrum, &mut values).unwrap();
        // each bin adds a sine whose mean square is 2 * (1 + 1)
        let scale = (4.0 * bins.len() as f64).sqrt();
        for value in &mut values {
            *value /= scale;
        }
        Self {
            values,
            kernel: Arc::clone(kernel),
        }
    }

    pub(crate) fn at(&self, t_secs: f64) -> f64 {
        let place = (t_secs + BEFORE_SECS) * GRID_HZ;
        let before = place.floor();
        let first = before as usize + 1 - self.kernel.half_width();
        self.kernel.read(&self.values[first..], place - before)
    }
}

fn info(settings: &SimSettings) -> StreamInfo {
    let channel = |label: &String| Channel {
        label: label.clone(),
        unit: "uV".into(),
        uv_per_unit: Some(1.0),
        kind: ChannelKind::Eeg,
    };
    StreamInfo {
        name: "Chain".into(),
        stype: "EEG".into(),
        source_id: "chain".into(),
        uid: "uid".into(),
        hostname: "here".into(),
        sample_rate_hz: settings.sample_rate_hz,
        format: ValueFormat::Float32,
        n_channels: settings.channels.len(),
        channels: settings.channels.iter().map(channel).collect(),
        ..StreamInfo::default()
    }
}

/// Runs a session until every look was taken. `eeg` and `stimulus` say what the devices take at an instant of the perfect clock.
pub(crate) fn run(
    devices: &SimSettings,
    analysis: &AnalysisSettings,
    mut eeg: impl FnMut(f64, &mut [f64]),
    mut stimulus: impl FnMut(f64) -> f64,
) -> Outcome {
    devices.check().unwrap();
    let info = info(devices);
    let stimulus_hz = devices.nominal_stimulus_rate_hz();
    let envelope = StreamInfo {
        name: "Envelope".into(),
        stype: "StimulusEnvelope".into(),
        n_channels: 1,
        sample_rate_hz: stimulus_hz,
        ..StreamInfo::default()
    };
    let setup = drive::setup(info.clone(), analysis);
    let mut session = Driven::with_stimulus(setup, &envelope);
    let (mut eeg_link, mut stimulus_link) = (SimLink::eeg(devices), SimLink::stimulus(devices));
    let mut eeg_line = TimeLine::new(info.sample_rate_hz);
    let mut stimulus_line = TimeLine::new(stimulus_hz);
    let arriving = |link: &mut SimLink| -> LinkSample {
        loop {
            let sample = link.next_sample();
            if !sample.is_lost {
                return sample;
            }
        }
    };
    let mut values = vec![0.0; info.n_channels];
    let (mut next_eeg, mut next_stimulus) = (arriving(&mut eeg_link), arriving(&mut stimulus_link));
    let n_looks = analysis.response.n_looks;
    while next_eeg.t_secs < MOST_SECS && looks(&session) < n_looks {
        if next_stimulus.stamp_secs <= next_eeg.stamp_secs {
            let placed = stimulus_line.place(next_stimulus.stamp_secs, None);
            let value = stimulus(next_stimulus.t_secs);
            session.stimulus(placed.run, placed.index, placed.stamp_secs, value);
            next_stimulus = arriving(&mut stimulus_link);
        } else {
            let placed = eeg_line.place(next_eeg.stamp_secs, None);
            eeg(next_eeg.t_secs, &mut values);
            session.eeg_placed(&placed, &values);
            next_eeg = arriving(&mut eeg_link);
        }
    }
    let snapshot = session.heard.newest.unwrap();
    Outcome {
        detections: snapshot.response.as_ref().unwrap().detections.clone(),
        secs: next_eeg.t_secs,
        snapshot,
    }
}

/// Looks taken so far.
fn looks(session: &Driven) -> usize {
    let snapshot = session.heard.newest.as_ref();
    let response = snapshot.and_then(|snapshot| snapshot.response.as_ref());
    response.map_or(0, |response| response.progress.n_looks)
}
