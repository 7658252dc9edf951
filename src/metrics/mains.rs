//! The power line: how strong it is, which bands it or its aliases fall into, which bands a filter hides.

use crate::dsp::FreqAxis;
use crate::dsp::filter_design::Section;
use crate::signal::Band;

/// Highest harmonic of the mains that is looked at.
pub const MAX_HARMONIC: u32 = 8;

/// How far the grid's frequency strays in normal operation; the `n`th harmonic strays `n` times as far.
pub const MAINS_TOLERANCE_HZ: f64 = 0.2;

/// Loss in a band at which a filter is said to hide it.
pub const HIDING_LOSS_DB: f64 = 0.5;

/// Where `hz` shows after sampling at `sample_rate_hz` without an anti-alias filter.
#[must_use]
pub fn alias_hz(hz: f64, sample_rate_hz: f64) -> f64 {
    let folded = hz.rem_euclid(sample_rate_hz);
    folded.min(sample_rate_hz - folded)
}

/// A harmonic of the mains that shows inside a band.
#[derive(Debug, Clone, PartialEq)]
pub struct MainsWarning {
    /// The band's name.
    pub band: String,
    /// Which harmonic: 1 is the mains itself.
    pub harmonic: u32,
    /// Its true frequency.
    pub true_hz: f64,
    /// Where it shows; not `true_hz` where it is folded.
    pub shown_hz: f64,
}

impl std::fmt::Display for MainsWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (band, true_hz, shown_hz) = (&self.band, self.true_hz, self.shown_hz);
        if shown_hz < true_hz {
            write!(
                f,
                "mains at {true_hz} Hz folds to {shown_hz} Hz, into {band}, unless the amplifier filters it"
            )
        } else {
            write!(f, "mains at {true_hz} Hz lies in {band}")
        }
    }
}

/// Harmonics of the mains, up to the eighth, that fall into one of `bands`, directly or folded; edges count as inside,
/// as does as far as the grid's frequency strays.
#[must_use]
pub fn mains_warnings(sample_rate_hz: f64, mains_hz: f64, bands: &[Band]) -> Vec<MainsWarning> {
    let mut warnings = Vec::new();
    for band in bands {
        for harmonic in 1..=MAX_HARMONIC {
            let true_hz = mains_hz * f64::from(harmonic);
            let shown_hz = alias_hz(true_hz, sample_rate_hz);
            let stray_hz = MAINS_TOLERANCE_HZ * f64::from(harmonic);
            if shown_hz >= band.lo_hz() - stray_hz && shown_hz <= band.hi_hz() + stray_hz {
                warnings.push(MainsWarning {
                    band: band.name().to_owned(),
                    harmonic,
                    true_hz,
                    shown_hz,
                });
            }
        }
    }
    warnings
}

/// A filter that takes from a band what one wants to see.
#[derive(Debug, Clone, PartialEq)]
pub struct HiddenBand {
    /// The filter, as the screen calls it.
    pub filter: String,
    /// The band's name.
    pub band: String,
    /// The greatest loss inside the band.
    pub loss_db: f64,
    /// Where it is.
    pub at_hz: f64,
}

impl std::fmt::Display for HiddenBand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (filter, band, loss_db, at_hz) = (&self.filter, &self.band, self.loss_db, self.at_hz);
        write!(
            f,
            "{filter} takes {loss_db:.1} dB from {band} at {at_hz:.1} Hz"
        )
    }
}

/// The bands in which the filter called `filter` loses [`HIDING_LOSS_DB`] or more anywhere; looked at on 201 points each.
#[must_use]
pub fn hidden_bands(
    filter: &str,
    sections: &[Section],
    sample_rate_hz: f64,
    bands: &[Band],
) -> Vec<HiddenBand> {
    let loss_db = |hz: f64| {
        let gains = sections
            .iter()
            .map(|s| s.response(hz, sample_rate_hz).norm());
        -20.0 * gains.product::<f64>().max(1e-15).log10()
    };
    let worst = bands.iter().filter_map(|band| {
        let points = (0..=200).map(|i| band.lo_hz() + band.width_hz() * f64::from(i) / 200.0);
        let (at_hz, loss_db) = points
            .map(|hz| (hz, loss_db(hz)))
            .max_by(|one, other| one.1.total_cmp(&other.1))?;
        Some(HiddenBand {
            filter: filter.to_owned(),
            band: band.name().to_owned(),
            loss_db,
            at_hz,
        })
    });
    worst
        .filter(|hidden| hidden.loss_db >= HIDING_LOSS_DB)
        .collect()
}

