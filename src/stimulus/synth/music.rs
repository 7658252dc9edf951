//! A melody in fifths over a beat.

use std::f64::consts::TAU;

use super::{Kind, Planted, Random, SynthSettings, n_samples, rise};

const BEATS_PER_SEC: f64 = 2.0;
/// A pentatonic scale from C4, in just intonation: partials of a fifth coincide or lie 130 Hz apart, and nothing beats within the planted bands.
const SCALE: [f64; 5] = [1.0, 9.0 / 8.0, 5.0 / 4.0, 3.0 / 2.0, 5.0 / 3.0];
const LOWEST_HZ: f64 = 261.6;
const N_DEGREES: usize = 10;
const N_PARTIALS: u32 = 6;
const ATTACK_SECS: f64 = 0.03;
const RELEASE_SECS: f64 = 0.05;
const DECAY_SECS: f64 = 0.8;
const DRUM_HZ: f64 = 150.0;
const DRUM_SECS: f64 = 0.15;

struct Note {
    start_secs: f64,
    secs: f64,
    hz: f64,
    level: f64,
}

pub(super) fn music(settings: &SynthSettings) -> Vec<f64> {
    let mut random = Random::new(settings.seed, Kind::Music);
    let &SynthSettings { rate_hz, secs, .. } = settings;
    let mut sound = vec![0.0; n_samples(secs, rate_hz)];
    // a whole number of beats: the loop keeps time
    let n_beats = n_samples(secs * BEATS_PER_SEC, 1);
    let half_beat_secs = secs / n_beats as f64 / 2.0;
    for beat in 0..n_beats {
        add_drum(&mut sound, rate_hz, 2.0 * beat as f64 * half_beat_secs);
    }
    for note in melody(&mut random, 2 * n_beats, half_beat_secs) {
        note.add(&mut sound, rate_hz);
        let fifth = Note {
            hz: 1.5 * note.hz,
            level: 0.4 * note.level,
            ..note
        };
        fifth.add(&mut sound, rate_hz);
    }
    let len = sound.len();
    Planted::new(&mut random, len, rate_hz).modulate(&mut sound);
    sound
}

/// Notes and rests of one to three half beats, wandering over two octaves.
fn melody(random: &mut Random, n_half_beats: usize, half_beat_secs: f64) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut degree = 3;
    let mut half_beat = 0;
    while half_beat < n_half_beats {
        let n_held = (1 + random.below(3)).min(n_half_beats - half_beat);
        degree = (degree + random.below(5)).clamp(2, N_DEGREES + 1) - 2;
        let octave = if degree < SCALE.len() { 1.0 } else { 2.0 };
        let on_beat = half_beat % 2 == 0;
        let (sounds, accent) = if on_beat { (1.0, 0.2) } else { (0.9, 0.0) };
        let note = Note {
            start_secs: half_beat as f64 * half_beat_secs,
            secs: n_held as f64 * half_beat_secs,
            hz: LOWEST_HZ * octave * SCALE[degree % SCALE.len()],
            level: random.within(0.5, 0.7) + accent,
        };
        if random.chance(sounds) {
            notes.push(note);
        }
        half_beat += n_held;
    }
    notes
}

impl Note {
    /// Partials of which the higher ones are weaker and die away sooner, gone before the next note.
    fn add(&self, sound: &mut [f64], rate_hz: u32) {
        let start = n_samples(self.start_secs, rate_hz);
        let len = n_samples(self.secs, rate_hz);
        for (n, value) in sound.iter_mut().skip(start).take(len).enumerate() {
            let secs = n as f64 / f64::from(rate_hz);
            let shape = rise(secs / ATTACK_SECS) * rise((self.secs - secs) / RELEASE_SECS);
            let partial = |k: u32| {
                let k = f64::from(k);
                (TAU * k * self.hz * secs).sin() * (-secs / DECAY_SECS * k.sqrt()).exp() / k
            };
            let audible = (1..=N_PARTIALS)
                .take_while(|&k| f64::from(k) * self.hz < 0.45 * f64::from(rate_hz));
            *value += self.level * shape * audible.map(partial).sum::<f64>();
        }
    }
}

/// A short low thud.
fn add_drum(sound: &mut [f64], rate_hz: u32, start_secs: f64) {
    let start = n_samples(start_secs, rate_hz);
    let len = n_samples(DRUM_SECS, rate_hz);
    for (n, value) in sound.iter_mut().skip(start).take(len).enumerate() {
        let secs = n as f64 / f64::from(rate_hz);
        let shape = rise(secs / ATTACK_SECS) * rise(1.0 - secs / DRUM_SECS);
        *value += 0.5 * shape * (TAU * DRUM_HZ * secs).sin();
    }
}
