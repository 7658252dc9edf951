//! Panel: whether the EEG follows the stimulus, channel by channel, with the control and the evidence over looks.

mod curve;
mod missing;
mod paper;
mod periodic;
mod phasors;
mod spectrum;
mod table;
mod verdict;

use egui::RichText;

use crate::metrics::{EfrOfBand, Snapshot};
use crate::signal::Alignment;
use crate::view::caption::{self, band_name, duration, short};
use crate::view::controls::Request;
use crate::view::panel::{Panel, Scene};
use crate::view::units;

/// A response faster than this is none of cortex or brainstem.
const LEAK_SECS: f64 = 3e-3;

/// What the panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum EfrView {
    /// The estimator of each channel and the evidence over the looks.
    #[default]
    Detection,
    /// MSC and stimulus over frequency.
    Spectrum,
    /// Gain and phase in the middle of the band.
    Phasors,
    /// The measures of the paper, for comparison.
    Paper,
    /// Stimuli that repeat, on epochs of whole cycles.
    Periodic,
}

impl EfrView {
    const ALL: [Self; 5] = [
        Self::Detection,
        Self::Spectrum,
        Self::Phasors,
        Self::Paper,
        Self::Periodic,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Detection => "Detection",
            Self::Spectrum => "MSC over frequency",
            Self::Phasors => "Phasors",
            Self::Paper => "Paper mode",
            Self::Periodic => "Periodic stimuli",
        }
    }
}

/// The primary estimator.
pub(super) struct Efr;

impl Panel for Efr {
    fn title(&self) -> &'static str {
        "Envelope following response (EFR)"
    }

    fn ui(&self, ui: &mut egui::Ui, scene: &Scene<'_>, requests: &mut Vec<Request>) {
        let Some((snapshot, band)) = scene.band_of_snapshot(ui) else {
            return;
        };
        let shown = scene.shown(&snapshot.plan.montage);
        if !snapshot.periodic.is_empty() && scene.selection.efr == EfrView::Periodic {
            choice_ui(ui, scene, requests);
            return periodic::periodic_ui(ui, scene, snapshot, &shown);
        }
        let heard = snapshot.efr(band).filter(|efr| {
            let timing = &efr.response.timing;
            timing.alignment != Alignment::Waiting || efr.response.n_segments > 0
        });
        let Some(efr) = heard else {
            if !snapshot.periodic.is_empty() {
                choice_ui(ui, scene, requests);
            }
            missing::missing_ui(ui, scene);
            return;
        };
        choice_ui(ui, scene, requests);
        match scene.selection.efr {
            EfrView::Detection => detection_ui(ui, scene, snapshot, &efr, &shown),
            EfrView::Spectrum => spectrum::spectrum_ui(ui, scene, &efr, &shown),
            EfrView::Phasors => phasors::phasors_ui(ui, scene, &efr, &shown),
            EfrView::Paper => paper::paper_ui(ui, scene, snapshot, &efr, &shown, requests),
            EfrView::Periodic => scene.nothing(
                ui,
                "no periodic stimulus: describe it as [[periodic]] in the configuration",
            ),
        }
    }
}

fn choice_ui(ui: &mut egui::Ui, scene: &Scene<'_>, requests: &mut Vec<Request>) {
    ui.horizontal(|ui| {
        for view in EfrView::ALL {
            let name = RichText::new(view.name()).small();
            if ui
                .selectable_label(scene.selection.efr == view, name)
                .clicked()
            {
                requests.push(Request::Efr(view));
            }
        }
    });
}

fn detection_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    efr: &EfrOfBand<'_>,
    shown: &[usize],
) {
    verdict::verdict_ui(ui, scene, efr);
    scene.caption(ui, &caption(scene, snapshot, efr));
    for warning in warnings(efr) {
        scene.warning(ui, &warning);
    }
    if let Some(tested) = efr.tested() {
        curve::curve_ui(ui, scene, efr, tested, shown);
    }
    table::table_ui(ui, scene, efr, shown);
}

