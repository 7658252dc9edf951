//! Coefficients of epochs at fractions of their bins, for sweeps of several epochs.

use std::f64::consts::TAU;
use std::ops::Range;

use num_complex::Complex64;

use super::{EpochBinsError, EpochPlan};

/// Projects one epoch of several channels onto `bin / n_per_bin` of its own bins.
///
/// The mean of `n_per_bin` epochs' coefficients, each turned by [`turn`](Self::turn) to its place, is the coefficient of the *sweep* that the
/// epochs make one after the other (John & Picton 2000): its bins are `n_per_bin` times as fine. With `n_per_bin` of 1 it is
/// [`EpochBins`](super::EpochBins) for many channels, but for the mean, which is not removed here.
#[derive(Debug, Clone)]
pub struct FineBins {
    plan: EpochPlan,
    n_per_bin: usize,
    bins: Vec<usize>,
    cosine: Vec<f64>,
    sine: Vec<f64>,
    turns: Vec<Complex64>,
}

impl FineBins {
    /// Plans the projection onto fine `bins`, kept ascending and once each.
    ///
    /// # Errors
    /// [`EpochBinsError`] for a bin that is the mean, or not below half the sample rate.
    pub fn new(plan: EpochPlan, n_per_bin: usize, bins: &[usize]) -> Result<Self, EpochBinsError> {
        let n_per_bin = n_per_bin.max(1);
        let last = (plan.n_bins() * n_per_bin).saturating_sub(n_per_bin);
        if let Some(&bin) = bins.iter().find(|&&bin| bin == 0 || bin > last) {
            return Err(EpochBinsError::Bin { bin, last });
        }
        let mut bins = bins.to_vec();
        bins.sort_unstable();
        bins.dedup();
        let turn = |step: usize| -TAU * step as f64 / n_per_bin as f64;
        Ok(Self {
            n_per_bin,
            bins,
            cosine: vec![0.0; plan.max_len()],
            sine: vec![0.0; plan.max_len()],
            turns: (0..n_per_bin)
                .map(|step| Complex64::from_polar(1.0, turn(step)))
                .collect(),
            plan,
        })
    }

    /// Coefficients `(2/N) sum x exp(-j 2 pi f t)`, `t` counted from the epoch's exact start, which lies `rounding` samples before its first
    /// sample. `epochs` holds the channels one after the other, `stride` apart, `len` values each; `coefficients` gets those of one channel after the
    /// other. Allocates nothing.
    pub fn project(
        &mut self,
        (rounding, len): (f64, usize),
        epochs: &[f64],
        stride: usize,
        coefficients: &mut [Complex64],
    ) {
        coefficients.fill(Complex64::default());
        self.accumulate(rounding, 0..len, (epochs, stride), coefficients);
        for z in coefficients {
            *z *= 2.0 / len as f64;
        }
    }

    /// Add to `sums` what `samples` of the epoch contribute to `sum x exp(-j 2 pi f t)`, so that an epoch can be taken in while it arrives.
    /// Allocates nothing.
    pub fn accumulate(
        &mut self,
        rounding: f64,
        samples: Range<usize>,
        (epochs, stride): (&[f64], usize),
        sums: &mut [Complex64],
    ) {
        let first = rounding + samples.start as f64;
        let n = samples.len();
        for (i, &bin) in self.bins.iter().enumerate() {
            let step = TAU * bin as f64 / (self.n_per_bin as f64 * self.plan.len_exact());
            let turn = Complex64::from_polar(1.0, -step);
            let mut phasor = Complex64::from_polar(1.0, -step * first);
            for (cosine, sine) in self.cosine.iter_mut().zip(&mut self.sine).take(n) {
                (*cosine, *sine) = (phasor.re, phasor.im);
                phasor *= turn;
            }
            let of_channels = sums.chunks_exact_mut(self.bins.len());
            for (epoch, sums) in epochs.chunks_exact(stride).zip(of_channels) {
                let values = &epoch[samples.clone()];
                sums[i] += dot(values, &self.cosine[..n], &self.sine[..n]);
            }
        }
    }

    /// What turns the coefficient of fine `bin` of the epoch at `place` in its sweep, 0 being the first, into its share of the sweep's.
    #[must_use]
    pub fn turn(&self, bin: usize, place: usize) -> Complex64 {
        self.turns[bin * place % self.n_per_bin]
    }

