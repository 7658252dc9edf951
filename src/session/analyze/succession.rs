//! The analysis goes on with what the stream has become, as far as it has what was asked for.

use std::sync::Arc;

use crate::control::LinkReport;
use crate::engine::{self, Engine, EngineError, Output, Setup};
use crate::metrics::{AnalysisSettings, PairChoice, RunEnd};
use crate::session::acquire::OpenedStream;
use crate::session::analyze::{AnalysisInputs, Driver, piece_len};
use crate::session::load::Load;
use crate::session::sinks::Published;
use crate::signal::{Chunk, StreamId, StreamInfo};

impl Driver {
    /// End what was made of the stream as it was, all of which has been read, and go on with what it became: a new segment, whose runs and counts
    /// follow.
    ///
    /// # Errors
    /// Why it cannot be analysed as asked, in words.
    pub(super) fn follow(&mut self, opened: OpenedStream) -> Result<(), String> {
        let OpenedStream { info, reader } = opened;
        let before = self.inputs.stream.newest();
        let change = before.and_then(|before| info.change_since(&before));
        let outputs = &mut self.outputs;
        let out = &mut |output: Output<'_>| outputs.take(&output);
        self.engine.finish(RunEnd::Changed, out);
        let inputs = &mut self.inputs;
        inputs
            .sinks
            .runs
            .publish(Arc::new(self.engine.runs().clone()));
        let engine = successor(&self.engine, &info, inputs, out);
        let (engine, missing) = engine.map_err(|error| {
            let name = &info.name;
            format!(
                "the stream {name:?} came back as one that cannot be analysed as asked: {error}"
            )
        })?;
        inputs.reader = reader;
        inputs.stream.publish(Arc::new(info));
        let rate_hz = engine.plan().axis.sample_rate_hz();
        let n_channels = inputs.reader.n_channels();
        self.eeg = Chunk::with_capacity(n_channels, piece_len(rate_hz, engine.hop_len()));
        self.load = Load::new(engine.plan().hop_secs, rate_hz);
        self.wanted = None;
        self.stimulus_is_refused = false;
        self.engine = engine;
        if !missing.is_empty() {
            let missing = missing.join(", ");
            let words = format!("it has no channel {missing} any more: the others are analysed");
            inputs.counters.notify(words);
        }
        // what was shown of it means nothing any more
        self.outputs.hand_out(&Published::Closed);
        self.report(change);
        self.rejoin();
        Ok(())
    }

    /// What the stream is from now on, for those who read reports.
    fn report(&self, change: Option<String>) {
        let Some(info) = self.inputs.stream.newest() else {
            return;
        };
        let status = self.inputs.counters.status();
        let event = format!(
            "stream {:?} is another than before, and a new segment begins: {}",
            info.name,
            change.unwrap_or_default()
        );
        let now_secs = self.inputs.clock.now_secs();
        self.outputs.hand_out(&Published::Link(Arc::new(LinkReport {
            event: Some(event),
            layout: Some(Arc::clone(&info)),
            ..LinkReport::new(StreamId::Eeg, &info, &status, now_secs)
        })));
    }

    /// The stimulus that is read goes with the new engine's samples.
    fn rejoin(&mut self) {
        let Some(stimulus) = &self.stimulus else {
            return;
        };
        let outputs = &mut self.outputs;
        let out = &mut |output: Output<'_>| outputs.take(&output);
        if let Err(error) = self.engine.join_stimulus(&stimulus.info, out) {
            self.inputs.sinks.stimulus.notify(error.to_string());
            self.stimulus = None;
        }
    }

    /// `settings` as far as the stream has what they name; as they are where it has nothing of it, to be refused.
    pub(super) fn fitting(&self, settings: &AnalysisSettings) -> Box<AnalysisSettings> {
        let stream = self.inputs.stream.newest();
        let fitted = stream.and_then(|info| fitted(&info, settings).ok());
        Box::new(fitted.map_or_else(|| settings.clone(), |(settings, _)| settings))
    }
}

