//! Looks for streams, and picks the one that was asked for.

use std::collections::HashSet;
use std::time::Duration;

use crate::signal::{StreamChoice, StreamInfo, same_word};
use crate::source::SourceError;
use crate::source::lsl::{advert, candidate, description};

/// A stream is forgotten when it has not answered for this long.
const FORGET_SECS: f64 = 5.0;
const POLL: Duration = Duration::from_millis(50);
/// After the first match, others that match too have this long to show up.
const SETTLE_SECS: f64 = 0.6;

/// A stream that answered.
#[derive(Debug)]
pub struct Found {
    /// What its advertisement says.
    pub info: StreamInfo,
    /// liblsl's handle, from which an inlet can be opened. Not `Send`.
    pub(super) advert: lsl::StreamInfo,
    /// Uids of all outlets that were there when it was found.
    pub(super) seen: Vec<String>,
}

impl Found {
    /// Open an inlet for which liblsl keeps so much: the only way to one, so that no advertisement that must be refused reaches it.
    ///
    /// # Errors
    /// [`SourceError::Refused`] and [`SourceError::NoAnswer`], which name the stream.
    pub(super) fn open_inlet(&self, buffer_secs: i32) -> Result<lsl::StreamInlet, SourceError> {
        admit(&self.info)?;
        lsl::StreamInlet::new(&self.advert, buffer_secs, 0, false)
            .map_err(|error| self.no_answer(error.to_string()))
    }

    /// The sender does not do what it was asked for.
    fn no_answer(&self, problem: String) -> SourceError {
        SourceError::NoAnswer {
            name: self.info.name.clone(),
            problem,
        }
    }
}

/// What the full description says of the stream that was advertised so.
///
/// # Errors
/// [`SourceError::Refused`] where it contradicts the advertisement or is not safe to go by itself.
pub(super) fn described(
    advertised: &StreamInfo,
    full: &mut lsl::StreamInfo,
) -> Result<StreamInfo, SourceError> {
    let info = advert::read(full);
    let problem = advert::contradiction(advertised, &info)
        .or_else(|| advert::refusal(&info))
        .or_else(|| description::refusal(full));
    match problem {
        Some(problem) => Err(refused(advertised, problem)),
        None => Ok(description::with_channels(info, full)),
    }
}

/// Keeps looking for streams in the background.
pub(super) struct Lookout {
    resolver: lsl::ContinuousResolver,
}

impl Lookout {
    pub(super) fn start() -> Result<Self, SourceError> {
        let resolver =
            lsl::ContinuousResolver::new(FORGET_SECS).map_err(|error| SourceError::Library {
                doing: "looking for streams",
                problem: error.to_string(),
            })?;
        Ok(Self { resolver })
    }

    /// Every outlet seen lately.
    fn adverts(&self) -> Result<Vec<lsl::StreamInfo>, SourceError> {
        let failed = |error: lsl::Error| SourceError::Library {
            doing: "looking for streams",
            problem: error.to_string(),
        };
        self.resolver.results().map_err(failed)
    }

    /// Streams seen lately, EEG first, of one name the newest first. Two outlets are two streams, whatever they call themselves.
    pub(super) fn streams(&self) -> Result<Vec<Found>, SourceError> {
        let mut adverts = self.adverts()?;
        adverts.sort_by(|a, b| b.created_at().total_cmp(&a.created_at()));
        let mut uids = HashSet::with_capacity(adverts.len());
        let mut found: Vec<Found> = Vec::with_capacity(adverts.len());
        for advert in adverts {
            let info = advert::read(&advert);
            if uids.insert(info.uid.clone()) {
                let seen = Vec::new();
                found.push(Found { info, advert, seen });
            }
        }
        found.sort_by_key(|stream| (!is_eeg(&stream.info), stream.info.name.clone()));
        Ok(found)
    }
}

pub(super) fn is_stimulus(info: &StreamInfo) -> bool {
    ["audio", "stimulusenvelope", "stimulus"]
        .iter()
        .any(|stype| same_word(&info.stype, stype))
}

/// Types that amplifiers' streams of EEG have, the plainest first.
const EEG_TYPES: [&str; 3] = ["EEG", "ExG", "Signal"];

pub(super) fn is_eeg(info: &StreamInfo) -> bool {
    EEG_TYPES.iter().any(|stype| same_word(&info.stype, stype))
}

/// Every stream that answers within `wait_secs`, or until `give_up` says so, EEG first.
///
/// # Errors
/// [`SourceError::Library`] when liblsl fails.
pub fn look_around(wait_secs: f64, give_up: impl Fn() -> bool) -> Result<Vec<Found>, SourceError> {
    let lookout = Lookout::start()?;
    let start_secs = lsl::local_clock();
    while lsl::local_clock() - start_secs < wait_secs && !give_up() {
        std::thread::sleep(POLL);
    }
    lookout.streams()
}

