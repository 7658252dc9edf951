use std::path::{Path, PathBuf};

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

use super::*;

/// A WAV file of 16-bit integers.
fn wav(rate_hz: u32, n_channels: u16, values: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    riff(1, rate_hz, n_channels, 16, &data)
}

/// A WAV file of floating point.
fn wav_float(rate_hz: u32, values: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    riff(3, rate_hz, 1, 32, &data)
}

fn riff(format: u16, rate_hz: u32, n_channels: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    let align = n_channels * bits / 8;
    let n_data = u32::try_from(data.len()).unwrap();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + n_data).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(format.to_le_bytes());
    file.extend(n_channels.to_le_bytes());
    file.extend(rate_hz.to_le_bytes());
    file.extend((rate_hz.wrapping_mul(u32::from(align))).to_le_bytes());
    file.extend(align.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(b"data");
    file.extend(n_data.to_le_bytes());
    file.extend(data);
    file
}

fn decode(bytes: &[u8], name: &str) -> Result<Audio, AudioError> {
    Audio::decode(bytes.to_vec(), Path::new(name))
}

fn refusal(bytes: &[u8], name: &str) -> String {
    decode(bytes, name).unwrap_err().to_string()
}

fn sound(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sounds");
    std::fs::read(folder.join(name)).unwrap()
}

/// `0.5 sin 440 Hz` on the left, `0.25 sin 1 kHz` on the right: what tests/sounds/make.py wrote.
fn worst_error(audio: &Audio) -> f64 {
    let error = |(index, sample): (usize, &[f32])| {
        let t_secs = index as f64 / f64::from(audio.rate_hz);
        let tone = |gain: f64, hz: f64| gain * (std::f64::consts::TAU * hz * t_secs).sin();
        let left = (f64::from(sample[0]) - tone(0.5, 440.0)).abs();
        left.max((f64::from(sample[1]) - tone(0.25, 1000.0)).abs())
    };
    audio
        .samples
        .chunks_exact(2)
        .enumerate()
        .map(error)
        .fold(0.0, f64::max)
}

#[test]
fn integers_become_shares_of_full_scale() {
    let audio = decode(&wav(8000, 2, &[0, 16384, -32768, 32767]), "a.wav").unwrap();
    assert_eq!(
        (audio.rate_hz, audio.n_channels, audio.n_samples()),
        (8000, 2, 2)
    );
    assert_eq!(audio.samples, [0.0, 0.5, -1.0, 32767.0 / 32768.0]);
}

#[test]
fn floating_point_is_taken_as_it_is() {
    let audio = decode(&wav_float(48_000, &[0.1, -1.5, 0.0]), "a.wav").unwrap();
    assert_eq!(audio.samples, [0.1, -1.5, 0.0]);
    assert_eq!(audio.duration_secs(), 3.0 / 48_000.0);
}

#[test]
fn every_format_gives_the_sound_back_from_its_first_sample_to_its_last() {
    for (name, tolerance) in [
        ("tones.wav", 2e-5),
        ("tones.flac", 2e-5),
        ("tones.mp3", 0.03),
        ("tones.ogg", 0.06),
    ] {
        let audio = decode(&sound(name), name).unwrap();
        let shape = (audio.rate_hz, audio.n_channels, audio.n_samples());
        assert_eq!(shape, (22_050, 2, 11_025), "{name}");
        let error = worst_error(&audio);
        assert!(error < tolerance, "{name}: {error}");
    }
    assert_eq!(
        decode(&sound("tones.wav"), "").unwrap(),
        decode(&sound("tones.flac"), "").unwrap()
    );
}

#[test]
fn the_ending_of_the_name_does_not_decide() {
    assert_eq!(
        decode(&sound("tones.flac"), "song.mp3").unwrap(),
        decode(&sound("tones.flac"), "song.flac").unwrap()
    );
}

#[test]
fn refusals_name_the_file_what_was_found_and_what_is_allowed() {
    let text = refusal(b"Hello, I am no sound at all.", "notes.txt");
    assert!(
        text.contains("\"Hello,.I\"") && text.contains("WAV, FLAC, MP3"),
        "{text}"
    );
    assert!(text.ends_with("notes.txt"), "{text}");
    assert!(refusal(b"", "nothing.wav").contains("it is empty"));

    let text = refusal(&wav(1000, 1, &[0; 100]), "slow.wav");
    assert!(
        text.contains("a rate of 1000 Hz; allowed are 4000 to 384000 Hz"),
        "{text}"
    );
    let text = refusal(&wav_float(8000, &[0.0, f32::NAN]), "nan.wav");
    assert!(text.contains("channel 0 holds NaN"), "{text}");
    let text = refusal(&wav(8000, 1, &[]), "silent.wav");
    assert!(text.contains("no sample"), "{text}");
    let text = Audio::read(Path::new("no/such.wav"))
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("no/such.wav") && text.contains("No such file"),
        "{text}"
    );
}

#[test]
fn a_file_cut_short_is_refused_and_not_played_in_part() {
    for name in ["tones.wav", "tones.flac", "tones.mp3"] {
        let whole = sound(name);
        for share in [10, 30, 50, 70, 90] {
            let cut = &whole[..whole.len() * share / 100];
            let Err(error) = decode(cut, name) else {
                panic!("{name}: {share} % of it was taken for the whole");
            };
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

#[test]
fn a_length_that_is_not_there_is_not_believed() {
    let mut file = wav(8000, 1, &[1; 100]);
    file[40..44].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    let text = refusal(&file, "liar.wav");
    assert!(text.contains("only whole files are played"), "{text}");
}

#[test]
fn damaged_files_and_garbage_are_refused_without_a_panic() {
    let mut random = Pcg64::seed_from_u64(5);
    let mut below = |n: usize| usize::try_from(random.next_u64() % n as u64).unwrap();
    let mut n_refused = 0;
    for name in ["tones.wav", "tones.flac", "tones.mp3", "tones.ogg"] {
        let whole = sound(name);
        for case in 0..800 {
            let mut bytes = whole[..whole.len().min(6000)].to_vec();
            match case % 4 {
                0 => bytes.truncate(below(bytes.len())),
                // the head decides what the rest is taken for
                1 => (0..=below(3))
                    .for_each(|_| bytes[below(80)] = u8::try_from(below(256)).unwrap()),
                2 => (0..=below(9)).for_each(|_| {
                    let at = below(bytes.len());
                    bytes[at] = u8::try_from(below(256)).unwrap();
                }),
                _ => (4 + below(8)..bytes.len())
                    .for_each(|at| bytes[at] = u8::try_from(below(256)).unwrap()),
            }
            match decode(&bytes, name) {
                Ok(audio) => assert!(audio.samples.iter().all(|value| value.is_finite())),
                Err(_) => n_refused += 1,
            }
        }
    }
    assert!(n_refused > 2000, "{n_refused}");
}

#[test]
fn recordings_of_speech_and_music_decode() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/audio");
    let files = [
        ("sense_and_sensibility_01_austen_64kb-0870.wav", 16_000),
        ("manolo_camp-morning_coffee.wav", 8_000),
    ];
    for (name, rate_hz) in files {
        let path: PathBuf = folder.join(name);
        if !path.is_file() {
            println!("passed over: no {}", path.display());
            continue;
        }
        let audio = Audio::read(&path).unwrap();
        assert_eq!((audio.rate_hz, audio.n_channels), (rate_hz, 1));
        let n_bytes = usize::try_from(std::fs::metadata(&path).unwrap().len()).unwrap();
        assert!(n_bytes - 2 * audio.n_samples() < 4096, "all of it");
    }
}
