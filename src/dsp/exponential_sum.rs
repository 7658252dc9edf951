//! The upper tail of a weighted sum of exponential variables.

use std::f64::consts::{PI, SQRT_2};

use statrs::function::erf::erfc;

/// So many weights are the eigenvalues of the matrix itself; more are those of the circulant one, which wide bands are like.
const MOST_EXACT: usize = 64;
/// Sweeps of Jacobi's method: it converges quadratically, eight are plenty for 64 rows.
const SWEEPS: usize = 12;
/// This near to the mean (in standard deviations) the formula divides 0 by 0: its limit is taken.
const NEAR_MEAN: f64 = 1e-3;

/// `Y = sum_i w_i E_i` with independent `E_i` of mean 1: what the powers of correlated complex Gaussians add up to, with the
/// eigenvalues of their correlation as weights.
///
/// The tail is Lugannani and Rice's saddlepoint formula (1980; Kuonen 1999 for quadratic forms), within 3 % of the exact one where that is above 1e-6
/// and within 9 % however far out; a single variable is exact. A gamma variable of the same mean and variance, Brown's (1975) way, underrates
/// the tail by half at 1e-3: far out the largest weight alone rules.
#[derive(Debug, Clone)]
pub(super) struct ExponentialSum {
    weights: Vec<f64>,
    greatest: f64,
}

impl ExponentialSum {
    /// The sum of the powers of `n` complex Gaussians in a row, of which those `k` apart have the correlation
    /// `correlation[k]`, 0 beyond its end; `correlation[0]` is 1.
    pub(super) fn of_stationary(n: usize, correlation: &[f64]) -> Self {
        let at = |k: usize| correlation.get(k).copied().unwrap_or(0.0);
        let weights = if n <= MOST_EXACT {
            let rows = (0..n).map(|i| (0..n).map(|j| at(i.abs_diff(j))).collect());
            eigenvalues(rows.collect())
        } else {
            (0..n)
                .map(|j| circulant_eigenvalue(j, n, correlation))
                .collect()
        };
        let weights: Vec<f64> = weights.into_iter().map(|w| w.max(0.0)).collect();
        Self {
            greatest: weights.iter().copied().fold(0.0, f64::max),
            weights,
        }
    }

    /// Probability of `y` or more. Allocates nothing.
    pub(super) fn survival(&self, y: f64) -> f64 {
        if y.is_nan() || y <= 0.0 {
            return 1.0;
        }
        if self.weights.len() == 1 {
            return (-y / self.greatest).exp();
        }
        if y.is_infinite() {
            return 0.0;
        }
        let t = self.saddlepoint(y);
        let moments = self
            .weights
            .iter()
            .fold([0.0; 3], |[ln, second, third], w| {
                let tilted = w / (1.0 - w * t);
                [
                    ln - (-w * t).ln_1p(),
                    second + tilted * tilted,
                    third + 2.0 * tilted.powi(3),
                ]
            });
        let [cumulant, second, third] = moments;
        let deviation = (2.0 * (t * y - cumulant).max(0.0)).sqrt().copysign(t);
        let correction = if deviation.abs() < NEAR_MEAN {
            -third / (6.0 * second.powf(1.5))
        } else {
            1.0 / (t * second.sqrt()) - 1.0 / deviation
        };
        let density = (-0.5 * deviation * deviation).exp() / (2.0 * PI).sqrt();
        (0.5 * erfc(deviation / SQRT_2) + density * correction).clamp(0.0, 1.0)
    }

    /// The value exceeded with probability `p`, by bisection.
    pub(super) fn quantile_above(&self, p: f64) -> f64 {
        let (mut lo, mut hi) = (0.0, self.greatest.max(1e-300));
        while self.survival(hi) > p && hi < 1e9 {
            hi *= 2.0;
        }
        loop {
            let middle = f64::midpoint(lo, hi);
            if middle <= lo || middle >= hi {
                return hi;
            }
            if self.survival(middle) > p {
                lo = middle;
            } else {
                hi = middle;
            }
        }
    }

    /// Where the tilted mean is `y`: `sum w / (1 - w t) = y`, by Newton's steps on its inverse, kept between bounds that one term and all equal
    /// terms give.
    fn saddlepoint(&self, y: f64) -> f64 {
        let end = 1.0 / self.greatest;
        let (mut lo, mut hi) = (end - self.weights.len() as f64 / y, end - 1.0 / y);
        let mut t = hi;
        for _ in 0..60 {
            let (mean, variance) = self.weights.iter().fold((0.0, 0.0), |(m, v), w| {
                let tilted = w / (1.0 - w * t);
                (m + tilted, v + tilted * tilted)
            });
            if mean > y {
                hi = t;
            } else {
                lo = t;
            }
            let step = (mean / y - 1.0) * mean / variance;
            let next = t - step;
            let next = if next > lo && next < hi {
                next
            } else {
                f64::midpoint(lo, hi)
            };
            if (next - t).abs() <= 1e-13 * (end - t).abs() {
                return next;
            }
            t = next;
        }
        t
    }
}

