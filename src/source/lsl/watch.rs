//! Watches over the connection of a stream: tells how it stands, and finds and opens the stream's return.

use crate::signal::{Link, StreamChoice, StreamInfo};
use crate::source::lsl::candidate;
use crate::source::lsl::connecting::{Connected, Connecting};
use crate::source::lsl::find::{Found, Lookout};
use crate::source::lsl::inlet::{ANSWER_SECS, INLET_BUFFER_SECS};
use crate::source::{
    LinkEvent, LinkSupervisor, Return, Sightings, SourceError, Transition, look_for,
};

/// What is there is looked at this often: while samples come, so that what appears later is known to be new, and while they are missed.
const LIVE_LOOK_SECS: f64 = 0.5;
const LOOK_SECS: f64 = 0.1;
/// An outlet that went can still be listed for so long.
const FORGOTTEN_SECS: f64 = 5.5;
/// So many of the other streams are offered.
const MAX_OFFERS: usize = 8;

/// The watch over one stream.
pub(super) struct Watch {
    lookout: Lookout,
    looked_secs: f64,
    there: Vec<Found>,
    sightings: Sightings,
    supervisor: LinkSupervisor,
    attempt: Option<Attempt>,
    /// Why the connection broke or could not be made anew.
    problem: Option<String>,
    /// What was taken for the return though its source id is another.
    taken: Option<String>,
    /// Others were offered in this silence.
    has_offered: bool,
    events: Vec<LinkEvent>,
}

/// A connection that is being made.
struct Attempt {
    connecting: Connecting,
    is_itself: bool,
    words: String,
}

/// The stream's return.
pub(super) struct Returned {
    pub(super) connected: Connected,
    /// Whether it is the outlet that was read before.
    pub(super) is_itself: bool,
}

impl Watch {
    /// Over a stream of this rate that was opened just now, when outlets with the uids in `seen` were there.
    ///
    /// # Errors
    /// [`SourceError::Library`] when liblsl cannot look for streams.
    pub(super) fn start(rate_hz: f64, seen: &[String]) -> Result<Self, SourceError> {
        let now_secs = lsl::local_clock();
        let mut sightings = Sightings::default();
        sightings.see(seen.iter().map(String::as_str), now_secs);
        Ok(Self {
            lookout: Lookout::start()?,
            looked_secs: now_secs,
            there: Vec::new(),
            sightings,
            supervisor: LinkSupervisor::new(rate_hz, now_secs),
            attempt: None,
            problem: None,
            taken: None,
            has_offered: false,
            events: Vec::new(),
        })
    }

    /// How the connection stands.
    pub(super) fn state(&self) -> Link {
        self.supervisor.state()
    }

    /// Since the last sample.
    pub(super) fn silent_secs(&self) -> f64 {
        lsl::local_clock() - self.supervisor.heard_secs()
    }

    /// What happened, oldest first, each once.
    pub(super) fn take_events(&mut self, sink: &mut dyn FnMut(LinkEvent)) {
        self.events.drain(..).for_each(sink);
    }

    /// The connection broke.
    pub(super) fn broke(&mut self, info: &StreamInfo, problem: String) {
        self.problem = Some(problem);
        self.supervisor.broke(lsl::local_clock());
        self.tell(info);
        self.look_afresh();
    }

    /// Samples came.
    pub(super) fn heard(&mut self, info: &StreamInfo) {
        let now_secs = lsl::local_clock();
        self.supervisor.heard(now_secs);
        self.tell(info);
        (self.attempt, self.problem, self.taken) = (None, None, None);
        self.has_offered = false;
        if let Err(error) = self.look(now_secs, LIVE_LOOK_SECS) {
            tracing::warn!("{error}");
        }
    }

    /// The return is read from now on.
    pub(super) fn returned(&mut self, rate_hz: f64) {
        self.supervisor.reopened(rate_hz, lsl::local_clock());
    }

