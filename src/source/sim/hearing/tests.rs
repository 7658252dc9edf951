//! What is heard is what was played, so much later.

use super::*;

const SETTINGS: HearingSettings = HearingSettings {
    amplitude_nv: 800.0,
    delay_ms: 37.3,
};

/// a synthetic envelope: three sines that repeat every five seconds, over which its mean is 1 and its rms 0.15.
fn played(t_secs: f64) -> f64 {
    let sines = [4.2, 39.4, 54.6].map(|hz| (TAU * hz * t_secs + hz).sin());
    1.0 + 0.15 * (2.0_f64 / 3.0).sqrt() * sines.iter().sum::<f64>()
}

/// Hears `stamp -> values` at `rate_hz` for so long.
fn heard(kind: Heard, rate_hz: f64, secs: f64, sound: impl Fn(f64) -> [f64; 2]) -> Hearing {
    let mut hearing = Hearing::new(&SETTINGS);
    hearing.open(kind, rate_hz);
    for i in 0..count(secs * rate_hz) {
        let t_secs = 100.0 + i as f64 / rate_hz;
        hearing.hear(t_secs, &sound(t_secs));
    }
    hearing
}

/// The largest difference from the response expected, over two seconds.
fn worst_uv(hearing: &mut Hearing, expected: impl Fn(f64) -> f64) -> f64 {
    (0..4000)
        .map(|i| 106.0 + f64::from(i) * 5e-4)
        .map(|t| (hearing.response_uv(t) - expected(t - 0.0373)).abs())
        .fold(0.0, f64::max)
}

#[test]
fn an_envelope_comes_back_delayed_with_the_stated_rms() {
    let mut hearing = heard(Heard::Envelope, 1000.0, 10.0, |t| [played(t); 2]);
    let gain_uv = hearing.gain_uv().unwrap();
    assert!((gain_uv * 0.15 / 0.8 - 1.0).abs() < 0.001, "{gain_uv}");
    let worst = worst_uv(&mut hearing, |t| gain_uv * (played(t) - 1.0));
    assert!(worst < 0.003, "{worst} uV of 0.8 uV rms");
}

#[test]
fn a_sound_is_heard_by_its_envelope_at_its_own_time() {
    let tone = |t: f64| played(t) * 0.3 * (TAU * 3000.0 * t).sin();
    // A rectified sine's mean is 2 / pi of its amplitude.
    let unit = 0.3 * 2.0 / std::f64::consts::PI;
    let mut hearing = heard(Heard::Audio, 44_100.0, 10.0, |t| [tone(t), -tone(t)]);
    let gain_uv = hearing.gain_uv().unwrap();
    assert!(
        (gain_uv * 0.15 * unit / 0.8 - 1.0).abs() < 0.04,
        "{gain_uv}"
    );
    // The window takes off its own transfer: sinc(fT) / (1 - (fT)^2), under 3 % at 54.6 Hz.
    let late = |by_secs: f64| {
        worst_uv(&mut hearing.clone(), |t| {
            gain_uv * unit * (played(t + by_secs) - 1.0)
        })
    };
    let (worst, a_little_off) = (late(0.0), late(5e-4));
    assert!(worst < 0.05, "{worst} uV of 0.8 uV rms");
    assert!(
        a_little_off > 0.12,
        "half a millisecond would be seen: {a_little_off}"
    );
    let _any = hearing.response_uv(106.0);
}

#[test]
fn what_has_not_arrived_has_no_response() {
    let mut hearing = heard(Heard::Envelope, 1000.0, 10.0, |t| [played(t); 2]);
    assert_eq!(hearing.response_uv(100.0), 0.0, "before the sound");
    assert_ne!(hearing.response_uv(105.0), 0.0);
    assert_ne!(hearing.response_uv(110.03), 0.0);
    assert_eq!(hearing.response_uv(110.04), 0.0, "after what has come");
    let mut deaf = Hearing::new(&SETTINGS);
    deaf.hear(1.0, &[1.0]);
    assert_eq!((deaf.response_uv(1.1), deaf.gain_uv()), (0.0, None));
}

#[test]
fn a_gap_in_the_sound_is_not_bridged() {
    for (kind, rate_hz) in [(Heard::Envelope, 1000.0), (Heard::Audio, 16_000.0)] {
        let mut hearing = Hearing::new(&SETTINGS);
        hearing.open(kind, rate_hz);
        for i in 0..count(10.0 * rate_hz) {
            let t_secs = i as f64 / rate_hz;
            if !(7.0..7.1).contains(&t_secs) {
                hearing.hear(t_secs, &[played(t_secs)]);
            }
        }
        assert_ne!(hearing.response_uv(7.03), 0.0);
        for t_secs in [7.04, 7.09, 7.135] {
            assert_eq!(hearing.response_uv(t_secs), 0.0, "{kind:?} {t_secs}");
        }
        assert_ne!(hearing.response_uv(7.15), 0.0);
    }
}

#[test]
fn silence_before_the_sound_does_not_set_the_gain() {
    let from_108 = |t: f64| if t < 108.0 { 0.0 } else { played(t) };
    let quiet = heard(Heard::Envelope, 1000.0, 8.0, |t| [from_108(t); 2]);
    assert_eq!(quiet.gain_uv(), None);
    let heard = heard(Heard::Envelope, 1000.0, 20.0, |t| [from_108(t); 2]);
    let gain_uv = heard.gain_uv().unwrap();
    assert!((gain_uv * 0.15 / 0.8 - 1.0).abs() < 0.001, "{gain_uv}");
}

#[test]
fn memory_is_bounded_however_much_is_heard() {
    let mut hearing = heard(Heard::Envelope, 1000.0, 120.0, |t| [played(t); 2]);
    assert!(hearing.points.len() <= 20_000 && hearing.points.capacity() < 40_000);
    assert_eq!(hearing.response_uv(110.0), 0.0, "forgotten");
    assert_ne!(hearing.response_uv(215.0), 0.0);
    assert!(hearing.points.len() < 5100, "what is past is forgotten");
}

#[test]
fn another_clock_starts_anew() {
    let mut hearing = heard(Heard::Envelope, 1000.0, 10.0, |t| [played(t); 2]);
    for i in 0..1000 {
        let t_secs = 5.0 + f64::from(i) / 1000.0;
        hearing.hear(t_secs, &[played(t_secs)]);
    }
    assert_ne!(hearing.response_uv(5.5), 0.0);
}
