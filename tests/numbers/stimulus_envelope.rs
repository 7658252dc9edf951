//! What every envelope recipe promises: the modulation comes out, as deep as it was, after exactly the stated delay.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

use std::f64::consts::TAU;

use efrscope::stimulus::{EnvelopeError, EnvelopeExtractor, Recipe};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

const AUDIO: [Recipe; 5] = [
    Recipe::Paper,
    Recipe::AikenPicton,
    Recipe::Gammatone,
    Recipe::Rms,
    Recipe::HalfWave,
];

/// `(1 + depth sin(2 pi modulation t)) sin(2 pi carrier t)` at sample `n`.
#[derive(Debug, Clone, Copy)]
struct Tone {
    rate_hz: f64,
    carrier_hz: f64,
    modulation_hz: f64,
    depth: f64,
}

impl Tone {
    fn at(&self, n: f64) -> f64 {
        let secs = n / self.rate_hz;
        let modulation = (TAU * self.modulation_hz * secs).sin();
        (1.0 + self.depth * modulation) * (TAU * self.carrier_hz * secs).sin()
    }
}

/// What least squares find of the modulation in the envelope.
#[derive(Debug)]
struct Found {
    depth: f64,
    late_secs: f64,
    /// Greatest remainder over the amplitude found.
    remainder: f64,
}

/// The envelope over two seconds once settled, each value at the position it describes.
fn envelope_of(recipe: Recipe, tone: &Tone) -> Vec<(f64, f64)> {
    let mut extractor = EnvelopeExtractor::new(recipe, tone.rate_hz).unwrap();
    let settling = extractor.n_settling();
    let n_samples = settling as f64 + 2.0 * tone.rate_hz;
    let mut values = Vec::new();
    let mut n = 0.0;
    while n < n_samples {
        if let Some(value) = extractor.push(tone.at(n))
            && n >= settling as f64
        {
            values.push((n - extractor.delay_samples(), value));
        }
        n += 1.0;
    }
    values
}

fn find(recipe: Recipe, tone: &Tone) -> Found {
    let values = envelope_of(recipe, tone);
    let angle = |position: f64| TAU * tone.modulation_hz * position / tone.rate_hz;
    // mean, sine and cosine are not quite orthogonal over part cycles: go round until they agree
    let (mut mean, mut sine, mut cosine) = (0.0, 0.0, 0.0);
    let rest = |position: f64, value: f64, mean: f64, sine: f64, cosine: f64| {
        value - mean - sine * angle(position).sin() - cosine * angle(position).cos()
    };
    for _ in 0..30 {
        let n = values.len() as f64;
        let sum = |weight: &dyn Fn(f64) -> f64| -> f64 {
            let terms = values.iter();
            terms
                .map(|&(p, v)| weight(p) * rest(p, v, mean, sine, cosine))
                .sum()
        };
        let step = [
            sum(&|_| 1.0) / n,
            sum(&|p| angle(p).sin()) * 2.0 / n,
            sum(&|p| angle(p).cos()) * 2.0 / n,
        ];
        mean += step[0];
        sine += step[1];
        cosine += step[2];
    }
    let amplitude = sine.hypot(cosine);
    let worst = values
        .iter()
        .map(|&(p, v)| rest(p, v, mean, sine, cosine).abs())
        .fold(0.0, f64::max);
    Found {
        depth: amplitude / mean,
        late_secs: -cosine.atan2(sine) / (TAU * tone.modulation_hz),
        remainder: worst / amplitude,
    }
}

/// How deep a recipe shows a small modulation of depth 1, and how far the depth found may be off, as a share of it.
fn depth_and_droop(recipe: Recipe) -> (f64, f64) {
    match recipe {
        // of a carrier of 2.7 kHz: the slopes of the bands beside it turn modulation of frequency into more of amplitude
        Recipe::Gammatone => (0.6, 0.04),
        // 0.1 dB of the mean square at 81 Hz, less what a root does to a modulation of 0.2
        Recipe::Rms => (2.0_f64.log10(), 0.01),
        Recipe::AsIs | Recipe::Paper | Recipe::AikenPicton | Recipe::HalfWave => (1.0, 0.002),
    }
}

