use super::*;
use crate::publish::player::Order;

fn stimulus(name: &str, n_channels: usize, samples: &[f32]) -> Stimulus {
    Stimulus {
        name: name.to_owned(),
        n_channels,
        samples: samples.to_vec(),
        file_rate_hz: 1000,
    }
}

/// `a` twice (the second time inverted), then `b` twice, with silences.
fn program(silences: Silences, is_control: bool) -> Program {
    let stimuli = vec![
        stimulus("a", 1, &[1.0, 2.0, 3.0]),
        stimulus("b", 1, &[5.0, 6.0]),
    ];
    let order = Order {
        n_loops: 2,
        n_repeats: 1,
        shuffle_seed: None,
        alternate_polarity: true,
    };
    Program::new(
        stimuli,
        1000,
        &order.plays(2).unwrap(),
        silences,
        is_control,
    )
}

const SILENCES: Silences = Silences {
    lead: 2,
    pause: 1,
    tail: 3,
};
const HEARD: [f32; 16] = [
    0.0, 0.0, 1.0, 2.0, 3.0, -1.0, -2.0, -3.0, 0.0, 5.0, 6.0, -5.0, -6.0, 0.0, 0.0, 0.0,
];

#[test]
fn files_loops_and_silences_follow_each_other_without_a_seam() {
    let program = program(SILENCES, false);
    assert_eq!(program.n_samples(), 16);
    let mut out = [9.0; 16];
    program.render(0, &mut out);
    assert_eq!(out, HEARD);
}

#[test]
fn any_cut_renders_the_same_samples() {
    let program = program(SILENCES, false);
    for first in 0..20 {
        for n in 0..20 {
            let mut out = vec![9.0; n];
            program.render(first as u64, &mut out);
            let expected: Vec<f32> = (first..first + n)
                .map(|at| HEARD.get(at).copied().unwrap_or(0.0))
                .collect();
            assert_eq!(out, expected, "{n} samples from {first}");
        }
    }
}

#[test]
fn channels_stay_together() {
    let stimuli = vec![stimulus("s", 2, &[1.0, -1.0, 2.0, -2.0])];
    let order = Order {
        n_loops: 1,
        n_repeats: 1,
        shuffle_seed: None,
        alternate_polarity: false,
    };
    let plays = order.plays(1).unwrap();
    let silences = Silences {
        lead: 1,
        ..Silences::default()
    };
    let program = Program::new(stimuli, 1000, &plays, silences, false);
    let mut out = [9.0; 8];
    program.render(0, &mut out);
    assert_eq!(out, [0.0, 0.0, 1.0, -1.0, 2.0, -2.0, 0.0, 0.0]);
}

#[test]
fn events_stand_at_the_samples_they_speak_of() {
    let said = |program: &Program| -> Vec<(u64, String)> {
        let events = program.events(0..100).iter();
        events.map(|(at, event)| (*at, event.to_string())).collect()
    };
    let expected = [
        (2, "start a polarity=+ trial=1 item=1"),
        (5, "loop a polarity=- trial=2 item=1"),
        (8, "stop a polarity=- trial=2 item=1"),
        (8, "pause secs=0.001"),
        (9, "start b polarity=+ trial=3 item=2"),
        (11, "loop b polarity=- trial=4 item=2"),
        (13, "stop b polarity=- trial=4 item=2"),
    ];
    let expected = expected.map(|(at, text)| (at, text.to_owned()));
    assert_eq!(said(&program(SILENCES, false)), expected);
    let control = said(&program(SILENCES, true));
    assert_eq!(
        control[0].1,
        "start a polarity=+ trial=1 item=1 run=control"
    );
}

#[test]
fn every_event_is_in_one_cut_only() {
    let program = program(SILENCES, false);
    let mut n_events = 0;
    for first in 0..20 {
        n_events += program.events(first..first + 1).len();
    }
    assert_eq!(n_events, program.events(0..20).len());
    assert!(program.events(5..5).is_empty());
}

#[test]
fn what_is_cut_short_says_so_and_silence_has_nothing_to_end() {
    let program = program(SILENCES, false);
    let text = |at| program.cut_short(at).map(|event| event.to_string());
    assert_eq!(text(1), None);
    let cut = "stop a polarity=- trial=2 item=1 complete=no";
    assert_eq!(text(6).as_deref(), Some(cut));
    assert_eq!(text(8), None);
    assert_eq!(text(99), None);
}

#[test]
fn one_can_see_what_is_playing() {
    let program = program(SILENCES, false);
    let now = program.now_playing(6).unwrap();
    assert_eq!(now.mark.unwrap().trial, 2);
    assert_eq!((now.elapsed_secs, now.duration_secs), (0.001, 0.003));
    assert_eq!(program.now_playing(0).unwrap().mark, None);
    assert_eq!(program.now_playing(16), None);
    let plays: Vec<&str> = program.plays().map(|mark| mark.file.as_str()).collect();
    assert_eq!(plays, ["a", "a", "b", "b"]);
}
