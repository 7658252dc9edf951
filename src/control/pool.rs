//! Values in shared memory that are used again, so that publishing allocates nothing.

use std::sync::Arc;

/// A fixed set of values, made at the start.
///
/// [`fill`](Self::fill) finds one that nobody holds any more, lets the caller write it, and hands out a shared pointer. When readers
/// hold all of them it returns `None`: the caller drops the update and counts it.
#[derive(Debug)]
pub struct Pool<T> {
    values: Vec<Arc<T>>,
    next: usize,
}

impl<T> Pool<T> {
    /// A pool of `n` values made by `make`.
    #[must_use]
    pub fn new(n: usize, make: impl FnMut() -> T) -> Self {
        let values = std::iter::repeat_with(make).take(n).map(Arc::new).collect();
        Self { values, next: 0 }
    }

    /// Write a free value and share it; `None` when all are held.
    #[must_use = "a refusal must be counted"]
    pub fn fill(&mut self, write: impl FnOnce(&mut T)) -> Option<Arc<T>> {
        let n = self.values.len();
        for step in 0..n {
            let i = (self.next + step) % n;
            if let Some(value) = Arc::get_mut(&mut self.values[i]) {
                write(value);
                self.next = (i + 1) % n;
                return Some(Arc::clone(&self.values[i]));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_value_is_never_written_and_a_full_pool_says_so() {
        let mut pool = Pool::new(2, || 0);
        let first = pool.fill(|value| *value = 1).unwrap();
        let second = pool.fill(|value| *value = 2).unwrap();
        assert_eq!(pool.fill(|value| *value = 3), None);
        drop(first);
        let third = pool.fill(|value| *value = 4).unwrap();
        assert_eq!((*second, *third), (2, 4));
    }
}
