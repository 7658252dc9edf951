//! Tails of distributions, kept as logarithms: a p of 1e-400 is a number here, not 0.

use statrs::function::beta::ln_beta;

/// A probability that something as large arises by chance, kept as its natural logarithm.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, serde::Serialize)]
pub struct PValue {
    /// Natural logarithm of the probability: 0 for certainty, below 0 otherwise.
    pub ln: f64,
}

impl PValue {
    /// No evidence at all.
    pub const ONE: Self = Self { ln: 0.0 };

    /// The value with this logarithm; more than 0 and not-a-number count as no evidence.
    #[must_use]
    pub fn from_ln(ln: f64) -> Self {
        if ln < 0.0 { Self { ln } } else { Self::ONE }
    }

    /// The value for a probability; above 1 and not-a-number count as no evidence.
    #[must_use]
    pub fn new(p: f64) -> Self {
        Self::from_ln(p.ln())
    }

    /// The probability, 0 where it is too small for an `f64`.
    #[must_use]
    pub fn p(self) -> f64 {
        self.ln.exp()
    }

    /// `-log10 p`: decimal zeros of the probability, for a screen that must not say "p = 0.00".
    #[must_use]
    pub fn minus_log10(self) -> f64 {
        -self.ln / std::f64::consts::LN_10
    }
}

/// Probability that `F(2, 2 n)` exceeds `f`: `(1 + f / n)^-n`. An `f` below 0 or a `n` of 0 is no evidence.
#[must_use]
pub fn f2_survival(f: f64, n: f64) -> PValue {
    if f > 0.0 && n > 0.0 {
        PValue::from_ln(-n * (f / n).ln_1p())
    } else {
        PValue::ONE
    }
}

/// The value that `F(2, 2 n)` exceeds with probability `alpha`: `n (alpha^(-1/n) - 1)`.
#[must_use]
pub fn f2_critical(alpha: f64, n: f64) -> f64 {
    n * (-alpha.ln() / n).exp_m1()
}

/// Probability that `F(d1, d2)` exceeds `f`, by the regularised incomplete beta function
/// `I_x(d2/2, d1/2)` at `x = d2 / (d2 + d1 f)` (DLMF 8.17). Arguments that are not above 0 are no evidence.
#[must_use]
pub fn f_survival(f: f64, d1: f64, d2: f64) -> PValue {
    if !(f > 0.0 && d1 > 0.0 && d2 > 0.0) {
        return PValue::ONE;
    }
    let total = d2 + d1 * f;
    PValue::from_ln(ln_beta_reg(
        d2 / 2.0,
        d1 / 2.0,
        -(d1 * f / d2).ln_1p(),
        d1 * f / total,
    ))
}

/// Probability that chi-squared with `2 n` degrees of freedom exceeds `x`:
/// `exp(-y) sum_{k<n} y^k / k!` with `y = x / 2`. No `n` or an `x` below 0 is no evidence.
#[must_use]
pub fn chi2_even_survival(x: f64, n: u32) -> PValue {
    let y = x / 2.0;
    if !(n > 0 && y > 0.0) {
        return PValue::ONE;
    }
    let ln_sum = if y < f64::from(n) {
        let (sum, _) = (1..n).fold((1.0, 1.0), |(sum, term), k| {
            let term = term * y / f64::from(k);
            (sum + term, term)
        });
        sum.ln()
    } else {
        // the last term is the largest: take it out, so that the sum cannot overflow
        let ln_last: f64 = (1..n).map(|k| (y / f64::from(k)).ln()).sum();
        let rest = (1..n).fold(1.0, |rest, k| 1.0 + rest * f64::from(k) / y);
        ln_last + rest.ln()
    };
    PValue::from_ln(ln_sum - y)
}

/// Logarithm of `I_x(a, b)` from `ln x` and `1 - x`, each given so that neither end loses digits.
fn ln_beta_reg(a: f64, b: f64, ln_x: f64, one_minus_x: f64) -> f64 {
    let x = ln_x.exp();
    let ln_front = a * ln_x + b * one_minus_x.ln() - ln_beta(a, b);
    if x < (a + 1.0) / (a + b + 2.0) {
        ln_front - a.ln() + beta_fraction(a, b, x).ln()
    } else {
        (-(ln_front - b.ln()).exp() * beta_fraction(b, a, one_minus_x)).ln_1p()
    }
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const MOST: u32 = 10_000;
    let away_from_zero = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut numerator = 1.0;
    let mut denominator = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = denominator;
    for m in (1..MOST).map(f64::from) {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for term in [even, odd] {
            denominator = 1.0 / away_from_zero(1.0 + term * denominator);
            numerator = away_from_zero(1.0 + term / numerator);
            step = numerator * denominator;
            fraction *= step;
        }
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!(
            (actual / expected - 1.0).abs() < 1e-10,
            "{actual} {expected}"
        );
    }

    #[test]
    fn two_degrees_above_make_the_general_tail_the_closed_one() {
        for (f, n) in [(0.01, 14.0), (3.34, 14.0), (80.0, 120.0), (4e3, 60.0)] {
            close(f_survival(f, 2.0, 2.0 * n).ln, f2_survival(f, n).ln);
        }
    }

    #[test]
    fn a_critical_value_is_exceeded_with_its_probability() {
        for (alpha, n) in [(0.05, 8.0), (0.001, 120.0), (1e-30, 20.0)] {
            close(f2_survival(f2_critical(alpha, n), n).p(), alpha);
        }
    }

    #[test]
    fn f_with_two_degrees_below_has_its_own_closed_form() {
        // F(d1, 2): 1 - (d1 f / (d1 f + 2))^(d1/2)
        for (f, d1) in [(0.3, 6.0), (2.0, 12.0), (500.0, 4.0)] {
            let below: f64 = (d1 * f / (d1 * f + 2.0_f64)).powf(d1 / 2.0);
            close(f_survival(f, d1, 2.0).p(), 1.0 - below);
        }
    }

    #[test]
    fn chi_squared_agrees_where_its_two_sums_meet() {
        let (below, above) = (19.999_999_999_8, 20.000_000_000_2);
        let (below, above) = (
            chi2_even_survival(below, 10).ln,
            chi2_even_survival(above, 10).ln,
        );
        assert!((below - above).abs() < 1e-9, "{below} {above}");
        close(chi2_even_survival(5.991_464_547_107_98, 1).p(), 0.05);
    }

    #[test]
    fn the_far_tail_is_not_zero_and_nonsense_is_no_evidence() {
        let far = f_survival(1e9, 6.0, 200.0);
        assert!((700.0..800.0).contains(&far.minus_log10()), "{far:?}");
        close(chi2_even_survival(4000.0, 1).ln, -2000.0);
        for p in [
            PValue::new(f64::NAN),
            PValue::new(2.0),
            f2_survival(f64::NAN, 5.0),
            f_survival(1.0, 0.0, 5.0),
            chi2_even_survival(-1.0, 3),
        ] {
            assert_eq!(p, PValue::ONE);
        }
        assert_eq!(PValue::new(0.0).p(), 0.0);
    }
}
