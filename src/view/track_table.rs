//! The numbers of now beside the band tracks: power, background, rest, mains and muscle of each channel.

use egui::RichText;

use crate::metrics::Snapshot;
use crate::metrics::emg::EmgIndex;
use crate::view::caption::band_name;
use crate::view::figures::{signed_db, significant};
use crate::view::panel::Scene;
use crate::view::theme;
use crate::view::units;

/// Draw the rows of the shown channels; more than fit scroll.
pub(super) fn track_table_ui(
    ui: &mut egui::Ui,
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    shown: &[usize],
    band: usize,
) {
    let name = band_name(&snapshot.plan.bands[band].band);
    let rest = if snapshot.has_rest {
        "change against rest known"
    } else {
        "no rest baseline: Rest above"
    };
    let name = format!("{name}; intervals 95 %; {rest}");
    ui.add(egui::Label::new(RichText::new(name).small().strong()).truncate());
    let with_rest = snapshot.has_rest;
    let head = row(
        with_rest,
        [
            "",
            units::power(&snapshot.plan.montage),
            "interval",
            "SNR dB",
            "vs rest dB",
            "mains",
            "EMG",
        ],
    );
    let digits = theme::digits(ui);
    let mono = |text: String| RichText::new(text).font(digits.clone());
    ui.add(egui::Label::new(mono(head).color(scene.theme.weak())).extend());
    let row_px = theme::row_px(ui);
    let scroll = egui::ScrollArea::both().auto_shrink(false);
    scroll.show_rows(ui, row_px, shown.len(), |ui, rows| {
        for &ch in &shown[rows] {
            let text = mono(channel(snapshot, ch, band)).color(scene.theme.line(ch));
            ui.add(egui::Label::new(text).extend());
        }
    });
}

/// Columns of a fixed width, so that numbers stand below each other.
fn row(with_rest: bool, cells: [&str; 7]) -> String {
    let [channel, uv2, interval, snr, change, mains, emg] = cells;
    let channel: String = channel.chars().take(5).collect();
    let change = if with_rest {
        format!(" {change:>17}")
    } else {
        String::new()
    };
    format!("{channel:<5} {uv2:>6} {interval:>13} {snr:>6}{change} {mains:>6} {emg}")
}

fn channel(snapshot: &Snapshot, ch: usize, band: usize) -> String {
    let estimate = snapshot.band(ch, band);
    let interval = estimate.interval_uv2().map_or("-".to_owned(), |interval| {
        format!("{}-{}", significant(interval.lo), significant(interval.hi))
    });
    let snr = estimate
        .snr
        .map_or("-".to_owned(), |snr| signed_db(snr.db()));
    let change = snapshot
        .change_db(ch, band)
        .map_or("-".to_owned(), |change| {
            let (lo, hi) = (change.interval_db.lo, change.interval_db.hi);
            format!(
                "{} [{},{}]",
                signed_db(change.db),
                signed_db(lo),
                signed_db(hi)
            )
        });
    let quality = &snapshot.quality[ch];
    row(
        snapshot.has_rest,
        [
            snapshot.plan.montage.label(ch),
            &significant(estimate.power_uv2),
            &interval,
            &snr,
            &change,
            &significant(quality.mains_uv),
            &emg(quality.emg.as_ref()),
        ],
    )
}

/// Signs of muscle in words; nothing where there are none.
fn emg(index: Option<&EmgIndex>) -> String {
    let Some(index) = index else {
        return "-".to_owned();
    };
    let mut words = Vec::new();
    if index.raised {
        words.push(format!("raised \u{d7}{:.1}", index.relative));
    }
    if index.is_flat() {
        words.push("flat".to_owned());
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [
            row(true, ["a", "1", "2", "3", "4", "5", ""]),
            row(
                true,
                [
                    "a long label",
                    "1.0e-9",
                    "0.001-1.0e-9",
                    "-12.3",
                    "+1.2 [-3.4,+5.6]",
                    "0.123",
                    "",
                ],
            ),
        ];
        assert_eq!(rows[0].chars().count(), rows[1].chars().count());
        // "a lon" and "+1.2 [-3.4,+5.6]" are two words each
        assert_eq!(rows[1].split_whitespace().count(), 8, "{}", rows[1]);
    }

    #[test]
    fn muscle_is_said_in_words() {
        let mut index = EmgIndex {
            level_uv2_per_hz: 1.0,
            relative: 3.21,
            raised: true,
            slope: Some(-0.1),
        };
        assert_eq!(emg(Some(&index)), "raised \u{d7}3.2, flat");
        (index.raised, index.slope) = (false, Some(-2.0));
        assert_eq!((emg(Some(&index)), emg(None)), (String::new(), "-".into()));
    }
}
