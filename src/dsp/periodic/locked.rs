//! Do the epochs agree? Magnitude-squared coherence and circular T2.

use num_complex::Complex64;

use crate::dsp::tails::{PValue, f2_critical};

/// Agreement of `M` complex epoch coefficients in amplitude and phase.
///
/// MSC (Dobie & Wilson 1989) and circular T2 (Victor & Mast 1991) are the same test,
/// `M T2circ = (M - 1) MSC / (1 - MSC)`, with one p between them: test by it, show the MSC as effect size.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct LockedTest {
    /// Epochs.
    pub n_epochs: usize,
    /// Mean coefficient, in the unit of the coefficients.
    pub mean: Complex64,
    /// Mean square distance of an epoch from the mean, `sum |z - mean|^2 / (M - 1)`, in the square of that unit.
    pub variance: f64,
    /// `|sum z|^2 / (M sum |z|^2)`, 0 to 1; reads `1/M` on average without a response.
    pub msc: f64,
    /// `(M - 1) |mean|^2 / sum |z - mean|^2`.
    pub t2circ: f64,
    /// `(1 - MSC)^(M - 1)`; equally the survival of `M T2circ` in `F(2, 2M - 2)`.
    pub p: PValue,
    /// `sqrt(l1 / l2)` of the eigenvalues of the covariance of real and imaginary parts (Baker 2021): 1 where they scatter alike, as the
    /// test assumes.
    pub condition_index: f64,
    /// Chance of such a condition index where they do scatter alike, `(2 c / (1 + c^2))^(M - 2)` (Mauchly 1940, two variates). If it is
    /// small, use [`Hotelling`](super::Hotelling) instead.
    pub condition_p: PValue,
}

impl LockedTest {
    /// Squared radius of the circle around the mean that holds the true one with probability `confidence`,
    /// `F(2, 2M - 2) variance / M` (Victor & Mast 1991).
    #[must_use]
    pub fn radius_squared(&self, confidence: f64) -> f64 {
        let n = self.n_epochs as f64;
        f2_critical(1.0 - confidence, n - 1.0) * self.variance / n
    }
}

