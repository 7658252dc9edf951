//! When to look, and what must be reached there.

use super::sum_density::SumDensity;

/// Most looks a plan may have: more than any session needs, and still planned in milliseconds.
const MOST_LOOKS: usize = 64;

/// Thresholds of a group sequential test with planned looks at disjoint blocks (the convolutional group sequential test of
/// Chesnaye, Bell, Harte & Simpson 2020, IEEE TBME 67:697).
///
/// Look `k` sums `-2 ln p` over the blocks so far. Without a response each block adds chi-squared with 2 degrees of
/// freedom; thresholds are such that look `k` alone rejects with probability `alpha_k`, having been reached. They are exact, computed from
/// the closed form of the truncated sums' density, not from a grid.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LookPlan {
    alpha: f64,
    n_family: usize,
    reject_at: Vec<f64>,
    futile_below: Vec<f64>,
}

/// Why a plan was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LookPlanError {
    /// No look, or too many.
    #[error("{n_looks} looks planned; allowed is 1 to {MOST_LOOKS}")]
    Looks {
        /// Looks asked for.
        n_looks: usize,
    },
    /// A family without members.
    #[error("the family of tests has no member")]
    EmptyFamily,
    /// An error rate that is no probability.
    #[error(
        "look {look} may spend {alpha} of the error rate; each must be above 0 and their sum below 1"
    )]
    Alpha {
        /// The look, from 1.
        look: usize,
        /// What it was to spend.
        alpha: f64,
    },
    /// A list of futility rates that does not fit the looks.
    #[error(
        "{n_futility} futility rates for {n_looks} looks; give none, or one for each look but the last"
    )]
    FutilityCount {
        /// Rates given.
        n_futility: usize,
        /// Looks planned.
        n_looks: usize,
    },
    /// Nothing would be left to go on with after this look.
    #[error(
        "stopping for futility with probability {futility} at look {look} leaves nothing to go on"
    )]
    Futility {
        /// The look, from 1.
        look: usize,
        /// Its rate.
        futility: f64,
    },
}

impl LookPlan {
    /// A plan that spends `alpha[k]` at look `k + 1`, and gives up there with probability `futility[k]` if there is no response.
    ///
    /// `alpha` is the *family's*: each of `n_family` tests (bands times channels) that follow this plan spends `alpha[k] / n_family`, so
    /// that the chance of any false detection in the family, at any look, is at most the sum of `alpha` whatever the dependence between the tests
    /// (Bonferroni). `futility` is each test's own, empty or one value per look but the last. Futility is binding:
    /// the thresholds count on it that a test that gave up stays so.
    ///
    /// # Errors
    /// [`LookPlanError`] for rates that are no probabilities or lists that do not fit.
    pub fn new(alpha: &[f64], futility: &[f64], n_family: usize) -> Result<Self, LookPlanError> {
        let n_looks = alpha.len();
        if n_looks == 0 || n_looks > MOST_LOOKS {
            return Err(LookPlanError::Looks { n_looks });
        }
        if n_family == 0 {
            return Err(LookPlanError::EmptyFamily);
        }
        if !futility.is_empty() && futility.len() + 1 != n_looks {
            return Err(LookPlanError::FutilityCount {
                n_futility: futility.len(),
                n_looks,
            });
        }
        let mut plan = Self {
            alpha: 0.0,
            n_family,
            reject_at: Vec::with_capacity(n_looks),
            futile_below: Vec::with_capacity(n_looks - 1),
        };
        let mut density = SumDensity::first();
        for (k, &spent) in alpha.iter().enumerate() {
            let futility = futility.get(k).copied().unwrap_or(0.0);
            density = plan.add_look(&density, spent, futility)?;
        }
        Ok(plan)
    }

