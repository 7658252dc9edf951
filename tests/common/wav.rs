//! Sounds made in a test.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// Noise, uniform from -0.99 to 0.99 and reaching it.
pub(crate) fn noise(seed: u64, n_values: usize) -> Vec<f64> {
    let mut random = Pcg64::seed_from_u64(seed);
    let mut values: Vec<f64> = (0..n_values)
        .map(|_| 0.99 * (f64::from(random.next_u32()) / f64::from(u32::MAX) * 2.0 - 1.0))
        .collect();
    values[n_values / 2] = 0.99;
    values
}

/// Writes a WAV file of 16 bits.
#[allow(
    clippy::cast_possible_truncation,
    reason = "16 bits are what is written"
)]
pub(crate) fn write(path: &Path, rate_hz: u32, n_channels: u16, values: &[f64]) {
    let n_bytes = u32::try_from(2 * values.len()).unwrap();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + n_bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    file.extend(n_channels.to_le_bytes());
    file.extend(rate_hz.to_le_bytes());
    file.extend((rate_hz * u32::from(2 * n_channels)).to_le_bytes());
    file.extend((2 * n_channels).to_le_bytes());
    file.extend(b"\x10\0data");
    file.extend(n_bytes.to_le_bytes());
    for value in values {
        file.extend(((32768.0 * value).round() as i16).to_le_bytes());
    }
    std::fs::write(path, file).unwrap();
}
