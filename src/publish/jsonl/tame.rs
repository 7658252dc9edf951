//! Writes JSON that a terminal can show: what steers it, or turns or hides text, is escaped wherever it stands.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::signal::printable_char;

/// Write `value` as one line of JSON.
///
/// # Errors
/// When `out` does not take it.
pub fn write_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Tame))?;
    out.write_all(b"\n")
}

/// Compact JSON. serde escapes the oldest control characters alone.
struct Tame;

impl Formatter for Tame {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| printable_char(c) != c) {
            out.write_all(&rest.as_bytes()[..at])?;
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_read_back_as_it_was() {
        let text = "Größe 脳波 \u{1b}[31m\u{9b}2J\u{7f}\u{202e}\u{2066}\u{200f}\n\"\\";
        let mut line = Vec::new();
        write_line(&mut line, &[text]).unwrap();
        let line = String::from_utf8(line).unwrap();
        let body = line.strip_suffix('\n').unwrap();
        assert!(body.chars().all(|c| printable_char(c) == c), "{body:?}");
        assert!(
            body.contains("Größe 脳波") && body.contains("\\u202e"),
            "{body}"
        );
        let read: Vec<String> = serde_json::from_str(body).unwrap();
        assert_eq!(read, [text]);
    }
}
