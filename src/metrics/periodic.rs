//! The live estimator for a periodic stimulus: samples in, the tests of [`dsp::periodic`](crate::dsp::periodic) out, channel by channel.
//!
//! | estimate | from |
//! |---|---|
//! | MSC, circular T2, Rayleigh, weighted mean, amplitude, polarity | the accepted epochs, each without its straight line |
//! | F-test, residual noise | *sweeps* of 16 accepted epochs, averaged: 60 neighbours each side, 1/16 of an epoch's bins apart |
//! | power SNR | the epochs' powers, 3 neighbours each side |
//! | pooled | the epochs that every channel accepted |
//!
//! Bins within 1 Hz of mains and its harmonics and bins at other harmonics of the modulation are no neighbours; a harmonic of the modulation that
//! lies on the mains is left out of everything.

mod bins;
mod channel;
mod estimate;
mod pairs;
mod pooled;
mod projection;
mod settings;
mod sweeps;

use crate::dsp::Step;
use crate::dsp::periodic::{EpochCutter, EpochPlanError};
use crate::signal::Polarity;

use bins::BinPlan;
use channel::ChannelEpochs;
use pooled::Pool;
use projection::{Line, Projection};

pub use estimate::{
    AmplitudeEstimate, PeriodicEstimate, PolarityEstimate, PooledEstimate, ResponseEstimate,
};
pub use pooled::MOST_POOLED;
pub use settings::{
    EPOCHS_PER_SWEEP, LEAST_EPOCHS, MOST_HARMONICS, PeriodicError, PeriodicSettings,
};

/// Follows one periodic stimulus in all channels. After [`new`](Self::new) nothing is allocated.
///
/// Epochs start with the first sample pushed, or where [`begin`](Self::begin) says that the stimulus does: phases are relative to that.
/// [`pause`](Self::pause) says that there is none.
#[derive(Debug)]
pub struct PeriodicEstimator {
    name: String,
    alpha: f64,
    bins: BinPlan,
    cutter: EpochCutter,
    state: State,
    channels: Vec<ChannelEpochs>,
    pool: Pool,
    projection: Projection,
    /// Whether something has changed since the last update.
    is_stale: bool,
}

/// Where in the stream the estimator is.
#[derive(Debug, Clone)]
struct State {
    /// Index of the sample after the last one; `None` before the first.
    next_index: Option<u64>,
    has_origin: bool,
    /// Epochs from the origin on that the stimulus lasts.
    n_epochs: u64,
    /// The epoch that is complete and not yet kept.
    complete: Option<u64>,
    epoch_polarity: EpochPolarity,
    /// Polarity of the complete epoch.
    polarity: Option<Polarity>,
    /// Channels that reject the epoch of the newest sample.
    rejects: Vec<bool>,
}

/// Polarity of the samples of an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
enum EpochPolarity {
    None,
    All(Option<Polarity>),
    Mixed,
}

impl PeriodicEstimator {
    /// Plans the estimator. Bins near `mains_hz` and its harmonics are left out (0 for no mains); `alpha` is the false-positive rate of the critical MSC.
    ///
    /// # Errors
    /// [`PeriodicError`] for settings that make no sense or do not fit the rate.
    pub fn new(
        settings: &PeriodicSettings,
        sample_rate_hz: f64,
        n_channels: usize,
        mains_hz: f64,
        alpha: f64,
    ) -> Result<Self, PeriodicError> {
        Self::with_judged(settings, sample_rate_hz, (n_channels, 0), mains_hz, alpha)
    }

