//! How the stimulus runs against the EEG: its stream, its clock, and what not correcting it would cost.

use crate::control::StreamStatus;
use crate::metrics::Snapshot;
use crate::signal::{Alignment, Link, StimulusTiming};
use crate::view::caption::{grouped, short};
use crate::view::panel::Scene;
use crate::view::status_bar::{Item, item};
use crate::view::theme::Theme;

/// The strip as items of the status bar; empty where nobody has seen a stimulus.
pub(super) fn items(scene: &Scene<'_>) -> Vec<Item> {
    let (theme, status) = (scene.theme, scene.stimulus);
    let response = scene.snapshot().and_then(|s| s.response.as_ref());
    if status.stream.is_none() && response.is_none() {
        let mut items = vec![item(
            "stimulus: none".to_owned(),
            theme.text(),
            "a stream of type Audio or StimulusEnvelope, e.g. from `efrscope play`, makes the EFR readable",
        )];
        items.extend(notice(theme, status));
        return items;
    }
    let mut items = stream(theme, status);
    if let (Some(snapshot), Some(response)) = (scene.snapshot(), response) {
        items.extend(clock(theme, &response.timing));
        items.extend(cost(
            scene,
            snapshot,
            &response.timing,
            response.integration_secs,
        ));
        items.extend(losses(theme, &response.timing));
    }
    items.extend(notice(theme, status));
    items
}

fn notice(theme: Theme, status: &StreamStatus) -> Option<Item> {
    let text = status.notice.as_ref()?.to_string();
    Some(item(
        text,
        theme.warning(),
        "the newest notice about the stimulus",
    ))
}

/// The stimulus's stream: link, rate, what was lost. A channel of the EEG stream has none of its own.
fn stream(theme: Theme, status: &StreamStatus) -> Vec<Item> {
    let Some(stream) = &status.stream else {
        let hint = "the stimulus comes with the EEG, on its samples";
        return vec![item(
            "stimulus: a channel of the EEG".to_owned(),
            theme.text(),
            hint,
        )];
    };
    let (link, colour) = match status.link {
        Link::Searching => ("searching", theme.warning()),
        Link::Live => ("live", theme.good()),
        Link::Stale => ("STALE", theme.error()),
        Link::Lost => ("LOST", theme.error()),
        Link::Reopening => ("REOPENING", theme.error()),
    };
    let rate = if status.measured_rate_hz > 0.0 {
        format!("{:.3} Hz", status.measured_rate_hz)
    } else {
        format!("{} Hz nominal", short(stream.announced_rate_hz(), 3))
    };
    let lost = format!("lost {}", grouped(status.lost));
    let any_lost = if status.lost > 0 {
        theme.error()
    } else {
        theme.text()
    };
    vec![
        item(
            format!("stimulus {link}: {}", stream.name),
            colour,
            "the stream of the stimulus, and how its connection stands",
        ),
        item(
            rate,
            theme.text(),
            "rate of the stimulus that its stamps show",
        ),
        item(lost, any_lost, "samples of the stimulus that never came"),
    ]
}

/// The two clocks against each other.
fn clock(theme: Theme, timing: &StimulusTiming) -> Vec<Item> {
    let (text, colour) = match timing.alignment {
        Alignment::Waiting => ("waiting for the stimulus", theme.warning()),
        Alignment::Settling => ("alignment SETTLING", theme.warning()),
        Alignment::Aligned => ("aligned", theme.good()),
        Alignment::Silent => ("stimulus has STOPPED", theme.error()),
    };
    let warn = |is: bool| if is { theme.warning() } else { theme.text() };
    let drifts = timing.drift_ppm.abs() > StimulusTiming::WARN_DRIFT_PPM;
    let jitters = timing.jitter_ms() > StimulusTiming::WARN_JITTER_MS;
    let rests = timing.residual_ms > StimulusTiming::WARN_JITTER_MS;
    vec![
        item(
            text.to_owned(),
            colour,
            "whether the stimulus is on the EEG's samples",
        ),
        item(
            format!("slip {:+.2} ms", timing.offset_ms),
            theme.text(),
            "offset the two streams would have by now, had their nominal rates been believed; corrected",
        ),
        item(
            format!("drift {:+.1} ppm", timing.drift_ppm),
            warn(drifts),
            "rate of the stimulus device against the EEG's; corrected; worth a look above 5 ppm",
        ),
        item(
            format!("jitter {:.2} ms", timing.jitter_ms()),
            warn(jitters),
            "standard deviation of both streams' stamps about their fit; corrected; worth a look above 1 ms",
        ),
        item(
            format!("residual {:.3} ms", timing.residual_ms),
            warn(rests),
            "standard deviation of the alignment that is left after the correction",
        ),
    ]
}

/// What the clocks would cost at the chosen band, and what they do cost.
fn cost(
    scene: &Scene<'_>,
    snapshot: &Snapshot,
    timing: &StimulusTiming,
    integration_secs: f64,
) -> Option<Item> {
    let efr = snapshot.efr(scene.band(&snapshot.plan)?)?;
    let hz = efr.centre_hz();
    let percent = |share: f64| short(100.0 * share, 1);
    Some(item(
        format!(
            "MSC kept at {} Hz: {} % (uncorrected {} %)",
            short(hz, 1),
            percent(timing.kept_share(hz)),
            percent(timing.uncorrected_share(hz, integration_secs)),
        ),
        scene.theme.text(),
        "share of the true MSC that jitter and drift leave: with the alignment, and without it over the integration time",
    ))
}

fn losses(theme: Theme, timing: &StimulusTiming) -> Vec<Item> {
    let count = |name: &str, n: u64, hint| {
        let colour = if n > 0 { theme.warning() } else { theme.text() };
        item(format!("{name} {}", grouped(n)), colour, hint)
    };
    vec![
        item(
            format!(
                "envelope delay {:.1} ms corrected",
                timing.envelope_delay_ms
            ),
            theme.text(),
            "known delay of the envelope's filters, taken off",
        ),
        count(
            "jumps",
            timing.n_jumps,
            "clock resets and jumps, each the start of a new run of segments",
        ),
        count(
            "without stimulus",
            timing.n_missing,
            "EEG samples that got no stimulus since the first that did",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEME: Theme = Theme { dark: true };

    #[test]
    fn drift_and_jitter_are_warned_of_beyond_their_limits_only() {
        for (drift_ppm, jitter_ms, warned) in [(4.9, 0.9, false), (-5.1, 1.1, true)] {
            let timing = StimulusTiming {
                drift_ppm,
                stimulus_jitter_ms: jitter_ms,
                ..StimulusTiming::default()
            };
            let items = clock(THEME, &timing);
            for part in ["drift", "jitter"] {
                let item = items
                    .iter()
                    .find(|item| item.text.starts_with(part))
                    .unwrap();
                assert_eq!(item.colour == THEME.warning(), warned, "{item:?}");
            }
        }
    }

    #[test]
    fn a_stimulus_that_stopped_is_an_error() {
        let timing = StimulusTiming {
            alignment: Alignment::Silent,
            ..StimulusTiming::default()
        };
        assert_eq!(clock(THEME, &timing)[0].colour, THEME.error());
    }

    #[test]
    fn a_stimulus_in_the_eeg_stream_has_no_stream_of_its_own() {
        let items = stream(THEME, &StreamStatus::default());
        assert!(items[0].text.contains("channel of the EEG"));
    }
}
