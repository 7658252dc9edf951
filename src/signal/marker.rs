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
    /// What is shown and matched: the fields joined by a blank, control characters replaced by blanks, those that turn or hide text by U+FFFD, cut at
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
            Self::Float(value) => value.fmt(f),
        }
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
}
