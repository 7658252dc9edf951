//! The menu in which bands are changed: a draft, checked, then asked for.

use crate::metrics::Plan;
use crate::signal::Band;
use crate::view::theme::{self, Theme};

/// A band as a person writes it.
#[derive(Debug, Clone, PartialEq)]
struct Draft {
    name: String,
    lo_hz: f64,
    hi_hz: f64,
}

/// What is being written. Empty while the menu is closed.
#[derive(Debug, Default)]
pub(super) struct BandEditor {
    drafts: Option<Vec<Draft>>,
}

impl BandEditor {
    /// Throw the draft away: the menu is closed.
    pub(super) fn close(&mut self) {
        self.drafts = None;
    }

    /// Show the draft; the bands to ask for once a person is done.
    pub(super) fn ui(&mut self, ui: &mut egui::Ui, theme: Theme, plan: &Plan) -> Option<Vec<Band>> {
        let drafts = self.drafts.get_or_insert_with(|| drafts_of(plan));
        ui.label("Bands to read out: name, from, to (Hz)");
        let mut removed = None;
        for (i, draft) in drafts.iter_mut().enumerate() {
            ui.horizontal(|ui| {
                let name = egui::TextEdit::singleline(&mut draft.name);
                let response = ui.add(
                    name.desired_width(theme::BAND_NAME_PX)
                        .align(egui::Align2::LEFT_CENTER),
                );
                response.accessible_name(format!("name of band {}", i + 1));
                for (end, edge) in [("from", &mut draft.lo_hz), ("to", &mut draft.hi_hz)] {
                    let edge = egui::DragValue::new(edge).range(0.0..=1e5).speed(0.25);
                    let response = ui.add(edge.max_decimals(2).suffix(" Hz"));
                    response.accessible_name(format!("band {} {end}", i + 1));
                }
                if ui.button("Remove").clicked() {
                    removed = Some(i);
                }
            });
        }
        if let Some(i) = removed {
            drafts.remove(i);
        }
        if ui.button("Add a band").clicked() {
            drafts.push(Draft {
                name: format!("band {}", drafts.len() + 1),
                lo_hz: 4.0,
                hi_hz: 8.0,
            });
        }
        ui.separator();
        let checked = check(drafts);
        if let Err(problem) = &checked {
            ui.colored_label(theme.error(), problem);
        }
        let ask = ui.add_enabled(checked.is_ok(), egui::Button::new("Apply"));
        ui.label(
            egui::RichText::new("Band tracks start anew.")
                .small()
                .color(theme.weak()),
        );
        let asked = ask.clicked().then_some(checked.ok()).flatten();
        if asked.is_some() {
            self.drafts = None;
            ui.close();
        }
        asked
    }
}

/// All bands of the plan, those out of reach too.
fn drafts_of(plan: &Plan) -> Vec<Draft> {
    let reached = plan.bands.iter().map(|info| &info.band);
    let all = reached.chain(&plan.bands_out_of_reach);
    all.map(|band| Draft {
        name: band.name().to_owned(),
        lo_hz: band.lo_hz(),
        hi_hz: band.hi_hz(),
    })
    .collect()
}

/// The bands, or what is wrong with the first that is none.
fn check(drafts: &[Draft]) -> Result<Vec<Band>, String> {
    let mut bands: Vec<Band> = Vec::new();
    for draft in drafts {
        let band = Band::new(&draft.name, draft.lo_hz, draft.hi_hz).map_err(|e| e.to_string())?;
        if bands.iter().any(|other| other.name() == band.name()) {
            return Err(format!("two bands are called {:?}", band.name()));
        }
        bands.push(band);
    }
    Ok(bands)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str, lo_hz: f64, hi_hz: f64) -> Draft {
        Draft {
            name: name.into(),
            lo_hz,
            hi_hz,
        }
    }

    #[test]
    fn a_draft_is_asked_for_only_when_every_band_is_one() {
        let good = [draft("theta", 4.0, 8.0), draft("alpha", 8.0, 12.0)];
        assert_eq!(check(&good).unwrap().len(), 2);
        let twice = [draft("theta", 4.0, 8.0), draft(" theta", 5.0, 6.0)];
        assert!(check(&twice).unwrap_err().contains("theta"));
        assert!(check(&[draft("x", 8.0, 4.0)]).is_err());
        assert!(check(&[draft(" ", 4.0, 8.0)]).is_err());
    }
}
