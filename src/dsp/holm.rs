//! Many tests at one moment: Holm's step-down.

/// Adjusts the p-values of a family so that `adjusted[i] <= alpha` decides test `i` with a family-wise error of at most
/// `alpha`, whatever the dependence between the tests (Holm 1979): with the p-values in ascending order,
/// `adjusted_(i) = max over j <= i of min(1, (n - j + 1) p_(j))`.
///
/// Valid **once**, at a moment fixed beforehand, with all members of the family present. It does not make repeated looks safe: for looks
/// along the way each member gets `alpha / n` of its own ([`LookPlan::even`](crate::dsp::looks::LookPlan::even), Bonferroni over the family).
/// A p-value that is not a number counts as 1. `order` is scratch. Allocates nothing.
///
/// # Panics
/// If the slices differ in length: a bug.
pub fn holm(p: &[f64], order: &mut [usize], adjusted: &mut [f64]) {
    assert_eq!(p.len(), order.len(), "scratch for every test");
    assert_eq!(p.len(), adjusted.len(), "one result per test");
    for (i, slot) in order.iter_mut().enumerate() {
        *slot = i;
    }
    order.sort_unstable_by(|&a, &b| p[a].min(1.0).total_cmp(&p[b].min(1.0)));
    let mut so_far = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        let scaled = ((p.len() - rank) as f64 * p[i]).min(1.0);
        so_far = so_far.max(scaled);
        adjusted[i] = so_far;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adjusted(p: &[f64]) -> Vec<f64> {
        let (mut order, mut adjusted) = (vec![0; p.len()], vec![0.0; p.len()]);
        holm(p, &mut order, &mut adjusted);
        adjusted
    }

    #[test]
    fn holms_steps_are_those_worked_by_hand() {
        let expected = [0.03, 0.06, 0.06, 0.02];
        for (actual, expected) in adjusted(&[0.01, 0.04, 0.03, 0.005]).iter().zip(expected) {
            assert!((actual - expected).abs() < 1e-15, "{actual} {expected}");
        }
    }

    #[test]
    fn an_adjusted_value_is_never_smaller_than_that_of_a_smaller_p_and_never_above_one() {
        assert_eq!(
            adjusted(&[0.02, 0.021, 0.9, f64::NAN]),
            [0.08, 0.08, 1.0, 1.0]
        );
        assert_eq!(adjusted(&[0.04]), [0.04]);
        assert!(adjusted(&[]).is_empty());
    }
}
