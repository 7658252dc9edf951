//! What a number means, in words: pure text.

use crate::metrics::response::ResponseSnapshot;
use crate::metrics::{Plan, Snapshot};
use crate::signal::Band;

/// A number with at most `decimals` decimals and no idle zeros.
pub(super) fn short(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A count with its thousands apart.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// A span of time in a unit that suits it.
pub(super) fn duration(secs: f64) -> String {
    if !secs.is_finite() {
        "unknown".to_owned()
    } else if secs.abs() < 1.0 {
        format!("{:.0} ms", secs * 1e3)
    } else if secs.abs() < 120.0 {
        format!("{secs:.1} s")
    } else {
        format!("{:.1} min", secs / 60.0)
    }
}

/// `alpha 8-11 Hz`; the edges only where the name has them already.
pub(super) fn band_name(band: &Band) -> String {
    let edges = format!("{}-{}", short(band.lo_hz(), 2), short(band.hi_hz(), 2));
    if band.name().ends_with(&edges) {
        format!("{} Hz", band.name())
    } else {
        format!("{} {edges} Hz", band.name())
    }
}

/// How much data the averages hold.
pub(super) fn averages(snapshot: &Snapshot) -> String {
    let rejected = if snapshot.n_rejected > 0 {
        format!(" ({} segments since the start)", snapshot.n_rejected)
    } else {
        String::new()
    };
    format!(
        "{} s, n_eff {:.1}, rejected {} %{rejected}",
        short(snapshot.integration_secs, 2),
        snapshot.n_eff,
        short(snapshot.rejected_share * 100.0, 1),
    )
}

/// Share of the segments since the start that were rejected, in percent.
pub(super) fn rejected_percent(snapshot: &Snapshot) -> String {
    let rejections = &snapshot.rejections;
    let n: u64 = rejections.by_rule.iter().sum();
    short(100.0 * n as f64 / rejections.n_checked.max(1) as f64, 1)
}

/// How much data the averages of the response hold.
pub(super) fn response_averages(response: &ResponseSnapshot) -> String {
    format!(
        "{} s of EEG with stimulus, n_eff {:.1}",
        short(response.integration_secs, 2),
        response.n_eff
    )
}

/// Against what channels are measured, and what was filtered before.
pub(super) fn conditioning(snapshot: &Snapshot) -> String {
    let plan = &*snapshot.plan;
    let filter = match plan.high_pass_hz {
        None => "no high-pass".to_owned(),
        Some(hz) if snapshot.settled => format!("high-pass {} Hz", short(hz, 3)),
        Some(hz) => format!("high-pass {} Hz SETTLING", short(hz, 3)),
    };
    format!("reference {}, {filter}", plan.montage.reference())
}

/// How many pairs, in words.
pub(super) fn n_pairs(n: usize) -> String {
    format!("{n} {}", if n == 1 { "pair" } else { "pairs" })
}

/// What a PSD is an estimate of.
pub(super) fn spectra(snapshot: &Snapshot) -> String {
    let plan = &*snapshot.plan;
    format!(
        "{}, {} s segments, df {} Hz, ENBW {} Hz, {}; {}",
        plan.taper,
        short(plan.segment_secs, 3),
        short(plan.axis.df_hz(), 3),
        short(plan.enbw_hz, 3),
        averages(snapshot),
        conditioning(snapshot),
    )
}

/// What a band power is an estimate of.
pub(super) fn tracks(snapshot: &Snapshot, band: usize) -> String {
    let info = &snapshot.plan.bands[band];
    format!(
        "{}: PSD integrated over the band; {}; {}. Points stand at the centre of their averages; SNR is against a power law through the flanks.",
        band_name(&info.band),
        averages(snapshot),
        conditioning(snapshot),
    )
}

/// What an MSC can and cannot say.
pub(super) fn msc(snapshot: &Snapshot, band: usize) -> String {
    let plan = &*snapshot.plan;
    let Some(critical) = snapshot.msc_critical[band] else {
        return format!(
            "{}: needs 2 segments that count as independent; there are {:.1}",
            band_name(&plan.bands[band].band),
            snapshot.n_eff,
        );
    };
    let n = plan.pairs.len();
    format!(
        "{}: critical MSC {critical:.3} at \u{3b1} = {} per pair, not corrected for {} (by chance about {} exceed it); {}. A common reference inflates coherence.",
        band_name(&plan.bands[band].band),
        short(plan.alpha, 4),
        n_pairs(n),
        short(n as f64 * plan.alpha, 1),
        averages(snapshot),
    )
}

/// Why bands asked for are not read out; `None` where all are.
pub(super) fn bands_out_of_reach(plan: &Plan) -> Option<String> {
    let bands: Vec<String> = plan.bands_out_of_reach.iter().map(band_name).collect();
    let highest_hz = plan.axis.hz(plan.axis.n_bins().saturating_sub(1));
    let half_hz = plan.axis.sample_rate_hz() / 2.0;
    let reason = if highest_hz + plan.axis.df_hz() > half_hz {
        format!("half the sampling rate is {} Hz", short(half_hz, 2))
    } else {
        format!("spectra are kept up to {} Hz", short(highest_hz, 2))
    };
    (!bands.is_empty()).then(|| format!("out of reach: {}; {reason}", bands.join(", ")))
}

#[cfg(test)]
mod tests;
