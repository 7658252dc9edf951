//! The dashboard itself: controls above, panels in two columns, the status bar below.

use egui::{Key, Modifiers, Rect, RichText};

use crate::signal::Link;
use crate::view::band_editor::BandEditor;
use crate::view::band_tracks::BandTracks;
use crate::view::caption::duration;
use crate::view::connectivity::Connectivity;
use crate::view::controls::{Request, controls_ui};
use crate::view::efr::Efr;
use crate::view::model::Model;
use crate::view::panel::{Panel, Scene, Selection};
use crate::view::spectra::Spectra;
use crate::view::status_bar::status_bar_ui;
use crate::view::theme::{self, Theme};
use crate::view::traces::Traces;
use crate::view::waiting::waiting_ui;
use crate::view::{Feed, ViewSettings};

/// A panel and its share of its column's height.
struct Place {
    panel: Box<dyn Panel>,
    share: f32,
}

fn place(panel: impl Panel + 'static, share: f32) -> Place {
    Place {
        panel: Box::new(panel),
        share,
    }
}

/// The whole window's content. [`open`](crate::view::open) gives it a window.
pub struct Dashboard {
    model: Model,
    settings: ViewSettings,
    selection: Selection,
    bands: BandEditor,
    columns: [Vec<Place>; 2],
    /// Title of the panel that has all the room.
    enlarged: Option<&'static str>,
    /// The theme egui was last given.
    applied: Option<Theme>,
}

impl Dashboard {
    /// A dashboard of `feed` that looks as `settings` say.
    #[must_use]
    pub fn new(feed: Feed, settings: ViewSettings) -> Self {
        Self {
            model: Model::new(feed, &settings),
            settings,
            selection: Selection::default(),
            bands: BandEditor::default(),
            columns: [
                vec![
                    place(Traces, 0.36),
                    place(BandTracks, 0.31),
                    place(Spectra, 0.33),
                ],
                vec![place(Efr, 0.61), place(Connectivity, 0.39)],
            ],
            enlarged: None,
            applied: None,
        }
    }

    /// Read what the other threads published since the last time. Never waits.
    pub fn update(&mut self) {
        self.model.update();
    }

    /// Whether the session asks the window to close.
    pub(super) fn is_stopped(&self) -> bool {
        let stop = &self.model.feed.stop;
        stop.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Draw everything.
    pub fn ui(&mut self, ui: &mut egui::Ui) {
        let theme = Theme {
            dark: self.settings.dark,
        };
        if self.applied != Some(theme) {
            theme.apply(ui.ctx());
            self.applied = Some(theme);
        }
        let nothing_focused = ui.memory(|memory| memory.focused().is_none());
        if nothing_focused && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Space)) {
            self.model.set_paused(!self.model.paused());
        }
        let requests = self.draw(ui, theme);
        for request in requests {
            self.grant(request);
        }
    }

    fn draw(&mut self, ui: &mut egui::Ui, theme: Theme) -> Vec<Request> {
        let model = &self.model;
        let scene = Scene {
            picture: model.picture(),
            status: &model.status,
            stimulus: &model.stimulus,
            marker_counts: &model.marker_counts,
            settings: &self.settings,
            selection: &self.selection,
            theme,
            paused: model.paused(),
        };
        let streams = model.streams.as_deref();
        let now_secs = model.feed.clock.now_secs();
        let mut requests = Vec::new();
        egui::Panel::top("controls").show(ui, |ui| {
            ui.add_space(theme::GAP_PX / 2.0);
            requests = controls_ui(ui, &scene, streams, &mut self.bands);
            banners_ui(ui, &scene, model.refusal.as_deref(), now_secs);
            ui.add_space(theme::GAP_PX / 2.0);
        });
        egui::Panel::bottom("status").show(ui, |ui| status_bar_ui(ui, &scene, now_secs));
        let ground = egui::Frame::new()
            .fill(theme.ground())
            .inner_margin(theme::GAP_PX);
        let central = egui::CentralPanel::default().frame(ground);
        if model.is_waiting() {
            central.show(ui, |ui| {
                panel_frame(theme).show(ui, |ui| waiting_ui(ui, &scene, streams));
            });
        } else {
            central.show(ui, |ui| {
                panels_ui(ui, &scene, &self.columns, &mut self.enlarged, &mut requests);
            });
        }
        requests
    }

    fn grant(&mut self, request: Request) {
        match request {
            Request::Session(command) => self.model.send(command),
            Request::Pause(paused) => self.model.set_paused(paused),
            Request::Dark(dark) => self.settings.dark = dark,
            Request::Band(name) => self.selection.band = name,
            Request::Show(labels, true) => {
                for label in &labels {
                    self.selection.hidden.remove(label);
                }
            }
            Request::Show(labels, false) => self.selection.hidden.extend(labels),
            Request::Efr(view) => self.selection.efr = view,
            Request::Measure(measure) => self.selection.measure = measure,
            Request::PaperPair(pair) => self.selection.paper_pair = pair,
            Request::TraceUv(uv) => self.settings.trace_uv = uv,
            Request::WindowSecs(secs) => {
                self.settings.window_secs = secs;
                self.model.set_window_secs(secs);
            }
        }
    }
}

