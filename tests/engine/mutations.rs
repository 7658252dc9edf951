//! Inputs that are changed a little, thousands of times, drawn from a seed: the bodies of the fuzz targets for a few seconds each, on stable.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    clippy::cast_possible_truncation,
    reason = "random bits, cut as it comes"
)]

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

use crate::bodies;

/// An input like one of `seeds`, but for a few changes.
fn mutate(random: &mut Pcg64, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut below = |n: usize| (random.next_u64() % n.max(1) as u64) as usize;
    let mut data = seeds[below(seeds.len())].clone();
    for _ in 0..=below(8) {
        let at = below(data.len() + 1);
        let byte = below(256) as u8;
        match below(6) {
            0 => data.insert(at, byte),
            1 => data.truncate(at),
            2 => {
                let other = &seeds[below(seeds.len())];
                let from = below(other.len());
                let piece = other[from..(from + below(64)).min(other.len())].to_vec();
                data.splice(at..at, piece);
            }
            3 if !data.is_empty() => drop(data.remove(at.min(data.len() - 1))),
            _ if !data.is_empty() => {
                let last = data.len() - 1;
                data[at.min(last)] = byte;
            }
            _ => data.push(byte),
        }
    }
    data
}

/// `n` mutations of the seeds.
fn run(n: u64, seeds: &[Vec<u8>], body: fn(&[u8])) {
    let mut random = Pcg64::seed_from_u64(9);
    for seed in seeds {
        body(seed);
    }
    for number in 0..n {
        let data = mutate(&mut random, seeds);
        let outcome = std::panic::catch_unwind(|| body(&data));
        assert!(outcome.is_ok(), "mutation {number}: {data:?}");
    }
}

/// Bytes without meaning.
fn noise(n: usize, seed: u64) -> Vec<u8> {
    let mut random = Pcg64::seed_from_u64(seed);
    (0..n).map(|_| (random.next_u64() % 256) as u8).collect()
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[cfg(feature = "lsl")]
#[test]
fn any_description_gives_labels_that_differ_and_can_be_shown() {
    let seeds = texts(&[
        "Cz\0uV\0EEG\0Fz\0microvolts\0eeg\0",
        "A\0\0\0A\0\0\0A (2)\0\0\0",
        "\u{1b}[31m\u{202e}E1\u{9b}\0µV\0\0\u{200f}\x0010^-6 V\0signal\0",
        "X\x000.1 uV\0\0Y\0counts\0misc\0Z\x001e-400 V\0EEG\0",
    ]);
    run(1_500, &seeds, bodies::description);
}

#[test]
fn any_values_give_hops_and_no_panic() {
    let seeds = [
        noise(3_000, 1),
        noise(6_000, 2),
        vec![200; 4_000],
        vec![6; 500],
    ];
    run(300, &seeds, bodies::values);
}

#[test]
fn any_stamps_give_a_line_that_goes_up_and_counts_everything() {
    let seeds = [
        noise(2_000, 3),
        vec![100; 8_000],
        [vec![100; 500], vec![15, 0, 2], vec![100; 500], vec![20; 3]].concat(),
        vec![12; 900],
    ];
    run(4_000, &seeds, bodies::stamps);
}

#[test]
fn any_markers_give_trials_and_no_panic() {
    let seeds = texts(&[
        "start\0stop\0\0dstart a.wav polarity=+ trial=1 item=1\0zstop a.wav polarity=+ trial=1 item=1 complete=no\0",
        "\0\0\0\u{6}x\0\u{3}y\0\u{10}01234567z\0",
        "tone\0\0\u{1}ztone\u{202e}\0zpause secs=1e9\0zloop %41%zz polarity=- trial=99999999999999999999 item=0\0",
    ]);
    run(1_500, &seeds, bodies::markers);
}

#[test]
fn any_configuration_is_read_or_refused_with_its_key() {
    let shipped = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/config.toml")).unwrap();
    let mut seeds = texts(&[
        "[analysis]\nsegment_secs = 1e308\nhop_secs = 1e-308\nintegration_secs = nan\n",
        "[[band]]\nname = \"\"\nlo_hz = -1\nhi_hz = inf\ntested = true\n",
        "[[periodic]]\nname = \"p\"\nmodulation_hz = 40.0\n[limits]\nmemory_mb = 9223372036854775807\n",
    ]);
    seeds.push(shipped);
    run(1_000, &seeds, bodies::config);
}
