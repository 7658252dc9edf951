//! Building an analysis, or what a change touches of one: apart from the hot path, so that it may take its time.

use std::sync::Arc;

use super::{Analysis, Counts, Keeps, PeriodicIs, Response};
use crate::dsp::{OverlapTable, SegmentPlan, TaperSet};
use crate::metrics::accepted::Accepted;
use crate::metrics::budget::Budget;
use crate::metrics::front_end::FrontEnd;
use crate::metrics::run_log::RunLog;
use crate::metrics::stages::band_power::BandPowerEstimator;
use crate::metrics::stages::eeg::EegStage;
use crate::metrics::stages::pairs::{PairEstimator, PairStage};
use crate::metrics::stages::periodic::{PeriodicStage, periodic_stages};
use crate::metrics::stages::quality::QualityStage;
use crate::metrics::stages::response::ResponseStage;
use crate::metrics::stages::rest::RestStage;
use crate::metrics::stages::run::RunStage;
use crate::metrics::{AnalysisSettings, Plan, ResponsePlan, SettingsError};
use crate::signal::{Montage, Pair, StimulusTiming};

/// What is to be analysed.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Rate of the stream.
    pub sample_rate_hz: f64,
    /// The derivations.
    pub montage: Arc<Montage>,
    /// Pairs of them.
    pub pairs: Vec<Pair>,
    /// Highest frequency that the envelope of its stimulus holds, Hz; `None` where there is no stimulus.
    pub stimulus_limit_hz: Option<f64>,
}

/// A plan with what its stages are made of.
struct Planned {
    plan: Arc<Plan>,
    segments: SegmentPlan,
    tapers: TaperSet,
    overlap: OverlapTable,
}

/// What a change has to build, beside what goes on.
pub struct Built {
    planned: Planned,
    before: Arc<Plan>,
    keeps: Keeps,
    settings: AnalysisSettings,
    front: Option<FrontEnd>,
    eeg: Option<EegStage>,
    rest: Option<RestStage>,
    pairs: Option<PairStage>,
    quality: Option<QualityStage>,
    response: Option<ResponseStage>,
    run: Option<RunStage>,
    periodic: Vec<PeriodicStage>,
}

impl Planned {
    /// Plan it, and refuse what does not fit into memory before anything is allocated.
    fn new(settings: &AnalysisSettings, subject: &Subject) -> Result<Self, SettingsError> {
        settings.check()?;
        let rate_hz = subject.sample_rate_hz;
        let segments = settings.segment_plan(rate_hz)?;
        let tapers = settings.tapers(segments.len(), rate_hz)?;
        let signals = (Arc::clone(&subject.montage), subject.pairs.clone());
        let mut plan = Plan::new(settings, &tapers, (segments, rate_hz), signals);
        if let Some(limit_hz) = subject.stimulus_limit_hz {
            plan.response = Some(ResponsePlan::new(settings, &plan, limit_hz)?);
        }
        Budget::of(&plan).check(settings.limits.memory_bytes())?;
        Ok(Self {
            overlap: OverlapTable::new(&tapers, segments),
            plan: Arc::new(plan),
            segments,
            tapers,
        })
    }

    fn front(&self, settings: &AnalysisSettings) -> Result<FrontEnd, SettingsError> {
        let mut front = FrontEnd::new(settings, &self.plan, self.segments, self.tapers.clone())?;
        front.set_stimulus(self.plan.response.is_some());
        Ok(front)
    }

    fn response(&self) -> Option<ResponseStage> {
        let response = self.plan.response.as_ref()?;
        let of = (&self.tapers, &self.overlap);
        Some(ResponseStage::new(&self.plan, response, of))
    }

    fn run(&self) -> Option<RunStage> {
        let response = self.plan.response.as_ref()?;
        Some(RunStage::new(&self.plan, response, &self.overlap))
    }

    fn periodic(&self, settings: &AnalysisSettings) -> Result<Vec<PeriodicStage>, SettingsError> {
        let rate_hz = self.plan.axis.sample_rate_hz();
        periodic_stages(settings, rate_hz, &self.plan.montage)
    }
}

impl Analysis {
    /// Whether `subject` can be analysed by `settings`; builds nothing.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings do not fit the rate or the memory allowed.
    pub fn check(settings: &AnalysisSettings, subject: &Subject) -> Result<(), SettingsError> {
        Planned::new(settings, subject).map(|_| ())
    }

    /// Plans the analysis of `subject` by `settings`, and builds every stage. Its runs follow those of `runs`.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings do not fit the rate or the memory allowed.
    pub fn new(
        settings: &AnalysisSettings,
        subject: &Subject,
        mut runs: RunLog,
    ) -> Result<Self, SettingsError> {
        let planned = Planned::new(settings, subject)?;
        let (plan, overlap) = (&planned.plan, &planned.overlap);
        let response = planned.response().zip(planned.run());
        let response = response.map(|(stage, mut run)| {
            run.begin(runs.begin());
            Response {
                stage,
                run,
                timing: StimulusTiming::default(),
            }
        });
        let mut front = planned.front(settings)?;
        front.keep_out(&plan.montage, &settings.bad);
        Ok(Self {
            front,
            eeg: EegStage::new(plan, overlap),
            rest: RestStage::new(plan, overlap, settings.rest_secs),
            pairs: PairStage::new(plan, overlap),
            quality: QualityStage::new(plan),
            response,
            periodic: planned.periodic(settings)?,
            periodic_is: PeriodicIs::On,
            polarity: None,
            accepted: Accepted::new(plan.n_window_hops()),
            verdict: None,
            hop: 0,
            counts: Counts::default(),
            runs,
            plan: Arc::clone(plan),
        })
    }

