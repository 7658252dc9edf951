//! What the front end hands to the stages: one segment, judged and transformed.

use num_complex::Complex64;

/// One accepted segment.
///
/// Its spectra are calibrated: summed over the tapers, `|Z|^2` *is* the one-sided PSD of the segment (see
/// [`SegmentFft`](crate::dsp::SegmentFft)).
#[derive(Clone, Copy)]
pub(super) struct Segment<'a> {
    /// Its place on the grid: it starts at sample `hop * hop_len` of the stream, lost samples counted.
    pub(super) hop: u64,
    /// Its centre, seconds on the local LSL clock.
    pub(super) centre_secs: f64,
    /// Spectra of the derivations, one after the other, then the stimulus's, which is 0 where that is not whole.
    pub(super) spectra: &'a [Complex64],
    /// Derivations.
    pub(super) n_channels: usize,
    /// Which of them lack it: their spectra are 0.
    pub(super) lacks: &'a [bool],
    /// Whether the stimulus was heard from its first to its last sample.
    pub(super) has_stimulus: bool,
    /// Whether it may count as one with the stimulus: always, or only within a trial.
    pub(super) is_open: bool,
}

impl<'a> Segment<'a> {
    /// Values of one spectrum: bins times tapers.
    pub(super) fn n_values(&self) -> usize {
        self.spectra.len() / (self.n_channels + 1)
    }

    /// Spectrum of derivation `ch`, taper after taper; of the stimulus at `n_channels`.
    pub(super) fn channel(&self, ch: usize) -> &'a [Complex64] {
        let n_values = self.n_values();
        &self.spectra[ch * n_values..(ch + 1) * n_values]
    }

    /// Spectrum of the stimulus.
    pub(super) fn stimulus(&self) -> &'a [Complex64] {
        self.channel(self.n_channels)
    }

    /// Whether it counts towards the response.
    pub(super) fn is_of_response(&self) -> bool {
        self.has_stimulus && self.is_open
    }
}
