//! Several channels or harmonics at once, or unequal scatter: Hotelling's T2.

use num_complex::Complex64;

use crate::dsp::tails::{PValue, f_survival};

/// Share of a variance that must be left after the other coefficients are taken out, lest the covariance count as singular.
const LEAST_SHARE: f64 = 1e-12;

/// Tests whether the mean of several complex coefficients per epoch is 0. Holds the scratch, so that a test allocates nothing.
#[derive(Debug, Clone)]
pub struct Hotelling {
    /// Real values per epoch: two per coefficient.
    q: usize,
    mean: Vec<f64>,
    /// Covariance, then its lower Cholesky factor; row-major.
    covariance: Vec<f64>,
    deviation: Vec<f64>,
}

/// Result of Hotelling's test.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct HotellingTest {
    /// Epochs `M`.
    pub n_epochs: usize,
    /// Real values per epoch `q`, two per channel and harmonic.
    pub q: usize,
    /// `M mean' S^-1 mean` with the sample covariance `S` (over `M - 1`).
    pub t2: f64,
    /// `T2 (M - q) / (q (M - 1))`.
    pub f: f64,
    /// Chance of such an F without a response, from `F(q, M - q)`.
    pub p: PValue,
}

/// Why there is no test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize)]
pub enum HotellingError {
    /// Not more epochs than values.
    #[error("{n_epochs} epochs of {q} real values; more epochs than values are needed")]
    TooFewEpochs {
        /// Epochs given.
        n_epochs: usize,
        /// Real values per epoch.
        q: usize,
    },
    /// Lists of unequal length, or not as many as planned.
    #[error("coefficient {coefficient} is missing epochs that others have, or was not planned")]
    Uneven {
        /// Index of the first list that does not fit.
        coefficient: usize,
    },
    /// A coefficient does not vary, is not finite, or follows from the others (a channel given twice, an average reference).
    #[error("the covariance is singular at coefficient {coefficient}")]
    Singular {
        /// Index of the first coefficient that adds nothing.
        coefficient: usize,
    },
}

impl Hotelling {
    /// Plans tests of `n_coefficients` complex values per epoch (channels times harmonics).
    #[must_use]
    pub fn new(n_coefficients: usize) -> Self {
        let q = 2 * n_coefficients;
        Self {
            q,
            mean: vec![0.0; q],
            covariance: vec![0.0; q * q],
            deviation: vec![0.0; q],
        }
    }

    /// Tests the coefficients: `z[c][m]` is coefficient `c` of epoch `m`.
    ///
    /// # Errors
    /// [`HotellingError`] unless there are more epochs than real values, as many of each coefficient, and a covariance that can be
    /// inverted.
    pub fn test(&mut self, z: &[&[Complex64]]) -> Result<HotellingTest, HotellingError> {
        let q = self.q;
        let n_epochs = z.first().map_or(0, |first| first.len());
        let uneven = z.iter().position(|column| column.len() != n_epochs);
        if let Some(coefficient) = uneven {
            return Err(HotellingError::Uneven { coefficient });
        }
        if 2 * z.len() != q {
            let coefficient = z.len().min(q / 2);
            return Err(HotellingError::Uneven { coefficient });
        }
        if n_epochs <= q || q == 0 {
            return Err(HotellingError::TooFewEpochs { n_epochs, q });
        }
        self.estimate(z, n_epochs);
        self.factorise().map_err(|value| HotellingError::Singular {
            coefficient: value / 2,
        })?;
        let n = n_epochs as f64;
        let t2 = n * self.mahalanobis_squared();
        let f = t2 * (n - q as f64) / (q as f64 * (n - 1.0));
        Ok(HotellingTest {
            n_epochs,
            q,
            t2,
            f,
            p: f_survival(f, q as f64, n - q as f64),
        })
    }

    /// Mean and lower half of the covariance.
    fn estimate(&mut self, z: &[&[Complex64]], n_epochs: usize) {
        let n = n_epochs as f64;
        for (column, mean) in z.iter().zip(self.mean.chunks_exact_mut(2)) {
            let sum: Complex64 = column.iter().sum();
            mean.copy_from_slice(&[sum.re / n, sum.im / n]);
        }
        self.covariance.fill(0.0);
        for m in 0..n_epochs {
            let values = z.iter().flat_map(|column| [column[m].re, column[m].im]);
            for ((deviation, value), mean) in self.deviation.iter_mut().zip(values).zip(&self.mean)
            {
                *deviation = value - mean;
            }
            for (i, row) in self.covariance.chunks_exact_mut(self.q).enumerate() {
                let by = self.deviation[i] / (n - 1.0);
                for (entry, other) in row.iter_mut().zip(&self.deviation).take(i + 1) {
                    *entry += by * other;
                }
            }
        }
    }

