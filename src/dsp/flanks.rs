//! Signal to background: a band against a power law through its flanks.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};
use statrs::function::gamma::digamma;
use std::ops::Range;

use crate::dsp::{FreqAxis, band_dof};

/// What of the flanks is background.
#[derive(Debug, Clone, PartialEq)]
pub struct FlankRule {
    /// Width `W` of each flank; 3 to 5 Hz.
    pub width_hz: f64,
    /// Distance of the flanks from the band.
    pub distance_hz: f64,
    /// Mains frequency, if known: it and its harmonics are left out.
    pub mains_hz: Option<f64>,
    /// What is left out on each side of a line, at least two bins.
    pub guard_hz: f64,
    /// Other bands, `(lo, hi)`: left out.
    pub other_bands_hz: Vec<(f64, f64)>,
    /// Bins that must be left in each flank.
    pub min_bins: usize,
}

impl Default for FlankRule {
    /// 4 Hz wide, 1 Hz from the band; no mains, no other bands.
    fn default() -> Self {
        Self {
            width_hz: 4.0,
            distance_hz: 1.0,
            mains_hz: None,
            guard_hz: 1.0,
            other_bands_hz: Vec::new(),
            min_bins: 2,
        }
    }
}

/// Plans the signal-to-background ratio of one band.
///
/// `bg(f) = exp(linear fit of ln S against ln f over both flanks)`, `SNR = mean_band S / mean_band bg`: 1 for a pure power law.
/// The flanks are `[lo - 1 - W, lo - 1]` and `[hi + 1, hi + 1 + W]` without the mains and other bands. A flank that a line touches
/// goes on `W` beyond the line's guard; what is left between band and line is dropped if no wider than the guard, and the guard beyond the line
/// is then doubled. So 53-56 Hz has 45-48 and 57-61 at 50 Hz mains, 48-52, 57-59 and 61-65 at 60 Hz.
#[derive(Debug, Clone, PartialEq)]
pub struct FlankFit {
    /// Bins of the band with their share in it.
    band: Vec<(usize, f64)>,
    /// Bins of the flanks, ascending.
    flanks: Vec<usize>,
    /// `ln f` of the band's bins, less the mean over the flanks'.
    band_x: Vec<f64>,
    /// `ln f` of the flanks' bins less their mean, over the sum of its square: gives the slope.
    slope_of: Vec<f64>,
    /// Weight of each of the flanks' bins in the logarithm of the background at the middle of the band; they sum to 1.
    pull: Vec<f64>,
}

/// A band's power over that of its background.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct BandSnr {
    /// `mean_band S / mean_band bg`.
    pub ratio: f64,
    /// Degrees of freedom of a band that continues its flanks.
    pub band_dof: f64,
    /// Degrees of freedom of the background that the flanks predict in the band.
    pub flank_dof: f64,
    /// What the tapers let band and flanks have in common: the variance of the ratio over what it would be were they independent, above 0 to 1.
    pub own_share: f64,
    /// How much lower the background reads than a mean power of `flank_dof` degrees would, as a factor: `E ln S` lies below `ln E S`, the more
    /// the fewer segments.
    pub log_bias: f64,
}

impl BandSnr {
    /// `10 log10 ratio`.
    #[must_use]
    pub fn db(&self) -> f64 {
        10.0 * self.ratio.log10()
    }

    /// Probability of a ratio this high where the band continues its flanks:
    /// `ratio * log_bias ~ F(band_dof / own_share, flank_dof / own_share)`: what band and flanks have in common cancels in the ratio, so that it
    /// scatters as one of more degrees of freedom. `None` without degrees of freedom.
    #[must_use]
    pub fn p_value(&self) -> Option<f64> {
        let (above, below) = (
            self.band_dof / self.own_share,
            self.flank_dof / self.own_share,
        );
        let f = FisherSnedecor::new(above, below).ok()?;
        Some(f.sf((self.ratio * self.log_bias).max(0.0)))
    }
}

