//! What is written and what it means.

use super::*;
use crate::metrics::{PairChoice, TaperChoice};
use crate::signal::Reference;
use crate::stimulus::Recipe;

const SHIPPED: &str = include_str!("../../config.toml");

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("my.toml"))
}

#[track_caller]
fn refuses(text: &str, expected: &str) {
    let error = parse(text).unwrap_err().to_string();
    assert!(
        error.starts_with(expected) && error.ends_with("my.toml"),
        "{text}\n{error}"
    );
}

#[test]
fn the_shipped_file_is_exactly_the_default_and_leaves_out_no_key() {
    assert_eq!(parse(SHIPPED).unwrap(), Config::default());
    let written: toml::Table = toml::from_str(SHIPPED).unwrap();
    let mut default = known_keys().unwrap();
    default.remove("periodic");
    assert_eq!(written, default);
}

#[test]
fn every_setting_of_the_shipped_file_has_a_comment() {
    for (number, line) in SHIPPED.lines().enumerate() {
        let is_setting = line.contains(" = ") && !line.starts_with('#');
        let is_listed = line.starts_with("name = ")
            || line.starts_with("lo_hz")
            || line.starts_with("hi_hz")
            || line.starts_with("tested");
        assert!(
            !is_setting || is_listed || line.contains(" # "),
            "line {}: {line}",
            number + 1
        );
    }
}

#[test]
fn nothing_written_means_the_default() {
    assert_eq!(parse("").unwrap(), Config::default());
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    for (text, expected) in [
        (
            "[analysis]\nalpha = 0.1\nsegment_sec = 1.0",
            "unknown field `segment_sec` in analysis, line 3, expected one of `alpha`, `average`, `bipolar`,",
        ),
        (
            "[analyse]\nx = 1",
            "unknown field `analyse` in the file, line 1, expected one of `analysis`,",
        ),
        (
            "[[band]]\nname = \"a\"\nlo_hz = 1\nhi_hz = 2\n[[band]]\ncolour = 1",
            "unknown field `colour` in band[1], line 6, expected one of `hi_hz`,",
        ),
        (
            "[stimulus]\nshift = 1",
            "unknown field `shift` in stimulus, line 2, expected",
        ),
        (
            "[[periodic]]\nname = \"a\"\nmodulation_hz = 40\nn_harmonics = 1",
            "unknown field `n_harmonics` in periodic[0], line 4, expected",
        ),
        (
            "[detection]\nintegration_secs = 1",
            "unknown field `integration_secs` in detection, line 2, expected",
        ),
        (
            "[simulate]\nstimulus_link.drift = 1",
            "unknown field `drift` in simulate.stimulus_link, line 2, expected",
        ),
    ] {
        refuses(text, expected);
    }
}

#[test]
fn a_refusal_names_file_key_value_and_what_is_allowed() {
    for (text, expected) in [
        (
            "[analysis]\nsegment_secs = 1\nhop_secs = 2",
            "analysis.hop_secs = 2; allowed is",
        ),
        (
            "[analysis]\nbipolar = [\"Cz\"]",
            "analysis.bipolar = \"Cz\"; allowed is pairs of channels like \"Cz-T7\"",
        ),
        (
            "[artefacts]\nflat_secs = 0",
            "artefacts.flat_secs = 0; allowed is above 0",
        ),
        (
            "[[band]]\nname = \"a\"\nlo_hz = 9\nhi_hz = 8",
            "[[band]]: band \"a\" runs from 9 to 8 Hz; allowed is",
        ),
        (
            "[detection]\nalpha = 0.6",
            "detection.alpha = 0.6; allowed is",
        ),
        (
            "[limits]\nmemory_mb = 8",
            "limits.memory_mb = 8; allowed is 16 to 1048576, or 0",
        ),
        (
            "[lsl]\nresolve_scope = \"moon\"",
            "lsl.resolve_scope = \"moon\"; allowed is \"\", \"machine\"",
        ),
        (
            "[markers]\nonset_secs = -1",
            "markers.onset_secs = -1; allowed is 0 to 60",
        ),
        (
            "[simulate]\neeg_link.drift_ppm = 1e6",
            "simulate.eeg_link.drift_ppm = 1000000; allowed is -5000 to 5000",
        ),
        (
            "[simulate]\nstimulus = \"audio\"\nstimulus_rate_hz = 1000",
            "simulate.stimulus_rate_hz = 1000; allowed is 4000 to 96000",
        ),
        (
            "[stimulus]\nintegration_secs = 1",
            "stimulus.integration_secs = 1; allowed is",
        ),
        (
            "[stimulus]\nlatency_ms = 2000",
            "stimulus.latency_ms = 2000; allowed is -1000 to 1000",
        ),
        (
            "[stream]\nwait_secs = -1",
            "stream.wait_secs = -1; allowed is 0 to 3600",
        ),
        ("[view]\ntrace_uv = 0", "view.trace_uv = 0; allowed is"),
    ] {
        refuses(text, expected);
    }
}

