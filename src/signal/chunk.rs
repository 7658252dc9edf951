//! Chunks of samples, and the gaps between them.

/// Consecutive samples of one stream, as a source delivered them.
///
/// A *sample* is one instant across all channels; a *value* is one number.
/// Values are interleaved: all channels of the first sample, then of the next. They are in the
/// stream's own units, bit for bit as sent (every numeric LSL format but the largest 64-bit integers
/// is exact in `f64`): the raw data is what gets recorded, the montage calibrates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chunk {
    /// Index of the first sample since the stream was first opened. Lost samples count.
    pub first_index: u64,
    /// Which unbroken run of samples this is. It goes up with every gap and clock reset.
    pub run: u32,
    /// Channels per sample.
    pub n_channels: usize,
    /// Interleaved values, `n_samples * n_channels` of them.
    pub values: Vec<f64>,
    /// One stamp per sample, in seconds on the local LSL clock: placed on the stream's time line, its clock corrected.
    pub stamps_secs: Vec<f64>,
    /// One stamp per sample as the device sent it, in seconds on the device's clock: bit for bit, before any placing or
    /// correction, not-a-number and all.
    pub device_stamps_secs: Vec<f64>,
}

impl Chunk {
    /// Capacity for `n_samples`, so that filling it allocates nothing.
    #[must_use]
    pub fn with_capacity(n_channels: usize, n_samples: usize) -> Self {
        Self {
            first_index: 0,
            run: 0,
            n_channels,
            values: Vec::with_capacity(n_samples * n_channels),
            stamps_secs: Vec::with_capacity(n_samples),
            device_stamps_secs: Vec::with_capacity(n_samples),
        }
    }

    /// Samples held.
    #[must_use]
    pub fn n_samples(&self) -> usize {
        self.stamps_secs.len()
    }

    /// Whether it holds no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stamps_secs.is_empty()
    }

    /// Samples that fit without growing.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.stamps_secs.capacity()
    }

    /// Add one sample: its stamp on the local clock, its stamp as sent, and its values.
    ///
    /// # Panics
    /// If `values` does not hold one value per channel: a bug of the source.
    pub fn push(&mut self, stamp_secs: f64, device_stamp_secs: f64, values: &[f64]) {
        assert_eq!(values.len(), self.n_channels, "one value per channel");
        self.values.extend_from_slice(values);
        self.stamps_secs.push(stamp_secs);
        self.device_stamps_secs.push(device_stamp_secs);
    }

    /// Placed stamp and values of each sample, in order.
    pub fn samples(&self) -> impl Iterator<Item = (f64, &[f64])> {
        self.stamps_secs
            .iter()
            .copied()
            .zip(self.values.chunks_exact(self.n_channels.max(1)))
    }

    /// Forget the samples, keep the memory.
    pub fn clear(&mut self) {
        self.values.clear();
        self.stamps_secs.clear();
        self.device_stamps_secs.clear();
    }
}

/// Samples that the stamps announce and that never came.
///
/// A gap is data: it is carried, recorded and drawn, never closed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Index of the first missing sample.
    pub first_index: u64,
    /// How many are missing; 0 where only the clock was reset.
    pub n_samples: u64,
}