/// What the estimator is an estimate of.
fn caption(scene: &Scene<'_>, snapshot: &Snapshot, efr: &EfrOfBand<'_>) -> String {
    let (plan, response) = (efr.plan, efr.response);
    let number = |value: Option<f64>| value.map_or("unknown".to_owned(), |v| format!("{v:.3}"));
    let first = (!plan.montage.is_empty()).then(|| (efr.estimate(0), efr.control(0)));
    let detectable = first.and_then(|(estimate, _)| estimate.msc_detectable);
    let control_critical = first.and_then(|(_, control)| control.msc_critical);
    let shifts = scene
        .picture
        .shifts
        .as_ref()
        .map_or(String::new(), |report| {
            format!(
                "; p shift: {} circular shifts at the newest look",
                report.n_shifts
            )
        });
    let unit = units::signal(&efr.plan.montage);
    format!(
        "{} against {}: {}, rejected {} % since the start; between looks this is description; least MSC found with 80 % power {}. Grey: control, the stimulus of {} ago (critical {}, n_eff {:.1}). Gain at {} Hz, {unit} per stimulus unit \u{b1} {} % radius; delay with its 95 % interval where p < {}{shifts}; {}.",
        band_name(&plan.bands[efr.band].band),
        stimulus_name(scene),
        caption::response_averages(response),
        caption::rejected_percent(snapshot),
        number(detectable),
        duration(efr.response_plan.control_shift_secs),
        number(control_critical),
        response.control_n_eff,
        short(efr.centre_hz(), 2),
        short(100.0 * (1.0 - plan.alpha), 1),
        short(plan.alpha, 4),
        caption::conditioning(snapshot),
    )
}

/// The stimulus's stream and unit, as far as they are known.
fn stimulus_name(scene: &Scene<'_>) -> String {
    let Some(stream) = &scene.stimulus.stream else {
        return "the stimulus".to_owned();
    };
    let units = stream.channels.first().map_or("", |channel| &channel.unit);
    if units.is_empty() {
        format!("{} (unit as streamed)", stream.name)
    } else {
        format!("{} (unit {units})", stream.name)
    }
}

/// What makes an expert doubt.
fn warnings(efr: &EfrOfBand<'_>) -> Vec<String> {
    let montage = &efr.plan.montage;
    let mut warnings = Vec::new();
    let significant = |p: Option<f64>| p.is_some_and(|p| p < efr.plan.alpha / montage.len() as f64);
    let named = |is: &dyn Fn(usize) -> bool| -> Option<String> {
        let labels = (0..montage.len())
            .filter(|&ch| is(ch))
            .map(|ch| montage.label(ch));
        let labels: Vec<&str> = labels.collect();
        (!labels.is_empty()).then(|| verdict::listed(&labels))
    };
    if let Some(labels) = named(&|ch| significant(efr.control(ch).p_value)) {
        warnings.push(format!(
            "CONTROL ABOVE CHANCE in {labels}: the stimulus repeats itself, or the pipeline leaks"
        ));
    }
    let at_once = |ch: usize| {
        let estimate = efr.estimate(ch);
        let early = estimate
            .delay
            .is_some_and(|delay| delay.delay_secs.abs() < LEAK_SECS && delay.sd_secs < LEAK_SECS);
        significant(estimate.p_value) && early
    };
    if let Some(labels) = named(&at_once) {
        warnings.push(format!(
            "NO DELAY in {labels}: less than 3 ms is no brain; look for stimulus leaking into the electrodes"
        ));
    }
    let info = &efr.plan.bands[efr.band];
    let n_weak = efr.estimate(0).n_weak;
    if n_weak > 0 {
        warnings.push(format!(
            "stimulus too weak in {n_weak} of {} bins of this band",
            info.bins.len()
        ));
    }
    warnings
}
