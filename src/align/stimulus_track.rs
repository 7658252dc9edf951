//! The stimulus's envelope, readable at any instant.

use std::collections::VecDeque;

use crate::align::CLOCK_MEMORY_SECS;
use crate::dsp::SincKernel;
use crate::stimulus::EnvelopeExtractor;
use crate::timeline::Line;

/// Time of envelope that is kept: more than the EEG may wait.
const KEPT_SECS: f64 = 8.0;
/// Unbroken stretches remembered at most; older ones are forgotten with their values.
const MAX_STRETCHES: usize = 32;

/// Takes the stimulus sample by sample, keeps the last seconds of its envelope, and reads it between its samples.
///
/// Allocates nothing after construction.
pub struct StimulusTrack {
    fit: Line,
    n_jumps: u64,
    extractor: EnvelopeExtractor,
    kernel: SincKernel,
    latency_secs: f64,
    /// Envelope values, each written twice so that any run of them lies side by side.
    values: Vec<f64>,
    n_kept: u64,
    n_values: u64,
    stretches: VecDeque<Stretch>,
    /// `(run, index)` of the newest input sample.
    newest: Option<(u32, u64)>,
    n_settling: usize,
}

/// An unbroken run of envelope values.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// Number of its first value, and the input sample while pushing which it came.
    first_value: u64,
    first_input: u64,
    /// Number after its last value.
    end_value: u64,
}

impl StimulusTrack {
    /// A stimulus of `input_rate_hz` whose stamps are `latency_secs` early, to be read at about `reader_rate_hz`.
    #[must_use]
    pub fn new(
        extractor: EnvelopeExtractor,
        input_rate_hz: f64,
        reader_rate_hz: f64,
        latency_secs: f64,
    ) -> Self {
        let kernel = SincKernel::new(extractor.envelope_rate_hz(), reader_rate_hz);
        let n_kept = kept(KEPT_SECS * extractor.envelope_rate_hz(), &kernel);
        Self {
            fit: Line::new(input_rate_hz, CLOCK_MEMORY_SECS),
            n_jumps: 0,
            latency_secs,
            values: vec![0.0; 2 * n_kept],
            n_kept: n_kept as u64,
            n_values: 0,
            stretches: VecDeque::with_capacity(MAX_STRETCHES + 1),
            newest: None,
            n_settling: 0,
            kernel,
            extractor,
        }
    }

    /// Highest frequency at which the envelope is read as it is.
    #[must_use]
    pub fn limit_hz(&self) -> f64 {
        SincKernel::PASSES * self.extractor.envelope_rate_hz()
    }

    /// Take one sample of the stimulus: its run, index, stamp and value.
    pub fn push(&mut self, run: u32, index: u64, stamp_secs: f64, value: f64) {
        let same_run = self.newest.is_none_or(|(newest, _)| newest == run);
        let follows = self
            .newest
            .is_some_and(|(_, newest)| index == newest + 1 && value.is_finite());
        self.newest = Some((run, index));
        if !same_run {
            self.fit.break_line();
            self.n_jumps += u64::from(follows);
        }
        self.fit.push(index, stamp_secs);
        if !(follows && same_run) {
            self.extractor.reset();
            self.n_settling = self.extractor.n_settling();
            self.close_stretch();
        }
        if !value.is_finite() {
            return;
        }
        let is_settled = self.n_settling == 0;
        self.n_settling = self.n_settling.saturating_sub(1);
        if let Some(envelope) = self.extractor.push(value).filter(|_| is_settled) {
            self.keep(index, envelope);
        }
    }

    /// Values after this belong to a new stretch.
    fn close_stretch(&mut self) {
        if self
            .stretches
            .back()
            .is_some_and(|s| s.end_value == s.first_value)
        {
            self.stretches.pop_back();
        }
        if self.stretches.len() == MAX_STRETCHES {
            self.stretches.pop_front();
        }
        self.stretches.push_back(Stretch {
            first_value: self.n_values,
            first_input: 0,
            end_value: self.n_values,
        });
    }

    fn keep(&mut self, index: u64, envelope: f64) {
        let slot = usize::try_from(self.n_values % self.n_kept).unwrap_or(0);
        let half = self.values.len() / 2;
        self.values[slot] = envelope;
        self.values[slot + half] = envelope;
        self.n_values += 1;
        if let Some(stretch) = self.stretches.back_mut() {
            if stretch.end_value == stretch.first_value {
                stretch.first_input = index;
            }
            stretch.end_value = self.n_values;
        }
    }

    /// Whether every value needed to read at `secs` has come, if it comes at all.
    #[must_use]
    pub fn has_passed(&self, secs: f64) -> bool {
        let (Some(place), Some((_, newest))) = (self.input_place(secs), self.newest) else {
            return false;
        };
        let ahead = (self.kernel.half_width() + 1) * self.extractor.decimation();
        place + ahead as f64 <= newest as f64
    }

    /// The envelope at `secs`; not a number where it was not heard.
    #[must_use]
    pub fn read(&self, secs: f64) -> f64 {
        let value = self.input_place(secs).and_then(|place| self.read_at(place));
        value.unwrap_or(f64::NAN)
    }

    /// The input sample while pushing which the envelope of an instant comes.
    fn input_place(&self, secs: f64) -> Option<f64> {
        let place = self.fit.index(secs - self.latency_secs)?;
        Some(place + self.extractor.delay_samples())
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie within the values of a stretch"
    )]
    fn read_at(&self, input_place: f64) -> Option<f64> {
        let half_width = self.kernel.half_width();
        let decimation = self.extractor.decimation() as f64;
        // the last stretch that begins early enough
        let (stretch, place) = self.stretches.iter().rev().find_map(|stretch| {
            let since_first = (input_place - stretch.first_input as f64) / decimation;
            (since_first >= 0.0 && stretch.end_value > stretch.first_value)
                .then_some((stretch, since_first))
        })?;
        let first_needed = place.floor() - (half_width as f64 - 1.0);
        let n_values = (stretch.end_value - stretch.first_value) as f64;
        if first_needed < 0.0 || first_needed + 2.0 * half_width as f64 > n_values {
            return None;
        }
        let number = stretch.first_value + first_needed as u64;
        if number + self.n_kept < self.n_values {
            return None;
        }
        let slot = usize::try_from(number % self.n_kept).ok()?;
        Some(self.kernel.read(&self.values[slot..], place.fract()))
    }

    /// The line through its stamps.
    #[must_use]
    pub fn fit(&self) -> &Line {
        &self.fit
    }

    /// How often its clock has jumped.
    #[must_use]
    pub fn n_jumps(&self) -> u64 {
        self.n_jumps
    }

    /// Known delay of the envelope, corrected in what is read.
    #[must_use]
    pub fn delay_secs(&self, input_rate_hz: f64) -> f64 {
        self.extractor.delay_samples() / input_rate_hz
    }
}

/// Values kept: at least what one reading needs.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are limited to 1 MHz"
)]
fn kept(values: f64, kernel: &SincKernel) -> usize {
    (values.ceil() as usize).max(4 * kernel.half_width())
}
