use super::*;
use crate::metrics::{AnalysisSettings, ResponseSettings};
use crate::signal::Band;
use crate::view::synthetic::plan;

/// More than there are rows: nothing is thinned out.
const COLUMNS: usize = 10_000;

fn plan_with(hop_secs: f64, bands: Vec<Band>) -> Arc<Plan> {
    let settings = AnalysisSettings {
        hop_secs,
        response: ResponseSettings {
            bands: bands.iter().map(|band| band.name().to_owned()).collect(),
            ..ResponseSettings::default()
        },
        bands,
        ..AnalysisSettings::default()
    };
    plan(&settings, &["Cz"], 1000.0, false)
}

fn at_hop(plan: &Arc<Plan>, hop: u64, power_uv2: f64) -> Snapshot {
    let mut snapshot = Snapshot::new(Arc::clone(plan));
    snapshot.hop = hop;
    snapshot.stamp_secs = hop as f64 * plan.hop_secs;
    for band in &mut snapshot.bands {
        band.power_uv2 = power_uv2;
    }
    snapshot
}

#[test]
fn a_jump_in_hop_is_a_break_and_is_not_bridged() {
    let plan = plan_with(0.25, Band::presets());
    let mut history = History::new(300.0);
    for hop in [0, 1, 2, 10, 11] {
        history.push(&at_hop(&plan, hop, 10.0));
    }
    let strips = history.strips_db(0, 1, COLUMNS);
    let lens: Vec<usize> = strips.iter().map(Vec::len).collect();
    assert_eq!(lens, [3, 2]);
    assert_eq!(strips[0][1], [0.25, 10.0]);
    assert_eq!(history.breaks().collect::<Vec<_>>(), [(0.5, 2.5)]);
}

#[test]
fn hops_faster_than_the_screen_are_no_break_unless_a_segment_was_rejected() {
    let plan = plan_with(0.02, Band::presets());
    let mut history = History::new(300.0);
    history.push(&at_hop(&plan, 0, 1.0));
    history.push(&at_hop(&plan, 3, 1.0));
    assert_eq!(history.strips_db(0, 0, COLUMNS).len(), 1);
    let mut rejected = at_hop(&plan, 6, 1.0);
    rejected.n_rejected = 2;
    history.push(&rejected);
    assert_eq!(history.strips_db(0, 0, COLUMNS).len(), 2);
}

#[test]
fn a_hop_that_goes_back_is_a_break() {
    let plan = plan_with(0.25, Band::presets());
    let mut history = History::new(300.0);
    history.push(&at_hop(&plan, 7, 1.0));
    history.push(&at_hop(&plan, 0, 1.0));
    assert_eq!(history.strips_db(0, 0, COLUMNS).len(), 2);
    assert_eq!(history.breaks().count(), 1);
}

#[test]
fn other_bands_start_anew_and_an_equal_plan_does_not() {
    let mut history = History::new(300.0);
    history.push(&at_hop(&plan_with(0.25, Band::presets()), 0, 1.0));
    history.push(&at_hop(&plan_with(0.25, Band::presets()), 1, 1.0));
    assert_eq!(history.strips_db(0, 0, COLUMNS)[0].len(), 2);
    let one_band = vec![Band::new("theta", 4.0, 8.0).unwrap()];
    history.push(&at_hop(&plan_with(0.25, one_band), 2, 1.0));
    assert_eq!(history.strips_db(0, 0, COLUMNS)[0].len(), 1);
}

#[test]
fn what_is_older_than_the_history_goes() {
    let plan = plan_with(0.25, Band::presets());
    let mut history = History::new(10.0);
    for hop in 0..400 {
        history.push(&at_hop(&plan, hop, 1.0));
    }
    assert_eq!(history.strips_db(0, 0, COLUMNS)[0].len(), 41);
}

#[test]
fn no_power_and_no_such_channel_break_nothing_but_the_line() {
    let plan = plan_with(0.25, Vec::new());
    let mut history = History::new(10.0);
    history.push(&at_hop(&plan, 0, 1.0));
    assert!(
        history.strips_db(0, 0, COLUMNS).is_empty() && history.strips_db(9, 9, COLUMNS).is_empty()
    );
    let plan = plan_with(0.25, Band::presets());
    for (hop, power) in [(0, 1.0), (1, 0.0), (2, f64::NAN), (3, 1.0)] {
        history.push(&at_hop(&plan, hop, power));
    }
    assert_eq!(history.strips_db(0, 0, COLUMNS).len(), 2);
}

#[test]
fn a_long_history_is_thinned_out_and_keeps_its_extremes() {
    let plan = plan_with(0.25, Band::presets());
    let mut history = History::new(3600.0);
    for hop in 0..14_000 {
        let power = if hop == 7777 { 1000.0 } else { 1.0 };
        history.push(&at_hop(&plan, hop, power));
    }
    let strips = history.strips_db(0, 0, 200);
    assert!(
        strips.len() == 1 && strips[0].len() <= 402,
        "{}",
        strips[0].len()
    );
    assert!(strips[0].contains(&[7777.0 * 0.25, 30.0]));
}
