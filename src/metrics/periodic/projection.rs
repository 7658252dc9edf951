//! The coefficients of an epoch, summed while it arrives, so that its end brings no more work than any other sample.

use num_complex::Complex64;

use crate::dsp::periodic::{EpochPlan, FineBins};

use super::bins::BinPlan;

/// Samples summed at a time.
const BLOCK: usize = 64;

/// Transforms of all channels at the bins of epochs and of sweeps.
///
/// Values are summed as they come; the straight line, which is known at the end only, is then taken off the sums: it has transforms of its own.
#[derive(Debug)]
pub(super) struct Projection {
    n_summed: usize,
    epoch: Sums,
    sweep: Sums,
    /// 1 for every sample of an epoch, then the sample's number.
    lines: Vec<f64>,
}

/// Coefficients of the channels, then of the two lines.
#[derive(Debug)]
struct Sums {
    n_bins: usize,
    channels: Vec<Complex64>,
    lines: Vec<Complex64>,
}

impl Projection {
    pub(super) fn new(bins: &BinPlan, plan: EpochPlan, n_channels: usize) -> Self {
        let len = plan.max_len();
        let numbers = (0..len).map(|i| i as f64);
        Self {
            n_summed: 0,
            epoch: Sums::new(bins.epoch.bins().len(), n_channels),
            sweep: Sums::new(bins.sweep.bins().len(), n_channels),
            lines: std::iter::repeat_n(1.0, len).chain(numbers).collect(),
        }
    }

    /// A new epoch.
    pub(super) fn begin(&mut self) {
        self.n_summed = 0;
        self.epoch.channels.fill(Complex64::default());
        self.sweep.channels.fill(Complex64::default());
    }

    /// Of the epoch whose exact start lies `rounding` samples before its first, `n` samples are there: sum the new ones if they fill a block or
    /// the epoch `is_complete`. `values` holds the channels one after the other, as long as the longest epoch each.
    pub(super) fn sum(
        &mut self,
        bins: &mut BinPlan,
        (rounding, n, is_complete): (f64, usize, bool),
        values: &[f64],
    ) {
        if n < self.n_summed + BLOCK && !is_complete {
            return;
        }
        let (new, stride) = (self.n_summed..n, self.lines.len() / 2);
        let (epoch, sweep) = (&mut self.epoch.channels, &mut self.sweep.channels);
        bins.epoch
            .accumulate(rounding, new.clone(), (values, stride), epoch);
        bins.sweep
            .accumulate(rounding, new, (values, stride), sweep);
        self.n_summed = n;
    }

    /// The epoch of `len` samples is complete and summed: transform the lines that can be taken off it.
    pub(super) fn finish(&mut self, bins: &mut BinPlan, (rounding, len): (f64, usize)) {
        let lines = (&self.lines[..], self.lines.len() / 2);
        let of = |bins: &mut FineBins, sums: &mut Sums| {
            sums.lines.fill(Complex64::default());
            bins.accumulate(rounding, 0..len, lines, &mut sums.lines);
            let scale = 2.0 / len as f64;
            for z in sums.channels.iter_mut().chain(&mut sums.lines) {
                *z *= scale;
            }
        };
        of(&mut bins.epoch, &mut self.epoch);
        of(&mut bins.sweep, &mut self.sweep);
    }

    /// Coefficients of channel `ch` at the epochs' bins, less those of `line`; and at the sweeps', less those of `offset`.
    pub(super) fn channel(
        &mut self,
        ch: usize,
        line: Line,
        offset: f64,
    ) -> (&[Complex64], &[Complex64]) {
        (
            self.epoch.less(ch, line),
            self.sweep.less(
                ch,
                Line {
                    first: offset,
                    slope: 0.0,
                },
            ),
        )
    }

    /// Coefficient of channel `ch` at a position in the epochs' bins, after [`channel`](Self::channel).
    pub(super) fn at(&self, ch: usize, position: usize) -> Complex64 {
        self.epoch.channels[ch * self.epoch.n_bins + position]
    }
}

impl Sums {
    fn new(n_bins: usize, n_channels: usize) -> Self {
        Self {
            n_bins,
            channels: vec![Complex64::default(); n_bins * n_channels],
            lines: vec![Complex64::default(); n_bins * 2],
        }
    }

    fn less(&mut self, ch: usize, line: Line) -> &[Complex64] {
        let channel = &mut self.channels[ch * self.n_bins..(ch + 1) * self.n_bins];
        let (ones, numbers) = self.lines.split_at(self.n_bins);
        for ((z, one), number) in channel.iter_mut().zip(ones).zip(numbers) {
            *z -= one * line.first + number * line.slope;
        }
        channel
    }
}

/// A straight line through an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    /// At the first sample.
    first: f64,
    /// Per sample.
    slope: f64,
}

impl Line {
    /// The line of least squares, and the mean.
    pub(super) fn through(values: &[f64]) -> (Self, f64) {
        let n = values.len() as f64;
        let middle = (n - 1.0) / 2.0;
        let mean = values.iter().sum::<f64>() / n;
        let moments = values.iter().enumerate();
        let moment: f64 = moments.map(|(i, x)| (i as f64 - middle) * (x - mean)).sum();
        let slope = moment * 12.0 / (n * (n * n - 1.0));
        let first = mean - slope * middle;
        (Self { first, slope }, mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::Detrend;
    use crate::metrics::periodic::PeriodicSettings;

    #[test]
    fn sums_in_blocks_less_their_line_are_the_transform_of_the_epoch_without_it() {
        let settings = PeriodicSettings {
            modulation_hz: 40.018,
            ..PeriodicSettings::default()
        };
        let plan = settings.epoch_plan(250.0).unwrap();
        let mut bins = BinPlan::new(&settings, plan, 50.0).unwrap();
        let mut projection = Projection::new(&bins, plan, 2);
        let (len, stride, rounding) = (plan.len_of(3), plan.max_len(), plan.rounding(3));
        let value = |i: usize| 3e4 + 7.0 * i as f64 + (0.1 * (i * i) as f64).sin();
        let mut values = vec![0.0; 2 * stride];
        projection.begin();
        for n in 1..=len {
            values[stride + n - 1] = value(n - 1);
            projection.sum(&mut bins, (rounding, n, n == len), &values);
        }
        projection.finish(&mut bins, (rounding, len));
        let epoch = &values[stride..stride + len];
        let (line, mean) = Line::through(epoch);
        let (of_epoch, of_sweep) = projection.channel(1, line, mean);

        let mut flat = vec![0.0; len];
        Detrend::Linear.apply(epoch, &mut flat);
        let mut expected = vec![Complex64::default(); of_epoch.len()];
        bins.epoch
            .project((rounding, len), &flat, len, &mut expected);
        for (z, expected) in of_epoch.iter().zip(&expected) {
            assert!((z - expected).norm() < 1e-9, "{z} {expected}");
        }
        Detrend::Constant.apply(epoch, &mut flat);
        let mut expected = vec![Complex64::default(); of_sweep.len()];
        bins.sweep
            .project((rounding, len), &flat, len, &mut expected);
        for (z, expected) in of_sweep.iter().zip(&expected) {
            assert!((z - expected).norm() < 1e-9, "{z} {expected}");
        }
    }
}
