//! From a segment of samples to its calibrated spectrum.

use std::sync::Arc;

use num_complex::Complex64;
use realfft::{RealFftPlanner, RealToComplex};

use crate::dsp::{Detrend, FreqAxis, Taper, TaperSet};

/// Removes the trend of a segment, tapers and transforms it, once for each taper.
///
/// The result is scaled so that `sum_k |Z_k|^2` over the tapers *is* the one-sided PSD of the segment in `unit^2/Hz`,
/// `2 |sum w x e^..|^2 / (fs sum w^2)` with one taper, not doubled at 0 Hz and half the rate. Cross-spectra are then plain
/// products, summed over the tapers.
pub struct SegmentFft {
    fft: Arc<dyn RealToComplex<f64>>,
    tapers: TaperSet,
    detrend: Detrend,
    axis: FreqAxis,
    flat: Vec<f64>,
    tapered: Vec<f64>,
    bins: Vec<Complex64>,
    scratch: Vec<Complex64>,
}

impl SegmentFft {
    /// Plans transforms of segments as long as `taper`, mean removed, keeping the bins of `axis`.
    ///
    /// # Panics
    /// If the axis belongs to another length: a bug.
    #[must_use]
    pub fn new(taper: Taper, axis: FreqAxis) -> Self {
        Self::with_tapers(TaperSet::one(taper), Detrend::Constant, axis)
    }

    /// Plans transforms with any tapers and detrending.
    ///
    /// # Panics
    /// If the axis belongs to another length: a bug.
    #[must_use]
    pub fn with_tapers(tapers: TaperSet, detrend: Detrend, axis: FreqAxis) -> Self {
        let len = tapers.segment_len();
        assert_eq!(len, axis.n_fft(), "one length for tapers and axis");
        let fft = RealFftPlanner::new().plan_fft_forward(len);
        Self {
            flat: fft.make_input_vec(),
            tapered: fft.make_input_vec(),
            bins: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            tapers,
            detrend,
            axis,
        }
    }

    /// The tapers in use.
    #[must_use]
    pub fn tapers(&self) -> &TaperSet {
        &self.tapers
    }

    /// The bins kept.
    #[must_use]
    pub fn axis(&self) -> &FreqAxis {
        &self.axis
    }

    /// Length of a spectrum: the bins of the axis, once for each taper.
    #[must_use]
    pub fn n_values(&self) -> usize {
        self.tapers.n_tapers() * self.axis.n_bins()
    }

    /// Transform `segment` into `spectrum`, one value per bin of the axis, taper after taper. Allocates nothing.
    ///
    /// # Panics
    /// If a length is not that of the plan: a bug.
    pub fn transform(&mut self, segment: &[f64], spectrum: &mut [Complex64]) {
        assert_eq!(
            spectrum.len(),
            self.n_values(),
            "one value per taper and bin"
        );
        self.detrend.apply(segment, &mut self.flat);
        let of_tapers = spectrum.chunks_exact_mut(self.axis.n_bins());
        for (k, (taper, spectrum)) in self.tapers.tapers().iter().zip(of_tapers).enumerate() {
            self.tapered.copy_from_slice(&self.flat);
            taper.apply(&mut self.tapered);
            let done =
                self.fft
                    .process_with_scratch(&mut self.tapered, &mut self.bins, &mut self.scratch);
            debug_assert!(done.is_ok(), "buffers were made by the plan");
            let paired = self.tapers.psd_scale(k, self.axis.sample_rate_hz()).sqrt();
            let unpaired = paired * std::f64::consts::FRAC_1_SQRT_2;
            for (bin, (scaled, raw)) in spectrum.iter_mut().zip(&self.bins).enumerate() {
                let is_unpaired = self.axis.is_unpaired(bin);
                *scaled = raw * if is_unpaired { unpaired } else { paired };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::{Multitaper, TaperKind};
    use std::f64::consts::TAU;

    fn fft(kind: TaperKind, len: usize, sample_rate_hz: f64) -> SegmentFft {
        SegmentFft::new(
            Taper::new(kind, len),
            FreqAxis::new(sample_rate_hz, len, f64::INFINITY),
        )
    }

    #[test]
    fn a_sine_of_10_uv_at_54_hz_peaks_at_33_uv2_per_hz() {
        let mut fft = fft(TaperKind::Hann, 250, 250.0);
        let sine: Vec<f64> = (0..250)
            .map(|n| 3.0 + 10.0 * (TAU * 54.0 * f64::from(n) / 250.0).sin())
            .collect();
        let mut spectrum = vec![Complex64::default(); 126];
        fft.transform(&sine, &mut spectrum);
        assert!((spectrum[54].norm_sqr() - 50.0 / 1.5).abs() < 1e-9);
        let band: f64 = (0..126)
            .map(|bin| spectrum[bin].norm_sqr() * fft.axis().share_within(bin, 53.0, 56.0))
            .sum();
        assert!((band - 45.833_333_333).abs() < 1e-6, "{band}");
        assert!(spectrum[0].norm_sqr() < 1e-20, "the mean was removed");
    }

    #[test]
    fn parseval_holds_for_even_and_odd_lengths() {
        for len in [200_usize, 201] {
            let mut fft = fft(TaperKind::Boxcar, len, 100.0);
            let values: Vec<f64> = (0..len)
                .map(|n| ((n * n * 7919) % 1013) as f64 - 500.0)
                .collect();
            let mean = values.iter().sum::<f64>() / len as f64;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / len as f64;
            let mut spectrum = vec![Complex64::default(); len / 2 + 1];
            fft.transform(&values, &mut spectrum);
            let total: f64 =
                spectrum.iter().map(Complex64::norm_sqr).sum::<f64>() * fft.axis().df_hz();
            assert!(
                (total / variance - 1.0).abs() < 1e-12,
                "{len}: {total} {variance}"
            );
        }
    }

    #[test]
    fn parseval_holds_with_several_tapers_on_average() {
        // sum_k s_k |w_k x|^2 is the mean square where x is constant in size: +-1
        let tapers = TaperSet::multitaper(&Multitaper::default(), 200).unwrap();
        let axis = FreqAxis::new(100.0, 200, f64::INFINITY);
        let mut fft = SegmentFft::with_tapers(tapers, Detrend::None, axis);
        let signs: Vec<f64> = (0..200_u32)
            .map(|n| {
                if (n * n * 7919) % 1013 > 500 {
                    1.0
                } else {
                    -1.0
                }
            })
            .collect();
        let mut spectrum = vec![Complex64::default(); fft.n_values()];
        fft.transform(&signs, &mut spectrum);
        let total: f64 = spectrum.iter().map(Complex64::norm_sqr).sum::<f64>() * axis.df_hz();
        assert!((total - 1.0).abs() < 1e-12, "{total}");
    }
}
