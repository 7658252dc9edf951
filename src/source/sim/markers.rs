//! Events of the synthetic session.

/// From one marker to the next.
pub const MARKER_STEP_SECS: f64 = 5.0;

/// Markers in a block.
const BLOCK_LEN: u64 = 12;

/// What marker `index`, `index * MARKER_STEP_SECS` after the start, says: a block starts every minute, in between trials count on.
#[must_use]
pub fn marker_text(index: u64) -> String {
    let block = index / BLOCK_LEN + 1;
    match index % BLOCK_LEN {
        0 => format!("block-start {block}"),
        trial => format!("stim {block}.{trial}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_count_blocks_and_trials() {
        let texts = [0, 1, 11, 12, 25].map(marker_text);
        let expected = [
            "block-start 1",
            "stim 1.1",
            "stim 1.11",
            "block-start 2",
            "stim 3.1",
        ];
        assert_eq!(texts, expected);
    }
}
