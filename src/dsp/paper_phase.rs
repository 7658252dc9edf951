//! Paper mode's phase on live frames: the same sums as [`mean_phase`](crate::dsp::paper::mean_phase), frame by frame.
//!
//! Apart from [`PaperEstimator`](crate::dsp::paper_live::PaperEstimator), whose sums are made anew for every circular shift: they need no arc tangents.

use num_complex::Complex64;

/// Running mean of `angle Y - angle X` of every channel, not unwrapped: its expectation is 0 whatever the delay.
///
/// A bin in which the stimulus is exactly 0 is left out of that bin's mean. Allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct PaperPhase {
    n_bins: usize,
    n_used: Vec<f64>,
    sums_rad: Vec<f64>,
}

impl PaperPhase {
    /// Nothing seen yet of `n_channels` channels and `n_bins` bins.
    #[must_use]
    pub fn new(n_channels: usize, n_bins: usize) -> Self {
        Self {
            n_bins,
            n_used: vec![0.0; n_channels * n_bins],
            sums_rad: vec![0.0; n_channels * n_bins],
        }
    }

    /// Forget every frame.
    pub fn reset(&mut self) {
        self.n_used.fill(0.0);
        self.sums_rad.fill(0.0);
    }

    /// Take the spectra of one segment: the stimulus's, and that of channel `ch` wherever `y(ch)` finds it; a channel for which that is empty lacks the frame.
    pub fn push_with<'a>(&mut self, x: &[Complex64], y: impl Fn(usize) -> &'a [Complex64]) {
        for (bin, x) in x.iter().enumerate() {
            if *x == Complex64::default() {
                continue;
            }
            let angle_rad = x.arg();
            let sums = self.sums_rad.iter_mut().zip(&mut self.n_used);
            for (ch, (sum_rad, n_used)) in sums.skip(bin).step_by(self.n_bins).enumerate() {
                if let Some(y) = y(ch).get(bin) {
                    *sum_rad += y.arg() - angle_rad;
                    *n_used += 1.0;
                }
            }
        }
    }

    /// The paper's phase of channel `ch` in `bin`, -2 pi to 2 pi; 0 before the first frame.
    #[must_use]
    pub fn phase_rad(&self, ch: usize, bin: usize) -> f64 {
        let i = ch * self.n_bins + bin;
        self.sums_rad[i] / self.n_used[i].max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::paper::mean_phase;
    use crate::dsp::stft::Stft;

    /// Spectra of two bins, different in every frame.
    fn frame(i: u32, seed: f64) -> [Complex64; 2] {
        [1.0, 2.0].map(|bin| Complex64::from_polar(1.0, seed * bin + 2.3 * f64::from(i)))
    }

    #[test]
    fn the_mean_over_frames_is_the_offline_phase() {
        let mut phase = PaperPhase::new(2, 2);
        let frames = |seed: f64| Stft {
            n_bins: 2,
            values: (0..50).flat_map(|i| frame(i, seed)).collect(),
        };
        let (x, channels) = (frames(0.1), [frames(0.9), frames(2.0)]);
        for i in 0..50 {
            phase.push_with(&x.values[2 * i..2 * i + 2], |ch| {
                &channels[ch].values[2 * i..2 * i + 2]
            });
        }
        for (ch, y) in channels.iter().enumerate() {
            for (bin, expected_rad) in mean_phase(&x, y).into_iter().enumerate() {
                assert!((phase.phase_rad(ch, bin) - expected_rad).abs() < 1e-12);
            }
        }
        phase.reset();
        assert!(phase.phase_rad(1, 0).abs() < 1e-300);
    }

    #[test]
    fn a_silent_stimulus_has_no_angle() {
        let mut phase = PaperPhase::new(1, 1);
        let y = [Complex64::i()];
        phase.push_with(&[Complex64::default()], |_| &y);
        phase.push_with(&[Complex64::new(1.0, 0.0)], |_| &y);
        assert!((phase.phase_rad(0, 0) - std::f64::consts::FRAC_PI_2).abs() < 1e-15);
    }
}
