//! The result of one hop, as handed to every sink.

use std::sync::Arc;

use num_complex::Complex64;

use crate::dsp::{NullLines, PowerFactors, msc_critical};
use crate::metrics::response::{Counts, ResponseSnapshot};
use crate::metrics::{
    BandCoherence, BandPower, CONFIDENCE, Change, ChannelQuality, EfrOfBand, ElectrodeState,
    PeriodicSnapshot, Plan, Rejections, RunLog,
};

/// Everything a sink may show of one hop. Immutable once published.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
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
    /// Segments left out because the analysis was behind, since the start: neither accepted nor rejected.
    pub n_skipped_hops: u64,
    /// Segments in the averages.
    pub n_segments: u64,
    /// Independent estimates they are worth: segments times tapers.
    pub n_eff: f64,
    /// Share of the segments of the integration time that were rejected, 0 to 1.
    pub rejected_share: f64,
    /// Segments rejected since the start.
    pub n_rejected: u64,
    /// What was rejected, and why.
    pub rejections: Rejections,
    /// Whether the high-pass has settled since the start or the last gap.
    pub settled: bool,
    /// One-sided PSD in uV^2/Hz, channel after channel.
    pub psd_uv2_per_hz: Vec<f64>,
    /// Cross-spectra `mean(conj(A) B)` in uV^2/Hz, pair after pair.
    pub csd_uv2_per_hz: Vec<Complex64>,
    /// Channel after channel, an estimate per band.
    pub bands: Vec<BandPower>,
    /// The same at rest; means nothing unless [`has_rest`](Self::has_rest).
    pub rest: Vec<BandPower>,
    /// Whether a rest baseline is known.
    pub has_rest: bool,
    /// Share of the wanted rest that has been collected.
    pub rest_progress: f64,
    /// Pair after pair, an estimate per band.
    pub pairs: Vec<BandCoherence>,
    /// What the measures of a bin read for independent signals; `None` below two effective segments.
    pub null_lines: Option<NullLines>,
    /// Value that the band MSC of independent signals exceeds with probability alpha, per band; `None` below two effective
    /// segments, where any two signals look coherent.
    pub msc_critical: Vec<Option<f64>>,
    /// How well each channel records.
    pub quality: Vec<ChannelQuality>,
    /// What is known of each electrode of the montage: which are set aside.
    pub electrodes: Vec<ElectrodeState>,
    /// Which channels are out because electrodes are set aside: they have no numbers.
    pub is_out: Vec<bool>,
    /// Independent estimates that each channel's own segments are worth: fewer than [`n_eff`](Self::n_eff) where it lacked some.
    pub channel_n_eff: Vec<f64>,
    /// Segments since the start that counted for others while each channel sent what is no number, or was out.
    pub n_lacked: Vec<u64>,
    /// EEG against stimulus; `None` where the plan has none.
    pub response: Option<ResponseSnapshot>,
    /// Stimuli that repeat.
    pub periodic: Vec<PeriodicSnapshot>,
    /// Runs of detection that are over.
    pub runs: RunLog,
}

