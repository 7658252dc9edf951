//! What a panel is, and what it may read.

use std::collections::BTreeSet;

use crate::control::{MarkerCount, StreamStatus};
use crate::metrics::{Plan, Snapshot};
use crate::signal::Montage;
use crate::view::ViewSettings;
use crate::view::controls::Request;
use crate::view::efr::EfrView;
use crate::view::measure::Measure;
use crate::view::model::Picture;
use crate::view::theme::Theme;
use crate::view::units;

/// One part of the dashboard. It keeps nothing between two frames: all it shows is in the [`Scene`].
pub(super) trait Panel {
    /// What stands above it.
    fn title(&self) -> &'static str;

    /// Draw into all the room there is; what a person asks for there goes to `requests`.
    fn ui(&self, ui: &mut egui::Ui, scene: &Scene<'_>, requests: &mut Vec<Request>);
}

/// What the person at the screen chose to look at. It changes nothing of what is computed.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    /// Labels of the channels not shown.
    pub(super) hidden: BTreeSet<String>,
    /// Name of the band whose tracks and coherence are shown; the first where there is none of that name.
    pub(super) band: String,
    /// What the EFR panel shows.
    pub(super) efr: EfrView,
    /// What the connectivity panel shows.
    pub(super) measure: Measure,
    /// Place in the plan of the pair whose coefficient paper mode shows.
    pub(super) paper_pair: usize,
}

/// Everything one frame shows.
pub(super) struct Scene<'a> {
    /// The newest data, or while paused the frozen.
    pub(super) picture: &'a Picture,
    /// Counters and states; live even while paused.
    pub(super) status: &'a StreamStatus,
    /// The same of the stimulus's stream.
    pub(super) stimulus: &'a StreamStatus,
    /// What came of the marker streams; live too.
    pub(super) marker_counts: &'a [MarkerCount],
    pub(super) settings: &'a ViewSettings,
    pub(super) selection: &'a Selection,
    pub(super) theme: Theme,
    pub(super) paused: bool,
}

impl Scene<'_> {
    pub(super) fn snapshot(&self) -> Option<&Snapshot> {
        self.picture.snapshot.as_deref()
    }

    /// Places of the channels to show.
    pub(super) fn shown(&self, montage: &Montage) -> Vec<usize> {
        (0..montage.len())
            .filter(|&ch| !self.selection.hidden.contains(montage.label(ch)))
            .collect()
    }

    /// Place of the chosen band in a plan; `None` only where the plan has no band.
    pub(super) fn band(&self, plan: &Plan) -> Option<usize> {
        let is_chosen = |name: &str| name == self.selection.band;
        let chosen = plan
            .bands
            .iter()
            .position(|info| is_chosen(info.band.name()));
        chosen.or((!plan.bands.is_empty()).then_some(0))
    }

    /// Height of a lane of traces in the unit of what is drawn.
    pub(super) fn lane_height(&self) -> f64 {
        let montage = self.picture.montage();
        self.settings.trace_uv * montage.map_or(1.0, |montage| units::lane_factor(montage))
    }

    /// Whether channel `ch` of what is drawn is out because an electrode is set aside.
    pub(super) fn is_out(&self, montage: &Montage, ch: usize) -> bool {
        self.snapshot().is_some_and(|snapshot| {
            let analysed = snapshot.plan.montage.derivations().get(ch);
            let is_same = analysed.is_some_and(|d| d.label == montage.label(ch));
            is_same && snapshot.is_out[ch]
        })
    }

    /// What rejects the newest segment, in words; `None` while it is accepted.
    pub(super) fn rejecting(&self) -> Option<String> {
        let snapshot = self.snapshot()?;
        let verdict = snapshot.rejections.newest?;
        let electrodes = snapshot.plan.montage.electrodes();
        let label = electrodes.get(verdict.electrode).map(|e| &e.label);
        let name = verdict.rule.name();
        Some(label.map_or(format!("REJECTING: {name}"), |label| {
            format!("REJECTING: {name}, {label}")
        }))
    }

    /// A line that must be seen before the numbers below it are.
    pub(super) fn warning(&self, ui: &mut egui::Ui, text: &str) {
        let text = egui::RichText::new(text)
            .small()
            .color(self.theme.warning());
        ui.add(egui::Label::new(text).wrap());
    }

    /// A line that says what the numbers below it mean.
    pub(super) fn caption(&self, ui: &mut egui::Ui, text: &str) {
        let text = egui::RichText::new(text).small().color(self.theme.weak());
        ui.add(egui::Label::new(text).wrap());
    }

    /// What stands where the analysis has said nothing yet.
    pub(super) fn no_segment(&self, ui: &mut egui::Ui) {
        let text = "no segment is complete yet: it takes samples without a gap, and values that are numbers";
        self.nothing(ui, text);
    }

    /// The newest snapshot and the chosen band; where one is missing, says so.
    pub(super) fn band_of_snapshot(&self, ui: &mut egui::Ui) -> Option<(&Snapshot, usize)> {
        let Some(snapshot) = self.snapshot() else {
            self.no_segment(ui);
            return None;
        };
        let band = self.band(&snapshot.plan);
        if band.is_none() {
            self.nothing(ui, "no band: see Bands above");
        }
        Some((snapshot, band?))
    }

    /// What stands where there is nothing to draw yet.
    pub(super) fn nothing(&self, ui: &mut egui::Ui, text: &str) {
        let text = egui::RichText::new(text).color(self.theme.weak());
        ui.centered_and_justified(|ui| ui.add(egui::Label::new(text).wrap()));
    }
}
