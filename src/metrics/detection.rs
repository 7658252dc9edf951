//! Detection: a response is declared at planned looks only, each over data that no earlier look has seen.

use std::ops::Range;

use num_complex::Complex64;

use crate::dsp::looks::{LookPlan, Looks};
use crate::dsp::tails::PValue;
use crate::dsp::{Averages, BandNull, OverlapTable, SpectraShape, band_msc, holm, msc};

pub use crate::dsp::looks::LookState;

/// Where one test of the family stands.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Detection {
    /// Its state, latched.
    pub state: LookState,
    /// Sum of `-2 ln p` over its looks, to be compared with the plan's thresholds.
    pub sum: f64,
    /// Centre of the last segment of the look that decided, seconds on the local LSL clock.
    pub decided_secs: Option<f64>,
}

impl Detection {
    /// Whether a response was detected.
    #[must_use]
    pub fn is_detected(&self) -> bool {
        matches!(self.state, LookState::Detected { .. })
    }

    /// The look that detected a response, from 1.
    #[must_use]
    pub fn look(&self) -> Option<usize> {
        match self.state {
            LookState::Detected { look, .. } => Some(look),
            _ => None,
        }
    }

    /// Whether nothing more will be decided.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !matches!(self.state, LookState::Pending { .. })
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct RunProgress {
    /// Number of the run in the session, from 1; 0 before the first.
    pub run: u32,
    /// Accepted data of the looks that are over.
    pub looked_secs: f64,
    /// Accepted data of the block that feeds the next look.
    pub block_secs: f64,
    /// Looks that are over.
    pub n_looks: usize,
}

/// The bins and the null of one tested band.
#[derive(Debug, Clone)]
struct Tested {
    bins: Range<usize>,
    null: BandNull,
}

/// What a detector is planned for.
pub(super) struct DetectorPlan {
    pub(super) looks: LookPlan,
    /// Bins and null of each tested band.
    pub(super) bands: Vec<(Range<usize>, BandNull)>,
    pub(super) overlap: OverlapTable,
    pub(super) n_channels: usize,
    pub(super) n_bins: usize,
    pub(super) n_tapers: usize,
    /// Accepted data of a look.
    pub(super) block_secs: f64,
    pub(super) segment_secs: f64,
    pub(super) hop_secs: f64,
}

/// The tests of all channels and tested bands over the looks of a run.
///
/// A block takes in accepted segments until they cover its time; segments that share samples with the block before are left out, so looks are
/// independent. Allocates nothing after construction.
pub(super) struct Detector {
    plan: DetectorPlan,
    bands: Vec<Tested>,
    block: Averages,
    covered_secs: f64,
    newest: Option<u64>,
    /// First hop whose segment shares no sample with the last block.
    free_from: u64,
    tests: Vec<Looks>,
    decided_secs: Vec<Option<f64>>,
    progress: RunProgress,
    p: Vec<f64>,
    order: Vec<usize>,
    adjusted: Vec<f64>,
    psd: Vec<f64>,
    csd: Vec<Complex64>,
    /// Scratch: the stimulus in the segments that a channel has.
    stimulus: Vec<f64>,
}

impl Detector {
    pub(super) fn new(mut plan: DetectorPlan) -> Self {
        let (n_channels, n_bins) = (plan.n_channels, plan.n_bins);
        let shape = SpectraShape::against_stimulus(n_channels, n_bins, plan.n_tapers);
        let bands = std::mem::take(&mut plan.bands);
        let n_tests = n_channels * bands.len();
        Self {
            block: Averages::of_all(plan.overlap.n_lags(), shape),
            covered_secs: 0.0,
            newest: None,
            free_from: 0,
            tests: vec![Looks::new(plan.looks.clone()); n_tests],
            decided_secs: vec![None; n_tests],
            progress: RunProgress::default(),
            p: vec![1.0; n_tests],
            order: vec![0; n_tests],
            adjusted: vec![1.0; n_tests],
            psd: vec![0.0; (n_channels + 1) * n_bins],
            csd: vec![Complex64::default(); n_channels * n_bins],
            stimulus: vec![0.0; n_bins],
            bands: bands
                .into_iter()
                .map(|(bins, null)| Tested { bins, null })
                .collect(),
            plan,
        }
    }

