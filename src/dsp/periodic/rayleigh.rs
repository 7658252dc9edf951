//! Agreement in phase alone.

use num_complex::Complex64;

use crate::dsp::tails::PValue;

/// Phase coherence and its test.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Rayleigh {
    /// Epochs with a phase; those that are exactly 0 have none.
    pub n_epochs: usize,
    /// `R = |mean of z / |z||`, 0 to 1.
    pub phase_coherence: f64,
    /// Chance of such an `R` among random phases, by Zar's approximation.
    pub p: PValue,
}

/// Rayleigh's test: `p = exp( sqrt(1 + 4M + 4(M^2 - (M R)^2)) - (1 + 2M) )` (Zar, *Biostatistical Analysis*).
///
/// Less sensitive than [`locked_test`](super::locked_test) in steady noise, and untouched by epochs of large amplitude. `None` without a
/// phase or for values that are not finite.
#[must_use]
pub fn rayleigh(z: &[Complex64]) -> Option<Rayleigh> {
    let phases = z.iter().filter(|z| z.norm_sqr() > 0.0);
    let (n_epochs, sum) = phases.fold((0_usize, Complex64::default()), |(n, sum), z| {
        (n + 1, sum + z / z.norm())
    });
    if n_epochs == 0 || !sum.is_finite() || !z.iter().all(|z| z.is_finite()) {
        return None;
    }
    let n = n_epochs as f64;
    let r = (sum.norm() / n).min(1.0);
    // the exponent as a quotient, which keeps its digits where R is small
    let resultant_sq = (n * r) * (n * r);
    let root = (1.0 + 4.0 * n + 4.0 * (n * n - resultant_sq)).sqrt();
    Some(Rayleigh {
        n_epochs,
        phase_coherence: r,
        p: PValue::from_ln(-4.0 * resultant_sq / (root + 1.0 + 2.0 * n)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quotient_is_zars_formula() {
        let z: Vec<Complex64> = (0..24_u32)
            .map(|m| Complex64::from_polar(f64::from(m + 1), 0.2 * f64::from(m)))
            .collect();
        let test = rayleigh(&z).unwrap();
        let (n, r) = (24.0, test.phase_coherence);
        let zar = (1.0 + 4.0 * n + 4.0 * (n * n - (n * r) * (n * r))).sqrt() - (1.0 + 2.0 * n);
        assert!((test.p.ln - zar).abs() < 1e-9, "{test:?} {zar}");
        assert!((test.p.ln / (-n * r * r) - 1.0).abs() < 0.1);
    }

    #[test]
    fn amplitude_makes_no_difference_and_zero_has_no_phase() {
        let z: Vec<Complex64> = (0..10)
            .map(|m| Complex64::from_polar(1.0, 0.1 * f64::from(m)))
            .collect();
        let loud: Vec<Complex64> = z
            .iter()
            .zip(1..)
            .map(|(z, k)| z * f64::from(k * k))
            .collect();
        let (z, mut loud) = (rayleigh(&z).unwrap(), loud);
        loud.push(Complex64::default());
        let loud = rayleigh(&loud).unwrap();
        assert_eq!(loud.n_epochs, 10);
        assert!((z.phase_coherence - loud.phase_coherence).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_no_test() {
        assert_eq!(rayleigh(&[]), None);
        assert_eq!(rayleigh(&[Complex64::default(); 5]), None);
        assert_eq!(
            rayleigh(&[Complex64::new(1.0, 0.0), Complex64::new(f64::NAN, 0.0)]),
            None
        );
    }
}
