//! Which signals are analysed, made of which channels, in which unit.

mod error;
mod words;

use std::collections::BTreeMap;

use crate::signal::{Channel, ChannelKind, StreamInfo, is_unstated};

pub use error::{MontageError, PairError};

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

/// A channel of the stream that some derivation is made of.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Electrode {
    /// What the stream calls it.
    pub label: String,
    /// Index of the channel in the stream.
    pub pick: usize,
    /// Microvolts per unit of it; 1 where its unit is unknown.
    pub uv_per_unit: f64,
    /// The unit that the stream states although it is no voltage that can be read; empty otherwise.
    pub unread_unit: String,
    /// Whether the stream states no unit, and microvolts were assumed.
    pub has_no_unit: bool,
}

/// Ordered list of what is analysed.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Montage {
    derivations: Vec<Derivation>,
    electrodes: Vec<Electrode>,
    n_stream_channels: usize,
    units_assumed: bool,
    /// EEG channels that nobody named and whose unit is no voltage that can be read: units, each with its labels.
    left_out: Vec<(String, Vec<String>)>,
    reference: Reference,
}

impl Montage {
    /// The channels called `labels`, or every EEG channel where `labels` is empty.
    ///
    /// A channel that states no unit is taken to be in microvolts, and [`units_assumed`](Self::units_assumed) says so. One whose unit is
    /// no voltage that can be read is [left out](Self::left_out), unless it is named.
    ///
    /// # Errors
    /// [`MontageError`] when a label is unknown or named twice, or no channel is left.
    pub fn new(info: &StreamInfo, labels: &[String]) -> Result<Self, MontageError> {
        let mut picks = picks_of(info, labels)?;
        let mut left_out = Vec::new();
        if labels.is_empty() {
            let is_eeg = |&pick: &usize| info.channels[pick].kind == ChannelKind::Eeg;
            let all = (0..info.channels.len()).filter(is_eeg);
            let unread;
            (unread, picks) = all.partition(|&pick| is_unread(&info.channels[pick]));
            left_out = by_unit(info, &unread);
        }
        if picks.is_empty() {
            return Err(if left_out.is_empty() {
                let available = info.listed_labels();
                MontageError::NoEeg { available }
            } else {
                MontageError::NoVoltage { units: left_out }
            });
        }
        let units_assumed = picks
            .iter()
            .any(|&pick| info.channels[pick].uv_per_unit.is_none());
        let derivations: Vec<Derivation> = picks
            .into_iter()
            .map(|pick| Derivation {
                label: info.channels[pick].label.clone(),
                terms: vec![(pick, info.channels[pick].uv_per_unit.unwrap_or(1.0))],
            })
            .collect();
        Ok(Self {
            electrodes: electrodes_of(info, &derivations),
            derivations,
            n_stream_channels: info.channels.len(),
            units_assumed,
            left_out,
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
        montage.electrodes = electrodes_of(info, &montage.derivations);
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
            electrodes: electrodes_of(info, &derivations),
            derivations,
            left_out: Vec::new(),
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

    /// EEG channels that nobody named and whose unit is no voltage that can be read: units, each with the labels of its channels.
    #[must_use]
    pub fn left_out(&self) -> &[(String, Vec<String>)] {
        &self.left_out
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

    /// The channels that the derivations are made of, references included, in the order in which they are first needed.
    #[must_use]
    pub fn electrodes(&self) -> &[Electrode] {
        &self.electrodes
    }

    /// The electrodes of one sample as recorded, before any reference: `uv` gets one value per electrode.
    pub fn electrodes_uv(&self, sample: &[f64], uv: &mut [f64]) {
        for (uv, electrode) in uv.iter_mut().zip(&self.electrodes) {
            *uv = sample[electrode.pick] * electrode.uv_per_unit;
        }
    }

    /// The electrodes that derivation `ch` is made of.
    #[must_use]
    pub fn electrodes_of(&self, ch: usize) -> Vec<usize> {
        let terms = &self.derivations[ch].terms;
        let electrodes = self.electrodes.iter().enumerate();
        let own = electrodes.filter(|(_, e)| terms.iter().any(|&(pick, _)| pick == e.pick));
        own.map(|(i, _)| i).collect()
    }

    /// Whether derivation `ch` is what electrode `electrode` records, alone or against something.
    #[must_use]
    pub fn records(&self, ch: usize, electrode: usize) -> bool {
        let (derivation, electrode) = (&self.derivations[ch], &self.electrodes[electrode]);
        match self.reference {
            Reference::Bipolar(_) => derivation.terms.iter().any(|t| t.0 == electrode.pick),
            _ => derivation.label == electrode.label,
        }
    }

    /// Unit of the derived signals.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        match self.reference {
            Reference::Laplacian => "uV/m^2",
            _ => "uV",
        }
    }

    /// Unit of their power.
    #[must_use]
    pub fn power_unit(&self) -> &'static str {
        match self.reference {
            Reference::Laplacian => "uV^2/m^4",
            _ => "uV^2",
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

    /// The pairs called `names`: `"A-B"`, either way round.
    ///
    /// # Errors
    /// [`PairError`] when a name is no pair of different derivations.
    pub fn pairs(&self, names: &[String]) -> Result<Vec<Pair>, PairError> {
        let all = self.all_pairs();
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
        let Some(pick) = info.channel_called(label) else {
            return Err(MontageError::NoSuchChannel {
                label: label.clone(),
                available: info.listed_labels(),
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

/// Whether a channel states a unit that is no voltage that can be read.
fn is_unread(channel: &Channel) -> bool {
    channel.uv_per_unit.is_none() && !is_unstated(&channel.unit)
}

/// The units of channels, each with its labels.
fn by_unit(info: &StreamInfo, picks: &[usize]) -> Vec<(String, Vec<String>)> {
    let mut units: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for &pick in picks {
        let Channel { unit, label, .. } = &info.channels[pick];
        units.entry(unit).or_default().push(label.clone());
    }
    let units = units.into_iter();
    units
        .map(|(unit, labels)| (unit.to_owned(), labels))
        .collect()
}

/// Labels in words: the first of many, and how many more.
#[must_use]
pub fn quoted(labels: &[String]) -> String {
    const MOST: usize = 4;
    let shown: Vec<String> = labels.iter().take(MOST).map(|l| format!("{l:?}")).collect();
    let n_more = labels.len() - shown.len();
    let more = if n_more > 0 {
        format!(" and {n_more} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

/// Calibration of a channel; 1 where its unit is unknown.
fn uv_per_unit(info: &StreamInfo, pick: usize) -> f64 {
    info.channels[pick].uv_per_unit.unwrap_or(1.0)
}

/// Every channel that derivations are made of, once.
fn electrodes_of(info: &StreamInfo, derivations: &[Derivation]) -> Vec<Electrode> {
    let mut electrodes: Vec<Electrode> = Vec::new();
    let mut is_known = vec![false; info.channels.len()];
    for &(pick, _) in derivations.iter().flat_map(|d| &d.terms) {
        if !std::mem::replace(&mut is_known[pick], true) {
            let channel = &info.channels[pick];
            let unread_unit = is_unread(channel).then(|| channel.unit.clone());
            electrodes.push(Electrode {
                label: channel.label.clone(),
                pick,
                uv_per_unit: uv_per_unit(info, pick),
                has_no_unit: channel.uv_per_unit.is_none() && unread_unit.is_none(),
                unread_unit: unread_unit.unwrap_or_default(),
            });
        }
    }
    electrodes
}

fn any_assumed(info: &StreamInfo, terms: &[(usize, f64)]) -> bool {
    let mut units = terms
        .iter()
        .map(|&(pick, _)| info.channels[pick].uv_per_unit);
    units.any(|unit| unit.is_none())
}

#[cfg(test)]
mod tests;
