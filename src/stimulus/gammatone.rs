//! The gammatone envelope: bands like the ear's, compressed and summed.

use crate::dsp::filter_design::FilterError;
use crate::stimulus::analytic::AnalyticFir;
use crate::stimulus::decimator::{Decimator, History, whole};

const N_BANDS: usize = 28;
const LOWEST_HZ: f64 = 50.0;
const HIGHEST_HZ: f64 = 5000.0;
/// Half the exponent of the magnitude: powers are compressed, not magnitudes.
const HALF_EXPONENT: f64 = 0.3;
/// Bands are computed at no less than this rate where the audio has it, their magnitudes at about a fourth.
pub(super) const FULL_BAND_RATE_HZ: f64 = 16_000.0;
const MAGNITUDE_RATE_HZ: f64 = 4000.0;

/// Equivalent rectangular bandwidth in Hz (Glasberg & Moore 1990).
fn erb_hz(centre_hz: f64) -> f64 {
    24.7 * (1.0 + 0.004_37 * centre_hz)
}

/// Centres evenly spaced in ERB rate, `21.4 log10(1 + 0.00437 f)`, ends included.
fn centres_hz() -> impl Iterator<Item = f64> {
    let rate_of = |hz: f64| (1.0 + 0.004_37 * hz).log10();
    let (lowest, highest) = (rate_of(LOWEST_HZ), rate_of(HIGHEST_HZ));
    (0..N_BANDS).map(move |band| {
        let share = band as f64 / (N_BANDS - 1) as f64;
        (10_f64.powf(lowest + share * (highest - lowest)) - 1.0) / 0.004_37
    })
}

/// Bands that read one history, each centred in it.
#[derive(Debug, Clone)]
struct Bank {
    bands: Vec<AnalyticFir>,
    history: History,
    /// Taps of the longest band.
    n_longest: usize,
}

impl Bank {
    /// The bands within `range_hz` at `rate_hz`, each delayed by `delay` samples; without one, by as little as can be.
    fn new(centres: &[f64], rate_hz: f64, delay: Option<usize>) -> Self {
        let bands: Vec<AnalyticFir> = centres
            .iter()
            .map(|&hz| AnalyticFir::gammatone(hz, 1.019 * erb_hz(hz), rate_hz))
            .collect();
        let n_longest = bands.iter().map(AnalyticFir::n_taps).max().unwrap_or(1);
        let half = n_longest / 2;
        let delay = delay.map_or(half, |delay| delay.max(half));
        Self {
            bands,
            history: History::new(half + delay + 1),
            n_longest,
        }
    }

    /// The sum of the bands' compressed magnitudes.
    fn compressed(&self) -> f64 {
        let values = self.history.newest();
        let of_band = |band: &AnalyticFir| {
            let start = (self.n_longest - band.n_taps()) / 2;
            let power = band.power(&values[start..start + band.n_taps()]);
            power.powf(HALF_EXPONENT)
        };
        self.bands.iter().map(of_band).sum()
    }
}

/// Audio in, at a lower rate the sum of compressed magnitudes out.
///
/// Low bands are narrow and their filters long, so they are computed from audio of about 4 kHz; the others, from about 16 kHz, wait for them.
/// Compressing at 4 kHz instead of the full rate folds 51 dB less than speech and music have in the bands of interest.
#[derive(Debug, Clone)]
pub(super) struct Gammatone {
    front: Decimator,
    high: Bank,
    slower: Decimator,
    low: Bank,
}

impl Gammatone {
    pub(super) fn new(front: Decimator, rate_hz: f64) -> Result<Self, FilterError> {
        let factor = whole(rate_hz / MAGNITUDE_RATE_HZ).max(1);
        let slower = Decimator::anti_alias(factor, rate_hz)?;
        let low_rate_hz = rate_hz / factor as f64;
        let below_half = |&hz: &f64| hz + 1.019 * erb_hz(hz) <= rate_hz / 2.0;
        let (low, high): (Vec<f64>, Vec<f64>) = centres_hz()
            .filter(below_half)
            .partition(|&hz| hz <= low_rate_hz / 4.0);
        let low = Bank::new(&low, low_rate_hz, None);
        let delay = slower.span() / 2 + factor * (low.n_longest / 2);
        Ok(Self {
            front,
            high: Bank::new(&high, rate_hz, Some(delay)),
            slower,
            low,
        })
    }

    /// Samples of the audio per value.
    pub(super) fn factor(&self) -> usize {
        self.front.factor() * self.slower.factor()
    }

    /// Samples of the audio that a value rests on, less one; half of it is the delay.
    pub(super) fn span(&self) -> usize {
        let low = self.slower.span() + self.slower.factor() * (self.low.n_longest - 1);
        self.front.span() + self.front.factor() * low
    }

    pub(super) fn push(&mut self, value: f64) -> Option<f64> {
        let value = self.front.push(value)?;
        self.high.history.push(value);
        let value = self.slower.push(value)?;
        self.low.history.push(value);
        Some(self.low.compressed() + self.high.compressed())
    }

    pub(super) fn reset(&mut self) {
        self.front.reset();
        self.high.history.clear();
        self.slower.reset();
        self.low.history.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_span_50_to_5000_hz_a_bandwidth_apart() {
        let centres: Vec<f64> = centres_hz().collect();
        assert!((centres[0] - 50.0).abs() < 1e-9 && (centres[27] - 5000.0).abs() < 1e-9);
        for pair in centres.windows(2) {
            let step = (pair[1] - pair[0]) / erb_hz(f64::midpoint(pair[0], pair[1]));
            assert!((0.9..1.1).contains(&step), "{pair:?}: {step} ERB");
        }
    }

    #[test]
    fn audio_of_8_khz_leaves_out_bands_it_cannot_hold() {
        let n_bands = |rate_hz: f64| {
            let bank = Gammatone::new(Decimator::identity(), rate_hz).unwrap();
            bank.low.bands.len() + bank.high.bands.len()
        };
        assert_eq!(n_bands(16_000.0), N_BANDS);
        assert!((23..N_BANDS).contains(&n_bands(8000.0)));
    }
}
