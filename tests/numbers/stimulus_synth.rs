//! The ready-made stimuli: their envelope holds what is said to be planted, they loop, and the files in assets are theirs.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use efrscope::dsp::{FlankFit, FlankRule, FreqAxis, SegmentFft, SlidingSpectra, Taper, TaperKind};
use efrscope::stimulus::synth::{Kind, PEAK, PLANTED_BANDS_HZ, SynthError, SynthSettings, synth};
use efrscope::stimulus::{EnvelopeExtractor, Recipe};
use num_complex::Complex64;
use serde_json::json;

use crate::runner;

/// How the sounds in assets/stimuli were made, in the repository's folder.
const MADE_BY: &str = "efrscope synth --out assets/stimuli --secs 8 --rate 16000";
/// Those of [`MADE_BY`].
const SETTINGS: SynthSettings = SynthSettings {
    seed: 1,
    rate_hz: 16_000,
    secs: 8.0,
    carrier_hz: 1010,
    depth: 1.0,
};

/// The settled envelope of `sound`, twice over without a pause, and its rate in Hz.
fn envelope(sound: &[f32], rate_hz: u32, recipe: Recipe) -> (Vec<f64>, f64) {
    let mut extractor = EnvelopeExtractor::new(recipe, f64::from(rate_hz)).unwrap();
    let looped = sound.iter().chain(sound);
    let settled = extractor.n_settling();
    let values = looped
        .enumerate()
        .filter_map(|(n, &x)| extractor.push(f64::from(x)).filter(|_| n >= settled))
        .collect();
    (values, extractor.envelope_rate_hz())
}

/// One-sided PSD in segments of 2 s.
fn psd(values: &[f64], rate_hz: f64) -> (FreqAxis, Vec<f64>) {
    let hop = SETTINGS.rate_hz as usize / 16;
    let len = 2 * hop;
    let axis = FreqAxis::new(rate_hz, len, 200.0);
    let mut fft = SegmentFft::new(Taper::new(TaperKind::Hann, len), axis);
    let n_segments = (values.len() - len) / hop + 1;
    let mut sliding = SlidingSpectra::new(n_segments, 1, axis.n_bins(), &[]);
    for k in 0..n_segments {
        let segment = &values[k * hop..k * hop + len];
        sliding.push(k as u64, 0.0, |_, spectrum| {
            fft.transform(segment, spectrum);
        });
    }
    let mut psd = vec![0.0; axis.n_bins()];
    sliding.psd_into(&mut psd);
    (axis, psd)
}

/// The planted bands over a power law through their flanks of 4 Hz, in dB.
fn planted_db(sound: &[f32], recipe: Recipe) -> [f64; 3] {
    let (values, rate_hz) = envelope(sound, SETTINGS.rate_hz, recipe);
    let (axis, psd) = psd(&values, rate_hz);
    PLANTED_BANDS_HZ.map(|(lo, hi)| {
        let fit = FlankFit::new(&axis, lo, hi, &FlankRule::default()).unwrap();
        fit.snr(&psd, &[1.0]).unwrap().db()
    })
}

#[test]
fn planted_bands_stand_out_of_the_envelope_of_speech_and_music_by_every_recipe() {
    for kind in [Kind::Speech, Kind::Music] {
        for (seed, recipe) in Recipe::ALL
            .map(|recipe| (1, recipe))
            .into_iter()
            .chain([(2, Recipe::Paper), (3, Recipe::Gammatone)])
            .filter(|&(_, recipe)| recipe != Recipe::AsIs)
        {
            let sound = synth(kind, &SynthSettings { seed, ..SETTINGS }).unwrap();
            let [low, middle, high] = planted_db(&sound, recipe);
            let named = format!(
                "{}, seed {seed}, {}: 8-11 Hz {low:.1} dB, 53-56 Hz {middle:.1} dB, 78-81 Hz {high:.1} dB",
                kind.name(),
                recipe.name()
            );
            println!("{named}");
            assert!(low > 4.0 && middle > 11.0 && high > 11.0, "{named}");
        }
    }
}

