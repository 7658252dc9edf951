//! Coherence and phase measures of every pair in every band, with their nulls.

use num_complex::Complex64;

use crate::dsp::{
    Averages, Averaging, BandNull, Connectivity, ForgettingSpectra, LagWeights, NullLines,
    NullPlan, OverlapTable, PairMeans, SpectraShape, WindowSums, WithStimulus, band_msc,
    forgetting_share, msc,
};
use crate::metrics::{BandCoherence, Plan, PlannedBand, Segment, Snapshot};
use crate::signal::Pair;

/// Share of the weight below which what was forgotten counts no more.
const FADED: f64 = 1e-3;

/// Cross-spectra of the pairs over the EEG's window, summed once for every measure of a pair. Allocates nothing after construction.
pub(in crate::metrics) struct PairStage {
    n_channels: usize,
    n_bins: usize,
    n_hops: u64,
    pairs: Vec<Pair>,
    sums: Sums,
    overlap: OverlapTable,
    psd: Vec<f64>,
    /// Of the pairs, then of each channel with the stimulus.
    csd: Vec<Complex64>,
    estimator: PairEstimator,
    estimates: Vec<BandCoherence>,
    /// Hop after the last segment that came without its stimulus: given it, measures need a window that begins later.
    with_stimulus_from: u64,
    first_hop: Option<u64>,
    newest_hop: u64,
    /// Scratch: weights of the segments that both channels of a pair have.
    of_both: LagWeights,
}

/// What is summed, as the averages of the EEG forget.
enum Sums {
    Sliding(WindowSums, LagWeights),
    Forgetting(ForgettingSpectra),
}

/// The bands read out, and what independent signals read there.
pub(in crate::metrics) struct PairEstimator {
    bands: Vec<PlannedBand>,
    nulls: Vec<BandNull>,
    null_plan: NullPlan,
    critical: Vec<Option<f64>>,
    lines: Option<NullLines>,
}

impl PairEstimator {
    pub(in crate::metrics) fn new(plan: &Plan, overlap: &OverlapTable) -> Self {
        let null = |band: &PlannedBand| BandNull::new(overlap, band.bins.len(), plan.alpha);
        Self {
            critical: vec![None; plan.bands.len()],
            nulls: plan.bands.iter().map(null).collect(),
            null_plan: NullPlan::new(plan.alpha, overlap.n_tapers_eff()),
            lines: None,
            bands: plan.bands.clone(),
        }
    }
}

/// Power of a channel of `stage` in a bin of one segment, over its tapers.
fn power_at(spectra: &[Complex64], (ch, bin): (usize, usize), stage: &PairStage) -> f64 {
    let n_values = spectra.len() / (stage.n_channels + 1);
    let channel = &spectra[ch * n_values..(ch + 1) * n_values];
    let tapers = channel.iter().skip(bin).step_by(stage.n_bins);
    tapers.map(Complex64::norm_sqr).sum()
}

/// Whether channel `ch` lacks segments that still weigh anything.
fn lacks_much(eeg: &Averages, ch: usize) -> bool {
    eeg.lacks(ch) && eeg.weights_of(ch).sum() < (1.0 - FADED) * eeg.weights().sum()
}

impl PairStage {
    pub(in crate::metrics) fn new(plan: &Plan, overlap: &OverlapTable) -> Self {
        let (n_channels, n_bins) = (plan.montage.len(), plan.axis.n_bins());
        let shape = Self::shape(plan);
        let n_hops = plan.n_window_hops();
        let n_cross = shape.pairs.len();
        let sums = match plan.averaging {
            Averaging::Sliding => Sums::Sliding(
                WindowSums::new(n_hops, shape),
                LagWeights::new(overlap.n_lags()),
            ),
            Averaging::Forgetting => {
                let share = forgetting_share(n_hops as f64);
                Sums::Forgetting(ForgettingSpectra::new(share, overlap.n_lags(), shape))
            }
        };
        Self {
            n_channels,
            n_bins,
            n_hops: n_hops as u64,
            psd: vec![0.0; (n_channels + 1) * n_bins],
            csd: vec![Complex64::default(); n_cross * n_bins],
            estimates: vec![BandCoherence::NONE; plan.pairs.len() * plan.bands.len()],
            estimator: PairEstimator::new(plan, overlap),
            pairs: plan.pairs.clone(),
            overlap: overlap.clone(),
            with_stimulus_from: 0,
            first_hop: None,
            newest_hop: 0,
            of_both: LagWeights::new(overlap.n_lags()),
            sums,
        }
    }

