//! What devices send over LSL comes as they sent it: senders in separate processes, in a session of their own on the loopback.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    clippy::disallowed_methods,
    reason = "real devices are waited for, in real time"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use efrscope::clock::Clock;
use efrscope::signal::{
    Chunk, Marker, MarkerValue, OffsetMeasured, StreamChoice, StreamId, StreamInfo,
};
use efrscope::source::lsl::{LslClock, LslMarkers};
use efrscope::source::{LslSettings, MarkerSource, Source, StreamEvent, lsl};

use crate::peer::{Peer, Room};

const STAMP_SECS: f64 = 12_345.678_901_234_567;

/// What was heard of all streams.
#[derive(Default)]
struct Heard {
    markers: Vec<Marker>,
    opened: BTreeMap<StreamId, Arc<StreamInfo>>,
    offsets: BTreeMap<StreamId, OffsetMeasured>,
    ended: BTreeSet<StreamId>,
    longest_pull_secs: f64,
}

impl Heard {
    /// Listen until enough was heard, at most for `secs`.
    fn listen(&mut self, source: &mut LslMarkers, secs: f64, is_enough: impl Fn(&Self) -> bool) {
        let end_secs = LslClock.now_secs() + secs;
        while LslClock.now_secs() < end_secs && !is_enough(self) {
            let start_secs = LslClock.now_secs();
            source.pull(&mut self.markers, 0.05).unwrap();
            let took_secs = LslClock.now_secs() - start_secs;
            self.longest_pull_secs = self.longest_pull_secs.max(took_secs);
            source.take_events(&mut |id, event| match event {
                StreamEvent::Opened(info) => assert_eq!(self.opened.insert(id, info), None),
                StreamEvent::Offset(offset) => {
                    self.offsets.insert(id, offset);
                }
                StreamEvent::Ended(_) => assert!(self.ended.insert(id)),
            });
        }
    }

    /// The markers of this stream are these, and its clock and description are known.
    fn check(&self, stream: &str, fields: &[MarkerValue], text: &str) {
        let marker = self.markers.iter().find(|marker| *marker.stream == *stream);
        let marker = marker.unwrap_or_else(|| panic!("no marker of {stream}"));
        assert_eq!((&*marker.fields, &*marker.text), (fields, text));
        assert_eq!(marker.device_stamp_secs.to_bits(), STAMP_SECS.to_bits());
        assert!((marker.stamp_secs - STAMP_SECS).abs() < 0.05);
        let mut opened = self.opened.iter();
        let (id, info) = opened.find(|(_, info)| info.name == *stream).unwrap();
        assert_eq!(*info.uid, *marker.stream_uid);
        let xml = info.description_xml.trim_end();
        let is_whole = xml.contains("<said_by>markers.py</said_by>") && xml.ends_with("</info>");
        assert!(is_whole, "{xml}");
        let offset = &self.offsets[id];
        assert!(
            offset.offset_secs.abs() < 0.05 && offset.uncertainty_secs.unwrap() < 0.1,
            "{offset:?}"
        );
    }

    fn streams(&self) -> BTreeSet<&str> {
        self.markers.iter().map(|marker| &*marker.stream).collect()
    }
}

fn integers(values: [i64; 2]) -> Vec<MarkerValue> {
    values.map(MarkerValue::Integer).to_vec()
}

/// What markers.py sends in each format, and the text that is shown.
fn expected() -> Vec<(&'static str, Vec<MarkerValue>, String)> {
    let texts = ["tone\ton", "", &"x".repeat(5000)].map(|text| MarkerValue::Text(text.to_owned()));
    let floats = |values: [f64; 2]| values.map(MarkerValue::Float).to_vec();
    let text = str::to_owned;
    vec![
        (
            "string",
            texts.to_vec(),
            format!("tone on  {}", "x".repeat(1024 - 9)),
        ),
        ("int8", integers([-128, 127]), text("-128 127")),
        ("int16", integers([-32_768, 32_767]), text("-32768 32767")),
        (
            "int32",
            integers([-2_147_483_648, 2_147_483_647]),
            text("-2147483648 2147483647"),
        ),
        (
            "int64",
            integers([i64::MIN, 9_007_199_254_740_993]),
            text("-9223372036854775808 9007199254740993"),
        ),
        ("float32", floats([0.5, 3.0]), text("0.5 3")),
        ("double64", floats([0.1, -7.0]), text("0.1 -7")),
    ]
}

