//! How large a response is, how sure, and how much noise is left.

use num_complex::Complex64;

use super::locked_test;

/// Amplitude and phase of a response with their intervals, and the noise left in them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseAmplitude {
    /// Peak amplitude of the mean response; biased upwards by the noise.
    pub amplitude_uv: f64,
    /// `sqrt(max(0, amplitude^2 - residual noise^2))`: without that bias.
    pub corrected_uv: f64,
    /// Phase of a cosine at the epoch's start, -pi to pi.
    pub phase_rad: f64,
    /// The true mean lies within this distance of the measured one, in the complex plane, with probability `confidence`
    /// (circular T2, Victor & Mast 1991).
    pub radius_uv: f64,
    /// Least and greatest amplitude in that circle.
    pub amplitude_interval_uv: [f64; 2],
    /// The phase lies within +/- this: half the angle under which the circle is seen from 0. `None` where the circle holds 0 and any
    /// phase is possible.
    pub phase_half_width_rad: Option<f64>,
    /// Probability that amplitude and phase are *both* within; each alone is, with more.
    pub confidence: f64,
    /// Root mean square amplitude that noise alone would show.
    pub residual_noise_nv: f64,
    /// Epochs averaged.
    pub n_epochs: usize,
}

/// Why there is no amplitude.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum AmplitudeError {
    /// Fewer than 3 epochs, all of them 0, or values that are not finite.
    #[error("{n_epochs} epochs give no amplitude")]
    Epochs {
        /// Epochs given.
        n_epochs: usize,
    },
    /// A confidence that is no probability.
    #[error("confidence of {confidence}; allowed is above 0 and below 1")]
    Confidence {
        /// As given.
        confidence: f64,
    },
}

impl ResponseAmplitude {
    /// From coefficients in uV, one per epoch. `residual_noise_nv` is that of the mean's neighbours ([`residual_noise_nv()`]);
    /// without it the scatter of the epochs about their mean is used, `sqrt(variance / M)`.
    ///
    /// # Errors
    /// [`AmplitudeError`] if there is no mean or `confidence` is no probability.
    pub fn new(
        z_uv: &[Complex64],
        residual_noise_nv: Option<f64>,
        confidence: f64,
    ) -> Result<Self, AmplitudeError> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(AmplitudeError::Confidence { confidence });
        }
        let n_epochs = z_uv.len();
        let test = locked_test(z_uv).ok_or(AmplitudeError::Epochs { n_epochs })?;
        let scatter_nv = || 1e3 * (test.variance / n_epochs as f64).sqrt();
        let residual_noise_nv = residual_noise_nv.unwrap_or_else(scatter_nv);
        let amplitude_uv = test.mean.norm();
        let radius_uv = test.radius_squared(confidence).sqrt();
        Ok(Self {
            amplitude_uv,
            corrected_uv: noise_corrected(amplitude_uv, 1e-3 * residual_noise_nv),
            phase_rad: test.mean.arg(),
            radius_uv,
            amplitude_interval_uv: [
                (amplitude_uv - radius_uv).max(0.0),
                amplitude_uv + radius_uv,
            ],
            phase_half_width_rad: (radius_uv < amplitude_uv)
                .then(|| (radius_uv / amplitude_uv).asin()),
            confidence,
            residual_noise_nv,
            n_epochs,
        })
    }
}

/// `sqrt(max(0, A^2 - RN^2))`, in the unit of the arguments.
#[must_use]
pub fn noise_corrected(amplitude: f64, residual_noise: f64) -> f64 {
    (amplitude * amplitude - residual_noise * residual_noise)
        .max(0.0)
        .sqrt()
}

/// Residual noise in nV: root mean square of the amplitudes (uV) that the *averaged* epochs have at neighbouring bins. `None` for no bins.
#[must_use]
pub fn residual_noise_nv(neighbours_uv: impl Iterator<Item = Complex64>) -> Option<f64> {
    super::noise_variance(neighbours_uv).map(|mean_square| 1e3 * mean_square.sqrt())
}

/// Residual noise in nV that a one-sided PSD (uV^2/Hz) leaves after `accepted_secs` of averaging: `sqrt(2 S / T)`.
#[must_use]
pub fn residual_noise_of_psd_nv(psd: f64, accepted_secs: f64) -> f64 {
    1e3 * (2.0 * psd / accepted_secs).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_psd_scale_meets_the_clinical_one() {
        for (secs, expected_nv) in [(60.0, 18.0), (120.0, 13.0), (300.0, 8.0)] {
            let noise_nv = residual_noise_of_psd_nv(0.01, secs);
            assert!((noise_nv - expected_nv).abs() < 0.5, "{secs}: {noise_nv}");
        }
    }

    #[test]
    fn noise_alone_is_corrected_to_nothing_and_a_large_response_hardly() {
        assert_eq!(noise_corrected(0.010, 0.012), 0.0);
        assert!((noise_corrected(0.5, 0.3) - 0.4).abs() < 1e-15);
    }

    #[test]
    fn the_intervals_are_the_tangents_to_the_circle() {
        let z: Vec<Complex64> = (0..30_u32)
            .map(|m| {
                Complex64::from_polar(2.0, 0.5) + Complex64::from_polar(1.0, 2.1 * f64::from(m))
            })
            .collect();
        let amplitude = ResponseAmplitude::new(&z, None, 0.95).unwrap();
        let r = amplitude.radius_uv;
        assert!(
            (amplitude.amplitude_uv - 2.0).abs() < 0.1 && (amplitude.phase_rad - 0.5).abs() < 0.05
        );
        assert!((amplitude.amplitude_interval_uv[0] - (amplitude.amplitude_uv - r)).abs() < 1e-12);
        let half = amplitude.phase_half_width_rad.unwrap();
        assert!((half.sin() * amplitude.amplitude_uv - r).abs() < 1e-12);
        let given = ResponseAmplitude::new(&z, Some(500.0), 0.95).unwrap();
        let corrected = noise_corrected(given.amplitude_uv, 0.5);
        assert!((given.corrected_uv - corrected).abs() < 1e-12 && given.residual_noise_nv == 500.0);
    }

    #[test]
    fn noise_alone_has_any_phase() {
        let z: Vec<Complex64> = (0..30)
            .map(|m| Complex64::from_polar(1.0, 2.1 * f64::from(m)))
            .collect();
        let amplitude = ResponseAmplitude::new(&z, None, 0.95).unwrap();
        assert_eq!(amplitude.phase_half_width_rad, None);
        assert_eq!(amplitude.amplitude_interval_uv[0], 0.0);
    }

    #[test]
    fn nonsense_is_refused() {
        let z = [
            Complex64::new(1.0, 0.0),
            Complex64::new(0.9, 0.1),
            Complex64::new(1.0, 0.2),
        ];
        for confidence in [0.0, 1.0, f64::NAN] {
            let result = ResponseAmplitude::new(&z, None, confidence);
            assert!(matches!(result, Err(AmplitudeError::Confidence { .. })));
        }
        let result = ResponseAmplitude::new(&z[..2], None, 0.95);
        assert_eq!(result, Err(AmplitudeError::Epochs { n_epochs: 2 }));
        assert_eq!(residual_noise_nv(z[..0].iter().copied()), None);
    }
}
