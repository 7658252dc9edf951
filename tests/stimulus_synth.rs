//! The ready-made stimuli: their envelope holds what is said to be planted, they loop, and the files in assets are theirs.
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

use efrscope::dsp::{FlankFit, FlankRule, FreqAxis, SegmentFft, SlidingSpectra, Taper, TaperKind};
use efrscope::stimulus::synth::{Kind, PEAK, PLANTED_BANDS_HZ, SynthSettings, synth};
use efrscope::stimulus::{EnvelopeExtractor, Recipe};

/// One-sided PSD of the envelope of `sound`, played over and over for as long as it lasts twice, in segments of 2 s.
fn envelope_psd(sound: &[f32], rate_hz: u32, recipe: Recipe) -> (FreqAxis, Vec<f64>) {
    let mut extractor = EnvelopeExtractor::new(recipe, f64::from(rate_hz)).unwrap();
    let looped = sound.iter().chain(sound).chain(sound);
    let settled = extractor.n_settling();
    let values: Vec<f64> = looped
        .enumerate()
        .filter_map(|(n, &x)| extractor.push(f64::from(x)).filter(|_| n >= settled))
        .collect();
    let len = (2.0 * extractor.envelope_rate_hz()).round() as usize;
    let axis = FreqAxis::new(extractor.envelope_rate_hz(), len, 200.0);
    let mut fft = SegmentFft::new(Taper::new(TaperKind::Hann, len), axis.clone());
    let n_segments = (values.len() - len) / (len / 2) + 1;
    let mut sliding = SlidingSpectra::new(n_segments, 1, axis.n_bins(), &[]);
    for (hop, start) in (0..n_segments).map(|k| (k as u64, k * (len / 2))) {
        sliding.push(hop, 0.0, |_, spectrum| {
            fft.transform(&values[start..start + len], spectrum)
        });
    }
    let mut psd = vec![0.0; axis.n_bins()];
    sliding.psd_into(&mut psd);
    (axis, psd)
}

#[test]
fn probe() {
    for (rate_hz, secs) in [(16_000, 8.0)] {
        for kind in [Kind::Speech, Kind::Music] {
            for seed in 1..3 {
                let sound = synth(
                    kind,
                    &SynthSettings {
                        rate_hz,
                        secs,
                        seed,
                        ..SynthSettings::default()
                    },
                )
                .unwrap();
                for recipe in Recipe::ALL {
                    if recipe == Recipe::AsIs {
                        continue;
                    }
                    let (axis, psd) = envelope_psd(&sound, rate_hz, recipe);
                    let dbs: Vec<String> = PLANTED_BANDS_HZ
                        .iter()
                        .map(|&(lo, hi)| {
                            let fit = FlankFit::new(&axis, lo, hi, &FlankRule::default()).unwrap();
                            format!("{:.1}", fit.snr(&psd, &[1.0]).unwrap().db())
                        })
                        .collect();
                    println!(
                        "{} {rate_hz} {seed} {}: {dbs:?}",
                        kind.name(),
                        recipe.name()
                    );
                    if seed == 9 && recipe == Recipe::AikenPicton && secs < 10.0 {
                        println!(
                            "{:?}",
                            psd.iter()
                                .enumerate()
                                .map(|(k, p)| format!("{}:{:.0}", axis.hz(k), 10.0 * p.log10()))
                                .collect::<Vec<_>>()
                                .join(" ")
                        );
                    }
                }
            }
        }
    }
}