/// `1 + 2 sum_k r_k cos(2 pi j k / n)`.
fn circulant_eigenvalue(j: usize, n: usize, correlation: &[f64]) -> f64 {
    let others = correlation.iter().enumerate().skip(1).take(n / 2);
    let angle = 2.0 * PI * j as f64 / n as f64;
    1.0 + 2.0
        * others
            .map(|(k, r)| r * (angle * k as f64).cos())
            .sum::<f64>()
}

/// Eigenvalues of a symmetric matrix by Jacobi's rotations (Golub & Van Loan, *Matrix Computations*, 8.5).
fn eigenvalues(mut a: Vec<Vec<f64>>) -> Vec<f64> {
    let n = a.len();
    for _ in 0..SWEEPS {
        for p in 0..n {
            for q in p + 1..n {
                if a[p][q].abs() > 1e-300 {
                    rotate(&mut a, p, q);
                }
            }
        }
    }
    (0..n).map(|i| a[i][i]).collect()
}

/// Turn rows and columns `p` and `q` so that their common element vanishes.
fn rotate(a: &mut [Vec<f64>], p: usize, q: usize) {
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let tan = 1.0_f64.copysign(theta) / (theta.abs() + theta.hypot(1.0));
    let cos = 1.0 / tan.hypot(1.0);
    let sin = tan * cos;
    for row in a.iter_mut() {
        (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
    }
    let (before, from_q) = a.split_at_mut(q);
    for (x, y) in before[p].iter_mut().zip(&mut from_q[0]) {
        (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Partial fractions: exact, as long as the weights are few and apart.
    fn exact(weights: &[f64], y: f64) -> f64 {
        let term = |(i, w): (usize, &f64)| {
            let others = weights.iter().enumerate().filter(|&(j, _)| j != i);
            others.map(|(_, v)| w / (w - v)).product::<f64>() * (-y / w).exp()
        };
        weights.iter().enumerate().map(term).sum()
    }

    #[test]
    fn the_tail_is_that_of_partial_fractions() {
        for n in [2, 3, 4, 7] {
            let sum = ExponentialSum::of_stationary(n, &[1.0, 0.49, 0.048]);
            for p in [0.9, 0.5, 0.05, 1e-2, 1e-3, 1e-4, 1e-6] {
                let y = sum.quantile_above(p);
                let ratio = p / exact(&sum.weights, y);
                assert!((0.985..1.03).contains(&ratio), "{n} {p}: {ratio}");
            }
        }
    }

    #[test]
    fn equal_weights_are_erlangs_and_one_is_exponential() {
        let sum = ExponentialSum::of_stationary(5, &[1.0]);
        let chi2 = |y: f64| crate::dsp::tails::chi2_even_survival(2.0 * y, 5).p();
        for y in [1.0, 4.99, 5.0, 5.01, 12.0, 20.0] {
            assert!((sum.survival(y) / chi2(y) - 1.0).abs() < 0.01, "{y}");
        }
        let one = ExponentialSum::of_stationary(1, &[1.0, 0.5]);
        assert!((one.survival(7.0) / (-7.0_f64).exp() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn the_tail_falls_smoothly_through_the_mean_and_to_its_ends() {
        let sum = ExponentialSum::of_stationary(7, &[1.0, 0.49, 0.048]);
        let at = |i: i32| sum.survival(7.0 + 1e-4 * f64::from(i));
        assert!((-200..200).all(|i| at(i) >= at(i + 1)));
        assert_eq!(sum.survival(0.0), 1.0);
        assert_eq!(sum.survival(f64::INFINITY), 0.0);
        assert_eq!(sum.survival(f64::NAN), 1.0);
        assert!(sum.survival(1e-3) > 0.999 && sum.survival(300.0) < 1e-50);
    }

    #[test]
    fn eigenvalues_keep_trace_and_square_and_wide_bands_are_like_circulants() {
        for n in [7, 64, 65, 190] {
            let sum = ExponentialSum::of_stationary(n, &[1.0, 0.49, 0.048]);
            let trace: f64 = sum.weights.iter().sum();
            let square: f64 = sum.weights.iter().map(|w| w * w).sum();
            let n = n as f64;
            let lagged = 0.49_f64.powi(2) * (1.0 - 1.0 / n) + 0.048_f64.powi(2) * (1.0 - 2.0 / n);
            assert!((trace / n - 1.0).abs() < 1e-12, "{n}: {trace}");
            let expected = n * (1.0 + 2.0 * lagged);
            assert!(
                (square / expected - 1.0).abs() < 0.006,
                "{n}: {square} {expected}"
            );
        }
    }
}