/// Tests whether the coefficients have a common mean. `None` below 3 epochs, and where the coefficients are all 0 or not finite.
///
/// The MSC that is exceeded with probability alpha is [`msc_critical`](crate::dsp::msc_critical) at `n_eff = M`.
#[must_use]
pub fn locked_test(z: &[Complex64]) -> Option<LockedTest> {
    let n = z.len() as f64;
    let mean = z.iter().sum::<Complex64>() / n;
    let total: f64 = z.iter().map(Complex64::norm_sqr).sum();
    if z.len() < 3 || !(total > 0.0 && total.is_finite()) {
        return None;
    }
    let (mut re_sq, mut im_sq, mut re_im) = (0.0, 0.0, 0.0);
    for d in z.iter().map(|z| z - mean) {
        re_sq += d.re * d.re;
        im_sq += d.im * d.im;
        re_im += d.re * d.im;
    }
    let residual = re_sq + im_sq;
    // roundness 2 sqrt(det) / trace is 2c / (1 + c^2); the smaller eigenvalue comes from the determinant, which loses no digits to it
    let spread = (re_sq - im_sq).hypot(2.0 * re_im);
    let larger = f64::midpoint(residual, spread);
    let smaller = ((re_sq * im_sq - re_im * re_im) / larger).max(0.0);
    let condition_index = if larger > 0.0 {
        (larger / smaller).sqrt()
    } else {
        1.0
    };
    let roundness = 2.0 * (larger * smaller).sqrt() / residual;
    Some(LockedTest {
        n_epochs: z.len(),
        mean,
        variance: residual / (n - 1.0),
        msc: (n * mean.norm_sqr() / total).min(1.0),
        t2circ: (n - 1.0) * mean.norm_sqr() / residual,
        p: PValue::from_ln((n - 1.0) * (residual / total).ln()),
        condition_index,
        condition_p: PValue::from_ln((n - 2.0) * roundness.ln()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::msc_critical;
    use crate::dsp::tails::f2_survival;

    fn spiral(n: u32, offset: Complex64) -> Vec<Complex64> {
        (0..n)
            .map(|m| {
                offset + Complex64::from_polar(1.0 + 0.3 * f64::from(m % 5), 2.4 * f64::from(m))
            })
            .collect()
    }

    #[test]
    fn circular_t2_and_msc_are_one_test() {
        for (n, offset) in [(8, 0.0), (40, 0.3), (120, 2.0)] {
            let test = locked_test(&spiral(n, Complex64::new(offset, -offset))).unwrap();
            let m = f64::from(n);
            let identity = (m - 1.0) * test.msc / (1.0 - test.msc);
            assert!((m * test.t2circ / identity - 1.0).abs() < 1e-12);
            let by_f = f2_survival(m * test.t2circ, m - 1.0).ln;
            let by_msc = (m - 1.0) * (-test.msc).ln_1p();
            assert!((test.p.ln - by_f).abs() < 1e-9 && (test.p.ln - by_msc).abs() < 1e-9);
        }
    }

    #[test]
    fn critical_values_are_the_tabulated_ones_and_have_p_alpha() {
        for (n, table) in [
            (8.0, [0.3482, 0.4821, 0.6272]),
            (16.0, [0.1810, 0.2644, 0.3690]),
            (32.0, [0.0921, 0.1380, 0.1997]),
            (64.0, [0.0464, 0.0705, 0.1038]),
            (120.0, [0.0249, 0.0380, 0.0564]),
            (240.0, [0.0125, 0.0191, 0.0285]),
        ] {
            for (alpha, expected) in [0.05, 0.01, 0.001].into_iter().zip(table) {
                let critical = msc_critical(alpha, n).unwrap();
                assert!(
                    (critical - expected).abs() < 5.1e-5,
                    "{n} {alpha}: {critical}"
                );
                let by_f = f2_survival((n - 1.0) * critical / (1.0 - critical), n - 1.0);
                assert!((by_f.p() - alpha).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_condition_index_is_the_ratio_of_the_axes_whatever_their_direction() {
        let turn = Complex64::from_polar(1.0, 0.7);
        let ellipse: Vec<Complex64> = (0..60_u32)
            .map(|m| {
                let angle = std::f64::consts::TAU * f64::from(m) / 60.0;
                turn * Complex64::new(3.0 * angle.cos(), angle.sin())
            })
            .collect();
        let test = locked_test(&ellipse).unwrap();
        assert!((test.condition_index - 3.0).abs() < 1e-9);
        assert!((test.condition_p.p() - 0.6_f64.powi(58)).abs() < 1e-20);
        let round = locked_test(&spiral(60, Complex64::default())).unwrap();
        assert!(round.condition_index < 1.1 && round.condition_p.p() > 0.5);
    }

    #[test]
    fn the_circle_touches_zero_exactly_where_p_is_alpha() {
        let test = locked_test(&spiral(40, Complex64::new(0.4, 0.1))).unwrap();
        let confidence = 1.0 - test.p.p();
        let radius = test.radius_squared(confidence).sqrt();
        assert!((radius / test.mean.norm() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn perfect_agreement_is_certain_and_nothing_is_no_test() {
        let test = locked_test(&[Complex64::new(1.0, 2.0); 8]).unwrap();
        assert_eq!((test.msc, test.p.p()), (1.0, 0.0));
        assert_eq!((test.condition_index, test.condition_p), (1.0, PValue::ONE));
        assert_eq!(locked_test(&[Complex64::default(); 8]), None);
        assert_eq!(locked_test(&[Complex64::new(1.0, 0.0); 2]), None);
        assert_eq!(locked_test(&[Complex64::new(f64::NAN, 0.0); 8]), None);
    }
}
