//! Words as people write them.

/// Whether two words are the same but for case and blanks: `EEG`, `eeg ` and `E E G` are.
#[must_use]
pub fn same_word(a: &str, b: &str) -> bool {
    let letters = |text: &str| -> Vec<char> {
        let letters = text.chars().filter(|c| !c.is_whitespace());
        letters.flat_map(char::to_lowercase).collect()
    };
    letters(a) == letters(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_make_no_other_word() {
        assert!(same_word("eeg ", "EEG") && same_word("Stimulus Envelope", "StimulusEnvelope"));
        assert!(!same_word("EEG", "EEG2") && !same_word("", "EEG"));
    }
}
