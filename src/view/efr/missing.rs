//! What is shown while there is no stimulus: what to do, and how its stream stands.

use egui::RichText;

use crate::signal::Link;
use crate::view::panel::Scene;
use crate::view::theme;

/// Draw it.
pub(super) fn missing_ui(ui: &mut egui::Ui, scene: &Scene<'_>) {
    let stimulus = scene.stimulus;
    ui.add_space(theme::GAP_PX);
    let (state, colour) = match (&stimulus.stream, stimulus.link) {
        (Some(stream), Link::Live) => (
            format!(
                "{} is connected; no sample could be placed on the EEG yet",
                stream.name
            ),
            scene.theme.warning(),
        ),
        (Some(stream), Link::Stale) => (
            format!("{} is connected, but nothing comes", stream.name),
            scene.theme.error(),
        ),
        (Some(stream), Link::Lost | Link::Reopening) => (
            format!("{} is gone and is searched for", stream.name),
            scene.theme.error(),
        ),
        (_, _) => (
            "none found yet; searching".to_owned(),
            scene.theme.warning(),
        ),
    };
    ui.label(
        RichText::new(format!("No stimulus: {state}"))
            .strong()
            .color(colour),
    );
    if let Some(notice) = &stimulus.notice {
        scene.warning(ui, notice);
    }
    ui.label("Whether the EEG follows a stimulus can only be said against the stimulus. Start a stream of type Audio or StimulusEnvelope, for example:");
    ui.label(RichText::new("efrscope play FILE").monospace());
    scene.caption(
        ui,
        "More than one such stream: name one under [stimulus] select. A channel of the EEG stream that holds the envelope: select = \"channel=LABEL\". Band powers and coherence between channels need no stimulus.",
    );
}