    /// The same with `n_judged` further values behind those of the channels: they are cut into epochs ([`epoch`](Self::epoch)) for artefact checks, and nothing is read out of
    /// them.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with_judged(
        settings: &PeriodicSettings,
        sample_rate_hz: f64,
        (n_channels, n_judged): (usize, usize),
        mains_hz: f64,
        alpha: f64,
    ) -> Result<Self, PeriodicError> {
        settings.check(sample_rate_hz)?;
        if n_channels == 0 {
            return Err(settings.range("n_channels", 0.0, "at least 1".to_owned()));
        }
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(settings.range("alpha", alpha, "above 0 and below 1".to_owned()));
        }
        let plan = settings.epoch_plan(sample_rate_hz)?;
        let bins = BinPlan::new(settings, plan, mains_hz)?;
        let max_epochs = settings.max_epochs;
        Ok(Self {
            name: settings.name.clone(),
            alpha,
            cutter: EpochCutter::new(plan, n_channels + n_judged),
            state: State::new(n_channels),
            channels: (0..n_channels)
                .map(|_| ChannelEpochs::new(&bins, max_epochs))
                .collect(),
            pool: Pool::new(n_channels, bins.harmonics.len(), max_epochs),
            projection: Projection::new(&bins, plan, n_channels),
            is_stale: false,
            bins,
        })
    }

    /// Take the next sample: its run, index, one value per channel (and per judged one) and, where it is known, the polarity that the stimulus has. True when it completed
    /// an epoch without lost samples.
    ///
    /// That epoch can still be looked at ([`epoch`](Self::epoch)) and rejected; the next sample, or [`update`](Self::update), takes it in.
    pub fn push(
        &mut self,
        run: u32,
        index: u64,
        values_uv: &[f64],
        polarity: Option<Polarity>,
    ) -> bool {
        self.keep_complete();
        if !self.state.has_origin {
            // cannot be refused: an index is at or above 0
            self.state.has_origin = self.cutter.restart(index as f64, index).is_ok();
        }
        self.state.next_index = Some(index + 1);
        let plan = *self.cutter.plan();
        if index >= plan.start(self.state.n_epochs) {
            self.end();
            return false;
        }
        if index < plan.start(self.cutter.next_epoch()) {
            return false;
        }
        self.state.epoch_polarity.take(polarity);
        let n_before = self.cutter.n_rejected();
        let step = self.cutter.push(run, index, values_uv);
        let n_lost = self.cutter.n_rejected() - n_before;
        self.count_rejected(n_lost);
        match step {
            Step::Between => {
                // epochs that were lost whole end no epoch, yet the samples from here on are another's
                if n_lost > 0 {
                    self.state.begin_epoch();
                    self.state.epoch_polarity.take(polarity);
                }
                if self.cutter.is_whole() {
                    self.sum(self.cutter.next_epoch(), index, false);
                }
                false
            }
            Step::Rejected { .. } => {
                self.state.begin_epoch();
                false
            }
            Step::Complete { hop } => {
                self.sum(hop, index, true);
                for (ch, rejects) in self.state.rejects.iter_mut().enumerate() {
                    *rejects |= self.cutter.is_spoilt(ch);
                }
                self.state.complete = Some(hop);
                self.state.polarity = self.state.epoch_polarity.known();
                self.state.epoch_polarity = EpochPolarity::None;
                true
            }
        }
    }

    /// Take sample `index` of epoch `m`, in which none is missing so far, into the epoch's coefficients.
    fn sum(&mut self, m: u64, index: u64, is_complete: bool) {
        let plan = *self.cutter.plan();
        let n = usize::try_from(index + 1 - plan.start(m)).unwrap_or(usize::MAX);
        if n == 1 {
            self.projection.begin();
        }
        let at = (plan.rounding(m), n, is_complete);
        let of_channels = self.channels.len() * plan.max_len();
        let values = &self.cutter.values()[..of_channels];
        self.projection.sum(&mut self.bins, at, values);
    }

    /// The stimulus is over: epochs of it that are not complete now were lost.
    fn end(&mut self) {
        let n_lost = self.state.n_epochs.saturating_sub(self.cutter.next_epoch());
        if n_lost > 0 {
            self.count_rejected(n_lost);
            self.cutter.skip_to(self.state.n_epochs);
            self.state.begin_epoch();
        }
    }

    fn count_rejected(&mut self, n: u64) {
        self.is_stale |= n > 0;
        for channel in &mut self.channels {
            channel.count_rejected(n);
        }
    }

    /// The stimulus starts at sample `origin`, which may lie between samples and before the newest one, and lasts `n_epochs` epochs, or until further
    /// notice: epochs are counted and phases measured from there. Epochs kept so far stay; the one being filled is dropped, uncounted.
    ///
    /// # Errors
    /// [`EpochPlanError::Origin`] unless `origin` is at or above 0; nothing is changed then.
    pub fn begin(&mut self, origin: f64, n_epochs: Option<u64>) -> Result<(), EpochPlanError> {
        // the complete epoch lies where the old origin put it
        self.cutter.plan().from_origin(origin)?;
        self.keep_complete();
        self.cutter
            .restart(origin, self.state.next_index.unwrap_or(0))?;
        self.state.begin_epoch();
        self.state.has_origin = true;
        self.state.n_epochs = n_epochs.map_or(MOST_EPOCHS, |n| n.min(MOST_EPOCHS));
        Ok(())
    }

    /// Go on, from sample `index`, with a stimulus that began at `origin`: what a measurement begun on the way has not seen counts as lost no more than as
    /// taken.
    ///
    /// # Errors
    /// As for [`begin`](Self::begin).
    pub(in crate::metrics) fn resume(
        &mut self,
        origin: f64,
        index: u64,
    ) -> Result<(), EpochPlanError> {
        self.state.next_index = Some(index);
        self.begin(origin, None)
    }

    /// No stimulus is on: samples count for nothing until [`begin`](Self::begin). The epoch being filled is dropped, uncounted. For stimuli that are
    /// announced by markers, call it at the start.
    pub fn pause(&mut self) {
        self.keep_complete();
        self.state.begin_epoch();
        self.state.has_origin = true;
        self.state.n_epochs = 0;
    }

    /// An artefact check rejects, in one channel, the epoch that holds the newest sample: the one just complete if [`push`](Self::push) said so, else the one being
    /// filled. It is counted and enters nothing; other channels keep theirs. A sample that lies in no epoch rejects none.
    ///
    /// # Panics
    /// If there is no such channel: a bug.
    pub fn reject(&mut self, ch: usize) {
        let in_epoch = self.state.epoch_polarity != EpochPolarity::None;
        self.state.rejects[ch] |= in_epoch || self.state.complete.is_some();
    }

    /// Values of channel `ch`, or of a judged one behind the channels, in the epoch just complete, as pushed, for artefact checks.
    #[must_use]
    pub fn epoch(&self, ch: usize) -> &[f64] {
        self.cutter.epoch(ch)
    }

    /// Recompute the estimates from the kept epochs. Allocates nothing.
    pub fn update(&mut self) {
        self.keep_complete();
        if !std::mem::take(&mut self.is_stale) {
            return;
        }
        let epoch_secs = self.cutter.plan().secs();
        for channel in &mut self.channels {
            channel.update(&self.bins, epoch_secs, self.alpha);
        }
        self.pool.update();
    }

    /// What channel `ch` says since the last [`update`](Self::update).
    ///
    /// # Panics
    /// If there is no such channel: a bug.
    #[must_use]
    pub fn estimate(&self, ch: usize) -> &PeriodicEstimate {
        self.channels[ch].estimate()
    }

    /// What channel `ch` says at the `i`th harmonic read out, 0 being the modulation.
    ///
    /// # Panics
    /// If there is no such channel or `i` is not below [`n_harmonics`](Self::n_harmonics): a bug.
    #[must_use]
    pub fn harmonic(&self, ch: usize, i: usize) -> &ResponseEstimate {
        self.channels[ch].harmonic(i)
    }

    /// Harmonics read out: those wanted, less those that lie on the mains.
    #[must_use]
    pub fn n_harmonics(&self) -> usize {
        self.bins.harmonics.len()
    }

    /// What all channels say together.
    #[must_use]
    pub fn pooled(&self) -> &PooledEstimate {
        self.pool.estimate()
    }

    /// Exact length of an epoch.
    #[must_use]
    pub fn epoch_secs(&self) -> f64 {
        self.cutter.plan().secs()
    }

    /// What the screen calls the stimulus.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A new measurement: forgets all epochs, counts and the origin. Allocates nothing.
    pub fn reset(&mut self) {
        self.state.reset();
        self.is_stale = false;
        self.pool.reset();
        for channel in &mut self.channels {
            channel.reset();
        }
    }

    /// Take the complete epoch into the kept ones, channel by channel.
    fn keep_complete(&mut self) {
        let Some(m) = self.state.complete.take() else {
            return;
        };
        let plan = *self.cutter.plan();
        let at = (plan.rounding(m), plan.len_of(m));
        self.projection.finish(&mut self.bins, at);
        let rejects = &self.state.rejects;
        for (ch, (channel, &rejected)) in self.channels.iter_mut().zip(rejects).enumerate() {
            if rejected {
                channel.count_rejected(1);
                continue;
            }
            let (line, mean) = Line::through(self.cutter.epoch(ch));
            let offset = channel.sweep_offset(mean);
            let (epoch, sweep) = self.projection.channel(ch, line, offset);
            channel.add(&self.bins, epoch, sweep, self.state.polarity);
        }
        if !rejects.contains(&true) {
            let (projection, harmonics) = (&self.projection, &self.bins.harmonics);
            self.pool
                .add(|ch, i| projection.at(ch, harmonics[i].signal));
        }
        self.state.rejects.fill(false);
        self.is_stale = true;
    }
}

/// More epochs than any stimulus has.
const MOST_EPOCHS: u64 = 1 << 40;

impl State {
    fn new(n_channels: usize) -> Self {
        Self {
            next_index: None,
            has_origin: false,
            n_epochs: MOST_EPOCHS,
            complete: None,
            epoch_polarity: EpochPolarity::None,
            polarity: None,
            rejects: vec![false; n_channels],
        }
    }

    fn begin_epoch(&mut self) {
        self.epoch_polarity = EpochPolarity::None;
        self.rejects.fill(false);
    }

    fn reset(&mut self) {
        self.next_index = None;
        self.has_origin = false;
        self.n_epochs = MOST_EPOCHS;
        self.complete = None;
        self.begin_epoch();
    }
}

impl EpochPolarity {
    fn take(&mut self, polarity: Option<Polarity>) {
        *self = match *self {
            Self::None => Self::All(polarity),
            Self::All(first) if first == polarity => Self::All(first),
            Self::All(_) | Self::Mixed => Self::Mixed,
        };
    }

    fn known(self) -> Option<Polarity> {
        match self {
            Self::All(polarity) => polarity,
            Self::None | Self::Mixed => None,
        }
    }
}
