//! Complex coefficients of epochs at exact frequencies.

use std::f64::consts::TAU;

use num_complex::Complex64;

use super::EpochPlan;

/// Projects epochs onto cosines and sines at the exact frequencies of wanted bins.
///
/// No FFT, as an epoch need not have a whole number of samples. With a whole number it equals the FFT's bins; otherwise the epoch is off by less than a
/// sample in `N`, and a component elsewhere leaks by less than `1/N` of its amplitude. The mean is removed first, so an electrode offset does not.
#[derive(Debug, Clone)]
pub struct EpochBins {
    plan: EpochPlan,
    bins: Vec<usize>,
}

/// Why bins were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EpochBinsError {
    /// The mean, or at or above half the sample rate.
    #[error("bin {bin} is not between 1 and {last}")]
    Bin {
        /// The bin.
        bin: usize,
        /// Highest bin of the plan's epochs.
        last: usize,
    },
}

impl EpochBins {
    /// Plans the projection onto `bins`: the response's ([`EpochPlan::harmonic_bin`]) and its noise bins.
    ///
    /// # Errors
    /// [`EpochBinsError`] for a bin that the epochs do not have.
    pub fn new(plan: EpochPlan, bins: &[usize]) -> Result<Self, EpochBinsError> {
        let last = plan.n_bins().saturating_sub(1);
        if let Some(&bin) = bins.iter().find(|&&bin| bin == 0 || bin > last) {
            return Err(EpochBinsError::Bin { bin, last });
        }
        let mut bins = bins.to_vec();
        bins.sort_unstable();
        bins.dedup();
        Ok(Self { plan, bins })
    }

    /// Coefficients of epoch `m`: `spectrum[bin] = (2/N) sum (x - mean) exp(-j 2 pi f t)`, `t` counted from the epoch's exact start. Its magnitude is the
    /// peak amplitude in the unit of the samples. Only the wanted bins are written. Allocates nothing.
    ///
    /// # Panics
    /// If the spectrum does not have the plan's number of bins: a bug.
    pub fn project(&self, m: u64, epoch: &[f64], spectrum: &mut [Complex64]) {
        assert_eq!(spectrum.len(), self.plan.n_bins(), "one value per bin");
        let n = epoch.len() as f64;
        let mean = epoch.iter().sum::<f64>() / n;
        for &bin in &self.bins {
            let step = TAU * bin as f64 / self.plan.len_exact();
            let turn = Complex64::from_polar(1.0, -step);
            let mut phasor = Complex64::from_polar(1.0, -step * self.plan.rounding(m));
            let mut sum = Complex64::default();
            for value in epoch {
                sum += (value - mean) * phasor;
                phasor *= turn;
            }
            spectrum[bin] = 2.0 / n * sum;
        }
    }

    /// The plan of the epochs.
    #[must_use]
    pub fn plan(&self) -> &EpochPlan {
        &self.plan
    }

    /// Bins projected, ascending.
    #[must_use]
    pub fn bins(&self) -> &[usize] {
        &self.bins
    }
}

/// Running mean of spectra and of their powers.
#[derive(Debug, Clone)]
pub struct EpochMeans {
    sum: Vec<Complex64>,
    power_sum: Vec<f64>,
    n_epochs: usize,
}

impl EpochMeans {
    /// Empty, for spectra of `n_bins`.
    #[must_use]
    pub fn new(n_bins: usize) -> Self {
        Self {
            sum: vec![Complex64::default(); n_bins],
            power_sum: vec![0.0; n_bins],
            n_epochs: 0,
        }
    }

    /// Take one more epoch's spectrum.
    pub fn add(&mut self, spectrum: &[Complex64]) {
        let sums = self.sum.iter_mut().zip(&mut self.power_sum);
        for ((sum, power_sum), z) in sums.zip(spectrum) {
            *sum += z;
            *power_sum += z.norm_sqr();
        }
        self.n_epochs += 1;
    }

    /// Epochs taken.
    #[must_use]
    pub fn n_epochs(&self) -> usize {
        self.n_epochs
    }

