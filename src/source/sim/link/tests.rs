//! The way of the samples is the one that was asked for.

use super::*;

fn link(change: impl FnOnce(&mut LinkSettings)) -> SimLink {
    link_of_seed(1, change)
}

fn link_of_seed(seed: u64, change: impl FnOnce(&mut LinkSettings)) -> SimLink {
    let mut settings = SimSettings {
        seed,
        ..SimSettings::default()
    };
    change(&mut settings.eeg_link);
    settings.check().unwrap();
    SimLink::eeg(&settings)
}

fn minutes(link: SimLink, n_minutes: usize) -> impl Iterator<Item = LinkSample> {
    link.take(n_minutes * 30_000)
}

#[test]
fn a_perfect_link_stamps_each_sample_with_its_own_time_and_sends_it_with_its_chunk() {
    for sample in minutes(link(|_| ()), 60) {
        assert_eq!(sample.t_secs, sample.index as f64 / 500.0);
        assert_eq!(sample.stamp_secs, sample.t_secs);
        assert_eq!(sample.ends_chunk, sample.index % 10 == 9);
        assert_eq!(sample.due_secs, (sample.index / 10 * 10 + 9) as f64 / 500.0);
        assert!(!sample.is_lost);
    }
}

#[test]
fn a_device_that_drifts_takes_sample_n_at_n_over_the_true_rate() {
    for ppm in [-300.0, -0.5, 50.0, 5000.0] {
        let drifting = link(|s| s.drift_ppm = ppm);
        for sample in drifting.step_by(9973).take(400) {
            let expected = sample.index as f64 / 500.0 / (1.0 + ppm / 1e6);
            assert!((sample.t_secs - expected).abs() < 1e-9, "{ppm}: {sample:?}");
            assert_eq!(sample.stamp_secs, sample.t_secs);
        }
    }
}

/// Slope of the stamps over the indices: the period.
fn fitted_period_secs(samples: &[LinkSample]) -> f64 {
    let n = samples.len() as f64;
    let mean_index = samples.iter().map(|s| s.index as f64).sum::<f64>() / n;
    let mean_stamp = samples.iter().map(|s| s.stamp_secs).sum::<f64>() / n;
    let (mut xy, mut xx) = (0.0, 0.0);
    for sample in samples {
        let x = sample.index as f64 - mean_index;
        xy += x * (sample.stamp_secs - mean_stamp);
        xx += x * x;
    }
    xy / xx
}

#[test]
fn a_fit_through_the_stamps_finds_the_drift_in_spite_of_jitter_bursts_and_losses() {
    for ppm in [-120.0, 40.0] {
        let noisy = link(|s| {
            (s.drift_ppm, s.jitter_ms, s.clock_offset_ms) = (ppm, 3.0, -700.0);
            (s.bursts_per_min, s.losses_per_min) = (3.0, 3.0);
        });
        let samples: Vec<LinkSample> = minutes(noisy, 20).filter(|s| !s.is_lost).collect();
        let found = (1.0 / 500.0 / fitted_period_secs(&samples) - 1.0) * 1e6;
        // Twenty minutes of chunks late by 3 ms and, a two-hundredth of the time, by up to 100 ms: 0.2 ppm rms.
        assert!((found - ppm).abs() < 1.0, "{found}, not {ppm} ppm");
    }
}

#[test]
fn stamps_scatter_as_asked_and_never_before_their_time() {
    let mut lates = Vec::new();
    for sample in minutes(link(|s| s.jitter_ms = 2.0), 30) {
        let late_ms = 1e3 * (sample.stamp_secs - sample.t_secs);
        assert!(late_ms > -1e-6);
        if sample.ends_chunk {
            assert!((sample.stamp_secs - sample.due_secs).abs() < 1e-9);
            lates.push(late_ms);
        }
    }
    let n = lates.len() as f64;
    let mean = lates.iter().sum::<f64>() / n;
    let sd = (lates.iter().map(|late| (late - mean).powi(2)).sum::<f64>() / n).sqrt();
    // An exponential delay's standard deviation is its mean; of 90000 chunks both are known to a hundredth.
    assert!(
        (mean - 2.0).abs() < 0.03 && (sd - 2.0).abs() < 0.05,
        "{mean}, {sd}"
    );
}

#[test]
fn losses_come_at_their_rate_and_last_as_long_as_asked() {
    let lossy = link(|s| (s.losses_per_min, s.loss_ms) = (6.0, 50.0));
    let (mut n_lost, mut n_losses, mut was_lost) = (0_u32, 0_u32, false);
    for sample in minutes(lossy, 200) {
        n_lost += u32::from(sample.is_lost);
        n_losses += u32::from(sample.is_lost && !was_lost);
        was_lost = sample.is_lost;
        assert_eq!(sample.stamp_secs, sample.t_secs);
    }
    // 1200 expected, 35 rms.
    assert!((1100..1300).contains(&n_losses), "{n_losses}");
    let length = f64::from(n_lost) / f64::from(n_losses);
    assert!((length - 25.0).abs() < 0.2, "{length} samples");
}

