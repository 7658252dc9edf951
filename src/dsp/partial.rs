//! What two channels have in common beyond a stimulus.

use num_complex::Complex64;

/// Averaged spectra of two channels `a`, `b` and a stimulus `x` at one bin; `S_pq = mean(conj(P) Q)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WithStimulus {
    /// PSD of `a`.
    pub saa: f64,
    /// PSD of `b`.
    pub sbb: f64,
    /// PSD of the stimulus.
    pub sxx: f64,
    /// Cross-spectrum of `a` and `b`.
    pub sab: Complex64,
    /// Cross-spectrum of `a` and the stimulus.
    pub sax: Complex64,
    /// Cross-spectrum of `b` and the stimulus.
    pub sbx: Complex64,
}

impl WithStimulus {
    /// `S_ab.x = S_ab - S_ax S_xb / S_xx`: the cross-spectrum of what the stimulus does not explain linearly.
    /// All of `S_ab` where the stimulus is silent.
    #[must_use]
    pub fn partial_csd(&self) -> Complex64 {
        if self.sxx > 0.0 {
            self.sab - self.sax * self.sbx.conj() / self.sxx
        } else {
            self.sab
        }
    }

    /// Partial coherency `S_ab.x / sqrt(S_aa.x S_bb.x)`. Its magnitude squared has the critical value of the MSC at one segment fewer
    /// (Halliday et al. 1995). 0 where the stimulus explains a channel down to rounding.
    #[must_use]
    pub fn partial_coherency(&self) -> Complex64 {
        let rest_a = unexplained(self.saa, self.sax, self.sxx);
        let rest_b = unexplained(self.sbb, self.sbx, self.sxx);
        if rest_a > 1e-14 * self.saa && rest_b > 1e-14 * self.sbb {
            let coherency = self.partial_csd() / (rest_a * rest_b).sqrt();
            coherency / coherency.norm().max(1.0)
        } else {
            Complex64::default()
        }
    }
}

/// `S_yy.x = S_yy - |S_yx|^2 / S_xx`.
fn unexplained(syy: f64, syx: Complex64, sxx: f64) -> f64 {
    if sxx > 0.0 {
        syy - syx.norm_sqr() / sxx
    } else {
        syy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a = g x + n_a`, `b = h x + n_b` with independent noise of power 1 and 2, stimulus of power 4.
    fn both_follow(shared_noise: Complex64) -> WithStimulus {
        let (g, h) = (Complex64::new(0.5, 0.2), Complex64::new(-0.1, 0.7));
        WithStimulus {
            saa: g.norm_sqr() * 4.0 + 1.0,
            sbb: h.norm_sqr() * 4.0 + 2.0,
            sxx: 4.0,
            sab: g.conj() * h * 4.0 + shared_noise,
            sax: g.conj() * 4.0,
            sbx: h.conj() * 4.0,
        }
    }

    #[test]
    fn channels_that_only_follow_the_stimulus_have_no_partial_coherence() {
        let spectra = both_follow(Complex64::default());
        assert!(crate::dsp::msc(spectra.saa, spectra.sbb, spectra.sab) > 0.1);
        assert!(spectra.partial_coherency().norm() < 1e-15);
    }

    #[test]
    fn what_is_shared_beyond_the_stimulus_remains() {
        let shared = Complex64::new(0.3, -0.4);
        let partial = both_follow(shared).partial_coherency();
        assert!((partial - shared / 2.0_f64.sqrt()).norm() < 1e-15);
    }

    #[test]
    fn a_silent_stimulus_explains_nothing_and_a_perfect_one_all() {
        let silent = WithStimulus {
            sxx: 0.0,
            sax: Complex64::default(),
            sbx: Complex64::default(),
            ..both_follow(Complex64::new(0.5, 0.0))
        };
        let plain = silent.sab / (silent.saa * silent.sbb).sqrt();
        assert!((silent.partial_coherency() - plain).norm() < 1e-15);
        let copied = WithStimulus {
            saa: 4.0,
            sax: Complex64::new(4.0, 0.0),
            ..both_follow(Complex64::default())
        };
        assert!(copied.partial_coherency().norm() < 1e-15);
    }
}