/// The outlet of this uid, if it answers within `wait_secs` and before `give_up` says so: for a thread that cannot be given another's handle.
///
/// All streams are asked for and picked from here. Asked for one alone, liblsl is content with the first answer, whoever gives it.
///
/// # Errors
/// [`SourceError::Library`] when liblsl fails.
pub(super) fn by_uid(
    uid: &str,
    wait_secs: f64,
    give_up: impl Fn() -> bool,
) -> Result<Option<Found>, SourceError> {
    let lookout = Lookout::start()?;
    let start_secs = lsl::local_clock();
    while lsl::local_clock() - start_secs < wait_secs && !give_up() {
        for advert in lookout.adverts()? {
            let info = advert::read(&advert);
            if info.uid == uid {
                let seen = Vec::new();
                return Ok(Some(Found { info, advert, seen }));
            }
        }
        std::thread::sleep(POLL);
    }
    Ok(None)
}

/// The one stream that `choice` means, waiting for it at most `wait_secs`, or until `give_up` says so.
///
/// # Errors
/// [`SourceError::NotFound`] with the streams there are, [`SourceError::Ambiguous`] with those that match,
/// [`SourceError::NotEeg`] for text or streams without a rate, [`SourceError::Refused`] for dangerous advertisements.
pub fn find(
    choice: &StreamChoice,
    wait_secs: f64,
    give_up: impl Fn() -> bool,
) -> Result<Found, SourceError> {
    let lookout = Lookout::start()?;
    let start_secs = lsl::local_clock();
    let mut matched_secs = None;
    loop {
        let waited_secs = lsl::local_clock() - start_secs;
        let streams = lookout.streams()?;
        let n_matches = streams.iter().filter(|s| matches(choice, &s.info)).count();
        if give_up() {
            return pick(choice, streams);
        }
        if n_matches > 0 {
            let since_secs = *matched_secs.get_or_insert(waited_secs);
            if waited_secs - since_secs >= SETTLE_SECS {
                return pick(choice, streams);
            }
        } else if waited_secs > wait_secs {
            return pick(choice, streams);
        }
        std::thread::sleep(POLL);
    }
}

pub(super) fn matches(choice: &StreamChoice, info: &StreamInfo) -> bool {
    match choice {
        StreamChoice::Any => is_eeg(info) && info.is_regular_numeric(),
        StreamChoice::AnyStimulus => is_stimulus(info) && info.is_regular_numeric(),
        StreamChoice::Name(name) => info.name == *name,
        StreamChoice::Type(stype) => same_word(&info.stype, stype),
        StreamChoice::SourceId(source_id) => info.source_id == *source_id,
        StreamChoice::Uid(uid) => info.uid == *uid,
    }
}

fn pick(choice: &StreamChoice, streams: Vec<Found>) -> Result<Found, SourceError> {
    let there: Vec<StreamInfo> = streams.iter().map(|found| found.info.clone()).collect();
    let mut matching: Vec<Found> = streams
        .into_iter()
        .filter(|stream| matches(choice, &stream.info))
        .collect();
    // a player sends its annotations beside the EEG under one source id: what can be read is meant
    if matching.iter().any(|found| found.info.is_regular_numeric()) {
        matching.retain(|found| found.info.is_regular_numeric());
    }
    // where nothing was named, a stream that says EEG is meant before one that says ExG or Signal
    if *choice == StreamChoice::Any
        && let Some(stype) = EEG_TYPES.iter().find(|stype| has_type(&matching, stype))
    {
        matching.retain(|found| same_word(&found.info.stype, stype));
    }
    if matching.len() > 1 {
        return Err(SourceError::Ambiguous {
            choice: choice.to_string(),
            matches: matching
                .iter()
                .map(|found| candidate::line(choice, &found.info, &there))
                .collect(),
        });
    }
    let Some(mut found) = matching.pop() else {
        return Err(SourceError::NotFound {
            choice: choice.to_string(),
            available: candidate::lines(choice, &there),
        });
    };
    found.seen = there.iter().map(|info| info.uid.clone()).collect();
    let info = &found.info;
    admit(info)?;
    if let Some(problem) = candidate::unreadable(info) {
        let can_be_read = |other: &&StreamInfo| candidate::unreadable(other).is_none();
        let instead = there.iter().filter(can_be_read);
        return Err(SourceError::NotEeg {
            name: info.name.clone(),
            problem,
            instead: instead
                .map(|other| candidate::line(choice, other, &there))
                .collect(),
        });
    }
    Ok(found)
}

fn has_type(streams: &[Found], stype: &str) -> bool {
    streams
        .iter()
        .any(|found| same_word(&found.info.stype, stype))
}

/// Refuses what is not safe to open; a name may be any length then, and is cut.
fn admit(info: &StreamInfo) -> Result<(), SourceError> {
    advert::refusal(info).map_or(Ok(()), |problem| Err(refused(info, problem)))
}

fn refused(info: &StreamInfo, problem: String) -> SourceError {
    SourceError::Refused {
        name: info.name.chars().take(64).collect(),
        problem,
    }
}
