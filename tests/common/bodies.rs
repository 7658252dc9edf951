//! What is done with whatever bytes come: the bodies of the fuzz targets in fuzz/, and of the short tests on stable in tests/engine/mutations.rs.
//!
//! Each returns where the input is refused, and panics where something that must hold does not.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[cfg(feature = "lsl")]
use std::collections::HashSet;
use std::path::Path;

use efrscope::config::Config;
use efrscope::engine::{Engine, Output, Setup, check};
use efrscope::metrics::{AnalysisSettings, RunEnd, RunLog, Snapshot, TrialSettings};
use efrscope::publish::{Line, write_line};
#[cfg(feature = "lsl")]
use efrscope::signal::printable;
use efrscope::signal::{
    Channel, ChannelKind, Chunk, Marker, MarkerValue, PlayEvent, StreamInfo, ValueFormat,
};
use efrscope::stimulus::StimulusSettings;
use efrscope::timeline::TimeLine;

const RATE_HZ: f64 = 200.0;

/// Bytes, taken from the front; zeros once they are used up.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        let n = N.min(self.0.len());
        taken[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        taken
    }

    fn byte(&mut self) -> u8 {
        let [byte] = self.take();
        byte
    }

    /// Mostly an ordinary number, now and then any bits there are.
    fn number(&mut self) -> f64 {
        match self.byte() {
            kind @ 0..=15 => ODD[usize::from(kind)],
            16..=31 => f64::from_bits(u64::from_le_bytes(self.take())),
            kind => f64::from(i16::from_le_bytes(self.take())) / f64::from(kind),
        }
    }

    /// Text up to the next zero.
    fn text(&mut self) -> String {
        let len = self.0.iter().position(|&byte| byte == 0);
        let (text, rest) = self.0.split_at(len.unwrap_or(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

const ODD: [f64; 16] = [
    0.0,
    -0.0,
    -1.0,
    1e300,
    -1e300,
    1e-320,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    f64::MIN_POSITIVE,
    9_007_199_254_740_993.0,
    1.7e9,
    -5e9,
    187_500.0,
    1e30,
];

/// A stream with these channels.
fn stream(channels: Vec<Channel>) -> StreamInfo {
    StreamInfo {
        name: "fuzz".into(),
        stype: "EEG".into(),
        sample_rate_hz: RATE_HZ,
        format: ValueFormat::Float64,
        n_channels: channels.len(),
        channels,
        ..StreamInfo::default()
    }
}

fn two_channels() -> StreamInfo {
    let channel = |label: &str| Channel {
        label: label.into(),
        unit: "uV".into(),
        uv_per_unit: Some(1.0),
        kind: ChannelKind::Eeg,
    };
    stream(vec![channel("A"), channel("B")])
}

fn engine(info: StreamInfo, trials: TrialSettings) -> Option<Engine> {
    let setup = Setup {
        info,
        analysis: AnalysisSettings {
            segment_secs: 0.5,
            hop_secs: 0.25,
            integration_secs: 2.0,
            ..AnalysisSettings::default()
        },
        stimulus: StimulusSettings::default(),
        trials,
        runs: RunLog::default(),
    };
    Engine::new(setup).ok()
}

/// Everything that an engine says must be sayable: as a snapshot, and as a line of JSON without control characters.
fn listen(output: &Output<'_>, newest: &mut Option<Snapshot>) {
    if let Output::Hop(hop) = output {
        let mut snapshot = newest.take().unwrap_or_else(|| hop.snapshot());
        if !std::sync::Arc::ptr_eq(&snapshot.plan, hop.plan()) {
            snapshot = hop.snapshot();
        }
        hop.write(&mut snapshot);
        *newest = Some(snapshot);
    }
}

fn say(snapshot: Option<&Snapshot>) {
    let Some(snapshot) = snapshot else { return };
    let line = Line {
        snapshot,
        age_secs: 0.0,
        shifts: None,
        marker_streams: &[],
        markers: &[],
        status: None,
    };
    let mut written = Vec::new();
    write_line(&mut written, &line).unwrap();
    let written = String::from_utf8(written).unwrap();
    let written = written.trim_end_matches('\n');
    assert!(
        !written.contains(is_raw),
        "a raw control character: {written:?}"
    );
}

/// What must not reach a terminal.
fn is_raw(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Labels, units and kinds of channels: told apart, fit to be shown, and a stream that can be analysed or is refused.
#[cfg(feature = "lsl")]
pub(crate) fn description(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mut sent = Vec::new();
    while !bytes.is_empty() && sent.len() < 64 {
        sent.push([bytes.text(), bytes.text(), bytes.text()]);
    }
    let sent: Vec<[&str; 3]> = sent
        .iter()
        .map(|[label, unit, kind]| [&**label, &**unit, &**kind])
        .collect();
    let channels = efrscope::source::lsl::channels_as_described(&sent);
    assert_eq!(channels.len(), sent.len());
    let labels: HashSet<&str> = channels.iter().map(|channel| &*channel.label).collect();
    assert_eq!(labels.len(), channels.len(), "equal labels");
    for channel in &channels {
        assert!(!channel.label.is_empty());
        assert!(!channel.label.contains(is_raw) && !channel.unit.contains(is_raw));
        assert_eq!(printable(&channel.label), channel.label);
        let is_sound = |factor: f64| factor.is_finite() && factor > 0.0;
        assert!(channel.uv_per_unit.is_none_or(is_sound), "{channel:?}");
    }
    let info = stream(channels);
    if check(&info, &AnalysisSettings::default()).is_err() {
        return;
    }
    let Some(mut engine) = engine(info.clone(), TrialSettings::default()) else {
        return;
    };
    let mut chunk = Chunk::with_capacity(info.n_channels, 100);
    for n in 0..100 {
        let stamp_secs = f64::from(n) / RATE_HZ;
        chunk.push(
            stamp_secs,
            stamp_secs,
            &vec![f64::from(n % 7); info.n_channels],
        );
    }
    let mut newest = None;
    engine.push_eeg(&chunk, &mut |output| listen(&output, &mut newest));
    say(newest.as_ref());
}

/// Values of any bits, in chunks of any length, with gaps: hops, and counts that add up.
pub(crate) fn values(data: &[u8]) {
    let mut bytes = Bytes(data);
    let info = two_channels();
    let mut engine = engine(info, TrialSettings::default()).unwrap();
    engine.want_traces();
    let mut newest = None;
    let mut chunk = Chunk::with_capacity(2, 64);
    let (mut index, mut run) = (0_u64, 0);
    while !bytes.is_empty() && index < 4_000 {
        let kind = bytes.byte();
        if kind < 24 {
            index += u64::from(bytes.byte());
            run += 1;
        }
        chunk.clear();
        chunk.n_channels = 2;
        (chunk.first_index, chunk.run) = (index, run);
        for _ in 0..=kind / 8 {
            let stamp_secs = index as f64 / RATE_HZ;
            chunk.push(
                stamp_secs,
                bytes.number(),
                &[bytes.number(), bytes.number()],
            );
            index += 1;
        }
        engine.push_eeg(&chunk, &mut |output| listen(&output, &mut newest));
    }
    engine.finish(RunEnd::Stream, &mut |output| listen(&output, &mut newest));
    let Some(snapshot) = newest else { return };
    assert!(snapshot.n_received + snapshot.n_lost <= index);
    say(Some(&snapshot));
}

/// Stamps of any bits: each sample gets a place, places go up, and what is between them is said to be lost.
pub(crate) fn stamps(data: &[u8]) {
    let mut bytes = Bytes(data);
    let rate_hz = [100.0, 256.0, 1000.0, 44_100.0][usize::from(bytes.byte() % 4)];
    let mut timeline = TimeLine::new(rate_hz);
    let (mut before, mut now_secs) = (None::<(u32, u64)>, 1000.0);
    let mut n_lost = 0;
    for n_placed in 0..20_000_u64 {
        if bytes.is_empty() {
            break;
        }
        now_secs += 1.0 / rate_hz;
        let arrival_secs = (n_placed % 3 > 0).then_some(now_secs + 0.01);
        let stamp_secs = match bytes.byte() {
            0..=9 => bytes.number(),
            10..=14 => now_secs + bytes.number(),
            15..=19 => {
                // samples are lost, many of them now and then
                now_secs += f64::from(u16::from_le_bytes(bytes.take())) / rate_hz;
                now_secs
            }
            20 => {
                timeline.reconnected();
                now_secs
            }
            late => now_secs + f64::from(late % 16) * 1e-3,
        };
        let placed = timeline.place(stamp_secs, arrival_secs);
        assert!(
            placed.stamp_secs.is_finite(),
            "{stamp_secs} is placed nowhere"
        );
        if let Some((run, index)) = before {
            assert!(placed.index > index && placed.run >= run);
            assert_eq!(
                placed.gap.is_some(),
                placed.run > run,
                "a new run begins with a gap"
            );
        }
        n_lost += placed.gap.map_or(0, |gap| gap.n_samples);
        assert_eq!(placed.index, n_placed + n_lost, "received and lost are all");
        before = Some((placed.run, placed.index));
    }
    assert!(timeline.measured_rate_hz().is_finite());
}

/// Markers of any text and time beside an EEG: trials, and no more than the EEG allows.
pub(crate) fn markers(data: &[u8]) {
    let mut bytes = Bytes(data);
    let trials = TrialSettings {
        start: bytes.text(),
        stop: bytes.text(),
        only_trials: bytes.byte().is_multiple_of(2),
        ..TrialSettings::default()
    };
    let mut engine = engine(two_channels(), trials).unwrap();
    let mut newest = None;
    let mut chunk = Chunk::with_capacity(2, 10);
    let mut index = 0_u64;
    while !bytes.is_empty() && index < 2_000 {
        let now_secs = index as f64 / RATE_HZ;
        let stamp_secs = match bytes.byte() {
            0..=99 => bytes.number(),
            early => now_secs + f64::from(early) / 200.0,
        };
        let text = bytes.text();
        // what it says of itself is read as a player's too, and written again as it was
        if let Some(event) = PlayEvent::parse(&text) {
            assert_eq!(PlayEvent::parse(&event.to_string()), Some(event));
        }
        let mut marker = Marker::new(stamp_secs, &text);
        marker.fields.push(MarkerValue::Float(stamp_secs));
        marker.text = Marker::text_of(&marker.fields);
        assert!(marker.text.len() <= 1024 && !marker.text.contains(is_raw));
        // the thread that reads markers leaves out those without a time
        if stamp_secs.is_finite() {
            engine.push_marker(&marker, &mut |output| listen(&output, &mut newest));
        }
        chunk.clear();
        chunk.n_channels = 2;
        chunk.first_index = index;
        for _ in 0..10 {
            let secs = index as f64 / RATE_HZ;
            chunk.push(secs, secs, &[(secs * 60.0).sin(), (secs * 71.0).cos()]);
            index += 1;
        }
        engine.push_eeg(&chunk, &mut |output| listen(&output, &mut newest));
    }
    engine.finish(RunEnd::Stream, &mut |output| listen(&output, &mut newest));
    say(newest.as_ref());
}

/// A configuration: read, or refused with its file.
pub(crate) fn config(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let path = Path::new("fuzz.toml");
    match Config::parse(&text, path) {
        Ok(config) => {
            // what is allowed can be built or is refused in words
            let settings = &config.analysis;
            if let Err(error) = check(&two_channels(), settings) {
                assert!(!error.to_string().is_empty());
            }
        }
        Err(error) => assert!(error.to_string().contains("fuzz.toml"), "{error}"),
    }
}
