//! The spherical spline surface Laplacian.

use std::f64::consts::PI;

/// How smooth the spline is, and on which sphere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaplacianPlan {
    /// Centre of the head, metres.
    pub centre_m: [f64; 3],
    /// Radius of the head, metres.
    pub radius_m: f64,
    /// Regularisation, added to the spline's diagonal.
    pub lambda2: f64,
    /// Order of the spline.
    pub stiffness: i32,
    /// Legendre polynomials summed.
    pub n_legendre_terms: u32,
}

impl Default for LaplacianPlan {
    /// MNE's choices on a head of 95 mm at the origin.
    fn default() -> Self {
        Self {
            centre_m: [0.0; 3],
            radius_m: 0.095,
            lambda2: 1e-5,
            stiffness: 4,
            n_legendre_terms: 50,
        }
    }
}

/// Why no Laplacian could be made.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LaplacianError {
    /// An electrode has no direction from the centre.
    #[error("electrode {electrode} has no position on the head")]
    NoPosition {
        /// Index of the electrode.
        electrode: usize,
    },
    /// A setting makes no sense.
    #[error(
        "radius {radius_m} m, lambda2 {lambda2}, stiffness {stiffness}; \
         allowed is a radius above 0, 0 <= lambda2 < 1, stiffness of at least 2"
    )]
    Range {
        /// Radius of the head.
        radius_m: f64,
        /// Regularisation.
        lambda2: f64,
        /// Order of the spline.
        stiffness: i32,
    },
    /// The spline has no unique solution: two electrodes in one place without regularisation, or fewer than two.
    #[error("the spline through {n_electrodes} electrodes is not unique")]
    Singular {
        /// How many electrodes there are.
        n_electrodes: usize,
    },
}

/// Weights of the surface Laplacian, `n x n`, row by row: row `i` makes the Laplacian at electrode `i` of the potentials of all.
///
/// Spherical splines (Perrin et al. 1989, corrected 1990) in the convention of MNE's `compute_current_source_density`: positions are
/// projected onto the unit sphere, the weights divided by the radius squared. Microvolts in, microvolts per square metre out;
/// each row sums to 0, so the reference drops out. The rows are the weights of derivations in a montage.
///
/// # Errors
/// [`LaplacianError`] for positions without direction, settings out of range, or a spline without solution.
pub fn laplacian_weights(
    positions_m: &[[f64; 3]],
    plan: &LaplacianPlan,
) -> Result<Vec<f64>, LaplacianError> {
    let in_range = plan.radius_m > 0.0 && (0.0..1.0).contains(&plan.lambda2) && plan.stiffness >= 2;
    if !in_range {
        return Err(LaplacianError::Range {
            radius_m: plan.radius_m,
            lambda2: plan.lambda2,
            stiffness: plan.stiffness,
        });
    }
    let directions = directions(positions_m, plan.centre_m)?;
    let n = directions.len();
    let singular = LaplacianError::Singular { n_electrodes: n };
    if n < 2 {
        return Err(singular);
    }
    let mut spline = vec![0.0; n * n];
    let mut laplacian = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            let cos = dot(directions[i], directions[j]).clamp(-1.0, 1.0);
            spline[i * n + j] = legendre_sum(cos, plan.stiffness, plan.n_legendre_terms);
            laplacian[i * n + j] = legendre_sum(cos, plan.stiffness - 1, plan.n_legendre_terms);
        }
        spline[i * n + i] += plan.lambda2;
    }
    let inverse = inverse(spline, n).ok_or(singular)?;
    let coefficients = coefficients(&inverse, n);
    let scale = 1.0 / (plan.radius_m * plan.radius_m);
    Ok((0..n * n)
        .map(|at| {
            let (i, j) = (at / n, at % n);
            let terms = (0..n).map(|k| coefficients[k * n + j] * laplacian[k * n + i]);
            terms.sum::<f64>() * scale
        })
        .collect())
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn directions(
    positions_m: &[[f64; 3]],
    centre_m: [f64; 3],
) -> Result<Vec<[f64; 3]>, LaplacianError> {
    let direction = |(electrode, position): (usize, &[f64; 3])| {
        let from_centre = std::array::from_fn(|axis| position[axis] - centre_m[axis]);
        let distance_m = dot(from_centre, from_centre).sqrt();
        if distance_m.is_finite() && distance_m > 1e-6 {
            Ok(from_centre.map(|x| x / distance_m))
        } else {
            Err(LaplacianError::NoPosition { electrode })
        }
    };
    positions_m.iter().enumerate().map(direction).collect()
}

/// `sum_n (2n + 1) / (n (n + 1))^order P_n(cos) / (4 pi)`: Perrin's `g` at `order = stiffness`, `h` at one less.
fn legendre_sum(cos: f64, order: i32, n_terms: u32) -> f64 {
    let (mut before, mut legendre) = (1.0, cos);
    let mut sum = 0.0;
    for term in 1..=n_terms {
        let n = f64::from(term);
        sum += (2.0 * n + 1.0) / (n * (n + 1.0)).powi(order) * legendre;
        let next = ((2.0 * n + 1.0) * cos * legendre - n * before) / (n + 1.0);
        (before, legendre) = (legendre, next);
    }
    sum / (4.0 * PI)
}