    /// Go on with what was built for another plan: stages that the change does not touch go on as they are, the counts go on whatever changes, and a run that
    /// the change ends is noted in the log. `false`, and nothing is changed, if `built` follows another plan than the present one.
    #[must_use = "what follows another plan must be built again"]
    pub fn install(&mut self, built: Built) -> bool {
        if !Arc::ptr_eq(&self.plan, &built.before) {
            return false;
        }
        let Built { planned, keeps, .. } = &built;
        let (keeps, plan) = (*keeps, Arc::clone(&planned.plan));
        if self.response.is_some() && !keeps.run {
            self.end_run(Keeps::run_end(&self.plan, &plan));
        }
        self.install_front(built.front, &plan);
        let grid = (&built.planned, keeps.front);
        self.install_eeg(built.eeg, (built.rest, built.quality), grid);
        self.install_pairs(built.pairs, &built.planned);
        self.install_response(built.response, built.run, &built.planned);
        self.install_periodic(built.periodic, keeps, &built.settings);
        self.plan = plan;
        self.front.keep_out(&self.plan.montage, &built.settings.bad);
        self.end_tests_of_those_out();
        true
    }

    fn install_front(&mut self, front: Option<FrontEnd>, plan: &Plan) {
        if let Some(mut front) = front {
            front.continue_from(&plan.montage, &self.front);
            self.front = front;
            self.verdict = None;
        } else {
            self.front.set_limits(plan.artefacts);
            self.front.set_stimulus(plan.response.is_some());
        }
    }

    fn install_eeg(
        &mut self,
        eeg: Option<EegStage>,
        (rest, quality): (Option<RestStage>, Option<QualityStage>),
        (planned, goes_on): (&Planned, bool),
    ) {
        let bands = || BandPowerEstimator::new(&planned.plan, &planned.overlap);
        match eeg {
            Some(eeg) => {
                self.eeg = eeg;
                self.accepted = self.accepted.renewed(planned.plan.n_window_hops(), goes_on);
            }
            None => self.eeg.set_bands(bands()),
        }
        match rest {
            Some(rest) => self.rest = rest,
            None => self.rest.set_bands(bands()),
        }
        if let Some(quality) = quality {
            self.quality = quality;
        }
    }

    fn install_pairs(&mut self, pairs: Option<PairStage>, planned: &Planned) {
        match pairs {
            Some(mut pairs) => {
                pairs.refill(self.eeg.averages());
                self.pairs = pairs;
            }
            None => self
                .pairs
                .set_bands(PairEstimator::new(&planned.plan, &planned.overlap)),
        }
    }

    fn install_response(
        &mut self,
        stage: Option<ResponseStage>,
        run: Option<RunStage>,
        planned: &Planned,
    ) {
        if planned.plan.response.is_none() {
            self.response = None;
            return;
        }
        let run = run.map(|mut run| {
            run.begin(self.runs.begin());
            run
        });
        let of = (&planned.tapers, &planned.overlap);
        match (&mut self.response, stage, run) {
            (None, Some(stage), Some(run)) => {
                let timing = StimulusTiming::default();
                self.response = Some(Response { stage, run, timing });
            }
            (None, ..) => {}
            (Some(response), stage, run) => {
                match stage {
                    Some(stage) => response.stage = stage,
                    None => response.stage.set_bands(&planned.plan, of),
                }
                match run {
                    Some(run) => {
                        let before = std::mem::replace(&mut response.run, run);
                        if Keeps::between(&self.plan, &planned.plan).front {
                            response.run.continue_paper(before);
                        }
                    }
                    None => response.run.set_pairs(&planned.plan),
                }
            }
        }
    }

    fn install_periodic(
        &mut self,
        built: Vec<PeriodicStage>,
        keeps: Keeps,
        settings: &AnalysisSettings,
    ) {
        let before = std::mem::replace(&mut self.periodic, built);
        for stage in &mut self.periodic {
            self.periodic_is.tell(stage, self.counts.next_index);
        }
        if !keeps.periodic {
            return;
        }
        let known = self.plan.periodic.iter().zip(before);
        for (known, stage) in known {
            let place = settings.periodic.iter().position(|wanted| wanted == known);
            if let Some(place) = place {
                self.periodic[place] = stage;
            }
        }
    }
}

impl Built {
    /// Build what analysing `subject` by `settings` has and `before` has not.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings do not fit the rate or the memory allowed.
    pub fn new(
        before: &Arc<Plan>,
        settings: &AnalysisSettings,
        subject: &Subject,
    ) -> Result<Self, SettingsError> {
        let planned = Planned::new(settings, subject)?;
        let keeps = Keeps::between(before, &planned.plan);
        let (plan, overlap) = (&planned.plan, &planned.overlap);
        Ok(Self {
            front: (!keeps.front)
                .then(|| planned.front(settings))
                .transpose()?,
            eeg: (!keeps.eeg).then(|| EegStage::new(plan, overlap)),
            // rest was before: what comes now is none
            rest: (!keeps.front).then(|| RestStage::new(plan, overlap, None)),
            pairs: (!keeps.pairs).then(|| PairStage::new(plan, overlap)),
            quality: (!keeps.quality).then(|| QualityStage::new(plan)),
            response: (!keeps.response).then(|| planned.response()).flatten(),
            run: (!keeps.run).then(|| planned.run()).flatten(),
            periodic: planned.periodic(settings)?,
            before: Arc::clone(before),
            settings: settings.clone(),
            keeps,
            planned,
        })
    }

    /// Whether a known rest baseline ends with it.
    #[must_use]
    pub fn ends_rest(&self) -> bool {
        self.rest.is_some()
    }
}
