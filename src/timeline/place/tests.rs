//! Streams that behave, and every way in which they do not.

use proptest::prelude::*;

use super::*;

const RATE_HZ: f64 = 500.0;

/// Places for `stamps`, and the sum of the samples called lost.
fn place_all(stamps: impl Iterator<Item = f64>) -> (Vec<Placed>, u64) {
    let mut timeline = TimeLine::new(RATE_HZ);
    let places: Vec<Placed> = stamps.map(|stamp| timeline.place(stamp, None)).collect();
    let lost = places
        .iter()
        .filter_map(|p| p.gap)
        .map(|gap| gap.n_samples)
        .sum();
    (places, lost)
}

fn regular(n: u32) -> impl Iterator<Item = f64> {
    (0..n).map(|n| 1000.0 + f64::from(n) / RATE_HZ)
}

/// Deterministic scatter between 0 and 1.
fn scatter(n: u32) -> f64 {
    f64::from(n.wrapping_mul(2_654_435_761) >> 16) / 65_536.0
}

#[test]
fn an_exact_stream_is_one_run_without_loss() {
    let (places, lost) = place_all(regular(5000));
    assert_eq!(lost, 0);
    assert_eq!(places[4999].index, 4999);
    assert!(
        places
            .iter()
            .all(|place| place.run == 0 && place.gap.is_none())
    );
}

#[test]
fn one_missing_sample_of_an_exact_stream_is_a_gap_where_it_is() {
    let (places, lost) = place_all(
        regular(2000)
            .enumerate()
            .filter(|(n, _)| *n != 1200)
            .map(|(_, s)| s),
    );
    assert_eq!(lost, 1);
    assert_eq!(places[1199].index, 1199);
    assert_eq!(
        places[1200].gap,
        Some(Gap {
            first_index: 1200,
            n_samples: 1
        })
    );
    assert_eq!((places[1200].index, places[1200].run), (1201, 1));
}

#[test]
fn scatter_and_bursts_lose_nothing() {
    let jittery = regular(20_000)
        .enumerate()
        .map(|(n, s)| s + 0.004 * scatter(u32::try_from(n).unwrap()));
    assert_eq!(place_all(jittery).1, 0);
    // packets of 24 samples, all stamped on arrival
    let bursts = (0..20_000).map(|n: u32| 1000.0 + f64::from(n / 24 * 24 + 24) / RATE_HZ);
    assert_eq!(place_all(bursts).1, 0);
}

#[test]
fn a_stall_that_is_caught_up_breaks_the_run_but_loses_nothing() {
    let stalled = regular(5000).map(|s| {
        if (1004.0..1004.8).contains(&s) {
            1004.8
        } else {
            s + 0.001 * (s * 1e3).sin()
        }
    });
    let (places, lost) = place_all(stalled);
    assert_eq!(lost, 0);
    assert!(
        places.last().unwrap().run >= 1,
        "a segment must not bridge the stall"
    );
}

#[test]
fn a_loss_among_scattering_stamps_breaks_at_once_and_is_counted_within_a_second() {
    let jittery = regular(10_000)
        .enumerate()
        .map(|(n, s)| s + 0.003 * scatter(u32::try_from(n).unwrap()));
    let (places, lost) = place_all(
        jittery
            .enumerate()
            .filter(|(n, _)| !(3000..3200).contains(n))
            .map(|(_, s)| s),
    );
    assert!((199..=201).contains(&lost), "{lost}");
    assert_eq!(places[3000].gap.map(|gap| gap.first_index), Some(3000));
    let last = places.last().unwrap();
    assert!(
        (9999 - 1..=9999 + 1).contains(&last.index),
        "{}",
        last.index
    );
}

#[test]
fn a_small_loss_among_scattering_stamps_is_counted_too() {
    let jittery = regular(20_000)
        .enumerate()
        .map(|(n, s)| s + 0.003 * scatter(u32::try_from(n).unwrap()));
    let (_, lost) = place_all(
        jittery
            .enumerate()
            .filter(|(n, _)| !(9000..9012).contains(n))
            .map(|(_, s)| s),
    );
    assert!((11..=13).contains(&lost), "{lost}");
}

