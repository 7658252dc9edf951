//! What stays the same from hop to hop: what the numbers of a snapshot mean.

use std::ops::Range;
use std::sync::Arc;

use crate::dsp::filter_design::butterworth_high_pass;
use crate::dsp::{Averaging, Detrend, FreqAxis, SegmentPlan, TaperSet};
use crate::metrics::artefact::ArtefactLimits;
use crate::metrics::mains::{hidden_bands, mains_warnings};
use crate::metrics::periodic::PeriodicSettings;
use crate::metrics::response::ResponsePlan;
use crate::metrics::{AnalysisSettings, MAX_AUTO_PAIR_CHANNELS, PairChoice, TaperChoice};
use crate::signal::{Band, Electrode, Montage, Pair, quoted};

/// A band as it was computed: its edges, and the bins it really saw.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PlannedBand {
    /// The band asked for.
    pub band: Band,
    /// Bins whose centre lies inside: those of the band MSC.
    pub bins: Range<usize>,
}

/// What stays the same from hop to hop: what the numbers of a [`Snapshot`](crate::metrics::Snapshot) mean.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Plan {
    /// The analysed signals.
    pub montage: Arc<Montage>,
    /// Pairs whose cross-spectra are kept.
    pub pairs: Vec<Pair>,
    /// Whether the phase measures of the pairs are summed too.
    pub with_phases: bool,
    /// The bands read out.
    pub bands: Vec<PlannedBand>,
    /// Bands asked for that lie above half the stream's rate or the highest frequency kept.
    pub bands_out_of_reach: Vec<Band>,
    /// The bins.
    pub axis: FreqAxis,
    /// What each segment is multiplied with.
    pub taper: TaperChoice,
    /// Tapers in use.
    pub n_tapers: usize,
    /// Trend removed from each segment.
    pub detrend: Detrend,
    /// How older segments leave the averages.
    pub averaging: Averaging,
    /// Equivalent noise bandwidth of a bin.
    pub enbw_hz: f64,
    /// Length of a segment.
    pub segment_secs: f64,
    /// From one segment to the next.
    pub hop_secs: f64,
    /// Longest time averaged over.
    pub integration_secs: f64,
    /// False-positive rate of the critical values.
    pub alpha: f64,
    /// Corner of the causal high-pass; `None` for none.
    pub high_pass_hz: Option<f64>,
    /// The mains.
    pub mains_hz: f64,
    /// The mains as it is taken off the traces on the screen only; `None` where it is not.
    pub trace_notch_hz: Option<f64>,
    /// Which segments are no EEG.
    pub artefacts: ArtefactLimits,
    /// What a person must know of mains, aliases and filters in the bands, of pairs and of units, a sentence each.
    pub warnings: Vec<String>,
    /// EEG against stimulus; `None` where no stimulus is asked for.
    pub response: Option<ResponsePlan>,
    /// Stimuli that repeat.
    pub periodic: Vec<PeriodicSettings>,
}

impl Plan {
    /// Highest frequency that the stimulus holds; infinite for a channel of the EEG itself, `None` without a stimulus.
    #[must_use]
    pub fn stimulus_limit_hz(&self) -> Option<f64> {
        self.response.as_ref().map(|response| response.limit_hz)
    }

