//! The way out for what devices sent, before anything is done with it.

use crate::signal::{Chunk, Gap, Marker, OffsetMeasured, StreamInfo};

/// Which of a session's streams is meant. It stays the same while a stream is lost and comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamId {
    /// The EEG.
    Eeg,
    /// The stimulus.
    Stimulus,
    /// A marker stream; they are numbered from 0 as they come, and a number is never given twice.
    Markers(u32),
}

/// Takes what devices sent, as they sent it: a recorder.
///
/// It is called on the threads that read the streams, before anything is done with the data, one stream always on one thread and in its order:
/// it must return at once and never block. A full queue is its own affair: it counts what it leaves out.
pub trait Tee: Send + Sync {
    /// A stream was opened; all else about it comes afterwards. Called again where it returns as another outlet, with a new uid; after its end,
    /// where another stream takes its place, even with other channels and another rate.
    fn stream(&self, id: StreamId, info: &StreamInfo);

    /// Samples of a stream came.
    fn chunk(&self, id: StreamId, chunk: &Chunk);

    /// Samples were lost, or the clock reset, before those of the next chunk.
    fn gap(&self, id: StreamId, gap: &Gap);

    /// The clock of a stream was measured.
    fn offset(&self, id: StreamId, offset: &OffsetMeasured);

    /// A marker came. Its stream was announced before, with the same uid.
    ///
    /// Its local stamp is not finite where the sender's is not: the analysis does not get to see such a marker.
    fn marker(&self, marker: &Marker);

    /// A stream has ended or is read no more, for this reason.
    fn ended(&self, id: StreamId, reason: &str);
}
