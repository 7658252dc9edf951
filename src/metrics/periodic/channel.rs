//! The kept epochs of one channel.

use num_complex::Complex64;

use crate::dsp::msc_critical;
use crate::dsp::periodic::{
    FTest, NoiseBins, fisher, locked_test, power_snr, rayleigh, weighted_test,
};
use crate::signal::Polarity;

use super::bins::{BinPlan, HarmonicBins};
use super::estimate::{AmplitudeEstimate, PeriodicEstimate, PolarityEstimate, ResponseEstimate};
use super::pairs::Pairs;
use super::settings::LEAST_EPOCHS;
use super::sweeps::Sweeps;

/// The last accepted epochs of a channel, oldest overwritten first.
#[derive(Debug)]
pub(super) struct ChannelEpochs {
    max_epochs: usize,
    n_added: usize,
    n_rejected: u64,
    harmonics: Vec<HarmonicEpochs>,
    sweeps: Sweeps,
    pairs: Pairs,
    estimate: PeriodicEstimate,
}

/// What is kept of each epoch at one harmonic; the order does not matter.
#[derive(Debug, Clone)]
struct HarmonicEpochs {
    z_uv: Vec<Complex64>,
    noise_variance: Vec<f64>,
    /// Power of the signal bin and its neighbours, epoch after epoch.
    powers: Vec<f64>,
    mean_powers: Vec<f64>,
    power_bins: Option<NoiseBins>,
    estimate: ResponseEstimate,
}

impl ChannelEpochs {
    pub(super) fn new(bins: &BinPlan, max_epochs: usize) -> Self {
        let harmonics: Vec<HarmonicEpochs> = bins
            .harmonics
            .iter()
            .map(|harmonic| HarmonicEpochs::new(harmonic, max_epochs))
            .collect();
        let hz = bins.harmonics.first().map_or(0.0, |first| first.hz);
        Self {
            max_epochs,
            n_added: 0,
            n_rejected: 0,
            harmonics,
            sweeps: Sweeps::new(bins.sweep.bins().len(), max_epochs),
            pairs: Pairs::new(max_epochs),
            estimate: PeriodicEstimate::empty(hz),
        }
    }

    /// The offset to take off the next epoch, whose mean is `mean`, for its sweep.
    pub(super) fn sweep_offset(&mut self, mean: f64) -> f64 {
        self.sweeps.offset(mean)
    }

    /// Keep an epoch: its coefficients at the epochs' bins and at the sweeps'.
    pub(super) fn add(
        &mut self,
        bins: &BinPlan,
        epoch: &[Complex64],
        sweep: &[Complex64],
        polarity: Option<Polarity>,
    ) {
        let slot = self.n_added % self.max_epochs;
        self.n_added += 1;
        for (kept, harmonic) in self.harmonics.iter_mut().zip(&bins.harmonics) {
            kept.keep(slot, harmonic, epoch);
        }
        self.sweeps.add(&bins.sweep, sweep);
        if let (Some(first), Some(polarity)) = (bins.harmonics.first(), polarity) {
            self.pairs.add(epoch[first.signal], polarity);
        }
    }

    pub(super) fn count_rejected(&mut self, n: u64) {
        self.n_rejected += n;
    }

    /// Recompute the estimates. Allocates nothing.
    pub(super) fn update(&mut self, bins: &BinPlan, epoch_secs: f64, alpha: f64) {
        let n = self.n_added.min(self.max_epochs);
        self.sweeps.average();
        for (kept, harmonic) in self.harmonics.iter_mut().zip(&bins.harmonics) {
            kept.update(n, alpha);
            let f_test = self.sweeps.f_test(harmonic);
            kept.estimate.f_test = f_test;
            // the coefficients are peak amplitudes, so their mean power is that of the amplitude
            kept.estimate.residual_noise_nv = f_test.map(|test| 1e3 * test.noise_power.sqrt());
        }
        let p = self.harmonics.iter().filter_map(|h| h.estimate.locked);
        let (envelope, fine) = self.pairs.kept();
        let response = self
            .harmonics
            .first()
            .map_or(self.estimate.response, |h| h.estimate);
        self.estimate = PeriodicEstimate {
            n_epochs: n,
            n_rejected: self.n_rejected,
            accepted_secs: n as f64 * epoch_secs,
            n_sweeps: self.sweeps.n_kept(),
            response,
            fisher: fisher(p.map(|locked| locked.p)),
            n_pairs: envelope.len(),
            efr_env: PolarityEstimate::of(envelope),
            ffr_tfs: PolarityEstimate::of(fine),
        };
    }