    /// Fine bins projected, ascending.
    #[must_use]
    pub fn bins(&self) -> &[usize] {
        &self.bins
    }

    /// Where a fine bin stands among [`bins`](Self::bins).
    #[must_use]
    pub fn position(&self, bin: usize) -> Option<usize> {
        self.bins.binary_search(&bin).ok()
    }
}

/// `sum x (cosine + j sine)` in four lanes, which the processor adds side by side; the order is the same on every machine.
fn dot(values: &[f64], cosine: &[f64], sine: &[f64]) -> Complex64 {
    let (mut re, mut im) = ([0.0; 4], [0.0; 4]);
    let (x_fours, _) = values.as_chunks::<4>();
    let (cosine_fours, _) = cosine.as_chunks::<4>();
    let (sine_fours, _) = sine.as_chunks::<4>();
    for ((x, cosine), sine) in x_fours.iter().zip(cosine_fours).zip(sine_fours) {
        for lane in 0..4 {
            re[lane] += x[lane] * cosine[lane];
            im[lane] += x[lane] * sine[lane];
        }
    }
    let mut sum = Complex64::new(re.iter().sum(), im.iter().sum());
    for i in 4 * x_fours.len()..values.len() {
        sum += Complex64::new(values[i] * cosine[i], values[i] * sine[i]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::periodic::EpochBins;

    fn signal(index: u64) -> f64 {
        let t = index as f64 / 500.0;
        2.0 * (TAU * 81.0 * t + 0.6).cos() + (TAU * 80.2 * t).sin() + 0.3 * (37.7 * t * t).sin()
    }

    #[test]
    fn whole_bins_are_those_of_the_plain_projection() {
        let plan = EpochPlan::new(500.0, 81.0, 80, 0.3).unwrap();
        let wanted = [70, 80, 81, 93];
        let plain = EpochBins::new(plan, &wanted).unwrap();
        let mut fine = FineBins::new(plan, 1, &wanted).unwrap();
        let m = 5;
        let epoch: Vec<f64> = (plan.start(m)..plan.start(m + 1)).map(signal).collect();
        let mean = epoch.iter().sum::<f64>() / epoch.len() as f64;
        let flat: Vec<f64> = epoch.iter().map(|x| x - mean).collect();
        let mut spectrum = vec![Complex64::default(); plan.n_bins()];
        plain.project(m, &epoch, &mut spectrum);
        let (mut one, len) = ([Complex64::default(); 4], flat.len());
        fine.project((plan.rounding(m), len), &flat, len, &mut one);
        for (bin, z) in wanted.iter().zip(one) {
            assert!((spectrum[*bin] - z).norm() < 1e-10);
        }
    }

    #[test]
    fn the_turned_epochs_of_a_sweep_are_the_sweep() {
        // 81 cycles of 81 Hz at 500 Hz: whole samples, so that one long projection is the reference
        let plan = EpochPlan::new(500.0, 81.0, 81, 0.0).unwrap();
        let sweep = EpochPlan::new(500.0, 81.0, 4 * 81, 0.0).unwrap();
        let wanted = [300, 321, 324, 331];
        let mut fine = FineBins::new(plan, 4, &wanted).unwrap();
        let mut long = FineBins::new(sweep, 1, &wanted).unwrap();
        let values: Vec<f64> = (0..2000).map(signal).collect();
        let mut expected = [Complex64::default(); 4];
        long.project((0.0, 2000), &values, 2000, &mut expected);
        // the four epochs as four channels: one after the other
        let mut parts = [Complex64::default(); 16];
        fine.project((0.0, 500), &values, 500, &mut parts);
        for (i, &bin) in wanted.iter().enumerate() {
            let turned = (0..4).map(|place| parts[4 * place + i] * fine.turn(bin, place));
            let mean = turned.sum::<Complex64>() / 4.0;
            assert!((mean - expected[i]).norm() < 1e-10, "{bin}");
        }
    }

    #[test]
    fn bins_at_0_and_above_half_the_rate_are_refused() {
        let plan = EpochPlan::new(500.0, 81.0, 81, 0.0).unwrap();
        assert!(FineBins::new(plan, 4, &[0]).is_err());
        assert!(FineBins::new(plan, 4, &[1000]).is_err());
        assert_eq!(FineBins::new(plan, 4, &[9, 3, 9]).unwrap().bins(), [3, 9]);
    }
}
