//! What each derivation is made of once electrodes are set aside: they leave averages and references.

use crate::dsp::{LaplacianPlan, laplacian_weights};
use crate::signal::{HEAD_RADIUS_M, Montage, Reference, electrode_position_m};

/// The derivations of a montage without the electrodes that are set aside.
///
/// A derivation is *out* when its own electrode is set aside, when nothing of its reference is left, or, of a pair, when either is. The others go on against
/// what is left of their reference. Allocates when electrodes change, not per sample.
pub(crate) struct Derived {
    /// `None` while no electrode is set aside: the montage as it is.
    terms: Option<Vec<Vec<(usize, f64)>>>,
    is_out: Vec<bool>,
}

/// What a change of the electrodes did to the derivations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rederived {
    /// Which are made of other electrodes, or of the same with other weights.
    pub(crate) is_other: Vec<bool>,
    /// Whether one that goes on is another signal from now on: what was averaged of it cannot go on.
    pub(crate) mixes: bool,
}

impl Derived {
    /// No electrode is set aside.
    pub(crate) fn new(montage: &Montage) -> Self {
        Self {
            terms: None,
            is_out: vec![false; montage.len()],
        }
    }

    /// Which derivations are out.
    pub(crate) fn is_out(&self) -> &[bool] {
        &self.is_out
    }

    /// Derive one sample. What is out reads as well as it can, for the eye.
    pub(crate) fn derive(&self, montage: &Montage, sample: &[f64], derived_uv: &mut [f64]) {
        let Some(terms) = &self.terms else {
            return montage.derive(sample, derived_uv);
        };
        for (uv, terms) in derived_uv.iter_mut().zip(terms) {
            *uv = terms.iter().map(|&(pick, w)| sample[pick] * w).sum();
        }
    }

    /// Electrodes of which `is_aside` says so are set aside from now on.
    pub(crate) fn set_aside(&mut self, montage: &Montage, is_aside: &[bool]) -> Rederived {
        let plain = |ch: usize| montage.derivations()[ch].terms.as_slice();
        let before = self.terms.take();
        let was_out = std::mem::take(&mut self.is_out);
        (self.is_out, self.terms) = derive_without(montage, is_aside);
        let of = |terms: &Option<Vec<Vec<(usize, f64)>>>, ch: usize| {
            terms
                .as_ref()
                .map_or_else(|| plain(ch).to_vec(), |terms| terms[ch].clone())
        };
        let is_other: Vec<bool> = (0..montage.len())
            .map(|ch| of(&before, ch) != of(&self.terms, ch))
            .collect();
        let mut go_on = is_other.iter().zip(was_out.iter().zip(&self.is_out));
        Rederived {
            mixes: go_on.any(|(is_other, (was, is))| *is_other && !was && !is),
            is_other,
        }
    }
}

type Terms = Vec<Vec<(usize, f64)>>;

/// Which derivations are out, and the terms of all; `None` for those of the montage.
fn derive_without(montage: &Montage, is_aside: &[bool]) -> (Vec<bool>, Option<Terms>) {
    if !is_aside.contains(&true) {
        return (vec![false; montage.len()], None);
    }
    let is_aside = |pick: usize| {
        let electrodes = montage.electrodes().iter().zip(is_aside);
        electrodes
            .into_iter()
            .any(|(e, is_aside)| e.pick == pick && *is_aside)
    };
    match montage.reference() {
        Reference::None | Reference::Bipolar(_) => {
            let is_out = |d: &crate::signal::Derivation| d.terms.iter().any(|t| is_aside(t.0));
            (montage.derivations().iter().map(is_out).collect(), None)
        }
        Reference::Average => {
            let all: Vec<usize> = montage.electrodes().iter().map(|e| e.pick).collect();
            against_mean(montage, &all, is_aside)
        }
        Reference::Channels(names) => {
            let pick_of = |name: &String| {
                let mut electrodes = montage.electrodes().iter();
                electrodes.find(|e| e.label == *name).map(|e| e.pick)
            };
            let named: Vec<usize> = names.iter().filter_map(pick_of).collect();
            against_mean(montage, &named, is_aside)
        }
        Reference::Laplacian => laplacian_without(montage, is_aside),
    }
}

/// Each channel against the mean of those of `references` that are left.
fn against_mean(
    montage: &Montage,
    references: &[usize],
    is_aside: impl Fn(usize) -> bool,
) -> (Vec<bool>, Option<Terms>) {
    let left = montage.electrodes().iter();
    let left: Vec<(usize, f64)> = left
        .filter(|e| references.contains(&e.pick) && !is_aside(e.pick))
        .map(|e| (e.pick, e.uv_per_unit))
        .collect();
    let share = 1.0 / left.len().max(1) as f64;
    let mut terms = Terms::new();
    let mut is_out = Vec::new();
    for derivation in montage.derivations() {
        let own = derivation.terms[0].0;
        let electrode = montage.electrodes().iter().find(|e| e.pick == own);
        let mut of = vec![(own, electrode.map_or(1.0, |e| e.uv_per_unit))];
        for &(pick, uv) in &left {
            if pick == own {
                of[0].1 -= uv * share;
            } else {
                of.push((pick, -uv * share));
            }
        }
        let reads_zero = left.len() == 1 && left[0].0 == own;
        is_out.push(is_aside(own) || left.is_empty() || reads_zero);
        terms.push(of);
    }
    (is_out, Some(terms))
}

/// Each channel against those of its neighbours that are left.
fn laplacian_without(
    montage: &Montage,
    is_aside: impl Fn(usize) -> bool,
) -> (Vec<bool>, Option<Terms>) {
    let n = montage.len();
    // term i of derivation i is its own electrode's
    let own = |ch: usize| montage.derivations()[ch].terms[ch].0;
    let left: Vec<usize> = (0..n).filter(|&ch| !is_aside(own(ch))).collect();
    let mut terms: Terms = montage
        .derivations()
        .iter()
        .map(|d| d.terms.clone())
        .collect();
    let mut is_out = vec![true; n];
    let labels = left.iter().map(|&ch| montage.label(ch));
    let Ok(weights) = laplacian_of(labels) else {
        return (is_out, Some(terms));
    };
    for (&ch, row) in left.iter().zip(weights.chunks_exact(left.len())) {
        is_out[ch] = false;
        let of = left.iter().zip(row).map(|(&other, weight)| {
            let electrode = montage.electrodes().iter().find(|e| e.pick == own(other));
            (
                own(other),
                electrode.map_or(1.0, |e| e.uv_per_unit) * weight,
            )
        });
        terms[ch] = of.collect();
    }
    (is_out, Some(terms))
}

/// Weights of the surface Laplacian of the electrodes of these 10-10 names.
///
/// # Errors
/// What is wrong, in words.
pub fn laplacian_of<'a>(labels: impl Iterator<Item = &'a str>) -> Result<Vec<f64>, String> {
    let positions: Result<Vec<[f64; 3]>, String> = labels
        .map(|label| {
            electrode_position_m(label).ok_or_else(|| {
                format!(
                    "channel {label:?} has no place in the 10-10 system; a surface Laplacian needs those of all channels analysed"
                )
            })
        })
        .collect();
    let plan = LaplacianPlan {
        radius_m: HEAD_RADIUS_M,
        ..LaplacianPlan::default()
    };
    laplacian_weights(&positions?, &plan).map_err(|error| error.to_string())
}
