//! A file's sound as the output wants it: rate, channels, gain. Done before anything is played.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

use crate::format::Audio;
use crate::publish::player::PlayError;

/// Samples that one transform of the resampler sees, at least: its low-pass is that long, so that it passes 97 % of the lower band and
/// lets nothing above it through (-100 dB), with linear phase and its delay taken out.
const FILTER_SAMPLES: usize = 4096;
/// Rounding of float32 beyond full scale is no clipping.
const FULL_SCALE: f32 = 1.0 + 1e-6;

/// A sound at the output's rate, gain included.
#[derive(Debug, Clone, PartialEq)]
pub struct Stimulus {
    /// Name of the file, without its folder.
    pub name: String,
    /// Values per sample.
    pub n_channels: usize,
    /// Interleaved, from -1 to 1.
    pub samples: Vec<f32>,
    /// The rate that the file has.
    pub file_rate_hz: u32,
}

impl Stimulus {
    /// Samples, each of all channels.
    #[must_use]
    pub fn n_samples(&self) -> u64 {
        (self.samples.len() / self.n_channels) as u64
    }
}

/// Makes the file `name` fit the output: mixed to one channel if `mono`, resampled to `rate_hz`, amplified by `gain_db`.
///
/// # Errors
/// [`PlayError::Clips`] if full scale would be exceeded: a clipped stimulus has another spectrum than the file.
pub fn fit_to_output(
    name: &str,
    audio: Audio,
    rate_hz: u32,
    mono: bool,
    gain_db: f64,
) -> Result<Stimulus, PlayError> {
    let file_rate_hz = audio.rate_hz;
    let audio = if mono { mixed(&audio) } else { audio };
    let n_channels = audio.n_channels;
    let mut samples = if rate_hz == file_rate_hz {
        audio.samples
    } else {
        resampled(&audio, rate_hz).map_err(|problem| PlayError::Resampling {
            file: name.to_owned(),
            from_hz: file_rate_hz,
            to_hz: rate_hz,
            problem,
        })?
    };
    amplify(&mut samples, gain_db);
    let peak = samples
        .iter()
        .fold(0.0_f32, |peak, value| peak.max(value.abs()));
    if peak > FULL_SCALE {
        let too_much_db = 20.0 * f64::from(peak).log10();
        return Err(PlayError::Clips {
            file: name.to_owned(),
            peak,
            // rounded down, so that what is advised fits
            fitting_gain_db: (10.0 * (gain_db - too_much_db)).floor() / 10.0,
        });
    }
    Ok(Stimulus {
        name: name.to_owned(),
        n_channels,
        samples,
        file_rate_hz,
    })
}

/// The mean of the channels.
fn mixed(audio: &Audio) -> Audio {
    let n_channels = audio.n_channels;
    let mean = |sample: &[f32]| sample.iter().sum::<f32>() / n_channels as f32;
    Audio {
        samples: audio.samples.chunks_exact(n_channels).map(mean).collect(),
        n_channels: 1,
        rate_hz: audio.rate_hz,
    }
}

fn amplify(samples: &mut [f32], gain_db: f64) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "float32 is what samples are"
    )]
    let gain = 10_f64.powf(gain_db / 20.0) as f32;
    for value in samples {
        *value *= gain;
    }
}

