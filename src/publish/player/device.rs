//! What runs on the sound card's thread, whatever the card.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_channel::Sender;

use crate::publish::player::Program;

/// Reports that may wait for the streams' thread: more than five seconds at 10 ms each. Beyond, they are left out and counted; no sample is lost with them.
pub const MAX_BLOCKS: usize = 512;

/// A callback's report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// First sample handed to the card.
    pub first: u64,
    /// How many.
    pub n_samples: u64,
    /// When the card asked, in seconds on the LSL clock.
    pub asked_secs: f64,
    /// How much later the first of them is heard, as the card reports.
    pub reported_latency_secs: f64,
}

/// No card takes sound further ahead of its being heard: one that does plays it nowhere (ALSA's `null` and `file`).
const MAX_AHEAD_SECS: f64 = 2.0;

/// What the card's thread counts and notices.
#[derive(Debug, Default)]
pub struct DeviceCounts {
    /// Reports that found no capacity.
    pub n_unreported: AtomicU64,
    /// Times the card had nothing to play.
    pub n_underruns: AtomicU64,
    /// Whether the device takes sound as fast as it comes.
    pub is_unpaced: AtomicBool,
}

/// A device as `--devices` shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceInfo {
    /// What `--device` calls it.
    pub id: String,
    /// What the system calls it.
    pub name: String,
    /// Whether it is the one taken without `--device`.
    pub is_default: bool,
    /// Channels and rates.
    pub ranges: String,
    /// What it reports while silence is played, or why it does not.
    pub latency: String,
}

/// Hands a program's samples to a sound card and reports how far it is. Waits for nothing and allocates nothing.
#[derive(Debug)]
pub struct DeviceFeed {
    program: Arc<Program>,
    next: u64,
    is_silent: bool,
    blocks: Sender<Block>,
    counts: Arc<DeviceCounts>,
    samples: Vec<f32>,
    begun_secs: Option<f64>,
}

/// Samples rendered at once.
const RENDERED_AT_ONCE: usize = 256;

impl DeviceFeed {
    /// From the program's first sample on; zeros instead of it where `is_silent`. Reports that find no capacity are counted.
    #[must_use]
    pub fn new(
        program: Arc<Program>,
        is_silent: bool,
        blocks: Sender<Block>,
        counts: Arc<DeviceCounts>,
    ) -> Self {
        Self {
            samples: vec![0.0; RENDERED_AT_ONCE * program.n_channels()],
            program,
            next: 0,
            is_silent,
            blocks,
            counts,
            begun_secs: None,
        }
    }

    /// Fills a card's buffer of `n_device_channels` interleaved channels, at least as many as the program's, with `convert`ed values.
    ///
    /// A single channel goes to all of the card's; of several, each to its own, and the card's others are silent. Returns how long a device
    /// that is no sound card should be held up, in seconds; 0 for a card.
    pub fn fill<T>(
        &mut self,
        n_device_channels: usize,
        out: &mut [T],
        convert: impl Fn(f32) -> T,
        asked_secs: f64,
        reported_latency_secs: f64,
    ) -> f64 {
        let n_channels = self.program.n_channels();
        let n_samples = (out.len() / n_device_channels) as u64;
        let block = Block {
            first: self.next,
            n_samples,
            asked_secs,
            reported_latency_secs,
        };
        for out in out.chunks_mut(RENDERED_AT_ONCE * n_device_channels) {
            let n_samples = out.len() / n_device_channels;
            let samples = &mut self.samples[..n_samples * n_channels];
            if self.is_silent {
                samples.fill(0.0);
            } else {
                self.program.render(self.next, samples);
            }
            self.next += n_samples as u64;
            let rendered = samples.chunks_exact(n_channels);
            for (out, sample) in out.chunks_exact_mut(n_device_channels).zip(rendered) {
                for (channel, out) in out.iter_mut().enumerate() {
                    let source = if n_channels == 1 { 0 } else { channel };
                    *out = convert(sample.get(source).copied().unwrap_or(0.0));
                }
            }
        }
        if self.blocks.try_send(block).is_err() {
            self.counts.n_unreported.fetch_add(1, Ordering::Relaxed);
        }
        self.too_early_secs(asked_secs)
    }

