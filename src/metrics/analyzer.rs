//! The analysis of one stream: samples in, one snapshot per hop out.

use std::sync::Arc;

use num_complex::Complex64;

use crate::dsp::{
    BandNull, FreqAxis, SegmentFft, Segmenter, SlidingSpectra, Step, Taper, band_msc,
    effective_count, msc, overlap_correlation,
};
use crate::metrics::{AnalysisSettings, BandInfo, Plan, SettingsError, Snapshot};
use crate::signal::{Band, Montage, Pair};

/// Owns every plan and buffer of the analysis.
///
/// [`push`](Self::push) takes samples one by one; when it says that a segment is complete, [`average`](Self::average) takes it in
/// and [`write`](Self::write) fills a snapshot. None of them allocates.
pub struct Analyzer {
    plan: Arc<Plan>,
    segmenter: Segmenter,
    fft: SegmentFft,
    spectra: SlidingSpectra,
    /// Squared overlap correlation of segments `k` hops apart.
    rho_sq: Vec<f64>,
    nulls: Vec<BandNull>,
    derived_uv: Vec<f64>,
    n_window_hops: u64,
    hop: u64,
    /// First segment that can be complete: those before began before the first sample seen.
    first_hop: Option<u64>,
    n_received: u64,
    next_index: Option<u64>,
    n_lost: u64,
}

impl Analyzer {
    /// Plans the analysis of a stream at `sample_rate_hz` by `settings`.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings do not fit the rate.
    pub fn new(
        settings: &AnalysisSettings,
        sample_rate_hz: f64,
        montage: Arc<Montage>,
        pairs: Vec<Pair>,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        let segments = settings.segment_plan(sample_rate_hz)?;
        let taper = Taper::new(settings.taper, segments.len());
        let axis = FreqAxis::new(sample_rate_hz, segments.len(), settings.max_hz);
        let (bands, bands_out_of_reach) = split_bands(&axis, &settings.bands);
        let rho_sq = (0..segments.len().div_ceil(segments.hop()))
            .map(|lag| overlap_correlation(taper.weights(), lag * segments.hop()).powi(2))
            .collect();
        let nulls = bands
            .iter()
            .map(|band| BandNull::new(&taper, band.bins.len(), settings.alpha))
            .collect();
        let segment_secs = segments.len() as f64 / sample_rate_hz;
        let hop_secs = segments.hop() as f64 / sample_rate_hz;
        let n_window_hops = n_window_hops(settings.integration_secs - segment_secs, hop_secs);
        let spectra = SlidingSpectra::new(
            n_window_hops,
            montage.len(),
            axis.n_bins(),
            &pairs
                .iter()
                .map(|pair| (pair.a, pair.b))
                .collect::<Vec<_>>(),
        );
        let plan = Plan {
            pairs,
            bands,
            bands_out_of_reach,
            axis,
            taper: settings.taper,
            enbw_hz: taper.enbw_bins() * axis.df_hz(),
            segment_secs,
            hop_secs,
            integration_secs: segment_secs + (n_window_hops - 1) as f64 * hop_secs,
            alpha: settings.alpha,
            montage,
        };
        Ok(Self {
            segmenter: Segmenter::new(segments, plan.montage.len()),
            derived_uv: vec![0.0; plan.montage.len()],
            fft: SegmentFft::new(taper, axis),
            spectra,
            rho_sq,
            nulls,
            n_window_hops: n_window_hops as u64,
            hop: 0,
            first_hop: None,
            n_received: 0,
            next_index: None,
            n_lost: 0,
            plan: Arc::new(plan),
        })
    }

    /// What the numbers of its snapshots mean.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Samples from one hop to the next.
    #[must_use]
    pub fn hop_len(&self) -> usize {
        self.segmenter.plan().hop()
    }

    /// The newest sample as the montage derived it, in microvolts.
    #[must_use]
    pub fn derived_uv(&self) -> &[f64] {
        &self.derived_uv
    }

    /// Go on counting where `before` stands: it analysed the same stream with other settings.
    pub fn continue_counts(&mut self, before: &Self) {
        self.n_received = before.n_received;
        self.n_lost = before.n_lost;
        self.next_index = before.next_index;
    }

    /// Take one sample of the stream: its run, its index (lost samples count), its stamp and values.
    /// `true` when it completes a segment: [`average`](Self::average) must follow before the next sample.
    #[must_use = "a complete segment must be averaged"]
    pub fn push(&mut self, run: u32, index: u64, stamp_secs: f64, values: &[f64]) -> bool {
        self.n_lost += self.next_index.map_or(0, |next| index.saturating_sub(next));
        self.next_index = Some(index + 1);
        self.first_hop
            .get_or_insert_with(|| index.div_ceil(self.segmenter.plan().hop() as u64));
        self.n_received += 1;
        self.plan.montage.derive(values, &mut self.derived_uv);
        let step = self
            .segmenter
            .push(run, index, stamp_secs, &self.derived_uv);
        let Step::Complete { hop } = step else {
            return false;
        };
        self.hop = hop;
        true
    }

