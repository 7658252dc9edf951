//! What can be typed after `efrscope play`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::{CliError, Timing, recipe_of_sound};
use crate::publish::player::{Latency, Order, Sending};
use crate::stimulus::{EnvelopeExtractor, Recipe};

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch that a person types"
)]
pub(in crate::cli) struct Playing {
    /// WAV, FLAC, MP3 or Ogg Vorbis files, played in this order
    #[arg(value_name = "FILE", required_unless_present = "devices")]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) timing: Timing,
    /// The sound device, or a part of its name; `none`: no sound, paced by the clock
    #[arg(long, value_name = "NAME")]
    pub(super) device: Option<String>,
    /// List the sound devices with their rates and the latency they report, and end
    #[arg(long)]
    pub(super) devices: bool,
    /// What is sent of the stimulus
    #[arg(long, value_name = "WHAT", value_enum, default_value = "audio")]
    send: What,
    /// The envelope's recipe: paper, aiken-picton, gammatone, rms or half-wave
    #[arg(long, value_name = "NAME", value_parser = recipe_of_sound, required_if_eq("send", "envelope"))]
    recipe: Option<Recipe>,
    /// Latency from the device's request to the ear, measured: X replaces what the device reports, +X or -X is added to it
    #[arg(long, value_name = "MS", value_parser = Latency::parse, allow_hyphen_values = true, default_value = "+0", hide_default_value = true)]
    pub(super) latency_ms: Latency,
    /// Play each file N times, without a pause
    #[arg(long = "loop", value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    loops: u32,
    /// Play the list N times
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    repeat: u32,
    /// Silence between two files
    #[arg(long, value_name = "SECS", default_value = "0", value_parser = silence, allow_hyphen_values = true)]
    pub(super) pause: f64,
    /// Silence before the first file, for readers of the streams to join
    #[arg(long, value_name = "SECS", default_value = "5", value_parser = silence, allow_hyphen_values = true)]
    pub(super) lead: f64,
    /// Play the list in an order drawn from SEED, anew for each repetition
    #[arg(long, value_name = "SEED")]
    pub(super) shuffle: Option<u64>,
    /// Play each file alternately as it is and inverted
    #[arg(long)]
    alternate_polarity: bool,
    /// Control run: the earphones stay silent, streams and markers are as always
    #[arg(long)]
    pub(super) silent: bool,
    /// Amplify by so many decibels
    #[arg(long, value_name = "DB", default_value = "0", value_parser = decibels, allow_hyphen_values = true)]
    pub(super) gain_db: f64,
    /// Mix all channels to one
    #[arg(long)]
    pub(super) mono: bool,
    /// Rate of the output: files of another are resampled; without it, the first file's if the device has it
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(8_000..=192_000))]
    pub(super) rate: Option<u32>,
    /// Begins the streams' source ids; without it, `efrscope-play-` and the host's name
    #[arg(long, value_name = "ID", value_parser = source_id)]
    source_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Every sample
    Audio,
    /// The envelope that a recipe makes of them
    Envelope,
}

impl Playing {
    pub(super) fn order(&self) -> Order {
        Order {
            n_loops: self.loops,
            n_repeats: self.repeat,
            shuffle_seed: self.shuffle,
            alternate_polarity: self.alternate_polarity,
        }
    }

    /// What is sent of sound at `rate_hz`.
    pub(super) fn sending(&self, rate_hz: u32) -> Result<Sending, CliError> {
        match (self.send, self.recipe) {
            (What::Envelope, Some(recipe)) => {
                let extractor = EnvelopeExtractor::new(recipe, f64::from(rate_hz))?;
                Ok(Sending::Envelope(Box::new(extractor)))
            }
            // a recipe is required with an envelope
            (What::Envelope, None) | (What::Audio, None | Some(_)) => Ok(Sending::Audio),
        }
    }

    pub(super) fn source_id(&self) -> String {
        self.source_id.clone().unwrap_or_else(|| {
            let host = gethostname::gethostname();
            let host = host.to_string_lossy();
            let is_plain = |c: &char| c.is_ascii_alphanumeric() || ".-_".contains(*c);
            format!(
                "efrscope-play-{}",
                host.chars().filter(is_plain).collect::<String>()
            )
        })
    }

    /// What the streams' descriptions say of all this.
    pub(super) fn told(&self) -> Vec<(&'static str, String)> {
        let mut told = vec![
            ("gain_db", self.gain_db.to_string()),
            (
                "run",
                if self.silent { "control" } else { "stimulus" }.to_owned(),
            ),
            ("loops", self.loops.to_string()),
            ("repeats", self.repeat.to_string()),
            ("alternate_polarity", self.alternate_polarity.to_string()),
        ];
        if let Some(seed) = self.shuffle {
            told.push(("shuffle_seed", seed.to_string()));
        }
        told
    }
}

fn silence(text: &str) -> Result<f64, String> {
    number(text, 0.0, 3600.0).ok_or_else(|| "allowed are seconds from 0 to 3600".to_owned())
}

fn decibels(text: &str) -> Result<f64, String> {
    number(text, -120.0, 60.0).ok_or_else(|| "allowed are decibels from -120 to 60".to_owned())
}

fn number(text: &str, least: f64, most: f64) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    (least..=most).contains(&value).then_some(value)
}

/// An apostrophe in an id keeps liblsl from finding the stream again.
fn source_id(text: &str) -> Result<String, String> {
    let is_fine = |c: char| !c.is_control() && !"'\"<>&".contains(c);
    if (1..=200).contains(&text.len()) && text.chars().all(is_fine) {
        Ok(text.to_owned())
    } else {
        Err("allowed are 1 to 200 characters without quotation marks, <, > and &".to_owned())
    }
}
