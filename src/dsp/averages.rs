//! Averages over segments, sliding or forgetting, behind one face.

use num_complex::Complex64;
use serde::{Deserialize, Serialize};

use crate::dsp::lacking::Lacking;
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
///
/// A channel may lack segments that others have ([`push_partly`](Self::push_partly)): its averages are over its own. Of a pair, only the second channel may.
#[derive(Debug, Clone)]
pub struct Averages {
    kind: Kind,
    shape: SpectraShape,
    n_hops: u64,
    /// Place of the first segment taken, where it is not kept otherwise.
    oldest: Option<u64>,
}

#[derive(Debug, Clone)]
enum Kind {
    Sliding(SlidingSpectra, LagWeights, Lacking),
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
                SlidingSpectra::of_shape(n_hops, shape.clone()),
                LagWeights::new(n_lags),
                Lacking::new(shape.n_channels, n_lags, n_hops),
            ),
            Averaging::Forgetting => {
                let a = forgetting_share(n_hops as f64);
                Kind::Forgetting(ForgettingSpectra::new(a, n_lags, shape.clone()))
            }
        };
        Self {
            kind,
            shape,
            n_hops: n_hops as u64,
            oldest: None,
        }
    }

    /// Averages over everything since the start or the last [`clear`](Self::clear).
    #[must_use]
    pub fn of_all(n_lags: usize, shape: SpectraShape) -> Self {
        Self {
            kind: Kind::Forgetting(ForgettingSpectra::new(0.0, n_lags, shape.clone())),
            shape,
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
        self.push_partly((hop, centre_secs), &[], transform);
    }

    /// The same of a segment that the channels lack of which `lacks` says so: their spectra must be 0. Those beyond its end do not.
    pub fn push_partly(
        &mut self,
        (hop, centre_secs): (u64, f64),
        lacks: &[bool],
        transform: impl FnMut(usize, &mut [Complex64]),
    ) {
        match &mut self.kind {
            Kind::Sliding(spectra, weights, lacking) => {
                spectra.push(hop, centre_secs, transform);
                lacking.keep(hop, lacks);
                refill(spectra, weights, lacking);
            }
            Kind::Forgetting(spectra) => {
                spectra.push_partly((hop, centre_secs), lacks, transform);
                self.oldest.get_or_insert(hop);
            }
        }
    }

    /// `hop` brought no segment: what has grown too old by then leaves all the same. (What is forgotten fades with the next segment.)
    pub fn pass(&mut self, hop: u64) {
        if let Kind::Sliding(spectra, weights, lacking) = &mut self.kind {
            spectra.forget_before((hop + 1).saturating_sub(self.n_hops));
            refill(spectra, weights, lacking);
        }
    }

    /// Forget every segment.
    pub fn clear(&mut self) {
        self.oldest = None;
        match &mut self.kind {
            Kind::Sliding(spectra, weights, lacking) => {
                spectra.forget_before(u64::MAX);
                weights.clear();
                lacking.clear();
            }
            Kind::Forgetting(spectra) => spectra.clear(),
        }
    }

    /// Segments that count: those within the integration time, or all that have faded into it.
    #[must_use]
    pub fn n_segments(&self) -> u64 {
        match &self.kind {
            Kind::Sliding(spectra, ..) => spectra.n_segments() as u64,
            Kind::Forgetting(spectra) => spectra.n_segments(),
        }
    }

    /// The segments' weights.
    #[must_use]
    pub fn weights(&self) -> &LagWeights {
        match &self.kind {
            Kind::Sliding(_, weights, _) => weights,
            Kind::Forgetting(spectra) => spectra.weights(),
        }
    }

    /// Whether channel `ch` lacks segments that others have.
    #[must_use]
    pub fn lacks(&self, ch: usize) -> bool {
        self.lacking().lacks(ch)
    }

    /// Weights of the segments that channel `ch` has.
    #[must_use]
    pub fn weights_of(&self, ch: usize) -> &LagWeights {
        self.lacking().weights(ch).unwrap_or_else(|| self.weights())
    }

    /// Whether channel `ch` has the segment of `hop`, which is [kept](Self::kept).
    #[must_use]
    pub fn has(&self, ch: usize, hop: u64) -> bool {
        match &self.kind {
            Kind::Sliding(_, _, lacking) => !lacking.is_lacked(hop, ch),
            Kind::Forgetting(_) => false,
        }
    }

    fn lacking(&self) -> &Lacking {
        match &self.kind {
            Kind::Sliding(_, _, lacking) => lacking,
            Kind::Forgetting(spectra) => spectra.lacking(),
        }
    }

    /// What a mean over all segments is multiplied with to be one over those that channel `ch` has; 0 where it has none.
    fn own_share(&self, ch: usize) -> f64 {
        let own = self.weights_of(ch).sum();
        if own > 0.0 {
            self.weights().sum() / own
        } else {
            0.0
        }
    }

    /// Place on the grid of hops of the oldest segment that counts at `hop`; forgetting, not more than the integration time before it.
    #[must_use]
    pub fn oldest_hop(&self, hop: u64) -> u64 {
        match &self.kind {
            Kind::Sliding(spectra, ..) => spectra.segments().next().map_or(hop, |(hop, _)| hop),
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
            Kind::Sliding(spectra, ..) => {
                let sum: f64 = spectra.segments().map(|(_, centre)| centre).sum();
                sum / spectra.n_segments().max(1) as f64
            }
            Kind::Forgetting(spectra) => spectra.mean_centre_secs(),
        }
    }

    /// The spectra of the segments that slide, with their hops, oldest first; none where older ones are forgotten.
    pub fn kept(&self) -> impl Iterator<Item = (u64, &[Complex64])> + Clone {
        let sliding = match &self.kind {
            Kind::Sliding(spectra, ..) => Some(spectra.kept()),
            Kind::Forgetting(_) => None,
        };
        sliding.into_iter().flatten()
    }

    /// Write the averaged one-sided PSDs, channel after channel.
    pub fn psd_into(&self, psd: &mut [f64]) {
        match &self.kind {
            Kind::Sliding(spectra, ..) => spectra.psd_into(psd),
            Kind::Forgetting(spectra) => spectra.psd_into(psd),
        }
        let channels = psd.chunks_exact_mut(self.shape.n_bins.max(1));
        for (ch, psd) in channels.enumerate().filter(|(ch, _)| self.lacks(*ch)) {
            let share = self.own_share(ch);
            for value in psd {
                *value *= share;
            }
        }
    }

    /// Write the averaged cross-spectra `mean(conj(A) B)`, pair after pair.
    pub fn csd_into(&self, csd: &mut [Complex64]) {
        match &self.kind {
            Kind::Sliding(spectra, ..) => spectra.csd_into(csd),
            Kind::Forgetting(spectra) => spectra.csd_into(csd),
        }
        let pairs = csd.chunks_exact_mut(self.shape.n_bins.max(1));
        for (&(_, second), csd) in self.shape.pairs.iter().zip(pairs) {
            if self.lacks(second) {
                let share = self.own_share(second);
                for value in csd {
                    *value *= share;
                }
            }
        }
    }

    /// Write the averaged PSD of the first channel of pair `i` over the segments that its second has: what its cross-spectrum is compared with.
    pub fn partner_psd_into(&self, i: usize, psd: &mut [f64]) {
        let (first, second) = self.shape.pairs[i];
        let own = self.weights_of(second).sum();
        let scale = if own > 0.0 { 1.0 / own } else { 0.0 };
        psd.fill(0.0);
        match &self.kind {
            Kind::Sliding(spectra, _, lacking) => {
                let kept = spectra.kept();
                for (_, spectra) in kept.filter(|&(hop, _)| !lacking.is_lacked(hop, second)) {
                    let tapers = spectra[self.shape.of_channel(first)].chunks_exact(psd.len());
                    for (bin, z) in tapers.flat_map(|taper| taper.iter().enumerate()) {
                        psd[bin] += z.norm_sqr() * scale;
                    }
                }
            }
            Kind::Forgetting(spectra) => {
                let sum = self.weights().sum();
                let of_all = spectra.psd_of(first);
                for ((value, mean), lacked) in psd.iter_mut().zip(of_all).zip(spectra.lacked(i)) {
                    *value = ((mean * sum - lacked) * scale).max(0.0);
                }
            }
        }
    }

    /// What the measures of pair `pair` at `bin` are made of; without phases in the shape, those of the phases are not numbers.
    #[must_use]
    pub fn pair_means(&self, pair: usize, bin: usize) -> PairMeans {
        match &self.kind {
            Kind::Sliding(spectra, ..) => spectra.pair_means(pair, bin),
            Kind::Forgetting(spectra) => spectra.pair_means(pair, bin),
        }
    }
}

