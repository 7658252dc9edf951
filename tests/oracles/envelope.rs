//! Every envelope recipe, value by value, against the same recipe in `SciPy`: on modulated noise, on speech and on music.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

use std::f64::consts::TAU;

use efrscope::stimulus::{EnvelopeExtractor, Recipe};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;
use serde_json::{Value, json};

use crate::{needs, runner};

const SPEECH: &str = "audio/sense_and_sensibility_01_austen_64kb-0870.wav";
const MUSIC: &str = "audio/manolo_camp-morning_coffee.wav";

fn case_of(recipe: Recipe, rate: u32, signal: &[f64]) -> Value {
    let mut extractor = EnvelopeExtractor::new(recipe, f64::from(rate)).unwrap();
    let values: Vec<f64> = signal.iter().filter_map(|&x| extractor.push(x)).collect();
    json!({"recipe": recipe.name(), "rate": rate, "n_samples": signal.len(), "values": values,
        "delay": extractor.delay_samples(), "n_settling": extractor.n_settling(), "decimation": extractor.decimation()})
}

fn audio_recipes() -> impl Iterator<Item = Recipe> {
    Recipe::ALL
        .into_iter()
        .filter(|&recipe| recipe != Recipe::AsIs)
}

/// Noise whose modulation wanders from slow to fast, with a drift: it has an envelope at every rate.
fn modulated_noise(n_samples: u32) -> Vec<f64> {
    let mut random = Pcg64::seed_from_u64(11);
    (0..n_samples)
        .map(|n| {
            let carrier: f64 = StandardNormal.sample(&mut random);
            let cycles = f64::from(n) * (0.0005 + f64::from(n) * 2e-8);
            (1.0 + 0.8 * (TAU * cycles).sin()) * carrier * 0.2 + 0.01
        })
        .collect()
}

/// The first seconds of a recording of 16-bit samples behind a header of 44 bytes.
fn recording(name: &str, n_samples: usize) -> Option<(String, Vec<f64>)> {
    let path = needs::data(name)?;
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(&bytes[36..40], b"data", "{name}");
    let samples = bytes[44..].chunks_exact(2).take(n_samples);
    let values = samples.map(|two| f64::from(i16::from_le_bytes([two[0], two[1]])) / 32768.0);
    Some((path.display().to_string(), values.collect()))
}

fn recordings() -> Vec<Value> {
    let mut cases = Vec::new();
    for (name, rate) in [(SPEECH, 16_000), (MUSIC, 8000)] {
        let Some((path, signal)) = recording(name, 10 * rate as usize) else {
            continue;
        };
        for recipe in audio_recipes() {
            let mut case = case_of(recipe, rate, &signal);
            case["path"] = json!(path);
            cases.push(case);
        }
    }
    cases
}

#[test]
fn every_recipe_is_scipys_at_the_position_it_states() {
    let noise = modulated_noise(60_000);
    let mut made = Vec::new();
    for (rate, n_samples) in [
        (8000, 9000),
        (11_025, 12_000),
        (22_050, 20_000),
        (44_100, 35_000),
        (48_000, 40_000),
        (96_000, 60_000),
    ] {
        for recipe in audio_recipes() {
            made.push(case_of(recipe, rate, &noise[..n_samples]));
        }
    }
    let case = json!({"noise": noise, "made": made, "recordings": recordings()});
    runner::check("envelope.py", &case);
}
