//! Events.

use std::fmt;
use std::sync::Arc;

use crate::signal::printable_char;

/// The text of a marker is cut here.
const MAX_TEXT_BYTES: usize = 1024;

/// One event of an irregular stream: when, from whom, and what it says, both as sent and as a person reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// When, in seconds on the local LSL clock.
    pub stamp_secs: f64,
    /// When, in seconds on the sender's clock, bit for bit as sent.
    pub device_stamp_secs: f64,
    /// Name of its stream.
    pub stream: Arc<str>,
    /// Identifies the very outlet that sent it.
    pub stream_uid: Arc<str>,
    /// One value per channel, whole and as sent.
    pub fields: Vec<MarkerValue>,
    /// What is shown: the fields joined by a blank, control characters replaced by blanks, those that turn or hide text by U+FFFD, cut at
    /// 1024 bytes.
    pub text: String,
}

/// What one channel of a marker stream sent.
#[derive(Debug, Clone, PartialEq)]
pub enum MarkerValue {
    /// Of a text stream.
    Text(String),
    /// Of a stream of 8 to 64-bit integers.
    Integer(i64),
    /// Of a stream of floats or doubles.
    Float(f64),
}

impl Marker {
    /// A marker of one text without a stream, sent at the local clock.
    #[must_use]
    pub fn new(stamp_secs: f64, text: &str) -> Self {
        let fields = vec![MarkerValue::Text(text.to_owned())];
        Self {
            stamp_secs,
            device_stamp_secs: stamp_secs,
            stream: Arc::default(),
            stream_uid: Arc::default(),
            text: Self::text_of(&fields),
            fields,
        }
    }

    /// The text of a marker with these fields.
    #[must_use]
    pub fn text_of(fields: &[MarkerValue]) -> String {
        let mut text = String::new();
        for (number, field) in fields.iter().enumerate() {
            let blank = if number > 0 { " " } else { "" };
            let written = match field {
                MarkerValue::Text(sent) => append(&mut text, blank) && append(&mut text, sent),
                number => append(&mut text, blank) && append(&mut text, &number.to_string()),
            };
            if !written {
                break;
            }
        }
        text
    }

    /// Whether it begins with `word`, or one of its fields does; never with an empty one. Numbers are matched whole: `1` begins neither `10`
    /// nor `1.5`.
    #[must_use]
    pub fn begins_with(&self, word: &str) -> bool {
        let begins = |text: &str| text.starts_with(word) && is_whole_at(text, word.len());
        let number: Option<f64> = word.trim().parse().ok();
        let matches = |field: &MarkerValue| match *field {
            MarkerValue::Text(ref text) => begins(text.trim_start()),
            MarkerValue::Integer(value) => {
                field.to_string() == word.trim() || number == Some(value as f64)
            }
            MarkerValue::Float(value) => number == Some(value) || field.to_string() == word.trim(),
        };
        !word.is_empty() && (begins(&self.text) || self.fields.iter().any(matches))
    }

    /// Whether one of its fields, or all of them joined, holds `text`, which is matched at whole numbers too; an empty one is in all.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        let holds = |whole: &str| {
            let mut places = whole.match_indices(text);
            places.any(|(at, _)| is_whole_at(whole, at) && is_whole_at(whole, at + text.len()))
        };
        let matches = |field: &MarkerValue| match field {
            MarkerValue::Text(field) => holds(field),
            number => holds(&number.to_string()),
        };
        text.is_empty() || holds(&self.text) || self.fields.iter().any(matches)
    }

    /// The words of its text fields.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().flat_map(|field| match field {
            MarkerValue::Text(text) => text.split_whitespace(),
            MarkerValue::Integer(_) | MarkerValue::Float(_) => "".split_whitespace(),
        })
    }
}

/// Whether no number is cut in two at byte `at`, a boundary of letters.
fn is_whole_at(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let ends_in_digit = before.ends_with(|c: char| c.is_ascii_digit());
    let goes_on = after.starts_with(|c: char| c.is_ascii_digit());
    let has_fraction = after
        .strip_prefix('.')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    !(ends_in_digit && (goes_on || has_fraction))
}

/// Add as much of `more` as fits, each control character as a blank, each that turns or hides text as U+FFFD; whether it was all.
fn append(text: &mut String, more: &str) -> bool {
    for c in more.chars() {
        let c = if c.is_control() {
            ' '
        } else {
            printable_char(c)
        };
        if text.len() + c.len_utf8() > MAX_TEXT_BYTES {
            return false;
        }
        text.push(c);
    }
    true
}

/// As it stands in a marker's text: whole numbers without a decimal point.
impl fmt::Display for MarkerValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => write_float(f, *value),
        }
    }
}

