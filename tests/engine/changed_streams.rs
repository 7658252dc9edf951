//! A stream that becomes another on the way: a new segment of the same session, of which nothing is lost.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::bounded;
use efrscope::clock::RealClock;
use efrscope::control::{LinkReport, StreamCounters};
use efrscope::engine::Event;
use efrscope::metrics::{AnalysisSettings, PairChoice, ResponseSettings, RunEnd, Snapshot};
use efrscope::publish::StreamLine;
use efrscope::session::{Events, EveryHop, Pipeline, SessionRequest, Sinks};
use efrscope::signal::{Chunk, Gap, Link, StreamId, StreamInfo};
use efrscope::source::{Backend, Pulled, Source, SourceError, Timing};
use efrscope::stimulus::{StimulusChoice, StimulusSettings};

use serde_json::Value;

use crate::synthetic::{NoMarkers, info, settings, value};

/// Samples of each layout, and those lost before the second.
const N_SAMPLES: u64 = 2_000;
const N_LOST: u64 = 30;

/// A stream that goes through its layouts.
struct Becoming {
    layouts: Vec<StreamInfo>,
    is_new: bool,
    next: u64,
    n_left: u64,
    run: u32,
    secs: f64,
}

impl Source for Becoming {
    fn info(&self) -> &StreamInfo {
        &self.layouts[0]
    }

    fn pull(&mut self, out: &mut Chunk, _timeout_secs: f64) -> Result<Pulled, SourceError> {
        out.clear();
        if self.n_left == 0 {
            if self.layouts.len() == 1 {
                return Ok(Pulled::End);
            }
            self.layouts.remove(0);
            (self.n_left, self.is_new) = (N_SAMPLES, true);
            self.run += 1;
            return Ok(Pulled::Changed);
        }
        std::thread::sleep(Duration::from_millis(2));
        let first_index = self.next;
        let is_after_loss = std::mem::take(&mut self.is_new);
        if is_after_loss && self.layouts.len() == 2 {
            self.next += N_LOST;
        }
        let layout = &self.layouts[0];
        (out.first_index, out.run) = (self.next, self.run);
        for n in self.next..self.next + 20 {
            self.secs += 1.0 / layout.sample_rate_hz;
            let values: Vec<f64> = (0..layout.n_channels).map(|ch| value(n, ch)).collect();
            out.push(self.secs, self.secs, &values);
        }
        let n_samples = self.next - first_index;
        (self.next, self.n_left) = (self.next + 20, self.n_left - 20);
        if !is_after_loss {
            return Ok(Pulled::Samples);
        }
        Ok(Pulled::AfterGap(Gap {
            first_index,
            n_samples,
        }))
    }

    fn link(&self) -> Link {
        Link::Live
    }

    fn timing(&self) -> Timing {
        Timing {
            n_lost: if self.layouts.len() < 3 { N_LOST } else { 0 },
            ..Timing::default()
        }
    }
}

/// Five channels, three, and five again, faster.
fn layouts() -> Vec<StreamInfo> {
    let faster = StreamInfo {
        sample_rate_hz: 400.0,
        ..info(5)
    };
    vec![info(5), info(3), faster]
}

fn backend(layouts: Vec<StreamInfo>) -> Backend {
    Backend {
        open: Arc::new(move |_, _| {
            Ok(Box::new(Becoming {
                layouts: layouts.clone(),
                is_new: false,
                next: 0,
                n_left: N_SAMPLES,
                run: 0,
                secs: 100.0,
            }) as Box<dyn Source>)
        }),
        open_markers: Arc::new(|_| Ok(Box::new(NoMarkers))),
        look_around: Arc::new(|_| Ok(Vec::new())),
        clock: Arc::new(RealClock::start()),
    }
}

/// Asks for two channels, the second of which is not always there, and tests the response to the first.
fn request() -> SessionRequest {
    SessionRequest {
        analysis: AnalysisSettings {
            channels: vec!["E1".into(), "E4".into()],
            pairs: PairChoice::Named(vec!["E1-E4".into()]),
            response: ResponseSettings {
                block_secs: 4.0,
                control_shift_secs: 5.0,
                ..ResponseSettings::default()
            },
            ..settings()
        },
        stimulus: StimulusSettings {
            choice: StimulusChoice::Channel("E1".into()),
            ..StimulusSettings::default()
        },
        ..SessionRequest::default()
    }
}