#[test]
fn a_burst_stamps_what_was_held_back_when_it_arrives() {
    let bursty = link(|s| {
        (s.bursts_per_min, s.burst_ms) = (10.0, 200.0);
        s.chunk_ms = 0.0;
    });
    let (mut n_late, mut n_bursts, mut last) = (0_u32, 0_u32, 0.0);
    for sample in minutes(bursty, 60) {
        assert_eq!(sample.stamp_secs, sample.due_secs, "stamped as it arrives");
        assert!(sample.due_secs >= last);
        last = sample.due_secs;
        let late_secs = sample.stamp_secs - sample.t_secs;
        assert!((-1e-9..0.2).contains(&late_secs), "{late_secs}");
        n_late += u32::from(late_secs > 1e-9);
        n_bursts += u32::from(late_secs > 0.198);
    }
    // 600 expected, 25 rms; each holds back a hundred samples.
    assert!((520..680).contains(&n_bursts), "{n_bursts}");
    let held = f64::from(n_late) / f64::from(n_bursts);
    assert!((held - 100.0).abs() < 2.0, "{held}");
}

#[test]
fn a_pause_holds_back_without_loss_and_leaves_the_stamps_alone() {
    let pausing = link(|s| (s.pauses_per_min, s.pause_secs) = (2.0, 3.0));
    let (mut paused, mut last) = (0_u32, 0.0);
    for sample in minutes(pausing, 100) {
        assert_eq!(sample.stamp_secs, sample.t_secs);
        assert!(!sample.is_lost && sample.due_secs >= last);
        last = sample.due_secs;
        let late_secs = sample.due_secs - sample.t_secs;
        assert!((-1e-9..3.02).contains(&late_secs), "{late_secs}");
        paused += u32::from(late_secs > 0.02);
    }
    let share = f64::from(paused) / 3e6;
    assert!((share - 0.1).abs() < 0.015, "{share}");
}

#[test]
fn a_clock_jumps_as_often_and_as_far_as_asked_and_stays_there() {
    let jumping = link(|s| {
        (s.jumps_per_hour, s.jump_ms, s.clock_offset_ms) = (60.0, -80.0, 500.0);
    });
    let (mut ahead_ms, mut n_jumps) = (500.0, 0);
    for sample in minutes(jumping, 300) {
        let now_ms = 1e3 * (sample.stamp_secs - sample.t_secs);
        let step_ms: f64 = now_ms - ahead_ms;
        if step_ms.abs() > 1e-3 {
            assert!((step_ms + 80.0).abs() < 1e-3, "{step_ms}");
            n_jumps += 1;
            ahead_ms = now_ms;
        }
    }
    assert!((250..350).contains(&n_jumps), "{n_jumps}");
}

#[test]
fn the_same_seed_gives_the_same_bits_and_each_trouble_has_its_own_numbers() {
    let all = |s: &mut LinkSettings| {
        (s.jitter_ms, s.bursts_per_min, s.losses_per_min) = (1.0, 6.0, 6.0);
        (s.pauses_per_min, s.jumps_per_hour, s.drift_ppm) = (1.0, 60.0, 10.0);
    };
    let of_seed = |seed| minutes(link_of_seed(seed, all), 5).collect::<Vec<_>>();
    assert_eq!(of_seed(4), of_seed(4));
    assert_ne!(of_seed(4), of_seed(5));
    let lost = |link: SimLink| -> Vec<bool> { minutes(link, 5).map(|s| s.is_lost).collect() };
    let losses_only = link(|s| (s.losses_per_min, s.drift_ppm) = (6.0, 10.0));
    assert_eq!(lost(link(all)), lost(losses_only));
}

#[test]
fn after_a_skip_the_samples_are_those_of_their_own_time() {
    let whole: Vec<LinkSample> = minutes(link(|s| s.losses_per_min = 60.0), 1).collect();
    let mut skipping = link(|s| s.losses_per_min = 60.0);
    assert_eq!(skipping.next_sample(), whole[0]);
    let n_skipped = skipping.skip_until(30.001);
    assert_eq!(n_skipped, 15_009, "up to the chunk that begins at 30.02 s");
    assert_eq!(skipping.next_sample(), whole[15_010]);
    assert_eq!(
        skipping.skip_until(1.0),
        9,
        "never back, and to the begin of a chunk"
    );
}
