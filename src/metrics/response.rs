//! What is planned for EEG and stimulus together, and how it travels in a snapshot.

pub use crate::dsp::looks::{LookPlan, LookState};
pub use crate::dsp::paper::PAPER_LABEL;
pub(super) use crate::metrics::response_snapshot::Counts;
pub use crate::metrics::response_snapshot::{PaperSnapshot, ResponseSnapshot};

use crate::dsp::Averaging;
use crate::metrics::{AnalysisSettings, Plan, PlannedBand, SettingsError};

/// What stays the same from hop to hop.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ResponsePlan {
    /// Longest time averaged over.
    pub integration_secs: f64,
    /// How older segments leave the averages: with many channels they are forgotten even where the settings say sliding, which would keep every
    /// segment's spectra in memory.
    pub averaging: Averaging,
    /// The control compares the EEG with the stimulus of so long ago.
    pub control_shift_secs: f64,
    /// Looks and thresholds of the family.
    pub looks: LookPlan,
    /// Accepted data of each look.
    pub block_secs: f64,
    /// Bands tested, as indices into the plan's bands.
    pub tested: Vec<usize>,
    /// Highest frequency that the stimulus holds: bands that reach beyond are left out of the tests.
    pub limit_hz: f64,
    /// Bands that would be tested but for that.
    pub beyond: Vec<usize>,
    /// Segments kept for circular shifts; 0 where there are none, or where they would not fit into memory.
    pub n_shift_segments: usize,
}

/// Spectra kept for sliding averages, or for shifts, may take this share of the memory allowed.
const MEMORY_SHARE: f64 = 0.5;

impl ResponsePlan {
    /// What the settings ask of EEG and a stimulus that holds frequencies up to `limit_hz`, under `plan`.
    ///
    /// # Errors
    /// [`SettingsError::Looks`] when the looks cannot be planned.
    pub(super) fn new(
        settings: &AnalysisSettings,
        plan: &Plan,
        limit_hz: f64,
    ) -> Result<Self, SettingsError> {
        let response = &settings.response;
        let is_tested = |band: &PlannedBand| {
            response.bands.is_empty() || response.bands.iter().any(|name| name == band.band.name())
        };
        let bands = plan.bands.iter().enumerate();
        let asked = bands.filter(|(_, b)| is_tested(b)).map(|(b, _)| b);
        let (tested, beyond): (Vec<usize>, Vec<usize>) =
            asked.partition(|&b| plan.bands[b].band.hi_hz() <= limit_hz);
        let n_family = (tested.len() * plan.montage.len()).max(1);
        let looks = response.look_plan(n_family)?;
        let segment_bytes = 16.0 * plan.segment_values();
        let affordable = MEMORY_SHARE * settings.limits.memory_bytes() as f64;
        let n_hops = plan.n_hops_within(response.integration_secs) as f64;
        let averaging = if 2.0 * n_hops * segment_bytes > affordable {
            Averaging::Forgetting
        } else {
            plan.averaging
        };
        let run_secs = looks.n_looks() as f64 * (response.block_secs + plan.segment_secs);
        let n_run_hops = (run_secs / plan.hop_secs).ceil();
        // one copy is filled while the other is worked on
        let fits = 2.0 * n_run_hops * segment_bytes <= affordable;
        Ok(Self {
            integration_secs: response.integration_secs,
            averaging,
            control_shift_secs: response.control_shift_secs,
            looks,
            block_secs: response.block_secs,
            tested,
            limit_hz,
            beyond,
            n_shift_segments: if fits && response.n_shifts > 0 {
                whole(n_run_hops)
            } else {
                0
            },
        })
    }
}

impl ResponsePlan {
    /// Why a band is left out of the tests though it was asked for; `None` where it is not.
    #[must_use]
    pub fn why_left_out(&self, band: usize) -> Option<String> {
        self.beyond
            .contains(&band)
            .then(|| format!("the stimulus holds nothing above {:.1} Hz", self.limit_hz))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked settings keep it below a few million"
)]
fn whole(n: f64) -> usize {
    n as usize
}
