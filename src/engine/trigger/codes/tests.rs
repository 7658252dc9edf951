use super::*;

/// From, to and sample of each change of a line; a gap of five samples where `None` stands.
fn changes_at(
    rate_hz: f64,
    mask: u32,
    line: impl IntoIterator<Item = Option<f64>>,
) -> Vec<(u32, u32, u64)> {
    let mut codes = Codes::new(mask, rate_hz);
    let (mut found, mut index) = (Vec::new(), 0);
    for value in line {
        let Some(value) = value else {
            index += 5;
            continue;
        };
        let header = Header {
            run: 0,
            index,
            stamp_secs: index as f64 / rate_hz,
        };
        found.extend(codes.take(header, value).into_iter().flatten());
        index += 1;
    }
    found.extend(codes.settle());
    found.iter().map(|c| (c.from, c.to, c.sample)).collect()
}

fn changes(line: &[f64]) -> Vec<(u32, u32, u64)> {
    changes_at(500.0, 0xff, line.iter().copied().map(Some))
}

#[test]
fn a_code_counts_from_its_first_sample_on_even_where_it_is_the_only_one() {
    let line = [0.0, 0.0, 5.0, 5.0, 5.0, 0.0, 0.0, 7.0, 0.0, 3.0];
    let expected = [(0, 5, 2), (5, 0, 5), (0, 7, 7), (7, 0, 8), (0, 3, 9)];
    assert_eq!(changes(&line), expected);
}

#[test]
fn the_code_that_stands_at_the_start_is_no_change() {
    assert_eq!(changes(&[9.0, 9.0, 9.0]), []);
    assert_eq!(changes(&[9.0, 0.0]), [(9, 0, 1)]);
}

#[test]
fn bits_that_settle_one_after_the_other_are_one_change() {
    // 0 to 7 bit by bit, and back
    let line = [0.0, 1.0, 3.0, 7.0, 7.0, 7.0, 6.0, 2.0, 0.0, 0.0];
    assert_eq!(changes(&line), [(0, 7, 3), (7, 0, 8)]);
    // two codes of one sample each: the first has a bit that neither neighbour has
    assert_eq!(
        changes(&[0.0, 5.0, 6.0, 0.0]),
        [(0, 5, 1), (5, 6, 2), (6, 0, 3)]
    );
    // it stands for two samples: it counts, and at 4 kHz, where these are half a millisecond, it does not
    let line = [0.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 3.0];
    assert_eq!(changes(&line), [(0, 1, 1), (1, 3, 3)]);
    let fast = changes_at(4000.0, 0xff, line.map(Some));
    assert_eq!(fast, [(0, 3, 3)]);
}

#[test]
fn status_bits_offsets_and_jumps_of_65536_are_masked_away() {
    let idle = [
        0.0,
        65_280.0,
        65_536.0,
        3_211_264.0,
        -8_388_608.0,
        16_711_680.0,
    ];
    for offset in idle {
        let line = [0.0, 0.0, 4.0, 4.0, 0.0, 0.0].map(|code| code + offset);
        assert_eq!(changes(&line), [(0, 4, 2), (4, 0, 4)], "{offset}");
    }
    let jumping = [0.0, 65_536.0, 131_072.0, 65_536.0 + 9.0, 65_536.0 + 9.0];
    assert_eq!(changes(&jumping), [(0, 9, 3)]);
    // one line of a box of eight
    let line = [0.0, 1.0, 0.0, 8.0, 9.0, 9.0, 8.0, 0.0].map(Some);
    assert_eq!(changes_at(500.0, 8, line), [(0, 8, 3), (8, 0, 7)]);
}

#[test]
fn a_line_in_volts_is_rounded() {
    assert_eq!(
        changes(&[0.02, -0.01, 4.98, 5.01, 0.03]),
        [(0, 5, 2), (5, 0, 4)]
    );
}

#[test]
fn what_is_no_number_is_no_trigger() {
    let line = [
        0.0,
        f64::NAN,
        0.0,
        5.0,
        f64::NAN,
        f64::INFINITY,
        5.0,
        1e300,
        0.0,
        0.0,
    ];
    assert_eq!(changes(&line), [(0, 5, 3), (5, 0, 8)]);
    assert_eq!(
        changes(&[f64::NAN, f64::NAN, 3.0, 3.0]),
        [],
        "where it begins"
    );
}

#[test]
fn after_a_gap_a_change_is_marked_as_one_of_an_unknown_time() {
    let line = [
        Some(0.0),
        Some(0.0),
        None,
        Some(5.0),
        Some(5.0),
        Some(0.0),
        Some(0.0),
    ];
    let mut codes = Codes::new(0xff, 500.0);
    let mut found = Vec::new();
    let mut index = 0;
    for value in line {
        match value {
            None => index += 100,
            Some(value) => {
                let header = Header {
                    run: 0,
                    index,
                    stamp_secs: 0.0,
                };
                found.extend(codes.take(header, value).into_iter().flatten());
                index += 1;
            }
        }
    }
    found.extend(codes.settle());
    let seen: Vec<(u32, u64, bool)> = found
        .iter()
        .map(|c| (c.to, c.sample, c.is_after_gap))
        .collect();
    assert_eq!(seen, [(5, 2, true), (0, 4, false)]);
    // what stood before the gap is decided there, and the same code after it is no change
    let line = [Some(0.0), Some(5.0), None, Some(5.0), Some(5.0), Some(5.0)];
    assert_eq!(changes_at(500.0, 0xff, line), [(0, 5, 1)]);
}
