//! Reads the ways streams write voltage units.

/// A number times a unit that is larger or smaller than this is a mistake or malice, not a calibration.
const MAX_UV_PER_UNIT: f64 = 1e9;

/// Microvolts per unit for the ways streams write voltage units, `None` for anything else.
///
/// Read are V, mV, uV and nV by symbol, by name and by both mixed (`uVolt`, `microV`), in either case except for `MV`, which would be
/// megavolts; a number times one of them (`0.1 uV`, `0,1 uV`, `10^-6 V`, `1x10^-6 V`); a micro sign that was garbled on its way; and MNE-LSL's
/// convention: the power of ten relative to the volt as a number (`0` is V, `-3` mV, `-6` uV, `-9` nV). `10e-6 V` is not read: it says
/// 10 uV, and whoever writes it may mean 1.
#[must_use]
pub fn microvolts_per_unit(unit: &str) -> Option<f64> {
    let unit = plain(unit);
    match unit.as_str() {
        // FIFF's number of the volt
        "0" | "107" => return Some(1e6),
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

/// Whether a stream says nothing by this unit: it is left empty, or filled by one of the words for nothing.
#[must_use]
pub fn is_unstated(unit: &str) -> bool {
    const NOTHING: [&str; 10] = [
        "",
        "-",
        "?",
        "n/a",
        "na",
        "none",
        "null",
        "undefined",
        "unknown",
        "unspecified",
    ];
    let unit = unit.trim();
    NOTHING.iter().any(|word| unit.eq_ignore_ascii_case(word))
}

/// Whether a unit is known to be that of something else than a voltage: acceleration, time, temperature and the like.
#[must_use]
pub(super) fn is_other_quantity(unit: &str) -> bool {
    const OTHERS: &str = "g mg m/s2 m/s^2 m/s\u{b2} s sec secs second seconds ms us min % percent \u{b0}c c celsius degc k \u{b0} deg \
        degree degrees deg/s \u{b0}/s dps rad rad/s hz khz bpm ohm ohms kohm kohms \u{3c9} k\u{3c9} t mt ut nt pt ft a \
        ma ua siemens usiemens mmhg pa kpa lux m mm px bool";
    let unit: String = unit.chars().filter(|c| !c.is_whitespace()).collect();
    let unit = unit.to_lowercase().replace(['\u{b5}', '\u{3bc}'], "u");
    OTHERS.split(' ').any(|known| known == unit)
}

/// A unit in ASCII letters, without blanks, brackets around it, and what FIFF's names add to its numbers.
fn plain(unit: &str) -> String {
    // what it is, then what a sender makes of it: UTF-8 taken for Latin 1, or Latin 1 for UTF-8
    const MICRO: [&str; 5] = [
        "\u{c2}\u{b5}",
        "\u{ce}\u{bc}",
        "\u{b5}",
        "\u{3bc}",
        "\u{fffd}",
    ];
    let mut unit: String = unit.chars().filter(|c| !c.is_whitespace()).collect();
    for micro in MICRO {
        unit = unit.replace(micro, "u");
    }
    let fiff = unit.find("(FIFF").unwrap_or(unit.len());
    unit.truncate(fiff);
    let unit = unit.replace("(s)", "s");
    let brackets: [(char, char); 2] = [('[', ']'), ('(', ')')];
    let inner = brackets
        .iter()
        .find_map(|&(open, close)| unit.strip_prefix(open)?.strip_suffix(close));
    powers_in_ascii(inner.unwrap_or(&unit))
}

/// Raised digits as a power, a minus of any length, a decimal comma, and no sign of multiplication.
fn powers_in_ascii(unit: &str) -> String {
    const RAISED: &str =
        "\u{2070}\u{b9}\u{b2}\u{b3}\u{2074}\u{2075}\u{2076}\u{2077}\u{2078}\u{2079}";
    let mut ascii = String::with_capacity(unit.len());
    let mut is_raised = false;
    for c in unit.chars() {
        let digit = RAISED
            .chars()
            .zip('0'..='9')
            .find_map(|(raised, digit)| (raised == c).then_some(digit));
        let raised = digit.or((c == '\u{207b}').then_some('-'));
        if raised.is_some() && !is_raised {
            ascii.push('^');
        }
        is_raised = raised.is_some();
        match raised.unwrap_or(c) {
            '\u{2212}' | '\u{2013}' => ascii.push('-'),
            ',' => ascii.push('.'),
            '*' | '\u{d7}' | '\u{b7}' | '\u{22c5}' => {}
            c => ascii.push(c),
        }
    }
    ascii.replace("x10^", "10^")
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
    Some((factor(number)?, unit))
}

/// By way of text, which is exact where a power is not.
fn factor(number: &str) -> Option<f64> {
    let is_ambiguous = number.starts_with("10e") || number.starts_with("10E");
    if is_ambiguous {
        return None;
    }
    let Some((mantissa, exponent)) = number.split_once("10^") else {
        return number.parse().ok();
    };
    let mantissa = if mantissa.is_empty() { "1" } else { mantissa };
    format!("{mantissa}e{exponent}").parse().ok()
}

/// Microvolts in a unit without a number before it.
fn plain_unit(unit: &str) -> Option<f64> {
    let folded = unit.to_ascii_lowercase();
    let prefix = ["volts", "volt", "v"]
        .iter()
        .find_map(|name| folded.strip_suffix(name))?;
    match prefix.trim_end_matches(['-', '_']) {
        "" if prefix.is_empty() => Some(1e6),
        "milli" => Some(1e3),
        "m" if unit.starts_with('m') => Some(1e3),
        "u" | "micro" | "mikro" | "mc" => Some(1.0),
        "n" | "nano" => Some(1e-3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPELLINGS: [(f64, &[&str]); 5] = [
        (
            1e6,
            &["V", "v", " Volts ", "volt", "0", "1 V", "107 (FIFF_UNIT_V)"],
        ),
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
                "-3 (FIFF_UNITM_M)",
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
                "[uV]",
                "(\u{b5}V)",
                "microvolt(s)",
                "micro-volts",
                "Mikrovolt",
                "\u{c2}\u{b5}V",
                "\u{ce}\u{bc}V",
                "\u{fffd}V",
                "-6 (FIFF_UNITM_MU)",
                "10\u{207b}\u{2076} V",
                "10^\u{2212}6 V",
                "1 \u{d7} 10^-6 V",
                "1*10^-6 V",
                "1x10^-6 V",
            ],
        ),
        (
            1e-3,
            &["nV", "nVolt", "nanovolt", "nanovolts", "-9", "10^-9 V"],
        ),
        (
            0.1,
            &[
                "0.1 uV",
                "0,1 uV",
                "0.1\u{b5}V",
                ".1 uV",
                "1e-7 V",
                "100 nV",
            ],
        ),
    ];

    #[test]
    fn every_way_to_write_a_voltage_is_read() {
        for (uv, units) in SPELLINGS {
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
            "10e-6 V",
            "10-6 V",
            "\u{fffd}",
            "\u{b0}C",
            "uV\u{b2}",
            "m/s^2",
            "-V",
            "()",
            "1\u{d7}",
            "None",
        ] {
            assert_eq!(microvolts_per_unit(unit), None, "{unit:?}");
        }
    }

    #[test]
    fn words_for_nothing_state_no_unit() {
        for unit in ["", "  ", "N/A", "none", "Unknown", "-"] {
            assert!(is_unstated(unit), "{unit:?}");
        }
        for unit in ["uV", "counts", "g", "%", "0", "normalized"] {
            assert!(!is_unstated(unit), "{unit:?}");
        }
    }

    #[test]
    fn no_voltage_is_taken_for_another_quantity() {
        for unit in [
            "g",
            "G",
            "%",
            "\u{b0}C",
            "m/s\u{b2}",
            "seconds",
            "\u{b5}T",
            "k\u{3a9}",
            "Hz",
        ] {
            assert!(is_other_quantity(unit), "{unit:?}");
            assert_eq!(microvolts_per_unit(unit), None, "{unit:?}");
        }
        for unit in ["", "uV", "V", "counts", "n/a", "NA", "a.u.", "0", "-6"] {
            assert!(!is_other_quantity(unit), "{unit:?}");
        }
    }
}
