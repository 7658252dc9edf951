//! The newest of something: latest wins.

use std::sync::{Arc, Mutex, PoisonError};

/// A slot that holds the newest value published.
///
/// Writing replaces what was there, whether or not anybody saw it. The lock is held for the swap of one pointer only, so
/// neither side waits on the other's work.
#[derive(Debug)]
pub struct Latest<T> {
    slot: Mutex<Option<Arc<T>>>,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self {
            slot: Mutex::new(None),
        }
    }
}

impl<T> Latest<T> {
    /// Replace the value.
    pub fn publish(&self, value: Arc<T>) {
        let old = self.lock().replace(value);
        drop(old); // outside the lock
    }

    /// Empty the slot.
    pub fn clear(&self) {
        let old = self.lock().take();
        drop(old);
    }

    /// The newest value, if there is one.
    #[must_use]
    pub fn newest(&self) -> Option<Arc<T>> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<T>>> {
        // a pointer swap cannot leave the slot half written
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_wins() {
        let latest = Latest::default();
        assert_eq!(latest.newest(), None);
        latest.publish(Arc::new(1));
        latest.publish(Arc::new(2));
        assert_eq!(latest.newest().as_deref(), Some(&2));
        latest.clear();
        assert_eq!(latest.newest(), None);
    }
}
