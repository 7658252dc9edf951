use super::*;

fn axis() -> FreqAxis {
    FreqAxis::new(250.0, 500, 125.0)
}

fn rule(mains_hz: f64) -> FlankRule {
    FlankRule {
        mains_hz: Some(mains_hz),
        ..FlankRule::default()
    }
}

fn hz(fit: &FlankFit) -> Vec<f64> {
    fit.flank_bins().iter().map(|&bin| axis().hz(bin)).collect()
}

/// Every half hertz from one to the other.
fn steps(from_hz: f64, to_hz: f64) -> Vec<f64> {
    let grid = (0..250).map(|i| 0.5 * f64::from(i));
    grid.filter(|hz| (from_hz..=to_hz).contains(hz)).collect()
}

#[test]
fn flanks_of_53_to_56_avoid_mains_as_the_sheet_has_it() {
    let at_50 = FlankFit::new(&axis(), 53.0, 56.0, &rule(50.0)).unwrap();
    assert_eq!(hz(&at_50), [steps(45.0, 48.0), steps(57.0, 61.0)].concat());
    let at_60 = FlankFit::new(&axis(), 53.0, 56.0, &rule(60.0)).unwrap();
    let expected = [steps(48.0, 52.0), steps(57.0, 59.0), steps(61.0, 65.0)];
    assert_eq!(hz(&at_60), expected.concat());
}

#[test]
fn other_bands_are_left_out_and_too_little_is_none() {
    let mut rule = FlankRule {
        other_bands_hz: vec![(10.0, 13.0)],
        ..FlankRule::default()
    };
    let alpha = FlankFit::new(&axis(), 8.0, 11.0, &rule).unwrap();
    assert_eq!(hz(&alpha), [steps(3.0, 7.0), steps(13.5, 16.0)].concat());
    rule.other_bands_hz.push((13.0, 15.5));
    assert!(FlankFit::new(&axis(), 8.0, 11.0, &rule).is_none());
    assert!(FlankFit::new(&axis(), 1.0, 2.0, &FlankRule::default()).is_none());
    assert!(FlankFit::new(&axis(), 122.0, 124.5, &FlankRule::default()).is_none());
}

#[test]
fn a_power_law_reads_0_db_and_a_bump_its_size() {
    let fit = FlankFit::new(&axis(), 78.0, 81.0, &rule(50.0)).unwrap();
    let mut psd: Vec<f64> = (0..axis().n_bins())
        .map(|bin| 40.0 * axis().hz(bin).max(0.1).powf(-1.7))
        .collect();
    let flat = fit.snr(&psd, &[0.05]).unwrap();
    assert!(flat.db().abs() < 1e-12, "{flat:?}");
    // 78 Hz is bin 156; the edge bins at 78 and 81 Hz count half
    for value in &mut psd[156..=162] {
        *value *= 4.0;
    }
    let bump = fit.snr(&psd, &[0.05]).unwrap();
    assert!((bump.db() - 20.0 * 2.0_f64.log10()).abs() < 1e-12);
    assert!(bump.p_value().unwrap() < 1e-6 && flat.p_value().unwrap() > 0.3);
}

#[test]
fn a_silent_flank_has_no_ratio() {
    let fit = FlankFit::new(&axis(), 20.0, 23.0, &FlankRule::default()).unwrap();
    let mut psd = vec![1.0; axis().n_bins()];
    assert!(fit.snr(&psd, &[0.1]).is_some());
    psd[50] = 0.0;
    assert!(fit.snr(&psd, &[0.1]).is_none());
}
