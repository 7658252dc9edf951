//! Band-pass filters that give the analytic signal: their magnitude is the band's envelope.

use std::f64::consts::{PI, TAU};

use crate::dsp::filter_design::FilterError;
use crate::dsp::fir::hamming_fir;
use crate::stimulus::decimator::{dot, odd_taps, whole};

/// A complex FIR of odd length that passes positive frequencies of a band only, about its middle conjugate-symmetric: linear phase.
///
/// A sine of amplitude A within the band comes out with magnitude A.
#[derive(Debug, Clone)]
pub(super) struct AnalyticFir {
    re: Vec<f64>,
    im: Vec<f64>,
}

impl AnalyticFir {
    /// Windowed band-pass (Hamming) and its Hilbert transform: `int exp(j pi u m) du` from lower to upper edge, over the half rate.
    pub(super) fn band_pass(
        lo_hz: f64,
        hi_hz: f64,
        transition_hz: f64,
        rate_hz: f64,
    ) -> Result<Self, FilterError> {
        let re = hamming_fir(odd_taps(transition_hz, rate_hz), lo_hz, hi_hz, rate_hz)?;
        let (lo, hi) = (2.0 * lo_hz / rate_hz, 2.0 * hi_hz / rate_hz);
        let middle = (re.len() - 1) / 2;
        let scale = re[middle] / (hi - lo);
        let im = (0..re.len())
            .map(|n| {
                if n == middle {
                    return 0.0;
                }
                let m = n as f64 - middle as f64;
                let window = 0.54 + 0.46 * (PI * m / middle as f64).cos();
                scale * window * ((PI * lo * m).cos() - (PI * hi * m).cos()) / (PI * m)
            })
            .collect();
        Ok(Self { re, im })
    }

    /// Fourth-order gammatone magnitude `(1 + ((f - centre)/b)^2)^-2` with linear phase.
    ///
    /// Its impulse response is the inverse Fourier transform in closed form, `(1 + a|t|) exp(-a|t|) exp(j 2 pi centre t)`, `a = 2 pi b`, cut
    /// off at `a|t| = 10`, 66 dB down.
    pub(super) fn gammatone(centre_hz: f64, b_hz: f64, rate_hz: f64) -> Self {
        let decay = TAU * b_hz / rate_hz;
        let half = whole(10.0 / decay);
        let lags = (0..=2 * half).map(|n| n as f64 - half as f64);
        let shape = |lag: f64| (1.0 + decay * lag.abs()) * (-decay * lag.abs()).exp();
        let gain = 2.0 / lags.clone().map(shape).sum::<f64>();
        let angle = |lag: f64| TAU * centre_hz / rate_hz * lag;
        Self {
            re: lags
                .clone()
                .map(|m| gain * shape(m) * angle(m).cos())
                .collect(),
            im: lags.map(|m| gain * shape(m) * angle(m).sin()).collect(),
        }
    }

    pub(super) fn n_taps(&self) -> usize {
        self.re.len()
    }

    /// `|z|^2` of the analytic signal, from as many values as there are taps.
    pub(super) fn power(&self, values: &[f64]) -> f64 {
        let (re, im) = (dot(&self.re, values), dot(&self.im, values));
        re * re + im * im
    }
}
