//! Averages over segments, sliding or forgetting, behind one face.

use num_complex::Complex64;
use serde::{Deserialize, Serialize};

use crate::dsp::{ForgettingSpectra, LagWeights, PairMeans, SlidingSpectra, SpectraShape};

/// How old segments leave the averages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Averaging {
    /// Every segment of the integration time weighs the same, older ones nothing (Welch).
    #[default]
    Sliding,
    /// Weights fade exponentially, with the mean age that sliding over the integration time has.
    Forgetting,
}

/// Auto- and cross-spectra averaged over segments, with the weights that effective counts need.
#[derive(Debug, Clone)]
pub struct Averages {
    kind: Kind,
    n_hops: u64,
    /// Place of the first segment taken, where it is not kept otherwise.
    oldest: Option<u64>,
}

#[derive(Debug, Clone)]
enum Kind {
    Sliding(SlidingSpectra, LagWeights),
    Forgetting(ForgettingSpectra),
}

/// Share of the newest segment under forgetting that is as long as a window of `n_hops`: `2 / (n + 1)`.
#[must_use]
pub fn forgetting_share(n_hops: f64) -> f64 {
    2.0 / (n_hops + 1.0)
}

impl Averages {
    /// No segments yet. Those of the last `n_hops` hops weigh the same or, forgetting, those before have faded as much as those since;
    /// segments `n_lags` hops apart do not overlap.
    ///
    /// Forgetting takes the share `a = 2 / (n_hops + 1)` off per hop: the mean age of its segments is that of `n_hops` equal ones.
    #[must_use]
    pub fn new(averaging: Averaging, n_hops: usize, n_lags: usize, shape: SpectraShape) -> Self {
        let n_hops = n_hops.max(1);
        let kind = match averaging {
            Averaging::Sliding => Kind::Sliding(
                SlidingSpectra::of_shape(n_hops, shape),
                LagWeights::new(n_lags),
            ),
            Averaging::Forgetting => {
                let a = forgetting_share(n_hops as f64);
                Kind::Forgetting(ForgettingSpectra::new(a, n_lags, shape))
            }
        };
        Self {
            kind,
            n_hops: n_hops as u64,
            oldest: None,
        }
    }

    /// Averages over everything since the start or the last [`clear`](Self::clear).
    #[must_use]
    pub fn of_all(n_lags: usize, shape: SpectraShape) -> Self {
        Self {
            kind: Kind::Forgetting(ForgettingSpectra::new(0.0, n_lags, shape)),
            n_hops: u64::MAX,
            oldest: None,
        }
    }

    /// Take the segment of `hop`, whose centre is at `centre_secs`; `transform` writes the spectrum of channel `ch`, taper after
    /// taper. Hops must ascend. Allocates nothing.
    pub fn push(
        &mut self,
        hop: u64,
        centre_secs: f64,
        transform: impl FnMut(usize, &mut [Complex64]),
    ) {
        match &mut self.kind {
            Kind::Sliding(spectra, weights) => {
                spectra.push(hop, centre_secs, transform);
                weights.fill(spectra.segments().map(|(hop, _)| hop));
            }
            Kind::Forgetting(spectra) => {
                spectra.push(hop, centre_secs, transform);
                self.oldest.get_or_insert(hop);
            }
        }
    }

    /// `hop` brought no segment: what has grown too old by then leaves all the same. (What is forgotten fades with the next segment.)
    pub fn pass(&mut self, hop: u64) {
        if let Kind::Sliding(spectra, weights) = &mut self.kind {
            spectra.forget_before((hop + 1).saturating_sub(self.n_hops));
            weights.fill(spectra.segments().map(|(hop, _)| hop));
        }
    }

    /// Forget every segment.
    pub fn clear(&mut self) {
        self.oldest = None;
        match &mut self.kind {
            Kind::Sliding(spectra, weights) => {
                spectra.forget_before(u64::MAX);
                weights.clear();
            }
            Kind::Forgetting(spectra) => spectra.clear(),
        }
    }

    /// Segments that count: those within the integration time, or all that have faded into it.
    #[must_use]
    pub fn n_segments(&self) -> u64 {
        match &self.kind {
            Kind::Sliding(spectra, _) => spectra.n_segments() as u64,
            Kind::Forgetting(spectra) => spectra.n_segments(),
        }
    }

    /// The segments' weights.
    #[must_use]
    pub fn weights(&self) -> &LagWeights {
        match &self.kind {
            Kind::Sliding(_, weights) => weights,
            Kind::Forgetting(spectra) => spectra.weights(),
        }
    }

