//! Which bins around a response tell what the noise is.

/// How many neighbours on each side, and from which distance on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbourhood {
    /// Usable bins wanted below the signal bin.
    pub below: usize,
    /// Usable bins wanted above it.
    pub above: usize,
    /// Distance in bins of the nearest neighbour used: 2 leaves out the bins the response may spill into.
    pub nearest: usize,
}

impl Neighbourhood {
    /// 60 bins each side, F(2, 240), as in MASTER (John & Picton 2000).
    pub const MASTER: Self = Self {
        below: 60,
        above: 60,
        nearest: 2,
    };
    /// 6 below and 8 above, F(2, 28), as in the Fourier analyser for vowels (Easwar et al.).
    pub const VOWEL: Self = Self {
        below: 6,
        above: 8,
        nearest: 2,
    };
    /// 7 each side: where the segment is too short for more.
    pub const SHORT: Self = Self {
        below: 7,
        above: 7,
        nearest: 2,
    };
}

/// A signal bin with the bins that estimate its noise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoiseBins {
    signal: usize,
    bins: Vec<usize>,
}

/// Why noise bins could not be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoiseBinsError {
    /// Fewer usable bins than wanted between the signal and the end of the spectrum.
    #[error("bin {signal} has {below} usable bins below it and {above} above")]
    TooFew {
        /// The signal bin.
        signal: usize,
        /// Usable bins found below.
        below: usize,
        /// Usable bins found above.
        above: usize,
    },
    /// The signal bin is the mean, out of the spectrum, or one of its own noise bins.
    #[error("bin {signal} of {n_bins} cannot be a signal bin")]
    Signal {
        /// The signal bin.
        signal: usize,
        /// Bins in the spectrum.
        n_bins: usize,
    },
}

impl NoiseBins {
    /// The bins nearest to `signal`, as many as `around` wants on each side, passing over those in `excluded` (mains, other stimulus
    /// rates, filter skirts: see [`bins_near`]). The spectrum has `n_bins` bins; bin 0, the mean, is never used.
    ///
    /// # Errors
    /// [`NoiseBinsError`] if the spectrum ends before the count is full.
    pub fn counted(
        signal: usize,
        around: Neighbourhood,
        excluded: &[usize],
        n_bins: usize,
    ) -> Result<Self, NoiseBinsError> {
        if signal == 0 || signal >= n_bins {
            return Err(NoiseBinsError::Signal { signal, n_bins });
        }
        let nearest = around.nearest.max(1);
        let usable = |bin: &usize| !excluded.contains(bin);
        let last_below = signal.saturating_sub(nearest);
        let below = (1..=last_below).rev().filter(usable).take(around.below);
        let mut bins: Vec<usize> = below.collect();
        bins.reverse();
        let n_below = bins.len();
        bins.extend((signal + nearest..n_bins).filter(usable).take(around.above));
        let n_above = bins.len() - n_below;
        if n_below < around.below || n_above < around.above || bins.is_empty() {
            return Err(NoiseBinsError::TooFew {
                signal,
                below: n_below,
                above: n_above,
            });
        }
        Ok(Self { signal, bins })
    }

    /// Exactly these noise bins.
    ///
    /// # Errors
    /// [`NoiseBinsError`] if there are none or the signal bin is among them.
    pub fn of(signal: usize, bins: Vec<usize>) -> Result<Self, NoiseBinsError> {
        if bins.is_empty() {
            return Err(NoiseBinsError::TooFew {
                signal,
                below: 0,
                above: 0,
            });
        }
        if bins.contains(&signal) {
            let n_bins = bins.iter().max().map_or(0, |last| last + 1);
            return Err(NoiseBinsError::Signal { signal, n_bins });
        }
        Ok(Self { signal, bins })
    }

    /// The bin the response is expected in.
    #[must_use]
    pub fn signal(&self) -> usize {
        self.signal
    }

    /// The bins that estimate the noise.
    #[must_use]
    pub fn bins(&self) -> &[usize] {
        &self.bins
    }
}

/// Bins whose frequency `hz(bin)` lies within `half_width_hz` of any of `lines_hz`: what to exclude around mains, its harmonics and the
/// rates of other stimuli.
#[must_use]
pub fn bins_near(
    hz: impl Fn(usize) -> f64,
    n_bins: usize,
    lines_hz: &[f64],
    half_width_hz: f64,
) -> Vec<usize> {
    let near = |bin: &usize| {
        let bin_hz = hz(*bin);
        lines_hz
            .iter()
            .any(|line_hz| (bin_hz - line_hz).abs() <= half_width_hz)
    };
    (0..n_bins).filter(near).collect()
}

/// `base_hz` and its harmonics up to `max_hz`, ten thousand at most; none for a base that is not above 0.
#[must_use]
pub fn harmonics_of(base_hz: f64, max_hz: f64) -> Vec<f64> {
    if base_hz.is_nan() || base_hz <= 0.0 {
        return Vec::new();
    }
    (1..=10_000_u32)
        .map(|k| f64::from(k) * base_hz)
        .take_while(|&hz| hz <= max_hz)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_counted_outwards_past_what_is_excluded() {
        let around = Neighbourhood {
            below: 3,
            above: 2,
            nearest: 2,
        };
        let noise = NoiseBins::counted(10, around, &[7, 13, 14], 40).unwrap();
        assert_eq!(noise.bins(), [5, 6, 8, 12, 15]);
        assert_eq!(noise.signal(), 10);
    }

    #[test]
    fn master_and_vowel_have_120_and_14_noise_bins() {
        let count = |around| NoiseBins::counted(100, around, &[], 200).map(|n| n.bins().len());
        assert_eq!(count(Neighbourhood::MASTER), Ok(120));
        assert_eq!(count(Neighbourhood::VOWEL), Ok(14));
        assert_eq!(count(Neighbourhood::SHORT), Ok(14));
    }

    #[test]
    fn a_signal_too_near_the_end_of_the_spectrum_is_refused() {
        let error = NoiseBins::counted(30, Neighbourhood::MASTER, &[], 200).unwrap_err();
        let expected = NoiseBinsError::TooFew {
            signal: 30,
            below: 28,
            above: 60,
        };
        assert_eq!(error, expected);
        for signal in [0, 200] {
            assert!(matches!(
                NoiseBins::counted(signal, Neighbourhood::SHORT, &[], 200),
                Err(NoiseBinsError::Signal { .. })
            ));
        }
        assert!(NoiseBins::of(4, vec![3, 4]).is_err() && NoiseBins::of(4, vec![]).is_err());
    }

    #[test]
    fn mains_and_its_harmonics_are_found_with_their_skirts() {
        let lines_hz = harmonics_of(50.0, 125.0);
        assert_eq!(lines_hz, [50.0, 100.0]);
        let bins = bins_near(|bin| 0.5 * bin as f64, 251, &lines_hz, 1.0);
        assert_eq!(bins, [98, 99, 100, 101, 102, 198, 199, 200, 201, 202]);
        assert!(harmonics_of(0.0, 100.0).is_empty());
    }
}
