use super::*;
use crate::metrics::AnalysisSettings;
use crate::view::synthetic::plan;

/// Of the first run.
fn snapshot() -> Snapshot {
    let plan = plan(&AnalysisSettings::default(), &["Cz"], 250.0, true);
    let mut snapshot = Snapshot::new(plan);
    snapshot.response.as_mut().unwrap().progress.run = 1;
    snapshot
}

/// After `n_looks` looks of `run` with this sum.
fn after(snapshot: &mut Snapshot, run: u32, n_looks: usize, sum: f64) {
    let response = snapshot.response.as_mut().unwrap();
    response.progress.run = run;
    response.progress.n_looks = n_looks;
    response.progress.looked_secs = 24.0 * n_looks as f64;
    response.detections[0].sum = sum;
}

#[test]
fn each_look_is_remembered_once_and_up_to_the_one_that_decided() {
    let mut evidence = Evidence::default();
    let mut snapshot = snapshot();
    assert!(evidence.push(&snapshot));
    assert!(evidence.looks().is_empty());
    for (n_looks, sum) in [(1, 3.0), (1, 3.0), (2, 9.0), (3, 20.0)] {
        after(&mut snapshot, 1, n_looks, sum);
        assert!(!evidence.push(&snapshot));
    }
    assert_eq!(
        evidence.curve(0, None),
        [[24.0, 3.0], [48.0, 9.0], [72.0, 20.0]]
    );
    assert_eq!(evidence.curve(0, Some(2)).len(), 2);
    assert!(evidence.curve(99, None).is_empty());
}

#[test]
fn a_new_run_forgets_the_looks_before() {
    let mut evidence = Evidence::default();
    let mut snapshot = snapshot();
    after(&mut snapshot, 1, 4, 8.0);
    evidence.push(&snapshot);
    after(&mut snapshot, 2, 0, 0.0);
    assert!(evidence.push(&snapshot));
    assert!(evidence.looks().is_empty());
}
