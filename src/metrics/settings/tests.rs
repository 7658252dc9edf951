use super::*;

#[test]
fn the_defaults_pass_their_own_check() {
    AnalysisSettings::default().check().unwrap();
}

#[test]
fn a_refusal_names_key_value_and_what_is_allowed() {
    let settings = AnalysisSettings {
        hop_secs: 3.0,
        ..AnalysisSettings::default()
    };
    let text = settings.check().unwrap_err().to_string();
    assert_eq!(
        text,
        "analysis.hop_secs = 3; allowed is 0.02 to analysis.segment_secs"
    );
}

#[test]
fn a_family_follows_the_bands_there_are() {
    let mut settings = AnalysisSettings::default();
    let alpha = settings.bands[0].clone();
    settings.set_bands(vec![alpha]);
    assert_eq!(settings.response.bands, ["alpha"]);
    settings.check().unwrap();
    settings.response.bands = vec!["beta".into()];
    let text = settings.check().unwrap_err().to_string();
    assert_eq!(
        text,
        "detection is to test the band \"beta\"; there are alpha"
    );
}

#[test]
fn more_looks_than_can_be_planned_are_refused() {
    let mut settings = AnalysisSettings::default();
    settings.response.n_looks = 0;
    assert!(
        settings
            .check()
            .unwrap_err()
            .to_string()
            .contains("0 looks")
    );
    settings.response.n_looks = 100_000;
    assert!(settings.check().is_err());
}
