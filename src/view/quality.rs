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
    items.extend(by_rule(theme, &snapshot.rejections));
    items.extend(mains(theme, snapshot));
    items.extend(settling(theme, snapshot));
    items
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
    let worst = levels.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let unit = units::signal(&snapshot.plan.montage);
    let text = format!(
        "mains {} Hz: at most {} {unit} rms, {}",
        short(snapshot.plan.mains_hz, 1),
        short(worst.1, 2),
        snapshot.plan.montage.label(worst.0)
    );
    let hint = "the strongest mains in the averages; it is measured, not filtered";
    let known = worst.1.is_finite();
    known.then(|| item(text, theme.text(), hint))
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
