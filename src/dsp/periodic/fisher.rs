//! Several harmonics, one p.

use crate::dsp::tails::{PValue, chi2_even_survival};

/// Fisher's combination of independent tests.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Fisher {
    /// `-2 sum ln p`.
    pub statistic: f64,
    /// Tests combined.
    pub n_tests: usize,
    /// Chance of such a statistic, from chi-squared with `2 n_tests` degrees of freedom.
    pub p: PValue,
}

/// `-2 sum ln p_h ~ chi2(2 q)` over `q` harmonics, exact if their noise is independent, which it is at different bins of the same untapered
/// epochs. `None` for no test.
#[must_use]
pub fn fisher(p: impl Iterator<Item = PValue>) -> Option<Fisher> {
    let (n, ln_sum) = p.fold((0_u32, 0.0), |(n, sum), p| (n + 1, sum + p.ln));
    (n > 0).then(|| Fisher {
        statistic: -2.0 * ln_sum,
        n_tests: n as usize,
        p: chi2_even_survival(-2.0 * ln_sum, n),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_test_is_itself_and_two_follow_their_closed_form() {
        let one = fisher([PValue::new(0.03)].into_iter()).unwrap();
        assert!((one.p.p() - 0.03).abs() < 1e-15);
        // P(p1 p2 <= x) = x (1 - ln x)
        let two = fisher([PValue::new(0.03), PValue::new(0.2)].into_iter()).unwrap();
        let x: f64 = 0.006;
        assert!((two.p.p() - x * (1.0 - x.ln())).abs() < 1e-15);
        assert_eq!(two.n_tests, 2);
        assert_eq!(fisher(std::iter::empty()), None);
    }
}
