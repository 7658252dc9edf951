//! The dashboard's window.

use std::time::Duration;

use egui::ViewportCommand;

use crate::view::{Dashboard, Feed, ViewSettings, ViewSettingsError, theme};

/// Time between two pictures.
const FRAME: Duration = Duration::from_millis(33);

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The settings make no sense.
    #[error(transparent)]
    Settings(#[from] ViewSettingsError),
    /// No display, no OpenGL, or the window system refused.
    #[error("the window could not be opened; `efrscope run` runs without one: {source}")]
    Window {
        /// What eframe says.
        source: eframe::Error,
    },
}

/// Show the dashboard until a person closes it, [`Feed::stop`] becomes true, or `until` seconds have passed.
///
/// Runs on the calling thread, which must be the main thread. Thirty pictures a second; between them it sleeps.
///
/// # Errors
/// [`ViewError`] when the settings are refused or no window can be opened.
pub fn open(feed: Feed, settings: ViewSettings, until: Option<f64>) -> Result<(), ViewError> {
    settings.check()?;
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("efrscope")
            .with_inner_size(theme::WINDOW_PX)
            .with_min_inner_size(theme::MIN_WINDOW_PX),
        ..eframe::NativeOptions::default()
    };
    let window = Window {
        dashboard: Dashboard::new(feed, settings),
        until,
    };
    eframe::run_native("efrscope", options, Box::new(|_| Ok(Box::new(window))))
        .map_err(|source| ViewError::Window { source })
}

/// Time to the next picture, given what the last one cost. A slow screen gets fewer pictures rather than the whole
/// processor: the acquisition comes first.
fn pause(cost_secs: Option<f32>) -> Duration {
    let cost = Duration::try_from_secs_f32(cost_secs.unwrap_or(0.0)).unwrap_or(FRAME);
    FRAME.max(2 * cost)
}

struct Window {
    dashboard: Dashboard,
    until: Option<f64>,
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.dashboard.update();
        // seconds since the window was opened
        let open_secs = ctx.input(|input| input.time);
        if self.dashboard.is_stopped() || self.until.is_some_and(|until| open_secs >= until) {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        ctx.request_repaint_after(pause(frame.info().cpu_usage));
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.dashboard.ui(ui);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_costly_picture_is_followed_by_a_longer_pause() {
        assert_eq!(pause(None), FRAME);
        assert_eq!(pause(Some(0.002)), FRAME);
        assert_eq!(pause(Some(0.25)), Duration::from_millis(500));
        assert_eq!(pause(Some(f32::NAN)), 2 * FRAME);
    }
}
