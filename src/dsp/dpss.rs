//! Discrete prolate spheroidal sequences: the tapers of the multitaper method.

use realfft::RealFftPlanner;
use std::f64::consts::PI;

use crate::dsp::tridiagonal::Tridiagonal;

/// Where the sequences' symmetry lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub enum DpssForm {
    /// About the middle of the segment: orthonormal, as Slepian and Thomson have them.
    #[default]
    Symmetric,
    /// Of one sample more, the last left off: what MNE-Python uses since 1.3. No longer exactly orthonormal.
    Periodic,
}

/// Why tapers were refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "{n_tapers} tapers of half-bandwidth {half_bandwidth_bins} bins for {len} samples; \
     allowed is 0.5 <= half-bandwidth < len / 2 and 1 to 2 * half-bandwidth tapers"
)]
pub struct DpssError {
    /// Samples per taper.
    pub len: usize,
    /// Half-bandwidth asked for.
    pub half_bandwidth_bins: f64,
    /// Tapers asked for.
    pub n_tapers: usize,
}

/// The sequences of one length and half-bandwidth, the best concentrated first.
#[derive(Debug, Clone, PartialEq)]
pub struct Dpss {
    sequences: Vec<Vec<f64>>,
    concentrations: Vec<f64>,
}

impl Dpss {
    /// The first `n_tapers` sequences of `len` samples whose energy is most concentrated within
    /// `half_bandwidth_bins` (`NW`) bins of `1 / len`.
    ///
    /// They are the eigenvectors of the tridiagonal matrix that commutes with the concentration problem
    /// (Slepian 1978; Percival & Walden 1993, section 8.3), of norm 1 before [`DpssForm::Periodic`] drops a sample.
    /// Even ones have a positive mean, odd ones begin with a positive lobe.
    ///
    /// # Errors
    /// [`DpssError`] unless `0.5 <= NW < len / 2` and `1 <= n_tapers <= 2 NW`.
    pub fn new(
        len: usize,
        half_bandwidth_bins: f64,
        n_tapers: usize,
        form: DpssForm,
    ) -> Result<Self, DpssError> {
        let fits = half_bandwidth_bins >= 0.5
            && 2.0 * half_bandwidth_bins < len as f64
            && n_tapers >= 1
            && n_tapers as f64 <= 2.0 * half_bandwidth_bins;
        if !fits {
            return Err(DpssError {
                len,
                half_bandwidth_bins,
                n_tapers,
            });
        }
        let full = match form {
            DpssForm::Symmetric => len,
            DpssForm::Periodic => len + 1,
        };
        let half_bandwidth = half_bandwidth_bins / full as f64;
        let mut sequences = slepian(full, half_bandwidth, n_tapers);
        let concentrations = concentrations(&sequences, half_bandwidth);
        for sequence in &mut sequences {
            sequence.truncate(len);
        }
        Ok(Self {
            sequences,
            concentrations,
        })
    }

    /// The sequences, the best concentrated first.
    #[must_use]
    pub fn sequences(&self) -> &[Vec<f64>] {
        &self.sequences
    }

    /// Share of each sequence's energy within the half-bandwidth, the eigenvalue: near 1 for the first, 0 to 1.
    #[must_use]
    pub fn concentrations(&self) -> &[f64] {
        &self.concentrations
    }
}

fn slepian(len: usize, half_bandwidth: f64, n_tapers: usize) -> Vec<Vec<f64>> {
    let n = len as f64;
    let cos = (2.0 * PI * half_bandwidth).cos();
    let diagonal = (0..len).map(|t| ((n - 1.0) / 2.0 - t as f64).powi(2) * cos);
    let beside = (1..len).map(|t| t as f64 * (n - t as f64) / 2.0);
    let matrix = Tridiagonal::new(diagonal.collect(), beside.collect());
    // a sine has the parity and about the number of sign changes of the sequence sought
    let guess = |k: usize| {
        let step = PI * (k as f64 + 1.0) / (n + 1.0);
        (0..len).map(|t| (step * (t as f64 + 1.0)).sin()).collect()
    };
    let mut sequences = matrix.largest(n_tapers, guess);
    for (k, sequence) in sequences.iter_mut().enumerate() {
        let leans_negative = if k % 2 == 0 {
            sequence.iter().sum::<f64>() < 0.0
        } else {
            // the first lobe: the moment of the first half has its sign, whatever the noise at the edge
            let floor = (1.0 / n).max(1e-7);
            sequence
                .iter()
                .find(|v| *v * *v > floor)
                .is_some_and(|v| *v < 0.0)
        };
        if leans_negative {
            for v in sequence {
                *v = -*v;
            }
        }
    }
    sequences
}

