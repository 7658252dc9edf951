//! EEG against stimulus as it travels in a snapshot.

use std::ops::Range;

use num_complex::Complex64;

use crate::dsp::FreqAxis;
use crate::dsp::looks::LookState;
use crate::dsp::paper::{CSD_PEAK_SHARE, TASR_PEAK_SHARE, paper_peaks};
use crate::dsp::stimulus_response::BandResponse;
use crate::dsp::transfer::Transfer;
use crate::metrics::detection::{Detection, RunProgress};
use crate::metrics::response::ResponsePlan;
use crate::signal::StimulusTiming;

/// EEG and stimulus at one hop.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ResponseSnapshot {
    /// The clocks.
    pub timing: StimulusTiming,
    /// Segments in the averages: accepted, and with a stimulus.
    pub n_segments: u64,
    /// Independent estimates they are worth.
    pub n_eff: f64,
    /// Time from the start of the oldest averaged segment to the end of the newest.
    pub integration_secs: f64,
    /// One-sided PSD of the stimulus, its unit squared per Hz.
    pub stimulus_psd: Vec<f64>,
    /// Whether the stimulus is too weak for a gain, per bin.
    pub too_weak: Vec<bool>,
    /// Gain, coherence and significance, channel after channel, a value per bin.
    pub transfers: Vec<Transfer>,
    /// Each channel in each band.
    pub bands: Vec<BandResponse>,
    /// The same against the stimulus of [`ResponsePlan::control_shift_secs`] ago: what chance and pipeline read. Means nothing for a
    /// stimulus that repeats itself.
    pub control: Vec<BandResponse>,
    /// Independent estimates of the control.
    pub control_n_eff: f64,
    /// Each channel in each *tested* band.
    pub detections: Vec<Detection>,
    /// How far the run is.
    pub progress: RunProgress,
    /// Paper mode.
    pub paper: PaperSnapshot,
}

/// The paper's measures since the run began. Views write [`PAPER_LABEL`](crate::metrics::response::PAPER_LABEL) beside them.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PaperSnapshot {
    /// Frames summed.
    pub n_frames: u64,
    /// Mean of `|Y/X|`, channel after channel, uV per stimulus unit.
    pub tasr: Vec<f64>,
    /// Mean of `angle Y - angle X`, not unwrapped, channel after channel.
    pub phase_rad: Vec<f64>,
    /// `sum H_a conj(H_b)`, pair after pair: its magnitude is the paper's CSD; empty where there are too many channels for it.
    pub cross: Vec<Complex64>,
    /// Its coefficient, pair after pair, 0 to 1; empty like those.
    pub rho: Vec<f64>,
}

impl PaperSnapshot {
    /// Bins of the paper's peaks of log10 TASR of channel `ch`. The bin at 0 Hz is no part of the curve: live frames have their mean removed.
    #[must_use]
    pub fn tasr_peaks(&self, ch: usize, axis: &FreqAxis) -> Vec<usize> {
        let curve: Vec<f64> = curve(&self.tasr, ch, axis).map(f64::log10).collect();
        peaks(&curve, TASR_PEAK_SHARE)
    }

    /// The same of rho of pair `pair`.
    #[must_use]
    pub fn rho_peaks(&self, pair: usize, axis: &FreqAxis) -> Vec<usize> {
        let curve: Vec<f64> = curve(&self.rho, pair, axis).collect();
        peaks(&curve, CSD_PEAK_SHARE)
    }
}

/// A row of a measure from its second bin on.
fn curve(values: &[f64], row: usize, axis: &FreqAxis) -> impl Iterator<Item = f64> {
    let n_bins = axis.n_bins();
    let row = values.iter().skip(row * n_bins).take(n_bins);
    row.skip(1).copied()
}

/// Bins of the axis that are peaks of a curve from the second bin on.
fn peaks(curve: &[f64], share: f64) -> Vec<usize> {
    let peaks = paper_peaks(curve, share);
    peaks.into_iter().map(|i| i + 1).collect()
}

impl ResponseSnapshot {
    /// Memory for `n_channels`, the pairs of paper mode, the bins of an axis and `n_bands`, of which `n_tested` are tested.
    pub(super) fn new(plan: &ResponsePlan, axis: &FreqAxis, n: Counts) -> Self {
        let n_bins = axis.n_bins();
        let state = LookState::Pending { n_looks: 0 };
        let undecided = Detection {
            state,
            sum: 0.0,
            decided_secs: None,
        };
        let nothing = Transfer::new((0.0, 0.0, Complex64::default()), true, 0.0, 0.5);
        Self {
            timing: StimulusTiming::default(),
            n_segments: 0,
            n_eff: 0.0,
            integration_secs: 0.0,
            stimulus_psd: vec![0.0; n_bins],
            too_weak: vec![true; n_bins],
            transfers: vec![nothing; n.channels * n_bins],
            bands: vec![BandResponse::NONE; n.channels * n.bands],
            control: vec![BandResponse::NONE; n.channels * n.bands],
            control_n_eff: 0.0,
            detections: vec![undecided; n.channels * plan.tested.len()],
            progress: RunProgress::default(),
            paper: PaperSnapshot {
                n_frames: 0,
                tasr: vec![0.0; n.channels * n_bins],
                phase_rad: vec![0.0; n.channels * n_bins],
                cross: vec![Complex64::default(); n.paper_pairs * n_bins],
                rho: vec![0.0; n.paper_pairs * n_bins],
            },
        }
    }
}

impl ResponseSnapshot {
    /// Channel `ch` is out: it has no numbers. What was detected before stays.
    pub(super) fn withhold(&mut self, ch: usize, n_bins: usize, of_bands: Range<usize>) {
        let of_bins = ch * n_bins..(ch + 1) * n_bins;
        let nothing = Transfer::new((0.0, 0.0, Complex64::default()), true, 0.0, 0.5);
        self.transfers[of_bins.clone()].fill(nothing);
        let none = BandResponse {
            msc: f64::NAN,
            ..BandResponse::NONE
        };
        self.bands[of_bands.clone()].fill(none);
        self.control[of_bands].fill(none);
        self.paper.tasr[of_bins.clone()].fill(0.0);
        self.paper.phase_rad[of_bins].fill(0.0);
    }
}

/// How many there are of what a snapshot holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) channels: usize,
    pub(super) paper_pairs: usize,
    pub(super) bands: usize,
}
