//! Which signals are analysed, made of which channels, in which unit.

use crate::signal::{ChannelKind, StreamInfo};

/// One analysed signal: a weighted sum of channels, in microvolts.
///
/// A single channel has one term whose weight is its calibration; a bipolar pair has two.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Derivation {
    /// What the screen calls it, e.g. `Cz`.
    pub label: String,
    /// `(index of the channel in the stream, microvolts per unit of it)`.
    pub terms: Vec<(usize, f64)>,
}

/// Against what each channel is measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub enum Reference {
    /// As it came from the amplifier.
    #[default]
    None,
    /// The mean of the analysed channels. With four electrodes it is no neutral point: prefer pairs.
    Average,
    /// The mean of these channels of the stream, e.g. both ears; they need not be analysed.
    Channels(Vec<String>),
    /// The surface Laplacian: each channel against its neighbours on the head, in uV per square metre.
    Laplacian,
    /// Pairs of channels, the first less the second; they are the derivations, whatever channels are asked for.
    Bipolar(Vec<(String, String)>),
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("as recorded"),
            Self::Average => f.write_str("average"),
            Self::Channels(labels) => f.write_str(&labels.join("+")),
            Self::Laplacian => f.write_str("surface Laplacian, \u{b5}V/m\u{b2}"),
            Self::Bipolar(_) => f.write_str("bipolar"),
        }
    }
}

/// Two derivations whose coherence is wanted, as indices into the montage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Pair {
    /// First derivation.
    pub a: usize,
    /// Second derivation; `a < b`.
    pub b: usize,
}

/// Ordered list of what is analysed.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Montage {
    derivations: Vec<Derivation>,
    n_stream_channels: usize,
    units_assumed: bool,
    reference: Reference,
}

/// Why a montage does not fit a stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MontageError {
    /// A channel asked for is not in the stream.
    #[error("no channel {label:?} in the stream; it has {}", available.join(", "))]
    NoSuchChannel {
        /// The label asked for.
        label: String,
        /// The labels there are.
        available: Vec<String>,
    },
    /// A channel is asked for twice.
    #[error("channel {label:?} is named twice")]
    Twice {
        /// The label.
        label: String,
    },
    /// A reference leaves nothing to measure: no channel in it, a pair with itself, the average of one.
    #[error("a reference of {reference} leaves no signal; name two different channels, or none")]
    Empty {
        /// The reference as the screen calls it.
        reference: String,
    },
    /// Nothing to analyse.
    #[error("the stream has no EEG channel; name the channels to analyse in analysis.channels, there are {}", available.join(", "))]
    NoEeg {
        /// The labels there are.
        available: Vec<String>,
    },
}

/// Why a pair of channels was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no pair {pair:?}: write two different analysed channels as \"A-B\"; there are {}", available.join(", "))]
pub struct PairError {
    /// The pair as written.
    pub pair: String,
    /// The labels of the montage.
    pub available: Vec<String>,
}

impl Montage {
    /// The channels called `labels`, or every EEG channel where `labels` is empty.
    ///
    /// A channel without a known voltage unit is taken to be in microvolts, and
    /// [`units_assumed`](Self::units_assumed) says so.
    ///
    /// # Errors
    /// [`MontageError`] when a label is unknown or named twice, or no channel is left.
    pub fn new(info: &StreamInfo, labels: &[String]) -> Result<Self, MontageError> {
        let mut picks = picks_of(info, labels)?;
        if labels.is_empty() {
            picks = (0..info.channels.len())
                .filter(|&pick| info.channels[pick].kind == ChannelKind::Eeg)
                .collect();
        }
        if picks.is_empty() {
            return Err(MontageError::NoEeg {
                available: info.channels.iter().map(|c| c.label.clone()).collect(),
            });
        }
        let units_assumed = picks
            .iter()
            .any(|&pick| info.channels[pick].uv_per_unit.is_none());
        let derivations = picks
            .into_iter()
            .map(|pick| Derivation {
                label: info.channels[pick].label.clone(),
                terms: vec![(pick, info.channels[pick].uv_per_unit.unwrap_or(1.0))],
            })
            .collect();
        Ok(Self {
            derivations,
            n_stream_channels: info.channels.len(),
            units_assumed,
            reference: Reference::None,
        })
    }

