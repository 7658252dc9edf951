//! The result of one hop, as handed to every sink.

use std::ops::Range;
use std::sync::Arc;

use num_complex::Complex64;

use crate::dsp::{FreqAxis, TaperKind};
use crate::signal::{Band, Montage, Pair};

/// A band as it was computed: its edges, and the bins it really saw.
#[derive(Debug, Clone, PartialEq)]
pub struct BandInfo {
    /// The band asked for.
    pub band: Band,
    /// Bins whose centre lies inside: those of the band MSC.
    pub bins: Range<usize>,
}

/// What stays the same from hop to hop: what the numbers of a [`Snapshot`] mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The analysed signals.
    pub montage: Arc<Montage>,
    /// Pairs whose cross-spectra are kept.
    pub pairs: Vec<Pair>,
    /// The bands read out.
    pub bands: Vec<BandInfo>,
    /// Bands asked for that lie above half the stream's rate or the highest frequency kept.
    pub bands_out_of_reach: Vec<Band>,
    /// The bins.
    pub axis: FreqAxis,
    /// Shape of the taper.
    pub taper: TaperKind,
    /// Equivalent noise bandwidth of a bin.
    pub enbw_hz: f64,
    /// Length of a segment.
    pub segment_secs: f64,
    /// From one segment to the next.
    pub hop_secs: f64,
    /// Longest time averaged over.
    pub integration_secs: f64,
    /// False-positive rate of the critical values.
    pub alpha: f64,
}

/// Everything a sink may show of one hop. Immutable once published.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// What the numbers mean.
    pub plan: Arc<Plan>,
    /// Place of the newest segment on the grid: it starts `hop * hop_secs` into the stream.
    pub hop: u64,
    /// Centre of the time the averages describe, seconds on the local LSL clock.
    pub stamp_secs: f64,
    /// Centre of the newest segment, seconds on the local LSL clock.
    pub newest_stamp_secs: f64,
    /// Time from the start of the oldest averaged segment to the end of the newest.
    pub integration_secs: f64,
    /// Samples that had arrived when this segment was complete.
    pub n_received: u64,
    /// Samples lost until then: never arrived, or dropped by us.
    pub n_lost: u64,
    /// Segments in the averages.
    pub n_segments: usize,
    /// Independent segments they are worth.
    pub n_eff: f64,
    /// Share of the segments of the integration time that were rejected, 0 to 1.
    pub rejected_share: f64,
    /// Segments rejected since the start.
    pub n_rejected: u64,
    /// One-sided PSD in uV^2/Hz, channel after channel.
    pub psd_uv2_per_hz: Vec<f64>,
    /// Cross-spectra `mean(conj(A) B)` in uV^2/Hz, pair after pair.
    pub csd_uv2_per_hz: Vec<Complex64>,
    /// Band power in uV^2, channel after channel.
    pub band_power_uv2: Vec<f64>,
    /// Band MSC, pair after pair; means nothing where `msc_critical` is `None`.
    pub band_msc: Vec<f64>,
    /// Value that the band MSC of independent signals exceeds with probability alpha, per band; `None` below two effective
    /// segments, where any two signals look coherent.
    pub msc_critical: Vec<Option<f64>>,
}

impl Snapshot {
    /// An empty one with room for every number of `plan`.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let (n_channels, n_pairs) = (plan.montage.len(), plan.pairs.len());
        let (n_bins, n_bands) = (plan.axis.n_bins(), plan.bands.len());
        Self {
            hop: 0,
            stamp_secs: 0.0,
            newest_stamp_secs: 0.0,
            integration_secs: 0.0,
            n_received: 0,
            n_lost: 0,
            n_segments: 0,
            n_eff: 0.0,
            rejected_share: 0.0,
            n_rejected: 0,
            psd_uv2_per_hz: vec![0.0; n_channels * n_bins],
            csd_uv2_per_hz: vec![Complex64::default(); n_pairs * n_bins],
            band_power_uv2: vec![0.0; n_channels * n_bands],
            band_msc: vec![0.0; n_pairs * n_bands],
            msc_critical: vec![None; n_bands],
            plan,
        }
    }

    /// PSD of derivation `ch`, one value per bin, uV^2/Hz.
    #[must_use]
    pub fn psd(&self, ch: usize) -> &[f64] {
        let n_bins = self.plan.axis.n_bins();
        &self.psd_uv2_per_hz[ch * n_bins..(ch + 1) * n_bins]
    }

    /// Cross-spectrum of pair `i` of the plan, one value per bin, uV^2/Hz.
    #[must_use]
    pub fn csd(&self, i: usize) -> &[Complex64] {
        let n_bins = self.plan.axis.n_bins();
        &self.csd_uv2_per_hz[i * n_bins..(i + 1) * n_bins]
    }

    /// Power of derivation `ch` in `band`, uV^2.
    #[must_use]
    pub fn band_power_uv2(&self, ch: usize, band: usize) -> f64 {
        self.band_power_uv2[ch * self.plan.bands.len() + band]
    }

    /// MSC of pair `i` in `band`; `None` below two effective segments.
    #[must_use]
    pub fn msc(&self, i: usize, band: usize) -> Option<f64> {
        self.msc_critical[band].map(|_| self.band_msc[i * self.plan.bands.len() + band])
    }
}
