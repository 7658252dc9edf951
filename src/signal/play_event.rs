//! What the markers of a stimulus player say.

use std::fmt::{self, Write as _};

use crate::signal::Polarity;

/// One play of a stimulus file, as its markers name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayMark {
    /// Name of the file, without its folder.
    pub file: String,
    /// Sign of what is played.
    pub polarity: Polarity,
    /// Counts the plays, loops included, from 1.
    pub trial: u64,
    /// Position of the file in the list as typed, from 1.
    pub item: u64,
    /// Whether the earphones are kept silent: a control run, in which no response can be one to the sound.
    pub is_control: bool,
}

/// An event of a stimulus player, as written and read in a marker stream. docs/MARKERS.md has the grammar.
#[derive(Debug, Clone, PartialEq)]
pub enum PlayEvent {
    /// The first sample of a file.
    Start(PlayMark),
    /// The first sample of a repetition that follows on the same file without a pause.
    Loop(PlayMark),
    /// The first sample after the file, or after the last one played of it.
    Stop {
        /// The play that ends.
        mark: PlayMark,
        /// False where it was cut short.
        is_complete: bool,
    },
    /// The first sample of the silence between two files.
    Pause {
        /// How long it is.
        secs: f64,
    },
}

impl PlayEvent {
    /// Reads the text of a marker. `None` where it is not one of a player: other programs' markers say what they like.
    ///
    /// Fields in any order; those not known are passed over, so that later versions may say more.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        match words.next()? {
            "start" => Some(Self::Start(Fields::read(words)?.mark()?)),
            "loop" => Some(Self::Loop(Fields::read(words)?.mark()?)),
            "stop" => {
                let fields = Fields::read(words)?;
                let is_complete = fields.is_complete;
                let mark = fields.mark()?;
                Some(Self::Stop { mark, is_complete })
            }
            "pause" => {
                let secs: f64 = words.next()?.strip_prefix("secs=")?.parse().ok()?;
                (secs.is_finite() && secs >= 0.0).then_some(Self::Pause { secs })
            }
            _ => None,
        }
    }

    /// The play that begins or ends here.
    #[must_use]
    pub fn mark(&self) -> Option<&PlayMark> {
        match self {
            Self::Start(mark) | Self::Loop(mark) | Self::Stop { mark, .. } => Some(mark),
            Self::Pause { .. } => None,
        }
    }
}

/// What stands behind the first word.
#[derive(Default)]
struct Fields {
    file: String,
    polarity: Option<Polarity>,
    trial: Option<u64>,
    item: Option<u64>,
    is_control: bool,
    is_complete: bool,
}

impl Fields {
    fn read<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut fields = Self {
            file: decoded(words.next()?)?,
            is_complete: true,
            ..Self::default()
        };
        for word in words {
            match word.split_once('=')? {
                ("polarity", "+") => fields.polarity = Some(Polarity::Normal),
                ("polarity", "-") => fields.polarity = Some(Polarity::Inverted),
                ("polarity", _) => return None,
                ("trial", number) => fields.trial = Some(number.parse().ok()?),
                ("item", number) => fields.item = Some(number.parse().ok()?),
                ("run", kind) => fields.is_control = kind == "control",
                ("complete", answer) => fields.is_complete = answer != "no",
                _ => {}
            }
        }
        Some(fields)
    }

    fn mark(self) -> Option<PlayMark> {
        Some(PlayMark {
            file: self.file,
            polarity: self.polarity?,
            trial: self.trial?,
            item: self.item?,
            is_control: self.is_control,
        })
    }
}

impl fmt::Display for PlayMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} polarity={} trial={} item={}",
            encoded(&self.file),
            self.polarity,
            self.trial,
            self.item
        )?;
        if self.is_control {
            f.write_str(" run=control")?;
        }
        Ok(())
    }
}

impl fmt::Display for PlayEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(mark) => write!(f, "start {mark}"),
            Self::Loop(mark) => write!(f, "loop {mark}"),
            Self::Stop { mark, is_complete } => {
                write!(f, "stop {mark}")?;
                if !is_complete {
                    f.write_str(" complete=no")?;
                }
                Ok(())
            }
            Self::Pause { secs } => write!(f, "pause secs={secs}"),
        }
    }
}

/// A name as one word: white space, control characters and `%` as `%` and two hexadecimal digits for each of their bytes.
fn encoded(name: &str) -> String {
    let mut word = String::new();
    for c in name.chars() {
        if c.is_whitespace() || c.is_control() || c == '%' {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                // writing to a text cannot fail
                let _written = write!(word, "%{byte:02X}");
            }
        } else {
            word.push(c);
        }
    }
    word
}

fn decoded(word: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark() -> PlayMark {
        PlayMark {
            file: "speech.wav".to_owned(),
            polarity: Polarity::Normal,
            trial: 3,
            item: 1,
            is_control: false,
        }
    }

    #[test]
    fn events_are_written_as_the_grammar_says() {
        let texts = [
            PlayEvent::Start(mark()),
            PlayEvent::Loop(PlayMark {
                polarity: Polarity::Inverted,
                file: "my 100% song.mp3".to_owned(),
                ..mark()
            }),
            PlayEvent::Stop {
                mark: PlayMark {
                    is_control: true,
                    ..mark()
                },
                is_complete: false,
            },
            PlayEvent::Pause { secs: 1.5 },
        ]
        .map(|event| event.to_string());
        let expected = [
            "start speech.wav polarity=+ trial=3 item=1",
            "loop my%20100%25%20song.mp3 polarity=- trial=3 item=1",
            "stop speech.wav polarity=+ trial=3 item=1 run=control complete=no",
            "pause secs=1.5",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn fields_may_come_in_any_order_and_unknown_ones_are_passed_over() {
        let text = "start speech.wav item=1 gain_db=-3 trial=3 polarity=+";
        assert_eq!(PlayEvent::parse(text), Some(PlayEvent::Start(mark())));
    }

    #[test]
    fn what_a_player_did_not_write_is_none_of_its_events() {
        for text in [
            "",
            "start",
            "block-start 1",
            "stim 1.1",
            "start block",
            "start a.wav polarity=+ trial=3",
            "start a.wav polarity=x trial=3 item=1",
            "start a.wav polarity=+ trial=-3 item=1",
            "start a.wav polarity=+ trial=three item=1",
            "start a%2 polarity=+ trial=3 item=1",
            "start a%zz polarity=+ trial=3 item=1",
            "pause",
            "pause secs=NaN",
            "pause secs=-1",
        ] {
            assert_eq!(PlayEvent::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            file in "\\PC{1,20}|[ %\t\u{7}a=]{1,9}",
            inverted: bool,
            trial: u64,
            item: u64,
            is_control: bool,
            is_complete: bool,
            kind in 0..3,
        ) {
            let polarity = if inverted { Polarity::Inverted } else { Polarity::Normal };
            let mark = PlayMark { file, polarity, trial, item, is_control };
            let event = match kind {
                0 => PlayEvent::Start(mark),
                1 => PlayEvent::Loop(mark),
                _ => PlayEvent::Stop { mark, is_complete },
            };
            prop_assert_eq!(PlayEvent::parse(&event.to_string()), Some(event));
        }

        #[test]
        fn reading_never_panics(text in "(start|loop|stop|pause) .*") {
            let _read = PlayEvent::parse(&text);
        }
    }
}
