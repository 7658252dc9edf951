//! Electrodes that are set aside, or are back, in the course of the samples.

use std::sync::Arc;

use crate::engine::{Engine, Event, Output};

impl Engine {
    /// Electrodes that were set aside, or are back, from this place on.
    pub(super) fn settle_electrodes(&mut self, out: &mut dyn FnMut(Output<'_>)) {
        let plan = Arc::clone(self.analysis.plan());
        let analysed = self.n_analysed;
        let has_lost_rest = self.analysis.settle_electrodes(&mut |change| {
            let electrode = &plan.montage.electrodes()[change.electrode];
            out(Output::Event(&Event::Electrode {
                analysed,
                label: electrode.label.clone(),
                aside: change.aside,
            }));
        });
        if has_lost_rest {
            out(Output::Event(&Event::RestEnded));
        }
        if self.analysis.runs().n_ended() != self.n_records {
            self.tell_runs(out);
        }
    }
}