    /// What `settings` mean for the derivations of `montage` at a rate, with `tapers`.
    pub(super) fn new(
        settings: &AnalysisSettings,
        tapers: &TaperSet,
        (segments, sample_rate_hz): (SegmentPlan, f64),
        (montage, pairs): (Arc<Montage>, Vec<Pair>),
    ) -> Self {
        let axis = FreqAxis::new(sample_rate_hz, segments.len(), settings.max_hz);
        let (bands, bands_out_of_reach) = split_bands(&axis, &settings.bands);
        let segment_secs = segments.len() as f64 / sample_rate_hz;
        let hop_secs = segments.hop() as f64 / sample_rate_hz;
        let n_window_hops = n_window_hops(settings.integration_secs - segment_secs, hop_secs);
        let n_pairs = pairs.len();
        Self {
            with_phases: settings.with_phases || pairs.len() <= MAX_AUTO_PHASE_PAIRS,
            pairs,
            bands,
            bands_out_of_reach,
            axis,
            taper: settings.taper,
            n_tapers: tapers.n_tapers(),
            detrend: settings.detrend,
            averaging: settings.averaging,
            enbw_hz: tapers.enbw_bins() * axis.df_hz(),
            segment_secs,
            hop_secs,
            integration_secs: segment_secs + (n_window_hops - 1) as f64 * hop_secs,
            alpha: settings.alpha,
            high_pass_hz: settings.high_pass_hz,
            mains_hz: settings.mains_hz,
            trace_notch_hz: settings.trace_notch.then_some(settings.mains_hz),
            artefacts: settings.artefacts,
            warnings: {
                let mut warnings = warnings(settings, sample_rate_hz);
                warnings.extend(no_pairs(settings, montage.len(), n_pairs));
                warnings.extend(unit_warnings(&montage));
                warnings
            },
            response: None,
            periodic: settings.periodic.clone(),
            montage,
        }
    }

    /// Hops whose segments fit into so much time.
    pub(super) fn n_hops_within(&self, secs: f64) -> usize {
        n_window_hops(secs - self.segment_secs, self.hop_secs)
    }

    /// Hops of the longest time averaged over.
    pub(super) fn n_window_hops(&self) -> usize {
        self.n_hops_within(self.integration_secs)
    }

    /// Pairs of paper mode: those of the plan, none with many channels.
    #[must_use]
    pub fn paper_pairs(&self) -> Vec<(usize, usize)> {
        if self.montage.len() > MAX_PAPER_CHANNELS {
            return Vec::new();
        }
        self.pairs.iter().map(|pair| (pair.a, pair.b)).collect()
    }

    /// Values in the spectra of one segment, the stimulus's included.
    pub(super) fn segment_values(&self) -> f64 {
        (self.n_tapers * self.axis.n_bins()) as f64 * (self.montage.len() + 1) as f64
    }
}

/// Beyond so many channels paper mode leaves pairs out: their shifts would fill memory.
const MAX_PAPER_CHANNELS: usize = 16;
/// Up to so many pairs phase measures are summed unasked.
const MAX_AUTO_PHASE_PAIRS: usize = 36;

/// Hops whose segments fit into the integration time, given the time beyond the first segment.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked settings keep it between 0 and 200000"
)]
fn n_window_hops(beyond_secs: f64, hop_secs: f64) -> usize {
    1 + (beyond_secs.max(0.0) / hop_secs + 1e-9) as usize
}

/// The bands the axis reaches, and those it does not.
fn split_bands(axis: &FreqAxis, bands: &[Band]) -> (Vec<PlannedBand>, Vec<Band>) {
    let max_hz = axis.hz(axis.n_bins() - 1);
    let (reached, out_of_reach): (Vec<Band>, Vec<Band>) = bands
        .iter()
        .cloned()
        .partition(|band| band.hi_hz() <= max_hz);
    let reached = reached.into_iter().map(|band| PlannedBand {
        bins: axis.bins_within(band.lo_hz(), band.hi_hz()),
        band,
    });
    (reached.collect(), out_of_reach)
}

/// That no pairs are computed although nobody said so.
fn no_pairs(settings: &AnalysisSettings, n_channels: usize, n_pairs: usize) -> Option<String> {
    let is_silent = n_pairs == 0 && n_channels > 1 && settings.pairs == PairChoice::Auto;
    is_silent.then(|| {
        format!(
            "no pairs of the {n_channels} channels are computed: beyond {MAX_AUTO_PAIR_CHANNELS} channels only those that are asked for, analysis.pairs = \"all\" or a list"
        )
    })
}

/// So many units that are no voltage are named.
const MOST_UNITS: usize = 8;

