//! The sound card, through the system's own interface.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{ErrorKind, FromSample, OutputCallbackInfo, SampleFormat, SizedSample, StreamConfig};
use crossbeam_channel::{Receiver, bounded};

use crate::clock::Clock;
use crate::publish::player::{
    Block, DeviceCounts, DeviceFeed, Latency, MAX_BLOCKS, Output, PlayError, Program, StampFit,
};

mod list;

pub use list::devices;

/// How long a device may ask for nothing.
const STALLED_SECS: f64 = 5.0;

/// A device that can play what is wanted; nothing is open yet.
#[derive(Debug, Clone)]
pub struct SoundDevice {
    device: cpal::Device,
    name: String,
    config: StreamConfig,
    format: SampleFormat,
}

impl SoundDevice {
    /// The device called `wanted` (its name, its id, or a part of one that no other has), the system's own choice where there is none.
    ///
    /// It plays at `rate_hz` if given, else at the file's rate if it can, else at its own.
    ///
    /// # Errors
    /// [`PlayError`], with what there is.
    pub fn choose(
        wanted: Option<&str>,
        rate_hz: Option<u32>,
        file_rate_hz: u32,
        n_channels: usize,
    ) -> Result<Self, PlayError> {
        let device = list::find(wanted)?;
        let name = list::name_of(&device);
        let failed = failed("asking what it can play");
        let ranges: Vec<_> = device
            .supported_output_configs()
            .map_err(&failed)?
            .collect();
        let own_hz = device
            .default_output_config()
            .map(|config| config.sample_rate());
        let candidates = match (rate_hz, own_hz) {
            (Some(rate_hz), _) => vec![rate_hz],
            (None, Ok(own_hz)) => vec![file_rate_hz, own_hz],
            (None, Err(_)) => vec![file_rate_hz],
        };
        let fitting = candidates.iter().find_map(|&rate_hz| {
            ranges
                .iter()
                .filter(|range| {
                    usize::from(range.channels()) >= n_channels && range.contains_rate(rate_hz)
                })
                .filter_map(|range| Some((rank(range.sample_format())?, range)))
                .min_by_key(|(rank, range)| (range.channels(), *rank))
                .map(|(_, range)| (rate_hz, range.channels(), range.sample_format()))
        });
        let Some((sample_rate, channels, format)) = fitting else {
            let rates: Vec<String> = candidates.iter().map(|hz| format!("{hz} Hz")).collect();
            return Err(PlayError::Unsupported {
                wanted: format!("{n_channels} channels at {}", rates.join(" or ")),
                found: list::ranges_in_words(&ranges),
                device: name,
            });
        };
        Ok(Self {
            device,
            name,
            config: StreamConfig {
                channels,
                sample_rate,
                buffer_size: cpal::BufferSize::Default,
            },
            format,
        })
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Samples per second.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        self.config.sample_rate
    }

    /// Opens it and begins to play `program`, zeros in its place where `is_silent`.
    ///
    /// # Errors
    /// [`PlayError::Sound`] with the system's words.
    pub fn start(
        self,
        program: Arc<Program>,
        is_silent: bool,
        latency: Latency,
        clock: Arc<dyn Clock>,
    ) -> Result<SoundOutput, PlayError> {
        let (sender, blocks) = bounded(MAX_BLOCKS);
        let counts = Arc::new(DeviceCounts::default());
        let failure = Arc::new(Mutex::new(None));
        let rate_hz = program.rate_hz();
        let started_secs = clock.now_secs();
        let feed = DeviceFeed::new(program, is_silent, sender, Arc::clone(&counts));
        let on_error = on_error(Arc::clone(&counts), Arc::clone(&failure));
        let stream = match self.format {
            SampleFormat::F32 => self.open::<f32>(feed, clock, on_error),
            SampleFormat::I32 => self.open::<i32>(feed, clock, on_error),
            _ => self.open::<i16>(feed, clock, on_error),
        }?;
        stream.play().map_err(failed("starting it"))?;
        Ok(SoundOutput {
            stream: Some(stream),
            name: self.name,
            blocks,
            counts,
            failure,
            latency,
            fit: StampFit::new(rate_hz),
            clock_line: None,
            begun_secs: None,
            rate_hz,
            n_taken: 0,
            reported_latency_secs: 0.0,
            last_block_secs: started_secs,
            is_under_way: false,
        })
    }

    fn open<T: SizedSample + FromSample<f32>>(
        &self,
        mut feed: DeviceFeed,
        clock: Arc<dyn Clock>,
        on_error: impl FnMut(cpal::Error) + Send + 'static,
    ) -> Result<cpal::Stream, PlayError> {
        let n_channels = usize::from(self.config.channels);
        let fill = move |out: &mut [T], info: &OutputCallbackInfo| {
            let times = info.timestamp();
            let latency = times.playback.saturating_duration_since(times.callback);
            let now_secs = clock.now_secs();
            let wait_secs = feed.fill(
                n_channels,
                out,
                T::from_sample,
                now_secs,
                latency.as_secs_f64(),
            );
            if wait_secs > 0.0 {
                // never with a card: this device would swallow the whole program at once
                std::thread::sleep(Duration::from_secs_f64(wait_secs));
            }
        };
        self.device
            .build_output_stream(self.config, fill, on_error, None)
            .map_err(failed("opening it"))
    }
}