    /// The derivations with the stimulus behind them; the pairs, then each channel with the stimulus. Nothing at all without pairs.
    fn shape(plan: &Plan) -> SpectraShape {
        let n_channels = plan.montage.len();
        let pairs = plan.pairs.iter().map(|pair| (pair.a, pair.b));
        let with_stimulus = (0..n_channels).map(|ch| (ch, n_channels));
        let has_pairs = !plan.pairs.is_empty();
        SpectraShape {
            n_channels: if has_pairs { n_channels + 1 } else { 0 },
            n_bins: plan.axis.n_bins(),
            n_tapers: plan.n_tapers,
            pairs: pairs.chain(with_stimulus.filter(|_| has_pairs)).collect(),
            with_phases: plan.with_phases,
        }
    }

    /// Bytes that a stage of `plan` holds.
    pub(in crate::metrics) fn bytes(plan: &Plan) -> f64 {
        let shape = Self::shape(plan);
        let phases = if shape.with_phases { 80.0 } else { 0.0 };
        let n_bins = shape.n_bins as f64;
        n_bins * (24.0 * shape.n_channels as f64 + (48.0 + phases) * shape.pairs.len() as f64)
    }

    /// Read out other bands; the sums go on.
    pub(in crate::metrics) fn set_bands(&mut self, estimator: PairEstimator) {
        self.estimates = vec![BandCoherence::NONE; self.pairs.len() * estimator.bands.len()];
        self.estimator = estimator;
    }

    /// Sum what the EEG's window holds already: another list of pairs begins with it.
    pub(in crate::metrics) fn refill(&mut self, eeg: &Averages) {
        if self.pairs.is_empty() {
            return;
        }
        if let Sums::Sliding(sums, weights) = &mut self.sums {
            for (hop, spectra) in eeg.kept() {
                sums.take(hop, spectra);
                self.first_hop.get_or_insert(hop);
                // whether the stimulus was whole then is not known any more
                self.with_stimulus_from = hop + 1;
            }
            weights.fill(sums.hops());
        }
    }

    /// Let leave what is too old at `hop`; `eeg` still has it.
    pub(in crate::metrics) fn forget(&mut self, hop: u64, eeg: &Averages) {
        if let Sums::Sliding(sums, weights) = &mut self.sums {
            sums.forget_before((hop + 1).saturating_sub(self.n_hops), &eeg.kept());
            weights.fill(sums.hops());
        }
    }

    pub(in crate::metrics) fn take(&mut self, segment: &Segment<'_>) {
        if self.pairs.is_empty() {
            return;
        }
        self.first_hop.get_or_insert(segment.hop);
        self.newest_hop = segment.hop;
        if !segment.has_stimulus {
            self.with_stimulus_from = segment.hop + 1;
        }
        match &mut self.sums {
            Sums::Sliding(sums, weights) => {
                sums.take(segment.hop, segment.spectra);
                weights.fill(sums.hops());
            }
            Sums::Forgetting(sums) => sums.push(segment.hop, segment.centre_secs, |ch, slot| {
                slot.copy_from_slice(segment.channel(ch));
            }),
        }
    }

    fn weights(&self) -> &LagWeights {
        match &self.sums {
            Sums::Sliding(_, weights) => weights,
            Sums::Forgetting(sums) => sums.weights(),
        }
    }

    /// Whether every segment that still weighs anything had its stimulus.
    fn is_given_stimulus(&self) -> bool {
        let oldest = match &self.sums {
            Sums::Sliding(sums, _) => sums.hops().next(),
            Sums::Forgetting(_) => self.first_hop.map(|first| first.max(self.faded_before())),
        };
        self.weights().sum() >= 3.0 && oldest.is_some_and(|hop| hop >= self.with_stimulus_from)
    }