/// The fewest digits that mean this very number, sent in single precision or in double: 0.1 as `0.1` both times.
fn write_float(f: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    // beyond, zeros would be all there is to read
    const PLAIN: std::ops::Range<f64> = 1e-5..1e16;
    #[expect(clippy::cast_possible_truncation, reason = "it is tried, and compared")]
    let single = value as f32;
    let is_single = f64::from(single).to_bits() == value.to_bits();
    let is_plain = PLAIN.contains(&value.abs()) || !value.is_normal();
    match (is_single, is_plain) {
        _ if value == 0.0 => f.write_str("0"),
        (true, true) => write!(f, "{single}"),
        (false, true) => write!(f, "{value}"),
        (true, false) => write!(f, "{single:e}"),
        (false, false) => write!(f, "{value:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_kind_are_joined_by_a_blank() {
        let fields = [
            MarkerValue::Text("stim\ton".to_owned()),
            MarkerValue::Integer(i64::MIN),
            MarkerValue::Float(3.0),
            MarkerValue::Float(-0.25),
            MarkerValue::Float(f64::NAN),
            MarkerValue::Text(String::new()),
        ];
        assert_eq!(
            Marker::text_of(&fields),
            "stim on -9223372036854775808 3 -0.25 NaN "
        );
        assert_eq!(Marker::text_of(&[]), "");
    }

    #[test]
    fn text_that_steers_a_terminal_or_turns_what_stands_beside_it_is_tamed() {
        let marker = Marker::new(1.0, "a\u{1b}[2Jb\u{9b}c\u{202e}d\u{2066}e\u{200f}f");
        assert_eq!(marker.text, "a [2Jb c\u{fffd}d\u{fffd}e\u{fffd}f");
    }

    #[test]
    fn a_book_is_cut_between_letters_and_kept_whole_in_the_fields() {
        let book = format!("a{}", "\u{e4}".repeat(5000));
        let marker = Marker::new(1.0, &book);
        assert_eq!(marker.text.len(), MAX_TEXT_BYTES - 1);
        assert!(book.starts_with(&marker.text));
        assert_eq!(marker.fields, [MarkerValue::Text(book)]);
        let two = [
            MarkerValue::Text("x".repeat(MAX_TEXT_BYTES)),
            MarkerValue::Integer(1),
        ];
        assert_eq!(Marker::text_of(&two).len(), MAX_TEXT_BYTES);
    }

    fn numbers(fields: &[f64]) -> Marker {
        let fields: Vec<MarkerValue> = fields.iter().map(|&v| MarkerValue::Float(v)).collect();
        Marker {
            text: Marker::text_of(&fields),
            fields,
            ..Marker::new(1.0, "")
        }
    }

    #[test]
    fn a_number_is_written_as_short_as_it_was_sent() {
        let written = [
            0.1_f32.into(),
            0.1,
            -0.0,
            1.7e9,
            7.0,
            1e300,
            1e-9,
            f64::INFINITY,
        ]
        .map(|value| MarkerValue::Float(value).to_string());
        let expected = ["0.1", "0.1", "0", "1700000000", "7", "1e300", "1e-9", "inf"];
        assert_eq!(written, expected);
    }

    #[test]
    fn a_field_is_as_good_a_beginning_as_the_whole() {
        let mut unity = Marker::new(1.0, "");
        unity.fields = ["", " start speech.wav", "true"]
            .map(|text| MarkerValue::Text(text.to_owned()))
            .to_vec();
        unity.text = Marker::text_of(&unity.fields);
        assert!(unity.begins_with("start") && unity.begins_with("true"));
        assert!(!unity.begins_with("speech") && !unity.begins_with(""));
        assert!(unity.holds("speech.wav") && unity.holds("") && !unity.holds("music"));
        let emotiv = numbers(&[1.7e9, 5.0, 1.7e9]);
        assert!(emotiv.begins_with("5") && emotiv.begins_with("5.0") && emotiv.holds("5"));
        let json = Marker::new(1.0, "{\"event\": \"start\", \"id\": 3}");
        assert!(json.begins_with("{\"event\": \"start\"") && json.holds("\"id\": 3"));
    }

    #[test]
    fn numbers_are_matched_whole() {
        for (text, word, begins) in [
            ("1", "1", true),
            ("10", "1", false),
            ("1.5", "1", false),
            ("1. trial", "1", true),
            ("trial 12", "trial 1", false),
            ("trial 1 left", "trial 1", true),
            ("start1", "start", true),
        ] {
            assert_eq!(
                Marker::new(0.0, text).begins_with(word),
                begins,
                "{text:?} {word:?}"
            );
        }
        assert!(!numbers(&[10.0]).begins_with("1") && !numbers(&[10.0]).holds("1"));
        assert!(!Marker::new(0.0, "start 21").holds("1") && Marker::new(0.0, "start 1").holds("1"));
    }

    #[test]
    fn what_turns_or_hides_text_is_masked_where_it_is_shown() {
        let marker = Marker::new(0.0, "a\u{202e}b\u{200b}c\u{1b}[31m");
        assert_eq!(marker.text, "a\u{fffd}b\u{fffd}c [31m");
    }
}