/// What was assumed of units, and whom that left out.
fn unit_warnings(montage: &Montage) -> Vec<String> {
    let electrodes = montage.electrodes();
    let left_out = montage.left_out().iter().take(MOST_UNITS).map(|(unit, labels)| {
        format!(
            "{} in {unit:?}, no voltage that can be read: not analysed; --unit (channels.unit) says what it is, --channels takes it for uV",
            channels(labels)
        )
    });
    let mut units: Vec<&str> = electrodes.iter().map(|e| &*e.unread_unit).collect();
    units.retain(|unit| !unit.is_empty());
    units.sort_unstable();
    units.dedup();
    let unread = units.into_iter().take(MOST_UNITS).map(|unit| {
        let labels = labels_of(electrodes, |e| e.unread_unit == unit);
        format!(
            "{} in {unit:?}, which is no voltage: analysed as if it were uV",
            channels(&labels)
        )
    });
    let mut warnings: Vec<String> = left_out.chain(unread).collect();
    let unstated = labels_of(electrodes, |e| e.has_no_unit);
    if !unstated.is_empty() {
        warnings.push(format!(
            "{} without a unit: taken for uV; if it is another, --unit (channels.unit) says so",
            channels(&unstated)
        ));
    }
    warnings
}

fn labels_of(electrodes: &[Electrode], which: impl Fn(&Electrode) -> bool) -> Vec<String> {
    let those = electrodes.iter().filter(|electrode| which(electrode));
    those.map(|electrode| electrode.label.clone()).collect()
}

/// `channel "A" is` or `channels "A", "B" are`.
fn channels(labels: &[String]) -> String {
    match labels {
        [label] => format!("channel {label:?} is"),
        labels => format!("channels {} are", quoted(labels)),
    }
}

/// Mains and aliases inside bands, bands a filter hides, and rules that are off.
fn warnings(settings: &AnalysisSettings, sample_rate_hz: f64) -> Vec<String> {
    let bands = &settings.bands;
    let mains = mains_warnings(sample_rate_hz, settings.mains_hz, bands);
    let mut warnings: Vec<String> = mains.iter().map(ToString::to_string).collect();
    if let Some(hz) = settings.high_pass_hz
        && let Ok(sections) = butterworth_high_pass(2, hz, sample_rate_hz)
    {
        let name = format!("the high-pass at {hz} Hz");
        let hidden = hidden_bands(&name, &sections, sample_rate_hz, bands);
        warnings.extend(hidden.iter().map(ToString::to_string));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Channel, ChannelKind, StreamInfo, microvolts_per_unit};

    fn montage(units: &[&str]) -> Montage {
        let channel = |(i, &unit): (usize, &&str)| Channel {
            label: format!("E{i}"),
            unit: unit.into(),
            uv_per_unit: microvolts_per_unit(unit),
            kind: ChannelKind::Eeg,
        };
        let info = StreamInfo {
            channels: units.iter().enumerate().map(channel).collect(),
            ..StreamInfo::default()
        };
        Montage::new(&info, &[]).unwrap()
    }

    #[test]
    fn units_that_are_no_voltage_are_named_with_their_channels() {
        let warnings = unit_warnings(&montage(&["uV", "counts", "", "10^-6 V"]));
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        let is_left_out = warnings[0].starts_with(
            "channel \"E1\" is in \"counts\", no voltage that can be read: not analysed",
        );
        assert!(is_left_out, "{}", warnings[0]);
        let is_assumed = warnings[1].starts_with("channel \"E2\" is without a unit: taken for uV");
        assert!(is_assumed, "{}", warnings[1]);
        let mut units = ["g"; 65];
        units[0] = "mV";
        let many = unit_warnings(&montage(&units));
        assert_eq!(many.len(), 1);
        assert!(
            many[0].contains("\"E4\" and 60 more are in \"g\""),
            "{}",
            many[0]
        );
        assert!(unit_warnings(&montage(&["uV", "V"])).is_empty());
    }
}
