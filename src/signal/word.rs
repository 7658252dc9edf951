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

/// Which of `labels` is meant by `label`: the same to the letter, or else the only one that is the same but for case and blanks.
#[must_use]
pub fn position_called<'a>(
    labels: impl Iterator<Item = &'a str> + Clone,
    label: &str,
) -> Option<usize> {
    let exact = labels.clone().position(|known| known == label);
    exact.or_else(|| {
        let mut alike = labels
            .enumerate()
            .filter(|(_, known)| same_word(known, label));
        let (position, _) = alike.next()?;
        alike.next().is_none().then_some(position)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_make_no_other_word() {
        assert!(same_word("eeg ", "EEG") && same_word("Stimulus Envelope", "StimulusEnvelope"));
        assert!(!same_word("EEG", "EEG2") && !same_word("", "EEG"));
    }

    #[test]
    fn a_label_means_its_own_channel_first_and_another_case_only_where_there_is_one() {
        let called = |label| position_called(["T7", "Cz", "t7", "Fp1"].into_iter(), label);
        assert_eq!([called("T7"), called("t7")], [Some(0), Some(2)]);
        assert_eq!([called("fp 1"), called("T 7")], [Some(3), None]);
    }
}