/// What must not be overlooked: a standing picture, a stream that is gone, a request refused.
fn banners_ui(ui: &mut egui::Ui, scene: &Scene<'_>, refusal: Option<&str>, now_secs: f64) {
    let theme = scene.theme;
    let mut banner = |fill, colour, text: String| {
        let frame = egui::Frame::new().fill(fill).inner_margin(theme::GAP_PX);
        frame.show(ui, |ui| {
            ui.take_available_width();
            ui.label(RichText::new(text).strong().color(colour));
        });
    };
    if scene.paused {
        let since = duration(now_secs - scene.picture.now_secs);
        let text = format!("PAUSED, live data goes on; this picture is {since} old");
        banner(theme.paused_fill(), theme.warning(), text);
    }
    let silence = duration(now_secs - scene.status.newest_stamp_secs);
    let gone = match scene.status.link {
        Link::Lost => Some("The stream is gone and is searched for"),
        Link::Stale => Some("The stream is connected, but nothing comes"),
        Link::Reopening => Some("The stream is being opened anew"),
        Link::Searching | Link::Live => None,
    };
    if let Some(gone) = gone {
        let text = format!("{gone}; the newest sample is {silence} old");
        banner(theme.error_fill(), theme.error(), text);
    }
    let mut warnings = scene.status.warnings();
    let planned = scene.snapshot().map_or(&[][..], |s| &s.plan.warnings);
    warnings.extend_from_slice(planned);
    if !warnings.is_empty() {
        let text = warnings.join("; ");
        banner(theme.paused_fill(), theme.warning(), text);
    }
    if let Some(refusal) = refusal {
        banner(theme.error_fill(), theme.error(), refusal.to_owned());
    }
}

fn panel_frame(theme: Theme) -> egui::Frame {
    egui::Frame::new()
        .fill(theme.panel())
        .stroke(theme.grid())
        .inner_margin(theme::GAP_PX)
}

fn panels_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    columns: &[Vec<Place>; 2],
    enlarged: &mut Option<&'static str>,
    requests: &mut Vec<Request>,
) {
    let room = ui.available_rect_before_wrap();
    let all = columns.iter().flatten();
    let alone = all.clone().find(|p| Some(p.panel.title()) == *enlarged);
    if let Some(place) = alone {
        panel_ui(ui, scene, &*place.panel, room, enlarged, requests);
        return;
    }
    let split = room.min.x + (room.width() - theme::GAP_PX) * theme::LEFT_SHARE;
    let rooms = [
        room.with_max_x(split),
        room.with_min_x(split + theme::GAP_PX),
    ];
    for (column, room) in columns.iter().zip(rooms) {
        let gaps = theme::GAP_PX * column.len().saturating_sub(1) as f32;
        let mut top = room.min.y;
        for place in column {
            let bottom = top + (room.height() - gaps) * place.share;
            let rect = Rect::from_x_y_ranges(room.x_range(), top..=bottom);
            panel_ui(ui, scene, &*place.panel, rect, enlarged, requests);
            top = bottom + theme::GAP_PX;
        }
    }
}

fn panel_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    panel: &dyn Panel,
    rect: Rect,
    enlarged: &mut Option<&'static str>,
    requests: &mut Vec<Request>,
) {
    let title = panel.title();
    let builder = egui::UiBuilder::new().max_rect(rect).id_salt(title);
    ui.scope_builder(builder, |ui| {
        ui.shrink_clip_rect(rect);
        panel_frame(scene.theme).show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            ui.horizontal(|ui| {
                ui.label(RichText::new(title).strong());
                let is_alone = enlarged.is_some();
                let words = if is_alone { "All panels" } else { "Enlarge" };
                let layout = egui::Layout::right_to_left(egui::Align::Center);
                ui.with_layout(layout, |ui| {
                    let button = ui.small_button(words);
                    if button.on_hover_text(format!("{words}: {title}")).clicked() {
                        *enlarged = (!is_alone).then_some(title);
                    }
                });
            });
            panel.ui(ui, scene, requests);
        });
    });
}
