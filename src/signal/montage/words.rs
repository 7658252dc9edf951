//! What a person is told of channels that are not there: which are, and what to type.

/// So many labels are listed; an amplifier has hundreds.
const MAX_LISTED: usize = 64;
/// So many are named in an example.
const MAX_NAMED: usize = 4;

/// The labels there are.
pub(super) fn listed(available: &[String]) -> String {
    let first = &available[..available.len().min(MAX_LISTED)];
    match available.len() - first.len() {
        0 => first.join(", "),
        n => format!("{} and {n} more", first.join(", ")),
    }
}

/// The label that was probably meant, as a question; nothing where none is near.
pub(super) fn question(label: &str, available: &[String]) -> String {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let near = available
        .iter()
        .find(|known| letters(known) == letters(label) && !letters(label).is_empty());
    near.map_or_else(String::new, |near| format!(" did you mean {near:?}?"))
}

/// The option to type to have some of them.
pub(super) fn option(available: &[String]) -> String {
    let some = &available[..available.len().min(MAX_NAMED)];
    let list = some.join(",");
    let is_plain = |c: char| c.is_alphanumeric() || "-_.+,".contains(c);
    if list.chars().all(is_plain) {
        format!("--channels {list}")
    } else {
        format!("--channels {list:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(n: usize) -> Vec<String> {
        (1..=n).map(|n| format!("E{n}")).collect()
    }

    #[test]
    fn of_hundreds_of_labels_the_first_are_listed_and_the_others_counted() {
        assert_eq!(listed(&labels(3)), "E1, E2, E3");
        assert!(listed(&labels(256)).ends_with("E64 and 192 more"));
    }

    #[test]
    fn a_label_written_otherwise_is_asked_about() {
        let there = ["Fp1".to_owned(), "EEG 002".to_owned()];
        assert_eq!(question("fp1", &there), " did you mean \"Fp1\"?");
        assert_eq!(question("eeg002", &there), " did you mean \"EEG 002\"?");
        assert_eq!(question("Cz", &there), "");
        assert_eq!(option(&there), "--channels \"Fp1,EEG 002\"");
        assert_eq!(option(&labels(9)), "--channels E1,E2,E3,E4");
    }
}
