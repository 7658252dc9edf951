//! The way of a stream's samples: when each is taken, stamped and sent, and which are lost.
//!
//! In the order of the way: the device takes samples by its own crystal (`drift_ppm`); they are lost (`losses`) or reach the computer that stamps them, a chunk
//! at a time, late by the driver's jitter and by what a wireless link holds back (`bursts`): drivers stamp a chunk's last sample when it arrives and count
//! back from there. The stamping clock may be off (`clock_offset_ms`) and jump. From there the network may hold samples back once more (`pauses`);
//! it keeps them with the stamps they have, as LSL's queues do.

mod settings;

pub use settings::LinkSettings;

use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

use crate::source::sim::settings::SimSettings;
use crate::source::sim::spells::Spells;
use crate::source::sim::{Purpose, rng, rng_of_part};

/// One sample's way. All times are seconds after the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkSample {
    /// Its number, lost ones included.
    pub index: u64,
    /// When it was taken, on the one perfect clock.
    pub t_secs: f64,
    /// The stamp it carries.
    pub stamp_secs: f64,
    /// When it is sent, on the perfect clock; never goes back.
    pub due_secs: f64,
    /// Whether it never arrives.
    pub is_lost: bool,
    /// Whether it is the last of its chunk, lost or not.
    pub ends_chunk: bool,
}

/// The samples of one stream on their way: an endless iterator that allocates nothing. The same seed gives the same bits.
#[derive(Debug, Clone)]
pub struct SimLink {
    settings: LinkSettings,
    true_rate_hz: f64,
    chunk_len: u64,
    index: u64,
    /// How late the present chunk's stamps are.
    late_secs: f64,
    /// When the last chunk reached the stamp.
    arrival_secs: f64,
    due_secs: f64,
    jitter: Pcg64,
    bursts: Spells,
    losses: Spells,
    pauses: Spells,
    jumps: Spells,
}

impl SimLink {
    /// The way of the simulated EEG.
    #[must_use]
    pub fn eeg(settings: &SimSettings) -> Self {
        let (link, rate_hz) = (settings.eeg_link, settings.sample_rate_hz);
        Self::new(link, rate_hz, settings.seed, Purpose::EegLink)
    }

    /// The way of the simulated stimulus.
    #[must_use]
    pub fn stimulus(settings: &SimSettings) -> Self {
        let (link, rate_hz) = (settings.stimulus_link, settings.nominal_stimulus_rate_hz());
        Self::new(link, rate_hz, settings.seed, Purpose::StimulusLink)
    }

    /// A perfect way, one sample at a time.
    #[must_use]
    pub fn perfect(rate_hz: f64) -> Self {
        let link = LinkSettings {
            chunk_ms: 0.0,
            ..LinkSettings::default()
        };
        Self::new(link, rate_hz, 0, Purpose::EegLink)
    }

    fn new(settings: LinkSettings, nominal_rate_hz: f64, seed: u64, purpose: Purpose) -> Self {
        let part = |part| rng_of_part(seed, purpose, part);
        let spells = |part_number, per_min, length_secs| {
            Spells::new(part(part_number), per_min, (length_secs, length_secs), 0.0)
        };
        Self {
            settings,
            true_rate_hz: settings.true_rate_hz(nominal_rate_hz),
            chunk_len: chunk_len(settings.chunk_ms, nominal_rate_hz),
            index: 0,
            late_secs: 0.0,
            arrival_secs: 0.0,
            due_secs: 0.0,
            jitter: rng(seed, purpose),
            bursts: spells(1, settings.bursts_per_min, 1e-3 * settings.burst_ms),
            losses: spells(2, settings.losses_per_min, 1e-3 * settings.loss_ms),
            pauses: spells(3, settings.pauses_per_min, settings.pause_secs),
            jumps: spells(4, settings.jumps_per_hour / 60.0, 0.0),
        }
    }

    /// The next sample.
    pub fn next_sample(&mut self) -> LinkSample {
        let index = self.index;
        self.index += 1;
        if index.is_multiple_of(self.chunk_len) {
            self.begin_chunk(self.t_secs(index + self.chunk_len - 1));
        }
        let t_secs = self.t_secs(index);
        let jumps = self.jumps.n_begun(t_secs) as f64;
        let ahead_secs = 1e-3 * (self.settings.clock_offset_ms + jumps * self.settings.jump_ms);
        LinkSample {
            index,
            t_secs,
            stamp_secs: t_secs + self.late_secs + ahead_secs,
            due_secs: self.due_secs,
            is_lost: self.losses.at(t_secs).is_some(),
            ends_chunk: self.index.is_multiple_of(self.chunk_len),
        }
    }

    /// Leave out what was taken before `t_secs`, up to the begin of a chunk; how many samples that was.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded up; a float-to-int cast saturates, and before the start there is nothing to leave out"
    )]
    pub fn skip_until(&mut self, t_secs: f64) -> u64 {
        let n_before = (t_secs * self.true_rate_hz).ceil() as u64;
        let next = n_before.max(self.index).next_multiple_of(self.chunk_len);
        let n_skipped = next - self.index;
        self.index = next;
        n_skipped
    }

    fn t_secs(&self, index: u64) -> f64 {
        index as f64 / self.true_rate_hz
    }

    /// When a chunk whose last sample is taken at `end_secs` is stamped and sent.
    fn begin_chunk(&mut self, end_secs: f64) {
        let mut arrival_secs = end_secs;
        if self.settings.jitter_ms > 0.0 {
            let delay: f64 = Exp1.sample(&mut self.jitter);
            arrival_secs += 1e-3 * self.settings.jitter_ms * delay;
        }
        if let Some((_, burst_end_secs)) = self.bursts.at(end_secs) {
            arrival_secs = arrival_secs.max(burst_end_secs);
        }
        // What is late holds up what comes behind it.
        self.arrival_secs = self.arrival_secs.max(arrival_secs);
        self.late_secs = self.arrival_secs - end_secs;
        let pause = self.pauses.at(self.arrival_secs);
        self.due_secs = pause.map_or(self.arrival_secs, |(_, end_secs)| end_secs);
    }
}

impl Iterator for SimLink {
    type Item = LinkSample;

    fn next(&mut self) -> Option<LinkSample> {
        Some(self.next_sample())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, at least 1, and the settings bound it"
)]
fn chunk_len(chunk_ms: f64, rate_hz: f64) -> u64 {
    (1e-3 * chunk_ms * rate_hz).round().max(1.0) as u64
}

#[cfg(test)]
mod tests;
