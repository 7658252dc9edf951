//! What is said of a stream besides its samples: each change of its state, and that it still does not come.

use std::sync::Arc;

use crate::control::LinkReport;
use crate::session::acquire::Acquisition;
use crate::session::sinks::Published;
use crate::signal::{Link, StreamInfo};
use crate::source::{LinkEvent, Source};

/// While a stream does not come, it is said this often.
const REPEAT_SECS: f64 = 2.0;

/// When something was heard of a stream, and said.
pub(super) struct Reports {
    heard_secs: f64,
    said_secs: f64,
}

impl Reports {
    /// Of a stream opened just now.
    pub(super) fn new(now_secs: f64) -> Self {
        Self {
            heard_secs: now_secs,
            said_secs: now_secs,
        }
    }

    /// After a pull: pass on what happened to the connection, and say now and then that nothing comes.
    pub(super) fn turn(&mut self, of: &Acquisition, source: &mut dyn Source, has_heard: bool) {
        let now_secs = of.clock.now_secs();
        let mut events = Vec::new();
        source.take_events(&mut |event| events.push(event));
        for event in events {
            self.said_secs = now_secs;
            of.say(source.info(), event, None);
        }
        let state = source.link();
        if has_heard {
            self.heard_secs = now_secs;
        } else if state != Link::Live && now_secs - self.said_secs >= REPEAT_SECS {
            self.said_secs = now_secs;
            let report = of.report_of(source.info(), state, now_secs - self.heard_secs);
            of.publish(report);
        }
    }
}

impl Acquisition {
    /// Tell what happened to the stream: in words to a person, as a report to the sinks.
    pub(super) fn say(&self, info: &StreamInfo, event: LinkEvent, layout: Option<Arc<StreamInfo>>) {
        let lines = [&[event.words.clone()][..], &event.offers].concat();
        self.counters.notify(lines.join("\n"));
        self.publish(LinkReport {
            event: Some(event.words),
            offers: event.offers,
            layout,
            ..self.report_of(info, event.state, event.silent_secs)
        });
    }

    fn report_of(&self, info: &StreamInfo, state: Link, silent_secs: f64) -> LinkReport {
        let now_secs = self.clock.now_secs();
        LinkReport {
            state,
            silent_secs,
            ..LinkReport::new(self.id, info, &self.counters.status(), now_secs)
        }
    }

    fn publish(&self, report: LinkReport) {
        let left_out = self.sinks.hand_out(&Published::Link(Arc::new(report)));
        self.counters.add_dropped_updates(left_out);
    }
}
