//! Responses to a stimulus and to its inversion.

use num_complex::Complex64;

/// Pairs epochs of the stimulus as it is with epochs of its inversion, in the order they came:
///
/// `envelope[m] = (positive[m] + negative[m]) / 2` keeps what follows the envelope and cancels fine structure, cochlear
/// microphonic and linear stimulus artefact (`EFR_env`); `fine[m] = (positive[m] - negative[m]) / 2` keeps the fine structure (`FFR_tfs`;
/// Aiken & Picton 2008). Both are epochs like any others and go into the same tests, at the frequency of interest of each.
///
/// Equal numbers of both polarities enter, as unequal ones cancel nothing: the surplus of the longer list and whatever the output has no
/// capacity for is left out. Returns how many pairs were written. An artefact that itself follows the envelope is not cancelled.
pub fn pair_polarities(
    positive: &[Complex64],
    negative: &[Complex64],
    envelope: &mut [Complex64],
    fine: &mut [Complex64],
) -> usize {
    let pairs = positive.iter().zip(negative);
    let mut n_pairs = 0;
    for ((positive, negative), (envelope, fine)) in pairs.zip(envelope.iter_mut().zip(fine)) {
        *envelope = (positive + negative) / 2.0;
        *fine = (positive - negative) / 2.0;
        n_pairs += 1;
    }
    n_pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelope_and_fine_structure_are_told_apart_and_the_surplus_is_left_out() {
        let (following, fine_part) = (Complex64::new(0.2, -0.1), Complex64::new(3.0, 4.0));
        let positive = [following + fine_part; 5];
        let negative = [following - fine_part; 3];
        let (mut envelope, mut fine) = ([Complex64::default(); 5], [Complex64::default(); 5]);
        let n_pairs = pair_polarities(&positive, &negative, &mut envelope, &mut fine);
        assert_eq!(n_pairs, 3);
        for m in 0..n_pairs {
            assert!((envelope[m] - following).norm() < 1e-15);
            assert!((fine[m] - fine_part).norm() < 1e-15);
        }
        assert_eq!(fine[3], Complex64::default());
    }
}
