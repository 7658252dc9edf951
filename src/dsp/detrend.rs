//! What is taken off a segment before it is tapered.

/// Trend removed from each segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub enum Detrend {
    /// Nothing: the bins next to 0 Hz hold the offset.
    None,
    /// The mean.
    #[default]
    Constant,
    /// The straight line of least squares.
    Linear,
}

impl Detrend {
    /// Write `segment` without its trend into `flat`, which must be as long. Allocates nothing.
    pub fn apply(self, segment: &[f64], flat: &mut [f64]) {
        let n = segment.len() as f64;
        let mean = match self {
            Self::None => {
                flat.copy_from_slice(segment);
                return;
            }
            Self::Constant | Self::Linear => segment.iter().sum::<f64>() / n,
        };
        for (flat, value) in flat.iter_mut().zip(segment) {
            *flat = value - mean;
        }
        if self == Self::Linear && segment.len() > 1 {
            remove_slope(flat);
        }
    }
}

/// Take the least-squares slope off values whose mean is 0, with time counted from the middle.
fn remove_slope(values: &mut [f64]) {
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let moment: f64 = values
        .iter()
        .enumerate()
        .map(|(i, value)| (i as f64 - middle) * value)
        .sum();
    let slope = moment * 12.0 / (n * (n * n - 1.0));
    for (i, value) in values.iter_mut().enumerate() {
        *value -= slope * (i as f64 - middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_leaves_nothing_and_a_curve_its_curvature() {
        let line: Vec<f64> = (0..7).map(|n| 3.0 - 0.5 * f64::from(n)).collect();
        let mut flat = [1.0; 7];
        Detrend::Linear.apply(&line, &mut flat);
        assert!(flat.iter().all(|v| v.abs() < 1e-14), "{flat:?}");
        let square: Vec<f64> = (-3..=3).map(|n| f64::from(n * n)).collect();
        Detrend::Linear.apply(&square, &mut flat);
        assert!((flat[3] + 4.0).abs() < 1e-14 && (flat[0] - 5.0).abs() < 1e-14);
    }

    #[test]
    fn none_keeps_the_offset_and_constant_removes_it() {
        let mut flat = [0.0; 3];
        Detrend::None.apply(&[1.0, 2.0, 6.0], &mut flat);
        assert_eq!(flat, [1.0, 2.0, 6.0]);
        Detrend::Constant.apply(&[1.0, 2.0, 6.0], &mut flat);
        assert_eq!(flat, [-2.0, -1.0, 3.0]);
    }
}
