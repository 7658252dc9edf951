//! Paper mode on live frames: the same sums as [`paper`](crate::dsp::paper), frame by frame.
//!
//! Views write [`PAPER_LABEL`](crate::dsp::paper::PAPER_LABEL) beside it. Live segments have their mean removed and no padded ends;
//! otherwise the numbers are those of the offline functions.

use num_complex::Complex64;

use crate::dsp::surrogate::{Progress, SegmentStore, ShiftPlan, draw_lags};

/// Running sums of the transfer ratios of every channel and pair.
///
/// A bin in which the stimulus is exactly 0 is left out of that bin's sums. Allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct PaperEstimator {
    n_bins: usize,
    pairs: Vec<(usize, usize)>,
    n_frames: u64,
    /// Frames used: channel after channel, bin after bin.
    n_used: Vec<f64>,
    /// Channels that lacked a frame since the start.
    lacked: Vec<bool>,
    magnitude: Vec<f64>,
    power: Vec<f64>,
    cross: Vec<Complex64>,
    ratios: Vec<Complex64>,
}

impl PaperEstimator {
    /// Nothing seen yet of `n_channels` channels, `n_bins` bins and these pairs of channels.
    #[must_use]
    pub fn new(n_channels: usize, n_bins: usize, pairs: &[(usize, usize)]) -> Self {
        Self {
            n_bins,
            pairs: pairs.to_vec(),
            n_frames: 0,
            n_used: vec![0.0; n_channels * n_bins],
            lacked: vec![false; n_channels],
            magnitude: vec![0.0; n_channels * n_bins],
            power: vec![0.0; n_channels * n_bins],
            cross: vec![Complex64::default(); pairs.len() * n_bins],
            ratios: vec![Complex64::default(); n_channels * n_bins],
        }
    }

    /// Forget every frame.
    pub fn reset(&mut self) {
        self.n_frames = 0;
        self.n_used.fill(0.0);
        self.lacked.fill(false);
        self.magnitude.fill(0.0);
        self.power.fill(0.0);
        self.cross.fill(Complex64::default());
    }

    /// Take the spectra of one segment: the stimulus's, and the channels' one after the other.
    pub fn push(&mut self, x: &[Complex64], y: &[Complex64]) {
        let n_bins = self.n_bins;
        self.push_with(x, |ch| &y[ch * n_bins..(ch + 1) * n_bins]);
    }

    /// The same, with the spectrum of channel `ch` wherever `y(ch)` finds it; a channel for which that is empty lacks the frame.
    pub fn push_with<'a>(&mut self, x: &[Complex64], y: impl Fn(usize) -> &'a [Complex64]) {
        let n_bins = self.n_bins;
        self.n_frames += 1;
        for (ch, ratios) in self.ratios.chunks_exact_mut(n_bins).enumerate() {
            let y = y(ch);
            if y.is_empty() {
                ratios.fill(Complex64::default());
                self.lacked[ch] = true;
                continue;
            }
            let of_channel = ch * n_bins..(ch + 1) * n_bins;
            let sums = self.magnitude[of_channel.clone()].iter_mut();
            let sums = sums.zip(&mut self.power[of_channel.clone()]);
            let sums = sums.zip(&mut self.n_used[of_channel]);
            let spectra = x.iter().zip(y);
            for ((ratio, (x, y)), ((magnitude, power), n_used)) in
                ratios.iter_mut().zip(spectra).zip(sums)
            {
                let audible = *x != Complex64::default();
                *ratio = if audible { y / x } else { Complex64::default() };
                *magnitude += ratio.norm();
                *power += ratio.norm_sqr();
                *n_used += f64::from(u8::from(audible));
            }
        }
        for (sums, &(a, b)) in self.cross.chunks_exact_mut(n_bins).zip(&self.pairs) {
            let first = &self.ratios[a * n_bins..(a + 1) * n_bins];
            let second = &self.ratios[b * n_bins..(b + 1) * n_bins];
            for ((sum, a), b) in sums.iter_mut().zip(first).zip(second) {
                *sum += a * b.conj();
            }
        }
    }

    /// The pairs, as given.
    #[must_use]
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.pairs
    }

    /// Frames taken.
    #[must_use]
    pub fn n_frames(&self) -> u64 {
        self.n_frames
    }

    /// TASR of channel `ch` in `bin`, response units per stimulus unit; 0 before the first frame.
    #[must_use]
    pub fn tasr(&self, ch: usize, bin: usize) -> f64 {
        let i = ch * self.n_bins + bin;
        self.magnitude[i] / self.n_used[i].max(1.0)
    }

    /// The paper's CSD of pair `pair` in `bin`; it grows with the number of frames.
    #[must_use]
    pub fn csd(&self, pair: usize, bin: usize) -> f64 {
        self.cross(pair, bin).norm()
    }

    /// The same with its angle: `sum H_a conj(H_b)`.
    #[must_use]
    pub fn cross(&self, pair: usize, bin: usize) -> Complex64 {
        self.cross[pair * self.n_bins + bin]
    }

    /// The paper's rho of pair `pair` in `bin`, 0 to 1; 0 before the first frame, no number where its channels do not have the same frames.
    #[must_use]
    pub fn rho(&self, pair: usize, bin: usize) -> f64 {
        let (a, b) = self.pairs[pair];
        if self.lacked[a] || self.lacked[b] {
            return f64::NAN;
        }
        let powers = self.power[a * self.n_bins + bin] * self.power[b * self.n_bins + bin];
        if powers > 0.0 {
            self.csd(pair, bin) / powers.sqrt()
        } else {
            0.0
        }
    }

    /// TASR of the channels, then CSD, then rho of the pairs, as one table.
    fn row(&self, row: usize, bin: usize) -> f64 {
        let (n_channels, n_pairs) = (self.magnitude.len() / self.n_bins, self.pairs.len());
        match row.checked_sub(n_channels) {
            None => self.tasr(row, bin),
            Some(pair) if pair < n_pairs => self.csd(pair, bin),
            Some(pair) => self.rho(pair - n_pairs, bin),
        }
    }
}

