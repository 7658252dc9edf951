//! Which bins tell the response and which its noise.

use crate::dsp::periodic::{
    EpochPlan, FineBins, Neighbourhood, NoiseBins, NoiseBinsError, bins_near, harmonics_of,
};

use super::settings::{EPOCHS_PER_SWEEP, PeriodicError, PeriodicSettings};

/// Neighbours of the power SNR, in bins of the epochs: the background slopes over few Hz only.
const POWER_NEIGHBOURS: Neighbourhood = Neighbourhood {
    below: 3,
    above: 3,
    nearest: 2,
};

/// Most noise bins of an epoch that weigh it.
const MOST_WEIGHT_BINS: usize = 100;

/// Least: the geometric mean of this many powers scatters as the mean of 40 (pi^2 / 6 times the variance).
const LEAST_WEIGHT_BINS: usize = 66;

/// How far from mains and its harmonics nothing is used.
const MAINS_HALF_WIDTH_HZ: f64 = 1.0;

/// The bins of one harmonic, as positions in the lists that are projected.
#[derive(Debug, Clone)]
pub(super) struct HarmonicBins {
    /// 1 is the modulation itself.
    pub(super) order: u32,
    pub(super) hz: f64,
    /// In the epoch's bins.
    pub(super) signal: usize,
    /// In the epoch's bins; empty where the spectrum ends too early.
    pub(super) power: Vec<usize>,
    /// In the epoch's bins; empty where there are too few.
    pub(super) weight: Vec<usize>,
    /// In the sweep's bins.
    pub(super) sweep_signal: usize,
    pub(super) sweep_noise: Vec<usize>,
}

/// All bins of a stimulus.
#[derive(Debug, Clone)]
pub(super) struct BinPlan {
    pub(super) harmonics: Vec<HarmonicBins>,
    /// Bins of the epochs.
    pub(super) epoch: FineBins,
    /// Bins of the sweeps.
    pub(super) sweep: FineBins,
}

/// The bins of one harmonic by number.
struct Chosen {
    order: u32,
    signal: usize,
    power: Vec<usize>,
    weight: Vec<usize>,
    sweep: NoiseBins,
}

impl BinPlan {
    pub(super) fn new(
        settings: &PeriodicSettings,
        plan: EpochPlan,
        mains_hz: f64,
    ) -> Result<Self, PeriodicError> {
        let half_hz = plan.hz(plan.n_bins());
        let lines_hz = harmonics_of(mains_hz, half_hz + MAINS_HALF_WIDTH_HZ);
        let on_line = |hz: f64| {
            let mut lines = lines_hz.iter();
            lines.find(|&line| (line - hz).abs() <= MAINS_HALF_WIDTH_HZ)
        };
        let modulation_hz = settings.modulation_hz;
        if let Some(&line_hz) = on_line(modulation_hz) {
            return Err(PeriodicError::Mains {
                name: settings.name.clone(),
                modulation_hz,
                line_hz,
            });
        }
        let excluded = Excluded::new(plan, &lines_hz);
        let mut chosen = Vec::with_capacity(settings.n_harmonics);
        for order in (1..=8).take(settings.n_harmonics) {
            if on_line(f64::from(order) * modulation_hz).is_none() {
                let of_order = excluded.choose(order);
                chosen.push(of_order.map_err(|source| PeriodicError::Neighbours {
                    name: settings.name.clone(),
                    harmonic: order,
                    source,
                })?);
            }
        }
        let of_bins = |source| PeriodicError::Bins {
            name: settings.name.clone(),
            source,
        };
        let epoch_bins = chosen.iter().flat_map(|c| {
            let noise = c.power.iter().chain(&c.weight);
            noise.copied().chain([c.signal])
        });
        let sweep_bins = chosen.iter().flat_map(|c| {
            let noise = c.sweep.bins().iter();
            noise.copied().chain([c.sweep.signal()])
        });
        let epoch = FineBins::new(plan, 1, &epoch_bins.collect::<Vec<_>>()).map_err(of_bins)?;
        let sweep_bins: Vec<usize> = sweep_bins.collect();
        let sweep = FineBins::new(plan, EPOCHS_PER_SWEEP, &sweep_bins).map_err(of_bins)?;
        let harmonics = chosen.iter().map(|c| c.positions(plan, &epoch, &sweep));
        Ok(Self {
            harmonics: harmonics.collect(),
            epoch,
            sweep,
        })
    }
}

impl Chosen {
    fn positions(&self, plan: EpochPlan, epoch: &FineBins, sweep: &FineBins) -> HarmonicBins {
        let all = |bins: &[usize], among: &FineBins| {
            let positions = bins.iter().filter_map(|&bin| among.position(bin));
            positions.collect::<Vec<_>>()
        };
        HarmonicBins {
            order: self.order,
            hz: plan.hz(self.signal),
            signal: epoch.position(self.signal).unwrap_or(0),
            power: all(&self.power, epoch),
            weight: all(&self.weight, epoch),
            sweep_signal: sweep.position(self.sweep.signal()).unwrap_or(0),
            sweep_noise: all(self.sweep.bins(), sweep),
        }
    }
}

/// Bins that tell nothing of the noise: near mains, and at harmonics of the modulation.
struct Excluded {
    plan: EpochPlan,
    epoch: Vec<usize>,
    sweep: Vec<usize>,
    n_sweep_bins: usize,
}

