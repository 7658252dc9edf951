//! Epochs of a whole number of modulation cycles.

/// Where the epochs lie: `n_cycles` of the modulation each, from an origin on, edge to edge.
///
/// An epoch is `L = n_cycles * sample_rate / f0` samples long, which need not be whole. Epoch `m` takes the samples from
/// `round(origin + m L)` up to the next epoch's first: the epochs tile the recording and are within one sample of `L`, and the rounding does not add
/// up. [`EpochBins`](super::EpochBins) measures phase from the exact start, so rounding costs no phase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochPlan {
    sample_rate_hz: f64,
    modulation_hz: f64,
    n_cycles: u32,
    len: f64,
    origin: f64,
}

/// Why epochs were refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum EpochPlanError {
    /// A modulation that cannot be sampled at this rate.
    #[error(
        "modulation at {modulation_hz} Hz sampled at {sample_rate_hz} Hz; allowed is above 0 and below half the rate"
    )]
    Modulation {
        /// As given.
        modulation_hz: f64,
        /// As given.
        sample_rate_hz: f64,
    },
    /// No cycle, or an epoch of more than ten minutes.
    #[error("epochs of {n_cycles} cycles; allowed is 1 to {most}")]
    Cycles {
        /// As given.
        n_cycles: u32,
        /// Most that are allowed at this rate.
        most: u32,
    },
    /// An origin that is no place on the samples' axis.
    #[error("epochs cannot start from sample {origin}")]
    Origin {
        /// As given.
        origin: f64,
    },
}

/// Longest epoch.
const MOST_SECS: f64 = 600.0;

impl EpochPlan {
    /// Epochs of `n_cycles` cycles of `modulation_hz`, the first one starting at sample `origin` (that of the stimulus; it may lie between samples).
    ///
    /// `modulation_hz` counts on the clock of the samples: a sound card that runs 50 ppm fast plays a rate 50 ppm higher.
    ///
    /// # Errors
    /// [`EpochPlanError`] unless `0 < modulation_hz < sample_rate_hz / 2`, an epoch lasts at most ten minutes and `origin >= 0`.
    pub fn new(
        sample_rate_hz: f64,
        modulation_hz: f64,
        n_cycles: u32,
        origin: f64,
    ) -> Result<Self, EpochPlanError> {
        if !(modulation_hz > 0.0
            && modulation_hz < sample_rate_hz / 2.0
            && sample_rate_hz.is_finite())
        {
            return Err(EpochPlanError::Modulation {
                modulation_hz,
                sample_rate_hz,
            });
        }
        if n_cycles == 0 || f64::from(n_cycles) > MOST_SECS * modulation_hz {
            let most = whole((MOST_SECS * modulation_hz).min(1e9).floor());
            return Err(EpochPlanError::Cycles {
                n_cycles,
                most: u32::try_from(most).unwrap_or(u32::MAX),
            });
        }
        if !(0.0..1e15).contains(&origin) {
            return Err(EpochPlanError::Origin { origin });
        }
        Ok(Self {
            sample_rate_hz,
            modulation_hz,
            n_cycles,
            len: f64::from(n_cycles) * sample_rate_hz / modulation_hz,
            origin,
        })
    }

    /// The same epochs from another origin.
    ///
    /// # Errors
    /// [`EpochPlanError::Origin`] unless `origin` is at or above 0.
    pub fn from_origin(self, origin: f64) -> Result<Self, EpochPlanError> {
        if (0.0..1e15).contains(&origin) {
            Ok(Self { origin, ..self })
        } else {
            Err(EpochPlanError::Origin { origin })
        }
    }

    /// The first epoch that starts at sample `index` or later.
    #[must_use]
    pub fn first_from(&self, index: u64) -> u64 {
        let mut m = whole(((index as f64 - self.origin) / self.len).floor().max(0.0));
        while self.start(m) < index {
            m += 1;
        }
        m
    }

    /// First sample of epoch `m`.
    #[must_use]
    pub fn start(&self, m: u64) -> u64 {
        whole((self.origin + m as f64 * self.len).round())
    }

    /// Samples in epoch `m`.
    #[must_use]
    pub fn len_of(&self, m: u64) -> usize {
        usize::try_from(self.start(m + 1) - self.start(m)).unwrap_or(usize::MAX)
    }

    /// Samples in the longest epoch.
    #[must_use]
    pub fn max_len(&self) -> usize {
        usize::try_from(whole(self.len.ceil())).unwrap_or(usize::MAX)
    }

    /// How far the first sample of epoch `m` lies after its exact start, -0.5 to 0.5 samples.
    #[must_use]
    pub fn rounding(&self, m: u64) -> f64 {
        self.start(m) as f64 - (self.origin + m as f64 * self.len)
    }

    /// Exact length in samples.
    #[must_use]
    pub fn len_exact(&self) -> f64 {
        self.len
    }

    /// Exact length in seconds.
    #[must_use]
    pub fn secs(&self) -> f64 {
        self.len / self.sample_rate_hz
    }

    /// The bin of harmonic `h` (1 is the modulation itself).
    #[must_use]
    pub fn harmonic_bin(&self, h: u32) -> usize {
        h as usize * self.n_cycles as usize
    }

    /// Frequency of a bin: bins are `modulation_hz / n_cycles` apart.
    #[must_use]
    pub fn hz(&self, bin: usize) -> f64 {
        bin as f64 * self.modulation_hz / f64::from(self.n_cycles)
    }

    /// Bins below half the sample rate, the mean included.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        usize::try_from(whole((self.len / 2.0).ceil())).unwrap_or(usize::MAX)
    }
}

/// A whole number at or above 0, as one.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "every caller passes a rounded value between 0 and 1e18"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_epoch_from_a_sample_on_starts_there_or_later_and_the_one_before_earlier() {
        let plan = EpochPlan::new(500.0, 81.0, 81, 0.0).unwrap();
        for origin in [0.0, 17.3, 900.0] {
            let plan = plan.from_origin(origin).unwrap();
            for index in [0, 1, 17, 18, 499, 500, 501, 517, 518, 123_456_789] {
                let m = plan.first_from(index);
                assert!(plan.start(m) >= index);
                assert!(m == 0 || plan.start(m - 1) < index, "{origin} {index}");
            }
        }
        assert!(plan.from_origin(-1.0).is_err() && plan.from_origin(f64::NAN).is_err());
    }

    #[test]
    fn nonsense_is_refused() {
        for (rate, modulation, cycles, origin) in [
            (256.0, 128.0, 1, 0.0),
            (256.0, 0.0, 1, 0.0),
            (256.0, f64::NAN, 1, 0.0),
            (256.0, 40.0, 0, 0.0),
            (256.0, 40.0, 40 * 601, 0.0),
            (256.0, 40.0, 40, -1.0),
            (256.0, 40.0, 40, f64::NAN),
        ] {
            assert!(EpochPlan::new(rate, modulation, cycles, origin).is_err());
        }
    }
}
