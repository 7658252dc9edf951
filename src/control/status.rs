//! How the stream and the threads are doing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::control::Latest;
use crate::signal::{Link, Montage, RateVerdict, StampClock, StreamInfo};

/// Counters of one session: written by the threads, read by the screen. All relaxed: each stands for itself.
#[derive(Debug, Default)]
pub struct StreamCounters {
    link: AtomicU32,
    received: AtomicU64,
    lost: AtomicU64,
    gaps: AtomicU64,
    late: AtomicU64,
    overrun: AtomicU64,
    bad_stamps: AtomicU64,
    backlog: AtomicU64,
    late_hops: AtomicU64,
    skipped_hops: AtomicU64,
    dropped_updates: AtomicU64,
    newest_stamp_secs: AtomicU64,
    measured_rate_hz: AtomicU64,
    clock_offset_secs: AtomicU64,
    hop_cost_secs: AtomicU64,
    jitter_secs: AtomicU64,
    rate: Latest<RateVerdict>,
    is_off_clock: AtomicBool,
    has_equal_stamps: AtomicBool,
    is_counted: AtomicBool,
    /// Description of the stream being read.
    pub stream: Latest<StreamInfo>,
    /// What a person should know now: refusals, losses. Newest wins.
    pub notice: Latest<String>,
}

