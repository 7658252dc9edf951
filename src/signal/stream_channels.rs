//! A stream's channels by their labels and units.

use crate::signal::voltage_unit::{is_other_quantity, microvolts_per_unit};
use crate::signal::{StreamInfo, position_called};

/// So many labels are listed in a message.
const MOST_LISTED: usize = 40;

impl StreamInfo {
    /// The channel called `label`: to the letter, or else the only one of this name but for case and blanks.
    #[must_use]
    pub fn channel_called(&self, label: &str) -> Option<usize> {
        let labels = self.channels.iter().map(|channel| channel.label.as_str());
        position_called(labels, label)
    }

    /// The labels there are, for a message: of very many the first, and how many more.
    #[must_use]
    pub fn listed_labels(&self) -> Vec<String> {
        let labels = self.channels.iter().take(MOST_LISTED);
        let mut listed: Vec<String> = labels.map(|channel| channel.label.clone()).collect();
        let n_more = self.channels.len() - listed.len();
        if n_more > 0 {
            listed.push(format!("and {n_more} more"));
        }
        listed
    }

    /// The same stream with every channel in `unit`, but for those that measure another quantity by their own unit.
    #[must_use]
    pub fn in_unit(&self, unit: &str) -> Self {
        let mut info = self.clone();
        for channel in &mut info.channels {
            if !is_other_quantity(&channel.unit) {
                unit.clone_into(&mut channel.unit);
                channel.uv_per_unit = microvolts_per_unit(unit);
            }
        }
        info
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Channel, ChannelKind};

    fn stream(channels: &[(&str, &str)]) -> StreamInfo {
        let channel = |&(label, unit): &(&str, &str)| Channel {
            label: label.into(),
            unit: unit.into(),
            uv_per_unit: microvolts_per_unit(unit),
            kind: ChannelKind::Eeg,
        };
        StreamInfo {
            channels: channels.iter().map(channel).collect(),
            ..StreamInfo::default()
        }
    }

    #[test]
    fn a_channel_is_found_to_the_letter_or_where_no_other_is_alike() {
        let info = stream(&[("Fp1", ""), ("FP2", ""), ("fp2", ""), ("EEG, left", "")]);
        let found = ["Fp1", "fp1 ", "fp2", "Fp2", "eeg,left", "Cz"];
        let picks = found.map(|label| info.channel_called(label));
        assert_eq!(picks, [Some(0), Some(0), Some(2), None, Some(3), None]);
    }

    #[test]
    fn a_unit_that_is_told_counts_for_all_but_other_quantities() {
        let info = stream(&[
            ("A", "counts"),
            ("B", ""),
            ("C", "uV"),
            ("D", "g"),
            ("E", "%"),
        ]);
        let told = info.in_unit("0.1 uV").channels;
        let uv: Vec<Option<f64>> = told.iter().map(|channel| channel.uv_per_unit).collect();
        assert_eq!(uv, [Some(0.1), Some(0.1), Some(0.1), None, None]);
        assert_eq!((&*told[0].unit, &*told[3].unit), ("0.1 uV", "g"));
    }

    #[test]
    fn of_very_many_labels_the_first_are_listed() {
        let info = stream(&vec![("A", ""); 16_384]);
        let listed = info.listed_labels();
        assert_eq!((listed.len(), &*listed[40]), (41, "and 16344 more"));
    }
}