/// Amplitude of the mains in uV rms: the power within 1 Hz of `mains_hz` above the mean density 1 to 3 Hz beside it.
/// 0 where `mains_hz` is off the axis. Allocates nothing.
#[must_use]
pub fn mains_level_uv(axis: &FreqAxis, psd_uv2_per_hz: &[f64], mains_hz: f64) -> f64 {
    let power = |lo_hz: f64, hi_hz: f64| {
        let shares = psd_uv2_per_hz.iter().take(axis.n_bins()).enumerate();
        let sum: f64 = shares
            .map(|(bin, psd)| psd * axis.share_within(bin, lo_hz, hi_hz))
            .sum();
        sum * axis.df_hz()
    };
    if mains_hz > axis.hz(axis.n_bins().saturating_sub(1)) {
        return 0.0;
    }
    let line = power(mains_hz - 1.0, mains_hz + 1.0);
    let beside = power(mains_hz - 3.0, mains_hz - 1.0) + power(mains_hz + 1.0, mains_hz + 3.0);
    (line - beside / 2.0).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::filter_design::{butterworth_high_pass, notch};

    #[test]
    fn aliases_are_those_of_the_table() {
        for (rate_hz, true_hz, shown_hz) in [
            (200.0, 120.0, 80.0),
            (200.0, 180.0, 20.0),
            (250.0, 180.0, 70.0),
            (250.0, 240.0, 10.0),
            (250.0, 420.0, 80.0),
            (256.0, 200.0, 56.0),
            (256.0, 180.0, 76.0),
            (256.0, 240.0, 16.0),
            (500.0, 60.0, 60.0),
        ] {
            assert_eq!(
                alias_hz(true_hz, rate_hz),
                shown_hz,
                "{true_hz} at {rate_hz}"
            );
        }
    }

    #[test]
    fn a_folded_harmonic_in_a_band_is_called_by_name() {
        let named = |rate_hz, mains_hz| -> Vec<(String, f64)> {
            let warnings = mains_warnings(rate_hz, mains_hz, &Band::presets());
            warnings.into_iter().map(|w| (w.band, w.true_hz)).collect()
        };
        let of = |band: &str, hz| (band.to_owned(), hz);
        assert_eq!(
            named(200.0, 60.0),
            [of("gamma 78-81", 120.0), of("gamma 78-81", 480.0)]
        );
        assert_eq!(
            named(250.0, 60.0),
            [
                of("alpha", 240.0),
                of("gamma 78-81", 420.0),
                of("cross 10-13", 240.0)
            ]
        );
        assert_eq!(named(256.0, 50.0), [of("gamma 53-56", 200.0)]);
        assert!(named(250.0, 50.0).is_empty() && named(512.0, 60.0).is_empty());
        let first = &mains_warnings(256.0, 50.0, &Band::presets())[0];
        assert!(
            first
                .to_string()
                .contains("200 Hz folds to 56 Hz, into gamma 53-56")
        );
        let direct = mains_warnings(250.0, 50.0, &[Band::new("low gamma", 40.0, 60.0).unwrap()]);
        assert_eq!(direct[0].to_string(), "mains at 50 Hz lies in low gamma");
    }

    #[test]
    fn a_notch_is_said_to_hide_the_bands_it_bites_into() {
        let names = |quality, hz| -> Vec<String> {
            let notch = [notch(hz, quality, 250.0).unwrap()];
            let hidden = hidden_bands("notch", &notch, 250.0, &Band::presets());
            hidden.into_iter().map(|h| h.band).collect()
        };
        assert!(names(30.0, 50.0).is_empty());
        assert_eq!(names(10.0, 50.0), ["gamma 53-56"]);
        assert_eq!(names(30.0, 60.0), ["cross 62-64"]);
        let high_pass = butterworth_high_pass(2, 10.0, 250.0).unwrap();
        let hidden = hidden_bands("high-pass 10 Hz", &high_pass, 250.0, &Band::presets());
        assert_eq!((hidden[0].band.as_str(), hidden[0].at_hz), ("alpha", 8.0));
        assert!(
            hidden[0]
                .to_string()
                .starts_with("high-pass 10 Hz takes 5.")
        );
    }

    #[test]
    fn the_mains_level_is_the_lines_rms_above_its_flanks() {
        let axis = FreqAxis::new(250.0, 500, 100.0);
        let mut psd = vec![0.25; axis.n_bins()];
        // 20 uV rms through a 2 s Hann: 1/6, 2/3, 1/6 of 400 uV^2 in bins of 0.5 Hz
        for (bin, share) in [(99, 1.0 / 6.0), (100, 2.0 / 3.0), (101, 1.0 / 6.0)] {
            psd[bin] += 400.0 * share / 0.5;
        }
        assert!((mains_level_uv(&axis, &psd, 50.0) - 20.0).abs() < 1e-9);
        assert_eq!(mains_level_uv(&axis, &psd, 60.0), 0.0);
        assert_eq!(mains_level_uv(&axis, &psd, 120.0), 0.0);
    }
}