    /// A plan with `n_looks` looks that spend the same share of `alpha` each, without futility.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn even(alpha: f64, n_looks: usize, n_family: usize) -> Result<Self, LookPlanError> {
        if n_looks == 0 || n_looks > MOST_LOOKS {
            return Err(LookPlanError::Looks { n_looks });
        }
        Self::new(&vec![alpha / n_looks as f64; n_looks], &[], n_family)
    }

    /// Plan the next look and return the density that goes on from it.
    fn add_look(
        &mut self,
        density: &SumDensity,
        spent: f64,
        futility: f64,
    ) -> Result<SumDensity, LookPlanError> {
        let look = self.reject_at.len() + 1;
        self.alpha += spent;
        if !(spent > 0.0 && self.alpha < 1.0) {
            return Err(LookPlanError::Alpha { look, alpha: spent });
        }
        let own = spent / self.n_family as f64;
        let reached = density.mass_above(density.start());
        if !(futility >= 0.0 && own + futility < reached) {
            return Err(LookPlanError::Futility { look, futility });
        }
        let reject_at = density.quantile_above(own);
        let futile_below = if futility > 0.0 {
            density.quantile_above(reached - futility)
        } else {
            density.start()
        };
        self.reject_at.push(2.0 * reject_at);
        self.futile_below.push(2.0 * futile_below);
        Ok(density.next(futile_below, reject_at))
    }

    /// The family's error rate over all looks.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Tests that share the error rate.
    #[must_use]
    pub fn n_family(&self) -> usize {
        self.n_family
    }

    /// Looks planned.
    #[must_use]
    pub fn n_looks(&self) -> usize {
        self.reject_at.len()
    }

    /// For each look, the sum of `-2 ln p` at and above which it detects.
    #[must_use]
    pub fn reject_at(&self) -> &[f64] {
        &self.reject_at
    }

    /// For each look, the sum below which the test gives up there; without futility no sum is that small.
    #[must_use]
    pub fn futile_below(&self) -> &[f64] {
        &self.futile_below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(actual: &[f64], expected: &[f64], within: f64) {
        assert_eq!(actual.len(), expected.len());
        for (actual, expected) in actual.iter().zip(expected) {
            assert!((actual - expected).abs() <= within, "{actual} {expected}");
        }
    }

    #[test]
    fn thresholds_without_futility_are_the_tabulated_ones() {
        // these were found on a grid, whose error grows with the look: 0.001 at the sixth, 0.004 at the tenth
        for (alpha, table) in [
            (0.05, &[8.189, 11.008, 13.489][..]),
            (0.05, &[8.764, 11.719, 14.319, 16.738]),
            (0.05, &[9.210, 12.265, 14.950, 17.449, 19.830]),
            (0.05, &[9.575, 12.707, 15.459, 18.020, 20.459, 22.812]),
            (
                0.05,
                &[
                    10.150, 13.399, 16.251, 18.903, 21.428, 23.863, 26.231, 28.546,
                ],
            ),
            (
                0.05,
                &[
                    10.597, 13.931, 16.856, 19.574, 22.161, 24.656, 27.081, 29.451, 31.777, 34.065,
                ],
            ),
            (0.01, &[12.429, 16.083, 19.275, 22.234, 25.045]),
        ] {
            let plan = LookPlan::even(alpha, table.len(), 1).unwrap();
            let early = table.len().min(6);
            agree(&plan.reject_at()[..early], &table[..early], 0.0013);
            agree(plan.reject_at(), table, 0.004);
        }
    }

    #[test]
    fn the_published_example_with_futility_comes_out() {
        let plan = LookPlan::new(&[0.002; 5], &[0.1, 0.15, 0.2, 0.25], 1).unwrap();
        agree(
            plan.reject_at(),
            &[12.429, 16.049, 19.195, 22.085, 24.774],
            0.0005,
        );
        agree(
            &plan.futile_below()[..4],
            &[0.211, 1.673, 4.46, 8.953],
            0.0005,
        );
    }

    #[test]
    fn a_family_of_one_look_is_bonferroni() {
        let plan = LookPlan::even(0.05, 1, 12).unwrap();
        agree(plan.reject_at(), &[-2.0 * (0.05_f64 / 12.0).ln()], 1e-12);
        assert!((plan.alpha() - 0.05).abs() < 1e-15);
    }

    #[test]
    fn late_spending_needs_no_rising_thresholds() {
        let plan = LookPlan::new(&[1e-6, 0.1], &[], 1).unwrap();
        assert!(plan.reject_at()[1] < plan.reject_at()[0]);
    }

    #[test]
    fn nonsense_is_refused() {
        use LookPlanError::{Alpha, EmptyFamily, Futility, FutilityCount, Looks};
        assert!(matches!(
            LookPlan::even(0.05, 0, 1),
            Err(Looks { n_looks: 0 })
        ));
        assert!(matches!(
            LookPlan::even(0.05, 65, 1),
            Err(Looks { n_looks: 65 })
        ));
        assert!(matches!(LookPlan::even(0.05, 5, 0), Err(EmptyFamily)));
        assert!(matches!(
            LookPlan::even(1.0, 5, 1),
            Err(Alpha { look: 5, .. })
        ));
        assert!(matches!(
            LookPlan::new(&[0.01, f64::NAN], &[], 1),
            Err(Alpha { look: 2, .. })
        ));
        assert!(matches!(
            LookPlan::new(&[0.01, 0.01], &[0.1, 0.1], 1),
            Err(FutilityCount { .. })
        ));
        assert!(matches!(
            LookPlan::new(&[0.01, 0.01], &[0.99], 1),
            Err(Futility { look: 1, .. })
        ));
        assert!(matches!(
            LookPlan::new(&[0.01, 0.01], &[f64::NAN], 1),
            Err(Futility { .. })
        ));
    }
}
