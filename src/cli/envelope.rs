//! `efrscope envelope`: a sound file's envelope as a table, the same numbers as live.

use std::io::{self, Write};
use std::iter;
use std::path::PathBuf;

use clap::Args;

use crate::cli::{CliError, print, recipe_of_sound};
use crate::format::Audio;
use crate::stimulus::{EnvelopeExtractor, Recipe};

/// What `efrscope envelope` is asked for.
#[derive(Debug, Args)]
pub(super) struct Enveloping {
    /// A WAV, FLAC, MP3 or Ogg Vorbis file; of several channels the mean is taken
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// paper, aiken-picton, gammatone, rms or half-wave
    #[arg(long, value_name = "NAME", value_parser = recipe_of_sound, default_value = Recipe::Gammatone.name())]
    recipe: Recipe,
}

/// Print the envelope as CSV.
pub(super) fn envelope(asked: &Enveloping) -> Result<(), CliError> {
    let audio = Audio::read(&asked.file)?;
    let extractor = EnvelopeExtractor::new(asked.recipe, f64::from(audio.rate_hz))?;
    print(|out| write_table(&audio, extractor, out))?;
    Ok(())
}

/// A line for each value, with the time in the file that it describes: the recipe's delay is subtracted. Before and after the file it is silent.
fn write_table(
    audio: &Audio,
    mut extractor: EnvelopeExtractor,
    out: &mut dyn Write,
) -> io::Result<()> {
    let n_channels = audio.n_channels as f64;
    let frames = audio.samples.chunks_exact(audio.n_channels);
    let means = frames.map(|frame| frame.iter().copied().map(f64::from).sum::<f64>() / n_channels);
    let silence = iter::repeat_n(0.0, extractor.n_settling());
    let (delay, n_samples) = (extractor.delay_samples(), audio.n_samples() as f64);
    writeln!(out, "seconds,envelope")?;
    for (n, value) in means.chain(silence).enumerate() {
        let position = n as f64 - delay;
        if let Some(value) = extractor.push(value)
            && (0.0..n_samples).contains(&position)
        {
            writeln!(out, "{},{value}", position / f64::from(audio.rate_hz))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::stimulus::synth::{Kind, SynthSettings, synth};

    fn table(audio: &Audio) -> Vec<(f64, f64)> {
        let extractor = EnvelopeExtractor::new(Recipe::Gammatone, f64::from(audio.rate_hz));
        let mut csv = Vec::new();
        write_table(audio, extractor.unwrap(), &mut csv).unwrap();
        let text = String::from_utf8(csv).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("seconds,envelope"));
        lines
            .map(|line| {
                let (secs, value) = line.split_once(',').unwrap();
                (secs.parse().unwrap(), value.parse().unwrap())
            })
            .collect()
    }

    fn tone() -> Audio {
        let settings = SynthSettings {
            rate_hz: 16_000,
            secs: 2.0,
            ..SynthSettings::default()
        };
        Audio {
            rate_hz: 16_000,
            n_channels: 1,
            samples: synth(Kind::Am40, &settings).unwrap(),
        }
    }

    #[test]
    fn the_table_holds_the_whole_file_at_its_own_times() {
        let rows = table(&tone());
        assert_eq!(rows.len(), 2000);
        assert!(rows[0].0 < 0.001 && rows[1999].0 > 1.998);
        // planted is 1 + sin(2 pi 40 t): where the envelope is read at its own time, all of it is sine
        let inner = rows.iter().filter(|(secs, _)| (0.5..1.5).contains(secs));
        let (sine, cosine) = inner.fold((0.0, 0.0), |(sine, cosine), &(secs, value)| {
            let (s, c) = (TAU * 40.0 * secs).sin_cos();
            (sine + value * s, cosine + value * c)
        });
        let late_ms = -cosine.atan2(sine) / TAU / 40.0 * 1e3;
        assert!(late_ms.abs() < 0.05, "{late_ms} ms late");
    }

    #[test]
    fn of_two_channels_the_mean_is_taken() {
        let one = tone();
        let pair = |&value: &f32| [value, 0.0];
        let two = Audio {
            n_channels: 2,
            samples: one.samples.iter().flat_map(pair).collect(),
            ..one
        };
        let halved = Audio {
            samples: one_channel(&two),
            n_channels: 1,
            ..two
        };
        assert_eq!(table(&two), table(&halved));
    }

    fn one_channel(two: &Audio) -> Vec<f32> {
        two.samples.chunks(2).map(|frame| frame[0] / 2.0).collect()
    }
}
