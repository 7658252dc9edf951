//! Running sums that forget without leaving a trace.

/// Many running sums, each kept as a leading part and its rounding error.
///
/// A sliding average adds the newest value and takes the oldest back. In plain `f64` one movement
/// artefact of 10^10 uV^2/Hz would leave an error of 10^-6 behind for the rest of the session, more than
/// high gamma has. Here the rounding error of every addition is itself kept (Knuth's two-sum), so what is taken back is gone.
#[derive(Debug, Clone)]
pub struct ExactSum {
    lead: Vec<f64>,
    rest: Vec<f64>,
}

impl ExactSum {
    /// `n` sums, all zero.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self {
            lead: vec![0.0; n],
            rest: vec![0.0; n],
        }
    }

    /// Add `terms`, one by one, to the sums from `start` on.
    #[inline]
    pub fn add(&mut self, start: usize, terms: impl Iterator<Item = f64>) {
        let sums = self.lead[start..].iter_mut().zip(&mut self.rest[start..]);
        for ((lead, rest), term) in sums.zip(terms) {
            let sum = *lead + term;
            let part_of_term = sum - *lead;
            *rest += (*lead - (sum - part_of_term)) + (term - part_of_term);
            *lead = sum;
        }
    }

    /// The value of sum `i`.
    #[inline]
    #[must_use]
    pub fn value(&self, i: usize) -> f64 {
        self.lead[i] + self.rest[i]
    }

    /// Multiply every sum by `factor`, as forgetting does. What rounding this leaves fades with the sums.
    pub fn fade(&mut self, factor: f64) {
        for part in self.lead.iter_mut().chain(&mut self.rest) {
            *part *= factor;
        }
    }

    /// The sums in a range back to zero.
    pub fn clear_range(&mut self, range: std::ops::Range<usize>) {
        self.lead[range.clone()].fill(0.0);
        self.rest[range].fill(0.0);
    }

    /// Back to zero.
    pub fn clear(&mut self) {
        self.lead.fill(0.0);
        self.rest.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_value_taken_back_leaves_nothing_behind() {
        let mut sums = ExactSum::new(1);
        for term in [1e-3, 1e10 + 0.1, 3e-3, -(1e10 + 0.1)] {
            sums.add(0, std::iter::once(term));
        }
        assert!((sums.value(0) - 4e-3).abs() < 1e-18, "{}", sums.value(0));
    }
}