/// Spline coefficients of the unit potentials, column by column: `G^-1 (z - c0)`, with `c0` such that they sum to 0.
fn coefficients(inverse: &[f64], n: usize) -> Vec<f64> {
    let column_sums: Vec<f64> = (0..n)
        .map(|j| (0..n).map(|i| inverse[i * n + j]).sum())
        .collect();
    let total: f64 = column_sums.iter().sum();
    (0..n * n)
        .map(|at| {
            let (i, j) = (at / n, at % n);
            inverse[at] - column_sums[i] * column_sums[j] / total
        })
        .collect()
}

/// Inverse of a matrix by Gauss-Jordan elimination with row exchange; `None` if it is singular.
fn inverse(mut matrix: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    let mut inverse: Vec<f64> = (0..n * n)
        .map(|at| f64::from(u8::from(at / n == at % n)))
        .collect();
    let largest = matrix.iter().fold(0.0_f64, |max, x| max.max(x.abs()));
    for column in 0..n {
        let pivot_row = (column..n).max_by(|a, b| {
            let size = |row: &usize| matrix[row * n + column].abs();
            size(a).total_cmp(&size(b))
        })?;
        if matrix[pivot_row * n + column].abs() <= f64::EPSILON * largest {
            return None;
        }
        for k in 0..n {
            matrix.swap(pivot_row * n + k, column * n + k);
            inverse.swap(pivot_row * n + k, column * n + k);
        }
        let pivot = matrix[column * n + column];
        for k in 0..n {
            matrix[column * n + k] /= pivot;
            inverse[column * n + k] /= pivot;
        }
        for row in (0..n).filter(|&row| row != column) {
            let factor = matrix[row * n + column];
            for k in 0..n {
                matrix[row * n + k] -= factor * matrix[column * n + k];
                inverse[row * n + k] -= factor * inverse[column * n + k];
            }
        }
    }
    Some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points spread over a sphere of radius `radius_m` by the golden angle.
    fn spread(n: u32, radius_m: f64) -> Vec<[f64; 3]> {
        let golden = PI * (3.0 - 5.0_f64.sqrt());
        (0..n)
            .map(|i| {
                let z = 1.0 - (2.0 * f64::from(i) + 1.0) / f64::from(n);
                let (sin, cos) = (golden * f64::from(i)).sin_cos();
                let across = (1.0 - z * z).sqrt();
                [cos * across, sin * across, z].map(|x| x * radius_m)
            })
            .collect()
    }

    #[test]
    fn a_spherical_harmonic_is_an_eigenfunction_with_n_times_n_plus_one() {
        // minus the Laplacian of z = P_1 on a sphere of radius r is 2 z / r^2
        let positions = spread(64, 0.09);
        let plan = LaplacianPlan {
            radius_m: 0.09,
            lambda2: 1e-9,
            ..LaplacianPlan::default()
        };
        let weights = laplacian_weights(&positions, &plan).unwrap();
        for (row, position) in weights.chunks_exact(64).zip(&positions) {
            let potential = |p: &[f64; 3]| p[2] / 0.09;
            let actual: f64 = row
                .iter()
                .zip(&positions)
                .map(|(w, p)| w * potential(p))
                .sum();
            let expected = 2.0 * potential(position) / 0.0081;
            assert!(
                (actual - expected).abs() < 0.01 * 2.0 / 0.0081,
                "{actual} {expected}"
            );
        }
    }

    #[test]
    fn a_common_reference_drops_out() {
        let weights = laplacian_weights(&spread(19, 0.1), &LaplacianPlan::default()).unwrap();
        let largest = weights.iter().fold(0.0_f64, |max, w| max.max(w.abs()));
        for row in weights.chunks_exact(19) {
            assert!(row.iter().sum::<f64>().abs() < 1e-9 * largest);
        }
    }

    #[test]
    fn what_has_no_solution_is_refused() {
        let plan = LaplacianPlan::default();
        let no_position = [[0.0; 3], [0.0, 0.0, 0.1]];
        assert_eq!(
            laplacian_weights(&no_position, &plan),
            Err(LaplacianError::NoPosition { electrode: 0 })
        );
        let twice = [[0.0, 0.0, 0.1]; 2];
        let unregular = LaplacianPlan {
            lambda2: 0.0,
            ..plan
        };
        assert_eq!(
            laplacian_weights(&twice, &unregular),
            Err(LaplacianError::Singular { n_electrodes: 2 })
        );
        let flat = LaplacianPlan {
            radius_m: 0.0,
            ..plan
        };
        assert!(matches!(
            laplacian_weights(&twice, &flat),
            Err(LaplacianError::Range { .. })
        ));
    }
}
