//! The bounded way from an acquisition thread to the analysis: one writer, one reader, no lock.
//!
//! Each sample travels with its run, index and stamp, so nothing has to be kept in step beside it. When the ring is full the
//! *newest* samples are dropped, whole, and `Writer::write` says how many; the reader sees the jump in the index and treats it as a gap.

use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use crate::signal::Chunk;

/// Run, index and stamp before the values of each sample.
const HEADER_LEN: usize = 3;

/// The acquisition thread's end.
pub struct Writer {
    ring: HeapProd<f64>,
    n_channels: usize,
}

/// The analysis thread's end.
pub struct Reader {
    ring: HeapCons<f64>,
    frame: Vec<f64>,
    /// Whether the frame holds a sample that was looked at and not yet taken.
    peeked: bool,
}

/// A ring for `n_samples` samples of `n_channels`.
#[must_use]
pub fn ring(n_channels: usize, n_samples: usize) -> (Writer, Reader) {
    let frame_len = HEADER_LEN + n_channels;
    let (producer, consumer) = HeapRb::new(frame_len * n_samples.max(1)).split();
    let writer = Writer {
        ring: producer,
        n_channels,
    };
    let reader = Reader {
        ring: consumer,
        frame: vec![0.0; frame_len],
        peeked: false,
    };
    (writer, reader)
}

impl Writer {
    /// Write the samples of `chunk`; returns how many fitted. Never waits, allocates nothing.
    ///
    /// # Panics
    /// If the chunk has another number of channels than the ring: a bug.
    #[must_use = "samples that did not fit are lost and must be counted"]
    pub fn write(&mut self, chunk: &Chunk) -> usize {
        assert_eq!(chunk.n_channels, self.n_channels, "one layout per ring");
        let frame_len = HEADER_LEN + self.n_channels;
        let capacity = self.ring.vacant_len() / frame_len;
        for (offset, (stamp_secs, values)) in chunk.samples().take(capacity).enumerate() {
            let index = chunk.first_index + offset as u64;
            let header = [f64::from(chunk.run), index as f64, stamp_secs];
            let written = self.ring.push_slice(&header) + self.ring.push_slice(values);
            debug_assert_eq!(written, frame_len, "there was capacity");
        }
        capacity.min(chunk.n_samples())
    }
}

impl Reader {
    /// Run and index of the oldest sample not yet read, which stays in the frame.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the header was written from a u32 and from an index far below 2^53"
    )]
    fn peek(&mut self) -> Option<(u32, u64)> {
        if !self.peeked {
            if self.ring.occupied_len() < self.frame.len() {
                return None;
            }
            self.ring.pop_slice(&mut self.frame);
            self.peeked = true;
        }
        Some((self.frame[0] as u32, self.frame[1] as u64))
    }

    /// Channels of a sample.
    #[must_use]
    pub fn n_channels(&self) -> usize {
        self.frame.len() - HEADER_LEN
    }

    /// Fill `chunk` with the oldest samples, as many as it has capacity for and follow on each other; `false` if there is none. Never waits, allocates nothing.
    pub fn read_into(&mut self, chunk: &mut Chunk) -> bool {
        chunk.clear();
        while chunk.n_samples() < chunk.capacity() {
            let Some((run, index)) = self.peek() else {
                break;
            };
            let follows = chunk.run == run && chunk.first_index + chunk.n_samples() as u64 == index;
            if !chunk.is_empty() && !follows {
                break;
            }
            if chunk.is_empty() {
                (chunk.run, chunk.first_index) = (run, index);
            }
            // what the device sent went out by the tee; here stamps are placed
            let stamp_secs = self.frame[2];
            chunk.push(stamp_secs, stamp_secs, &self.frame[HEADER_LEN..]);
            self.peeked = false;
        }
        !chunk.is_empty()
    }

    /// Samples waiting.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.ring.occupied_len() / self.frame.len() + usize::from(self.peeked)
    }

    /// Whether the writer has gone; what it wrote before can still be read.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        !self.ring.write_is_held()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(first_index: u64, n_samples: usize) -> Chunk {
        let mut chunk = Chunk::with_capacity(2, n_samples);
        chunk.first_index = first_index;
        chunk.run = 7;
        for n in 0..n_samples {
            let index = (first_index + n as u64) as f64;
            chunk.push(index / 100.0, index / 100.0, &[index, -index]);
        }
        chunk
    }

    /// Indices of everything that can be read, a list per chunk.
    fn read(reader: &mut Reader, capacity: usize) -> Vec<Vec<u64>> {
        let mut chunk = Chunk::with_capacity(2, capacity);
        let mut all = Vec::new();
        while reader.read_into(&mut chunk) {
            assert_eq!(chunk.run, 7);
            let samples = chunk.samples().enumerate();
            let indices = samples.map(|(offset, (stamp_secs, values))| {
                let index = chunk.first_index + offset as u64;
                assert_eq!(values, [index as f64, -(index as f64)]);
                assert_eq!(stamp_secs, index as f64 / 100.0);
                index
            });
            all.push(indices.collect());
        }
        all
    }

    #[test]
    fn samples_come_out_as_they_went_in() {
        let (mut writer, mut reader) = ring(2, 10);
        for start in 0..50 {
            assert_eq!(writer.write(&chunk(start * 3, 3)), 3);
            let expected: Vec<u64> = (start * 3..start * 3 + 3).collect();
            assert_eq!(read(&mut reader, 2), [&expected[..2], &expected[2..]]);
        }
    }

    #[test]
    fn a_full_ring_drops_whole_samples_and_says_how_many_fitted() {
        let (mut writer, mut reader) = ring(2, 4);
        assert_eq!(writer.write(&chunk(0, 6)), 4);
        let mut first = Chunk::with_capacity(2, 1);
        assert!(reader.read_into(&mut first));
        assert_eq!((first.first_index, reader.backlog()), (0, 3));
        assert_eq!(writer.write(&chunk(6, 2)), 1);
        // the jump from 3 to 6 is the gap: no chunk spans it
        assert_eq!(read(&mut reader, 10), [vec![1, 2, 3], vec![6]]);
    }

    #[test]
    fn what_was_written_can_be_read_after_the_writer_has_gone() {
        let (mut writer, mut reader) = ring(2, 4);
        assert_eq!(writer.write(&chunk(0, 1)), 1);
        drop(writer);
        assert!(reader.is_abandoned());
        assert_eq!(read(&mut reader, 4), [[0]]);
    }
}