impl FlankFit {
    /// Plans the band `lo_hz..hi_hz` on `axis`; `None` where a flank has too few bins left, or the band none.
    #[must_use]
    pub fn new(axis: &FreqAxis, lo_hz: f64, hi_hz: f64, rule: &FlankRule) -> Option<Self> {
        let band: Vec<(usize, f64)> = (1..axis.n_bins())
            .map(|bin| (bin, axis.share_within(bin, lo_hz, hi_hz)))
            .filter(|&(_, share)| share > 0.0)
            .collect();
        let below = flank_bins(axis, lo_hz - rule.distance_hz, -1.0, rule);
        let above = flank_bins(axis, hi_hz + rule.distance_hz, 1.0, rule);
        let min_bins = rule.min_bins.max(1);
        if band.is_empty() || below.len() < min_bins || above.len() < min_bins {
            return None;
        }
        let flanks: Vec<usize> = below.into_iter().chain(above).collect();
        let x = |bin: usize| axis.hz(bin).ln();
        let mean_x = flanks.iter().map(|&bin| x(bin)).sum::<f64>() / flanks.len() as f64;
        let square: f64 = flanks.iter().map(|&bin| (x(bin) - mean_x).powi(2)).sum();
        let slope_of: Vec<f64> = flanks
            .iter()
            .map(|&bin| (x(bin) - mean_x) / square)
            .collect();
        let width: f64 = band.iter().map(|&(_, share)| share).sum();
        let to_middle = |&(bin, share): &(usize, f64)| share * (x(bin) - mean_x) / width;
        let middle: f64 = band.iter().map(to_middle).sum();
        let level = 1.0 / flanks.len() as f64;
        Some(Self {
            band_x: band.iter().map(|&(bin, _)| x(bin) - mean_x).collect(),
            pull: slope_of
                .iter()
                .map(|slope| level + middle * slope)
                .collect(),
            slope_of,
            band,
            flanks,
        })
    }

    /// The bins of both flanks, ascending.
    #[must_use]
    pub fn flank_bins(&self) -> &[usize] {
        &self.flanks
    }

    /// Ratio of band to background in `psd`; `by_distance` are the [`bin_variances`](crate::dsp::OverlapTable::bin_variances).
    /// `None` where a flank's bin holds no power. Allocates nothing.
    #[must_use]
    pub fn snr(&self, psd: &[f64], by_distance: &[f64]) -> Option<BandSnr> {
        if self
            .flanks
            .iter()
            .any(|&bin| psd[bin].is_nan() || psd[bin] <= 0.0)
        {
            return None;
        }
        let logs = self.flanks.iter().map(|&bin| psd[bin].ln());
        let level = logs.clone().sum::<f64>() / self.flanks.len() as f64;
        let slope: f64 = logs.zip(&self.slope_of).map(|(log, x)| log * x).sum();
        let band = self.band.iter().zip(&self.band_x);
        let (signal, background) = band.fold((0.0, 0.0), |(s, b), (&(bin, share), x)| {
            (s + share * psd[bin], b + share * (level + slope * x).exp())
        });
        let n_band = self.band.len();
        let n_eff = 1.0 / by_distance.first()?;
        // the null's band is its background: weights measured in the band itself would fluctuate and cost degrees of freedom
        let of_null = |i: usize| self.band[i].1 * (level + slope * self.band_x[i]).exp();
        let band_dof = band_dof(n_band, of_null, by_distance);
        let flank_dof = self.flank_dof(by_distance);
        let apart = 2.0 / band_dof + 2.0 / flank_dof;
        let common = 2.0 * self.common_variance(of_null, background, by_distance);
        // a band within its flanks' tapers still has noise of its own
        let own_share = ((apart - common) / apart).clamp(0.05, 1.0);
        let log_mean = |shape: f64| digamma(shape) - shape.ln();
        Some(BandSnr {
            ratio: signal / background,
            band_dof,
            flank_dof,
            own_share,
            log_bias: (log_mean(n_eff) - log_mean(flank_dof / own_share / 2.0)).exp(),
        })
    }

