//! Which segments are no EEG: rules that name themselves, and how often each fired.
//!
//! Defaults follow what awake EEG allows (alpha alone exceeds 40 uV). Nothing here adapts: a rule does what its settings say
//! until somebody changes them, and rejected time counts towards nothing. Rules look at electrodes as they were recorded, before any re-reference.

use serde::{Deserialize, Serialize};

use crate::metrics::settings::whole_samples;
use crate::signal::off;

/// Why a segment was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ArtefactRule {
    /// Samples never came.
    Lost,
    /// The same extreme value over and over: the amplifier is at its rail.
    Clipped,
    /// Next to no signal: an electrode is off or shorted.
    Flat,
    /// Highest less lowest value is too much.
    PeakToPeak,
    /// A value is too far from 0 after the high-pass.
    Amplitude,
    /// No channel is left: each lacks numbers or is set aside.
    NoChannel,
}

impl ArtefactRule {
    /// Every rule, in the order in which they are asked.
    pub const ALL: [Self; 6] = [
        Self::Lost,
        Self::Clipped,
        Self::Flat,
        Self::PeakToPeak,
        Self::Amplitude,
        Self::NoChannel,
    ];

    /// What the screen calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost samples",
            Self::Clipped => "clipped",
            Self::Flat => "flat",
            Self::PeakToPeak => "peak-to-peak",
            Self::Amplitude => "amplitude",
            Self::NoChannel => "no usable channel",
        }
    }
}

/// Limits of the rules; `None` turns one off. Lost samples always reject.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArtefactLimits {
    /// Greatest peak-to-peak value of a segment after the same high-pass (drift is no artefact).
    #[serde(with = "off")]
    pub peak_to_peak_uv: Option<f64>,
    /// Greatest magnitude after a 1 Hz high-pass.
    #[serde(with = "off")]
    pub amplitude_uv: Option<f64>,
    /// Peak-to-peak value below which [`flat_secs`](Self::flat_secs) of signal are flat.
    #[serde(with = "off")]
    pub flat_uv: Option<f64>,
    /// How long.
    pub flat_secs: f64,
    /// How many samples in a row at the segment's very highest or lowest value are a rail; at least 2.
    #[serde(with = "off")]
    pub clipped_samples: Option<usize>,
}

impl Default for ArtefactLimits {
    fn default() -> Self {
        Self {
            peak_to_peak_uv: Some(150.0),
            amplitude_uv: Some(100.0),
            flat_uv: Some(0.5),
            flat_secs: 1.0,
            clipped_samples: Some(5),
        }
    }
}

/// Why a segment was rejected, and by which electrode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The rule.
    pub rule: ArtefactRule,
    /// The first electrode that broke it, as index into [`Montage::electrodes`](crate::signal::Montage::electrodes).
    pub electrode: usize,
}

/// Applies the limits to segments of one rate and counts.
#[derive(Debug, Clone)]
pub struct ArtefactCheck {
    limits: ArtefactLimits,
    sample_rate_hz: f64,
    flat_samples: usize,
    n_fired: [u64; ArtefactRule::ALL.len()],
    n_checked: u64,
}

impl ArtefactCheck {
    /// Plans the check at `sample_rate_hz`.
    #[must_use]
    pub fn new(limits: ArtefactLimits, sample_rate_hz: f64) -> Self {
        Self {
            flat_samples: whole_samples(limits.flat_secs * sample_rate_hz).max(2),
            limits,
            sample_rate_hz,
            n_fired: [0; ArtefactRule::ALL.len()],
            n_checked: 0,
        }
    }

    /// Check all channels of a segment: each one's `raw_uv` as it came (clipping and flat lines are lost by filtering or
    /// re-referencing) and `high_passed_uv` after the 1 Hz high-pass; `None` for one that is not judged. The first rule that a channel breaks, counted once for
    /// the segment. Allocates nothing.
    pub fn check<'a>(
        &mut self,
        channels: impl Iterator<Item = Option<(&'a [f64], &'a [f64])>>,
    ) -> Option<Verdict> {
        self.n_checked += 1;
        let verdict = channels.enumerate().find_map(|(ch, segment)| {
            let (raw, high_passed) = segment?;
            let mut rules = ArtefactRule::ALL.into_iter();
            let rule = rules.find(|rule| self.fires(*rule, raw, high_passed))?;
            Some(Verdict {
                rule,
                electrode: ch,
            })
        });
        if let Some(verdict) = verdict {
            self.n_fired[verdict.rule as usize] += 1;
        }
        verdict
    }

    /// Apply other limits from now on; the counts go on.
    pub fn set_limits(&mut self, limits: ArtefactLimits) {
        let rate_hz = self.sample_rate_hz;
        self.limits = limits;
        self.flat_samples = whole_samples(limits.flat_secs * rate_hz).max(2);
    }

    /// Go on counting where `before` stands.
    pub fn continue_counts(&mut self, before: &Self) {
        self.n_fired = before.n_fired;
        self.n_checked = before.n_checked;
    }

    /// Count segments that were never complete.
    pub fn count_lost(&mut self, n_segments: u64) {
        self.n_checked += n_segments;
        self.n_fired[ArtefactRule::Lost as usize] += n_segments;
    }

    /// Count a segment of which no channel is left; `electrode` is one that says why.
    pub fn reject_all(&mut self, electrode: usize) -> Verdict {
        self.n_checked += 1;
        self.n_fired[ArtefactRule::NoChannel as usize] += 1;
        Verdict {
            rule: ArtefactRule::NoChannel,
            electrode,
        }
    }

    /// Segments that each rule rejected, in the order of [`ArtefactRule::ALL`].
    #[must_use]
    pub fn n_fired(&self) -> [u64; ArtefactRule::ALL.len()] {
        self.n_fired
    }

    /// Segments checked.
    #[must_use]
    pub fn n_checked(&self) -> u64 {
        self.n_checked
    }

    fn fires(&self, rule: ArtefactRule, raw_uv: &[f64], high_passed_uv: &[f64]) -> bool {
        let limits = &self.limits;
        match rule {
            // counted where they are found
            ArtefactRule::Lost | ArtefactRule::NoChannel => false,
            ArtefactRule::Clipped => limits
                .clipped_samples
                .is_some_and(|n| longest_at_extreme(raw_uv) >= n.max(2)),
            ArtefactRule::Flat => limits
                .flat_uv
                .is_some_and(|uv| has_flat(raw_uv, uv, self.flat_samples)),
            ArtefactRule::PeakToPeak => limits.peak_to_peak_uv.is_some_and(|limit| {
                let (lo, hi) = extremes(high_passed_uv);
                hi - lo > limit
            }),
            ArtefactRule::Amplitude => limits
                .amplitude_uv
                .is_some_and(|limit| high_passed_uv.iter().any(|uv| uv.abs() > limit)),
        }
    }
}

