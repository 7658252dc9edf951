//! How sure a power is.

use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, FisherSnedecor};

/// Where the true value lies with a stated confidence.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl Interval {
    /// The interval of a power estimate with `dof` degrees of freedom:
    /// `value * dof / chi2(1 - q, dof) .. value * dof / chi2(q, dof)`, `q = (1 - confidence) / 2`.
    ///
    /// A PSD bin has `dof = 2 n_eff`, a band [`band_dof`]. `None` without a degree of freedom.
    #[must_use]
    pub fn of_power(value: f64, dof: f64, confidence: f64) -> Option<Self> {
        let factors = PowerFactors::new(dof, confidence)?;
        Some(factors.around(value))
    }

    /// The interval of the ratio of two independent power estimates, from their ratio and degrees of freedom:
    /// `ratio / F(1 - q; dof, dof_below) .. ratio / F(q; dof, dof_below)`. `None` without degrees of freedom.
    #[must_use]
    pub fn of_ratio(ratio: f64, dof: f64, dof_below: f64, confidence: f64) -> Option<Self> {
        let f = FisherSnedecor::new(usable(dof)?, usable(dof_below)?).ok()?;
        let tail = (1.0 - confidence) / 2.0;
        Some(Self {
            lo: ratio / f_quantile(&f, 1.0 - tail),
            hi: ratio / f_quantile(&f, tail),
        })
    }

    /// Both ends in dB.
    #[must_use]
    pub fn in_db(self) -> Self {
        Self {
            lo: 10.0 * self.lo.log10(),
            hi: 10.0 * self.hi.log10(),
        }
    }
}

/// The factors that make an interval of a power: the same for every bin of every channel, worked out once per hop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerFactors {
    lo: f64,
    hi: f64,
}

impl PowerFactors {
    /// Factors at `dof` degrees of freedom. `None` without a degree of freedom.
    #[must_use]
    pub fn new(dof: f64, confidence: f64) -> Option<Self> {
        let dof = usable(dof)?;
        let chi2 = ChiSquared::new(dof).ok()?;
        let tail = (1.0 - confidence) / 2.0;
        Some(Self {
            lo: dof / chi2.inverse_cdf(1.0 - tail),
            hi: dof / chi2.inverse_cdf(tail),
        })
    }

    /// The interval around an estimate.
    #[must_use]
    pub fn around(&self, value: f64) -> Interval {
        Interval {
            lo: value * self.lo,
            hi: value * self.hi,
        }
    }
}

/// The value an F variable stays below with probability `p`: Newton's steps in `ln x` on the distribution, kept in a bracket.
/// (statrs' own inverse is good to three digits only where a degree of freedom is large.)
fn f_quantile(f: &FisherSnedecor, p: f64) -> f64 {
    let (mut low, mut high) = (-60.0_f64, 60.0_f64);
    let mut log = 0.0_f64;
    for _ in 0..100 {
        let x = log.exp();
        let miss = f.cdf(x) - p;
        if miss > 0.0 {
            high = log;
        } else {
            low = log;
        }
        let newton = log - miss / (x * f.pdf(x));
        let next = if newton > low && newton < high {
            newton
        } else {
            f64::midpoint(low, high)
        };
        if (next - log).abs() < 1e-14 {
            break;
        }
        log = next;
    }
    log.exp()
}

fn usable(dof: f64) -> Option<f64> {
    (dof.is_finite() && dof >= 0.1).then_some(dof)
}

/// Degrees of freedom of a weighted sum of PSD bins, `P = sum_b x_b` with `x_b = weight * S_b`:
/// `nu = 2 P^2 / var P = 2 (sum x_b)^2 / sum_bc x_b x_c v(|b - c|)`.
///
/// `v(m)` is [`bin_variances`](crate::dsp::OverlapTable::bin_variances): `1 / n_eff` for a bin with itself, less for neighbours,
/// 0 beyond its end. The covariance of PSDs is the squared modulus of that of the transforms (Gaussian signals, Isserlis); the chi-squared with
/// matching mean and variance is Welch-Satterthwaite's. One bin gives `2 n_eff`. 0 for no power.
/// `x(i)` is called for `i` in `0..n_bins`, more than once.
#[must_use]
pub fn band_dof(n_bins: usize, x: impl Fn(usize) -> f64, by_distance: &[f64]) -> f64 {
    let mut sum = 0.0;
    let mut variance = 0.0;
    for b in 0..n_bins {
        let own = x(b);
        sum += own;
        for (m, v) in by_distance.iter().enumerate().take(n_bins - b) {
            let twice = if m == 0 { 1.0 } else { 2.0 };
            variance += twice * own * x(b + m) * v;
        }
    }
    if variance > 0.0 {
        2.0 * sum * sum / variance
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_those_of_the_sheet() {
        // K_eff 4: x0.46..3.67; 8: 0.56..2.32; 16: 0.65..1.75; 30: 0.72..1.48; 60: 0.79..1.31
        for (n_eff, lo, hi) in [
            (4.0, 0.46, 3.67),
            (8.0, 0.56, 2.32),
            (16.0, 0.65, 1.75),
            (30.0, 0.72, 1.48),
            (60.0, 0.79, 1.31),
        ] {
            let interval = Interval::of_power(1.0, 2.0 * n_eff, 0.95).unwrap();
            assert!((interval.lo - lo).abs() < 6e-3, "{n_eff}: {interval:?}");
            assert!((interval.hi - hi).abs() < 6e-3, "{n_eff}: {interval:?}");
        }
        assert_eq!(Interval::of_power(1.0, 0.0, 0.95), None);
        assert_eq!(Interval::of_power(1.0, f64::INFINITY, 0.95), None);
    }

    #[test]
    fn a_ratio_to_a_long_rest_has_the_interval_of_a_power() {
        let ratio = Interval::of_ratio(2.0, 30.0, 1e7, 0.95).unwrap();
        let power = Interval::of_power(2.0, 30.0, 0.95).unwrap();
        assert!(
            (ratio.lo / power.lo - 1.0).abs() < 1e-4,
            "{ratio:?} {power:?}"
        );
        assert!(
            (ratio.hi / power.hi - 1.0).abs() < 1e-4,
            "{ratio:?} {power:?}"
        );
        let swapped = Interval::of_ratio(0.5, 40.0, 30.0, 0.9).unwrap();
        let back = Interval::of_ratio(2.0, 30.0, 40.0, 0.9).unwrap();
        assert!((swapped.lo * back.hi - 1.0).abs() < 1e-9);
        let db = Interval { lo: 1.0, hi: 100.0 }.in_db();
        assert_eq!((db.lo, db.hi), (0.0, 20.0));
    }

    #[test]
    fn independent_bins_add_their_degrees_of_freedom_and_equal_ones_do_not() {
        let v = 1.0 / 12.0;
        assert!((band_dof(1, |_| 3.0, &[v]) - 24.0).abs() < 1e-12);
        assert!((band_dof(5, |_| 3.0, &[v]) - 120.0).abs() < 1e-12);
        assert!((band_dof(5, |_| 3.0, &[v; 5]) - 24.0).abs() < 1e-12);
        let one_strong = |b: usize| if b == 2 { 1e6 } else { 1.0 };
        assert!((band_dof(5, one_strong, &[v]) - 24.0).abs() < 1e-3);
        assert_eq!(band_dof(0, |_| 1.0, &[v]), 0.0);
    }
}
