//! What happens to samples before they are analysed: the causal high-pass, and the verdict on each segment.

use crate::dsp::filter_design::butterworth_high_pass;
use crate::dsp::sos::SosBank;
use crate::dsp::{SegmentPlan, Segmenter};
use crate::metrics::artefact::{ArtefactCheck, Verdict};
use crate::metrics::{AnalysisSettings, SettingsError};

/// Corner of the high-pass that amplitude rules are judged after: drift is no artefact.
const JUDGED_ABOVE_HZ: f64 = 1.0;
/// Order of the high-passes: 12 dB per octave.
const ORDER: u32 = 2;

/// Filters samples for the analysis, and keeps what the artefact rules need to see of a segment.
///
/// Allocates nothing after construction.
pub(super) struct Conditioning {
    high_pass: Option<SosBank>,
    judged_pass: SosBank,
    run: Option<u32>,
    /// Samples as derived, unfiltered.
    raw: Segmenter,
    /// The same after the 1 Hz high-pass.
    judged: Segmenter,
    judged_uv: Vec<f64>,
    check: ArtefactCheck,
}

impl Conditioning {
    /// Plans it for `n_channels` at a rate.
    ///
    /// # Errors
    /// [`SettingsError::Filter`] for a corner the rate does not allow.
    pub(super) fn new(
        settings: &AnalysisSettings,
        sample_rate_hz: f64,
        plan: SegmentPlan,
        n_channels: usize,
    ) -> Result<Self, SettingsError> {
        let bank = |hz: f64| {
            let sections = butterworth_high_pass(ORDER, hz, sample_rate_hz);
            let sections = sections.map_err(|error| SettingsError::Filter {
                value: hz,
                problem: error.to_string(),
            })?;
            let settling_secs = SosBank::settling_secs(hz);
            Ok::<_, SettingsError>(SosBank::new(
                sections,
                n_channels,
                settling_secs,
                sample_rate_hz,
            ))
        };
        Ok(Self {
            high_pass: settings.high_pass_hz.map(bank).transpose()?,
            judged_pass: bank(JUDGED_ABOVE_HZ.min(0.2 * sample_rate_hz))?,
            run: None,
            raw: Segmenter::new(plan, n_channels),
            judged: Segmenter::new(plan, n_channels),
            judged_uv: vec![0.0; n_channels],
            check: ArtefactCheck::new(settings.artefacts, sample_rate_hz),
        })
    }

    /// Take one sample as derived, and filter it in place. After a gap the filters start anew.
    pub(super) fn push(&mut self, run: u32, index: u64, stamp_secs: f64, derived_uv: &mut [f64]) {
        let is_whole = derived_uv.iter().all(|uv| uv.is_finite());
        if self.run != Some(run) || !is_whole {
            self.judged_pass.reset();
            if let Some(high_pass) = &mut self.high_pass {
                high_pass.reset();
            }
        }
        self.run = is_whole.then_some(run);
        self.judged_uv.copy_from_slice(derived_uv);
        if is_whole {
            self.judged_pass.filter(&mut self.judged_uv);
        }
        // that a segment is complete is known from the analysis's own segmenter, which sees the same samples
        let _same = self.raw.push(run, index, stamp_secs, derived_uv);
        let _same = self.judged.push(run, index, stamp_secs, &self.judged_uv);
        if let Some(high_pass) = self.high_pass.as_mut().filter(|_| is_whole) {
            high_pass.filter(derived_uv);
        }
    }

    /// Why the segment that ends with the newest sample is no EEG, if it is none. Counts.
    pub(super) fn judge(&mut self) -> Option<Verdict> {
        let (raw, judged) = (&self.raw, &self.judged);
        let channels = 0..raw.n_channels();
        self.check
            .check(channels.map(|ch| (raw.segment(ch), judged.segment(ch))))
    }

    /// Count segments that were never complete.
    pub(super) fn count_lost(&mut self, n_segments: u64) {
        self.check.count_lost(n_segments);
    }

    /// What was rejected so far, by rule.
    pub(super) fn check(&self) -> &ArtefactCheck {
        &self.check
    }

    /// Whether the analysis's high-pass has settled since the start or the last gap.
    pub(super) fn is_settled(&self) -> bool {
        self.high_pass.as_ref().is_none_or(SosBank::is_settled)
    }
}
