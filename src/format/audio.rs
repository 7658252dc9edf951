//! Sound files: WAV, FLAC, MP3 and Ogg Vorbis, decoded whole.
//!
//! Nothing a file declares is trusted: memory grows with what is decoded, up to a limit, and what is damaged, cut short or not finite
//! is refused, since a stimulus that is not the one on the disk spoils the experiment without a sign.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

/// Largest file read: one hour and a half of uncompressed stereo at 48 kHz.
const MAX_FILE_BYTES: u64 = 1 << 30;
/// Most values decoded, all channels together: 46 minutes of stereo at 48 kHz, 1 GiB as float32.
const MAX_VALUES: usize = 1 << 28;
/// More channels than any stimulus has.
const MAX_CHANNELS: usize = 16;
const MIN_RATE_HZ: u32 = 4_000;
const MAX_RATE_HZ: u32 = 384_000;
/// Bytes of an unknown file that the error shows.
const N_BYTES_SHOWN: usize = 8;

/// A decoded sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Audio {
    /// Samples per second.
    pub rate_hz: u32,
    /// Values per sample, at least one.
    pub n_channels: usize,
    /// Interleaved, full scale is from -1 to 1 (files of floating point and lossy ones can go beyond); all finite.
    pub samples: Vec<f32>,
}

/// Why a sound file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// The file cannot be read.
    #[error("cannot read the sound file {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// It is none of the known formats.
    #[error(
        "the file begins with {begins}, which is no sound of a known format; allowed are WAV, FLAC, MP3 and Ogg Vorbis: {}",
        path.display()
    )]
    Unknown {
        /// Which.
        path: PathBuf,
        /// Its first bytes.
        begins: String,
    },
    /// It is beyond a limit.
    #[error("the sound has {found}; allowed are {allowed}: {}", path.display())]
    Limit {
        /// Which.
        path: PathBuf,
        /// What it has.
        found: String,
        /// What may be.
        allowed: String,
    },
    /// It cannot be decoded to its end.
    #[error("the sound is damaged or cut short after {decoded_secs:.3} s ({problem}); only whole files are played: {}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// How much of it was sound.
        decoded_secs: f64,
        /// What was met there.
        problem: String,
    },
}

impl Audio {
    /// Decode the file at `path`.
    ///
    /// The delay and the padding that an MP3 or Vorbis encoder adds are cut off where the file says how long they are.
    ///
    /// # Errors
    /// [`AudioError`], which names the file, what was found and what is allowed.
    pub fn read(path: &Path) -> Result<Self, AudioError> {
        let unreadable = |source| AudioError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        Self::decode(bytes, path)
    }

    /// Decode a file's bytes; `path` names it in errors, and its ending is a hint.
    ///
    /// # Errors
    /// As [`Audio::read`].
    pub fn decode(bytes: Vec<u8>, path: &Path) -> Result<Self, AudioError> {
        if bytes.len() as u64 > MAX_FILE_BYTES {
            let found = format!("more than {MAX_FILE_BYTES} bytes");
            return Err(limit(path, found, format!("{MAX_FILE_BYTES}")));
        }
        let begins = shown(&bytes);
        // the decoders' own arithmetic and indexing can panic on damaged files; nothing of theirs is left after that
        let decode = AssertUnwindSafe(|| Self::decode_trusting(bytes, path, &begins));
        catch_unwind(decode).unwrap_or_else(|_panic| {
            Err(damaged(
                path,
                0.0,
                "the decoder gave up on what it met".to_owned(),
            ))
        })
    }

    fn decode_trusting(bytes: Vec<u8>, path: &Path, begins: &str) -> Result<Self, AudioError> {
        let stream = MediaSourceStream::new(
            Box::new(Cursor::new(bytes)),
            MediaSourceStreamOptions::default(),
        );
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
            hint.with_extension(extension);
        }
        let unknown = || AudioError::Unknown {
            path: path.to_owned(),
            begins: begins.to_owned(),
        };
        let mut reader = symphonia::default::get_probe()
            .probe(
                &hint,
                stream,
                FormatOptions::default(),
                MetadataOptions::default(),
            )
            .map_err(|error| match error {
                Error::Unsupported(_) => unknown(),
                // looking for the beginning of a known format, it met the end
                Error::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    unknown()
                }
                error => damaged(path, 0.0, error.to_string()),
            })?;
        let track = reader.default_track(TrackType::Audio).ok_or_else(unknown)?;
        let mut decoding = Decoding::new(path, track)?;
        decoding.run(&mut *reader)?;
        decoding.finish()
    }

    /// Samples, each of all channels.
    #[must_use]
    pub fn n_samples(&self) -> usize {
        self.samples.len() / self.n_channels
    }

    /// How long it is.
    #[must_use]
    pub fn duration_secs(&self) -> f64 {
        self.n_samples() as f64 / f64::from(self.rate_hz)
    }
}

/// A file on its way from packets to samples.
struct Decoding<'a> {
    path: &'a Path,
    track_id: u32,
    decoder: Box<dyn AudioDecoder>,
    /// What the file says of its length, where its format is exact about it.
    declared_samples: Option<u64>,
    audio: Option<Audio>,
    packet: Vec<f32>,
}