    /// Covariance of the logarithms of the band's power, bin after bin `power_of` and `total` in all, and of its background.
    fn common_variance(
        &self,
        power_of: impl Fn(usize) -> f64,
        total: f64,
        by_distance: &[f64],
    ) -> f64 {
        let of_band = |(i, &(bin, _)): (usize, &(usize, f64))| {
            let flanks = self.flanks.iter().zip(&self.pull);
            let sum: f64 = flanks
                .filter_map(|(flank, pull)| Some(pull * by_distance.get(flank.abs_diff(bin))?))
                .sum();
            power_of(i) / total * sum
        };
        self.band.iter().enumerate().map(of_band).sum()
    }

    /// Degrees of freedom of the background at the band's middle, each bin relative to its fitted level.
    fn flank_dof(&self, by_distance: &[f64]) -> f64 {
        let mut variance = 0.0;
        for (i, (bin, pull)) in self.flanks.iter().zip(&self.pull).enumerate() {
            for (other, their_pull) in self.flanks[i..].iter().zip(&self.pull[i..]) {
                let Some(v) = by_distance.get(other - bin) else {
                    break;
                };
                let twice = if other == bin { 1.0 } else { 2.0 };
                variance += twice * pull * their_pull * v;
            }
        }
        2.0 / variance
    }
}

/// Bins of the flank that starts at `inner_hz` and goes outward, `outward` -1 or 1; ascending.
fn flank_bins(axis: &FreqAxis, inner_hz: f64, outward: f64, rule: &FlankRule) -> Vec<usize> {
    let slack_hz = 1e-9 * axis.df_hz();
    let parts = flank_parts(axis, inner_hz, outward, rule);
    let is_background = |&bin: &usize| {
        let hz = axis.hz(bin);
        let out_hz = (hz - inner_hz) * outward;
        let in_flank = parts
            .iter()
            .any(|part| out_hz >= part.start - slack_hz && out_hz <= part.end + slack_hz);
        let in_band = rule
            .other_bands_hz
            .iter()
            .any(|&(lo_hz, hi_hz)| hz >= lo_hz - slack_hz && hz <= hi_hz + slack_hz);
        in_flank && !in_band
    };
    // neither 0 Hz nor half the rate has the statistics of the others
    (1..axis.n_bins())
        .filter(|&bin| !axis.is_unpaired(bin))
        .filter(is_background)
        .collect()
}

/// The one or two parts of a flank, in Hz outward from its inner edge.
fn flank_parts(axis: &FreqAxis, inner_hz: f64, outward: f64, rule: &FlankRule) -> [Range<f64>; 2] {
    let guard_hz = rule.guard_hz.max(2.0 * axis.df_hz());
    let nothing = f64::INFINITY..f64::NEG_INFINITY;
    let whole = 0.0..rule.width_hz;
    let Some(mains_hz) = rule.mains_hz.filter(|hz| *hz > 0.0) else {
        return [whole, nothing];
    };
    // the harmonic nearest to the middle of the flank; flanks are narrower than the mains is high
    let middle_hz = inner_hz + outward * rule.width_hz / 2.0;
    let line_hz = (middle_hz / mains_hz).round().max(1.0) * mains_hz;
    let out_hz = (line_hz - inner_hz) * outward;
    if out_hz <= -guard_hz || out_hz >= rule.width_hz + guard_hz {
        return [whole, nothing];
    }
    let beyond_hz = out_hz + guard_hz + rule.width_hz;
    let epsilon_hz = 1e-6 * axis.df_hz();
    if out_hz - guard_hz > guard_hz + epsilon_hz {
        let near = 0.0..(out_hz - guard_hz).min(rule.width_hz);
        // a line beyond the flank's end only cuts it
        let far = if out_hz > rule.width_hz {
            nothing
        } else {
            out_hz + guard_hz..beyond_hz
        };
        [near, far]
    } else {
        [nothing, (out_hz + 2.0 * guard_hz).max(0.0)..beyond_hz]
    }
}

#[cfg(test)]
mod tests;
