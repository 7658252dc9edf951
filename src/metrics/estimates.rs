//! Measures as they travel in a snapshot: each with what it needs to be understood.

use crate::dsp::{BandSnr, Connectivity, Interval};
use crate::metrics::artefact::Verdict;
use crate::metrics::emg::EmgIndex;

/// Confidence of every interval shown.
pub const CONFIDENCE: f64 = 0.95;

/// One channel in one band.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct BandPower {
    /// One-sided PSD integrated over the band, uV^2; not a number without an accepted segment.
    pub power_uv2: f64,
    /// Degrees of freedom of the power.
    pub dof: f64,
    /// The power over that of a power law through the band's flanks; `None` where they hold too few bins.
    pub snr: Option<BandSnr>,
}

impl BandPower {
    pub(super) const NONE: Self = Self {
        power_uv2: f64::NAN,
        dof: 0.0,
        snr: None,
    };

    /// Where the true power lies, uV^2, with 95 % probability. Takes a quantile: not for the hop.
    #[must_use]
    pub fn interval_uv2(&self) -> Option<Interval> {
        Interval::of_power(self.power_uv2, self.dof, CONFIDENCE)
    }

    /// Change of the power against `rest`, dB, with its 95 % interval. Takes a quantile: not for the hop.
    #[must_use]
    pub fn change_db(&self, rest: &Self) -> Option<Change> {
        let ratio = self.power_uv2 / rest.power_uv2;
        let interval_db = Interval::of_ratio(ratio, self.dof, rest.dof, CONFIDENCE)?.in_db();
        Some(Change {
            db: 10.0 * ratio.log10(),
            interval_db,
        })
    }
}

/// A change against rest.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Change {
    /// `10 log10(P / P_rest)`.
    pub db: f64,
    /// Where the true change lies with 95 % probability, dB.
    pub interval_db: Interval,
}

/// One pair of channels in one band.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct BandCoherence {
    /// [`band_msc`](crate::dsp::band_msc) over the band's bins.
    pub msc: f64,
    /// What independent signals exceed with probability alpha over the segments that both channels have; `None` below two.
    pub critical: Option<f64>,
    /// Every measure, averaged over the band's bins as mne-connectivity's `faverage` does; `None` below two segments.
    pub measures: Option<Connectivity>,
    /// [`band_msc`](crate::dsp::band_msc) of the partial coherence given the stimulus; `None` without one.
    pub partial_msc: Option<f64>,
}

impl BandCoherence {
    pub(super) const NONE: Self = Self {
        msc: f64::NAN,
        critical: None,
        measures: None,
        partial_msc: None,
    };
}

/// How well one channel records.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct ChannelQuality {
    /// Signs of muscle in the newest accepted segment; `None` before the first.
    pub emg: Option<EmgIndex>,
    /// The mains in the averages, uV rms; 0 where it is off the axis.
    pub mains_uv: f64,
}

impl ChannelQuality {
    pub(super) const UNKNOWN: Self = Self {
        emg: None,
        mains_uv: 0.0,
    };
}

/// What was not accepted, and why.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Rejections {
    /// Segments that were due.
    pub n_checked: u64,
    /// Segments that each rule rejected, in the order of [`ArtefactRule::ALL`](crate::metrics::artefact::ArtefactRule::ALL).
    pub by_rule: [u64; crate::metrics::artefact::ArtefactRule::ALL.len()],
    /// Why the newest segment was rejected, if it was.
    pub newest: Option<Verdict>,
}