/// The weights of the segments in the window, of all and of channels that lack some.
fn refill(spectra: &SlidingSpectra, weights: &mut LagWeights, lacking: &mut Lacking) {
    let hops = spectra.segments().map(|(hop, _)| hop);
    lacking.refill(&hops);
    weights.fill(hops);
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

    /// Two channels against a third; hops ascend with holes.
    fn of_three(averaging: Option<Averaging>) -> Averages {
        let shape = SpectraShape::against_stimulus(2, 3, 2);
        averaging.map_or_else(
            || Averages::of_all(4, shape.clone()),
            |averaging| Averages::new(averaging, 12, 4, shape.clone()),
        )
    }

    fn fill(hop: u64, ch: usize, z: &mut [Complex64]) {
        for (i, z) in z.iter_mut().enumerate() {
            let size = 1.0 + ((hop * 7 + ch as u64 * 3 + i as u64) % 11) as f64;
            *z = Complex64::from_polar(size, (hop * (2 + ch as u64) + i as u64) as f64);
        }
    }

    #[test]
    fn a_channel_that_lacks_segments_reads_as_if_only_its_own_had_come_and_touches_no_other() {
        let kinds = [Some(Averaging::Sliding), Some(Averaging::Forgetting), None];
        for averaging in kinds {
            let mut whole = of_three(averaging);
            let mut partly = of_three(averaging);
            let mut own = of_three(averaging);
            for hop in (0..40).filter(|hop| hop % 9 != 4) {
                let lacks = (20..24).contains(&hop);
                whole.push(hop, 0.0, |ch, z| fill(hop, ch, z));
                partly.push_partly((hop, 0.0), &[false, lacks, false], |ch, z| {
                    fill(hop, ch, z);
                    if lacks && ch == 1 {
                        z.fill(Complex64::default());
                    }
                });
                if lacks {
                    own.pass(hop);
                } else {
                    own.push(hop, 0.0, |ch, z| fill(hop, ch, z));
                }
                let numbers = |averages: &Averages| {
                    let (mut psd, mut csd) = ([0.0; 9], [Complex64::default(); 6]);
                    averages.psd_into(&mut psd);
                    averages.csd_into(&mut csd);
                    let mut partner = [0.0; 3];
                    averages.partner_psd_into(1, &mut partner);
                    (psd, csd, partner)
                };
                let (whole, own) = (numbers(&whole), numbers(&own));
                let (psd, csd, partner) = numbers(&partly);
                assert_eq!(
                    (&psd[..3], &psd[6..], &csd[..3]),
                    (&whole.0[..3], &whole.0[6..], &whole.1[..3])
                );
                let close = |a: f64, b: f64| (a - b).abs() < 1e-9 * (1.0 + b.abs());
                assert!(
                    psd[3..6]
                        .iter()
                        .zip(&own.0[3..6])
                        .all(|(a, b)| close(*a, *b)),
                    "{averaging:?} {hop}"
                );
                assert!(
                    csd[3..]
                        .iter()
                        .zip(&own.1[3..])
                        .all(|(a, b)| (a - b).norm() < 1e-9),
                    "{averaging:?} {hop}"
                );
                assert!(
                    partner.iter().zip(&own.2).all(|(a, b)| close(*a, *b)),
                    "{averaging:?} {hop}: {partner:?} {own:?}"
                );
            }
            let n_own = own.weights().mean_variance(&[1.0, 0.5]);
            let n = partly.weights_of(1).mean_variance(&[1.0, 0.5]);
            // what is forgotten fades with the next segment of any channel
            assert!((n / n_own - 1.0).abs() < 1e-9, "{averaging:?}");
        }
    }

    #[test]
    fn what_a_channel_lacked_is_forgotten_with_the_window() {
        let mut averages = of_three(Some(Averaging::Sliding));
        averages.push_partly((0, 0.0), &[true, false, false], |_, z| {
            z.fill(Complex64::default());
        });
        assert!(averages.lacks(0) && averages.weights_of(0).sum() < 0.5);
        (1..12).for_each(|hop| averages.push(hop, 0.0, |ch, z| fill(hop, ch, z)));
        assert!(averages.lacks(0) && !averages.lacks(1));
        averages.push(12, 0.0, |ch, z| fill(12, ch, z));
        assert!(!averages.lacks(0));
    }
}
