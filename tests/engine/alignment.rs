//! EEG and audio on two clocks: what the alignment saves, and what it reports.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use efrscope::engine::Setup;
use efrscope::metrics::artefact::ArtefactLimits;
use efrscope::metrics::{AnalysisSettings, ResponseSettings, Snapshot};
use efrscope::signal::{
    Band, Channel, ChannelKind, Chunk, StimulusTiming, StreamInfo, ValueFormat,
};
use efrscope::source::{
    AudioSimulator, Carrier, EegSimulator, LinkSample, LinkSettings, ResponseBand, SimLink,
    SimSettings, StimulusKind,
};
use efrscope::stimulus::{Recipe, StimulusSettings};
use efrscope::timeline::{Placed, TimeLine};

use crate::drive::{self, Driven};

const EEG_HZ: f64 = 500.0;
const AUDIO_HZ: f64 = 44_100.0;
const SECS: f64 = 600.0;
const DELAY_MS: f64 = 12.0;
const BAND: usize = 0;
const WIDE: usize = 1;

/// What is believed of the time of samples.
#[derive(Clone, Copy, PartialEq)]
enum Belief {
    /// The stamps, de-jittered and corrected.
    Stamps,
    /// Nominal rates from a common start, as tools do that store samples without looking at stamps.
    NominalRates,
}

fn settings(eeg: LinkSettings, audio: LinkSettings) -> SimSettings {
    SimSettings {
        seed: 11,
        sample_rate_hz: EEG_HZ,
        channels: vec!["Cz".into()],
        alpha_uv: 0.0,
        mains_uv: 0.0,
        blinks_per_min: 0.0,
        muscle_bursts_per_min: 0.0,
        stimulus: StimulusKind::Audio,
        stimulus_rate_hz: Some(AUDIO_HZ),
        carrier: Carrier::Tone,
        carrier_hz: 1000.0,
        responses: vec![ResponseBand {
            lo_hz: 69.0,
            hi_hz: 90.0,
            amplitude_nv: 3000.0,
            delay_ms: DELAY_MS,
        }],
        eeg_link: eeg,
        stimulus_link: audio,
        ..SimSettings::default()
    }
}

fn driven() -> Driven {
    let info = StreamInfo {
        name: "Amp".into(),
        stype: "EEG".into(),
        source_id: "a".into(),
        uid: "u".into(),
        hostname: "h".into(),
        sample_rate_hz: EEG_HZ,
        format: ValueFormat::Float32,
        n_channels: 1,
        channels: vec![Channel {
            label: "Cz".into(),
            unit: "uV".into(),
            uv_per_unit: Some(1.0),
            kind: ChannelKind::Eeg,
        }],
        ..StreamInfo::default()
    };
    let settings = AnalysisSettings {
        bands: vec![
            Band::new("79.5", 78.0, 81.0).unwrap(),
            Band::new("wide", 70.0, 89.0).unwrap(),
        ],
        artefacts: ArtefactLimits {
            peak_to_peak_uv: None,
            amplitude_uv: None,
            ..ArtefactLimits::default()
        },
        response: ResponseSettings {
            integration_secs: 590.0,
            bands: vec!["79.5".into()],
            ..ResponseSettings::default()
        },
        ..AnalysisSettings::default()
    };
    let audio = StreamInfo {
        name: "Sound".into(),
        stype: "Audio".into(),
        sample_rate_hz: AUDIO_HZ,
        ..info.clone()
    };
    let setup = Setup {
        stimulus: StimulusSettings {
            recipe: Some(Recipe::HalfWave),
            ..StimulusSettings::default()
        },
        ..drive::setup(info, &settings)
    };
    Driven::with_stimulus(setup, &audio)
}