#[test]
fn a_modulated_tone_comes_out_as_deep_as_it_was_after_exactly_the_stated_delay() {
    for recipe in AUDIO {
        for rate_hz in [8000.0, 11_025.0, 16_000.0, 44_100.0, 48_000.0] {
            for modulation_hz in [8.0, 11.0, 40.0, 54.5, 81.0] {
                let carrier_hz = if recipe == Recipe::Paper {
                    613.0
                } else {
                    2713.0
                };
                let tone = Tone {
                    rate_hz,
                    carrier_hz,
                    modulation_hz,
                    depth: 0.2,
                };
                let found = find(recipe, &tone);
                let named = format!("{} {tone:?}: {found:?}", recipe.name());
                let (deep, droop) = depth_and_droop(recipe);
                assert!((found.depth / (0.2 * deep) - 1.0).abs() < droop, "{named}");
                assert!(found.late_secs.abs() < 1e-6, "{named}");
                // a power law makes overtones of the modulation, rectifying at a low rate folds
                let pure = match recipe {
                    Recipe::Paper | Recipe::AikenPicton => true,
                    Recipe::HalfWave => rate_hz > 32_000.0,
                    _ => false,
                };
                assert!(!pure || found.remainder < 2e-3, "{named}");
            }
        }
    }
}

/// What the band at the carrier smooths, the slopes of its neighbours bring back, and more.
#[test]
fn low_carriers_keep_their_fast_modulation_in_the_gammatone_envelope() {
    for carrier_hz in [150.0, 200.0, 300.0, 500.0, 700.0, 1000.0, 1500.0, 4500.0] {
        let tone = Tone {
            rate_hz: 16_000.0,
            carrier_hz,
            modulation_hz: 81.0,
            depth: 0.2,
        };
        let found = find(Recipe::Gammatone, &tone);
        println!("81 Hz on {carrier_hz} Hz: {:.3}", found.depth / (0.2 * 0.6));
        assert!(
            (0.9..1.4).contains(&(found.depth / (0.2 * 0.6))),
            "{found:?}"
        );
        assert!(found.late_secs.abs() < 1e-6, "{found:?}");
    }
}

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut random = Pcg64::seed_from_u64(seed);
    (0..n).map(|_| StandardNormal.sample(&mut random)).collect()
}

fn envelope(extractor: &mut EnvelopeExtractor, signal: &[f64]) -> Vec<f64> {
    signal.iter().filter_map(|&x| extractor.push(x)).collect()
}

#[test]
fn values_come_one_per_decimation_at_about_1_khz() {
    let rates = [
        8000.0, 9999.0, 11_025.0, 23_999.0, 37_800.0, 44_100.0, 191_999.0,
    ];
    for (recipe, rate_hz) in AUDIO.iter().flat_map(|&r| rates.map(|hz| (r, hz))) {
        let mut extractor = EnvelopeExtractor::new(recipe, rate_hz).unwrap();
        let decimation = extractor.decimation();
        assert!((extractor.envelope_rate_hz() * decimation as f64 - rate_hz).abs() < 1e-6);
        assert!((800.0..=1250.0).contains(&extractor.envelope_rate_hz()));
        for n in 1..=3 * decimation {
            let value = extractor.push(0.5);
            assert_eq!(
                value.is_some(),
                n % decimation == 0,
                "{} {rate_hz}",
                recipe.name()
            );
        }
    }
}

#[test]
fn every_rate_of_audio_can_be_had() {
    let mut rate_hz = 8000.0;
    while rate_hz <= 192_000.0 {
        for recipe in AUDIO {
            let extractor = EnvelopeExtractor::new(recipe, rate_hz).unwrap();
            let per_sec = extractor.envelope_rate_hz();
            assert!((800.0..=1250.0).contains(&per_sec), "{rate_hz}: {per_sec}");
            assert!(extractor.delay_samples() < 0.26 * rate_hz);
        }
        rate_hz += 1333.3;
    }
}

