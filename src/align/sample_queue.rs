//! Samples that wait.

use std::collections::VecDeque;

/// Where a sample stands in its stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header {
    /// Unbroken run it belongs to.
    pub run: u32,
    /// Its index; lost samples count.
    pub index: u64,
    /// Its stamp, seconds on the local LSL clock.
    pub stamp_secs: f64,
}

/// A queue of samples, each with its header, in one piece of memory.
///
/// Allocates only when more samples wait than ever before.
#[derive(Debug, Clone)]
pub struct SampleQueue {
    n_channels: usize,
    headers: VecDeque<Header>,
    values: VecDeque<f64>,
    /// The sample taken last.
    taken: Vec<f64>,
}

impl SampleQueue {
    /// An empty queue of samples of `n_channels`, with capacity for `n_samples`.
    #[must_use]
    pub fn new(n_channels: usize, n_samples: usize) -> Self {
        Self {
            n_channels,
            headers: VecDeque::with_capacity(n_samples),
            values: VecDeque::with_capacity(n_samples * n_channels),
            taken: vec![0.0; n_channels],
        }
    }

    /// Add a sample.
    ///
    /// # Panics
    /// Unless there is one value per channel: a bug.
    pub fn push(&mut self, header: Header, values: &[f64]) {
        assert_eq!(values.len(), self.n_channels, "one value per channel");
        self.headers.push_back(header);
        self.values.extend(values);
    }

    /// The oldest sample's header.
    #[must_use]
    pub fn front(&self) -> Option<Header> {
        self.headers.front().copied()
    }

    /// Headers of the samples that wait, oldest first.
    pub fn headers(&self) -> impl Iterator<Item = Header> + '_ {
        self.headers.iter().copied()
    }

    /// Take the oldest sample.
    pub fn pop(&mut self) -> Option<(Header, &[f64])> {
        let header = self.headers.pop_front()?;
        for value in &mut self.taken {
            *value = self.values.pop_front().unwrap_or(f64::NAN);
        }
        Some((header, &self.taken))
    }

    /// Channels of a sample.
    #[must_use]
    pub fn n_channels(&self) -> usize {
        self.n_channels
    }

    /// Samples that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.headers.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_out_as_they_went_in() {
        let mut queue = SampleQueue::new(2, 3);
        for index in 0..10_u64 {
            let header = Header {
                run: 1,
                index,
                stamp_secs: index as f64,
            };
            queue.push(header, &[index as f64, -1.0]);
            if index >= 2 {
                let (header, values) = queue.pop().unwrap();
                assert_eq!(
                    (header.index, values),
                    (index - 2, &[(index - 2) as f64, -1.0][..])
                );
            }
        }
        assert_eq!((queue.len(), queue.front().unwrap().index), (2, 8));
    }
}