/// What is said of a stream that came back as another one.
pub(crate) fn stream_line(state: Link) -> Value {
    let report = LinkReport {
        stream: StreamId::Eeg,
        state,
        name: "Amp".into(),
        uid: "u".into(),
        at_secs: 12.5,
        silent_secs: 2.5,
        received: 500,
        lost: 20,
        event: Some("it is another".into()),
        offers: vec!["  Amp: --stream uid=u2".into()],
        layout: Some(Arc::new(info(2))),
    };
    serde_json::to_value(&StreamLine { report: &report }).unwrap()
}

struct Heard {
    hops: Vec<Arc<Snapshot>>,
    changes: Vec<String>,
    counters: Arc<StreamCounters>,
}

fn session(layouts: Vec<StreamInfo>) -> Heard {
    let (every_hop, hops) = bounded(10_000);
    let (event_sender, events) = bounded(10_000);
    let sinks = Sinks::default()
        .with(EveryHop(every_hop))
        .with(Events(event_sender));
    let counters = Arc::new(StreamCounters::default());
    let pipeline = Pipeline::open(&backend(layouts), &request(), 1.0, sinks, &counters).unwrap();
    let clock = RealClock::start();
    while !pipeline.is_over() {
        assert!(efrscope::clock::Clock::now_secs(&clock) < 60.0);
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(pipeline);
    let changes = events.try_iter().filter_map(|event| match &*event {
        Event::Changed { change, .. } => Some(change.clone()),
        _ => None,
    });
    Heard {
        hops: hops.try_iter().collect(),
        changes: changes.collect(),
        counters,
    }
}

#[test]
fn a_stream_that_becomes_another_is_analysed_on_and_no_sample_is_lost_by_it() {
    let heard = session(layouts());
    let status = heard.counters.status();
    assert_eq!(
        (status.received, status.lost, status.overrun),
        (3 * N_SAMPLES, N_LOST, 0)
    );
    assert_eq!(
        heard.changes,
        [
            "3 channels, before 5",
            "5 channels, before 3; 400 Hz, before 200 Hz"
        ]
    );
    let labels = |s: &Snapshot| s.plan.montage.derivations().len();
    let of = |hop: &Arc<Snapshot>| (labels(hop), hop.plan.axis.sample_rate_hz());
    let mut segments: Vec<(usize, f64)> = heard.hops.iter().map(of).collect();
    segments.dedup();
    assert_eq!(segments, [(2, 200.0), (1, 200.0), (2, 400.0)]);
    // averages begin anew, counts and runs go on
    let second = heard.hops.iter().find(|hop| labels(hop) == 1).unwrap();
    assert_eq!(second.n_segments, 1);
    assert!(second.n_received > N_SAMPLES && second.n_lost == N_LOST);
    let last = heard.hops.last().unwrap();
    let due = 3 * N_SAMPLES - last.n_received;
    assert!(due < 100, "{due} samples after the last segment");
    assert_eq!(last.n_lost, N_LOST);
    let records = last.runs.records();
    let ends: Vec<(u32, RunEnd)> = records.iter().map(|r| (r.run, r.end)).collect();
    assert_eq!(ends, [(1, RunEnd::Changed), (2, RunEnd::Changed)]);
    let run = last.response.as_ref().unwrap().progress.run;
    assert_eq!(run, 3);
}

#[test]
fn one_that_has_nothing_of_what_was_asked_for_ends_the_session_with_the_reason() {
    let mut other = info(2);
    for channel in &mut other.channels {
        channel.label = format!("X{}", channel.label);
    }
    let heard = session(vec![info(5), other, info(5)]);
    let notice = heard.counters.status().notice.unwrap();
    assert!(
        notice.contains("cannot be analysed as asked") && notice.contains("E1"),
        "{notice}"
    );
    assert!(!heard.hops.is_empty());
}
