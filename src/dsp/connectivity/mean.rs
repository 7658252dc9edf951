//! The mean of measures over bins.

use crate::dsp::Connectivity;

impl Connectivity {
    /// Each measure averaged over `bins`: the scores, not the spectra, as mne-connectivity's `faverage` does. `None` for no bins, or where one of
    /// them has no measures.
    #[must_use]
    pub fn mean(bins: impl Iterator<Item = Option<Self>>) -> Option<Self> {
        let mut n = 0.0;
        let mut mean: Option<Self> = None;
        for bin in bins {
            let bin = bin?;
            n += 1.0;
            mean = Some(mean.map_or(bin, |mean| mean.towards(&bin, 1.0 / n)));
        }
        mean
    }

    /// `self + share * (other - self)`, measure by measure.
    fn towards(&self, other: &Self, share: f64) -> Self {
        let step = |from: f64, to: f64| from + share * (to - from);
        Self {
            coherency: self.coherency + (other.coherency - self.coherency) * share,
            coh: step(self.coh, other.coh),
            msc: step(self.msc, other.msc),
            imcoh: step(self.imcoh, other.imcoh),
            plv: step(self.plv, other.plv),
            ciplv: step(self.ciplv, other.ciplv),
            ppc: step(self.ppc, other.ppc),
            pli: step(self.pli, other.pli),
            pli2_unbiased: step(self.pli2_unbiased, other.pli2_unbiased),
            dpli: step(self.dpli, other.dpli),
            wpli: step(self.wpli, other.wpli),
            wpli2_debiased: step(self.wpli2_debiased, other.wpli2_debiased),
        }
    }
}