    /// Nothing came: go on with what there is to do about it. Never waits.
    ///
    /// # Errors
    /// [`SourceError::Library`] when streams cannot be looked for any more.
    pub(super) fn silent(&mut self, info: &StreamInfo) -> Result<Option<Returned>, SourceError> {
        let now_secs = lsl::local_clock();
        let before = self.supervisor.state();
        let every_secs = if before == Link::Live {
            LIVE_LOOK_SECS
        } else {
            LOOK_SECS
        };
        self.look(now_secs, every_secs)?;
        let answers = self.there.iter().any(|found| found.info.uid == info.uid);
        self.supervisor.silent(now_secs, answers);
        if before == Link::Live && self.supervisor.state() != Link::Live {
            self.look_afresh();
        }
        self.tell(info);
        if let Some(attempt) = self.attempt.take() {
            return Ok(self.go_on(attempt, info));
        }
        self.seek(info, now_secs);
        Ok(None)
    }

    /// Forget who answered before: from now on only those are listed that answer now.
    fn look_afresh(&mut self) {
        match Lookout::start() {
            Ok(lookout) => {
                self.lookout = lookout;
                self.there.clear();
            }
            Err(error) => tracing::warn!("{error}"),
        }
    }

    fn look(&mut self, now_secs: f64, every_secs: f64) -> Result<(), SourceError> {
        if now_secs - self.looked_secs >= every_secs {
            self.looked_secs = now_secs;
            self.there = self.lookout.streams()?;
            let uids = self.there.iter().map(|found| found.info.uid.as_str());
            self.sightings.see(uids, now_secs);
        }
        Ok(())
    }

    /// Begin to open the return, if there is one and it is time.
    fn seek(&mut self, info: &StreamInfo, now_secs: f64) {
        if !self.supervisor.is_missed() {
            return;
        }
        let there: Vec<StreamInfo> = self.there.iter().map(|found| found.info.clone()).collect();
        let there: Vec<&StreamInfo> = there.iter().collect();
        let secs = (self.supervisor.heard_secs(), now_secs);
        let returned = look_for(info, &there, &self.sightings, secs);
        let (silent_secs, state) = (now_secs - secs.0, self.supervisor.state());
        let (place, words) = match &returned {
            Return::Itself(place) if self.supervisor.is_to_be_reopened(now_secs) => {
                let words = format!(
                    "nothing has come for {silent_secs:.1} s though its sender answers: the connection is made anew"
                );
                (*place, words)
            }
            Return::SameDevice(place) if self.supervisor.is_to_be_replaced(now_secs) => {
                (*place, "its sender is back, and is being opened".to_owned())
            }
            Return::Similar(place) if self.supervisor.is_to_be_replaced(now_secs) => {
                let words = similar(there[*place], info);
                self.taken = Some(words.clone());
                (*place, words)
            }
            Return::Several(places) => {
                let several: Vec<&StreamInfo> = places.iter().map(|&place| there[place]).collect();
                return self.ask(info, &several, silent_secs);
            }
            Return::Nothing if state == Link::Lost => return self.offer(info, silent_secs),
            _ => return,
        };
        let is_itself = matches!(returned, Return::Itself(_));
        self.begin(place, is_itself, words, info);
    }

    fn begin(&mut self, place: usize, is_itself: bool, words: String, info: &StreamInfo) {
        let now_secs = lsl::local_clock();
        self.supervisor.attempts(now_secs);
        match Connecting::begin(&self.there[place], INLET_BUFFER_SECS, ANSWER_SECS) {
            Ok(connecting) => {
                self.attempt = Some(Attempt {
                    connecting,
                    is_itself,
                    words,
                });
                self.tell(info);
            }
            Err(error) => self.fail(&error, info),
        }
    }

    fn go_on(&mut self, mut attempt: Attempt, info: &StreamInfo) -> Option<Returned> {
        match attempt.connecting.step(0.0) {
            Ok(true) => {
                let connected = attempt.connecting.finish()?;
                return Some(Returned {
                    connected,
                    is_itself: attempt.is_itself,
                });
            }
            Ok(false) => self.attempt = Some(attempt),
            Err(error) => self.fail(&error, info),
        }
        None
    }

    fn fail(&mut self, error: &SourceError, info: &StreamInfo) {
        tracing::info!("{error}");
        self.problem = Some(error.to_string());
        self.taken = None;
        self.supervisor.failed(lsl::local_clock());
        self.tell(info);
    }