impl Snapshot {
    /// An empty one with memory for every number of `plan`, without periodic stimuli: see [`Analysis::snapshot`](crate::metrics::Analysis::snapshot).
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let (n_channels, n_pairs) = (plan.montage.len(), plan.pairs.len());
        let (n_bins, n_bands) = (plan.axis.n_bins(), plan.bands.len());
        let counts = Counts {
            channels: n_channels,
            paper_pairs: plan.paper_pairs().len(),
            bands: n_bands,
        };
        let response = plan.response.as_ref();
        Self {
            hop: 0,
            stamp_secs: 0.0,
            newest_stamp_secs: 0.0,
            integration_secs: 0.0,
            n_received: 0,
            n_lost: 0,
            n_skipped_hops: 0,
            n_segments: 0,
            n_eff: 0.0,
            rejected_share: 0.0,
            n_rejected: 0,
            rejections: Rejections::default(),
            settled: true,
            psd_uv2_per_hz: vec![f64::NAN; n_channels * n_bins],
            csd_uv2_per_hz: vec![Complex64::default(); n_pairs * n_bins],
            bands: vec![BandPower::NONE; n_channels * n_bands],
            rest: vec![BandPower::NONE; n_channels * n_bands],
            has_rest: false,
            rest_progress: 0.0,
            pairs: vec![BandCoherence::NONE; n_pairs * n_bands],
            null_lines: None,
            msc_critical: vec![None; n_bands],
            quality: vec![ChannelQuality::UNKNOWN; n_channels],
            electrodes: vec![ElectrodeState::default(); plan.montage.electrodes().len()],
            is_out: vec![false; n_channels],
            channel_n_eff: vec![0.0; n_channels],
            n_lacked: vec![0; n_channels],
            response: response.map(|response| ResponseSnapshot::new(response, &plan.axis, counts)),
            periodic: Vec::new(),
            runs: RunLog::default(),
            plan,
        }
    }

    /// PSD of derivation `ch`, one value per bin, uV^2/Hz.
    #[must_use]
    pub fn psd(&self, ch: usize) -> &[f64] {
        let n_bins = self.plan.axis.n_bins();
        &self.psd_uv2_per_hz[ch * n_bins..(ch + 1) * n_bins]
    }

    /// What a PSD bin is multiplied with to get the ends of its 95 % interval, `nu = 2 n_eff`; `None` without a segment.
    #[must_use]
    pub fn psd_factors(&self) -> Option<PowerFactors> {
        PowerFactors::new(2.0 * self.n_eff, CONFIDENCE)
    }

    /// Channels that are out have no numbers: those of before describe what they no longer record.
    pub(super) fn withhold(&mut self) {
        let plan = Arc::clone(&self.plan);
        let (n_bins, n_bands) = (plan.axis.n_bins(), plan.bands.len());
        for ch in (0..plan.montage.len()).filter(|&ch| self.is_out[ch]) {
            let of_bands = ch * n_bands..(ch + 1) * n_bands;
            self.psd_uv2_per_hz[ch * n_bins..(ch + 1) * n_bins].fill(f64::NAN);
            self.bands[of_bands.clone()].fill(BandPower::NONE);
            self.quality[ch] = ChannelQuality {
                mains_uv: f64::NAN,
                ..ChannelQuality::UNKNOWN
            };
            self.channel_n_eff[ch] = 0.0;
            if let Some(response) = &mut self.response {
                response.withhold(ch, n_bins, of_bands);
            }
        }
        let pairs = plan.pairs.iter().enumerate();
        for (i, _) in pairs.filter(|(_, pair)| self.is_out[pair.a] || self.is_out[pair.b]) {
            self.pairs[i * n_bands..(i + 1) * n_bands].fill(BandCoherence::NONE);
        }
    }

    /// Cross-spectrum of pair `i` of the plan, one value per bin, uV^2/Hz.
    #[must_use]
    pub fn csd(&self, i: usize) -> &[Complex64] {
        let n_bins = self.plan.axis.n_bins();
        &self.csd_uv2_per_hz[i * n_bins..(i + 1) * n_bins]
    }

    /// Derivation `ch` in `band`.
    #[must_use]
    pub fn band(&self, ch: usize, band: usize) -> &BandPower {
        &self.bands[ch * self.plan.bands.len() + band]
    }

    /// Power of derivation `ch` in `band`, uV^2.
    #[must_use]
    pub fn band_power_uv2(&self, ch: usize, band: usize) -> f64 {
        self.band(ch, band).power_uv2
    }

    /// Change of derivation `ch` in `band` against rest; `None` without a rest baseline.
    #[must_use]
    pub fn change_db(&self, ch: usize, band: usize) -> Option<Change> {
        let rest = &self.rest[ch * self.plan.bands.len() + band];
        let known = self.has_rest.then_some(rest)?;
        self.band(ch, band).change_db(known)
    }

    /// Pair `i` in `band`.
    #[must_use]
    pub fn pair(&self, i: usize, band: usize) -> &BandCoherence {
        &self.pairs[i * self.plan.bands.len() + band]
    }

    /// MSC of pair `i` in `band`; `None` below two effective segments that both its channels have.
    #[must_use]
    pub fn msc(&self, i: usize, band: usize) -> Option<f64> {
        let pair = self.pair(i, band);
        pair.critical.and(pair.msc.is_finite().then_some(pair.msc))
    }

    /// EEG against stimulus in `band`; `None` where there is no stimulus.
    #[must_use]
    pub fn efr(&self, band: usize) -> Option<EfrOfBand<'_>> {
        Some(EfrOfBand {
            plan: &self.plan,
            response_plan: self.plan.response.as_ref()?,
            response: self.response.as_ref()?,
            band,
        })
    }

    /// Partial MSC given the stimulus that one bin of independent signals exceeds with probability alpha: as an MSC of one
    /// segment less. `None` without a stimulus or below three segments.
    #[must_use]
    pub fn partial_msc_critical(&self) -> Option<f64> {
        self.response.as_ref()?;
        msc_critical(self.plan.alpha, self.n_eff - 1.0)
    }
}