#[test]
fn a_band_that_is_not_planted_does_not_stand_out() {
    for kind in [Kind::Speech, Kind::Music] {
        let sound = synth(kind, &SETTINGS).unwrap();
        let (values, rate_hz) = envelope(&sound, SETTINGS.rate_hz, Recipe::AikenPicton);
        let (axis, psd) = psd(&values, rate_hz);
        for (lo, hi) in [(27.0, 30.0), (34.0, 37.0), (66.0, 69.0)] {
            let fit = FlankFit::new(&axis, lo, hi, &FlankRule::default()).unwrap();
            let db = fit.snr(&psd, &[1.0]).unwrap().db();
            assert!(db < 4.0, "{} {lo}-{hi} Hz: {db:.1} dB", kind.name());
        }
    }
}

#[test]
fn the_envelope_of_a_modulated_tone_is_one_line_as_deep_as_asked() {
    for (kind, hz) in [(Kind::Am40, 40.0), (Kind::Am80, 80.0)] {
        for (carrier_hz, depth) in [(1010, 1.0), (613, 0.5), (4000, 0.05)] {
            let sound = synth(
                kind,
                &SynthSettings {
                    carrier_hz,
                    depth,
                    ..SETTINGS
                },
            )
            .unwrap();
            let (values, rate_hz) = envelope(&sound, SETTINGS.rate_hz, Recipe::AikenPicton);
            // 8 s hold whole cycles of every multiple of 1 Hz
            let period = &values[..8000];
            let at = |hz: f64| -> f64 {
                let turned = |n: usize| Complex64::cis(-TAU * hz * n as f64 / rate_hz);
                let sum: Complex64 = period.iter().enumerate().map(|(n, &v)| v * turned(n)).sum();
                sum.norm() / 8000.0
            };
            let found = 2.0 * at(hz) / at(0.0);
            let named = format!("{} on {carrier_hz} Hz, depth {depth}: {found}", kind.name());
            assert!((found / depth - 1.0).abs() < 0.005, "{named}");
            for other in [1.0, 10.0, hz - 1.0, hz + 1.0, 54.0, 79.0] {
                assert!(
                    2.0 * at(other) / at(0.0) < 1e-4 * depth,
                    "{named}, {other} Hz"
                );
            }
        }
    }
}

#[test]
fn sounds_loop_without_a_click_and_stay_below_full_scale() {
    for (kind, rate_hz) in Kind::ALL
        .iter()
        .flat_map(|&k| [8000, 11_025, 44_100].map(|r| (k, r)))
    {
        let sound = synth(
            kind,
            &SynthSettings {
                rate_hz,
                secs: 5.3,
                ..SETTINGS
            },
        )
        .unwrap();
        let most = sound.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        assert!(
            (f64::from(most) - PEAK).abs() < 1e-6,
            "{}: {most}",
            kind.name()
        );
        // the second difference shows a step and a kink: at the joint it must be like within the sound
        let bend = |three: [f32; 3]| (three[0] - 2.0 * three[1] + three[2]).abs();
        let within = sound.windows(3).map(|w| bend([w[0], w[1], w[2]]));
        let greatest = within.fold(0.0, f32::max);
        let n = sound.len();
        for joint in [
            [sound[n - 2], sound[n - 1], sound[0]],
            [sound[n - 1], sound[0], sound[1]],
        ] {
            assert!(
                bend(joint) <= greatest,
                "{} at {rate_hz} Hz: {joint:?}",
                kind.name()
            );
        }
        let asked = 5.3 * f64::from(rate_hz);
        assert!((n as f64 - asked).abs() <= 0.1 * f64::from(rate_hz) + 1.0);
    }
}

#[test]
fn a_seed_names_a_sound() {
    let made = |kind, seed| {
        synth(
            kind,
            &SynthSettings {
                seed,
                secs: 2.0,
                ..SETTINGS
            },
        )
        .unwrap()
    };
    for kind in Kind::ALL {
        assert_eq!(made(kind, 5), made(kind, 5));
        assert_eq!(Kind::from_name(kind.name()), Some(kind));
    }
    assert_ne!(made(Kind::Speech, 5), made(Kind::Speech, 6));
    assert_ne!(made(Kind::Music, 5), made(Kind::Music, 6));
}