    /// The channels called `labels` (every EEG channel where empty), each against `reference`.
    ///
    /// A channel that is the whole reference drops out: it would read 0. One that is part of it stays.
    ///
    /// # Errors
    /// [`MontageError`] as for [`new`](Self::new), and when the reference leaves nothing to measure.
    pub fn with_reference(
        info: &StreamInfo,
        labels: &[String],
        reference: &Reference,
    ) -> Result<Self, MontageError> {
        if let Reference::Bipolar(pairs) = reference {
            return Self::bipolar(info, pairs);
        }
        let mut montage = Self::new(info, labels)?;
        let subtracted: Vec<(usize, f64)> = match reference {
            Reference::Average => {
                let singles = montage.derivations.iter();
                singles.flat_map(|single| single.terms.clone()).collect()
            }
            Reference::Channels(names) => {
                let named = picks_of(info, names)?.into_iter();
                named.map(|pick| (pick, uv_per_unit(info, pick))).collect()
            }
            Reference::None | Reference::Laplacian | Reference::Bipolar(_) => return Ok(montage),
        };
        montage.units_assumed |= any_assumed(info, &subtracted);
        montage
            .derivations
            .retain(|single| single.terms != subtracted);
        if subtracted.is_empty() || montage.derivations.is_empty() {
            return Err(MontageError::Empty {
                reference: reference.to_string(),
            });
        }
        let share = 1.0 / subtracted.len() as f64;
        for derivation in &mut montage.derivations {
            for &(pick, uv) in &subtracted {
                match derivation.terms.iter_mut().find(|term| term.0 == pick) {
                    Some(term) => term.1 -= uv * share,
                    None => derivation.terms.push((pick, -uv * share)),
                }
            }
        }
        montage.reference = reference.clone();
        Ok(montage)
    }

    /// The derivations of `self`, each replaced by a weighted sum of all of them: row `i` of `weights` makes derivation `i`. The
    /// weights of a surface Laplacian come from `dsp::laplacian_weights`.
    ///
    /// # Panics
    /// Unless there is one weight for each pair of derivations: a bug.
    #[must_use]
    pub fn weighted(mut self, weights: &[f64], reference: Reference) -> Self {
        let n = self.derivations.len();
        assert_eq!(weights.len(), n * n, "a row of weights per derivation");
        let plain: Vec<Vec<(usize, f64)>> =
            self.derivations.iter().map(|d| d.terms.clone()).collect();
        for (derivation, row) in self.derivations.iter_mut().zip(weights.chunks_exact(n)) {
            let terms = plain.iter().zip(row).flat_map(|(terms, weight)| {
                terms.iter().map(move |&(pick, uv)| (pick, uv * weight))
            });
            derivation.terms = terms.collect();
        }
        self.reference = reference;
        self
    }

    /// Differences of two channels each, called `A-B`.
    fn bipolar(info: &StreamInfo, pairs: &[(String, String)]) -> Result<Self, MontageError> {
        let mut derivations: Vec<Derivation> = Vec::new();
        for (first, second) in pairs {
            let picks = picks_of(info, &[first.clone(), second.clone()])?;
            let label = format!("{first}-{second}");
            if derivations.iter().any(|earlier| earlier.label == label) {
                return Err(MontageError::Twice { label });
            }
            let signed = picks.into_iter().zip([1.0, -1.0]);
            derivations.push(Derivation {
                label,
                terms: signed
                    .map(|(pick, sign)| (pick, sign * uv_per_unit(info, pick)))
                    .collect(),
            });
        }
        let reference = Reference::Bipolar(pairs.to_vec());
        if derivations.is_empty() {
            return Err(MontageError::Empty {
                reference: reference.to_string(),
            });
        }
        let mut terms = derivations.iter().map(|derivation| &derivation.terms);
        Ok(Self {
            units_assumed: terms.any(|terms| any_assumed(info, terms)),
            n_stream_channels: info.channels.len(),
            derivations,
            reference,
        })
    }