    /// Under forgetting, segments before this one weigh less than a thousandth of all.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "hops, rounded up"
    )]
    fn faded_before(&self) -> u64 {
        let keep: f64 = 1.0 - forgetting_share(self.n_hops as f64);
        let n_hops = (FADED.ln() / keep.ln()).ceil().max(1.0) as u64;
        (self.newest_hop + 1).saturating_sub(n_hops)
    }

    /// Forget every segment: the derivations are others.
    pub(in crate::metrics) fn clear(&mut self) {
        match &mut self.sums {
            Sums::Sliding(sums, weights) => {
                sums.clear();
                weights.clear();
            }
            Sums::Forgetting(sums) => sums.clear(),
        }
        self.first_hop = None;
    }

    /// Work out the estimates; `eeg` are the averages over the same segments.
    pub(in crate::metrics) fn update(&mut self, eeg: &Averages) {
        let eeg_weights = eeg.weights();
        let estimator = &mut self.estimator;
        // without pairs the lines are those that any pair would have
        let of_pairs = match &self.sums {
            Sums::Sliding(_, weights) => weights,
            Sums::Forgetting(sums) => sums.weights(),
        };
        let weights = if self.pairs.is_empty() {
            eeg_weights
        } else {
            of_pairs
        };
        let n_segments_eff = self.overlap.n_segments_eff(weights);
        let n_eff = self.overlap.n_eff(weights);
        estimator.lines = estimator.null_plan.lines(n_segments_eff);
        for (critical, null) in estimator.critical.iter_mut().zip(&estimator.nulls) {
            *critical = null.critical(n_eff);
        }
        if self.pairs.is_empty() {
            return;
        }
        match &self.sums {
            Sums::Sliding(sums, _) => {
                sums.psd_into(&mut self.psd);
                sums.csd_into(&mut self.csd);
            }
            Sums::Forgetting(sums) => {
                sums.psd_into(&mut self.psd);
                sums.csd_into(&mut self.csd);
            }
        }
        let with_stimulus = self.is_given_stimulus();
        let n_bands = self.estimator.bands.len();
        for i in 0..self.pairs.len() {
            let Pair { a, b } = self.pairs[i];
            if lacks_much(eeg, a) || lacks_much(eeg, b) {
                self.estimates[i * n_bands..(i + 1) * n_bands].fill(BandCoherence::NONE);
                self.update_partly(i, eeg);
            } else {
                self.update_pair(i, n_segments_eff, with_stimulus);
            }
        }
    }

    fn update_pair(&mut self, i: usize, n_segments_eff: f64, with_stimulus: bool) {
        let n_bands = self.estimator.bands.len();
        for band in 0..n_bands {
            let bins = || self.estimator.bands[band].bins.clone();
            let (pair, n_bins) = (self.pairs[i], self.n_bins);
            let (a, b) = (&self.psd[pair.a * n_bins..], &self.psd[pair.b * n_bins..]);
            let cross = &self.csd[i * n_bins..(i + 1) * n_bins];
            let measures =
                bins().map(|bin| Connectivity::new(&self.pair_means(i, bin), n_segments_eff));
            let partial =
                || band_msc(bins().map(|bin| self.partial(i, bin).partial_coherency().norm_sqr()));
            self.estimates[i * n_bands + band] = BandCoherence {
                msc: band_msc(bins().map(|bin| msc(a[bin], b[bin], cross[bin]))),
                critical: self.estimator.critical[band],
                measures: Connectivity::mean(measures),
                partial_msc: with_stimulus.then(partial),
            };
        }
    }

    /// The MSC of pair `i`, one of whose channels lacks segments, over those that both have: what slides is still there.
    fn update_partly(&mut self, i: usize, eeg: &Averages) {
        let Pair { a, b } = self.pairs[i];
        let both = || {
            let kept = eeg.kept();
            kept.filter(|&(hop, _)| eeg.has(a, hop) && eeg.has(b, hop))
        };
        self.of_both.fill(both().map(|(hop, _)| hop));
        let n_eff = self.overlap.n_eff(&self.of_both);
        // the sums of the pair hold nothing of the segments that either lacks
        let (n, n_of_all) = (self.of_both.sum(), self.weights().sum());
        let n_bands = self.estimator.bands.len();
        for band in 0..n_bands {
            let Some(critical) = self.estimator.nulls[band].critical(n_eff) else {
                continue;
            };
            let bins = self.estimator.bands[band].bins.clone();
            let of_bin = |bin: usize| {
                let power = |ch: usize| {
                    let spectra = both().map(|(_, spectra)| power_at(spectra, (ch, bin), self));
                    spectra.sum::<f64>() / n
                };
                let cross = self.csd[i * self.n_bins + bin] * (n_of_all / n);
                msc(power(a), power(b), cross)
            };
            let msc = band_msc(bins.map(of_bin));
            self.estimates[i * n_bands + band] = BandCoherence {
                msc,
                critical: Some(critical),
                ..BandCoherence::NONE
            };
        }
    }

    fn pair_means(&self, i: usize, bin: usize) -> PairMeans {
        match &self.sums {
            Sums::Sliding(sums, _) => sums.pair_means(i, bin),
            Sums::Forgetting(sums) => sums.pair_means(i, bin),
        }
    }

    /// Spectra of pair `i` and the stimulus at a bin.
    fn partial(&self, i: usize, bin: usize) -> WithStimulus {
        let (pair, n_bins, n_pairs) = (self.pairs[i], self.n_bins, self.pairs.len());
        WithStimulus {
            saa: self.psd[pair.a * n_bins + bin],
            sbb: self.psd[pair.b * n_bins + bin],
            sxx: self.psd[self.n_channels * n_bins + bin],
            sab: self.csd[i * n_bins + bin],
            sax: self.csd[(n_pairs + pair.a) * n_bins + bin],
            sbx: self.csd[(n_pairs + pair.b) * n_bins + bin],
        }
    }

    pub(in crate::metrics) fn write(&self, snapshot: &mut Snapshot) {
        let n_cross = self.pairs.len() * self.n_bins;
        snapshot
            .csd_uv2_per_hz
            .copy_from_slice(&self.csd[..n_cross]);
        snapshot.pairs.copy_from_slice(&self.estimates);
        snapshot
            .msc_critical
            .copy_from_slice(&self.estimator.critical);
        snapshot.null_lines = self.estimator.lines;
    }
}