#[test]
fn nonsense_is_refused_with_what_is_allowed() {
    let refused = |kind, settings| synth(kind, &settings).unwrap_err();
    for rate_hz in [0, 7999, 192_001] {
        let error = refused(
            Kind::Music,
            SynthSettings {
                rate_hz,
                ..SETTINGS
            },
        );
        assert!(error.to_string().contains("8000 to 192000 Hz"), "{error}");
    }
    for secs in [f64::NAN, -1.0, 1.9, 601.0, f64::INFINITY] {
        let error = refused(Kind::Speech, SynthSettings { secs, ..SETTINGS });
        assert!(error.to_string().contains("2 to 600 s"), "{error}");
    }
    for depth in [0.0, -0.5, 1.01, f64::NAN] {
        let error = refused(Kind::Am40, SynthSettings { depth, ..SETTINGS });
        assert!(matches!(error, SynthError::Depth { .. }), "{error}");
    }
    for carrier_hz in [0, 159, 7920] {
        let error = refused(
            Kind::Am80,
            SynthSettings {
                carrier_hz,
                ..SETTINGS
            },
        );
        assert!(error.to_string().contains("160 to 7919 Hz"), "{error}");
        // speech has no carrier
        assert!(
            SynthSettings {
                carrier_hz,
                ..SETTINGS
            }
            .check(Kind::Speech)
            .is_ok()
        );
    }
}

/// By two ways that share nothing: efrscope's envelope, spectra and flanks, and `SciPy`'s.
#[test]
fn scipy_finds_in_the_ready_made_files_what_efrscope_finds() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stimuli = Kind::ALL.map(|kind| {
        let path = project.join(format!("assets/stimuli/{}.wav", kind.name()));
        let mut db = serde_json::Map::new();
        if kind.planted_hz().len() > 1 {
            let found = planted_db(&synth(kind, &SETTINGS).unwrap(), Recipe::AikenPicton);
            for ((lo, _), found) in PLANTED_BANDS_HZ.iter().zip(found) {
                db.insert(format!("{lo}"), json!(found));
            }
        }
        json!({"kind": kind.name(), "path": path, "planted_hz": kind.planted_hz(), "depth": 1.0, "db": db})
    });
    runner::check("stimuli.py", &json!({"stimuli": stimuli}));
}

fn efrscope(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_efrscope"));
    command
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_ready_made_files_are_what_their_command_makes() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(project.join("README.md")).unwrap();
    assert!(
        readme.contains(MADE_BY),
        "the README says how they were made"
    );
    let folder = empty_folder("synth_made");
    let arguments: Vec<&str> = MADE_BY.split(' ').skip(1).collect();
    let output = efrscope(&arguments, &folder);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    for kind in Kind::ALL {
        let file = format!("assets/stimuli/{}.wav", kind.name());
        let made = std::fs::read(folder.join(&file)).unwrap();
        assert!(
            made == std::fs::read(project.join(&file)).unwrap(),
            "{file} differs"
        );
        assert!(said.contains(&file), "{said}");
        let reader = hound::WavReader::new(made.as_slice()).unwrap();
        let sound = synth(kind, &SETTINGS).unwrap();
        assert_eq!(reader.spec().sample_rate, SETTINGS.rate_hz);
        assert_eq!(reader.len() as usize, sound.len());
        for (kept, value) in reader.into_samples::<i16>().zip(sound) {
            assert!((f32::from(kept.unwrap()) / 32_767.0 - value).abs() <= 0.51 / 32_767.0);
        }
    }
    assert!(
        said.contains("8-11, 53-56, 78-81 Hz") && said.contains(": 40 Hz"),
        "{said}"
    );
}

#[test]
fn a_file_in_the_way_is_kept_unless_forced_away() {
    let folder = empty_folder("synth_in_the_way");
    let kept = folder.join("music.wav");
    std::fs::write(&kept, "precious").unwrap();
    let short = ["synth", "speech", "music", "--secs", "2", "--rate", "8000"];
    let refused = efrscope(&short, &folder);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("music.wav") && said.contains("--force"),
        "{said}"
    );
    assert_eq!(std::fs::read(&kept).unwrap(), b"precious");
    assert!(!folder.join("speech.wav").exists(), "nothing was written");

    let unknown = efrscope(&["synth", "birdsong", "--force"], &folder);
    assert_eq!(unknown.status.code(), Some(2));
    let said = String::from_utf8(unknown.stderr).unwrap();
    assert!(
        said.contains("birdsong") && said.contains("speech, music, am40, am80"),
        "{said}"
    );

    let forced = efrscope(&[&short[..], &["--force"]].concat(), &folder);
    assert!(forced.status.success(), "{forced:?}");
    assert_eq!(std::fs::read(&kept).unwrap().len(), 44 + 2 * 16_000);
    assert!(!folder.join("am40.wav").exists(), "only what was named");
}