    /// Place on the grid of hops of the oldest segment that counts at `hop`; forgetting, not more than the integration time before it.
    #[must_use]
    pub fn oldest_hop(&self, hop: u64) -> u64 {
        match &self.kind {
            Kind::Sliding(spectra, _) => spectra.segments().next().map_or(hop, |(hop, _)| hop),
            Kind::Forgetting(_) => {
                let oldest = self.oldest.unwrap_or(hop);
                oldest.max((hop + 1).saturating_sub(self.n_hops))
            }
        }
    }

    /// Weighted mean of the segments' centres: the time that the averages describe. 0 without a segment.
    #[must_use]
    pub fn mean_centre_secs(&self) -> f64 {
        match &self.kind {
            Kind::Sliding(spectra, _) => {
                let sum: f64 = spectra.segments().map(|(_, centre)| centre).sum();
                sum / spectra.n_segments().max(1) as f64
            }
            Kind::Forgetting(spectra) => spectra.mean_centre_secs(),
        }
    }

    /// The spectra of the segments that slide, with their hops, oldest first; none where older ones are forgotten.
    pub fn kept(&self) -> impl Iterator<Item = (u64, &[Complex64])> + Clone {
        let sliding = match &self.kind {
            Kind::Sliding(spectra, _) => Some(spectra.kept()),
            Kind::Forgetting(_) => None,
        };
        sliding.into_iter().flatten()
    }

    /// Write the averaged one-sided PSDs, channel after channel.
    pub fn psd_into(&self, psd: &mut [f64]) {
        match &self.kind {
            Kind::Sliding(spectra, _) => spectra.psd_into(psd),
            Kind::Forgetting(spectra) => spectra.psd_into(psd),
        }
    }

    /// Write the averaged cross-spectra `mean(conj(A) B)`, pair after pair.
    pub fn csd_into(&self, csd: &mut [Complex64]) {
        match &self.kind {
            Kind::Sliding(spectra, _) => spectra.csd_into(csd),
            Kind::Forgetting(spectra) => spectra.csd_into(csd),
        }
    }

    /// What the measures of pair `pair` at `bin` are made of; without phases in the shape, those of the phases are not numbers.
    #[must_use]
    pub fn pair_means(&self, pair: usize, bin: usize) -> PairMeans {
        match &self.kind {
            Kind::Sliding(spectra, _) => spectra.pair_means(pair, bin),
            Kind::Forgetting(spectra) => spectra.pair_means(pair, bin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> SpectraShape {
        SpectraShape {
            n_channels: 1,
            n_bins: 1,
            n_tapers: 1,
            pairs: Vec::new(),
            with_phases: false,
        }
    }

    fn push(averages: &mut Averages, hop: u64) {
        averages.push(hop, hop as f64, |_, z| z[0] = Complex64::new(2.0, 0.0));
    }

    #[test]
    fn both_ways_describe_the_same_age_and_read_the_same_power() {
        for averaging in [Averaging::Sliding, Averaging::Forgetting] {
            let mut averages = Averages::new(averaging, 49, 8, shape());
            (0..2000).for_each(|hop| push(&mut averages, hop));
            let mut psd = [0.0];
            averages.psd_into(&mut psd);
            assert!((psd[0] - 4.0).abs() < 1e-9, "{averaging:?}: {psd:?}");
            // 49 segments up to 1999: their middle is 1975
            let centre = averages.mean_centre_secs();
            assert!((centre - 1975.0).abs() < 1e-6, "{averaging:?}: {centre}");
            assert_eq!(averages.oldest_hop(1999), 1951, "{averaging:?}");
        }
    }

    #[test]
    fn without_new_segments_the_sliding_ones_leave() {
        let mut averages = Averages::new(Averaging::Sliding, 4, 2, shape());
        (0..4).for_each(|hop| push(&mut averages, hop));
        averages.pass(5);
        assert_eq!((averages.n_segments(), averages.oldest_hop(5)), (2, 2));
        averages.pass(9);
        assert_eq!(averages.n_segments(), 0);
    }

    #[test]
    fn averages_of_all_keep_everything_until_cleared() {
        let mut averages = Averages::of_all(2, shape());
        (0..1000).for_each(|hop| push(&mut averages, hop));
        assert_eq!(averages.n_segments(), 1000);
        assert!((averages.weights().sum() - 1000.0).abs() < 1e-9);
        averages.clear();
        assert_eq!(averages.n_segments(), 0);
        push(&mut averages, 5000);
        assert!((averages.mean_centre_secs() - 5000.0).abs() < 1e-12);
    }
}
