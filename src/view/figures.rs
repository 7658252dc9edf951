//! Numbers in few letters.

/// Three digits that mean something; `-` for what is no number.
pub(super) fn significant(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => "-".to_owned(),
        size if size >= 1e5 || (size > 0.0 && size < 1e-3) => format!("{value:.1e}"),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        size if size >= 0.1 => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    }
}

/// A number without the zero before its point: `-.18` for `-0.18`.
pub(super) fn without_zero(number: &str) -> String {
    let (sign, size) = match number.strip_prefix('-') {
        Some(size) => ("-", size),
        None => ("", number),
    };
    match size.strip_prefix("0.") {
        Some(decimals) => format!("{sign}.{decimals}"),
        None => number.to_owned(),
    }
}

/// Decibels with their sign; `-` for what is no number.
pub(super) fn signed_db(db: f64) -> String {
    if db.is_finite() {
        format!("{db:+.1}")
    } else {
        "-".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_any_size_fits_its_column() {
        for value in [
            0.0,
            1e-12,
            0.0123,
            1.0,
            55.5,
            432.1,
            99_999.0,
            1e15,
            f64::NAN,
            f64::INFINITY,
        ] {
            let text = significant(value);
            assert!(text.len() <= 7, "{value}: {text}");
        }
        assert_eq!(
            (signed_db(2.345), signed_db(f64::NAN)),
            ("+2.3".into(), "-".into())
        );
    }
}