    /// Against what the derivations are measured.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The derivations, in order.
    #[must_use]
    pub fn derivations(&self) -> &[Derivation] {
        &self.derivations
    }

    /// How many derivations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.derivations.len()
    }

    /// Never true for a montage made by [`new`](Self::new).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.derivations.is_empty()
    }

    /// Label of derivation `ch`.
    #[must_use]
    pub fn label(&self, ch: usize) -> &str {
        &self.derivations[ch].label
    }

    /// Channels the stream must have for this montage to fit.
    #[must_use]
    pub fn n_stream_channels(&self) -> usize {
        self.n_stream_channels
    }

    /// Whether some channel's unit was unknown and microvolts were assumed.
    #[must_use]
    pub fn units_assumed(&self) -> bool {
        self.units_assumed
    }

    /// Derive one sample: `sample` holds the stream's values, `derived_uv` gets one per derivation.
    pub fn derive(&self, sample: &[f64], derived_uv: &mut [f64]) {
        for (uv, derivation) in derived_uv.iter_mut().zip(&self.derivations) {
            *uv = derivation
                .terms
                .iter()
                .map(|&(pick, uv_per_unit)| sample[pick] * uv_per_unit)
                .sum();
        }
    }

    /// `A-B`, the name of a pair of derivations.
    #[must_use]
    pub fn pair_name(&self, pair: Pair) -> String {
        format!("{}-{}", self.label(pair.a), self.label(pair.b))
    }

    /// Every pair, in the order of the upper triangle.
    #[must_use]
    pub fn all_pairs(&self) -> Vec<Pair> {
        (0..self.len())
            .flat_map(|a| (a + 1..self.len()).map(move |b| Pair { a, b }))
            .collect()
    }

    /// The pairs called `names` (`"A-B"`, either way round), or every pair where `names` is empty.
    ///
    /// # Errors
    /// [`PairError`] when a name is no pair of different derivations.
    pub fn pairs(&self, names: &[String]) -> Result<Vec<Pair>, PairError> {
        let all = self.all_pairs();
        if names.is_empty() {
            return Ok(all);
        }
        names
            .iter()
            .map(|name| {
                let is_called = |pair: &&Pair| {
                    let (a, b) = (self.label(pair.a), self.label(pair.b));
                    *name == format!("{a}-{b}") || *name == format!("{b}-{a}")
                };
                all.iter()
                    .find(is_called)
                    .copied()
                    .ok_or_else(|| PairError {
                        pair: name.clone(),
                        available: self.derivations.iter().map(|d| d.label.clone()).collect(),
                    })
            })
            .collect()
    }
}

/// Indices of the channels called `labels`, in that order.
fn picks_of(info: &StreamInfo, labels: &[String]) -> Result<Vec<usize>, MontageError> {
    let mut picks = Vec::new();
    for label in labels {
        let pick = info.channels.iter().position(|c| c.label == *label);
        let Some(pick) = pick else {
            return Err(MontageError::NoSuchChannel {
                label: label.clone(),
                available: info.channels.iter().map(|c| c.label.clone()).collect(),
            });
        };
        if picks.contains(&pick) {
            return Err(MontageError::Twice {
                label: label.clone(),
            });
        }
        picks.push(pick);
    }
    Ok(picks)
}

/// Calibration of a channel; 1 where its unit is unknown.
fn uv_per_unit(info: &StreamInfo, pick: usize) -> f64 {
    info.channels[pick].uv_per_unit.unwrap_or(1.0)
}

fn any_assumed(info: &StreamInfo, terms: &[(usize, f64)]) -> bool {
    let mut units = terms
        .iter()
        .map(|&(pick, _)| info.channels[pick].uv_per_unit);
    units.any(|unit| unit.is_none())
}

#[cfg(test)]
mod tests {
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
        assert_eq!(montage.pairs(&[]).unwrap().len(), 3);
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
}