#[test]
fn a_word_that_does_not_exist_is_refused_with_those_that_do() {
    for (text, expected) in [
        (
            "[analysis]\ntaper = \"kaiser\"",
            "analysis.taper = \"kaiser\"; allowed is \"hann\", \"hamming\", \"blackman-harris\", \"boxcar\", \"multitaper\", line 2",
        ),
        (
            "[analysis]\naverage = \"median\"",
            "analysis.average = \"median\"; allowed is \"sliding\" or \"forgetting\"",
        ),
        (
            "[analysis]\n\ndetrend = \"cubic\"",
            "analysis.detrend = \"cubic\"; allowed is \"none\", \"constant\", \"linear\", line 3",
        ),
        (
            "[simulate]\nstimulus = \"song\"",
            "simulate.stimulus = \"song\"; allowed is \"envelope\" or \"audio\"",
        ),
        (
            "[simulate]\ncarrier = \"voice\"",
            "simulate.carrier = \"voice\"; allowed is \"noise\" or \"tone\"",
        ),
        (
            "[stimulus]\nrecipe = \"loud\"",
            "stimulus.recipe = \"loud\"; allowed is \"auto\", \"as-is\", \"paper\",",
        ),
        (
            "[view]\ntheme = \"blue\"",
            "view.theme = \"blue\"; allowed is \"dark\" or \"light\"",
        ),
    ] {
        refuses(text, expected);
    }
}

#[test]
fn a_value_of_another_type_is_refused_by_its_key() {
    for (text, expected) in [
        (
            "[analysis]\nalpha = \"low\"",
            "analysis.alpha = \"low\"; invalid type: string \"low\", expected f64",
        ),
        (
            "[analysis]\nchannels = [\"Cz\", 3]",
            "analysis.channels = [\"Cz\", 3]; invalid type: integer `3`, expected a string",
        ),
        (
            "[[band]]\nname = \"a\"\nlo_hz = 1\nhi_hz = true",
            "band[0].hi_hz = true; invalid type: boolean `true`, expected f64",
        ),
        (
            "[limits]\nmemory_mb = -1",
            "limits.memory_mb = -1; invalid value",
        ),
        (
            "[simulate]\neeg_link.drift_ppm = \"1\"",
            "simulate.eeg_link.drift_ppm = \"1\"; invalid type",
        ),
        ("analysis = 3", "analysis = 3; invalid type"),
    ] {
        refuses(text, expected);
    }
}

#[test]
fn text_that_is_no_toml_or_lacks_a_key_is_refused_with_its_line() {
    for (text, expected) in [
        ("[analysis]\nalpha = ", "line 2"),
        ("[[band]]\nname = \"a\"\nlo_hz = 1", "missing field `hi_hz`"),
        (
            "[[periodic]]\nname = \"a\"",
            "missing field `modulation_hz`",
        ),
    ] {
        let error = parse(text).unwrap_err().to_string();
        let where_it_is = error.starts_with("TOML parse error at line ");
        assert!(
            where_it_is && error.contains(expected) && error.ends_with("my.toml"),
            "{error}"
        );
    }
}

