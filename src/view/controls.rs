//! The row of controls above the panels.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::style::StyleModifier;
use egui::{PopupCloseBehavior, RichText};

use crate::control::{Command, StreamList};
use crate::metrics::AsideReason;
use crate::view::band_editor::BandEditor;
use crate::view::caption::{band_name, short};
use crate::view::efr::EfrView;
use crate::view::measure::Measure;
use crate::view::panel::Scene;
use crate::view::stream_picker::stream_picker_ui;
use crate::view::theme;
use crate::view::units;

/// Scales a trace can have, microvolts per lane.
const SCALES_UV: [f64; 10] = [
    5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 5000.0, 20_000.0,
];
/// Times the traces can show.
const WINDOWS_SECS: [f64; 5] = [2.0, 5.0, 10.0, 20.0, 30.0];

/// Accepted data that make a rest baseline.
const REST_SECS: f64 = 30.0;

/// What a person did with the controls.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Request {
    /// For the session.
    Session(Command),
    /// Freeze, or let go.
    Pause(bool),
    /// Light on dark, or dark on light.
    Dark(bool),
    /// Look at this band.
    Band(String),
    /// Show or hide these channels (labels).
    Show(Vec<String>, bool),
    /// Microvolts a lane is high.
    TraceUv(f64),
    /// Time the traces show.
    WindowSecs(f64),
    /// What the EFR panel shows.
    Efr(EfrView),
    /// What the connectivity panel shows.
    Measure(Measure),
    /// The pair paper mode shows.
    PaperPair(usize),
}

/// Draw the controls.
pub(super) fn controls_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    streams: Option<&StreamList>,
    bands: &mut BandEditor,
) -> Vec<Request> {
    let mut requests = Vec::new();
    ui.horizontal_wrapped(|ui| {
        let words = if scene.paused { "Resume" } else { "Pause" };
        let pause = ui.button(words).on_hover_text("or press the space bar");
        if pause.clicked() {
            requests.push(Request::Pause(!scene.paused));
        }
        let picked = ui.name_inputs("Stream", |ui| stream_picker_ui(ui, scene, streams));
        if let Some(choice) = picked {
            requests.push(Request::Session(Command::Open(choice)));
        }
        channels_ui(ui, scene, &mut requests);
        ui.name_inputs("Band shown", |ui| band_choice_ui(ui, scene, &mut requests));
        band_editor_ui(ui, scene, bands, &mut requests);
        ui.name_inputs("Scale of the traces", |ui| {
            scale_ui(ui, scene, &mut requests);
        });
        ui.name_inputs("Time of the traces", |ui| {
            window_ui(ui, scene, &mut requests);
        });
        run_ui(ui, scene, &mut requests);
        let words = if scene.theme.dark { "Light" } else { "Dark" };
        if ui.button(words).clicked() {
            requests.push(Request::Dark(!scene.theme.dark));
        }
    });
    requests
}

/// A new run, and the rest baseline with how far it is.
fn run_ui(ui: &mut egui::Ui, scene: &Scene<'_>, requests: &mut Vec<Request>) {
    let Some(snapshot) = scene.snapshot() else {
        return;
    };
    if snapshot.response.is_some() {
        let hint = "forget what was detected; looks and averages of the response start anew";
        if ui.button("New run").on_hover_text(hint).clicked() {
            requests.push(Request::Session(Command::NewRun));
        }
    }
    let hint =
        "take the next seconds of accepted data as the rest that band powers are compared with";
    let button = ui.button(format!("Rest {} s", short(REST_SECS, 0)));
    if button.on_hover_text(hint).clicked() {
        requests.push(Request::Session(Command::Rest { secs: REST_SECS }));
    }
    if !snapshot.has_rest && snapshot.rest_progress > 0.0 {
        let share = format!("rest {:.0} %", 100.0 * snapshot.rest_progress);
        ui.label(RichText::new(share).color(scene.theme.warning()));
    }
}

fn stays_open() -> MenuConfig {
    // buttons in these menus do something at once: they look like buttons, not like entries
    MenuConfig::new()
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .style(StyleModifier::default())
}