#[test]
fn markers_of_every_format_come_whole_beside_a_sender_that_never_answers() {
    let test = "markers_of_every_format_come_whole_beside_a_sender_that_never_answers";
    let peers = [("silent.py", "18"), ("markers.py", "10")];
    if is_in_parent(test, &peers, |said| {
        assert!(said[0].contains("connected"), "it was asked, and hung");
    }) {
        return;
    }
    lsl::prepare(&LslSettings::default()).unwrap();
    let mut source = LslMarkers::open(None).unwrap();
    let mut heard = Heard::default();
    let expected = expected();
    heard.listen(&mut source, 10.0, |heard| {
        heard.streams().len() == expected.len() && heard.offsets.len() == expected.len()
    });
    for (stream, fields, text) in &expected {
        heard.check(stream, fields, text);
    }
    assert_eq!(
        heard.streams().len(),
        expected.len(),
        "{:?}",
        heard.streams()
    );
    assert!(
        heard.longest_pull_secs < 0.5,
        "{} s",
        heard.longest_pull_secs
    );
    // the sender leaves
    heard.listen(&mut source, 12.0, |heard| {
        heard.ended.len() == expected.len()
    });
    assert_eq!(heard.ended.len(), expected.len());
    let start_secs = LslClock.now_secs();
    drop(source);
    let took_secs = LslClock.now_secs() - start_secs;
    assert!(took_secs < 8.0, "{took_secs} s");
}

/// A test goes on in a child, as liblsl reads its session from the environment, once per process. In the child this is `false`; else the test is over
/// when this returns. `peers` are started before, and what each said is given to `check`.
fn is_in_parent(test: &str, peers: &[(&str, &str)], check: impl Fn(Vec<String>)) -> bool {
    if std::env::var_os("LSLAPICFG").is_some() {
        return false;
    }
    let Some(room) = Room::new(test) else {
        return true;
    };
    let peers: Vec<_> = peers
        .iter()
        .map(|(script, secs)| room.peer(script, &[secs]))
        .collect();
    let child = room
        .command(&std::env::current_exe().unwrap())
        .args(["--exact", &format!("raw::{test}")])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && words.contains("1 passed"),
        "{words}"
    );
    check(peers.into_iter().map(Peer::rest).collect());
    true
}

#[test]
fn stamps_of_the_device_come_bit_for_bit_with_its_clock_and_its_description() {
    let test = "stamps_of_the_device_come_bit_for_bit_with_its_clock_and_its_description";
    if is_in_parent(test, &[("stamps.py", "12")], |_| {}) {
        return;
    }
    lsl::prepare(&LslSettings::default()).unwrap();
    let choice = StreamChoice::SourceId("stamps".into());
    let found = lsl::find(&choice, 10.0, || false).unwrap();
    assert!(
        found.info.description_xml.is_empty(),
        "nothing was asked yet"
    );
    let mut source = lsl::LslSource::open(&found, || false).unwrap();
    let xml = Arc::clone(&source.info().description_xml);
    assert!(xml.contains("<said_by>stamps.py</said_by>"), "{xml}");
    let mut chunk = Chunk::with_capacity(2, 40);
    let (mut offsets, mut n_samples, mut n_nan) = (Vec::new(), 0, 0);
    while n_samples < 600 {
        source.pull(&mut chunk, 0.05).unwrap();
        source.take_offsets(&mut |offset| offsets.push(offset));
        assert_eq!(chunk.device_stamps_secs.len(), chunk.n_samples());
        for ((stamp_secs, values), device_stamp_secs) in
            chunk.samples().zip(&chunk.device_stamps_secs)
        {
            assert_eq!(device_stamp_secs.to_bits(), values[1].to_bits());
            assert!(stamp_secs.is_finite(), "it was placed");
            n_nan += usize::from(device_stamp_secs.is_nan());
        }
        n_samples += chunk.n_samples();
    }
    assert!((10..=13).contains(&n_nan), "{n_nan}");
    // measured every 2 s, each told once
    assert!((2..=5).contains(&offsets.len()), "{offsets:?}");
    for pair in offsets.windows(2) {
        assert!(pair[1].stamp_secs - pair[0].stamp_secs > 1.0, "{pair:?}");
    }
    let newest = offsets.last().unwrap();
    assert!(newest.offset_secs.abs() < 0.05 && newest.uncertainty_secs.unwrap() < 0.1);
}
