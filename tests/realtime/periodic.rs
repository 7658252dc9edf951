//! The estimator of a periodic stimulus allocates nothing after it is made: counted, not promised.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use efrscope::metrics::periodic::{PeriodicEstimator, PeriodicSettings};
use efrscope::signal::Polarity;

use crate::counting::ALLOCATIONS;

const N_CHANNELS: usize = 4;

#[test]
fn push_reject_begin_update_and_reset_allocate_nothing() {
    let settings = PeriodicSettings {
        modulation_hz: 40.018,
        max_epochs: 48,
        ..PeriodicSettings::default()
    };
    let mut estimator = PeriodicEstimator::new(&settings, 250.0, N_CHANNELS, 50.0, 0.05).unwrap();
    let before = ALLOCATIONS.get();
    let mut state = 1_u64;
    let (mut n_completed, mut n_pooled) = (0, 0);
    for n in 0..40_000_u64 {
        // a gap every 7000 samples, a new stimulus every 9000, a new measurement once
        let index = n + n / 7000 * 300;
        let values = [0, 1, 2, 3].map(|ch: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(ch | 1);
            f64::from(u32::try_from(state >> 40).unwrap()) * 1e-6
        });
        let polarity = [Polarity::Normal, Polarity::Inverted][usize::from(n / 1000 % 2 == 0)];
        if n % 9000 == 8999 {
            estimator.begin(index as f64 + 0.3, None).unwrap();
        }
        let run = u32::try_from(n / 7000).unwrap();
        if estimator.push(run, index, &values, Some(polarity)) {
            n_completed += 1;
            if n_completed % 11 == 0 {
                estimator.reject(1);
            }
            estimator.update();
            let estimate = estimator.estimate(0);
            n_pooled += usize::from(
                estimator.pooled().hotelling.is_some()
                    && estimate.efr_env.is_some()
                    && estimate.response.f_test.is_some(),
            );
        }
        if n == 20_000 {
            estimator.reset();
        }
    }
    assert_eq!(
        ALLOCATIONS.get() - before,
        0,
        "allocations in {n_completed} epochs"
    );
    assert!(
        n_completed > 140 && n_pooled > 70,
        "{n_completed} {n_pooled}"
    );
}