/// Ten minutes through the alignment and the analysis.
fn run(sim: &SimSettings, belief: Belief) -> (Snapshot, StimulusTiming) {
    let mut driven = driven();
    let (mut eeg_link, mut audio_link) = (SimLink::eeg(sim), SimLink::stimulus(sim));
    let (mut eeg, mut audio) = (EegSimulator::new(sim), AudioSimulator::new(sim));
    let (mut eeg_line, mut audio_line) = (TimeLine::new(EEG_HZ), TimeLine::new(AUDIO_HZ));
    let place = |line: &mut TimeLine, sample: &LinkSample, rate_hz: f64| match belief {
        Belief::Stamps => line.place(sample.stamp_secs, Some(sample.due_secs)),
        Belief::NominalRates => Placed {
            run: 0,
            index: sample.index,
            stamp_secs: sample.index as f64 / rate_hz,
            gap: None,
        },
    };
    let (mut next_eeg, mut next_audio) = (eeg_link.next_sample(), audio_link.next_sample());
    let mut value_uv = [0.0];
    let mut sound = Chunk::with_capacity(1, 100);
    let mut placed_eeg = place(&mut eeg_line, &next_eeg, EEG_HZ);
    let mut placed_audio = place(&mut audio_line, &next_audio, AUDIO_HZ);
    while next_eeg.t_secs < SECS {
        if placed_audio.stamp_secs <= placed_eeg.stamp_secs {
            if placed_audio.gap.is_some() {
                driven.push_stimulus(&sound);
                sound.clear();
            }
            if sound.is_empty() {
                (sound.first_index, sound.run) = (placed_audio.index, placed_audio.run);
            }
            let value = audio.sample(next_audio.t_secs);
            let stamp_secs = placed_audio.stamp_secs;
            sound.push(stamp_secs, stamp_secs, &[value]);
            next_audio = audio_link.next_sample();
            placed_audio = place(&mut audio_line, &next_audio, AUDIO_HZ);
        } else {
            eeg.sample(next_eeg.t_secs, &mut value_uv);
            driven.push_stimulus(&sound);
            sound.clear();
            driven.eeg_placed(&placed_eeg, &value_uv);
            next_eeg = eeg_link.next_sample();
            placed_eeg = place(&mut eeg_line, &next_eeg, EEG_HZ);
        }
    }
    assert_eq!((eeg_line.n_lost(), audio_line.n_lost()), (0, 0));
    let snapshot = driven.heard.newest.unwrap();
    let timing = snapshot.response.as_ref().unwrap().timing;
    (snapshot, timing)
}

fn msc(snapshot: &Snapshot) -> f64 {
    snapshot.response.as_ref().unwrap().bands[BAND].msc
}

#[test]
fn forty_ppm_and_three_ms_of_jitter_cost_less_than_three_hundredths_of_the_coherence() {
    let perfect = LinkSettings::default();
    let jittered = LinkSettings {
        jitter_ms: 3.0,
        ..perfect
    };
    let drifting = LinkSettings {
        drift_ppm: 40.0,
        chunk_ms: 10.0,
        ..jittered
    };
    let (one_clock, _) = run(&settings(perfect, perfect), Belief::Stamps);
    let two_clocks = settings(jittered, drifting);
    let (aligned, timing) = run(&two_clocks, Belief::Stamps);
    let (believed, _) = run(&two_clocks, Belief::NominalRates);
    let (best, kept, lost) = (msc(&one_clock), msc(&aligned), msc(&believed));
    println!(
        "MSC at 78-81 Hz: one clock {best:.4}, aligned {kept:.4}, nominal rates {lost:.4}; {timing:?}"
    );
    assert!(best > 0.8, "{best}");
    assert!(kept >= 0.97 * best, "{kept} of {best}");
    assert!(lost < 0.05 * best, "{lost} of {best}");
    assert!((timing.drift_ppm - 40.0).abs() < 1.0, "{timing:?}");
    let slip_ms = 1e3 * 40e-6 * SECS;
    assert!((timing.offset_ms - slip_ms).abs() < 0.5, "{timing:?}");
    let response = aligned.response.as_ref().unwrap();
    let delay = response.bands[WIDE].delay.unwrap();
    println!(
        "delay {:.3} ms +- {:.3}",
        1e3 * delay.delay_secs,
        1e3 * delay.sd_secs
    );
    assert!((1e3 * delay.delay_secs - DELAY_MS).abs() < 0.5, "{delay:?}");
}