#[test]
fn each_key_of_a_link_reaches_its_own_setting() {
    let text = "[simulate.eeg_link]\nclock_offset_ms = 1\ndrift_ppm = 2\njitter_ms = 3\nchunk_ms = 4\nbursts_per_min = 5\nburst_ms = 6\n\
                losses_per_min = 7\nloss_ms = 8\npauses_per_min = 9\npause_secs = 0.5\njumps_per_hour = 11\njump_ms = 12";
    let config = parse(text).unwrap();
    let expected = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 0.5, 11.0, 12.0];
    assert_eq!(config.simulate.eeg_link.named().map(|(_, v)| v), expected);
}

#[test]
fn what_several_sections_say_reaches_the_analysis() {
    let text = "[analysis]\ntaper = \"multitaper\"\nhalf_bandwidth_hz = 2\nn_tapers = 3\nbipolar = [\"Cz-T7\"]\nrest_secs = 30\n\
                [artefacts]\nflat_uv = 0\n[stimulus]\nintegration_secs = 60\ncontrol_shift_secs = 7\nchannel = \"L\"\nrecipe = \"rms\"\n\
                [detection]\nlooks = 3\n[limits]\nmemory_mb = 64\n[[periodic]]\nname = \"p\"\nmodulation_hz = 41\nharmonics = 1\n\
                [[band]]\nname = \" a\"\nlo_hz = 4\nhi_hz = 8\n[[band]]\nname = \"b\"\nlo_hz = 8\nhi_hz = 9\ntested = false";
    let config = parse(text).unwrap();
    let (analysis, stimulus) = (config.analysis, config.stimulus);
    let taper = TaperChoice::Multitaper {
        half_bandwidth_hz: 2.0,
        n_tapers: Some(3),
    };
    assert_eq!(analysis.taper, taper);
    let bipolar = Reference::Bipolar(vec![("Cz".into(), "T7".into())]);
    assert_eq!(analysis.reference, bipolar);
    assert_eq!(analysis.rest_secs, Some(30.0));
    assert_eq!(analysis.artefacts.flat_uv, None);
    assert_eq!(analysis.bands.len(), 2);
    let response = analysis.response;
    assert_eq!(response.bands, ["a"]);
    assert_eq!(response.n_looks, 3);
    let secs = (response.integration_secs, response.control_shift_secs);
    assert_eq!(secs, (60.0, 7.0));
    assert_eq!(analysis.limits.memory_mb, Some(64));
    assert_eq!(analysis.periodic[0].n_harmonics, 1);
    assert_eq!(stimulus.channel.as_deref(), Some("L"));
    assert_eq!(stimulus.recipe, Some(Recipe::Rms));
}

#[test]
fn references_are_words_or_channels() {
    let ears = Reference::Channels(vec!["M1".into(), "M2".into()]);
    for (text, reference) in [
        ("none", Reference::None),
        ("average", Reference::Average),
        ("laplacian", Reference::Laplacian),
        ("M1 + M2", ears),
    ] {
        let config = parse(&format!("[analysis]\nreference = {text:?}")).unwrap();
        assert_eq!(config.analysis.reference, reference);
    }
}

#[test]
fn pairs_are_a_list_or_all_and_nothing_else() {
    for (text, choice) in [
        ("[]", PairChoice::Auto),
        ("\"all\"", PairChoice::All),
        ("[\"Cz-P4\"]", PairChoice::Named(vec!["Cz-P4".into()])),
    ] {
        let config = parse(&format!("[analysis]\npairs = {text}")).unwrap();
        assert_eq!(config.analysis.pairs, choice);
    }
    for text in ["\"some\"", "3", "[1]"] {
        let expected = format!("analysis.pairs = {text}; allowed is \"all\" or a list of pairs");
        refuses(&format!("[analysis]\npairs = {text}"), &expected);
    }
}

#[test]
fn a_limit_is_the_files_or_the_machines() {
    let gigabyte = 1 << 30;
    let set = parse("[limits]\nmemory_mb = 300").unwrap();
    assert_eq!(set.limits(Some(gigabyte)).memory_mb, Some(300));
    let unset = Config::default();
    assert_eq!(unset.limits(Some(gigabyte)).memory_mb, Some(256));
    assert_eq!(unset.limits(None), Limits::default());
}
