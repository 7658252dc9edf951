//! What a recorder is handed: everything, as it was sent, in order.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use efrscope::control::StreamCounters;
use efrscope::metrics::{MarkerChoice, TrialSettings};
use efrscope::session::{EveryHop, Pipeline, Published, SessionRequest, Sink, Sinks};
use efrscope::signal::{
    Chunk, Gap, Link, Marker, MarkerValue, OffsetMeasured, StreamId, StreamInfo, Tee,
};
use efrscope::source::{Backend, MarkerSource, Pulled, Source, SourceError, StreamEvent, Timing};
use efrscope::stimulus::{StimulusChoice, StimulusSettings};

use crate::synthetic::{self, Synthetic, value};

const N_CHANNELS: usize = 3;
const LENS: [usize; 4] = [7, 1, 20, 3];

/// What a device may send as the stamp of sample `n`, sense or nonsense.
fn sent_stamp_bits(n: u64) -> u64 {
    match n % 11 {
        0 => 0x7FF8_0000_0000_0000 | n, // not a number, with a payload
        1 => (-0.0_f64).to_bits(),
        2 => f64::NEG_INFINITY.to_bits(),
        _ => (5000.1 + n as f64 / 3.0).to_bits(),
    }
}

fn offset(number: usize) -> OffsetMeasured {
    OffsetMeasured {
        stamp_secs: number as f64,
        offset_secs: -4900.0,
        uncertainty_secs: number.is_multiple_of(2).then_some(2e-4),
    }
}

/// The synthetic stream, once the markers were taken, with stamps of its own, a clock that is measured at every pull, and another outlet from its second chunk on.
struct Device {
    stream: Synthetic,
    info: StreamInfo,
    n_pulls: usize,
    markers_were_taken: Receiver<()>,
}

impl Source for Device {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn pull(&mut self, chunk: &mut Chunk, timeout_secs: f64) -> Result<Pulled, SourceError> {
        self.n_pulls += 1;
        if self.n_pulls == 1 {
            let limit = Duration::from_secs(10);
            self.markers_were_taken.recv_timeout(limit).unwrap();
        }
        if self.n_pulls == 2 {
            "its second life".clone_into(&mut self.info.uid);
        }
        let pulled = self.stream.pull(chunk, timeout_secs)?;
        for (place, stamp_secs) in chunk.device_stamps_secs.iter_mut().enumerate() {
            *stamp_secs = f64::from_bits(sent_stamp_bits(chunk.first_index + place as u64));
        }
        Ok(pulled)
    }

    fn link(&self) -> Link {
        Link::Live
    }

    fn timing(&self) -> Timing {
        Timing::default()
    }

    fn take_offsets(&mut self, sink: &mut dyn FnMut(OffsetMeasured)) {
        sink(offset(self.n_pulls));
    }
}

fn marker(stamp_secs: f64, code: i64) -> Marker {
    Marker {
        stamp_secs,
        device_stamp_secs: stamp_secs + 10.0,
        stream: "Triggers".into(),
        stream_uid: "t".into(),
        fields: vec![MarkerValue::Integer(code)],
        text: code.to_string(),
    }
}

/// Two markers, one of them without a time, from a stream that comes and goes within one pull, and a stream that stays.
struct Markers {
    n_pulls: usize,
    were_taken: Sender<()>,
}

impl MarkerSource for Markers {
    fn pull(&mut self, markers: &mut Vec<Marker>, timeout_secs: f64) -> Result<(), SourceError> {
        self.n_pulls += 1;
        if self.n_pulls == 1 {
            markers.extend([marker(f64::NAN, 8), marker(3.0, 9)]);
        } else {
            let _already_said = self.were_taken.try_send(());
            std::thread::sleep(Duration::from_secs_f64(timeout_secs));
        }
        Ok(())
    }

