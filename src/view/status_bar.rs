//! The status bar: how the stream and the program are doing, always live.

use egui::{Color32, RichText};

use crate::control::{MarkerCount, StreamStatus};
use crate::metrics::Plan;
use crate::signal::Link;
use crate::view::caption::{self, duration, grouped, short};
use crate::view::panel::Scene;
use crate::view::quality;
use crate::view::stream_picker::channels;
use crate::view::theme::{self, Theme};
use crate::view::timing_strip;

/// A rate this far from the nominal one is worth a look.
const RATE_OFF_PPM: f64 = 1000.0;
/// A sample older than this is worth a look.
const OLD_SECS: f64 = 1.0;

/// A piece of the bar and its colour.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) text: String,
    pub(super) colour: Color32,
    /// What it means, for who points at it.
    pub(super) hint: &'static str,
}

/// Draw the bar: the stream and its pace, what was lost, and what a person should know.
pub(super) fn status_bar_ui(ui: &mut egui::Ui, scene: &Scene<'_>, now_secs: f64) {
    let plan = scene.snapshot().map(|snapshot| &*snapshot.plan);
    let items = [
        pace(scene.theme, scene.status, plan, now_secs),
        counts(scene.theme, scene.status),
        timing_strip::items(scene),
        markers(scene.theme, scene.marker_counts),
        quality::items(scene),
        notices(scene, plan),
    ];
    let rows = items.iter().filter(|row| !row.is_empty());
    for (r, row) in rows.enumerate() {
        ui.horizontal_wrapped(|ui| {
            for (i, item) in row.iter().enumerate() {
                if i > 0 {
                    ui.label(RichText::new("\u{b7}").color(scene.theme.weak()));
                } else if r == 0 {
                    lamp_ui(ui, item.colour);
                }
                let text = RichText::new(&item.text).small().color(item.colour);
                let response = ui.label(text);
                if !item.hint.is_empty() {
                    response.on_hover_text(item.hint);
                }
            }
        });
    }
}

/// How the link stands, at a glance.
fn lamp_ui(ui: &mut egui::Ui, colour: Color32) {
    let size = egui::Vec2::splat(theme::KEY_PX);
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    ui.painter()
        .circle_filled(rect.center(), theme::KEY_PX / 2.0, colour);
}

pub(super) fn item(text: String, colour: Color32, hint: &'static str) -> Item {
    Item { text, colour, hint }
}

fn link(theme: Theme, link: Link) -> Item {
    let (text, colour) = match link {
        Link::Searching => ("searching", theme.warning()),
        Link::Live => ("live", theme.good()),
        Link::Stale => ("STALE: nothing comes", theme.error()),
        Link::Lost => ("LOST: waiting for its return", theme.error()),
        Link::Reopening => ("REOPENING", theme.error()),
    };
    let hint = "how the connection to the stream stands";
    item(text.to_owned(), colour, hint)
}

/// The stream, its rates, and how far behind the screen is.
fn pace(theme: Theme, status: &StreamStatus, plan: Option<&Plan>, now_secs: f64) -> Vec<Item> {
    let mut items = vec![link(theme, status.link)];
    let Some(stream) = &status.stream else {
        return items;
    };
    let nominal_hz = stream.sample_rate_hz;
    items.push(item(
        format!("{} on {}", stream.name, stream.hostname),
        theme.text(),
        "name of the stream, and the computer it comes from",
    ));
    items.push(item(
        channels(stream.n_channels),
        theme.text(),
        "channels of the stream, analysed or not",
    ));
    items.push(rate(
        theme,
        stream.announced_rate_hz(),
        status.measured_rate_hz,
    ));
    items.push(age(theme, status, now_secs));
    let behind_secs = status.backlog as f64 / nominal_hz;
    let hop_secs = plan.map_or(f64::INFINITY, |plan| plan.hop_secs);
    let waits_long = behind_secs > 2.0 * hop_secs;
    items.push(item(
        format!(
            "backlog {} samples ({})",
            grouped(status.backlog),
            duration(if nominal_hz > 0.0 {
                behind_secs
            } else {
                f64::NAN
            })
        ),
        if waits_long {
            theme.error()
        } else {
            theme.text()
        },
        "samples that came and still wait for the analysis",
    ));
    if let Some(plan) = plan {
        let share = status.hop_cost_secs / plan.hop_secs;
        items.push(item(
            format!(
                "hop {:.2} ms ({} % of {})",
                status.hop_cost_secs * 1e3,
                short(share * 100.0, 2),
                duration(plan.hop_secs)
            ),
            if share > 0.8 {
                theme.error()
            } else {
                theme.text()
            },
            "computing time of the last hop, and its share of the time there is for it",
        ));
    }
    items
}