    /// Cholesky factor in place; the index of the first value that adds nothing if there is one.
    fn factorise(&mut self) -> Result<(), usize> {
        let q = self.q;
        for i in 0..q {
            let (done, rest) = self.covariance.split_at_mut(i * q);
            let row = &mut rest[..q];
            let variance = row[i];
            for j in 0..i {
                let other = &done[j * q..=j * q + j];
                let known: f64 = row[..j].iter().zip(other).map(|(a, b)| a * b).sum();
                row[j] = (row[j] - known) / other[j];
            }
            let explained: f64 = row[..i].iter().map(|v| v * v).sum();
            let left = variance - explained;
            // `is_nan` goes the same way as a value that adds nothing
            if left.is_nan() || !left.is_finite() || left <= LEAST_SHARE * variance {
                return Err(i);
            }
            row[i] = left.sqrt();
        }
        Ok(())
    }

    /// `mean' S^-1 mean = |L^-1 mean|^2`, by forward substitution into the scratch.
    fn mahalanobis_squared(&mut self) -> f64 {
        for (i, row) in self.covariance.chunks_exact(self.q).enumerate() {
            let known: f64 = row[..i]
                .iter()
                .zip(&self.deviation)
                .map(|(a, b)| a * b)
                .sum();
            self.deviation[i] = (self.mean[i] - known) / row[i];
        }
        self.deviation.iter().map(|v| v * v).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(n: u32, offset: f64, turn: f64) -> Vec<Complex64> {
        (0..n)
            .map(|m| {
                let k = f64::from(m);
                Complex64::new(offset + (turn * k).cos(), (1.7 * turn * k + turn).sin())
            })
            .collect()
    }

    #[test]
    fn one_coefficient_agrees_with_the_inverse_written_out() {
        let z = column(25, 0.4, 2.1);
        let test = Hotelling::new(1).test(&[&z]).unwrap();
        let mean = z.iter().sum::<Complex64>() / 25.0;
        let (mut re_sq, mut re_im, mut im_sq) = (0.0, 0.0, 0.0);
        for from_mean in z.iter().map(|z| z - mean) {
            re_sq += from_mean.re * from_mean.re / 24.0;
            re_im += from_mean.re * from_mean.im / 24.0;
            im_sq += from_mean.im * from_mean.im / 24.0;
        }
        let numerator =
            im_sq * mean.re * mean.re - 2.0 * re_im * mean.re * mean.im + re_sq * mean.im * mean.im;
        let by_hand = 25.0 * numerator / (re_sq * im_sq - re_im * re_im);
        assert!((test.t2 / by_hand - 1.0).abs() < 1e-12);
        assert!((test.f - test.t2 * 23.0 / 48.0).abs() < 1e-12 && test.q == 2);
    }

    #[test]
    fn any_mixture_of_the_channels_gives_the_same_test() {
        let (a, b) = (column(30, 0.3, 2.1), column(30, -0.2, 1.3));
        let mixed: Vec<Complex64> = a.iter().zip(&b).map(|(a, b)| 1e3 * a - 2.0 * b).collect();
        let mut hotelling = Hotelling::new(2);
        let plain = hotelling.test(&[&a, &b]).unwrap();
        let mixture = hotelling.test(&[&mixed, &b]).unwrap();
        assert!(
            (plain.t2 / mixture.t2 - 1.0).abs() < 1e-6,
            "{plain:?} {mixture:?}"
        );
    }

    #[test]
    fn a_channel_that_follows_from_the_others_is_named() {
        let (a, b) = (column(30, 0.3, 2.1), column(30, -0.2, 1.3));
        let reference: Vec<Complex64> = a.iter().zip(&b).map(|(a, b)| -(a + b)).collect();
        let result = Hotelling::new(3).test(&[&a, &b, &reference]);
        assert_eq!(result, Err(HotellingError::Singular { coefficient: 2 }));
        let flat = vec![Complex64::new(1.0, 1.0); 30];
        let result = Hotelling::new(2).test(&[&flat, &a]);
        assert_eq!(result, Err(HotellingError::Singular { coefficient: 0 }));
        let broken = vec![Complex64::new(f64::NAN, 1.0); 30];
        let result = Hotelling::new(1).test(&[&broken]);
        assert_eq!(result, Err(HotellingError::Singular { coefficient: 0 }));
    }

    #[test]
    fn too_few_epochs_and_uneven_lists_are_refused() {
        let (a, b) = (column(4, 0.3, 2.1), column(5, 0.3, 1.0));
        let mut hotelling = Hotelling::new(2);
        let result = hotelling.test(&[&a, &a]);
        assert_eq!(
            result,
            Err(HotellingError::TooFewEpochs { n_epochs: 4, q: 4 })
        );
        let result = hotelling.test(&[&a, &b]);
        assert_eq!(result, Err(HotellingError::Uneven { coefficient: 1 }));
        assert_eq!(
            hotelling.test(&[&b]),
            Err(HotellingError::Uneven { coefficient: 1 })
        );
        assert!(Hotelling::new(0).test(&[]).is_err());
    }
}