/// The engine that follows `before`, and the channels asked for that it goes without.
fn successor(
    before: &Engine,
    info: &StreamInfo,
    inputs: &AnalysisInputs,
    out: &mut dyn FnMut(Output<'_>),
) -> Result<(Engine, Vec<String>), EngineError> {
    let (analysis, missing) = fitted(info, &inputs.request.analysis)?;
    let setup = Setup {
        info: info.clone(),
        analysis,
        stimulus: inputs.request.stimulus.clone(),
        trials: inputs.request.trials.clone(),
        runs: before.runs().clone(),
    };
    Ok((Engine::after(before, setup, out)?, missing))
}

/// `settings` as far as `info` has the channels and pairs they name, and the labels it has not. Settings that fit are returned as they are.
///
/// # Errors
/// [`EngineError`] when nothing of them can be analysed.
pub(super) fn fitted(
    info: &StreamInfo,
    settings: &AnalysisSettings,
) -> Result<(AnalysisSettings, Vec<String>), EngineError> {
    let Err(misfit) = engine::check(info, settings) else {
        return Ok((settings.clone(), Vec::new()));
    };
    let has = |label: &String| info.channel_called(label).is_some();
    let (there, missing): (Vec<String>, Vec<String>) =
        settings.channels.iter().cloned().partition(has);
    if there.is_empty() && !missing.is_empty() {
        return Err(misfit);
    }
    let mut fitted = AnalysisSettings {
        channels: there,
        // what is gone need not be kept out any more
        bad: settings.bad.iter().filter(|l| has(l)).cloned().collect(),
        ..settings.clone()
    };
    if let PairChoice::Named(_) = fitted.pairs
        && engine::check(info, &fitted).is_err()
    {
        fitted.pairs = PairChoice::Auto;
    }
    engine::check(info, &fitted)?;
    Ok((fitted, missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(channels: &[&str], pair: &str) -> AnalysisSettings {
        AnalysisSettings {
            channels: channels.iter().map(|&label| label.to_owned()).collect(),
            pairs: PairChoice::Named(vec![pair.to_owned()]),
            ..AnalysisSettings::default()
        }
    }

    #[test]
    fn channels_that_are_there_are_kept_and_the_others_named() {
        let settings = asked(&["Cz", "Pz"], "Cz-Pz");
        let (same, missing) =
            fitted(&StreamInfo::of_eeg(&["Pz", "Cz", "Oz"], "uV"), &settings).unwrap();
        assert_eq!((same, missing.len()), (settings.clone(), 0));
        let (fewer, missing) = fitted(&StreamInfo::of_eeg(&["Cz", "Oz"], "uV"), &settings).unwrap();
        assert_eq!(fewer.channels, ["Cz"]);
        assert_eq!(missing, ["Pz"]);
        assert_eq!(fewer.pairs, PairChoice::Auto);
    }

    #[test]
    fn a_label_in_another_case_is_there_and_one_that_is_kept_out_may_be_gone() {
        let settings = AnalysisSettings {
            bad: vec!["t7".to_owned(), "oz".to_owned()],
            ..asked(&["cz", "Pz"], "Cz-Pz")
        };
        let (fewer, missing) = fitted(&StreamInfo::of_eeg(&["Cz", "Oz"], "uV"), &settings).unwrap();
        assert_eq!(
            (fewer.channels, fewer.bad),
            (vec!["cz".into()], vec!["oz".into()])
        );
        assert_eq!(missing, ["Pz"]);
    }

    #[test]
    fn where_no_channel_is_left_nothing_is_made_up() {
        let error = fitted(
            &StreamInfo::of_eeg(&["E1", "E2"], "uV"),
            &asked(&["Cz"], "Cz-E1"),
        )
        .unwrap_err();
        assert!(error.to_string().contains("Cz"), "{error}");
    }
}
