//! Coefficients of the filters in use: Butterworth and notch, by the bilinear transform.

use std::f64::consts::PI;

use num_complex::Complex64;

/// Why a filter was refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum FilterError {
    /// A frequency is not between 0 and half the rate, or edges are the wrong way round.
    #[error(
        "filter frequency {hz} Hz at {sample_rate_hz} Hz; allowed is above 0, below half the rate, lower edge first"
    )]
    Frequency {
        /// The frequency asked for.
        hz: f64,
        /// Rate of the samples.
        sample_rate_hz: f64,
    },
    /// An order of zero, more than ten, or a quality that is not positive.
    #[error("filter order or quality {value}; allowed is order 1 to 10, quality above 0")]
    Shape {
        /// What was asked for.
        value: f64,
    },
    /// The signal is shorter than the edges that zero-phase filtering adds.
    #[error("{len} samples to filter both ways; at least {needed} are needed")]
    TooShort {
        /// Samples given.
        len: usize,
        /// Samples needed.
        needed: usize,
    },
}

/// A second-order section `(b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    /// Numerator.
    pub b: [f64; 3],
    /// Denominator after the leading 1.
    pub a: [f64; 2],
}

/// A filter as one ratio of polynomials in `z^-1`, `a[0]` = 1: `SciPy`'s transfer-function form.
///
/// For the paper's offline chain only; its poles crowd near 1 and lose digits that sections keep.
#[derive(Debug, Clone, PartialEq)]
pub struct TransferFunction {
    /// Numerator.
    pub b: Vec<f64>,
    /// Denominator, as long as the numerator.
    pub a: Vec<f64>,
}

impl Section {
    /// Complex gain at `hz`.
    #[must_use]
    pub fn response(&self, hz: f64, sample_rate_hz: f64) -> Complex64 {
        let delay = Complex64::from_polar(1.0, -2.0 * PI * hz / sample_rate_hz);
        let numerator = self.b[0] + delay * (self.b[1] + delay * self.b[2]);
        numerator / (1.0 + delay * (self.a[0] + delay * self.a[1]))
    }

    /// The same filter as a ratio of polynomials.
    #[must_use]
    pub fn transfer_function(&self) -> TransferFunction {
        TransferFunction {
            b: self.b.to_vec(),
            a: vec![1.0, self.a[0], self.a[1]],
        }
    }
}

fn check_hz(hz: f64, sample_rate_hz: f64) -> Result<(), FilterError> {
    if hz > 0.0 && hz < sample_rate_hz / 2.0 {
        Ok(())
    } else {
        Err(FilterError::Frequency { hz, sample_rate_hz })
    }
}

fn check_order(order: u32) -> Result<(), FilterError> {
    if (1..=10).contains(&order) {
        Ok(())
    } else {
        Err(FilterError::Shape {
            value: f64::from(order),
        })
    }
}

/// Poles of the analogue Butterworth low-pass of 1 rad/s, by rising imaginary part of the conjugate.
fn prototype_poles(order: u32) -> impl DoubleEndedIterator<Item = Complex64> {
    let n = f64::from(order);
    (0..order).map(move |k| {
        let m = 2.0 * f64::from(k) + 1.0 - n;
        -Complex64::from_polar(1.0, PI * m / (2.0 * n))
    })
}

/// Causal Butterworth high-pass, -3 dB at `corner_hz`, as second-order sections in the order of rising Q.
///
/// Bilinear transform with the corner pre-warped (Oppenheim & Schafer, *Discrete-Time Signal Processing*, 7.1);
/// each section has gain 1 at half the rate.
///
/// # Errors
/// [`FilterError`] for a corner outside the axis or an order outside 1 to 10.
pub fn butterworth_high_pass(
    order: u32,
    corner_hz: f64,
    sample_rate_hz: f64,
) -> Result<Vec<Section>, FilterError> {
    check_order(order)?;
    check_hz(corner_hz, sample_rate_hz)?;
    let warped = (PI * corner_hz / sample_rate_hz).tan();
    let digital = |pole: Complex64| {
        let analogue = warped / pole;
        (1.0 + analogue) / (1.0 - analogue)
    };
    let mut sections: Vec<Section> = prototype_poles(order)
        .map(digital)
        .filter(|pole| pole.im > 1e-14)
        .map(|pole| {
            let a = [-2.0 * pole.re, pole.norm_sqr()];
            let gain = (1.0 - a[0] + a[1]) / 4.0;
            Section {
                b: [gain, -2.0 * gain, gain],
                a,
            }
        })
        .collect();
    sections.sort_by(|one, other| one.a[1].total_cmp(&other.a[1]));
    if order % 2 == 1 {
        let pole = digital(Complex64::new(-1.0, 0.0)).re;
        let gain = f64::midpoint(1.0, pole);
        sections.insert(
            0,
            Section {
                b: [gain, -gain, 0.0],
                a: [-pole, 0.0],
            },
        );
    }
    Ok(sections)
}

