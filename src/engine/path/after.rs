//! An engine that goes on where another ends, because its stream became another.

use crate::engine::{Engine, EngineError, Event, Output, Setup};

impl Engine {
    /// Plans the analysis of what the stream of `before` became. Runs, counts of samples and trials go on; averages, rest and what waited do not:
    /// [`finish`](Self::finish) `before` first.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn after(
        before: &Self,
        setup: Setup,
        out: &mut dyn FnMut(Output<'_>),
    ) -> Result<Self, EngineError> {
        let info = setup.info.clone();
        let change = info.change_since(&before.info).unwrap_or_default();
        let runs = before.runs().clone();
        let mut engine = Self::new(Setup { runs, ..setup })?;
        engine.analysis.continue_counts(&before.analysis);
        engine.markers.trials = before.markers.trials.clone();
        if before.traces.is_some() {
            engine.want_traces();
        }
        let info = Box::new(info);
        out(Output::Event(&Event::Changed { info, change }));
        if before.analysis.has_rest() {
            out(Output::Event(&Event::RestEnded));
        }
        Ok(engine)
    }
}