fn resampled(audio: &Audio, rate_hz: u32) -> Result<Vec<f32>, String> {
    let n_samples = audio.n_samples();
    let (from_hz, to_hz) = (audio.rate_hz as usize, rate_hz as usize);
    // twice the least number of input samples that make whole output samples: the delay, half a transform, is then whole on both sides
    let whole = 2 * from_hz / greatest_common_divisor(from_hz, to_hz);
    let mut resampler = Fft::<f32>::new_custom(
        from_hz,
        to_hz,
        whole * FILTER_SAMPLES.div_ceil(whole),
        1,
        audio.n_channels,
        WindowFunction::BlackmanHarris2,
        FixedSync::Input,
    )
    .map_err(|error| error.to_string())?;
    let input = InterleavedSlice::new(&audio.samples, audio.n_channels, n_samples)
        .map_err(|error| error.to_string())?;
    let output = resampler
        .process_all(&input, n_samples, None)
        .map_err(|error| error.to_string())?;
    let mut samples = output.take_data();
    // the resampler rounds up in floating point, at times by one sample too much
    let n_out = (n_samples as u128 * u128::from(rate_hz)).div_ceil(u128::from(audio.rate_hz));
    samples.truncate(
        usize::try_from(n_out)
            .unwrap_or(usize::MAX)
            .saturating_mul(audio.n_channels),
    );
    Ok(samples)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    #[expect(
        clippy::cast_possible_truncation,
        reason = "float32 is what samples are"
    )]
    fn tone(hz: f64, rate_hz: u32, n_samples: usize) -> Audio {
        let value = |n: usize| (0.5 * (TAU * hz * n as f64 / f64::from(rate_hz)).sin()) as f32;
        Audio {
            rate_hz,
            n_channels: 1,
            samples: (0..n_samples).map(value).collect(),
        }
    }

    /// Greatest difference from the tone at the new rate, edges left out.
    fn worst_error(hz: f64, from_hz: u32, to_hz: u32) -> f64 {
        let audio = tone(hz, from_hz, from_hz as usize);
        let stimulus = fit_to_output("t", audio, to_hz, false, 0.0).unwrap();
        assert_eq!(
            stimulus.n_samples(),
            u64::from(to_hz),
            "a second stays a second"
        );
        let middle = to_hz as usize / 4..3 * to_hz as usize / 4;
        let error = |n: usize| {
            let expected = 0.5 * (TAU * hz * n as f64 / f64::from(to_hz)).sin();
            (f64::from(stimulus.samples[n]) - expected).abs()
        };
        middle.map(error).fold(0.0, f64::max)
    }

    #[test]
    fn tones_keep_their_amplitude_and_their_time() {
        for (from_hz, to_hz) in [
            (44_100, 48_000),
            (48_000, 44_100),
            (8_000, 44_100),
            (16_000, 48_000),
            (96_000, 44_100),
            (22_050, 47_999),
        ] {
            let band_hz = f64::from(from_hz.min(to_hz)) / 2.0;
            for hz in [100.0, 0.2 * band_hz, 0.9 * band_hz] {
                let error = worst_error(hz, from_hz, to_hz);
                assert!(error < 2e-5, "{hz} Hz from {from_hz} to {to_hz}: {error}");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_does_not_fold() {
        let audio = tone(20_000.0, 48_000, 48_000);
        let stimulus = fit_to_output("t", audio, 32_000, false, 0.0).unwrap();
        let middle = &stimulus.samples[8_000..24_000];
        let peak = middle
            .iter()
            .fold(0.0_f32, |peak, value| peak.max(value.abs()));
        assert!(peak < 5e-6, "{peak}");
    }

    #[test]
    fn at_the_same_rate_the_very_samples_are_played() {
        let audio = tone(440.0, 44_100, 100);
        let stimulus = fit_to_output("t", audio.clone(), 44_100, false, 0.0).unwrap();
        assert_eq!(stimulus.samples, audio.samples);
    }

    #[test]
    fn gain_is_in_decibels_and_clipping_is_refused_with_a_gain_that_fits() {
        let audio = tone(1000.0, 8_000, 800);
        let half = fit_to_output("t", audio.clone(), 8_000, false, -20.0 * 2_f64.log10()).unwrap();
        assert!((half.samples[2] - 0.25).abs() < 1e-6);
        let error = fit_to_output("t.wav", audio.clone(), 8_000, false, 7.0).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("t.wav reaches 1.119") && text.contains("--gain-db 6.0"),
            "{text}"
        );
        assert!(fit_to_output("t", audio, 8_000, false, 6.0).is_ok());
    }

    #[test]
    fn a_mono_mix_is_the_mean() {
        let audio = Audio {
            rate_hz: 8_000,
            n_channels: 2,
            samples: vec![1.0, 0.5, -1.0, 0.0],
        };
        let stimulus = fit_to_output("t", audio, 8_000, true, 0.0).unwrap();
        assert_eq!(
            (stimulus.n_channels, stimulus.samples),
            (1, vec![0.75, -0.5])
        );
    }
}