    /// By how much the device is further ahead of time than any card.
    fn too_early_secs(&mut self, now_secs: f64) -> f64 {
        let begun_secs = *self.begun_secs.get_or_insert(now_secs);
        let taken_secs = self.next as f64 / self.program.rate_hz();
        let ahead_secs = taken_secs - (now_secs - begun_secs);
        if ahead_secs <= MAX_AHEAD_SECS {
            return 0.0;
        }
        self.counts.is_unpaced.store(true, Ordering::Release);
        ahead_secs - MAX_AHEAD_SECS
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::{Receiver, bounded};

    use super::*;
    use crate::publish::player::{Order, Silences, Stimulus};

    fn program(n_channels: usize) -> Arc<Program> {
        let stimulus = Stimulus {
            name: "a".to_owned(),
            n_channels,
            samples: (0_u8..100).map(f32::from).collect(),
            file_rate_hz: 1000,
        };
        let order = Order {
            n_loops: 10,
            n_repeats: 1,
            shuffle_seed: None,
            alternate_polarity: false,
        };
        let plays = order.plays(1).unwrap();
        Arc::new(Program::new(
            vec![stimulus],
            1000,
            &plays,
            Silences::default(),
            false,
        ))
    }

    fn feed(
        n_channels: usize,
        is_silent: bool,
    ) -> (DeviceFeed, Receiver<Block>, Arc<DeviceCounts>) {
        let (sender, blocks) = bounded(2);
        let counts = Arc::new(DeviceCounts::default());
        let feed = DeviceFeed::new(program(n_channels), is_silent, sender, Arc::clone(&counts));
        (feed, blocks, counts)
    }

    #[test]
    fn one_channel_goes_to_all_of_the_cards_whatever_the_size_of_its_buffers() {
        let (mut feed, blocks, _) = feed(1, false);
        let mut played = Vec::new();
        for n_samples in [700, 1, 299] {
            let mut out = vec![9.0; 2 * n_samples];
            feed.fill(2, &mut out, |value| value, 5.0, 0.1);
            played.extend(out);
            let block = blocks.try_recv().unwrap();
            assert_eq!(block.n_samples, n_samples as u64);
            assert_eq!((block.asked_secs, block.reported_latency_secs), (5.0, 0.1));
        }
        assert_eq!(played.len(), 2000);
        for (sample, values) in played.chunks(2).enumerate() {
            let expected = f32::from(u8::try_from(sample % 100).unwrap());
            assert_eq!(values, [expected; 2]);
        }
    }

    #[test]
    fn channels_the_card_has_too_many_are_silent() {
        let (mut feed, _blocks, _) = feed(2, false);
        let mut out = [9.0; 8];
        feed.fill(4, &mut out, |value| value, 0.0, 0.0);
        assert_eq!(out, [0.0, 1.0, 0.0, 0.0, 2.0, 3.0, 0.0, 0.0]);
    }

    #[test]
    fn a_silent_run_gives_the_card_zeros_and_goes_on_counting() {
        let (mut feed, blocks, _) = feed(1, true);
        let mut out = [9.0; 100];
        feed.fill(1, &mut out, |value| value, 0.0, 0.0);
        feed.fill(1, &mut out, |value| value, 0.1, 0.0);
        assert_eq!(out, [0.0; 100]);
        assert_eq!(blocks.try_recv().unwrap().first, 0);
        assert_eq!(blocks.try_recv().unwrap().first, 100);
    }

    #[test]
    fn reports_nobody_takes_are_counted_and_cost_no_sample() {
        let (mut feed, _blocks, counts) = feed(1, false);
        let mut out = [9.0; 10];
        for _ in 0..5 {
            feed.fill(1, &mut out, |value| value, 0.0, 0.0);
        }
        assert_eq!(counts.n_unreported.load(Ordering::Relaxed), 3);
        assert_eq!(
            out,
            [40.0, 41.0, 42.0, 43.0, 44.0, 45.0, 46.0, 47.0, 48.0, 49.0]
        );
    }

    #[test]
    fn a_device_that_takes_sound_as_fast_as_it_comes_is_noticed_and_held_up() {
        let (mut feed, _blocks, counts) = feed(1, false);
        let mut out = vec![0.0; 500];
        let mut fill = |now_secs| feed.fill(1, &mut out, |value| value, now_secs, 0.0);
        // half a second of sound each time: in real time, then all at once
        let waits = [0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0].map(&mut fill);
        assert_eq!(waits, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5]);
        assert!(counts.is_unpaced.load(Ordering::Relaxed));
    }
}