/// Which of the paper's measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperMeasure {
    /// Time-averaged spectral response, of a channel.
    Tasr,
    /// Cross-spectral density of the ratios, of a pair.
    Csd,
    /// Cross-spectral coefficient, of a pair.
    Rho,
}

/// What the paper's measures read when the stimulus is shifted against the EEG: the level they would need to exceed.
#[derive(Debug, Clone)]
pub struct PaperSurrogates {
    store: SegmentStore,
    lags: Vec<usize>,
    done: usize,
    estimator: PaperEstimator,
    n_channels: usize,
    /// Every measure of every shift: `rows * n_bins` values each, TASR, then CSD, then rho.
    values: Vec<f64>,
}

impl PaperSurrogates {
    /// Takes the segments of the estimator.
    #[must_use]
    pub fn new(store: SegmentStore, pairs: &[(usize, usize)], plan: ShiftPlan) -> Self {
        let lags = draw_lags(store.n_segments(), plan.min_lag, plan.n_shifts, plan.seed);
        let n_rows = store.n_channels() + 2 * pairs.len();
        Self {
            estimator: PaperEstimator::new(store.n_channels(), store.n_bins(), pairs),
            n_channels: store.n_channels(),
            values: Vec::with_capacity(lags.len() * n_rows * store.n_bins()),
            store,
            lags,
            done: 0,
        }
    }

    /// Compute at most `n_shifts` more. Allocates nothing.
    pub fn work(&mut self, n_shifts: usize) -> Progress {
        let until = (self.done + n_shifts).min(self.lags.len());
        while self.done < until {
            let lag = self.lags[self.done];
            self.estimator.reset();
            for segment in 0..self.store.n_segments() {
                self.estimator
                    .push(self.store.x(segment, lag), self.store.y(segment));
            }
            for row in 0..self.n_rows() {
                let of_row = |bin| self.estimator.row(row, bin);
                self.values.extend((0..self.store.n_bins()).map(of_row));
            }
            self.done += 1;
        }
        Progress {
            done: self.done,
            planned: self.lags.len(),
        }
    }

    /// Give the segments back.
    #[must_use]
    pub fn into_store(self) -> SegmentStore {
        self.store
    }