fn rate(theme: Theme, nominal_hz: f64, measured_hz: f64) -> Item {
    let hint = "the rate the sender promises, and the one the stamps show";
    let nominal = short(nominal_hz, 3);
    if !(measured_hz > 0.0 && nominal_hz > 0.0) {
        let text = format!("{nominal} Hz nominal, measured unknown");
        return item(text, theme.text(), hint);
    }
    let off_ppm = (measured_hz / nominal_hz - 1.0) * 1e6;
    let colour = if off_ppm.abs() > RATE_OFF_PPM {
        theme.warning()
    } else {
        theme.text()
    };
    let off = if off_ppm.abs() < 1e4 {
        format!("{off_ppm:+.0} ppm")
    } else {
        format!("{:+.1} %", 1e-4 * off_ppm)
    };
    let text = format!("{nominal} Hz nominal, {measured_hz:.3} Hz measured ({off})");
    item(text, colour, hint)
}

fn age(theme: Theme, status: &StreamStatus, now_secs: f64) -> Item {
    let hint = "now minus the stamp of the newest sample";
    // the gauge is exactly 0 before the first sample
    if status.newest_stamp_secs == 0.0 || !status.newest_stamp_secs.is_finite() {
        return item("no sample yet".to_owned(), theme.text(), hint);
    }
    let age_secs = now_secs - status.newest_stamp_secs;
    let colour = if (-OLD_SECS..OLD_SECS).contains(&age_secs) {
        theme.text()
    } else {
        theme.error()
    };
    item(format!("age {}", duration(age_secs)), colour, hint)
}

/// What came, and what did not.
fn counts(theme: Theme, status: &StreamStatus) -> Vec<Item> {
    if status.stream.is_none() && status.received == 0 {
        return Vec::new();
    }
    let (good, bad, odd) = (theme.text(), theme.error(), theme.warning());
    let counted = [
        ("received", status.received, good, "samples that came"),
        ("lost", status.lost, bad, "samples that never came"),
        ("gaps", status.gaps, bad, "breaks in the run of samples"),
        (
            "overrun",
            status.overrun,
            bad,
            "samples dropped because the analysis was behind",
        ),
        (
            "late",
            status.late,
            odd,
            "samples that came more than half a second after their stamp",
        ),
        (
            "bad stamps",
            status.bad_stamps,
            odd,
            "stamps that made no sense and were replaced",
        ),
        (
            "late hops",
            status.late_hops,
            odd,
            "hops computed more than a hop after their last sample had come",
        ),
        (
            "hops skipped",
            status.skipped_hops,
            odd,
            "hops left out because the analysis was behind: numbers come less often, no sample is lost",
        ),
        (
            "updates dropped",
            status.dropped_updates,
            odd,
            "results or trace blocks no reader had capacity for",
        ),
    ];
    let items = counted.into_iter().map(|(name, n, if_any, hint)| {
        let colour = if n > 0 { if_any } else { good };
        item(format!("{name} {}", grouped(n)), colour, hint)
    });
    let mut items: Vec<Item> = items.collect();
    items.push(clock_offset(theme, status.clock_offset_secs));
    if status.lost > 0 {
        let share = status.lost as f64 / (status.lost + status.received).max(1) as f64 * 100.0;
        items[1].text = format!("LOST {} samples ({share:.2} %)", grouped(status.lost));
    }
    items
}

/// What came of the marker streams.
fn markers(theme: Theme, counts: &[MarkerCount]) -> Vec<Item> {
    const MOST: usize = 4;
    let hint = "markers received from each stream; late is more than 1.5 s after their time, lost those without a time";
    let shown = counts.iter().take(MOST).map(|count| {
        let is_well = count.late + count.lost == 0;
        let colour = if is_well {
            theme.text()
        } else {
            theme.warning()
        };
        item(format!("markers {}", count.words()), colour, hint)
    });
    let mut items: Vec<Item> = shown.collect();
    if counts.len() > MOST {
        let text = format!("and {} more marker streams", counts.len() - MOST);
        items.push(item(text, theme.text(), hint));
    }
    items
}