    /// Transform the segment just completed and take it into the averages.
    pub fn average(&mut self) {
        let (segmenter, fft) = (&self.segmenter, &mut self.fft);
        self.spectra
            .push(self.hop, segmenter.centre_secs(), |ch, spectrum| {
                fft.transform(segmenter.segment(ch), spectrum);
            });
    }

    /// Write the averages and what they mean into `snapshot`, which must be of this analyzer's plan.
    pub fn write(&self, snapshot: &mut Snapshot) {
        debug_assert!(Arc::ptr_eq(&self.plan, &snapshot.plan), "one plan");
        let segments = self.spectra.segments();
        let n_segments = self.spectra.n_segments();
        let oldest = segments.clone().next().map_or(self.hop, |(hop, _)| hop);
        let centres: f64 = segments.clone().map(|(_, centre)| centre).sum();
        let first_hop = self.first_hop.unwrap_or(0);
        let n_due = self.n_window_hops.min(self.hop + 1 - first_hop).max(1);
        snapshot.hop = self.hop;
        snapshot.stamp_secs = centres / n_segments.max(1) as f64;
        snapshot.newest_stamp_secs = self.segmenter.centre_secs();
        snapshot.integration_secs =
            self.plan.segment_secs + (self.hop - oldest) as f64 * self.plan.hop_secs;
        snapshot.n_received = self.n_received;
        snapshot.n_lost = self.n_lost;
        snapshot.n_segments = n_segments;
        snapshot.n_eff = effective_count(segments.map(|(hop, _)| (hop, 1.0)), &self.rho_sq);
        snapshot.rejected_share = 1.0 - n_segments as f64 / n_due as f64;
        snapshot.n_rejected = self.segmenter.n_rejected();
        self.spectra.psd_into(&mut snapshot.psd_uv2_per_hz);
        self.spectra.csd_into(&mut snapshot.csd_uv2_per_hz);
        self.write_bands(snapshot);
    }

    fn write_bands(&self, snapshot: &mut Snapshot) {
        let plan = &*self.plan;
        let (axis, n_bands) = (&plan.axis, plan.bands.len());
        for (b, info) in plan.bands.iter().enumerate() {
            snapshot.msc_critical[b] = self.nulls[b].critical(snapshot.n_eff);
            let touched = info.bins.start.saturating_sub(1)..(info.bins.end + 1).min(axis.n_bins());
            for ch in 0..plan.montage.len() {
                let psd = &snapshot.psd_uv2_per_hz[ch * axis.n_bins()..];
                let power = touched.clone().map(|bin| {
                    psd[bin] * axis.share_within(bin, info.band.lo_hz(), info.band.hi_hz())
                });
                snapshot.band_power_uv2[ch * n_bands + b] = power.sum::<f64>() * axis.df_hz();
            }
            for (i, pair) in plan.pairs.iter().enumerate() {
                let (psd_a, psd_b) = (snapshot.psd(pair.a), snapshot.psd(pair.b));
                let csd: &[Complex64] = snapshot.csd(i);
                let mscs = info
                    .bins
                    .clone()
                    .map(|bin| msc(psd_a[bin], psd_b[bin], csd[bin]));
                snapshot.band_msc[i * n_bands + b] = band_msc(mscs);
            }
        }
    }
}

/// Hops whose segments fit into the integration time, given the time beyond the first segment.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked settings keep it between 0 and 30000"
)]
fn n_window_hops(beyond_secs: f64, hop_secs: f64) -> usize {
    1 + (beyond_secs.max(0.0) / hop_secs + 1e-9) as usize
}

/// The bands the axis reaches, and those it does not.
fn split_bands(axis: &FreqAxis, bands: &[Band]) -> (Vec<BandInfo>, Vec<Band>) {
    let max_hz = axis.hz(axis.n_bins() - 1);
    let (reached, out_of_reach): (Vec<Band>, Vec<Band>) = bands
        .iter()
        .cloned()
        .partition(|band| band.hi_hz() <= max_hz);
    let reached = reached.into_iter().map(|band| BandInfo {
        bins: axis.bins_within(band.lo_hz(), band.hi_hz()),
        band,
    });
    (reached.collect(), out_of_reach)
}