/// Sample formats played, the most exact first.
fn rank(format: SampleFormat) -> Option<u8> {
    match format {
        SampleFormat::F32 => Some(0),
        SampleFormat::I32 => Some(1),
        SampleFormat::I16 => Some(2),
        _ => None,
    }
}

/// Underruns are counted; what ends the play is kept.
fn on_error(
    counts: Arc<DeviceCounts>,
    failure: Arc<Mutex<Option<String>>>,
) -> impl FnMut(cpal::Error) + Send + 'static {
    move |error| match error.kind() {
        ErrorKind::Xrun => {
            counts.n_underruns.fetch_add(1, Ordering::Relaxed);
        }
        ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {
            tracing::warn!("sound device: {error}");
        }
        _ => {
            let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert_with(|| error.to_string());
        }
    }
}

fn failed(doing: &'static str) -> impl Fn(cpal::Error) -> PlayError {
    move |error| PlayError::Sound {
        doing,
        problem: error.to_string(),
    }
}

/// A sound card that plays. Dropping it stops the sound.
pub struct SoundOutput {
    stream: Option<cpal::Stream>,
    name: String,
    blocks: Receiver<Block>,
    counts: Arc<DeviceCounts>,
    failure: Arc<Mutex<Option<String>>>,
    latency: Latency,
    fit: StampFit,
    /// Where the device turned out to be no card: time of sample 0 on the clock, which paces in its place.
    clock_line: Option<f64>,
    begun_secs: Option<f64>,
    rate_hz: f64,
    n_taken: u64,
    reported_latency_secs: f64,
    last_block_secs: f64,
    is_under_way: bool,
}

/// What goes wrong while a device begins is none of the session's.
const BEGINNING_SECS: f64 = 1.0;

impl SoundOutput {
    fn take_blocks(&mut self, now_secs: f64) {
        while let Ok(block) = self.blocks.try_recv() {
            self.last_block_secs = now_secs;
            tracing::trace!(?block, "the sound card asked");
            self.begun_secs.get_or_insert(block.asked_secs);
            self.n_taken = block.first + block.n_samples;
            self.reported_latency_secs = block.reported_latency_secs;
            let latency_secs = self.latency.secs(block.reported_latency_secs);
            self.fit
                .update(block.first, block.asked_secs + latency_secs);
        }
        if self.clock_line.is_none() && self.counts.is_unpaced.load(Ordering::Acquire) {
            self.clock_line = self.begun_secs.map(|secs| secs + self.latency.secs(0.0));
        }
    }
}

impl Output for SoundOutput {
    fn name(&self) -> &str {
        &self.name
    }

    fn latency_in_words(&self) -> String {
        let reported_ms = 1e3 * self.reported_latency_secs;
        match self.latency {
            _ if self.clock_line.is_some() => {
                "unknown: the device takes sound as fast as it comes; paced by the clock".to_owned()
            }
            Latency::Reported => {
                format!("{reported_ms:.1} ms, as the device reports; not measured")
            }
            Latency::Instead(secs) => {
                format!(
                    "{} ms, as given; the device reports {reported_ms:.1} ms",
                    1e3 * secs
                )
            }
            Latency::Plus(secs) => {
                format!(
                    "{reported_ms:.1} ms, as the device reports, {:+} ms, as given",
                    1e3 * secs
                )
            }
        }
    }

    fn is_ready(&self) -> bool {
        self.clock_line.is_some() || self.fit.is_settled()
    }

    fn update(&mut self, next: u64, now_secs: f64) -> Result<(), PlayError> {
        let failure = self
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(problem) = failure {
            return Err(PlayError::Sound {
                doing: "playing",
                problem,
            });
        }
        self.take_blocks(now_secs);
        if now_secs - self.last_block_secs > STALLED_SECS {
            return Err(PlayError::Stalled {
                device: self.name.clone(),
                secs: STALLED_SECS,
            });
        }
        self.fit.go_on_from(next);
        self.is_under_way = self
            .begun_secs
            .is_some_and(|secs| now_secs - secs > BEGINNING_SECS);
        Ok(())
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded down; a float-to-int cast saturates, and before the start nothing is heard"
    )]
    fn n_heard(&self, now_secs: f64) -> u64 {
        let n_heard = match self.clock_line {
            Some(start_secs) => ((now_secs - start_secs) * self.rate_hz + 1.0).floor() as u64,
            None => self.fit.n_heard(now_secs),
        };
        n_heard.min(self.n_taken)
    }

    fn stamp_secs(&self, sample: u64) -> f64 {
        match self.clock_line {
            Some(start_secs) => start_secs + sample as f64 / self.rate_hz,
            None => self.fit.stamp_secs(sample),
        }
    }

    fn complaints(&self) -> String {
        let counted = [
            (
                self.counts.n_underruns.load(Ordering::Relaxed),
                "underruns of the sound card",
            ),
            (self.fit.n_jumps(), "interruptions of the sound"),
            (
                self.counts.n_unreported.load(Ordering::Relaxed),
                "reports of the sound card lost",
            ),
        ];
        let mut words: Vec<String> = counted
            .iter()
            .filter(|(n, _)| *n > 0 && self.is_under_way && self.clock_line.is_none())
            .map(|(n, what)| format!("{n} {what}"))
            .collect();
        if self.clock_line.is_some() {
            words.push("the device takes sound as fast as it comes and is no sound card: stamps follow the clock".to_owned());
        }
        words.join(", ")
    }

    fn stop(&mut self) {
        self.stream = None;
    }
}