    fn take_events(&mut self, sink: &mut dyn FnMut(StreamId, StreamEvent)) {
        if self.n_pulls == 1 {
            let info = Arc::new(synthetic::info(1));
            sink(StreamId::Markers(0), StreamEvent::Opened(Arc::clone(&info)));
            sink(StreamId::Markers(0), StreamEvent::Offset(offset(0)));
            sink(StreamId::Markers(0), StreamEvent::Ended("gone".to_owned()));
            sink(StreamId::Markers(1), StreamEvent::Opened(info));
        }
    }
}

fn backend(sent: &[u64]) -> Backend {
    let sent = sent.to_vec();
    let (were_taken, markers_were_taken) = bounded(1);
    Backend {
        open: Arc::new(move |_, _| {
            Ok(Box::new(Device {
                stream: Synthetic::new(N_CHANNELS, sent.clone(), LENS.to_vec()),
                info: synthetic::info(N_CHANNELS),
                n_pulls: 0,
                markers_were_taken: markers_were_taken.clone(),
            }) as Box<dyn Source>)
        }),
        open_markers: Arc::new(move |_| {
            Ok(Box::new(Markers {
                n_pulls: 0,
                were_taken: were_taken.clone(),
            }) as Box<dyn MarkerSource>)
        }),
        ..Synthetic::backend(N_CHANNELS, Vec::new(), LENS.to_vec())
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Stream(String),
    /// First index, run, values and stamps as sent, by their bits.
    Chunk(u64, u32, Vec<u64>, Vec<u64>),
    Gap(Gap),
    Offset(OffsetMeasured),
    Marker(String),
    Ended(String),
}

#[derive(Default)]
struct Recorder(Mutex<Vec<(Option<StreamId>, Seen)>>);

impl Recorder {
    fn note(&self, id: StreamId, seen: Seen) {
        self.0.lock().unwrap().push((Some(id), seen));
    }

    /// What was seen of the EEG, or of all other streams.
    fn seen(&self, is_wanted: impl Fn(Option<StreamId>) -> bool) -> Vec<(Option<StreamId>, Seen)> {
        let all = self.0.lock().unwrap();
        all.iter()
            .filter(|(id, _)| is_wanted(*id))
            .cloned()
            .collect()
    }
}

impl Tee for Recorder {
    fn stream(&self, id: StreamId, info: &StreamInfo) {
        self.note(id, Seen::Stream(info.uid.clone()));
    }

    fn chunk(&self, id: StreamId, chunk: &Chunk) {
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect();
        let (values, stamps) = (bits(&chunk.values), bits(&chunk.device_stamps_secs));
        let seen = Seen::Chunk(chunk.first_index, chunk.run, values, stamps);
        self.note(id, seen);
    }

    fn gap(&self, id: StreamId, gap: &Gap) {
        self.note(id, Seen::Gap(*gap));
    }

    fn offset(&self, id: StreamId, offset: &OffsetMeasured) {
        self.note(id, Seen::Offset(*offset));
    }

    fn marker(&self, marker: &Marker) {
        let seen = Seen::Marker(marker.text.clone());
        self.0.lock().unwrap().push((None, seen));
    }

    fn ended(&self, id: StreamId, reason: &str) {
        self.note(id, Seen::Ended(reason.to_owned()));
    }
}

/// Markers as the analysis sees them.
struct MarkersSeen(Sender<Marker>);

impl Sink for MarkersSeen {
    fn take(&self, item: &Published) -> bool {
        match item {
            Published::Marker(marker) => self.0.try_send(marker.clone()).is_ok(),
            _ => true,
        }
    }
}

/// A session over `sent` with a recorder, to the end of the EEG; the recorder, and the markers the analysis saw.
fn record(sent: &[u64]) -> (Arc<Recorder>, Vec<Marker>) {
    let recorder = Arc::new(Recorder::default());
    let (every_hop, hops) = unbounded();
    let (seen_markers, markers) = bounded(16);
    let mut sinks = Sinks::default()
        .with(EveryHop(every_hop))
        .with(MarkersSeen(seen_markers));
    sinks.tee = Some(Arc::clone(&recorder) as Arc<dyn Tee>);
    let requests = SessionRequest {
        analysis: synthetic::settings(),
        stimulus: StimulusSettings {
            choice: StimulusChoice::None,
            ..StimulusSettings::default()
        },
        trials: TrialSettings {
            choice: MarkerChoice::All,
            ..TrialSettings::default()
        },
        ..SessionRequest::default()
    };
    let counters = Arc::new(StreamCounters::default());
    let pipeline = Pipeline::open(&backend(sent), &requests, 1.0, sinks, &counters).unwrap();
    while hops.recv().is_ok() {}
    drop(pipeline);
    (recorder, markers.iter().collect())
}

#[test]
fn every_chunk_gap_and_measurement_reaches_the_tee_bit_for_bit_and_then_the_end() {
    let sent: Vec<u64> = (0..600).filter(|n| !(250..290).contains(n)).collect();
    let (recorder, _) = record(&sent);
    let seen = recorder.seen(|id| id == Some(StreamId::Eeg));
    let mut seen = seen.into_iter().map(|(_, seen)| seen);
    assert_eq!(seen.next(), Some(Seen::Stream("uid".to_owned())));
    let (mut next, mut n_pulls, mut gaps) = (0, 0, Vec::new());
    let (mut lives, mut ends) = (Vec::new(), Vec::new());
    for one in seen {
        assert_eq!(ends.len(), 0, "the end comes last");
        match one {
            Seen::Chunk(first, run, values, stamps) => {
                let numbers = &sent[next..next + stamps.len()];
                assert_eq!((first, run), (numbers[0], u32::from(next >= 250)));
                let expected: Vec<u64> = numbers.iter().map(|&n| sent_stamp_bits(n)).collect();
                assert_eq!(stamps, expected);
                let channels = |&n: &u64| (0..N_CHANNELS).map(move |ch| value(n, ch).to_bits());
                let expected: Vec<u64> = numbers.iter().flat_map(channels).collect();
                assert_eq!(values, expected);
                next += stamps.len();
            }
            Seen::Gap(gap) => {
                assert_eq!(next, 250, "before the chunk that follows it");
                gaps.push(gap);
            }
            Seen::Offset(measured) => {
                n_pulls += 1;
                assert_eq!(measured, offset(n_pulls));
            }
            Seen::Stream(uid) => lives.push((n_pulls, uid)),
            Seen::Ended(reason) => ends.push(reason),
            Seen::Marker(text) => panic!("{text} is no EEG"),
        }
    }
    assert_eq!(next, sent.len());
    let gap = Gap {
        first_index: 250,
        n_samples: 40,
    };
    assert_eq!(gaps, [gap]);
    assert_eq!(lives, [(1, "its second life".to_owned())]);
    assert_eq!(ends, ["the stream is over"]);
}

#[test]
fn markers_reach_the_tee_between_the_beginning_and_the_end_of_their_stream() {
    let (recorder, markers) = record(&(0..600).collect::<Vec<u64>>());
    let (came, stays) = (Some(StreamId::Markers(0)), Some(StreamId::Markers(1)));
    let uid = || Seen::Stream("uid".to_owned());
    let expected = [
        (came, uid()),
        (came, Seen::Offset(offset(0))),
        (stays, uid()),
        (None, Seen::Marker("8".to_owned())),
        (None, Seen::Marker("9".to_owned())),
        (came, Seen::Ended("gone".to_owned())),
        (stays, Seen::Ended("reading it was stopped".to_owned())),
    ];
    assert_eq!(recorder.seen(|id| id != Some(StreamId::Eeg)), expected);
    // what has no time cannot be analysed
    assert_eq!(markers, [marker(3.0, 9)]);
}