/// `sum_k r(k) sin(2 pi W k) / (pi k)` with the sequence's autocorrelation `r` (Percival & Walden 1993, section 8.3).
fn concentrations(sequences: &[Vec<f64>], half_bandwidth: f64) -> Vec<f64> {
    let len = sequences.first().map_or(0, Vec::len);
    let n_fft = (2 * len).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (
        planner.plan_fft_forward(n_fft),
        planner.plan_fft_inverse(n_fft),
    );
    let (mut time, mut bins) = (forward.make_input_vec(), forward.make_output_vec());
    let of = |sequence: &Vec<f64>| {
        time.fill(0.0);
        time[..len].copy_from_slice(sequence);
        let there = forward.process(&mut time, &mut bins);
        for bin in &mut bins {
            *bin = bin.norm_sqr().into();
        }
        let back = inverse.process(&mut bins, &mut time);
        debug_assert!(
            there.is_ok() && back.is_ok(),
            "buffers were made by the plan"
        );
        let lags = (1..len).map(|k| {
            let lag = k as f64;
            time[k] / n_fft as f64 * (2.0 * PI * half_bandwidth * lag).sin() / (PI * lag)
        });
        2.0 * half_bandwidth * time[0] / n_fft as f64 + 2.0 * lags.sum::<f64>()
    };
    sequences.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn symmetric_sequences_are_orthonormal_and_alternate_in_parity() {
        for len in [64, 321, 1000] {
            let dpss = Dpss::new(len, 4.0, 7, DpssForm::Symmetric).unwrap();
            for (j, a) in dpss.sequences().iter().enumerate() {
                for (k, b) in dpss.sequences().iter().enumerate() {
                    let expected = f64::from(u8::from(j == k));
                    assert!((dot(a, b) - expected).abs() < 1e-12, "{len} {j} {k}");
                }
                let mirror: Vec<f64> = a.iter().rev().copied().collect();
                let parity = if j % 2 == 0 { 1.0 } else { -1.0 };
                assert!((dot(a, &mirror) - parity).abs() < 1e-10, "{len} {j}");
            }
        }
    }

    #[test]
    fn concentrations_of_nw_4_are_those_of_thomsons_table() {
        // large-N limits, to the digits commonly printed for NW = 4
        let dpss = Dpss::new(1000, 4.0, 8, DpssForm::Symmetric).unwrap();
        let expected = [1.0, 1.0, 1.0, 0.999_97, 0.999_4, 0.993, 0.937, 0.70];
        for (actual, expected) in dpss.concentrations().iter().zip(expected) {
            assert!((actual - expected).abs() < 2e-2, "{actual} {expected}");
        }
        assert!(dpss.concentrations().is_sorted_by(|a, b| *a >= b - 1e-12));
        assert!(dpss.concentrations()[0] <= 1.0 + 1e-12);
    }

    #[test]
    fn more_tapers_than_the_bandwidth_holds_are_refused() {
        for (len, nw, n_tapers) in [
            (100, 3.0, 7),
            (100, 3.0, 0),
            (100, 0.4, 1),
            (8, 4.0, 3),
            (9, f64::NAN, 1),
        ] {
            assert!(Dpss::new(len, nw, n_tapers, DpssForm::Symmetric).is_err());
        }
        let error = Dpss::new(100, 3.0, 7, DpssForm::Symmetric).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("7 tapers of half-bandwidth 3 bins")
        );
    }
}
