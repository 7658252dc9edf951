//! Frequency bands: data, not code.

/// A named range of frequencies, `lo_hz` to `hi_hz`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Band {
    name: String,
    lo_hz: f64,
    hi_hz: f64,
}

/// Why a band was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BandError {
    /// The edges are not `0 <= lo_hz < hi_hz`, or not finite.
    #[error("band {name:?} runs from {lo_hz} to {hi_hz} Hz; allowed is 0 <= lo_hz < hi_hz")]
    Edges {
        /// The band's name.
        name: String,
        /// Lower edge as given.
        lo_hz: f64,
        /// Upper edge as given.
        hi_hz: f64,
    },
    /// The name is empty.
    #[error("the band from {lo_hz} to {hi_hz} Hz has no name")]
    NoName {
        /// Lower edge as given.
        lo_hz: f64,
        /// Upper edge as given.
        hi_hz: f64,
    },
}

impl Band {
    /// A band with a name for the screen.
    ///
    /// # Errors
    /// [`BandError`] unless `0 <= lo_hz < hi_hz` and the name says something.
    pub fn new(name: &str, lo_hz: f64, hi_hz: f64) -> Result<Self, BandError> {
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err(BandError::NoName { lo_hz, hi_hz });
        }
        if !(lo_hz >= 0.0 && hi_hz > lo_hz && hi_hz.is_finite()) {
            return Err(BandError::Edges { name, lo_hz, hi_hz });
        }
        Ok(Self { name, lo_hz, hi_hz })
    }

    /// The bands of Hasan et al. 2025 (arXiv 2507.05635): 8-11, 53-56 and 78-81 Hz dominate its
    /// time-averaged spectral response, 10-13, 27-29 and 62-64 Hz its cross-spectra.
    ///
    /// A starting point for comparison, not established physiology: see docs/DSP.md.
    #[must_use]
    pub fn presets() -> Vec<Self> {
        [
            ("alpha", 8.0, 11.0),
            ("gamma 53-56", 53.0, 56.0),
            ("gamma 78-81", 78.0, 81.0),
            ("cross 10-13", 10.0, 13.0),
            ("cross 27-29", 27.0, 29.0),
            ("cross 62-64", 62.0, 64.0),
        ]
        .map(|(name, lo_hz, hi_hz)| Self {
            name: name.to_owned(),
            lo_hz,
            hi_hz,
        })
        .to_vec()
    }

    /// The name shown to the experimenter.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lower edge.
    #[must_use]
    pub fn lo_hz(&self) -> f64 {
        self.lo_hz
    }

    /// Upper edge.
    #[must_use]
    pub fn hi_hz(&self) -> f64 {
        self.hi_hz
    }

    /// Width of the band.
    #[must_use]
    pub fn width_hz(&self) -> f64 {
        self.hi_hz - self.lo_hz
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_the_wrong_way_round_are_refused() {
        for (lo_hz, hi_hz) in [
            (11.0, 8.0),
            (8.0, 8.0),
            (-1.0, 4.0),
            (f64::NAN, 4.0),
            (1.0, f64::INFINITY),
        ] {
            assert!(Band::new("x", lo_hz, hi_hz).is_err(), "{lo_hz} to {hi_hz}");
        }
    }

    #[test]
    fn presets_obey_the_rules_of_new() {
        for band in Band::presets() {
            assert_eq!(
                Band::new(band.name(), band.lo_hz(), band.hi_hz()).unwrap(),
                band
            );
        }
    }
}
