//! `efrscope synth`: writes ready-made stimuli as sound files.

use std::fs::{self, OpenOptions};
use std::io::{self, Cursor, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::{CliError, print};
use crate::stimulus::synth::{Kind, SynthSettings, synth};

/// What `efrscope synth` is asked for.
#[derive(Debug, Args)]
pub(super) struct Synthesis {
    /// speech, music, am40 or am80; all of them when none is named
    #[arg(value_name = "KIND", value_parser = kind)]
    kinds: Vec<Kind>,
    /// Folder to write to; made if it is not there
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Another seed, another speech and music
    #[arg(long, value_name = "N", default_value_t = SynthSettings::default().seed)]
    seed: u64,
    /// Length in seconds; a tone's is rounded to whole cycles
    #[arg(long, value_name = "SECS", default_value_t = SynthSettings::default().secs)]
    secs: f64,
    /// Samples per second
    #[arg(long, value_name = "HZ", default_value_t = SynthSettings::default().rate_hz)]
    rate: u32,
    /// Carrier of am40 and am80
    #[arg(long, value_name = "HZ", default_value_t = SynthSettings::default().carrier_hz)]
    carrier: u32,
    /// Depth of the modulation of am40 and am80, above 0 to 1
    #[arg(long, value_name = "DEPTH", default_value_t = SynthSettings::default().depth)]
    depth: f64,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        format!("allowed are {}", names.join(", "))
    })
}

/// Make the sounds, write them and say what was written. Nothing is written unless all can be made and none is in the way.
pub(super) fn write_sounds(asked: &Synthesis) -> Result<(), CliError> {
    let settings = SynthSettings {
        seed: asked.seed,
        rate_hz: asked.rate,
        secs: asked.secs,
        carrier_hz: asked.carrier,
        depth: asked.depth,
    };
    let mut kinds = Kind::ALL.to_vec();
    kinds.retain(|kind| asked.kinds.is_empty() || asked.kinds.contains(kind));
    let path = |kind: Kind| asked.out.join(format!("{}.wav", kind.name()));
    let in_the_way = kinds
        .iter()
        .map(|&kind| path(kind))
        .find(|path| path.exists());
    if let Some(path) = in_the_way.filter(|_| !asked.force) {
        return Err(CliError::FileExists { path });
    }
    for &kind in &kinds {
        settings.check(kind)?;
    }
    fs::create_dir_all(&asked.out).map_err(|source| CliError::File {
        doing: "making the folder",
        path: asked.out.clone(),
        source,
    })?;
    for kind in kinds {
        let path = path(kind);
        let sound = synth(kind, &settings)?;
        let written =
            to_wav(&sound, asked.rate).and_then(|bytes| write_file(&path, &bytes, asked.force));
        written.map_err(|source| CliError::File {
            doing: "writing",
            path: path.clone(),
            source,
        })?;
        print(|out| writeln!(out, "{}", summary(kind, sound.len(), asked.rate, &path)))?;
    }
    Ok(())
}

/// 16-bit mono.
fn to_wav(sound: &[f32], rate_hz: u32) -> io::Result<Vec<u8>> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).map_err(io::Error::other)?;
    for &value in sound {
        writer
            .write_sample(to_16_bits(value))
            .map_err(io::Error::other)?;
    }
    writer.finalize().map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "sounds stay below full scale"
)]
fn to_16_bits(value: f32) -> i16 {
    (f64::from(value) * f64::from(i16::MAX)).round() as i16
}

/// All of it or nothing: a file that could not be finished is taken away.
fn write_file(path: &Path, bytes: &[u8], over: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if over {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes).inspect_err(|_failed| {
        // the error at hand is the one to tell
        let _removed = fs::remove_file(path);
    })
}

fn summary(kind: Kind, n_samples: usize, rate_hz: u32, path: &Path) -> String {
    let planted: Vec<String> = kind
        .planted_hz()
        .iter()
        .map(|&(lo, hi)| {
            if lo < hi {
                format!("{lo}-{hi}")
            } else {
                format!("{lo}")
            }
        })
        .collect();
    let secs = n_samples as f64 / f64::from(rate_hz);
    format!(
        "{}: {} of {secs} s at {rate_hz} Hz, 16 bit; planted in the envelope: {} Hz",
        path.display(),
        kind.name(),
        planted.join(", ")
    )
}