    /// Begin run `number`: every test forgets what it knew.
    pub(super) fn begin_run(&mut self, number: u32) {
        self.tests.iter_mut().for_each(Looks::reset);
        self.decided_secs.fill(None);
        self.begin_block();
        self.progress = RunProgress {
            run: number,
            ..RunProgress::default()
        };
    }

    fn begin_block(&mut self) {
        self.block.clear();
        self.covered_secs = 0.0;
        self.free_from = self.newest.map_or(self.free_from, |newest| {
            newest + self.plan.overlap.n_lags() as u64
        });
        self.newest = None;
        self.progress.block_secs = 0.0;
    }

    /// Take an accepted segment: its place and centre, the spectra of the channels, then the stimulus's; channels of which `lacks` says so lack it. `true` when a
    /// look was taken.
    pub(super) fn push(
        &mut self,
        (hop, centre_secs): (u64, f64),
        spectra: &[Complex64],
        lacks: &[bool],
    ) -> bool {
        if hop < self.free_from || self.progress.n_looks >= self.plan.looks.n_looks() {
            return false;
        }
        let n_values = spectra.len() / (self.plan.n_channels + 1);
        self.block
            .push_partly((hop, centre_secs), lacks, |ch, slot| {
                slot.copy_from_slice(&spectra[ch * n_values..(ch + 1) * n_values]);
            });
        let new_secs = self.newest.map_or(f64::INFINITY, |newest| {
            (hop - newest) as f64 * self.plan.hop_secs
        });
        self.covered_secs += new_secs.min(self.plan.segment_secs);
        self.newest = Some(hop);
        self.progress.block_secs = self.covered_secs;
        // the time is a sum of whole hops: a rounding must not cost another one
        if self.covered_secs + 1e-6 < self.plan.block_secs {
            return false;
        }
        self.look(centre_secs);
        true
    }

    fn look(&mut self, centre_secs: f64) {
        self.block.psd_into(&mut self.psd);
        self.block.csd_into(&mut self.csd);
        self.progress.looked_secs += self.covered_secs;
        self.progress.n_looks += 1;
        self.compute_p();
        for (i, test) in self.tests.iter_mut().enumerate() {
            let was_over = !matches!(test.state(), LookState::Pending { .. });
            let state = test.look(PValue::new(self.p[i]), self.progress.looked_secs);
            if !was_over && !matches!(state, LookState::Pending { .. }) {
                self.decided_secs[i] = Some(centre_secs);
            }
        }
        self.begin_block();
    }

    /// p of every test in the block. Where there is but one look, Holm's steps over the family are valid and sharper than an even split of alpha: p is then
    /// Holm's adjusted one over the family's size, which is to reach the same threshold.
    fn compute_p(&mut self) {
        let (n_bins, n_bands) = (self.plan.n_bins, self.bands.len());
        for (i, p) in self.p.iter_mut().enumerate() {
            let (ch, band) = (i / n_bands, &self.bands[i % n_bands]);
            // a channel that lacks segments is compared with the stimulus of its own
            let n_eff = self.plan.overlap.n_eff(self.block.weights_of(ch));
            let sxx = if self.block.lacks(ch) {
                self.block.partner_psd_into(ch, &mut self.stimulus);
                &self.stimulus
            } else {
                &self.psd[self.plan.n_channels * n_bins..]
            };
            let syy = &self.psd[ch * n_bins..(ch + 1) * n_bins];
            let sxy = &self.csd[ch * n_bins..(ch + 1) * n_bins];
            let bins = band.bins.clone();
            let statistic = band_msc(bins.map(|bin| msc(sxx[bin], syy[bin], sxy[bin])));
            *p = band.null.p_value(statistic, n_eff).unwrap_or(1.0);
        }
        if self.plan.looks.n_looks() == 1 && !self.p.is_empty() {
            holm(&self.p, &mut self.order, &mut self.adjusted);
            let n_family = self.p.len() as f64;
            for (p, adjusted) in self.p.iter_mut().zip(&self.adjusted) {
                *p = adjusted / n_family;
            }
        }
    }

