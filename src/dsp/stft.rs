//! The short-time Fourier transform of a whole signal, with `SciPy`'s edges. Live frames are never padded.

use num_complex::Complex64;
use realfft::RealFftPlanner;

use crate::dsp::{SegmentPlan, Taper, TaperKind};

/// Frames of a signal's transform, `n_bins` values each.
#[derive(Debug, Clone, PartialEq)]
pub struct Stft {
    /// Bins per frame: 0 Hz to half the rate.
    pub n_bins: usize,
    /// Frame after frame.
    pub values: Vec<Complex64>,
}

impl Stft {
    /// The frames, oldest first.
    pub fn frames(&self) -> std::slice::ChunksExact<'_, Complex64> {
        self.values.chunks_exact(self.n_bins)
    }
}

/// `scipy.signal.stft(x, nperseg, noverlap)` with its defaults: periodic Hann taper, half a segment of zeros at both ends,
/// zeros after that to fill the last frame, no detrending, scaled by `1 / sum w`.
///
/// Zeros at the edges bias the first and last frames; kept because the paper's figures hold them.
#[must_use]
pub fn stft_padded(signal: &[f64], plan: SegmentPlan) -> Stft {
    let (len, hop) = (plan.len(), plan.hop());
    let taper = Taper::new(TaperKind::Hann, len);
    let scale = 1.0 / taper.weights().iter().sum::<f64>();
    let n_bounded = signal.len() + 2 * (len / 2);
    let n_frames = n_bounded.saturating_sub(len).div_ceil(hop) + 1;
    let mut padded = vec![0.0; (n_frames - 1) * hop + len];
    padded[len / 2..len / 2 + signal.len()].copy_from_slice(signal);
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(len);
    let (mut tapered, mut bins) = (fft.make_input_vec(), fft.make_output_vec());
    let mut values = Vec::with_capacity(n_frames * bins.len());
    for frame in 0..n_frames {
        tapered.copy_from_slice(&padded[frame * hop..frame * hop + len]);
        taper.apply(&mut tapered);
        let done = fft.process(&mut tapered, &mut bins);
        debug_assert!(done.is_ok(), "buffers were made by the plan");
        values.extend(bins.iter().map(|z| z * scale));
    }
    Stft {
        n_bins: bins.len(),
        values,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_minutes_at_200_hz_have_241_frames_of_101_bins() {
        let plan = SegmentPlan::new(200, 100).unwrap();
        let stft = stft_padded(&vec![1.0; 24_000], plan);
        assert_eq!((stft.frames().len(), stft.n_bins), (241, 101));
        assert!(
            (stft.values[120 * 101].re - 1.0).abs() < 1e-12,
            "a constant reads its value at 0 Hz"
        );
        assert_eq!(stft_padded(&vec![1.0; 24_001], plan).frames().len(), 242);
    }
}
