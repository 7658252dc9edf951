//! Makes text from the network fit to be shown: every name, label, unit and marker passes through here when it is read, and so is tame wherever it comes out.

/// What stands for a character that must not be shown.
const REPLACEMENT: char = '\u{fffd}';

/// `text` without characters that steer a terminal, break a line of a log, or turn or hide what stands beside them.
///
/// Blanks stand for tabs and ends of lines, U+FFFD for every other one.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(printable_char).collect()
}

/// What is shown for `c`.
#[must_use]
pub fn printable_char(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => ' ',
        c if c.is_control() || is_invisible(c) => REPLACEMENT,
        c => c,
    }
}

/// Marks of direction, joiners, ends of lines and paragraphs, and spaces of no width.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{061c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_or_turns_text_is_replaced() {
        for hostile in [
            '\0', '\u{1b}', '\u{7}', '\u{7f}', '\u{85}', '\u{9b}', '\u{200b}', '\u{200f}',
            '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{feff}',
        ] {
            assert_eq!(
                printable(&format!("A{hostile}B")),
                "A\u{fffd}B",
                "{hostile:?}"
            );
        }
        assert_eq!(printable("A\nB\r\tC"), "A B  C");
    }

    #[test]
    fn names_in_every_script_stay_as_they_are() {
        for name in ["BrainAmp-1", "O'Brien", "Käthe µV", "脳波", "ЭЭГ", "🧠"] {
            assert_eq!(printable(name), name);
        }
    }
}
