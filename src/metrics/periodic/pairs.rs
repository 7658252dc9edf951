//! Epochs of one polarity paired with epochs of the other.

use std::collections::VecDeque;

use num_complex::Complex64;

use crate::dsp::periodic::pair_polarities;
use crate::signal::Polarity;

/// Pairs in the order they came, the last ones kept; an epoch waits for its partner.
#[derive(Debug)]
pub(super) struct Pairs {
    capacity: usize,
    /// Never more than `most_waiting`, for which there is capacity. A clone would lose that capacity: there is none.
    waiting: VecDeque<Complex64>,
    most_waiting: usize,
    waiting_polarity: Polarity,
    envelope: Vec<Complex64>,
    fine: Vec<Complex64>,
    n_added: usize,
}

impl Pairs {
    pub(super) fn new(max_epochs: usize) -> Self {
        let capacity = max_epochs / 2;
        Self {
            capacity,
            waiting: VecDeque::with_capacity(max_epochs),
            most_waiting: max_epochs,
            waiting_polarity: Polarity::Normal,
            envelope: vec![Complex64::default(); capacity],
            fine: vec![Complex64::default(); capacity],
            n_added: 0,
        }
    }

    /// Take an epoch. With too many of one polarity the oldest goes: it would be paired with one much later.
    pub(super) fn add(&mut self, z: Complex64, polarity: Polarity) {
        if self.waiting.is_empty() || self.waiting_polarity == polarity {
            self.waiting_polarity = polarity;
            if self.waiting.len() == self.most_waiting {
                self.waiting.pop_front();
            }
            self.waiting.push_back(z);
            return;
        }
        let Some(partner) = self.waiting.pop_front() else {
            return;
        };
        let (positive, negative) = match polarity {
            Polarity::Normal => (z, partner),
            Polarity::Inverted => (partner, z),
        };
        let slot = self.n_added % self.capacity;
        let at = slot..slot + 1;
        let (envelope, fine) = (&mut self.envelope[at.clone()], &mut self.fine[at]);
        self.n_added += pair_polarities(&[positive], &[negative], envelope, fine);
    }

    /// `(R_pos + R_neg) / 2` and `(R_pos - R_neg) / 2` of the pairs kept.
    pub(super) fn kept(&self) -> (&[Complex64], &[Complex64]) {
        let n = self.n_added.min(self.capacity);
        (&self.envelope[..n], &self.fine[..n])
    }

    pub(super) fn reset(&mut self) {
        self.waiting.clear();
        self.n_added = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_enter_in_whatever_order_the_polarities_come() {
        let (following, fine) = (Complex64::new(0.2, -0.1), Complex64::new(3.0, 4.0));
        let mut pairs = Pairs::new(32);
        for polarity in [1, 1, 1, -1, -1, -1, -1, 1, 1] {
            let sign = f64::from(polarity);
            let polarity = if polarity > 0 {
                Polarity::Normal
            } else {
                Polarity::Inverted
            };
            pairs.add(following + sign * fine, polarity);
        }
        let (envelope, difference) = pairs.kept();
        assert_eq!(envelope.len(), 4);
        assert!(envelope.iter().all(|z| (z - following).norm() < 1e-15));
        assert!(difference.iter().all(|z| (z - fine).norm() < 1e-14));
        pairs.reset();
        assert!(pairs.kept().0.is_empty());
    }

    #[test]
    fn a_long_surplus_stays_bounded() {
        let mut pairs = Pairs::new(16);
        for _ in 0..1000 {
            pairs.add(Complex64::new(1.0, 0.0), Polarity::Normal);
        }
        assert_eq!(pairs.waiting.len(), 16);
        for _ in 0..1000 {
            pairs.add(Complex64::new(1.0, 0.0), Polarity::Inverted);
        }
        assert_eq!(pairs.kept().0.len(), 8);
    }
}