    pub(super) fn estimate(&self) -> &PeriodicEstimate {
        &self.estimate
    }

    pub(super) fn harmonic(&self, i: usize) -> &ResponseEstimate {
        &self.harmonics[i].estimate
    }

    pub(super) fn reset(&mut self) {
        self.n_added = 0;
        self.n_rejected = 0;
        self.sweeps.reset();
        self.pairs.reset();
        for harmonic in &mut self.harmonics {
            let (order, hz) = (harmonic.estimate.harmonic, harmonic.estimate.hz);
            harmonic.estimate = ResponseEstimate::empty(order, hz);
        }
        self.estimate = PeriodicEstimate::empty(self.estimate.response.hz);
    }
}

impl HarmonicEpochs {
    fn new(bins: &HarmonicBins, max_epochs: usize) -> Self {
        let n_power = bins.power.len();
        Self {
            z_uv: vec![Complex64::default(); max_epochs],
            noise_variance: vec![0.0; max_epochs],
            powers: vec![0.0; max_epochs * (n_power + 1)],
            mean_powers: vec![0.0; n_power + 1],
            power_bins: NoiseBins::of(0, (1..=n_power).collect()).ok(),
            estimate: ResponseEstimate::empty(bins.order, bins.hz),
        }
    }

    fn keep(&mut self, slot: usize, bins: &HarmonicBins, epoch: &[Complex64]) {
        self.z_uv[slot] = epoch[bins.signal];
        self.noise_variance[slot] = geometric_mean_power(&bins.weight, epoch);
        let n = self.mean_powers.len();
        let positions = std::iter::once(&bins.signal).chain(&bins.power);
        for (power, &at) in self.powers[slot * n..].iter_mut().zip(positions) {
            *power = epoch[at].norm_sqr();
        }
    }

    fn update(&mut self, n: usize, alpha: f64) {
        let (harmonic, hz) = (self.estimate.harmonic, self.estimate.hz);
        self.estimate = ResponseEstimate::empty(harmonic, hz);
        if n < LEAST_EPOCHS {
            return;
        }
        let z_uv = &self.z_uv[..n];
        self.estimate.locked = locked_test(z_uv);
        self.estimate.msc_critical = msc_critical(alpha, n as f64);
        self.estimate.rayleigh = rayleigh(z_uv);
        self.estimate.weighted = weighted_test(z_uv, &self.noise_variance[..n]);
        self.estimate.amplitude = AmplitudeEstimate::of(z_uv);
        self.estimate.power_snr = self.power_snr(n);
    }

    fn power_snr(&mut self, n: usize) -> Option<FTest> {
        let bins = self.power_bins.as_ref()?;
        self.mean_powers.fill(0.0);
        let n_bins = self.mean_powers.len();
        for epoch in self.powers.chunks_exact(n_bins).take(n) {
            for (mean, power) in self.mean_powers.iter_mut().zip(epoch) {
                *mean += power / n as f64;
            }
        }
        power_snr(&self.mean_powers, bins, n)
    }
}

/// Noise of an epoch up to a common factor: the geometric mean of the powers, so that each bin counts alike however the background slopes. 0, which no
/// weight can be made of, for no bins.
fn geometric_mean_power(positions: &[usize], epoch: &[Complex64]) -> f64 {
    if positions.is_empty() {
        return 0.0;
    }
    let ln_sum: f64 = positions.iter().map(|&at| epoch[at].norm_sqr().ln()).sum();
    (ln_sum / positions.len() as f64).exp()
}