    /// The value that a share `share` of the shifts stay at or below; `row` is a channel or pair. `None` before the first shift.
    ///
    /// Sorts: not for the hop.
    #[must_use]
    pub fn quantile(
        &self,
        measure: PaperMeasure,
        row: usize,
        bin: usize,
        share: f64,
    ) -> Option<f64> {
        let n_pairs = self.estimator.pairs.len();
        let row = match measure {
            PaperMeasure::Tasr => row,
            PaperMeasure::Csd => self.n_channels + row,
            PaperMeasure::Rho => self.n_channels + n_pairs + row,
        };
        let n_bins = self.store.n_bins();
        let shifts = self.values.iter().skip(row * n_bins + bin);
        let mut sorted: Vec<f64> = shifts.step_by(self.n_rows() * n_bins).copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let below = |i: &usize| (*i + 1) as f64 >= share * sorted.len() as f64 - 1e-9;
        (0..sorted.len()).find(below).map(|i| sorted[i])
    }

    fn n_rows(&self) -> usize {
        self.n_channels + 2 * self.estimator.pairs.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(i: u32) -> (Vec<Complex64>, Vec<Complex64>) {
        let value = |salt: u32| {
            let t = f64::from(i * 3 + salt);
            Complex64::new((t * 1.7).sin() + 0.1, (t * t * 0.37).cos())
        };
        (
            (0..2).map(value).collect(),
            (2..6).map(|s| value(s * 5)).collect(),
        )
    }

    #[test]
    fn sums_over_frames_are_the_offline_measures() {
        use crate::dsp::paper::{rho, tasr, transfer_csd, transfer_frames};
        use crate::dsp::stft::Stft;
        let mut estimator = PaperEstimator::new(2, 2, &[(0, 1)]);
        let [mut x, mut a, mut b] = [const { Vec::new() }; 3];
        for i in 0..50 {
            let (stimulus, channels) = frame(i);
            estimator.push(&stimulus, &channels);
            x.extend(stimulus);
            a.extend_from_slice(&channels[..2]);
            b.extend_from_slice(&channels[2..]);
        }
        let stft = |values| Stft { n_bins: 2, values };
        let x = stft(x);
        let (a, b) = (transfer_frames(&x, &stft(a)), transfer_frames(&x, &stft(b)));
        for bin in 0..2 {
            assert!((estimator.tasr(1, bin) / tasr(&b)[bin] - 1.0).abs() < 1e-12);
            assert!((estimator.csd(0, bin) / transfer_csd(&a, &b)[bin] - 1.0).abs() < 1e-12);
            assert!((estimator.rho(0, bin) - rho(&a, &b)[bin]).abs() < 1e-12);
        }
        assert_eq!(estimator.n_frames(), 50);
    }

    #[test]
    fn silence_is_left_out_and_nothing_is_not_a_number() {
        let mut estimator = PaperEstimator::new(1, 1, &[(0, 0)]);
        assert_eq!((estimator.tasr(0, 0), estimator.rho(0, 0)), (0.0, 0.0));
        estimator.push(&[Complex64::default()], &[Complex64::new(5.0, 0.0)]);
        estimator.push(&[Complex64::new(0.0, 2.0)], &[Complex64::new(5.0, 0.0)]);
        assert_eq!((estimator.tasr(0, 0), estimator.rho(0, 0)), (2.5, 1.0));
    }

    #[test]
    fn quantiles_of_the_shifts_are_those_of_shifted_readouts() {
        let mut store = SegmentStore::new(2, 2, 40);
        (0..40).map(frame).for_each(|(x, y)| store.push(&x, &y));
        let plan = ShiftPlan {
            n_shifts: 19,
            min_lag: 5,
            seed: 1,
        };
        let mut shifts = PaperSurrogates::new(store.clone(), &[(0, 1)], plan);
        assert_eq!(shifts.quantile(PaperMeasure::Tasr, 0, 0, 0.95), None);
        while !shifts.work(4).is_complete() {}
        let mut rhos: Vec<f64> = draw_lags(40, 5, 19, 1)
            .iter()
            .map(|&lag| {
                let mut estimator = PaperEstimator::new(2, 2, &[(0, 1)]);
                (0..40).for_each(|i| estimator.push(store.x(i, lag), store.y(i)));
                estimator.rho(0, 1)
            })
            .collect();
        rhos.sort_by(f64::total_cmp);
        assert_eq!(
            shifts.quantile(PaperMeasure::Rho, 0, 1, 1.0),
            Some(rhos[18])
        );
        assert_eq!(
            shifts.quantile(PaperMeasure::Rho, 0, 1, 10.0 / 19.0),
            Some(rhos[9])
        );
    }
}