    /// Something else is to be said of the stream.
    pub(super) fn note(&mut self, info: &StreamInfo, words: &str) {
        self.push(info, words, Vec::new());
    }

    /// More than one could be the return.
    fn ask(&mut self, info: &StreamInfo, several: &[&StreamInfo], silent_secs: f64) {
        if self.has_offered || silent_secs < FORGOTTEN_SECS {
            return;
        }
        self.has_offered = true;
        let n = several.len();
        let words = format!("{n} streams could be its return, and none is taken; name one");
        let offers = self.offers(info, several.iter().copied());
        self.push(info, &words, offers);
    }

    /// Nothing is the return: say what else there is, once.
    fn offer(&mut self, info: &StreamInfo, silent_secs: f64) {
        if self.has_offered || silent_secs < FORGOTTEN_SECS {
            return;
        }
        let is_meant = |other: &&StreamInfo| {
            other.is_regular_numeric() && other.stype.eq_ignore_ascii_case(&info.stype)
        };
        let there = self.there.iter().map(|found| &found.info);
        let offers = self.offers(info, there.filter(is_meant));
        if !offers.is_empty() {
            self.has_offered = true;
            let words = "it has not come back; what is there is not taken for it";
            self.push(info, words, offers);
        }
    }

    /// A line for each, with an option that does not mean the stream that is missed, should it come back.
    fn offers<'a>(
        &self,
        info: &StreamInfo,
        streams: impl Iterator<Item = &'a StreamInfo>,
    ) -> Vec<String> {
        let listed = self.there.iter().map(|found| &found.info);
        let there: Vec<StreamInfo> = listed.chain([info]).cloned().collect();
        streams
            .take(MAX_OFFERS)
            .map(|other| candidate::line(&StreamChoice::Any, other, &there))
            .collect()
    }

    /// Put the changes of the state into words.
    fn tell(&mut self, info: &StreamInfo) {
        while let Some(transition) = self.supervisor.take_transition() {
            let words = self.words(&transition);
            let event = LinkEvent {
                state: transition.to,
                silent_secs: transition.silent_secs,
                words: format!("stream {:?}: {words}", info.name),
                offers: Vec::new(),
            };
            self.events.push(event);
        }
    }

    fn push(&mut self, info: &StreamInfo, words: &str, offers: Vec<String>) {
        self.events.push(LinkEvent {
            state: self.supervisor.state(),
            silent_secs: self.silent_secs(),
            words: format!("stream {:?}: {words}", info.name),
            offers,
        });
    }

    fn words(&self, transition: &Transition) -> String {
        let secs = transition.silent_secs;
        let problem = self.problem.as_deref();
        match (transition.from, transition.to) {
            (_, Link::Live) => match &self.taken {
                Some(taken) => format!("samples come again after {secs:.1} s; {taken}"),
                None => format!("samples come again after {secs:.1} s"),
            },
            (Link::Reopening, Link::Stale | Link::Lost) => format!(
                "nothing has come for {secs:.1} s, and it could not be opened anew ({}): it is tried again from time to time",
                problem.unwrap_or("its sender answers, but sends nothing")
            ),
            (_, Link::Stale) => format!("nothing has come for {secs:.1} s"),
            (_, Link::Lost) => match problem {
                Some(problem) => {
                    format!("the connection broke ({problem}): its return is waited for")
                }
                None => format!(
                    "nothing has come for {secs:.1} s and its sender does not answer: its return is waited for"
                ),
            },
            (_, Link::Reopening) => self.attempt.as_ref().map_or_else(
                || "it is being opened anew".to_owned(),
                |attempt| attempt.words.clone(),
            ),
            (_, Link::Searching) => transition.to.word().to_owned(),
        }
    }
}

/// Why a stream with another source id is taken.
fn similar(now: &StreamInfo, before: &StreamInfo) -> String {
    format!(
        "it has not come back, and the only new stream of its name, type, host, channels, rate and format is taken for its return: source id {:?}, before {:?}",
        now.source_id, before.source_id
    )
}
