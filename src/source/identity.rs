//! Which outlet is the return of a stream that is missed.
//!
//! A stream is its outlet (uid) while that lives; across a return it is name, type, source id and host. An outlet that was there while the stream was still
//! heard is another stream, whatever it calls itself. So it matters when each was first seen.

use std::collections::HashMap;

use crate::signal::StreamInfo;

/// Without a return of the same identity for so long, the only new stream of the same kind is taken for it.
const SIMILAR_AFTER_SECS: f64 = 3.0;
/// Outlets remembered at most; those not seen for longest are forgotten.
const MAX_KNOWN: usize = 2048;

/// Whether two advertisements differ in nothing but the source id, as those of a sender that makes a new one at each start.
fn is_similar(a: &StreamInfo, b: &StreamInfo) -> bool {
    a.name == b.name
        && a.stype == b.stype
        && a.hostname == b.hostname
        && a.n_channels == b.n_channels
        && a.format == b.format
        && (a.sample_rate_hz - b.sample_rate_hz).abs() < 1e-9
}

/// When outlets were seen, by their uids.
#[derive(Debug, Default)]
pub struct Sightings {
    /// `(first, newest)`.
    known: HashMap<String, (f64, f64)>,
}

impl Sightings {
    /// These are there now.
    pub fn see<'a>(&mut self, uids: impl Iterator<Item = &'a str>, now_secs: f64) {
        for uid in uids {
            match self.known.get_mut(uid) {
                Some((_, newest_secs)) => *newest_secs = now_secs,
                None => _ = self.known.insert(uid.to_owned(), (now_secs, now_secs)),
            }
        }
        while self.known.len() > MAX_KNOWN {
            let oldest = self.known.iter().min_by(|a, b| a.1.1.total_cmp(&b.1.1));
            let Some(uid) = oldest.map(|(uid, _)| uid.clone()) else {
                return;
            };
            self.known.remove(&uid);
        }
    }

    /// Whether the outlet was first seen after `secs`.
    #[must_use]
    pub fn is_newer(&self, uid: &str, secs: f64) -> bool {
        self.known.get(uid).is_none_or(|(first, _)| *first > secs)
    }
}

/// What is there of a stream that is missed. Numbers are places in the list that was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Return {
    /// Nothing that could be it.
    Nothing,
    /// Its outlet itself.
    Itself(usize),
    /// The same device with a new outlet.
    SameDevice(usize),
    /// The only new stream that differs in nothing but the source id.
    Similar(usize),
    /// Several that it could be: somebody has to say which.
    Several(Vec<usize>),
}

