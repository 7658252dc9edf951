use std::sync::atomic::AtomicBool;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::*;
use crate::clock::SteppedClock;
use crate::control::TraceBlock;
use crate::signal::StreamChoice;
use crate::view::synthetic::montage;

struct Far {
    clock: Arc<SteppedClock>,
    traces: Sender<Arc<TraceBlock>>,
    commands: Receiver<Command>,
}

fn model() -> (Model, Far) {
    let (traces, trace_end) = bounded(8);
    let (command_end, commands) = bounded(1);
    let clock = Arc::new(SteppedClock::default());
    let feed = Feed {
        snapshots: Arc::default(),
        counters: Arc::default(),
        traces: trace_end,
        markers: crossbeam_channel::never(),
        stimulus: Arc::default(),
        marker_counts: Arc::default(),
        shifts: Arc::default(),
        streams: Arc::default(),
        commands: command_end,
        clock: Arc::clone(&clock) as _,
        stop: Arc::new(AtomicBool::new(false)),
    };
    let far = Far {
        clock,
        traces,
        commands,
    };
    (Model::new(feed, &ViewSettings::default()), far)
}

/// One sample with this stamp.
fn block(stamp_secs: f64) -> Arc<TraceBlock> {
    Arc::new(TraceBlock {
        montage: montage(&["Cz"], 100.0),
        sample_rate_hz: 100.0,
        run: 0,
        first_index: 0,
        first_stamp_secs: stamp_secs,
        values_uv: vec![1.0],
    })
}

#[test]
fn traces_end_now_and_a_stream_that_stopped_moves_out_of_sight() {
    let (mut model, far) = model();
    far.clock.step(50.0);
    far.traces.send(block(49.9)).unwrap();
    model.update();
    assert_eq!(model.picture().trace_end_secs(), 50.0);
    far.clock.step(30.0);
    model.update();
    assert!(!model.picture().stamps_are_off());
    assert_eq!(model.picture().trace_end_secs(), 80.0);
}

#[test]
fn traces_whose_stamps_are_off_the_clock_are_drawn_up_to_their_newest() {
    for stamp_secs in [5000.0, -5000.0] {
        let (mut model, far) = model();
        far.clock.step(50.0);
        far.traces.send(block(stamp_secs)).unwrap();
        model.update();
        assert!(model.picture().stamps_are_off());
        assert_eq!(model.picture().trace_end_secs(), stamp_secs);
    }
}

#[test]
fn a_refusal_stays_until_a_wish_finds_room() {
    let (mut model, far) = model();
    let request = || Command::Open(StreamChoice::Any);
    model.send(request());
    assert_eq!(model.refusal, None);
    model.send(request());
    assert!(
        model
            .refusal
            .as_ref()
            .is_some_and(|why| why.contains("refused: open"))
    );
    far.commands.recv().unwrap();
    model.send(request());
    assert_eq!(model.refusal, None);
    drop(far);
    model.send(request());
    assert!(model.refusal.is_some_and(|why| why.contains("ended")));
}

#[test]
fn a_pause_keeps_the_picture_and_its_time() {
    let (mut model, far) = model();
    far.clock.step(5.0);
    model.update();
    model.set_paused(true);
    far.clock.step(5.0);
    far.traces.send(block(10.0)).unwrap();
    model.update();
    assert_eq!(model.picture().now_secs, 5.0);
    assert!(model.picture().montage().is_none());
    model.set_paused(false);
    assert!(model.picture().montage().is_some());
}
