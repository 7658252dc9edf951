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

/// One sample on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample<'a> {
    /// Which unbroken run it belongs to.
    pub run: u32,
    /// Its index in the stream; lost samples count.
    pub index: u64,
    /// Its stamp, seconds on the local LSL clock.
    pub stamp_secs: f64,
    /// One value per channel, in the stream's units.
    pub values: &'a [f64],
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
        let room = self.ring.vacant_len() / frame_len;
        for (offset, (stamp_secs, values)) in chunk.samples().take(room).enumerate() {
            let index = chunk.first_index + offset as u64;
            let header = [f64::from(chunk.run), index as f64, stamp_secs];
            let written = self.ring.push_slice(&header) + self.ring.push_slice(values);
            debug_assert_eq!(written, frame_len, "there was room");
        }
        room.min(chunk.n_samples())
    }
}

impl Reader {
    /// The oldest sample not yet read. Never waits, allocates nothing.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the header was written from a u32 and from an index far below 2^53"
    )]
    pub fn next_sample(&mut self) -> Option<Sample<'_>> {
        self.peek_stamp_secs()?;
        self.peeked = false;
        Some(Sample {
            run: self.frame[0] as u32,
            index: self.frame[1] as u64,
            stamp_secs: self.frame[2],
            values: &self.frame[HEADER_LEN..],
        })
    }

    /// Stamp of the oldest sample not yet read, which stays there.
    pub fn peek_stamp_secs(&mut self) -> Option<f64> {
        if !self.peeked {
            if self.ring.occupied_len() < self.frame.len() {
                return None;
            }
            self.ring.pop_slice(&mut self.frame);
            self.peeked = true;
        }
        Some(self.frame[2])
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

    #[test]
    fn samples_come_out_as_they_went_in() {
        let (mut writer, mut reader) = ring(2, 10);
        for start in 0..50 {
            assert_eq!(writer.write(&chunk(start * 3, 3)), 3);
            for n in 0..3 {
                let index = start * 3 + n;
                let sample = reader.next_sample().unwrap();
                assert_eq!((sample.run, sample.index), (7, index));
                assert_eq!(sample.values, [index as f64, -(index as f64)]);
            }
            assert_eq!(reader.next_sample(), None);
        }
    }

    #[test]
    fn a_full_ring_drops_whole_samples_and_says_how_many_fitted() {
        let (mut writer, mut reader) = ring(2, 4);
        assert_eq!(writer.write(&chunk(0, 6)), 4);
        assert_eq!(reader.peek_stamp_secs(), Some(0.0));
        assert_eq!(reader.backlog(), 4, "what was looked at still waits");
        assert_eq!(reader.next_sample().unwrap().index, 0);
        assert_eq!(writer.write(&chunk(6, 2)), 1);
        let rest: Vec<u64> = std::iter::from_fn(|| reader.next_sample().map(|s| s.index)).collect();
        assert_eq!(rest, [1, 2, 3, 6], "the jump from 3 to 6 is the gap");
    }

    #[test]
    fn what_was_written_can_be_read_after_the_writer_has_gone() {
        let (mut writer, mut reader) = ring(2, 4);
        assert_eq!(writer.write(&chunk(0, 1)), 1);
        drop(writer);
        assert!(reader.is_abandoned());
        assert_eq!(reader.next_sample().unwrap().index, 0);
    }
}