impl<'a> Decoding<'a> {
    fn new(path: &'a Path, track: &Track) -> Result<Self, AudioError> {
        let parameters = track.codec_params.as_ref().and_then(|any| any.audio());
        let parameters =
            parameters.ok_or_else(|| damaged(path, 0.0, "its codec is not named".to_owned()))?;
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map_err(|error| match error {
                Error::Unsupported(_) => limit(
                    path,
                    "an encoding that is not known".to_owned(),
                    "PCM of 8 to 32 bits or floating point in WAV, FLAC, MP3 and Vorbis".to_owned(),
                ),
                error => damaged(path, 0.0, error.to_string()),
            })?;
        Ok(Self {
            path,
            track_id: track.id,
            decoder,
            declared_samples: track.num_frames,
            audio: None,
            packet: Vec::new(),
        })
    }

    fn run(&mut self, reader: &mut dyn FormatReader) -> Result<(), AudioError> {
        loop {
            match reader.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track_id => {
                    match self.decoder.decode(&packet) {
                        Ok(decoded) => {
                            let spec = decoded.spec();
                            let (rate_hz, n_channels) = (spec.rate(), spec.channels().count());
                            decoded.copy_to_vec_interleaved(&mut self.packet);
                            self.append(rate_hz, n_channels)?;
                        }
                        Err(error) => return Err(self.damaged(error.to_string())),
                    }
                }
                Ok(Some(_of_another_track)) => {}
                Ok(None) => return Ok(()),
                Err(error) => return Err(self.damaged(error.to_string())),
            }
        }
    }

    /// Take over one packet's samples.
    fn append(&mut self, rate_hz: u32, n_channels: usize) -> Result<(), AudioError> {
        let audio = match &mut self.audio {
            Some(audio) => audio,
            none => none.insert(begin(self.path, rate_hz, n_channels)?),
        };
        if (rate_hz, n_channels) != (audio.rate_hz, audio.n_channels) {
            let problem = format!(
                "from {} Hz and {} channels it turns to {rate_hz} Hz and {n_channels}",
                audio.rate_hz, audio.n_channels
            );
            return Err(self.damaged(problem));
        }
        if audio.samples.len() + self.packet.len() > MAX_VALUES {
            let secs = MAX_VALUES / n_channels / rate_hz.max(1) as usize;
            let found = format!("more than {secs} s of {n_channels} channels at {rate_hz} Hz");
            return Err(limit(
                self.path,
                found,
                format!("{MAX_VALUES} values, all channels together"),
            ));
        }
        if let Some(at) = self.packet.iter().position(|value| !value.is_finite()) {
            let problem = format!("channel {} holds {}", at % n_channels, self.packet[at]);
            return Err(self.damaged(problem));
        }
        audio.samples.append(&mut self.packet);
        Ok(())
    }

    fn finish(self) -> Result<Audio, AudioError> {
        let decoded = self.audio.as_ref().map_or(0, Audio::n_samples) as u64;
        match self.declared_samples {
            Some(declared) if declared > decoded => Err(self.damaged(format!(
                "{declared} samples are declared, {decoded} are there"
            ))),
            _ if decoded == 0 => Err(self.damaged("it holds no sample".to_owned())),
            _ => self
                .audio
                .ok_or_else(|| damaged(self.path, 0.0, "it holds no sample".to_owned())),
        }
    }

    fn damaged(&self, problem: String) -> AudioError {
        let decoded_secs = self.audio.as_ref().map_or(0.0, Audio::duration_secs);
        damaged(self.path, decoded_secs, problem)
    }
}

/// The sound without a sample yet, if its rate and channels are allowed.
fn begin(path: &Path, rate_hz: u32, n_channels: usize) -> Result<Audio, AudioError> {
    if !(MIN_RATE_HZ..=MAX_RATE_HZ).contains(&rate_hz) {
        let allowed = format!("{MIN_RATE_HZ} to {MAX_RATE_HZ} Hz");
        return Err(limit(path, format!("a rate of {rate_hz} Hz"), allowed));
    }
    if !(1..=MAX_CHANNELS).contains(&n_channels) {
        let allowed = format!("1 to {MAX_CHANNELS}");
        return Err(limit(path, format!("{n_channels} channels"), allowed));
    }
    Ok(Audio {
        rate_hz,
        n_channels,
        samples: Vec::new(),
    })
}

fn limit(path: &Path, found: String, allowed: String) -> AudioError {
    AudioError::Limit {
        path: path.to_owned(),
        found,
        allowed,
    }
}

fn damaged(path: &Path, decoded_secs: f64, problem: String) -> AudioError {
    AudioError::Damaged {
        path: path.to_owned(),
        decoded_secs,
        problem,
    }
}

/// The first bytes as a person can look them up.
fn shown(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing (it is empty)".to_owned();
    }
    let first = &bytes[..bytes.len().min(N_BYTES_SHOWN)];
    let text: String = first
        .iter()
        .map(|&byte| {
            if byte.is_ascii_graphic() {
                char::from(byte)
            } else {
                '.'
            }
        })
        .collect();
    let hex: Vec<String> = first.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{text:?} (bytes {})", hex.join(" "))
}

#[cfg(test)]
mod tests;