fn clock_offset(theme: Theme, offset_secs: f64) -> Item {
    let hint = "what is added to the sender's stamps to put them on this computer's clock";
    if offset_secs.is_nan() {
        return item("clock offset unknown".to_owned(), theme.warning(), hint);
    }
    let text = format!("clock offset {:+.2} ms", offset_secs * 1e3);
    item(text, theme.text(), hint)
}

/// What does not show in a number.
fn notices(scene: &Scene<'_>, plan: Option<&Plan>) -> Vec<Item> {
    let theme = scene.theme;
    let mut items = Vec::new();
    if let Some(notice) = &scene.status.notice {
        items.push(item(
            notice.to_string(),
            theme.warning(),
            "the newest notice",
        ));
    }
    let montage = scene.picture.montage();
    if montage.is_some_and(|montage| montage.units_assumed()) {
        let text = "unit unknown: \u{b5}V assumed".to_owned();
        let hint =
            "the stream does not say what its values are; microvolts may be wrong by any factor";
        items.push(item(text, theme.warning(), hint));
    }
    if let Some(text) = plan.and_then(caption::bands_out_of_reach) {
        items.push(item(
            text,
            theme.warning(),
            "bands asked for that cannot be read out",
        ));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEME: Theme = Theme { dark: true };

    #[test]
    fn lost_samples_are_an_error_with_count_and_share() {
        let status = StreamStatus {
            received: 9_900,
            lost: 100,
            gaps: 1,
            ..StreamStatus::default()
        };
        let items = counts(THEME, &status);
        let lost = items
            .iter()
            .find(|item| item.text.contains("LOST"))
            .unwrap();
        assert_eq!(lost.text, "LOST 100 samples (1.00 %)");
        assert_eq!(lost.colour, THEME.error());
        let received = StreamStatus {
            received: 1,
            ..StreamStatus::default()
        };
        let none = counts(THEME, &received);
        assert!(!none.is_empty());
        assert!(none.iter().all(|item| item.colour != THEME.error()));
    }

    #[test]
    fn marker_streams_are_counted_and_late_markers_stand_out() {
        let count = |stream: &str, late| MarkerCount {
            stream: stream.into(),
            is_open: true,
            received: 12,
            late,
            ..MarkerCount::default()
        };
        let items = markers(THEME, &[count("A", 0), count("B", 1)]);
        let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        assert_eq!(texts, ["markers A: 12", "markers B: 12, 1 late"]);
        assert_eq!(
            (items[0].colour, items[1].colour),
            (THEME.text(), THEME.warning())
        );
        let many: Vec<MarkerCount> = (0..9).map(|_| count("A", 0)).collect();
        assert_eq!(markers(THEME, &many)[4].text, "and 5 more marker streams");
        assert!(markers(THEME, &[]).is_empty());
    }

    #[test]
    fn what_is_unknown_is_called_so() {
        assert_eq!(clock_offset(THEME, f64::NAN).text, "clock offset unknown");
        assert_eq!(clock_offset(THEME, -0.00012).text, "clock offset -0.12 ms");
        assert!(rate(THEME, 250.0, 0.0).text.ends_with("measured unknown"));
        assert_eq!(
            age(THEME, &StreamStatus::default(), 7.0).text,
            "no sample yet"
        );
    }

    #[test]
    fn an_old_sample_is_an_error() {
        let status = StreamStatus {
            newest_stamp_secs: 10.0,
            ..StreamStatus::default()
        };
        assert_eq!(age(THEME, &status, 10.05).colour, THEME.text());
        let old = age(THEME, &status, 45.2);
        assert_eq!(
            (old.text.as_str(), old.colour),
            ("age 35.2 s", THEME.error())
        );
    }

    #[test]
    fn the_rate_says_how_far_it_is_off() {
        let text = rate(THEME, 250.0, 249.9975).text;
        assert_eq!(text, "250 Hz nominal, 249.998 Hz measured (-10 ppm)");
    }
}