fn extremes(values: &[f64]) -> (f64, f64) {
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| {
            (lo.min(*v), hi.max(*v))
        })
}

/// Longest run of samples exactly at the highest or the lowest value; 0 where all are equal, which is flat, not clipped.
fn longest_at_extreme(values: &[f64]) -> usize {
    let (lo, hi) = extremes(values);
    let mut longest = 0;
    let mut run = 0;
    let mut previous = f64::NAN;
    for &value in values {
        let at_extreme = value.to_bits() == hi.to_bits() || value.to_bits() == lo.to_bits();
        run = match at_extreme {
            true if value.to_bits() == previous.to_bits() => run + 1,
            true => 1,
            false => 0,
        };
        longest = longest.max(run);
        previous = value;
    }
    if lo < hi { longest } else { 0 }
}

/// Whether some `n` samples in a row span less than `limit`.
fn has_flat(values: &[f64], limit: f64, n: usize) -> bool {
    let (mut start, mut lo, mut hi) = (0, f64::INFINITY, f64::NEG_INFINITY);
    for (i, &value) in values.iter().enumerate() {
        (lo, hi) = (lo.min(value), hi.max(value));
        if hi - lo >= limit {
            // begin again with as much of the past as still fits
            (start, lo, hi) = (i, value, value);
            while start > 0 {
                let before = values[start - 1];
                let (wider_lo, wider_hi) = (lo.min(before), hi.max(before));
                if wider_hi - wider_lo >= limit {
                    break;
                }
                (start, lo, hi) = (start - 1, wider_lo, wider_hi);
            }
        }
        if i + 1 - start >= n {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eeg(amplitude_uv: f64) -> Vec<f64> {
        (0..500)
            .map(|n| amplitude_uv * (f64::from(n) * 0.25).sin() + 1e-3 * f64::from(n % 7))
            .collect()
    }

    fn fired(raw_uv: &[f64], high_passed_uv: &[f64]) -> Option<ArtefactRule> {
        let mut check = ArtefactCheck::new(ArtefactLimits::default(), 250.0);
        let verdict = check.check(std::iter::once(Some((raw_uv, high_passed_uv))));
        verdict.map(|verdict| verdict.rule)
    }

    #[test]
    fn clean_eeg_passes_and_each_fault_is_called_by_its_name() {
        let clean = eeg(40.0);
        assert_eq!(fired(&clean, &clean), None);
        assert_eq!(
            fired(&eeg(80.0), &eeg(80.0)),
            Some(ArtefactRule::PeakToPeak)
        );
        let shifted: Vec<f64> = clean.iter().map(|uv| uv + 70.0).collect();
        assert_eq!(fired(&clean, &shifted), Some(ArtefactRule::Amplitude));
        let clipped: Vec<f64> = clean.iter().map(|uv| uv.min(30.0)).collect();
        assert_eq!(fired(&clipped, &clean), Some(ArtefactRule::Clipped));
    }

    #[test]
    fn flat_means_a_whole_second_anywhere() {
        let mut values = eeg(40.0);
        for (n, uv) in values[100..349].iter_mut().enumerate() {
            *uv = 0.2 * (n as f64).sin();
        }
        assert_eq!(fired(&values, &values), None, "a sample too short");
        values[349] = 0.0;
        assert_eq!(fired(&values, &values), Some(ArtefactRule::Flat));
        assert_eq!(fired(&[3.0; 500], &[0.0; 500]), Some(ArtefactRule::Flat));
    }

    #[test]
    fn counts_are_kept_per_rule_and_a_rule_can_be_off() {
        let limits = ArtefactLimits {
            peak_to_peak_uv: None,
            amplitude_uv: None,
            ..ArtefactLimits::default()
        };
        let mut check = ArtefactCheck::new(limits, 250.0);
        let (loud, silent) = (eeg(500.0), [0.0; 500]);
        assert_eq!(check.check([Some((&*loud, &*loud))].into_iter()), None);
        let both = [None, Some((&silent[..], &silent[..]))];
        let flat = Verdict {
            rule: ArtefactRule::Flat,
            electrode: 1,
        };
        assert_eq!(check.check(both.into_iter()), Some(flat));
        check.count_lost(2);
        assert_eq!(
            (check.n_fired(), check.n_checked()),
            ([2, 0, 1, 0, 0, 0], 4)
        );
    }
}
