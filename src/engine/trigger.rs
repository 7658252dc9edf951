//! Markers out of a channel of the EEG stream: the trigger line that most amplifiers carry.

mod codes;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::align::Header;
use crate::engine::trigger::codes::{CodeChange, Codes};
use crate::engine::{EngineError, Setup};
use crate::metrics::{MarkerChoice, TriggerEdge};
use crate::signal::{Marker, MarkerValue, StreamInfo};

/// So many markers may wait for their sample before memory grows.
const MOST_WAITING: usize = 256;

/// The trigger channel of an EEG stream as a marker stream, as which it is shown and counted; `None` where there is none.
#[must_use]
pub fn trigger_stream(info: &StreamInfo, choice: &MarkerChoice) -> Option<StreamInfo> {
    let MarkerChoice::Channel(label) = choice else {
        return None;
    };
    let channel = &info.channels[info.channel_called(label)?];
    Some(StreamInfo {
        name: format!("{}: {}", info.name, channel.label),
        stype: "Markers".to_owned(),
        source_id: info.source_id.clone(),
        uid: info.uid.clone(),
        hostname: info.hostname.clone(),
        n_channels: 1,
        ..StreamInfo::default()
    })
}

/// Reads the trigger channel. It is decided from the samples alone, and each marker counts from the very sample on at which its code begins.
pub(super) struct Trigger {
    channel: usize,
    edge: TriggerEdge,
    codes: Codes,
    stream: Arc<str>,
    stream_uid: Arc<str>,
    /// Markers with the sample they count from, ascending.
    decided: VecDeque<(u64, Marker)>,
}

impl Trigger {
    /// The trigger channel that is asked for, if there is to be one.
    ///
    /// # Errors
    /// [`EngineError::NoTriggerChannel`] when the stream does not have it.
    pub(super) fn new(setup: &Setup) -> Result<Option<Self>, EngineError> {
        let MarkerChoice::Channel(label) = &setup.trials.choice else {
            return Ok(None);
        };
        let info = &setup.info;
        let stream = trigger_stream(info, &setup.trials.choice);
        let Some((channel, stream)) = info.channel_called(label).zip(stream) else {
            return Err(EngineError::NoTriggerChannel {
                label: label.clone(),
                available: info.listed_labels(),
            });
        };
        Ok(Some(Self {
            channel,
            edge: setup.trials.edge,
            codes: Codes::new(setup.trials.mask, info.sample_rate_hz),
            stream: stream.name.into(),
            stream_uid: stream.uid.into(),
            decided: VecDeque::with_capacity(MOST_WAITING),
        }))
    }

    /// Index of the channel in the stream.
    pub(super) fn channel(&self) -> usize {
        self.channel
    }

    /// Take the next sample; what it decides is told to `on`.
    pub(super) fn take(&mut self, header: Header, values: &[f64], on: &mut dyn FnMut(&Marker)) {
        for change in self.codes.take(header, values[self.channel]) {
            self.note(change, on);
        }
    }

    /// Nothing more comes: what is open counts.
    pub(super) fn settle(&mut self, on: &mut dyn FnMut(&Marker)) {
        let change = self.codes.settle();
        self.note(change, on);
    }

    /// Whether sample `sample`, counted from 0, has to wait: it may prove to be the beginning of a code.
    pub(super) fn holds(&self, sample: u64) -> bool {
        self.codes.undecided().is_some_and(|open| open <= sample)
    }

    /// The next marker that counts from sample `sample` on.
    pub(super) fn due(&mut self, sample: u64) -> Option<Marker> {
        let (at, _) = self.decided.front()?;
        if *at > sample {
            return None;
        }
        self.decided.pop_front().map(|(_, marker)| marker)
    }

    fn note(&mut self, change: Option<CodeChange>, on: &mut dyn FnMut(&Marker)) {
        let Some(change) = change else { return };
        let Some(code) = marked(self.edge, &change) else {
            return;
        };
        let fields = vec![MarkerValue::Integer(code.into())];
        let marker = Marker {
            stamp_secs: change.stamp_secs,
            device_stamp_secs: change.stamp_secs,
            stream: Arc::clone(&self.stream),
            stream_uid: Arc::clone(&self.stream_uid),
            text: Marker::text_of(&fields),
            fields,
        };
        on(&marker);
        self.decided.push_back((change.sample, marker));
    }
}

/// The code that a change makes a marker of. After a gap it is not known when a line went up or down: only that the code is another one.
fn marked(edge: TriggerEdge, change: &CodeChange) -> Option<u32> {
    match edge {
        TriggerEdge::Change => Some(change.to),
        _ if change.is_after_gap => None,
        TriggerEdge::Rising => (change.to != 0).then_some(change.to),
        TriggerEdge::Falling => (change.from != 0).then_some(change.from),
    }
}