/// Samples that are not numbers stain exactly the values that rest on them.
#[test]
fn exactly_the_values_within_the_settling_rest_on_what_was_before() {
    for (recipe, rate_hz) in AUDIO.iter().flat_map(|&r| [(r, 8000.0), (r, 44_100.0)]) {
        let mut extractor = EnvelopeExtractor::new(recipe, rate_hz).unwrap();
        let (settling, decimation) = (extractor.n_settling(), extractor.decimation());
        let before = settling.next_multiple_of(decimation) + decimation;
        envelope(&mut extractor, &vec![f64::NAN; before]);
        for n in 1..=settling + 3 * decimation {
            if let Some(value) = extractor.push(0.3) {
                let named = format!("{} {rate_hz}: {value} at push {n}", recipe.name());
                assert_eq!(value.is_nan(), n <= settling, "{named}");
            }
        }
    }
}

#[test]
fn after_a_reset_everything_is_as_at_the_start() {
    let signal = noise(30_000, 1);
    for recipe in Recipe::ALL {
        let mut fresh = EnvelopeExtractor::new(recipe, 16_000.0).unwrap();
        let mut used = fresh.clone();
        envelope(&mut used, &noise(1_234, 2));
        used.push(f64::INFINITY);
        used.reset();
        assert_eq!(
            envelope(&mut used, &signal),
            envelope(&mut fresh, &signal),
            "{}",
            recipe.name()
        );
    }
}

#[test]
fn scale_is_left_alone() {
    let signal = noise(30_000, 3);
    let louder: Vec<f64> = signal.iter().map(|x| 8.0 * x).collect();
    for recipe in AUDIO {
        let of = |signal: &[f64]| {
            let mut extractor = EnvelopeExtractor::new(recipe, 16_000.0).unwrap();
            let values = envelope(&mut extractor, signal);
            values[values.len() / 2..].to_vec()
        };
        let (deep, _) = depth_and_droop(recipe);
        for (quiet, loud) in of(&signal).iter().zip(of(&louder)) {
            assert!(
                (loud / quiet / 8_f64.powf(deep) - 1.0).abs() < 1e-9,
                "{}",
                recipe.name()
            );
        }
    }
}

#[test]
fn what_already_is_an_envelope_is_handed_on_as_it_is() {
    let mut extractor = EnvelopeExtractor::new(Recipe::AsIs, 200.0).unwrap();
    let signal = noise(100, 4);
    assert_eq!(envelope(&mut extractor, &signal), signal);
    assert_eq!(extractor.decimation(), 1);
    assert_eq!(extractor.n_settling(), 0);
    assert_eq!(extractor.delay_samples().to_bits(), 0.0_f64.to_bits());
}

#[test]
fn rates_that_are_none_of_audio_are_refused_with_what_is_allowed() {
    for (recipe, rate_hz) in AUDIO.iter().flat_map(|&r| {
        [7999.0, 192_001.0, 0.0, -48_000.0, f64::NAN, f64::INFINITY].map(|hz| (r, hz))
    }) {
        let refused = EnvelopeExtractor::new(recipe, rate_hz).unwrap_err();
        assert!(matches!(refused, EnvelopeError::AudioRate { .. }));
        let text = refused.to_string();
        for part in [recipe.name(), "8000 to 192000 Hz", "as-is"] {
            assert!(text.contains(part), "{text}");
        }
    }
    for rate_hz in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = EnvelopeExtractor::new(Recipe::AsIs, rate_hz).unwrap_err();
        assert!(refused.to_string().contains("above 0"), "{refused}");
    }
    assert!(EnvelopeExtractor::new(Recipe::AsIs, 0.5).is_ok());
}

#[test]
fn every_recipe_is_found_by_its_name_and_no_other() {
    for recipe in Recipe::ALL {
        assert_eq!(Recipe::from_name(recipe.name()), Some(recipe));
    }
    assert_eq!(Recipe::from_name("Paper"), None);
}
