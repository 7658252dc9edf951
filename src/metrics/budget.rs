//! What an analysis costs in memory, computed before anything is allocated.

use crate::metrics::stages::eeg::EegStage;
use crate::metrics::stages::pairs::PairStage;
use crate::metrics::stages::response::ResponseStage;
use crate::metrics::stages::run::RunStage;
use crate::metrics::{Plan, SettingsError};

/// One part of the cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// What it is for.
    pub what: &'static str,
    /// How much it takes.
    pub bytes: f64,
    /// The setting that makes it smaller.
    pub key: &'static str,
    /// The setting's value.
    pub value: f64,
    /// Whether a larger value costs less.
    pub falls: bool,
}

/// What a plan costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    costs: Vec<Cost>,
}

/// Snapshots on their way at least: one written, one shown, one printed, one spare.
const SNAPSHOTS: f64 = 4.0;

impl Budget {
    /// Add up what the stages of `plan` will hold.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let by = |key, value, falls| (key, value, falls);
        let hops = by("analysis.hop_secs", plan.hop_secs, true);
        let pairs = by("analysis.pairs", plan.pairs.len() as f64, false);
        let cost = |what, bytes, (key, value, falls)| Cost {
            what,
            bytes,
            key,
            value,
            falls,
        };
        let mut costs = vec![
            cost("the spectra averaged over", EegStage::bytes(plan), hops),
            cost(
                "the cross-spectra of the pairs",
                PairStage::bytes(plan),
                pairs,
            ),
            cost(
                "the results on their way",
                SNAPSHOTS * snapshot_bytes(plan),
                pairs,
            ),
        ];
        if let Some(response) = &plan.response {
            let integration = by(
                "stimulus.integration_secs",
                response.integration_secs,
                false,
            );
            let shifts = by(
                "detection.n_shifts",
                response.n_shift_segments as f64,
                false,
            );
            costs.push(cost(
                "the spectra averaged with the stimulus",
                ResponseStage::bytes(plan, response),
                integration,
            ));
            let bytes = RunStage::bytes(plan, response);
            costs.push(cost("a run of detection", bytes, shifts));
        }
        Self { costs }
    }

    /// All of it.
    #[must_use]
    pub fn bytes(&self) -> f64 {
        self.costs.iter().map(|cost| cost.bytes).sum()
    }

    /// Refuse what does not fit into so much memory.
    ///
    /// # Errors
    /// [`SettingsError::Memory`] naming the greatest cost, its setting and a value that would fit.
    pub fn check(&self, allowed_bytes: u64) -> Result<(), SettingsError> {
        let (bytes, allowed) = (self.bytes(), allowed_bytes as f64);
        let by_bytes = |a: &&Cost, b: &&Cost| a.bytes.total_cmp(&b.bytes);
        let Some(greatest) = self.costs.iter().max_by(by_bytes) else {
            return Ok(());
        };
        if bytes <= allowed {
            return Ok(());
        }
        let left = allowed - (bytes - greatest.bytes);
        let share = (left / greatest.bytes).max(0.0);
        let fits = if greatest.falls {
            // up to the next hundredth, that it fits after rounding
            (100.0 * greatest.value / share).ceil() / 100.0
        } else {
            (greatest.value * share).floor()
        };
        Err(SettingsError::Memory {
            mb: bytes / MB,
            allowed_mb: allowed / MB,
            what: greatest.what,
            cost_mb: greatest.bytes / MB,
            key: greatest.key,
            value: greatest.value,
            hint: if fits.is_finite() && share > 0.0 {
                format!("{} = {fits} would fit", greatest.key)
            } else {
                "fewer channels or shorter segments are needed too".to_owned()
            },
        })
    }
}

const MB: f64 = 1e6;

/// Bytes of one snapshot.
#[must_use]
pub fn snapshot_bytes(plan: &Plan) -> f64 {
    let (n_channels, n_pairs) = (plan.montage.len() as f64, plan.pairs.len() as f64);
    let (n_bins, n_bands) = (plan.axis.n_bins() as f64, plan.bands.len() as f64);
    let of_response = if plan.response.is_some() {
        13.0 * n_channels + 3.0 * n_pairs
    } else {
        0.0
    };
    let per_bin = n_channels + 2.0 * n_pairs + of_response;
    8.0 * n_bins * per_bin + n_bands * (200.0 * n_channels + 160.0 * n_pairs)
}
