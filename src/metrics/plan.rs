//! What stays the same from hop to hop: what the numbers of a snapshot mean.

use std::ops::Range;
use std::sync::Arc;

use crate::dsp::filter_design::butterworth_high_pass;
use crate::dsp::{Averaging, Detrend, FreqAxis};
use crate::metrics::artefact::ArtefactLimits;
use crate::metrics::mains::{hidden_bands, mains_warnings};
use crate::metrics::response::ResponsePlan;
use crate::metrics::{AnalysisSettings, TaperChoice};
use crate::signal::{Band, Montage, Pair};

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
    /// What a person must know of mains, aliases and filters in the bands, a sentence each.
    pub warnings: Vec<String>,
    /// EEG against stimulus; `None` where no stimulus is asked for.
    pub response: Option<ResponsePlan>,
}

/// The bands the axis reaches, and those it does not.
pub(super) fn split_bands(axis: &FreqAxis, bands: &[Band]) -> (Vec<PlannedBand>, Vec<Band>) {
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

/// Mains and aliases inside bands, bands a filter hides, and rules that are off.
pub(super) fn warnings(settings: &AnalysisSettings, sample_rate_hz: f64) -> Vec<String> {
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