impl Excluded {
    fn new(plan: EpochPlan, lines_hz: &[f64]) -> Self {
        let fine = EPOCHS_PER_SWEEP;
        let n_sweep_bins = (plan.n_bins() * fine).saturating_sub(fine - 1);
        let mut epoch = bins_near(
            |bin| plan.hz(bin),
            plan.n_bins(),
            lines_hz,
            MAINS_HALF_WIDTH_HZ,
        );
        let fine_hz = |bin: usize| plan.hz(bin) / fine as f64;
        let mut sweep = bins_near(fine_hz, n_sweep_bins, lines_hz, MAINS_HALF_WIDTH_HZ);
        let step = plan.harmonic_bin(1);
        for bin in (step..plan.n_bins()).step_by(step) {
            epoch.push(bin);
            sweep.extend([bin * fine - 1, bin * fine, bin * fine + 1]);
        }
        Self {
            plan,
            epoch,
            sweep,
            n_sweep_bins,
        }
    }

    fn choose(&self, order: u32) -> Result<Chosen, NoiseBinsError> {
        let signal = self.plan.harmonic_bin(order);
        let n_bins = self.plan.n_bins();
        let power = NoiseBins::counted(signal, POWER_NEIGHBOURS, &self.epoch, n_bins);
        let fine = |around| {
            let signal = signal * EPOCHS_PER_SWEEP;
            NoiseBins::counted(signal, around, &self.sweep, self.n_sweep_bins)
        };
        Ok(Chosen {
            order,
            signal,
            power: power.map_or_else(|_| Vec::new(), |bins| bins.bins().to_vec()),
            weight: self.weight(signal),
            sweep: fine(Neighbourhood::MASTER).or_else(|_| fine(Neighbourhood::SHORT))?,
        })
    }

    /// The usable bins nearest to the signal on both sides together.
    fn weight(&self, signal: usize) -> Vec<usize> {
        let n_bins = self.plan.n_bins();
        let around = (2..n_bins).flat_map(|d| [signal.checked_sub(d), Some(signal + d)]);
        let usable = around
            .flatten()
            .filter(|&bin| bin > 0 && bin < n_bins && !self.epoch.contains(&bin));
        let bins: Vec<usize> = usable.take(MOST_WEIGHT_BINS).collect();
        if bins.len() < LEAST_WEIGHT_BINS {
            return Vec::new();
        }
        bins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan_of(modulation_hz: f64, rate_hz: f64, mains_hz: f64) -> Result<BinPlan, PeriodicError> {
        let settings = PeriodicSettings {
            modulation_hz,
            n_harmonics: 2,
            ..PeriodicSettings::default()
        };
        BinPlan::new(&settings, settings.epoch_plan(rate_hz).unwrap(), mains_hz)
    }

    #[test]
    fn forty_hertz_has_master_s_neighbours_and_none_of_them_is_mains_or_a_harmonic() {
        let plan = plan_of(40.0, 500.0, 50.0).unwrap();
        assert_eq!(plan.harmonics.len(), 2);
        for harmonic in &plan.harmonics {
            assert_eq!(harmonic.sweep_noise.len(), 120);
            assert_eq!((harmonic.power.len(), harmonic.weight.len()), (6, 100));
            for &at in &harmonic.weight {
                let hz = plan.epoch.bins()[at] as f64;
                assert!((hz - 50.0).abs() > 1.0 && (hz - 100.0).abs() > 1.0);
                assert!(hz % 40.0 > 0.5);
            }
        }
    }

    #[test]
    fn neighbours_pass_over_the_mains_beside_them() {
        let plan = plan_of(47.0, 500.0, 50.0).unwrap();
        let harmonic = &plan.harmonics[0];
        let hz = |at: &usize| plan.sweep.bins()[*at] as f64 / 16.0;
        assert!(
            harmonic
                .sweep_noise
                .iter()
                .map(hz)
                .all(|hz| (hz - 50.0).abs() > 1.0)
        );
        assert!(harmonic.sweep_noise.iter().map(hz).any(|hz| hz > 51.0));
    }

    #[test]
    fn a_low_modulation_makes_do_with_seven_neighbours_each_side() {
        let settings = PeriodicSettings {
            modulation_hz: 4.0,
            epoch_secs: 2.0,
            ..PeriodicSettings::default()
        };
        let epochs = settings.epoch_plan(250.0).unwrap();
        let plan = BinPlan::new(&settings, epochs, 50.0).unwrap();
        assert_eq!(plan.harmonics[0].sweep_noise.len(), 120);
        let settings = PeriodicSettings {
            modulation_hz: 2.0,
            epoch_secs: 4.0,
            n_harmonics: 1,
            ..settings
        };
        let epochs = settings.epoch_plan(5.0).unwrap();
        let plan = BinPlan::new(&settings, epochs, 0.0);
        assert_eq!(plan.unwrap().harmonics[0].sweep_noise.len(), 14);
    }

    #[test]
    fn a_modulation_on_the_mains_is_refused_and_a_harmonic_on_it_left_out() {
        let error = plan_of(50.0, 500.0, 50.0).unwrap_err();
        assert!(matches!(error, PeriodicError::Mains { line_hz: 50.0, .. }));
        let plan = plan_of(25.0, 500.0, 50.0).unwrap();
        assert_eq!((plan.harmonics.len(), plan.harmonics[0].order), (1, 1));
    }
}