/// Notch at `hz` whose -3 dB width is `hz / quality` (the design of `scipy.signal.iirnotch`; Orfanidis 1996, 11.3).
///
/// A notch of low quality bites into its neighbours: at 50 Hz, quality 30 takes 0.3 dB at 53 Hz, quality 5 takes 5.8 dB.
///
/// # Errors
/// [`FilterError`] for a frequency outside the axis or a quality that is not positive.
pub fn notch(hz: f64, quality: f64, sample_rate_hz: f64) -> Result<Section, FilterError> {
    check_hz(hz, sample_rate_hz)?;
    if !(quality > 0.0 && quality.is_finite()) {
        return Err(FilterError::Shape { value: quality });
    }
    let angle = 2.0 * hz / sample_rate_hz;
    let beta = (angle / quality * PI / 2.0).tan();
    let gain = 1.0 / (1.0 + beta);
    let cos = (angle * PI).cos();
    Ok(Section {
        b: [gain, -2.0 * gain * cos, gain],
        a: [-2.0 * gain * cos, 2.0 * gain - 1.0],
    })
}

/// Butterworth band-pass of `2 * order` poles as one ratio of polynomials, by the steps of
/// `scipy.signal.butter(order, [lo, hi], 'band')`: only to compare with the paper.
///
/// # Errors
/// [`FilterError`] for edges outside the axis or the wrong way round, or an order outside 1 to 10.
pub fn butterworth_band_pass(
    order: u32,
    lo_hz: f64,
    hi_hz: f64,
    sample_rate_hz: f64,
) -> Result<TransferFunction, FilterError> {
    check_order(order)?;
    check_hz(lo_hz, sample_rate_hz)?;
    check_hz(hi_hz, sample_rate_hz)?;
    if lo_hz >= hi_hz {
        return Err(FilterError::Frequency {
            hz: lo_hz,
            sample_rate_hz,
        });
    }
    let warp = |hz: f64| 4.0 * (PI * (2.0 * hz / sample_rate_hz) / 2.0).tan();
    let (lo, hi) = (warp(lo_hz), warp(hi_hz));
    let (width, middle) = (hi - lo, (lo * hi).sqrt());
    let low_pass: Vec<Complex64> = prototype_poles(order).map(|p| p * width / 2.0).collect();
    let root = |p: Complex64| (p * p - middle * middle).sqrt();
    let upper = low_pass.iter().map(|&p| p + root(p));
    let analogue: Vec<Complex64> = upper.chain(low_pass.iter().map(|&p| p - root(p))).collect();
    let poles: Vec<Complex64> = analogue.iter().map(|p| (4.0 + p) / (4.0 - p)).collect();
    let ones = vec![Complex64::new(1.0, 0.0); low_pass.len()];
    let zeros: Vec<Complex64> = ones
        .iter()
        .copied()
        .chain(ones.iter().map(|z| -z))
        .collect();
    let scale: Complex64 = analogue.iter().map(|p| 4.0 - p).product();
    let degree = f64::from(order);
    let gain = (width.powf(degree) * 4_f64.powf(degree) / scale).re;
    Ok(TransferFunction {
        b: polynomial(&zeros).iter().map(|c| c * gain).collect(),
        a: polynomial(&poles),
    })
}

/// Coefficients of the monic polynomial with these roots, which come in conjugate pairs.
fn polynomial(roots: &[Complex64]) -> Vec<f64> {
    let mut coefficients = vec![Complex64::new(1.0, 0.0)];
    for root in roots {
        coefficients.push(Complex64::default());
        for i in (1..coefficients.len()).rev() {
            let before = coefficients[i - 1];
            coefficients[i] -= root * before;
        }
    }
    coefficients.iter().map(|c| c.re).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gain_db(sections: &[Section], hz: f64, sample_rate_hz: f64) -> f64 {
        let response: Complex64 = sections
            .iter()
            .map(|section| section.response(hz, sample_rate_hz))
            .product();
        20.0 * response.norm().log10()
    }

    #[test]
    fn a_high_pass_of_any_order_loses_3_db_at_its_corner_and_passes_the_top() {
        for order in 1..=8 {
            let sections = butterworth_high_pass(order, 1.0, 250.0).unwrap();
            let at_corner = gain_db(&sections, 1.0, 250.0);
            assert!((at_corner + 3.0103).abs() < 1e-4, "{order}: {at_corner}");
            assert!(gain_db(&sections, 124.0, 250.0).abs() < 1e-6);
            let octave_below = gain_db(&sections, 0.5, 250.0);
            let expected = -10.0 * (1.0 + 4_f64.powf(f64::from(order))).log10();
            assert!(
                (octave_below - expected).abs() < 0.02,
                "{order}: {octave_below}"
            );
        }
    }

    #[test]
    fn a_notch_of_quality_30_spares_53_hz_and_one_of_5_does_not() {
        for (quality, at_51, at_53) in [(30.0, -2.3, -0.3), (10.0, -8.6, -2.3), (5.0, -14.2, -5.8)]
        {
            let notch = [notch(50.0, quality, 250.0).unwrap()];
            assert!(
                (gain_db(&notch, 53.0, 250.0) - at_53).abs() < 0.1,
                "{quality}"
            );
            assert!(
                (gain_db(&notch, 51.0, 250.0) - at_51).abs() < 0.15,
                "{quality}"
            );
            assert!(gain_db(&notch, 50.0, 250.0) < -200.0);
        }
    }

    #[test]
    fn frequencies_off_the_axis_are_refused() {
        assert!(butterworth_high_pass(2, 0.0, 250.0).is_err());
        assert!(butterworth_high_pass(0, 1.0, 250.0).is_err());
        assert!(butterworth_band_pass(5, 95.0, 1.0, 200.0).is_err());
        assert!(notch(50.0, 30.0, 100.0).is_err());
        assert!(notch(50.0, 0.0, 250.0).is_err());
    }
}