    /// Channel `ch` was set aside: its tests take no further look, and spend no more of the error rate.
    pub(super) fn set_aside(&mut self, ch: usize) {
        let n_bands = self.bands.len();
        self.tests[ch * n_bands..(ch + 1) * n_bands]
            .iter_mut()
            .for_each(Looks::set_aside);
    }

    /// How far the run is.
    pub(super) fn progress(&self) -> RunProgress {
        self.progress
    }

    /// Where each test stands, channel after channel.
    pub(super) fn detections(&self) -> impl Iterator<Item = Detection> + '_ {
        let tests = self.tests.iter().zip(&self.decided_secs);
        tests.map(|(test, &decided_secs)| Detection {
            state: test.state(),
            sum: test.sum(),
            decided_secs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::{SegmentPlan, TaperKind, TaperSet};

    const N_LAGS: u64 = 8;

    fn detector() -> Detector {
        detector_of(LookPlan::even(0.05, 3, 1).unwrap(), 1)
    }

    fn detector_of(looks: LookPlan, n_channels: usize) -> Detector {
        let tapers = TaperSet::of_kind(TaperKind::Hann, 400);
        let overlap = OverlapTable::new(&tapers, SegmentPlan::new(400, 50).unwrap());
        Detector::new(DetectorPlan {
            looks,
            bands: vec![(1..4, BandNull::new(&overlap, 3, 0.05))],
            overlap,
            n_channels,
            n_bins: 5,
            n_tapers: 1,
            block_secs: 8.0,
            segment_secs: 2.0,
            hop_secs: 0.25,
        })
    }

    /// Spectra of a channel that follows the stimulus, or turns against it.
    fn spectra(hop: u64, follows: bool) -> Vec<Complex64> {
        let turn = if follows { 0.0 } else { hop as f64 * 2.4 };
        let x = Complex64::from_polar(1.0, hop as f64 * 0.7);
        let mut all = vec![x * Complex64::from_polar(0.5, turn); 5];
        all.extend([x; 5]);
        all
    }

    #[test]
    fn looks_come_after_each_block_and_blocks_share_no_sample() {
        let mut detector = detector();
        let looks: Vec<u64> = (0..200)
            .filter(|&hop| detector.push((hop, hop as f64), &spectra(hop, false), &[]))
            .collect();
        // 8 s are 25 segments of 2 s, one every 0.25 s; the next block begins 2 s after the last one's last segment
        assert_eq!(looks, [24, 24 + N_LAGS + 24, 24 + 2 * (N_LAGS + 24)]);
        let progress = detector.progress();
        assert_eq!((progress.n_looks, progress.looked_secs), (3, 24.0));
    }

    #[test]
    fn rejected_time_does_not_count() {
        let mut detector = detector();
        let accepted = |hop: &u64| !(10..30).contains(hop);
        let looks: Vec<u64> = (0..100)
            .filter(accepted)
            .filter(|&hop| detector.push((hop, hop as f64), &spectra(hop, false), &[]))
            .collect();
        // 10 segments cover 4.25 s, the first after the pause 2 s more, 7 further ones the rest
        assert_eq!(looks[0], 37);
    }

    #[test]
    fn a_response_is_latched_with_its_time_until_a_new_run() {
        let mut detector = detector();
        for hop in 0..200 {
            let _looked = detector.push((hop, hop as f64), &spectra(hop, hop < 30), &[]);
        }
        let found = detector.detections().next().unwrap();
        assert!(found.is_detected() && found.is_over(), "{found:?}");
        assert_eq!(found.decided_secs, Some(24.0));
        detector.begin_run(2);
        let fresh = detector.detections().next().unwrap();
        assert_eq!(
            (fresh.state, fresh.decided_secs),
            (LookState::Pending { n_looks: 0 }, None)
        );
        assert_eq!(detector.progress().run, 2);
    }

    /// Two channels that follow the stimulus under noise of these sizes, up to the first look.
    fn looked(looks: LookPlan, sizes: [f64; 2]) -> Vec<Detection> {
        let mut detector = detector_of(looks, 2);
        for hop in 0..25 {
            let x = Complex64::from_polar(1.0, hop as f64 * 0.7);
            let noisy = |size: f64| [x + Complex64::from_polar(size, hop as f64 * 2.4); 5];
            let [one, other] = sizes.map(noisy);
            let all: Vec<Complex64> = one.into_iter().chain(other).chain([x; 5]).collect();
            let _looked = detector.push((hop, hop as f64), &all, &[]);
        }
        detector.detections().collect()
    }

    #[test]
    fn a_channel_that_lacks_segments_is_tested_over_its_own_and_one_set_aside_no_more() {
        let noisy = |hop: u64, size: f64| {
            let x = Complex64::from_polar(1.0, hop as f64 * 0.7);
            [x + Complex64::from_polar(size, hop as f64 * 2.4); 5]
        };
        let looks = || LookPlan::even(0.05, 3, 2).unwrap();
        let (mut partly, mut own) = (detector_of(looks(), 2), detector_of(looks(), 1));
        for hop in 0..25 {
            let x = [Complex64::from_polar(1.0, hop as f64 * 0.7); 5];
            let lacks = hop >= 17;
            let other = if lacks {
                [Complex64::ZERO; 5]
            } else {
                noisy(hop, 2.0)
            };
            let all: Vec<Complex64> = noisy(hop, 1.0).into_iter().chain(other).chain(x).collect();
            let _looked = partly.push((hop, hop as f64), &all, &[false, lacks]);
            if !lacks {
                let alone: Vec<Complex64> = noisy(hop, 2.0).into_iter().chain(x).collect();
                let _looked = own.push((hop, hop as f64), &alone, &[]);
            }
        }
        own.look(24.0);
        let (partly_sum, own_sum) = (partly.tests[1].sum(), own.tests[0].sum());
        assert!(
            (partly_sum - own_sum).abs() < 1e-9,
            "{partly_sum} {own_sum}"
        );
        partly.set_aside(1);
        let of = |detector: &Detector| -> Vec<LookState> {
            detector.detections().map(|test| test.state).collect()
        };
        assert_eq!(of(&partly)[1], LookState::SetAside { n_looks: 1 });
        for hop in 40..100 {
            let all: Vec<Complex64> = (0..3).flat_map(|_| noisy(hop, 0.1)).collect();
            let _looked = partly.push((hop, hop as f64), &all, &[false, true]);
        }
        assert_eq!(of(&partly)[1], LookState::SetAside { n_looks: 1 });
        assert!(partly.tests[0].sum() > partly_sum && partly.progress().n_looks == 3);
        partly.begin_run(2);
        assert_eq!(of(&partly)[1], LookState::Pending { n_looks: 0 });
    }

    #[test]
    fn a_single_look_steps_down_the_family() {
        // the second channel alone is significant at 5 %, not at its half
        let p_of = |size: f64| {
            let two_looks = LookPlan::even(0.05, 2, 2).unwrap();
            (-0.5 * looked(two_looks, [0.1, size])[1].sum).exp()
        };
        let size = (10..400)
            .map(|size| 0.02 * f64::from(size))
            .find(|&size| p_of(size) > 0.03 && p_of(size) < 0.05);
        let single = looked(LookPlan::even(0.05, 1, 2).unwrap(), [0.1, size.unwrap()]);
        assert!(single.iter().all(Detection::is_detected), "{single:?}");
        let alone = looked(LookPlan::even(0.05, 1, 2).unwrap(), [50.0, size.unwrap()]);
        assert!(
            !alone[1].is_detected(),
            "without the first it must reach alpha / 2"
        );
    }
}
