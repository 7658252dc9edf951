//! The largest eigenvalues of a symmetric tridiagonal matrix, and their vectors.

/// A symmetric tridiagonal matrix.
pub(super) struct Tridiagonal {
    diagonal: Vec<f64>,
    /// `beside[i]` couples rows `i` and `i + 1`; one fewer than rows.
    beside: Vec<f64>,
}

impl Tridiagonal {
    /// The matrix with this diagonal and the elements beside it.
    pub(super) fn new(diagonal: Vec<f64>, beside: Vec<f64>) -> Self {
        assert_eq!(diagonal.len(), beside.len() + 1, "one element fewer beside");
        Self { diagonal, beside }
    }

    /// Eigenvectors of the `n` largest eigenvalues, the largest first, each of norm 1.
    ///
    /// Eigenvalues by bisection on Sturm's count, vectors by inverse iteration (Golub & Van Loan, *Matrix
    /// Computations*, sections on tridiagonal problems), started from `guess(k)`. Meant for eigenvalues that are well apart.
    pub(super) fn largest(&self, n: usize, guess: impl Fn(usize) -> Vec<f64>) -> Vec<Vec<f64>> {
        let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(n);
        for k in 0..n {
            let value = self.eigenvalue_from_top(k);
            let mut vector = guess(k);
            for _ in 0..3 {
                vector = self.solve_shifted(value, vector);
                for found in &vectors {
                    let shared: f64 = found.iter().zip(&vector).map(|(a, b)| a * b).sum();
                    vector
                        .iter_mut()
                        .zip(found)
                        .for_each(|(v, f)| *v -= shared * f);
                }
                let norm = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
                for v in &mut vector {
                    *v /= norm;
                }
            }
            vectors.push(vector);
        }
        vectors
    }

    /// Eigenvalue number `k`, counted from the largest.
    fn eigenvalue_from_top(&self, k: usize) -> f64 {
        let (mut low, mut high) = self.gershgorin();
        let wanted_below = self.diagonal.len() - 1 - k;
        loop {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                return middle;
            }
            if self.count_below(middle) > wanted_below {
                high = middle;
            } else {
                low = middle;
            }
        }
    }

    /// An interval that holds all eigenvalues.
    fn gershgorin(&self) -> (f64, f64) {
        let rows = self.diagonal.iter().enumerate();
        rows.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (i, d)| {
            let before = if i == 0 {
                0.0
            } else {
                self.beside[i - 1].abs()
            };
            let reach = before + self.beside.get(i).map_or(0.0, |e| e.abs());
            (low.min(d - reach), high.max(d + reach))
        })
    }

    /// How many eigenvalues lie below `x`: the negative pivots of `T - x` (Sturm).
    fn count_below(&self, x: f64) -> usize {
        let mut pivot = 1.0;
        let mut count = 0;
        for (i, d) in self.diagonal.iter().enumerate() {
            let coupling = if i == 0 { 0.0 } else { self.beside[i - 1] };
            pivot = d - x - coupling * coupling / pivot;
            if pivot == 0.0 {
                pivot = f64::EPSILON * d.abs().max(f64::MIN_POSITIVE);
            }
            count += usize::from(pivot < 0.0);
        }
        count
    }

    /// Solve `(T - shift) y = x` by elimination with row exchange; a vanishing pivot becomes a tiny one, as inverse iteration wants.
    fn solve_shifted(&self, shift: f64, mut x: Vec<f64>) -> Vec<f64> {
        let n = x.len();
        let tiny = f64::EPSILON * self.gershgorin().1.abs().max(1.0);
        let mut upper = vec![[0.0; 3]; n];
        let mut row = [
            self.diagonal[0] - shift,
            self.beside.first().copied().unwrap_or(0.0),
            0.0,
        ];
        for i in 0..n {
            if i + 1 == n {
                upper[i] = row;
                break;
            }
            let mut next = [
                self.beside[i],
                self.diagonal[i + 1] - shift,
                self.beside.get(i + 1).copied().unwrap_or(0.0),
            ];
            if next[0].abs() > row[0].abs() {
                std::mem::swap(&mut row, &mut next);
                x.swap(i, i + 1);
            }
            if row[0].abs() < tiny {
                row[0] = tiny;
            }
            let factor = next[0] / row[0];
            x[i + 1] -= factor * x[i];
            upper[i] = row;
            row = [next[1] - factor * row[1], next[2] - factor * row[2], 0.0];
        }
        for i in (0..n).rev() {
            let [pivot, one, two] = upper[i];
            let pivot = if pivot.abs() < tiny { tiny } else { pivot };
            let known = one * x.get(i + 1).copied().unwrap_or(0.0)
                + two * x.get(i + 2).copied().unwrap_or(0.0);
            x[i] = (x[i] - known) / pivot;
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn the_second_difference_has_sines_as_eigenvectors() {
        let n = 40_usize;
        let matrix = Tridiagonal::new(vec![-2.0; n], vec![1.0; n - 1]);
        let step = PI / (n as f64 + 1.0);
        let vectors = matrix.largest(4, |k| (0..n).map(|i| ((i * (k + 2)) % 7) as f64).collect());
        for (k, vector) in vectors.iter().enumerate() {
            let value = matrix.eigenvalue_from_top(k);
            let expected = -2.0 + 2.0 * (step * (k as f64 + 1.0)).cos();
            assert!((value - expected).abs() < 1e-14, "{k}: {value} {expected}");
            let sign = vector[0].signum();
            for (i, v) in vector.iter().enumerate() {
                let sine = (step * (k as f64 + 1.0) * (i as f64 + 1.0)).sin();
                let expected = sine * (2.0 / (n as f64 + 1.0)).sqrt();
                assert!(
                    (sign * v - expected).abs() < 1e-12,
                    "{k} {i}: {v} {expected}"
                );
            }
        }
    }
}
