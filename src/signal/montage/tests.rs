use super::*;
use crate::signal::{Channel, ValueFormat};

fn info(labels: &[(&str, ChannelKind, Option<f64>)]) -> StreamInfo {
    StreamInfo {
        name: "Amp".into(),
        stype: "EEG".into(),
        source_id: "amp-1".into(),
        uid: "u".into(),
        hostname: "h".into(),
        sample_rate_hz: 250.0,
        format: ValueFormat::Float32,
        n_channels: labels.len(),
        channels: labels
            .iter()
            .map(|&(label, kind, uv_per_unit)| Channel {
                label: label.into(),
                unit: String::new(),
                uv_per_unit,
                kind,
            })
            .collect(),
        ..StreamInfo::default()
    }
}

#[test]
fn eeg_channels_are_taken_and_calibrated_when_none_is_named() {
    let info = info(&[
        ("Cz", ChannelKind::Eeg, Some(1e6)),
        ("EOG", ChannelKind::Other, Some(1.0)),
        ("P4", ChannelKind::Eeg, None),
    ]);
    let montage = Montage::new(&info, &[]).unwrap();
    let mut derived_uv = [0.0; 2];
    montage.derive(&[2e-5, 7.0, 3.0], &mut derived_uv);
    assert_eq!(derived_uv, [20.0, 3.0]);
    assert!(montage.units_assumed());
}

#[test]
fn an_unknown_channel_is_refused_with_those_there_are() {
    let info = info(&[("Cz", ChannelKind::Eeg, None)]);
    let error = Montage::new(&info, &["Oz".into()]).unwrap_err();
    assert!(error.to_string().contains("\"Oz\"") && error.to_string().contains("Cz"));
    assert!(Montage::new(&info, &["Cz".into(), "Cz".into()]).is_err());
}

#[test]
fn pairs_are_found_either_way_round_even_with_hyphens_in_labels() {
    let info = info(&[
        ("T7-M1", ChannelKind::Eeg, None),
        ("Cz", ChannelKind::Eeg, None),
        ("P4", ChannelKind::Eeg, None),
    ]);
    let montage = Montage::new(&info, &[]).unwrap();
    assert_eq!(montage.all_pairs().len(), 3);
    assert!(montage.pairs(&[]).unwrap().is_empty());
    let found = montage.pairs(&["Cz-T7-M1".into()]).unwrap();
    assert_eq!(found, [Pair { a: 0, b: 1 }]);
    assert!(montage.pairs(&["Cz-Cz".into()]).is_err());
}

fn derived(labels: &[&str], reference: &Reference) -> (Vec<String>, Vec<f64>) {
    let info = info(&[
        ("Cz", ChannelKind::Eeg, Some(1.0)),
        ("P4", ChannelKind::Eeg, Some(1.0)),
        ("F8", ChannelKind::Eeg, Some(1e3)),
        ("M1", ChannelKind::Other, Some(1.0)),
        ("M2", ChannelKind::Other, None),
    ]);
    let labels: Vec<String> = labels.iter().map(|&label| label.into()).collect();
    let montage = Montage::with_reference(&info, &labels, reference).unwrap();
    let mut derived_uv = vec![0.0; montage.len()];
    montage.derive(&[12.0, 6.0, 3e-3, 2.0, 4.0], &mut derived_uv);
    assert_eq!(montage.reference(), reference);
    let labels = montage.derivations().iter().map(|d| d.label.clone());
    (labels.collect(), derived_uv)
}

#[test]
fn every_reference_is_subtracted_in_microvolts() {
    let names = |labels: &[&str]| -> Vec<String> { labels.iter().map(|&l| l.into()).collect() };
    assert_eq!(derived(&[], &Reference::None).1, [12.0, 6.0, 3.0]);
    let (_, average) = derived(&[], &Reference::Average);
    for (uv, expected) in average.iter().zip([5.0, -1.0, -4.0]) {
        assert!((uv - expected).abs() < 1e-12, "{average:?}");
    }
    let ears = Reference::Channels(names(&["M1", "M2"]));
    assert_eq!(derived(&["Cz", "F8"], &ears).1, [9.0, 0.0]);
    assert_eq!(ears.to_string(), "M1+M2");
    let own = Reference::Channels(names(&["P4"]));
    assert_eq!(derived(&[], &own), (names(&["Cz", "F8"]), vec![6.0, -3.0]));
    let bipolar = Reference::Bipolar(vec![("Cz".into(), "F8".into())]);
    assert_eq!(derived(&[], &bipolar), (names(&["Cz-F8"]), vec![9.0]));
}

#[test]
fn a_reference_that_leaves_nothing_is_refused() {
    let info = info(&[
        ("Cz", ChannelKind::Eeg, None),
        ("P4", ChannelKind::Eeg, None),
    ]);
    let refused = |labels: &[String], reference: Reference| {
        Montage::with_reference(&info, labels, &reference).unwrap_err()
    };
    let cz = ["Cz".to_owned()];
    let empty = |reference: &str| MontageError::Empty {
        reference: reference.into(),
    };
    assert_eq!(refused(&cz, Reference::Average), empty("average"));
    assert_eq!(refused(&cz, Reference::Channels(cz.to_vec())), empty("Cz"));
    assert_eq!(refused(&[], Reference::Channels(vec![])), empty(""));
    assert_eq!(refused(&[], Reference::Bipolar(vec![])), empty("bipolar"));
    let with_itself = vec![("Cz".to_owned(), "Cz".to_owned())];
    let error = refused(&[], Reference::Bipolar(with_itself));
    assert!(matches!(error, MontageError::Twice { .. }));
}

#[test]
fn channels_in_no_voltage_are_left_out_unless_they_are_named() {
    let mut info = info(&[
        ("A", ChannelKind::Eeg, Some(1.0)),
        ("B", ChannelKind::Eeg, None),
        ("C", ChannelKind::Eeg, None),
        ("D", ChannelKind::Eeg, None),
    ]);
    for (channel, unit) in info
        .channels
        .iter_mut()
        .zip(["uV", "counts", "n/a", "counts"])
    {
        unit.clone_into(&mut channel.unit);
    }
    let montage = Montage::new(&info, &[]).unwrap();
    let labels: Vec<&str> = (0..montage.len()).map(|ch| montage.label(ch)).collect();
    assert_eq!(labels, ["A", "C"]);
    let counted = ("counts".to_owned(), vec!["B".to_owned(), "D".to_owned()]);
    assert_eq!(montage.left_out(), std::slice::from_ref(&counted));
    assert!(montage.electrodes()[1].has_no_unit && montage.units_assumed());
    let named = Montage::new(&info, &["b".into()]).unwrap();
    assert_eq!(named.electrodes()[0].unread_unit, "counts");
    assert!(named.left_out().is_empty());
    info.channels.retain(|channel| channel.unit == "counts");
    let error = Montage::new(&info, &[]).unwrap_err();
    assert!(matches!(error, MontageError::NoVoltage { .. }));
    let words = error.to_string();
    assert!(
        words.contains("\"B\", \"D\" in \"counts\"") && words.contains("--unit"),
        "{words}"
    );
}
