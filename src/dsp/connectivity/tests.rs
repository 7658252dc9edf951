use super::*;

/// Averages of given `S`, with the channels' powers.
fn means(products: &[Complex64], saa: f64, sbb: f64) -> PairMeans {
    let n = products.len() as f64;
    let mean = |of: &dyn Fn(&Complex64) -> f64| products.iter().map(of).sum::<f64>() / n;
    PairMeans {
        saa,
        sbb,
        sab: products.iter().sum::<Complex64>() / n,
        phase: products.iter().map(|s| s / s.norm()).sum::<Complex64>() / n,
        sign: mean(&|s| s.im.signum()),
        abs_im: mean(&|s| s.im.abs()),
        im_sq: mean(&|s| s.im * s.im),
    }
}

#[test]
fn measures_of_three_segments_are_those_worked_out_by_hand() {
    // S = 3 + 4i, 4 - 3i, 5i: sum 7 + 6i; phases .6 + .8i, .8 - .6i, i: sum 1.4 + 1.2i
    let products = [(3.0, 4.0), (4.0, -3.0), (0.0, 5.0)].map(|(re, im)| Complex64::new(re, im));
    let measures = Connectivity::new(&means(&products, 5.0, 5.0), 3.0).unwrap();
    let close = |actual: f64, expected: f64| {
        assert!((actual - expected).abs() < 1e-14, "{actual} {expected}");
    };
    close(measures.coh, 85.0_f64.sqrt() / 15.0);
    close(measures.msc, 85.0 / 225.0);
    close(measures.imcoh, 6.0 / 15.0);
    close(measures.plv, 3.4_f64.sqrt() / 3.0);
    close(measures.ciplv, 0.4 / (1.0 - (1.4 / 3.0_f64).powi(2)).sqrt());
    close(measures.ppc, (3.4 - 3.0) / 6.0);
    close(measures.pli, 1.0 / 3.0);
    close(measures.pli2_unbiased, (1.0 / 3.0 - 1.0) / 2.0);
    close(measures.dpli, 2.0 / 3.0);
    close(measures.wpli, 6.0 / 12.0);
    close(measures.wpli2_debiased, (36.0 - 50.0) / (144.0 - 50.0));
}

#[test]
fn one_segment_says_nothing() {
    let one = means(&[Complex64::new(1.0, 1.0)], 2.0, 1.0);
    assert_eq!(Connectivity::new(&one, 1.0), None);
    assert_eq!(Connectivity::new(&one, f64::NAN), None);
    assert_eq!(NullPlan::new(0.05, 1.0).lines(1.0), None);
}

#[test]
fn empty_spectra_give_zero_and_no_nan() {
    let empty = PairMeans {
        saa: 0.0,
        sbb: 0.0,
        sab: Complex64::default(),
        phase: Complex64::default(),
        sign: 0.0,
        abs_im: 0.0,
        im_sq: 0.0,
    };
    let measures = Connectivity::new(&empty, 10.0).unwrap();
    assert_eq!((measures.coh, measures.plv, measures.ppc), (0.0, 0.0, 0.0));
    assert_eq!((measures.wpli, measures.wpli2_debiased), (0.0, 0.0));
    assert_eq!(measures.dpli, 0.5);
}

#[test]
fn lines_are_those_of_the_sheet() {
    // columns: coh and plv, msc, pli, wpli, wpli2_debiased, ppc, imcoh
    let sheet = [
        (30.0, [0.161, 0.033, 0.146, 0.202, 0.189, 0.066, 0.128]),
        (60.0, [0.114, 0.016, 0.104, 0.146, 0.093, 0.035, 0.092]),
        (120.0, [0.081, 0.0083, 0.073, 0.102, 0.047, 0.017, 0.064]),
        (228.0, [0.059, 0.0044, 0.052, 0.076, 0.024, 0.009, 0.047]),
    ];
    for (n, expected) in sheet {
        let lines = NullPlan::new(0.05, 1.0).lines(n).unwrap();
        let actual = [
            lines.coh,
            lines.msc,
            lines.pli,
            lines.wpli,
            lines.wpli2_debiased,
            lines.ppc,
            lines.imcoh_sd,
        ];
        for (actual, expected) in actual.iter().zip(expected) {
            assert!(
                (actual / expected - 1.0).abs() < 0.06,
                "{n}: {actual} {expected}"
            );
        }
        assert_eq!(lines.coh, lines.plv);
    }
}

#[test]
fn tapers_lower_the_lines_of_coherence_but_not_of_phase() {
    let one = NullPlan::new(0.05, 1.0).lines(30.0).unwrap();
    let five = NullPlan::new(0.05, 5.0).lines(30.0).unwrap();
    assert!((five.msc / one.msc - 0.2).abs() < 1e-12);
    assert_eq!(five.plv, one.plv);
    // 4^5 / (252 sqrt 10) against sqrt 2
    let expected = 1024.0 / (252.0 * 10.0_f64.sqrt()) / 2.0_f64.sqrt();
    assert!((five.wpli / one.wpli - expected).abs() < 1e-12);
}
