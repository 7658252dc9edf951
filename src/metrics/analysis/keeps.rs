//! What a change leaves alone.

use crate::metrics::Plan;
use crate::metrics::run_log::RunEnd;

/// Which stages go on under another plan.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each stage that may go on or not, whatever the others do"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Keeps {
    /// The front end: the same samples give the same segments and spectra.
    pub(super) front: bool,
    /// The EEG's averages.
    pub(super) eeg: bool,
    pub(super) pairs: bool,
    pub(super) quality: bool,
    /// The averages of EEG and stimulus.
    pub(super) response: bool,
    /// The run of detection.
    pub(super) run: bool,
    /// The periodic stimuli that are the same; each is looked at by itself.
    pub(super) periodic: bool,
}

impl Keeps {
    /// What goes on from `before` to `after`.
    pub(super) fn between(before: &Plan, after: &Plan) -> Self {
        let front = before.montage == after.montage
            && before.axis == after.axis
            && (before.taper, before.n_tapers) == (after.taper, after.n_tapers)
            && before.detrend == after.detrend
            && same(before.hop_secs, after.hop_secs)
            && before.high_pass_hz == after.high_pass_hz;
        let eeg = front
            && before.averaging == after.averaging
            && same(before.integration_secs, after.integration_secs);
        let pairs =
            eeg && before.pairs == after.pairs && (before.with_phases || !after.with_phases);
        let (response, run) = match (&before.response, &after.response) {
            (Some(before_response), Some(response)) => {
                let averages = before_response.averaging == response.averaging
                    && same(before_response.integration_secs, response.integration_secs)
                    && same(
                        before_response.control_shift_secs,
                        response.control_shift_secs,
                    );
                let run = before_response.looks == response.looks
                    && same(before_response.block_secs, response.block_secs)
                    && before_response.n_shift_segments == response.n_shift_segments
                    && same(before.alpha, after.alpha)
                    && tested(before) == tested(after);
                (front && averages, front && averages && run)
            }
            _ => (false, false),
        };
        Self {
            front,
            eeg,
            pairs,
            quality: front && same(before.mains_hz, after.mains_hz),
            response,
            run,
            periodic: before.montage == after.montage
                && before.high_pass_hz == after.high_pass_hz
                && same(before.mains_hz, after.mains_hz)
                && same(before.alpha, after.alpha)
                && before.artefacts == after.artefacts,
        }
    }

    /// Why a run ends that does not go on.
    pub(super) fn run_end(before: &Plan, after: &Plan) -> RunEnd {
        if before.montage != after.montage {
            RunEnd::Channels
        } else if tested(before) != tested(after) {
            RunEnd::Bands
        } else {
            RunEnd::Settings
        }
    }
}

/// The bands that are tested.
fn tested(plan: &Plan) -> Vec<&crate::metrics::PlannedBand> {
    let tested = plan.response.iter().flat_map(|response| &response.tested);
    tested.map(|&band| &plan.bands[band]).collect()
}

/// Bit for bit: both come from settings by the same arithmetic.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits()
}
