//! What was not accepted, and why: a row of the status bar.

use crate::metrics::artefact::ArtefactRule;
use crate::metrics::{Rejections, Snapshot};
use crate::view::caption::{grouped, short};
use crate::view::panel::Scene;
use crate::view::status_bar::{Item, item};
use crate::view::theme::Theme;
use crate::view::units;

/// Rejections by rule, the newest by channel, and whether the filter has settled.
pub(super) fn items(scene: &Scene<'_>) -> Vec<Item> {
    let Some(snapshot) = scene.snapshot() else {
        return Vec::new();
    };
    let theme = scene.theme;
    let mut items = Vec::new();
    if let Some(rejecting) = scene.rejecting() {
        let hint = "why the newest segment is rejected, and by which channel";
        items.push(item(rejecting, theme.error(), hint));
    }
    items.extend(set_aside(theme, snapshot));
    items.extend(no_numbers(theme, snapshot));
    items.extend(by_rule(theme, &snapshot.rejections));
    items.extend(mains(theme, snapshot));
    items.extend(settling(theme, snapshot));
    items
}

/// Channels named in one item; the rest is counted.
const MAX_NAMED: usize = 6;

/// `a, b` and how many more.
fn listed(mut names: Vec<String>) -> String {
    let n_more = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    let listed = names.join(", ");
    if n_more > 0 {
        format!("{listed} and {n_more} more")
    } else {
        listed
    }
}

/// Which channels are set aside, and why.
fn set_aside(theme: Theme, snapshot: &Snapshot) -> Option<Item> {
    let electrodes = snapshot.plan.montage.electrodes().iter();
    let aside = electrodes
        .zip(&snapshot.electrodes)
        .filter_map(|(e, state)| {
            let aside = state.aside?;
            Some(format!("{} ({})", e.label, aside.reason.name()))
        });
    let aside: Vec<String> = aside.collect();
    let hint = "part of no average, reference or test until they record again for 10 s; those kept out until you take them back in the menu of the channels";
    if aside.is_empty() {
        return None;
    }
    let all = if snapshot.is_out.contains(&false) {
        ""
    } else {
        "; NO CHANNEL IS LEFT"
    };
    let text = format!("set aside: {}{all}", listed(aside));
    Some(item(text, theme.error(), hint))
}

/// Which channels that are in use sent values that are no numbers.
fn no_numbers(theme: Theme, snapshot: &Snapshot) -> Option<Item> {
    let electrodes = snapshot.plan.montage.electrodes().iter();
    let silent = electrodes
        .zip(&snapshot.electrodes)
        .filter(|(_, state)| state.aside.is_none() && state.n_no_number > 0);
    let silent: Vec<String> = silent
        .map(|(e, state)| format!("{} {}", e.label, grouped(state.n_no_number)))
        .collect();
    let hint = "values that were no numbers, since the start: segments that hold one do not count for that channel";
    let text = format!("no number: {}", listed(silent.clone()));
    (!silent.is_empty()).then(|| item(text, theme.warning(), hint))
}

fn by_rule(theme: Theme, rejections: &Rejections) -> Vec<Item> {
    let n: u64 = rejections.by_rule.iter().sum();
    let share = 100.0 * n as f64 / rejections.n_checked.max(1) as f64;
    let fired = ArtefactRule::ALL
        .iter()
        .zip(rejections.by_rule)
        .filter(|(_, n)| *n > 0)
        .map(|(rule, n)| format!("{} {}", rule.name(), grouped(n)));
    let fired: Vec<String> = fired.collect();
    let mut text = format!(
        "rejected {} of {} segments ({} %)",
        grouped(n),
        grouped(rejections.n_checked),
        short(share, 1)
    );
    if !fired.is_empty() {
        text = format!("{text}: {}", fired.join(", "));
    }
    let colour = if share > 20.0 {
        theme.warning()
    } else {
        theme.text()
    };
    let hint = "segments since the start that were no EEG, by the rule that rejected them; a segment counts once";
    vec![item(text, colour, hint)]
}

fn mains(theme: Theme, snapshot: &Snapshot) -> Option<Item> {
    let levels = snapshot.quality.iter().map(|q| q.mains_uv).enumerate();
    let levels = levels.filter(|(ch, uv)| !snapshot.is_out[*ch] && uv.is_finite());
    let worst = levels.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let unit = units::signal(&snapshot.plan.montage);
    let text = format!(
        "mains {} Hz: at most {} {unit} rms, {}",
        short(snapshot.plan.mains_hz, 1),
        short(worst.1, 2),
        snapshot.plan.montage.label(worst.0)
    );
    let hint = "the strongest mains in the averages; it is measured, not filtered";
    Some(item(text, theme.text(), hint))
}

fn settling(theme: Theme, snapshot: &Snapshot) -> Option<Item> {
    let text = "high-pass SETTLING: low frequencies are not yet what they say".to_owned();
    let hint = "since the start or the last gap the filter has not seen enough samples";
    (!snapshot.settled).then(|| item(text, theme.warning(), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_are_named_by_their_rule() {
        let theme = Theme { dark: true };
        let mut rejections = Rejections {
            n_checked: 1000,
            by_rule: [0, 0, 0, 12, 3, 0],
            newest: None,
        };
        let text = &by_rule(theme, &rejections)[0].text;
        assert_eq!(
            text,
            "rejected 15 of 1\u{2009}000 segments (1.5 %): peak-to-peak 12, amplitude 3"
        );
        rejections.by_rule = [0; 6];
        assert!(by_rule(theme, &rejections)[0].text.ends_with("(0 %)"));
    }
}
