//! Reads the ways streams write voltage units.

/// A number times a unit that is larger or smaller than this is a mistake or malice, not a calibration.
const MAX_UV_PER_UNIT: f64 = 1e9;

/// Microvolts per unit for the ways streams write voltage units, `None` for anything else.
///
/// Read are V, mV, uV and nV by symbol, by name and by both mixed (`uVolt`, `microV`), in either case except for `MV`, which would be
/// megavolts; a number times one of them (`0.1 uV`, `10^-6 V`); and MNE-LSL's convention: the power of ten relative to the volt as a
/// number (`0` is V, `-3` mV, `-6` uV, `-9` nV).
#[must_use]
pub fn microvolts_per_unit(unit: &str) -> Option<f64> {
    // U+00B5 is the micro sign, U+03BC the Greek letter
    let unit = unit.replace(['\u{b5}', '\u{3bc}'], "u");
    let unit: String = unit.chars().filter(|c| !c.is_whitespace()).collect();
    match unit.as_str() {
        "0" => return Some(1e6),
        "-3" => return Some(1e3),
        "-6" => return Some(1.0),
        "-9" => return Some(1e-3),
        _ => {}
    }
    let (factor, unit) = split_factor(&unit)?;
    let uv = factor * plain_unit(unit)?;
    (1.0 / MAX_UV_PER_UNIT..=MAX_UV_PER_UNIT)
        .contains(&uv)
        .then_some(uv)
}

/// The number before a unit, 1 where there is none, and what follows it.
fn split_factor(unit: &str) -> Option<(f64, &str)> {
    if !unit.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Some((1.0, unit));
    }
    // no unit read here begins with one of these
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | '^' | 'e' | 'E');
    let end = unit.find(|c| !is_number(c)).unwrap_or(unit.len());
    let (number, unit) = unit.split_at(end);
    // by way of text, which is exact where a power is not
    let factor: f64 = match number.strip_prefix("10^") {
        Some(exponent) => format!("1e{exponent}").parse().ok()?,
        None => number.parse().ok()?,
    };
    Some((factor, unit))
}

/// Microvolts in a unit without a number before it.
fn plain_unit(unit: &str) -> Option<f64> {
    let folded = unit.to_ascii_lowercase();
    let prefix = ["volts", "volt", "v"]
        .iter()
        .find_map(|name| folded.strip_suffix(name))?;
    match prefix {
        "" => Some(1e6),
        "milli" => Some(1e3),
        "m" if unit.starts_with('m') => Some(1e3),
        "u" | "micro" => Some(1.0),
        "n" | "nano" => Some(1e-3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_voltage_is_read() {
        let spellings: [(f64, &[&str]); 5] = [
            (1e6, &["V", "v", " Volts ", "volt", "0", "1 V"]),
            (
                1e3,
                &[
                    "mV",
                    "mv",
                    "mvolt",
                    "mVolt",
                    "millivolt",
                    "Millivolts",
                    "-3",
                    "10^-3 V",
                ],
            ),
            (
                1.0,
                &[
                    "uV",
                    "UV",
                    "\u{b5}V",
                    "\u{3bc}V",
                    "uVolt",
                    "\u{b5}Volt",
                    "\u{3bc}volts",
                    "microvolt",
                    "microvolts",
                    "MICROVOLTS",
                    "microV",
                    "\u{b5} V",
                    "-6",
                    "10^-6 V",
                    "10^-6V",
                    "1e-6 V",
                    "1E-6V",
                ],
            ),
            (
                1e-3,
                &["nV", "nVolt", "nanovolt", "nanovolts", "-9", "10^-9 V"],
            ),
            (0.1, &["0.1 uV", "0.1\u{b5}V", ".1 uV", "1e-7 V", "100 nV"]),
        ];
        for (uv, units) in spellings {
            for unit in units {
                let read = microvolts_per_unit(unit).unwrap_or_else(|| panic!("{unit:?}"));
                assert!((read / uv - 1.0).abs() < 1e-12, "{unit:?} is {read} uV");
            }
        }
        // where nothing is to be scaled, nothing is rounded either
        assert_eq!(microvolts_per_unit("10^-6 V"), Some(1.0));
    }

    #[test]
    fn what_is_no_voltage_has_no_microvolts() {
        for unit in [
            "",
            " ",
            "g",
            "deg/s",
            "counts",
            "count",
            "normalized",
            "seconds",
            "%",
            "MV",
            "MVolt",
            "kV",
            "uV/count",
            "uV^2",
            "0.1",
            "-12",
            "10^-6",
            "1e-6",
            "10^V",
            "inf V",
            "nan V",
            "-1 uV",
            "0 uV",
            "1e300 V",
            "1e-300 V",
            "10^-99999999999 V",
            "eV",
            "1-2 V",
            "volume",
            "None",
        ] {
            assert_eq!(microvolts_per_unit(unit), None, "{unit:?}");
        }
    }
}
