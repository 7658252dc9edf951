//! All channels and harmonics in one test.

use num_complex::Complex64;

use crate::dsp::periodic::{Hotelling, fisher};
use crate::dsp::tails::PValue;

use super::estimate::PooledEstimate;
use super::settings::{LEAST_EPOCHS, MOST_HARMONICS};

/// Most complex values per epoch in one test.
pub const MOST_POOLED: usize = 64;

/// The last epochs that every channel accepted.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    n_channels: usize,
    n_harmonics: usize,
    max_epochs: usize,
    n_added: usize,
    /// Harmonic after harmonic, channel after channel, each with its epochs.
    z_uv: Vec<Complex64>,
    all: Option<Hotelling>,
    channels: Option<Hotelling>,
    estimate: PooledEstimate,
}

impl Pool {
    pub(super) fn new(n_channels: usize, n_harmonics: usize, max_epochs: usize) -> Self {
        let planned = |n| (n <= MOST_POOLED).then(|| Hotelling::new(n));
        let channels = planned(n_channels);
        let n_kept = if channels.is_some() { max_epochs } else { 0 };
        Self {
            n_channels,
            n_harmonics,
            max_epochs,
            n_added: 0,
            z_uv: vec![Complex64::default(); n_channels * n_harmonics * n_kept],
            all: planned(n_channels * n_harmonics),
            channels,
            estimate: PooledEstimate::default(),
        }
    }

    /// Keep an epoch: `z_uv(channel, harmonic)`.
    pub(super) fn add(&mut self, z_uv: impl Fn(usize, usize) -> Complex64) {
        let slot = self.n_added % self.max_epochs;
        self.n_added += 1;
        for (i, epochs) in self.z_uv.chunks_exact_mut(self.max_epochs).enumerate() {
            epochs[slot] = z_uv(i % self.n_channels, i / self.n_channels);
        }
    }

    /// Recompute the estimate. Allocates nothing.
    pub(super) fn update(&mut self) {
        let n = self.n_added.min(self.max_epochs);
        self.estimate = PooledEstimate {
            n_epochs: n,
            ..PooledEstimate::default()
        };
        let Some(channels) = self.channels.as_mut().filter(|_| n >= LEAST_EPOCHS) else {
            return;
        };
        let mut lists: [&[Complex64]; MOST_POOLED] = [&[]; MOST_POOLED];
        if let Some(all) = &mut self.all {
            let epochs = self.z_uv.chunks_exact(self.max_epochs);
            for (list, epochs) in lists.iter_mut().zip(epochs) {
                *list = &epochs[..n];
            }
            match all.test(&lists[..self.n_channels * self.n_harmonics]) {
                Ok(test) => self.estimate.hotelling = Some(test),
                Err(refused) => self.estimate.refused = Some(refused),
            }
        }
        let mut p = [PValue::ONE; MOST_HARMONICS];
        let per_harmonic = self.z_uv.chunks_exact(self.max_epochs * self.n_channels);
        for (p, harmonic) in p.iter_mut().zip(per_harmonic) {
            let epochs = harmonic.chunks_exact(self.max_epochs);
            for (list, epochs) in lists.iter_mut().zip(epochs) {
                *list = &epochs[..n];
            }
            match channels.test(&lists[..self.n_channels]) {
                Ok(test) => *p = test.p,
                Err(refused) => {
                    self.estimate.refused = Some(refused);
                    return;
                }
            }
        }
        self.estimate.fisher = fisher(p.into_iter().take(self.n_harmonics));
    }

    pub(super) fn estimate(&self) -> &PooledEstimate {
        &self.estimate
    }

    pub(super) fn reset(&mut self) {
        self.n_added = 0;
        self.estimate = PooledEstimate::default();
    }
}