    /// `|mean of z|^2` per bin, for [`f_test`](super::f_test): only what keeps its phase stays. 0 before the first epoch.
    pub fn power_of_mean(&self, power: &mut [f64]) {
        let n = self.n_epochs.max(1) as f64;
        for (power, sum) in power.iter_mut().zip(&self.sum) {
            *power = sum.norm_sqr() / (n * n);
        }
    }

    /// Mean of `|z|^2` per bin, for [`power_snr`](super::power_snr): phases do not matter. 0 before the first epoch.
    pub fn mean_power(&self, power: &mut [f64]) {
        let n = self.n_epochs.max(1) as f64;
        for (power, sum) in power.iter_mut().zip(&self.power_sum) {
            *power = sum / n;
        }
    }

    /// Forget all epochs.
    pub fn reset(&mut self) {
        self.sum.fill(Complex64::default());
        self.power_sum.fill(0.0);
        self.n_epochs = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amplitude 2, phase 0.6 at the modulation, on an offset a thousand times as large.
    fn tone(plan: &EpochPlan, rate_hz: f64, hz: f64, m: u64) -> Vec<f64> {
        let origin = plan.start(0) as f64 - plan.rounding(0);
        let cosine = |index: u64| (TAU * hz * (index as f64 - origin) / rate_hz + 0.6).cos();
        let samples = plan.start(m)..plan.start(m + 1);
        samples.map(|index| 2e3 + 2.0 * cosine(index)).collect()
    }

    #[test]
    fn a_whole_number_of_samples_gives_amplitude_and_phase_exactly() {
        let plan = EpochPlan::new(256.0, 45.0, 90, 0.0).unwrap();
        let bins = EpochBins::new(plan, &[90, 88, 100]).unwrap();
        let mut spectrum = vec![Complex64::default(); plan.n_bins()];
        bins.project(3, &tone(&plan, 256.0, 45.0, 3), &mut spectrum);
        assert!((spectrum[90] - Complex64::from_polar(2.0, 0.6)).norm() < 1e-9);
        assert!(spectrum[88].norm() < 1e-9 && spectrum[100].norm() < 1e-9);
        assert_eq!((spectrum.len(), plan.hz(88)), (256, 44.0));
        assert_eq!(spectrum[89], Complex64::default());
    }

    #[test]
    fn between_samples_the_phase_still_does_not_wander() {
        let plan = EpochPlan::new(250.0, 40.018, 41, 17.3).unwrap();
        let bins = EpochBins::new(plan, &[41, 43]).unwrap();
        let mut spectrum = vec![Complex64::default(); plan.n_bins()];
        for m in [0, 1, 2, 50, 20_000] {
            bins.project(m, &tone(&plan, 250.0, 40.018, m), &mut spectrum);
            let error = (spectrum[41] - Complex64::from_polar(2.0, 0.6)).norm();
            assert!(error < 2.0 * 2.0 / plan.len_exact(), "{m}: {error}");
            assert!(spectrum[43].norm() < 2.0 * 2.0 / plan.len_exact());
        }
    }

    #[test]
    fn a_phase_that_wanders_is_lost_in_the_mean_and_kept_in_the_power() {
        let mut means = EpochMeans::new(1);
        for m in 0..8 {
            means.add(&[Complex64::from_polar(3.0, TAU * f64::from(m) / 8.0)]);
        }
        let (mut locked, mut power) = ([1.0], [0.0]);
        means.power_of_mean(&mut locked);
        means.mean_power(&mut power);
        assert!(locked[0] < 1e-25 && (power[0] - 9.0).abs() < 1e-12);
        means.reset();
        assert_eq!(means.n_epochs(), 0);
    }

    #[test]
    fn bins_the_epochs_do_not_have_are_refused() {
        let plan = EpochPlan::new(256.0, 45.0, 90, 0.0).unwrap();
        for bin in [0, 256, 300] {
            assert_eq!(
                EpochBins::new(plan, &[90, bin]).err(),
                Some(EpochBinsError::Bin { bin, last: 255 })
            );
        }
    }
}
