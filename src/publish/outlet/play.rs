//! Sends what is played: sound or envelope, and markers, each with the time at which it is heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lsl::{ChannelFormat, ExPushable, StreamInfo, StreamOutlet};
use tokio::time::MissedTickBehavior;

use crate::publish::PublishError;
use crate::publish::outlet::feed::OUTLET_BUFFER_SECS;
use crate::publish::outlet::{failed, float32};
use crate::publish::player::{Output, PlayError, PlayPlan, PlayWatch, Program, Sending};
use crate::signal::PlayEvent;
use crate::stimulus::EnvelopeExtractor;

mod description;

/// From one push to the next.
const TICK: Duration = Duration::from_millis(10);
/// Samples rendered and pushed at once.
const CHUNK: usize = 1024;
/// A device that is opened tells its times within this.
const READY_LIMIT_SECS: f64 = 10.0;
/// After the last push, for liblsl to hand everything to its readers.
const LINGER: Duration = Duration::from_millis(500);

/// Plays to the end, or until `stop` is true; the streams end with a stop marker either way.
///
/// `open` is called on this thread and begins the sound. A sample is sent when it is heard, not before: what a stop cuts off was not sent.
///
/// # Errors
/// [`PublishError`] when liblsl opens no outlet, the device fails, or the timer cannot be started. liblsl must be loaded before.
pub fn play(
    plan: PlayPlan,
    open: impl FnOnce() -> Result<Box<dyn Output>, PlayError>,
    watch: &PlayWatch,
    stop: &AtomicBool,
) -> Result<(), PublishError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|source| PublishError::Timer { source })?;
    runtime.block_on(async {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut output = open()?;
        let opened_secs = lsl::local_clock();
        while !output.is_ready() && !stop.load(Ordering::Acquire) {
            ticks.tick().await;
            let now_secs = lsl::local_clock();
            output.update(0, now_secs)?;
            if now_secs - opened_secs > READY_LIMIT_SECS {
                let device = output.name().to_owned();
                let secs = READY_LIMIT_SECS;
                return Err(PlayError::Stalled { device, secs }.into());
            }
        }
        let mut streams = Streams::open(plan, output)?;
        let mut failure = None;
        while failure.is_none() && !streams.is_over() && !stop.load(Ordering::Acquire) {
            ticks.tick().await;
            failure = streams.send_heard(lsl::local_clock(), watch).err();
        }
        // a device that fails cuts short what was heard, too
        streams.end(watch)?;
        tokio::time::sleep(LINGER).await;
        failure.map_or(Ok(()), Err)
    })
}

/// The outlets, and how far they are.
struct Streams {
    program: Arc<Program>,
    output: Box<dyn Output>,
    stimulus: StimulusOutlet,
    markers: StreamOutlet,
    next: u64,
    samples: Vec<f32>,
}

impl Streams {
    fn open(plan: PlayPlan, output: Box<dyn Output>) -> Result<Self, PublishError> {
        let markers = description::markers(&plan, &*output)?;
        let markers = outlet(&markers)?;
        let stimulus = StimulusOutlet::open(&plan, &*output)?;
        Ok(Self {
            samples: vec![0.0; CHUNK * plan.program.n_channels()],
            program: plan.program,
            output,
            stimulus,
            markers,
            next: 0,
        })
    }

    fn is_over(&self) -> bool {
        self.next >= self.program.n_samples()
    }

    /// Send what has been heard by `now_secs` and was not sent.
    fn send_heard(&mut self, now_secs: f64, watch: &PlayWatch) -> Result<(), PublishError> {
        self.output.update(self.next, now_secs)?;
        let n_heard = self.output.n_heard(now_secs).min(self.program.n_samples());
        while self.next < n_heard {
            let n_samples = usize::try_from(n_heard - self.next)
                .unwrap_or(CHUNK)
                .min(CHUNK);
            let values = n_samples * self.program.n_channels();
            self.program.render(self.next, &mut self.samples[..values]);
            self.stimulus
                .push(&self.samples[..values], self.next, &*self.output)
                .map_err(failed("sending the stimulus"))?;
            let end = self.next + n_samples as u64;
            self.send_markers(self.next, end, watch)?;
            self.next = end;
        }
        if let Some(now) = self.program.now_playing(self.next) {
            let complaints = self.output.complaints();
            watch.now.publish(Arc::new((now, complaints)));
        }
        Ok(())
    }

