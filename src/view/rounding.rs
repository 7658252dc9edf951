//! From measured numbers to points on the screen and to counts.

/// A position on the screen. What lies beyond `f32` is far beyond the screen.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a screen position needs no more than f32"
)]
pub(super) fn px(value: f64) -> f32 {
    value as f32
}

/// Whole part of a number that is not negative; 0 for what is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-int cast saturates, NaN gives 0"
)]
pub(super) fn floor_count(value: f64) -> usize {
    value.floor() as usize
}

/// Smallest whole number not below; 0 for what is negative.
pub(super) fn ceil_count(value: f64) -> usize {
    floor_count(value.ceil())
}

/// Decibels of a ratio of powers; NaN unless it is positive.
pub(super) fn db(power_ratio: f64) -> f64 {
    if power_ratio > 0.0 {
        10.0 * power_ratio.log10()
    } else {
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_count_is_none() {
        for value in [-1.5, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(floor_count(value), 0, "{value}");
        }
        assert_eq!((floor_count(2.9), ceil_count(2.1)), (2, 3));
    }

    #[test]
    fn no_power_has_no_decibels() {
        assert!(db(0.0).is_nan() && db(-1.0).is_nan() && db(f64::NAN).is_nan());
        assert_eq!(db(100.0), 20.0);
    }
}
