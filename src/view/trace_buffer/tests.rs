use super::*;
use crate::view::synthetic;

const RATE_HZ: f64 = 100.0;

fn montage(labels: &[&str]) -> Arc<Montage> {
    synthetic::montage(labels, RATE_HZ)
}

fn block(montage: &Arc<Montage>, run: u32, first_index: u64, values_uv: &[f32]) -> TraceBlock {
    TraceBlock {
        montage: Arc::clone(montage),
        sample_rate_hz: RATE_HZ,
        run,
        first_index,
        first_stamp_secs: first_index as f64 / RATE_HZ,
        values_uv: values_uv.to_vec(),
    }
}

#[test]
fn blocks_in_sequence_make_one_line() {
    let (mut traces, montage) = (TraceBuffer::new(10.0), montage(&["Cz"]));
    traces.push(&block(&montage, 0, 0, &[1.0, 2.0]));
    traces.push(&block(&montage, 0, 2, &[3.0]));
    let strips = traces.strips(0, (0.0, 1.0), 1000);
    assert_eq!(strips, [vec![[0.0, 1.0], [0.01, 2.0], [0.02, 3.0]]]);
    assert_eq!(traces.gaps().count(), 0);
}

#[test]
fn a_jump_in_run_or_index_breaks_the_line() {
    let (mut traces, montage) = (TraceBuffer::new(10.0), montage(&["Cz"]));
    traces.push(&block(&montage, 0, 0, &[1.0, 2.0]));
    traces.push(&block(&montage, 1, 52, &[3.0, 4.0]));
    traces.push(&block(&montage, 2, 54, &[5.0]));
    assert_eq!(traces.strips(0, (0.0, 1.0), 1000).len(), 3);
    let gaps: Vec<_> = traces.gaps().collect();
    assert_eq!((gaps[0].from_secs, gaps[0].to_secs), (0.02, 0.52));
    assert_eq!(
        gaps.iter().map(|gap| gap.cause).collect::<Vec<_>>(),
        [Cause::Lost(50), Cause::NewRun]
    );
}

#[test]
fn what_only_the_screen_missed_is_not_called_lost() {
    let (mut traces, montage) = (TraceBuffer::new(10.0), montage(&["Cz"]));
    traces.push(&block(&montage, 0, 0, &[1.0, 2.0]));
    traces.push(&block(&montage, 0, 12, &[3.0]));
    let causes: Vec<_> = traces.gaps().map(|gap| gap.cause).collect();
    assert_eq!(causes, [Cause::NotShown(10)]);
}

#[test]
fn thinning_out_keeps_every_extreme_in_its_order() {
    let (mut traces, montage) = (TraceBuffer::new(60.0), montage(&["Cz"]));
    let mut values_uv = vec![0.0; 5000];
    (values_uv[1234], values_uv[1235], values_uv[4000]) = (70.0, -80.0, 90.0);
    traces.push(&block(&montage, 0, 0, &values_uv));
    let strips = traces.strips(0, (0.0, 50.0), 100);
    let points = &strips[0];
    assert!(points.len() <= 202, "{} points", points.len());
    let spikes: Vec<f64> = points
        .iter()
        .map(|p| p[1])
        .filter(|uv| *uv != 0.0)
        .collect();
    assert_eq!(spikes, [70.0, -80.0, 90.0]);
    assert!(points.is_sorted_by(|a, b| a[0] < b[0]));
}

#[test]
fn a_thinned_line_keeps_its_shape_while_it_moves() {
    let (mut traces, montage) = (TraceBuffer::new(60.0), montage(&["Cz"]));
    let values_uv: Vec<f32> = (0..5000_u16)
        .map(|i| f32::from(i % 101 * 37 % 101))
        .collect();
    traces.push(&block(&montage, 0, 0, &values_uv));
    let middle = |strips: Vec<Strip>| -> Strip {
        let inside = strips.into_iter().flatten();
        inside.filter(|p| p[0] > 10.0 && p[0] < 30.0).collect()
    };
    let before = middle(traces.strips(0, (0.0, 40.0), 100));
    let after = middle(traces.strips(0, (0.33, 40.33), 100));
    assert_eq!(before, after);
}

#[test]
fn another_montage_or_rate_starts_anew_and_an_equal_one_does_not() {
    let mut traces = TraceBuffer::new(10.0);
    traces.push(&block(&montage(&["Cz"]), 0, 0, &[1.0]));
    traces.push(&block(&montage(&["Cz"]), 0, 1, &[2.0]));
    assert_eq!(traces.strips(0, (0.0, 1.0), 10)[0].len(), 2);
    traces.push(&block(&montage(&["Cz", "Oz"]), 0, 2, &[3.0, 4.0]));
    assert_eq!(traces.strips(1, (0.0, 1.0), 10), [vec![[0.02, 4.0]]]);
    let faster = TraceBlock {
        sample_rate_hz: 200.0,
        ..block(&montage(&["Cz", "Oz"]), 0, 3, &[5.0, 6.0])
    };
    traces.push(&faster);
    assert_eq!(traces.strips(0, (0.0, 1.0), 10), [vec![[0.03, 5.0]]]);
}

#[test]
fn the_oldest_samples_give_way_and_with_them_their_gaps() {
    let (mut traces, montage) = (TraceBuffer::new(1.0), montage(&["Cz"]));
    traces.push(&block(&montage, 0, 0, &[1.0; 50]));
    traces.push(&block(&montage, 1, 60, &[2.0; 150]));
    assert_eq!(traces.gaps().count(), 1);
    traces.push(&block(&montage, 1, 210, &[3.0; 60]));
    assert_eq!(traces.gaps().count(), 0);
    let strips = traces.strips(0, (0.0, 10.0), 10_000);
    assert_eq!(strips.iter().map(Vec::len).sum::<usize>(), 200);
    assert!((strips[0][0][0] - 0.70).abs() < 1e-9, "{:?}", strips[0][0]);
}

#[test]
fn a_value_that_is_no_number_breaks_the_line_and_leaves_the_mean_alone() {
    let (mut traces, montage) = (TraceBuffer::new(10.0), montage(&["Cz"]));
    traces.push(&block(&montage, 0, 0, &[1.0, f32::NAN, 3.0]));
    assert_eq!(traces.strips(0, (0.0, 1.0), 100).len(), 2);
    assert_eq!(traces.mean_uv(0, 0.0, 1.0), 2.0);
    assert_eq!(traces.mean_uv(0, 5.0, 6.0), 0.0);
}

#[test]
fn stamps_are_those_of_the_newest_block() {
    let (mut traces, montage) = (TraceBuffer::new(10.0), montage(&["Cz"]));
    traces.push(&block(&montage, 0, 0, &[1.0; 10]));
    let drifted = TraceBlock {
        first_stamp_secs: 0.1005,
        ..block(&montage, 0, 10, &[1.0; 10])
    };
    traces.push(&drifted);
    assert!((traces.newest_secs().unwrap() - 0.1905).abs() < 1e-12);
}
