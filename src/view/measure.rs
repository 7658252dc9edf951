//! The measures of how two channels go together that the connectivity panel can show.

use crate::metrics::Snapshot;
use crate::view::caption;

/// Standard deviations that a signed measure is held against.
const SIGNED_SDS: f64 = 2.0;

/// What the connectivity panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Measure {
    /// Magnitude-squared coherence.
    #[default]
    Msc,
    /// Imaginary part of coherency.
    ImagCoh,
    /// Phase locking value.
    Plv,
    /// Corrected imaginary PLV.
    CiPlv,
    /// Pairwise phase consistency.
    Ppc,
    /// Phase lag index.
    Pli,
    /// Weighted PLI.
    Wpli,
    /// Weighted PLI squared without its bias.
    Wpli2Debiased,
    /// MSC given the stimulus.
    PartialMsc,
}

/// What chance reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NullLine {
    pub(super) value: f64,
    pub(super) kind: NullKind,
}

/// What kind of line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NullKind {
    /// Independent signals exceed it with probability alpha.
    Critical,
    /// The same of one bin; the band's value exceeds it no more often.
    CriticalOfBin,
    /// Independent signals read so much on average.
    Mean,
    /// Two standard deviations to either side of 0, of one bin.
    TwoSds,
}

impl Measure {
    pub(super) const ALL: [Self; 9] = [
        Self::Msc,
        Self::ImagCoh,
        Self::Plv,
        Self::CiPlv,
        Self::Ppc,
        Self::Pli,
        Self::Wpli,
        Self::Wpli2Debiased,
        Self::PartialMsc,
    ];

    /// What stands in the chooser and beside numbers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Msc => "MSC",
            Self::ImagCoh => "imaginary coherence",
            Self::Plv => "PLV",
            Self::CiPlv => "ciPLV",
            Self::Ppc => "PPC",
            Self::Pli => "PLI",
            Self::Wpli => "wPLI",
            Self::Wpli2Debiased => "debiased wPLI\u{b2}",
            Self::PartialMsc => "partial MSC given the stimulus",
        }
    }

    /// Whether it is made of phases, which are summed only where somebody reads them.
    pub(super) fn is_of_phases(self) -> bool {
        !matches!(self, Self::Msc | Self::ImagCoh | Self::PartialMsc)
    }

    /// Whether a value's sign says which channel is ahead.
    pub(super) fn is_signed(self) -> bool {
        self == Self::ImagCoh
    }

    /// Whether a shared reference or volume conduction can make it large.
    fn is_inflated_by_reference(self) -> bool {
        matches!(self, Self::Msc | Self::Plv | Self::Ppc | Self::PartialMsc)
    }

    /// Pair `i` of the plan in `band`; `None` where it is not known.
    pub(super) fn value(self, snapshot: &Snapshot, i: usize, band: usize) -> Option<f64> {
        let estimate = snapshot.pair(i, band);
        let value = match self {
            Self::Msc => snapshot.msc(i, band),
            Self::PartialMsc => estimate.partial_msc,
            _ => estimate.measures.map(|m| match self {
                Self::ImagCoh => m.imcoh,
                Self::Plv => m.plv,
                Self::CiPlv => m.ciplv,
                Self::Ppc => m.ppc,
                Self::Pli => m.pli,
                Self::Wpli => m.wpli,
                _ => m.wpli2_debiased,
            }),
        };
        value.filter(|value| value.is_finite())
    }

    /// What chance reads in `band`; `None` with too few segments.
    pub(super) fn null(self, snapshot: &Snapshot, band: usize) -> Option<NullLine> {
        let line = |value, kind| NullLine { value, kind };
        match self {
            Self::Msc => return Some(line(snapshot.msc_critical[band]?, NullKind::Critical)),
            Self::PartialMsc => {
                let critical = snapshot.partial_msc_critical()?;
                return Some(line(critical, NullKind::CriticalOfBin));
            }
            _ => {}
        }
        let lines = snapshot.null_lines.as_ref()?;
        Some(match self {
            Self::ImagCoh => line(SIGNED_SDS * lines.imcoh_sd, NullKind::TwoSds),
            Self::Plv => line(lines.plv, NullKind::Mean),
            Self::CiPlv => line(lines.ciplv, NullKind::Mean),
            Self::Pli => line(lines.pli, NullKind::Mean),
            Self::Wpli => line(lines.wpli, NullKind::Mean),
            Self::Ppc => line(lines.ppc, NullKind::CriticalOfBin),
            _ => line(lines.wpli2_debiased, NullKind::CriticalOfBin),
        })
    }

    /// The same of pair `i`, which may be over fewer segments than others.
    pub(super) fn null_of(self, snapshot: &Snapshot, i: usize, band: usize) -> Option<NullLine> {
        let null = self.null(snapshot, band)?;
        let own = snapshot.pair(i, band).critical;
        let value = own.filter(|_| self == Self::Msc).unwrap_or(null.value);
        Some(NullLine { value, ..null })
    }

    /// What the values mean, with their null and what they were averaged over.
    pub(super) fn caption(self, snapshot: &Snapshot, band: usize) -> String {
        if self == Self::Msc {
            return caption::msc(snapshot, band);
        }
        let plan = &*snapshot.plan;
        let band_name = caption::band_name(&plan.bands[band].band);
        let name = self.name();
        if self == Self::PartialMsc && snapshot.response.is_none() {
            return format!("{band_name}: {name} needs a stimulus stream; there is none");
        }
        let Some(null) = self.null(snapshot, band) else {
            return format!(
                "{band_name}: {name} needs 2 segments that count as independent (3 given a stimulus); there are {:.1}",
                snapshot.n_eff
            );
        };
        let (value, alpha) = (null.value, caption::short(plan.alpha, 4));
        let line = match null.kind {
            NullKind::Critical => format!("critical {value:.3} at \u{3b1} = {alpha} per pair"),
            NullKind::CriticalOfBin => format!(
                "critical {value:.3} at \u{3b1} = {alpha} per pair, of one bin (the mean over the band exceeds it less often)"
            ),
            NullKind::Mean => format!(
                "null mean {value:.3}: independent channels read so much on average, so half of them exceed it"
            ),
            NullKind::TwoSds => format!(
                "null 0 \u{b1} {value:.3} (2 SD of one bin); positive where the row is ahead of the column"
            ),
        };
        let averages = match &snapshot.response {
            Some(response) if self == Self::PartialMsc => caption::response_averages(response),
            _ => caption::averages(snapshot),
        };
        let warning = if self.is_inflated_by_reference() {
            " A common reference inflates it."
        } else {
            ""
        };
        format!(
            "{band_name}: {name}, {line}; not corrected for {}; {averages}.{warning}",
            caption::n_pairs(plan.pairs.len())
        )
    }
}
