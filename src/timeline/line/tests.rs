use super::*;

const MEMORY_SECS: f64 = 120.0;

/// Normal-looking noise, the same each time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..12 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            sum += (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        }
        sum - 6.0
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "some millions of samples"
)]
fn whole(samples: f64) -> u64 {
    samples as u64
}

/// Fits `secs` of a stream whose rate is `ppm` off, in chunks of `chunk` samples that share their jitter.
fn fitted(rate_hz: f64, ppm: f64, jitter_secs: f64, chunk: u64, secs: f64) -> (Line, f64) {
    let mut noise = Noise(chunk + 1);
    let mut fit = Line::new(rate_hz, MEMORY_SECS);
    let period_secs = 1.0 / (rate_hz * (1.0 + 1e-6 * ppm));
    let n = whole(secs * rate_hz);
    let mut jitter = 0.0;
    for index in 0..n {
        if index % chunk == 0 {
            jitter = jitter_secs * noise.next();
        }
        let stamp_secs = 5000.0 + index as f64 * period_secs + jitter;
        fit.push(index, stamp_secs);
    }
    (fit, 5000.0 + (n - 1) as f64 * period_secs)
}

#[test]
fn exact_stamps_give_time_and_rate_exactly() {
    for ppm in [-4000.0, -40.0, 0.0, 20.0, 5000.0] {
        let (fit, last_secs) = fitted(500.0, ppm, 0.0, 1, 30.0);
        let newest_secs = fit.secs(14_999.0).unwrap();
        let error_secs = newest_secs - last_secs;
        assert!(error_secs.abs() < 3e-6, "{ppm}: {error_secs}");
        assert!((fit.rate_ppm() - ppm).abs() < 0.1, "{}", fit.rate_ppm());
        assert!((fit.index(last_secs).unwrap() - 14_999.0).abs() < 1e-3);
    }
}

#[test]
fn jitter_of_3_ms_in_chunks_leaves_a_tenth_of_a_ms_and_half_a_ppm() {
    for (rate_hz, chunk) in [(500.0, 10), (44_100.0, 882), (250.0, 1)] {
        let (fit, last_secs) = fitted(rate_hz, 40.0, 3e-3, chunk, 300.0);
        let last = whole(300.0 * rate_hz) - 1;
        let error_secs = fit.secs(last as f64).unwrap() - last_secs;
        assert!(error_secs.abs() < 2e-4, "{rate_hz}: {error_secs}");
        assert!((fit.rate_ppm() - 40.0).abs() < 1.0, "{}", fit.rate_ppm());
        let jitter_secs = fit.jitter_secs();
        assert!((jitter_secs - 3e-3).abs() < 1e-3, "{jitter_secs}");
        assert!(
            fit.sd_secs() < 4e-4 && fit.sd_secs() > 2e-5,
            "{}",
            fit.sd_secs()
        );
    }
}

#[test]
fn bursts_that_come_late_do_not_bend_the_line() {
    let mut fit = Line::new(250.0, MEMORY_SECS);
    let mut noise = Noise(3);
    for index in 0..50_000_u64 {
        // every 10 s half a second arrives at once, stamped at arrival
        let since_burst = (index + 1500) % 2500;
        let late_secs = if since_burst < 125 {
            (125 - since_burst) as f64 / 250.0
        } else {
            0.0
        };
        let stamp_secs = index as f64 / 250.0 + late_secs + 5e-4 * noise.next();
        fit.push(index, stamp_secs);
    }
    let error_secs = fit.secs(49_999.0).unwrap() - 49_999.0 / 250.0;
    assert!(error_secs.abs() < 3e-4, "{error_secs}");
}

#[test]
fn a_broken_line_keeps_its_rate() {
    let (mut fit, last_secs) = fitted(500.0, 40.0, 1e-3, 10, 200.0);
    let rate_ppm = fit.rate_ppm();
    fit.break_line();
    assert_eq!(fit.secs(0.0), None);
    let mut noise = Noise(17);
    for index in 100_500..100_600_u64 {
        let jitter_secs = 1e-3 * noise.next();
        fit.push(
            index,
            last_secs + 7.0 + (index - 100_500) as f64 / 500.0 + jitter_secs,
        );
    }
    assert!(
        (fit.rate_ppm() - rate_ppm).abs() < 1.0,
        "{}",
        fit.rate_ppm()
    );
}

#[test]
fn where_stamps_are_only_late_time_is_read_where_the_earliest_lie() {
    for (rate_hz, chunk) in [(500.0, 10_u64), (250.0, 1), (44_100.0, 882)] {
        let mut noise = Noise(5);
        let mut fit = Line::new(rate_hz, MEMORY_SECS);
        let n = whole(200.0 * rate_hz);
        let mut late_secs = 0.0;
        for index in 0..n {
            if index % chunk == 0 {
                // exponential delays of 3 ms
                let uniform = (noise.next().abs() * 7919.0).fract().max(1e-12);
                late_secs = -3e-3 * uniform.ln();
            }
            fit.push(index, index as f64 / rate_hz + late_secs);
        }
        let error_secs = fit.secs((n - 1) as f64).unwrap() - (n - 1) as f64 / rate_hz;
        assert!(error_secs.abs() < 3e-4, "{rate_hz}: {error_secs}");
    }
}