fn channels_ui(ui: &mut egui::Ui, scene: &Scene<'_>, requests: &mut Vec<Request>) {
    let Some(montage) = scene.picture.montage() else {
        return;
    };
    let labels: Vec<String> = (0..montage.len())
        .map(|ch| montage.label(ch).to_owned())
        .collect();
    let words = format!(
        "Channels {} of {}",
        scene.shown(montage).len(),
        labels.len()
    );
    MenuButton::new(words).config(stays_open()).ui(ui, |ui| {
        let note = "What is shown. Hidden channels are analysed all the same.";
        ui.label(RichText::new(note).small().color(scene.theme.weak()));
        ui.horizontal(|ui| {
            if ui.button("All").clicked() {
                requests.push(Request::Show(labels.clone(), true));
            }
            if ui.button("None").clicked() {
                requests.push(Request::Show(labels.clone(), false));
            }
        });
        let scroll = egui::ScrollArea::vertical().max_height(theme::MENU_PX);
        scroll.show(ui, |ui| {
            for (ch, label) in labels.iter().enumerate() {
                ui.horizontal(|ui| {
                    let mut shown = !scene.selection.hidden.contains(label);
                    let text = RichText::new(label).color(scene.theme.line(ch));
                    if ui.checkbox(&mut shown, text).changed() {
                        requests.push(Request::Show(vec![label.clone()], shown));
                    }
                    keep_out_ui(ui, scene, label, requests);
                });
            }
        });
    });
}

/// A button that keeps a channel out, or takes it back; why it is set aside where it is.
fn keep_out_ui(ui: &mut egui::Ui, scene: &Scene<'_>, label: &str, requests: &mut Vec<Request>) {
    let Some(snapshot) = scene.snapshot() else {
        return;
    };
    let electrodes = snapshot.plan.montage.electrodes().iter();
    let mut states = electrodes.zip(&snapshot.electrodes);
    let Some((_, state)) = states.find(|(electrode, _)| electrode.label == label) else {
        return;
    };
    let reason = state.aside.map(|aside| aside.reason);
    let is_out = reason == Some(AsideReason::KeptOut);
    let (words, hint) = if is_out {
        ("Take back", "analyse this channel again")
    } else {
        (
            "Keep out",
            "leave this channel out of averages, references and tests",
        )
    };
    if ui.small_button(words).on_hover_text(hint).clicked() {
        requests.push(Request::Session(Command::KeepOut {
            label: label.to_owned(),
            is_out: !is_out,
        }));
    }
    if let Some(reason) = reason {
        let text = format!("set aside: {}", reason.name());
        ui.label(RichText::new(text).small().color(scene.theme.error()));
    }
}

fn band_choice_ui(ui: &mut egui::Ui, scene: &Scene<'_>, requests: &mut Vec<Request>) {
    let Some(plan) = scene.snapshot().map(|snapshot| &snapshot.plan) else {
        return;
    };
    let chosen = scene.band(plan);
    let words = chosen.map_or("none".to_owned(), |b| band_name(&plan.bands[b].band));
    egui::ComboBox::new("band", "")
        .selected_text(format!("Band: {words}"))
        .show_ui(ui, |ui| {
            for (b, info) in plan.bands.iter().enumerate() {
                let name = band_name(&info.band);
                if ui.selectable_label(chosen == Some(b), name).clicked() {
                    requests.push(Request::Band(info.band.name().to_owned()));
                }
            }
        });
}

fn band_editor_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    editor: &mut BandEditor,
    requests: &mut Vec<Request>,
) {
    let Some(plan) = scene.snapshot().map(|snapshot| &snapshot.plan) else {
        return;
    };
    let menu = MenuButton::new("Bands").config(stays_open());
    let (_, open) = menu.ui(ui, |ui| editor.ui(ui, scene.theme, plan));
    match open {
        None => editor.close(),
        Some(asked) => requests.extend(asked.inner.map(|b| Request::Session(Command::Bands(b)))),
    }
}

fn scale_ui(ui: &mut egui::Ui, scene: &Scene<'_>, requests: &mut Vec<Request>) {
    let montage = scene.picture.montage();
    let unit = montage.map_or("\u{b5}V", |montage| units::signal(montage));
    let factor = montage.map_or(1.0, |montage| units::lane_factor(montage));
    let words = |uv: f64| format!("{} {unit} per lane", short(factor * uv, 3));
    egui::ComboBox::new("scale", "")
        .selected_text(words(scene.settings.trace_uv))
        .show_ui(ui, |ui| {
            for uv in SCALES_UV {
                let chosen = uv.total_cmp(&scene.settings.trace_uv).is_eq();
                if ui.selectable_label(chosen, words(uv)).clicked() {
                    requests.push(Request::TraceUv(uv));
                }
            }
        });
}

fn window_ui(ui: &mut egui::Ui, scene: &Scene<'_>, requests: &mut Vec<Request>) {
    let words = |secs: f64| format!("{} s window", short(secs, 1));
    egui::ComboBox::new("window", "")
        .selected_text(words(scene.settings.window_secs))
        .show_ui(ui, |ui| {
            for secs in WINDOWS_SECS {
                let chosen = secs.total_cmp(&scene.settings.window_secs).is_eq();
                if ui.selectable_label(chosen, words(secs)).clicked() {
                    requests.push(Request::WindowSecs(secs));
                }
            }
        });
}
