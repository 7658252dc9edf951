//! Which file is played when, and with which sign.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

use crate::publish::player::PlayError;
use crate::signal::Polarity;

/// Most plays of one session: a day of one-second sounds.
pub const MAX_PLAYS: u64 = 100_000;

/// How a list of files is gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Plays of a file one after the other without a pause.
    pub n_loops: u32,
    /// Passes through the list.
    pub n_repeats: u32,
    /// Each pass in an order drawn anew, from this seed; as given where there is none.
    pub shuffle_seed: Option<u64>,
    /// Each file alternately as it is and inverted, beginning as it is.
    pub alternate_polarity: bool,
}

/// One play of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Play {
    /// Position in the list as given, from 0.
    pub item: usize,
    /// Counts the plays from 0.
    pub trial: u64,
    /// Its sign.
    pub polarity: Polarity,
    /// The first of the plays of this file that follow on each other.
    pub is_first: bool,
    /// The last of them.
    pub is_last: bool,
}

impl Order {
    /// The plays of `n_files` files. The same seed gives the same order on every machine.
    ///
    /// # Errors
    /// [`PlayError::Plays`] when there would be none or more than [`MAX_PLAYS`].
    pub fn plays(&self, n_files: usize) -> Result<Vec<Play>, PlayError> {
        let n_plays = u64::from(self.n_loops)
            .saturating_mul(u64::from(self.n_repeats))
            .saturating_mul(n_files as u64);
        if !(1..=MAX_PLAYS).contains(&n_plays) {
            return Err(PlayError::Plays {
                n_plays,
                allowed: MAX_PLAYS,
            });
        }
        let mut random = self.shuffle_seed.map(Pcg64::seed_from_u64);
        let mut next_polarity = vec![Polarity::Normal; n_files];
        let mut plays = Vec::new();
        for _ in 0..self.n_repeats {
            let mut items: Vec<usize> = (0..n_files).collect();
            if let Some(random) = &mut random {
                shuffle(&mut items, random);
            }
            for item in items {
                for turn in 0..self.n_loops {
                    plays.push(Play {
                        item,
                        trial: plays.len() as u64,
                        polarity: next_polarity[item],
                        is_first: turn == 0,
                        is_last: turn + 1 == self.n_loops,
                    });
                    if self.alternate_polarity {
                        next_polarity[item] = next_polarity[item].inverted();
                    }
                }
            }
        }
        Ok(plays)
    }

    /// Whether every file is inverted as often as not, so that the polarities cancel.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.alternate_polarity
            && (u64::from(self.n_loops) * u64::from(self.n_repeats)).is_multiple_of(2)
    }
}

/// Fisher and Yates' shuffle.
fn shuffle(items: &mut [usize], random: &mut Pcg64) {
    for i in (1..items.len()).rev() {
        // the high half of the product: uniform to 2^-50 for any list of files
        let pick = (u128::from(random.next_u64()) * (i as u128 + 1)) >> 64;
        items.swap(i, usize::try_from(pick).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONCE: Order = Order {
        n_loops: 1,
        n_repeats: 1,
        shuffle_seed: None,
        alternate_polarity: false,
    };

    fn items(order: Order, n_files: usize) -> Vec<usize> {
        let plays = order.plays(n_files).unwrap();
        plays.iter().map(|play| play.item).collect()
    }

    fn signs(order: Order, n_files: usize) -> String {
        let plays = order.plays(n_files).unwrap();
        plays.iter().map(|play| play.polarity.to_string()).collect()
    }

    #[test]
    fn loops_repeat_a_file_and_repeats_the_list() {
        let order = Order {
            n_loops: 2,
            n_repeats: 2,
            ..ONCE
        };
        assert_eq!(items(order, 2), [0, 0, 1, 1, 0, 0, 1, 1]);
        let plays = order.plays(2).unwrap();
        let firsts: Vec<bool> = plays.iter().map(|play| play.is_first).collect();
        assert_eq!(firsts, [true, false, true, false, true, false, true, false]);
        assert!(plays.iter().all(|play| play.is_first != play.is_last));
        assert!(
            plays
                .iter()
                .zip(0..)
                .all(|(play, trial)| play.trial == trial)
        );
    }

    #[test]
    fn a_shuffled_pass_holds_every_file_once_and_its_seed_gives_it_back() {
        let order = |seed| Order {
            n_repeats: 3,
            shuffle_seed: Some(seed),
            ..ONCE
        };
        let drawn = items(order(1), 20);
        assert_eq!(drawn, items(order(1), 20));
        assert_ne!(drawn, items(order(2), 20));
        let passes: Vec<&[usize]> = drawn.chunks(20).collect();
        assert!(passes[0] != passes[1] && passes[1] != passes[2]);
        for pass in passes {
            let mut sorted = pass.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..20).collect::<Vec<_>>());
            assert_ne!(pass, sorted);
        }
    }

    #[test]
    fn every_order_of_three_files_is_drawn_as_often_as_any_other() {
        let mut counts = std::collections::BTreeMap::new();
        for seed in 0..6000 {
            let order = Order {
                shuffle_seed: Some(seed),
                ..ONCE
            };
            *counts.entry(items(order, 3)).or_insert(0_i32) += 1;
        }
        assert_eq!(counts.len(), 6);
        // 1000 expected, standard deviation 29
        assert!(
            counts.values().all(|count| (count - 1000).abs() < 120),
            "{counts:?}"
        );
    }

    #[test]
    fn each_file_alternates_from_its_own_last_play_and_begins_as_it_is() {
        let alternating = Order {
            alternate_polarity: true,
            ..ONCE
        };
        let looped = Order {
            n_loops: 3,
            n_repeats: 2,
            ..alternating
        };
        assert_eq!(signs(looped, 1), "+-+-+-");
        assert_eq!(signs(looped, 2), "+-++-+-+--+-");
        assert!(looped.is_balanced() && !alternating.is_balanced());
        assert_eq!(
            signs(
                Order {
                    n_repeats: 2,
                    ..alternating
                },
                2
            ),
            "++--"
        );
        assert_eq!(
            signs(
                Order {
                    n_repeats: 2,
                    ..ONCE
                },
                2
            ),
            "++++"
        );
    }

    #[test]
    fn no_play_and_too_many_are_refused() {
        assert!(ONCE.plays(0).is_err());
        let order = |n_loops, n_repeats| Order {
            n_loops,
            n_repeats,
            ..ONCE
        };
        assert!(order(0, 1).plays(1).is_err());
        assert_eq!(order(1000, 100).plays(1).unwrap().len(), 100_000);
        let text = order(u32::MAX, u32::MAX).plays(9).unwrap_err().to_string();
        assert!(text.contains("allowed are 1 to 100000"), "{text}");
    }
}
