//! The group-sequential test computed directly, without the chain or any of its code: what its power must be.
//!
//! White stimulus and noise, Hann segments of 2 s every 0.25 s, a discrete Fourier sum per bin, blocks of 24 s. Where the
//! chain has a formula for the null, this ranks the statistic among blocks without response; thresholds are the published ones.

use std::f64::consts::TAU;

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

const LEN: usize = 400;
const HOP: usize = 50;
const BLOCK: usize = 4800;
/// 53 to 56 Hz at 0.5 Hz per bin.
const BINS: std::ops::RangeInclusive<usize> = 106..=112;
/// Sum of `-2 ln p` at which each of five looks rejects, 5 % in all (docs/DSP.md, section on looks).
const REJECT_AT: [f64; 5] = [9.210, 12.265, 14.950, 17.449, 19.830];

/// MSC of a response with this power over that of the noise.
pub(crate) fn msc_of(snr: f64) -> f64 {
    snr / (1.0 + snr)
}

/// The test with its null.
pub(crate) struct Direct {
    random: Pcg64,
    /// Taper times cosine and sine, per bin.
    waves: Vec<[Vec<f64>; 2]>,
    /// The statistic without response, ascending.
    null: Vec<f64>,
}

impl Direct {
    /// Ranks among `n_null` blocks without response.
    pub(crate) fn new(n_null: usize) -> Self {
        let wave = |bin: usize, part: fn(f64) -> f64| -> Vec<f64> {
            let taper = |n: usize| 0.5 - 0.5 * (TAU * n as f64 / LEN as f64).cos();
            (0..LEN)
                .map(|n| taper(n) * part(TAU * (bin * n % LEN) as f64 / LEN as f64))
                .collect()
        };
        let mut direct = Self {
            random: Pcg64::seed_from_u64(77),
            waves: BINS
                .map(|bin| [wave(bin, f64::cos), wave(bin, f64::sin)])
                .collect(),
            null: Vec::new(),
        };
        let mut null: Vec<f64> = (0..n_null).map(|_| direct.statistic(0.0)).collect();
        null.sort_by(f64::total_cmp);
        direct.null = null;
        direct
    }

    /// The look that detects a response of power `snr` over the noise.
    pub(crate) fn session(&mut self, snr: f64) -> Option<usize> {
        let mut sum = 0.0;
        REJECT_AT.iter().position(|&threshold| {
            let statistic = self.statistic(snr);
            let n_above = self.null.len() - self.null.partition_point(|&s| s < statistic);
            let p = (n_above as f64 + 1.0) / (self.null.len() as f64 + 1.0);
            sum -= 2.0 * p.ln();
            sum >= threshold
        })
    }

    /// `-sum ln(1 - C)` over the bins of one block.
    fn statistic(&mut self, snr: f64) -> f64 {
        let mut normal = || -> f64 { StandardNormal.sample(&mut self.random) };
        let x: Vec<f64> = (0..BLOCK).map(|_| normal()).collect();
        let y: Vec<f64> = x.iter().map(|x| snr.sqrt() * x + normal()).collect();
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let of_bin = |[cos, sin]: &[Vec<f64>; 2]| {
            let (mut xx, mut yy, mut re, mut im) = (0.0, 0.0, 0.0, 0.0);
            for start in (0..=BLOCK - LEN).step_by(HOP) {
                let (x, y) = (&x[start..start + LEN], &y[start..start + LEN]);
                let (x_cos, x_sin) = (dot(x, cos), dot(x, sin));
                let (y_cos, y_sin) = (dot(y, cos), dot(y, sin));
                xx += x_cos * x_cos + x_sin * x_sin;
                yy += y_cos * y_cos + y_sin * y_sin;
                re += x_cos * y_cos + x_sin * y_sin;
                im += x_cos * y_sin - x_sin * y_cos;
            }
            -(-(re * re + im * im) / (xx * yy)).ln_1p()
        };
        self.waves.iter().map(of_bin).sum()
    }
}