macro_rules! counters {
    ($($(#[$doc:meta])* $add:ident => $field:ident;)*) => {
        $($(#[$doc])*
        pub fn $add(&self, n: u64) {
            self.$field.fetch_add(n, Ordering::Relaxed);
        })*
    };
}

macro_rules! gauges {
    ($($(#[$doc:meta])* $set:ident => $field:ident;)*) => {
        $($(#[$doc])*
        pub fn $set(&self, value: f64) {
            self.$field.store(value.to_bits(), Ordering::Relaxed);
        })*
    };
}

impl StreamCounters {
    counters! {
        /// Samples arrived.
        add_received => received;
        /// Samples that never came.
        add_lost => lost;
        /// Breaks in the run of samples.
        add_gaps => gaps;
        /// Samples that came later than [`late`](StreamStatus::late) says.
        add_late => late;
        /// Samples dropped because the analysis was behind.
        add_overrun => overrun;
        /// Hops computed more than a hop after their last sample had come.
        add_late_hops => late_hops;
        /// Hops left out because the analysis was behind.
        add_skipped_hops => skipped_hops;
        /// Snapshots or trace blocks no reader had capacity for.
        add_dropped_updates => dropped_updates;
    }

    gauges! {
        /// Stamp of the newest sample, local LSL clock.
        set_newest_stamp_secs => newest_stamp_secs;
        /// Rate the stamps show.
        set_measured_rate_hz => measured_rate_hz;
        /// Clock correction applied to the stream's stamps; NaN while unknown.
        set_clock_offset_secs => clock_offset_secs;
        /// Computing time of the last hop.
        set_hop_cost_secs => hop_cost_secs;
        /// Standard deviation of the stamps about their line.
        set_jitter_secs => jitter_secs;
    }

    /// Samples that were said to be lost and have come after all, or were counted too many.
    pub fn take_back_lost(&self, n: u64) {
        self.lost.fetch_sub(n, Ordering::Relaxed);
    }

    /// What is known of the stream's rate.
    pub fn set_rate(&self, verdict: RateVerdict) {
        if self.rate.newest().as_deref() != Some(&verdict) {
            self.rate.publish(Arc::new(verdict));
        }
    }

    /// Whether the numbers in a channel say what is lost.
    pub fn set_counted(&self, is_counted: bool) {
        self.is_counted.store(is_counted, Ordering::Relaxed);
    }

    /// What its stamps are: on which clock, and whether a push has but one.
    pub fn set_stamps(&self, clock: StampClock, has_equal_stamps: bool) {
        let is_off_clock = clock == StampClock::Arrival;
        self.is_off_clock.store(is_off_clock, Ordering::Relaxed);
        self.has_equal_stamps
            .store(has_equal_stamps, Ordering::Relaxed);
    }

    /// What the stamps are on.
    #[must_use]
    pub fn stamp_clock(&self) -> StampClock {
        if self.is_off_clock.load(Ordering::Relaxed) {
            StampClock::Arrival
        } else {
            StampClock::Lsl
        }
    }

    /// Whether numbers mean something: not while the stream shows no steady rate.
    #[must_use]
    pub fn has_steady_rate(&self) -> bool {
        self.rate.newest().as_deref() != Some(&RateVerdict::Unsteady)
    }

    /// Stamps that made no sense and were replaced.
    pub fn set_bad_stamps(&self, n: u64) {
        self.bad_stamps.store(n, Ordering::Relaxed);
    }

    /// Samples waiting in the ring.
    pub fn set_backlog(&self, n_samples: u64) {
        self.backlog.store(n_samples, Ordering::Relaxed);
    }

    /// How the connection stands.
    pub fn set_link(&self, link: Link) {
        let position = Link::ALL.iter().position(|l| *l == link).unwrap_or(0);
        self.link
            .store(u32::try_from(position).unwrap_or(0), Ordering::Relaxed);
    }

    /// Tell the person at the screen.
    pub fn notify(&self, text: String) {
        tracing::warn!("{text}");
        self.notice.publish(Arc::new(text));
    }

    /// Tell it, unless it is what was told last: for what is tried again and again.
    pub fn notify_once(&self, text: String) {
        let is_known = self.notice.newest().is_some_and(|last| *last == text);
        if !is_known {
            self.notify(text);
        }
    }

    /// Back to the state before any stream.
    pub fn reset(&self) {
        for number in [
            &self.received,
            &self.lost,
            &self.gaps,
            &self.late,
            &self.overrun,
            &self.bad_stamps,
            &self.backlog,
            &self.late_hops,
            &self.skipped_hops,
            &self.dropped_updates,
            &self.newest_stamp_secs,
            &self.measured_rate_hz,
            &self.clock_offset_secs,
            &self.hop_cost_secs,
            &self.jitter_secs,
        ] {
            number.store(0, Ordering::Relaxed); // 0 is 0.0 too
        }
        self.set_clock_offset_secs(f64::NAN);
        self.rate.clear();
        self.set_stamps(StampClock::Lsl, false);
        self.set_link(Link::Searching);
        self.stream.clear();
        self.notice.clear();
    }

    /// Everything at once, for a reader.
    #[must_use]
    pub fn status(&self) -> StreamStatus {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let gauge = |gauge: &AtomicU64| f64::from_bits(gauge.load(Ordering::Relaxed));
        let link = self.link.load(Ordering::Relaxed) as usize;
        StreamStatus {
            stream: self.stream.newest(),
            link: Link::ALL.get(link).copied().unwrap_or_default(),
            received: count(&self.received),
            lost: count(&self.lost),
            gaps: count(&self.gaps),
            late: count(&self.late),
            overrun: count(&self.overrun),
            bad_stamps: count(&self.bad_stamps),
            backlog: count(&self.backlog),
            late_hops: count(&self.late_hops),
            skipped_hops: count(&self.skipped_hops),
            dropped_updates: count(&self.dropped_updates),
            newest_stamp_secs: gauge(&self.newest_stamp_secs),
            measured_rate_hz: gauge(&self.measured_rate_hz),
            clock_offset_secs: gauge(&self.clock_offset_secs),
            hop_cost_secs: gauge(&self.hop_cost_secs),
            jitter_secs: gauge(&self.jitter_secs),
            rate: self.rate.newest().as_deref().copied().unwrap_or_default(),
            stamps: self.stamp_clock(),
            has_equal_stamps: self.has_equal_stamps.load(Ordering::Relaxed),
            is_counted: self.is_counted.load(Ordering::Relaxed),
            notice: self.notice.newest(),
        }
    }
}

/// What [`StreamCounters`] read.
#[derive(Debug, Clone, Default)]
pub struct StreamStatus {
    /// Description of the stream being read.
    pub stream: Option<Arc<StreamInfo>>,
    /// How the connection stands.
    pub link: Link,
    /// Samples arrived.
    pub received: u64,
    /// Samples that never came since the start.
    pub lost: u64,
    /// Breaks in the run of samples.
    pub gaps: u64,
    /// Samples that arrived more than half a second after their stamp.
    pub late: u64,
    /// Samples dropped because the analysis was behind.
    pub overrun: u64,
    /// Stamps that made no sense and were replaced.
    pub bad_stamps: u64,
    /// Samples waiting for the analysis.
    pub backlog: u64,
    /// Hops computed more than a hop after their last sample had come.
    pub late_hops: u64,
    /// Hops left out because the analysis was behind.
    pub skipped_hops: u64,
    /// Snapshots or trace blocks no reader had capacity for.
    pub dropped_updates: u64,
    /// Stamp of the newest sample, seconds on the local LSL clock; 0 before the first.
    pub newest_stamp_secs: f64,
    /// Rate the stamps show; 0 while unknown.
    pub measured_rate_hz: f64,
    /// Clock correction applied; NaN while unknown.
    pub clock_offset_secs: f64,
    /// Computing time of the last hop.
    pub hop_cost_secs: f64,
    /// Standard deviation of the stamps about their line.
    pub jitter_secs: f64,
    /// Whether the stamps show the rate that the stream announces.
    pub rate: RateVerdict,
    /// What the stamps are on.
    pub stamps: StampClock,
    /// Whether all samples of a push carry one stamp.
    pub has_equal_stamps: bool,
    /// What is lost is known from the numbers in a channel, not from the stamps.
    pub is_counted: bool,
    /// What a person should know now.
    pub notice: Option<Arc<String>>,
}

impl StreamStatus {
    /// What was corrected or is in doubt of the stream's clock and rate, in words.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let announced_hz = self
            .stream
            .as_ref()
            .map_or(0.0, |info| info.announced_rate_hz());
        let measured_hz = self.measured_rate_hz;
        let percent = 100.0 * (measured_hz / announced_hz - 1.0);
        match self.rate {
            RateVerdict::Near => warnings.push(format!(
                "the stream announces {announced_hz} Hz and sends {measured_hz:.2} Hz ({percent:+.2} %): frequencies are off by that"
            )),
            RateVerdict::Wrong(hz) => warnings.push(format!(
                "the stream announces {announced_hz} Hz and sends {hz} Hz ({percent:+.1} %): it is analysed at {hz} Hz"
            )),
            RateVerdict::Unsteady => warnings.push(format!(
                "the stream announces {announced_hz} Hz, and its stamps show no steady rate (now {measured_hz:.1} Hz): numbers are withheld"
            )),
            RateVerdict::Unknown | RateVerdict::Nominal => {}
        }
        if self.stamps == StampClock::Arrival {
            warnings.push(
                "the stamps are not on the LSL clock: arrival times stand in for them, and a stimulus cannot be aligned"
                    .to_owned(),
            );
        }
        if self.has_equal_stamps {
            warnings
                .push("one stamp per chunk: it is taken for that of the last sample".to_owned());
        }
        warnings
    }
}

/// The streams a look around found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StreamList {
    /// What was found, EEG first.
    pub streams: Vec<StreamInfo>,
}

/// A run of derived samples for the screen's traces.
#[derive(Debug, Clone)]
pub struct TraceBlock {
    /// What the channels are.
    pub montage: Arc<Montage>,
    /// Rate of the samples.
    pub sample_rate_hz: f64,
    /// Run and index of the first sample, as in a chunk: a jump is a gap.
    pub run: u32,
    /// Index of the first sample.
    pub first_index: u64,
    /// Stamp of the first sample, local LSL clock.
    pub first_stamp_secs: f64,
    /// Interleaved values in microvolts.
    pub values_uv: Vec<f32>,
}

impl TraceBlock {
    /// One without samples.
    #[must_use]
    pub fn empty(montage: &Arc<Montage>) -> Self {
        Self {
            montage: Arc::clone(montage),
            sample_rate_hz: 0.0,
            run: 0,
            first_index: 0,
            first_stamp_secs: 0.0,
            values_uv: Vec::new(),
        }
    }

    /// Samples held.
    #[must_use]
    pub fn n_samples(&self) -> usize {
        self.values_uv.len() / self.montage.len().max(1)
    }
}