    /// Send the events of the samples from `from` on before `to`.
    fn send_markers(&self, from: u64, to: u64, watch: &PlayWatch) -> Result<(), PublishError> {
        for (at, event) in self.program.events(from..to) {
            self.send_marker(*at, event, watch)?;
        }
        Ok(())
    }

    fn send_marker(
        &self,
        at: u64,
        event: &PlayEvent,
        watch: &PlayWatch,
    ) -> Result<(), PublishError> {
        let text = vec![event.to_string()];
        self.markers
            .push_sample_ex(&text, self.output.stamp_secs(at), true)
            .map_err(failed("sending a marker"))?;
        // the person at the terminal may miss a line; the stream has them all
        let _room = watch
            .events
            .try_send((at as f64 / self.program.rate_hz(), event.clone()));
        Ok(())
    }

    /// The last markers: those at the very end, or that something was cut short.
    fn end(&mut self, watch: &PlayWatch) -> Result<(), PublishError> {
        if self.is_over() {
            self.send_markers(self.next, self.next + 1, watch)?;
        } else if let Some(event) = self.program.cut_short(self.next)
            && self.next > 0
        {
            self.send_marker(self.next, &event, watch)?;
        }
        self.output.stop();
        Ok(())
    }
}

/// The stream of the sound, or of its envelope.
struct StimulusOutlet {
    outlet: StreamOutlet,
    n_channels: usize,
    envelope: Option<(Box<EnvelopeExtractor>, f64)>,
    // a vector, as `lsl` pushes nothing else; filled anew for each sample
    sample: Vec<f32>,
}

impl StimulusOutlet {
    fn open(plan: &PlayPlan, output: &dyn Output) -> Result<Self, PublishError> {
        let n_channels = plan.program.n_channels();
        let rate_hz = plan.program.rate_hz();
        let (info, n_sent, envelope) = match &plan.sending {
            Sending::Audio => (description::audio(plan, output)?, n_channels, None),
            Sending::Envelope(extractor) => {
                let delay_secs = extractor.delay_samples() / rate_hz;
                let info = description::envelope(plan, extractor, output)?;
                (info, 1, Some((extractor.clone(), delay_secs)))
            }
        };
        Ok(Self {
            outlet: outlet(&info)?,
            n_channels,
            envelope,
            sample: vec![0.0; n_sent],
        })
    }

    /// Send interleaved samples, the first of which is number `first`; readers get them at once.
    fn push(&mut self, values: &[f32], first: u64, output: &dyn Output) -> Result<(), lsl::Error> {
        let n_samples = values.len() / self.n_channels;
        for (index, value) in values.chunks_exact(self.n_channels).enumerate() {
            let mut stamp_secs = output.stamp_secs(first + index as u64);
            if let Some((extractor, delay_secs)) = &mut self.envelope {
                let mean =
                    value.iter().map(|&value| f64::from(value)).sum::<f64>() / value.len() as f64;
                let Some(envelope) = extractor.push(mean) else {
                    continue;
                };
                self.sample[0] = float32(envelope);
                stamp_secs -= *delay_secs;
            } else {
                self.sample.copy_from_slice(value);
            }
            // an envelope has few samples: each goes at once
            let is_last = index + 1 == n_samples || self.envelope.is_some();
            self.outlet
                .push_sample_ex(&self.sample, stamp_secs, is_last)?;
        }
        Ok(())
    }
}

fn outlet(info: &StreamInfo) -> Result<StreamOutlet, PublishError> {
    StreamOutlet::new(info, 0, OUTLET_BUFFER_SECS).map_err(failed("opening an outlet"))
}

/// A stream called `efrscope-play-KIND`.
fn stream(
    plan: &PlayPlan,
    kind: &str,
    stype: &str,
    n_channels: usize,
    rate_hz: f64,
) -> Result<StreamInfo, PublishError> {
    let format = if kind == "markers" {
        ChannelFormat::String
    } else {
        ChannelFormat::Float32
    };
    StreamInfo::new(
        &format!("efrscope-play-{kind}"),
        stype,
        u32::try_from(n_channels).unwrap_or(u32::MAX),
        rate_hz,
        format,
        &format!("{}-{kind}", plan.source_id),
    )
    .map_err(failed("describing a stream"))
}
