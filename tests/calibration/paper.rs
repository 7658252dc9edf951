//! Paper mode on EEG that never heard the stimulus: it has its peaks all the same, and its own control says so.

use std::fmt::Write as _;

use efrscope::dsp::paper::{
    TASR_PEAK_SHARE, paper_eeg, paper_envelope, paper_peaks, tasr, transfer_frames,
};
use efrscope::dsp::paper_live::{PaperEstimator, PaperMeasure, PaperSurrogates};
use efrscope::dsp::stft::stft_padded;
use efrscope::dsp::surrogate::{SegmentStore, ShiftPlan};
use efrscope::dsp::{
    FreqAxis, OverlapTable, SegmentFft, SegmentPlan, Taper, TaperKind, TaperSet, effective_count,
    msc, msc_critical,
};
use efrscope::source::EegSimulator;
use efrscope::stimulus::synth::{Kind, SynthSettings, synth};
use num_complex::Complex64;

use crate::ledger::{Allowed, Ledger, n_sessions, write_table};
use crate::session::devices;

const RATE_HZ: f64 = 200.0;
const SECS: f64 = 120.0;
const N: usize = 24_000;
const LEN: usize = 200;
const HOP: usize = 100;
const N_BINS: usize = 101;

/// Counts over bins that are independent of each other, away from the mains.
#[derive(Default)]
struct Counts {
    n: usize,
    tasr_above_line: usize,
    msc_above_critical: usize,
    peaks: usize,
    channels: usize,
}

/// The live frames of stimulus and EEG.
fn frames(envelope: &[f64], eeg: &[f64]) -> SegmentStore {
    let mut fft = SegmentFft::new(
        Taper::new(TaperKind::Hann, LEN),
        FreqAxis::new(RATE_HZ, LEN, 100.0),
    );
    let mut store = SegmentStore::new(1, N_BINS, 0);
    let (mut x, mut y) = (
        vec![Complex64::default(); N_BINS],
        vec![Complex64::default(); N_BINS],
    );
    for start in (0..=N - LEN).step_by(HOP) {
        fft.transform(&envelope[start..start + LEN], &mut x);
        fft.transform(&eeg[start..start + LEN], &mut y);
        store.push(&x, &y);
    }
    store
}

fn listen(counts: &mut Counts, envelope: &[f64], seed: u64) {
    let mut sim = EegSimulator::new(&devices(seed, &["Cz"]));
    let mut sample = [0.0];
    let eeg: Vec<f64> = (0..N)
        .map(|n| {
            sim.sample_with_response(n as f64 / RATE_HZ, 0.0, &mut sample);
            sample[0]
        })
        .collect();
    let plan = SegmentPlan::new(LEN, HOP).unwrap();
    let offline = transfer_frames(
        &stft_padded(envelope, plan),
        &stft_padded(&paper_eeg(&eeg, RATE_HZ).unwrap(), plan),
    );
    let log_tasr: Vec<f64> = tasr(&offline).iter().map(|v| v.log10()).collect();
    counts.peaks += paper_peaks(&log_tasr, TASR_PEAK_SHARE).len();
    counts.channels += 1;

    let store = frames(envelope, &eeg);
    let mut live = PaperEstimator::new(1, N_BINS, &[]);
    let (mut xx, mut yy, mut xy) = ([0.0; N_BINS], [0.0; N_BINS], [Complex64::default(); N_BINS]);
    for i in 0..store.n_segments() {
        let (x, y) = (store.x(i, 0), store.y(i));
        live.push(x, y);
        for bin in 0..N_BINS {
            xx[bin] += x[bin].norm_sqr();
            yy[bin] += y[bin].norm_sqr();
            xy[bin] += x[bin].conj() * y[bin];
        }
    }
    let table = OverlapTable::new(&TaperSet::of_kind(TaperKind::Hann, LEN), plan);
    let n_eff = effective_count(
        (0..store.n_segments() as u64).map(|h| (h, 1.0)),
        table.rho_sq(),
    );
    let critical = msc_critical(0.05, n_eff).unwrap();
    // 99 shifts: the true value is above the 95th of them 5 times of 100 if it is one of them
    let plan = ShiftPlan {
        n_shifts: 99,
        min_lag: 10,
        seed,
    };
    let mut shifts = PaperSurrogates::new(store, &[], plan);
    while !shifts.work(50).is_complete() {}
    for bin in (3..96).step_by(3).filter(|bin| !(47..=53).contains(bin)) {
        let line = shifts.quantile(PaperMeasure::Tasr, 0, bin, 0.95).unwrap();
        counts.n += 1;
        counts.tasr_above_line += usize::from(live.tasr(0, bin) > line);
        counts.msc_above_critical += usize::from(msc(xx[bin], yy[bin], xy[bin]) > critical);
    }
}

#[test]
fn paper_mode_has_peaks_where_nothing_is_heard_and_its_shifted_line_says_so() {
    let mut ledger = Ledger::new("paper_mode");
    let mut table = String::from("stimulus\tchannels\tpeaks_per_channel\n");
    let n_listeners = n_sessions(13, 130);
    for kind in [Kind::Speech, Kind::Music] {
        let settings = SynthSettings {
            rate_hz: 8000,
            secs: SECS,
            ..SynthSettings::default()
        };
        let sound: Vec<f64> = synth(kind, &settings)
            .unwrap()
            .into_iter()
            .map(f64::from)
            .collect();
        let envelope = paper_envelope(&sound, 8000.0, N, RATE_HZ).unwrap();
        let mut counts = Counts::default();
        for listener in 0..n_listeners as u64 {
            listen(&mut counts, &envelope, 1000 + listener);
        }
        let per_channel = counts.peaks as f64 / counts.channels as f64;
        println!("{}: {per_channel:.2} peaks per channel", kind.name());
        writeln!(table, "{}\t{}\t{per_channel}", kind.name(), counts.channels).unwrap();
        // the paper's own recordings: 6.87
        assert!(
            (5.5..8.5).contains(&per_channel),
            "{per_channel} peaks per channel"
        );
        let name = kind.name();
        ledger.hold(
            ("TASR above its shifted line", name),
            0.05,
            Allowed::Nominal,
            counts.tasr_above_line,
            counts.n,
        );
        ledger.hold(
            ("MSC above its critical value", name),
            0.05,
            Allowed::AtMost,
            counts.msc_above_critical,
            counts.n,
        );
    }
    write_table("paper_peaks", &table);
    ledger.close();
}
