//! Looking at a test while it runs without paying for it in false detections.
//!
//! A running value that is tested at every epoch "detects" something in two runs of five without any response. Here
//! *detected* is only declared at looks planned beforehand ([`LookPlan`]), each fed by a block of **new**, accepted data, and stays with
//! the look, the time and the error rate it was declared under ([`LookState`]). Everything shown between looks is
//! description.
//!
//! What controls which error: over the looks of one test, the plan's thresholds; over bands and channels, the plan's split of alpha among the
//! family (Bonferroni, valid for any dependence). [`holm`](crate::dsp::holm) is a little sharper than that split but valid for one
//! look only: use it for the single test at the end of a run without earlier looks, never on top of these.

mod plan;
mod sum_density;

use crate::dsp::tails::PValue;

pub use plan::{LookPlan, LookPlanError};

/// Where a test with planned looks stands.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub enum LookState {
    /// Nothing decided; looks are left.
    Pending {
        /// Looks so far.
        n_looks: usize,
    },
    /// A response is there, by the plan's rule.
    Detected {
        /// The look that found it, from 1.
        look: usize,
        /// Accepted data up to that look.
        accepted_secs: f64,
        /// Error rate of the family over all looks.
        alpha: f64,
        /// Tests that share it.
        n_family: usize,
    },
    /// Given up: so little by this look that going on is not worth it. This is not evidence of absence.
    Futile {
        /// The look that gave up, from 1.
        look: usize,
        /// Accepted data up to that look.
        accepted_secs: f64,
    },
    /// All looks done, nothing detected.
    Ended {
        /// Accepted data up to the last look.
        accepted_secs: f64,
    },
    /// Ended before its time, because its channel was set aside: no further look is taken. This is not evidence of absence.
    SetAside {
        /// Looks until then.
        n_looks: usize,
    },
}

/// One test on its way through a plan's looks.
#[derive(Debug, Clone)]
pub struct Looks {
    plan: LookPlan,
    sum: f64,
    state: LookState,
}

impl Looks {
    /// Before the first look.
    #[must_use]
    pub fn new(plan: LookPlan) -> Self {
        Self {
            plan,
            sum: 0.0,
            state: LookState::Pending { n_looks: 0 },
        }
    }

    /// Take the next look: `p` of the newest block, which must share no data with the earlier ones, after `accepted_secs` of accepted
    /// data in all.
    ///
    /// Once anything but [`LookState::Pending`] is reached it stays until [`reset`](Self::reset), whatever comes.
    pub fn look(&mut self, p: PValue, accepted_secs: f64) -> LookState {
        let LookState::Pending { n_looks } = self.state else {
            return self.state;
        };
        self.sum -= 2.0 * p.ln;
        let look = n_looks + 1;
        self.state = if self.sum >= self.plan.reject_at()[n_looks] {
            LookState::Detected {
                look,
                accepted_secs,
                alpha: self.plan.alpha(),
                n_family: self.plan.n_family(),
            }
        } else if look == self.plan.n_looks() {
            LookState::Ended { accepted_secs }
        } else if self.sum < self.plan.futile_below()[n_looks] {
            LookState::Futile {
                look,
                accepted_secs,
            }
        } else {
            LookState::Pending { n_looks: look }
        };
        self.state
    }

    /// No further look: the channel was set aside. What is decided stays.
    pub fn set_aside(&mut self) {
        if let LookState::Pending { n_looks } = self.state {
            self.state = LookState::SetAside { n_looks };
        }
    }

    /// Where the test stands.
    #[must_use]
    pub fn state(&self) -> LookState {
        self.state
    }

    /// Sum of `-2 ln p` over the looks so far, to be compared with [`LookPlan::reject_at`].
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The plan followed.
    #[must_use]
    pub fn plan(&self) -> &LookPlan {
        &self.plan
    }

    /// A new run: forgets everything but the plan.
    pub fn reset(&mut self) {
        self.sum = 0.0;
        self.state = LookState::Pending { n_looks: 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ps: &[f64], plan: LookPlan) -> LookState {
        let mut looks = Looks::new(plan);
        for (k, &p) in ps.iter().enumerate() {
            looks.look(PValue::new(p), 24.0 * (k + 1) as f64);
        }
        looks.state()
    }

    #[test]
    fn a_detection_stays_with_its_look_whatever_comes_later() {
        let mut looks = Looks::new(LookPlan::even(0.05, 5, 4).unwrap());
        assert_eq!(
            looks.look(PValue::new(0.4), 24.0),
            LookState::Pending { n_looks: 1 }
        );
        let detected = looks.look(PValue::new(1e-6), 48.0);
        let expected = LookState::Detected {
            look: 2,
            accepted_secs: 48.0,
            alpha: 0.05,
            n_family: 4,
        };
        assert_eq!(detected, expected);
        assert_eq!(looks.look(PValue::ONE, 72.0), expected);
        looks.reset();
        assert_eq!(looks.state(), LookState::Pending { n_looks: 0 });
        assert_eq!(looks.sum(), 0.0);
    }

    #[test]
    fn small_evidence_adds_up_over_the_looks() {
        // five times -2 ln 0.13 = 20.4 passes 19.830; one block alone is nothing
        let state = of(&[0.13; 5], LookPlan::even(0.05, 5, 1).unwrap());
        assert!(
            matches!(state, LookState::Detected { look: 5, .. }),
            "{state:?}"
        );
    }

    #[test]
    fn a_run_without_response_ends() {
        let state = of(&[0.5; 9], LookPlan::even(0.05, 5, 1).unwrap());
        assert_eq!(
            state,
            LookState::Ended {
                accepted_secs: 120.0
            }
        );
    }

    #[test]
    fn hopeless_runs_are_given_up_at_the_look_where_they_became_so() {
        let plan = LookPlan::new(&[0.002; 5], &[0.1, 0.15, 0.2, 0.25], 1).unwrap();
        let state = of(&[0.8, 0.8, 1e-9], plan);
        assert_eq!(
            state,
            LookState::Futile {
                look: 2,
                accepted_secs: 48.0
            }
        );
    }

    #[test]
    fn a_p_that_is_not_a_number_is_no_evidence() {
        let state = of(&[f64::NAN; 5], LookPlan::even(0.05, 5, 1).unwrap());
        assert_eq!(
            state,
            LookState::Ended {
                accepted_secs: 120.0
            }
        );
    }

    #[test]
    fn a_p_of_zero_is_a_detection_at_once() {
        let state = of(&[0.0], LookPlan::even(0.05, 5, 1).unwrap());
        assert!(matches!(state, LookState::Detected { look: 1, .. }));
    }
}
