//! Seeded test signals, and the way of them through efrscope.

#![allow(dead_code, reason = "each test takes what it needs")]

use efrscope::dsp::{Detrend, FreqAxis, SegmentFft, SlidingSpectra, SpectraShape, TaperSet};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Mcg;

/// Channels of coloured noise with a shared part, a line and a drift; microvolt-like sizes.
pub(crate) fn channels(seed: u64, n_channels: usize, n_samples: usize) -> Vec<Vec<f64>> {
    let mut rng = Pcg64Mcg::new(u128::from(seed) << 1 | 1);
    let mut normal = move || -> f64 { StandardNormal.sample(&mut rng) };
    let mut counters = 0.0;
    let mut own = vec![0.0; n_channels];
    let mut channels = vec![Vec::with_capacity(n_samples); n_channels];
    for n in 0..n_samples {
        counters = 0.8 * counters + normal();
        for (ch, channel) in channels.iter_mut().enumerate() {
            own[ch] = 0.95 * own[ch] + normal();
            let lag = ch as f64;
            let line = (0.4 * n as f64 + 0.7 * lag).sin();
            channel
                .push(4.0 * own[ch] + (3.0 - lag) * counters + 5.0 * line + 0.01 * n as f64 + 20.0);
        }
    }
    channels
}

/// A plan of spectra: everything between samples and averages.
pub(crate) struct Way {
    pub(crate) fft: SegmentFft,
    pub(crate) hop: usize,
}

impl Way {
    pub(crate) fn new(tapers: TaperSet, detrend: Detrend, sample_rate_hz: f64, hop: usize) -> Self {
        let axis = FreqAxis::new(sample_rate_hz, tapers.segment_len(), f64::INFINITY);
        Self {
            fft: SegmentFft::with_tapers(tapers, detrend, axis),
            hop,
        }
    }

    pub(crate) fn shape(&self, n_channels: usize) -> SpectraShape {
        SpectraShape {
            n_channels,
            n_bins: self.fft.axis().n_bins(),
            n_tapers: self.fft.tapers().n_tapers(),
            pairs: SpectraShape::all_pairs(n_channels),
            with_phases: true,
        }
    }

    /// How many segments the samples hold.
    pub(crate) fn n_segments(&self, n_samples: usize) -> usize {
        (n_samples - self.fft.axis().n_fft()) / self.hop + 1
    }

    /// All segments averaged, after as many segments of rubbish 1000 times as large have come and gone.
    pub(crate) fn average(&mut self, channels: &[Vec<f64>]) -> SlidingSpectra {
        let n_segments = self.n_segments(channels[0].len());
        let mut sliding = SlidingSpectra::of_shape(n_segments, self.shape(channels.len()));
        let (len, hop) = (self.fft.axis().n_fft(), self.hop);
        for i in 0..2 * n_segments {
            let start = (i % n_segments) * hop;
            sliding.push(i as u64, 0.0, |ch, spectrum| {
                self.fft
                    .transform(&channels[ch][start..start + len], spectrum);
                if i < n_segments {
                    for z in spectrum {
                        *z *= 1000.0;
                    }
                }
            });
        }
        sliding
    }
}