#[test]
fn a_rate_that_is_not_the_nominal_one_is_measured_and_loses_nothing() {
    for rate_hz in [487.0, 499.95, 500.05, 512.0] {
        let mut timeline = TimeLine::new(RATE_HZ);
        let mut lost = 0;
        for n in 0..30_000 {
            let stamp_secs = 50.0 + f64::from(n) / rate_hz + 0.002 * scatter(n);
            lost += timeline
                .place(stamp_secs, None)
                .gap
                .map_or(0, |gap| gap.n_samples);
        }
        assert_eq!(lost, 0, "{rate_hz}");
        assert!(
            (timeline.measured_rate_hz() - rate_hz).abs() < 0.03,
            "{rate_hz}: {}",
            timeline.measured_rate_hz()
        );
    }
}

#[test]
fn wrong_stamps_are_replaced_and_counted() {
    let mut timeline = TimeLine::new(RATE_HZ);
    for (n, stamp_secs) in regular(3000).enumerate() {
        let wrong = match n {
            1000 => f64::NAN,
            1100 => 0.0,
            1200 => -1.0,
            1300 => 1e300,
            1400 => f64::INFINITY,
            1500 => 1e-320,
            _ => stamp_secs,
        };
        let place = timeline.place(wrong, None);
        assert!((place.stamp_secs - stamp_secs).abs() < 1e-6, "sample {n}");
        assert_eq!((place.index, place.gap), (n as u64, None));
    }
    assert_eq!(timeline.n_bad_stamps(), 6);
}

#[test]
fn a_clock_reset_begins_a_new_run_and_loses_nothing() {
    for jump_secs in [5000.0, -5000.0, -2.0] {
        let (places, lost) =
            place_all(regular(4000).map(|s| if s < 1004.0 { s } else { s + jump_secs }));
        assert_eq!(lost, 0, "{jump_secs}");
        let last = places.last().unwrap();
        assert_eq!((last.run, last.index), (1, 3999), "{jump_secs}");
        assert!((last.stamp_secs - (1000.0 + 3999.0 / RATE_HZ + jump_secs)).abs() < 1e-6);
    }
}

#[test]
fn stamps_deduced_from_zero_at_the_join_do_not_become_a_gap_of_days() {
    let joined = (1..100).map(|n| 0.001 * f64::from(n)).chain(regular(2000));
    assert_eq!(place_all(joined).1, 0);
}

#[test]
fn after_a_reconnection_the_time_away_is_lost() {
    let mut timeline = TimeLine::new(RATE_HZ);
    regular(100).for_each(|stamp| {
        timeline.place(stamp, None);
    });
    timeline.reconnected();
    let place = timeline.place(1000.0 + 99.0 / RATE_HZ + 2.0, None);
    assert_eq!(
        place.gap,
        Some(Gap {
            first_index: 100,
            n_samples: 999
        })
    );
    assert_eq!((place.run, place.index), (1, 1099));
}

proptest! {
    #[test]
    fn whatever_the_stamps_places_are_finite_and_go_forward(
        stamps in proptest::collection::vec(
            prop_oneof![
                proptest::num::f64::ANY,
                (0.0..100.0_f64),
                Just(f64::NAN),
                Just(0.0),
            ],
            1..600,
        ),
        away in 0..600_usize,
    ) {
        let mut timeline = TimeLine::new(RATE_HZ);
        let mut before: Option<Placed> = None;
        for (n, stamp) in stamps.into_iter().enumerate() {
            if n == away {
                timeline.reconnected();
            }
            let place = timeline.place(stamp, None);
            prop_assert!(place.stamp_secs.is_finite());
            if let Some(before) = before {
                let lost = place.gap.map_or(0, |gap| gap.n_samples);
                prop_assert_eq!(place.index, before.index + 1 + lost);
                prop_assert_eq!(place.run, before.run + u32::from(place.gap.is_some()));
            }
            before = Some(place);
        }
    }
}