/// What `there` has of `gone`, which was last heard at `heard_secs`.
#[must_use]
pub fn look_for(
    gone: &StreamInfo,
    there: &[&StreamInfo],
    sightings: &Sightings,
    (heard_secs, now_secs): (f64, f64),
) -> Return {
    if let Some(itself) = there.iter().position(|info| info.uid == gone.uid) {
        return Return::Itself(itself);
    }
    let new_ones = |is_it: fn(&StreamInfo, &StreamInfo) -> bool| -> Vec<usize> {
        let is_wanted = |info: &StreamInfo| {
            info.is_regular_numeric()
                && sightings.is_newer(&info.uid, heard_secs)
                && is_it(gone, info)
        };
        let places = there.iter().enumerate();
        let wanted = places.filter(|(_, info)| is_wanted(info));
        wanted.map(|(place, _)| place).collect()
    };
    match new_ones(StreamInfo::is_same_device)[..] {
        [only] => return Return::SameDevice(only),
        [] => {}
        ref several => return Return::Several(several.to_vec()),
    }
    if now_secs - heard_secs < SIMILAR_AFTER_SECS {
        return Return::Nothing;
    }
    match new_ones(is_similar)[..] {
        [only] => Return::Similar(only),
        [] => Return::Nothing,
        ref several => Return::Several(several.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::ValueFormat;

    fn stream(uid: &str, source_id: &str) -> StreamInfo {
        StreamInfo {
            name: "MyEEG".into(),
            stype: "EEG".into(),
            source_id: source_id.into(),
            uid: uid.into(),
            hostname: "lab".into(),
            sample_rate_hz: 250.0,
            format: ValueFormat::Float32,
            n_channels: 8,
            ..StreamInfo::default()
        }
    }

    /// What is found `later_secs` after the last sample, which came at 10 s, of outlets first seen at their times.
    fn found(seen: &[(StreamInfo, f64)], later_secs: f64) -> Return {
        let mut sightings = Sightings::default();
        for (info, first_secs) in seen {
            sightings.see([&*info.uid].into_iter(), *first_secs);
        }
        let there: Vec<&StreamInfo> = seen.iter().map(|(info, _)| info).collect();
        let gone = stream("gone", "id");
        look_for(&gone, &there, &sightings, (10.0, 10.0 + later_secs))
    }

    #[test]
    fn a_new_outlet_of_the_same_device_is_the_return_and_one_that_was_there_all_along_never() {
        let new = found(&[(stream("new", "id"), 10.4)], 0.5);
        assert_eq!(new, Return::SameDevice(0));
        for later_secs in [0.5, 3.5, 3600.0] {
            let old = found(&[(stream("old", "id"), 9.0)], later_secs);
            assert_eq!(old, Return::Nothing, "{later_secs}");
            let both = [(stream("old", "id"), 9.0), (stream("new", "id"), 11.0)];
            assert_eq!(found(&both, later_secs), Return::SameDevice(1));
        }
    }

    #[test]
    fn the_outlet_itself_comes_before_all_others() {
        let seen = [(stream("new", "id"), 12.0), (stream("gone", "id"), 1.0)];
        assert_eq!(found(&seen, 9.0), Return::Itself(1));
    }

    #[test]
    fn two_new_outlets_of_one_device_are_asked_about() {
        let seen = [(stream("a", "id"), 11.0), (stream("b", "id"), 12.0)];
        assert_eq!(found(&seen, 9.0), Return::Several(vec![0, 1]));
    }

    #[test]
    fn a_stream_that_differs_in_its_source_id_alone_is_taken_after_three_seconds_if_it_is_the_only_new_one()
     {
        let other = (stream("new", "4711"), 11.0);
        assert_eq!(found(std::slice::from_ref(&other), 2.9), Return::Nothing);
        assert_eq!(found(std::slice::from_ref(&other), 3.1), Return::Similar(0));
        let old = (stream("old", "1"), 9.0);
        assert_eq!(found(&[old, other.clone()], 3.1), Return::Similar(1));
        let two = [other.clone(), (stream("newer", "4712"), 12.0)];
        assert_eq!(found(&two, 3.1), Return::Several(vec![0, 1]));
        let changes: [fn(&mut StreamInfo); 6] = [
            |info| info.name.push('2'),
            |info| info.stype = "EMG".into(),
            |info| info.hostname = "elsewhere".into(),
            |info| info.n_channels = 9,
            |info| info.sample_rate_hz = 500.0,
            |info| info.format = ValueFormat::Int16,
        ];
        for change in changes {
            let mut another = other.clone();
            change(&mut another.0);
            assert_eq!(found(&[another], 60.0), Return::Nothing);
        }
    }

    #[test]
    fn a_device_may_return_changed_and_text_is_no_return() {
        let mut changed = stream("new", "id");
        (changed.n_channels, changed.sample_rate_hz) = (16, 500.0);
        assert_eq!(found(&[(changed, 11.0)], 0.2), Return::SameDevice(0));
        let mut text = stream("new", "id");
        text.format = ValueFormat::Text;
        assert_eq!(found(&[(text, 11.0)], 9.0), Return::Nothing);
    }

    #[test]
    fn sightings_are_bounded_and_keep_those_seen_last() {
        let mut sightings = Sightings::default();
        for n in 0..3 * MAX_KNOWN {
            let uid = n.to_string();
            sightings.see(["kept", &uid].into_iter(), n as f64);
        }
        assert!(sightings.known.len() <= MAX_KNOWN);
        assert!(!sightings.is_newer("kept", 0.5));
    }
}
