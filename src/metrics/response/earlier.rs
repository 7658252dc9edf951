//! The stimulus of some time ago, for the control.

use num_complex::Complex64;

/// Spectra of the stimulus, kept until they are old enough to be the control.
pub(super) struct EarlierStimulus {
    n_values: usize,
    shift: u64,
    hops: Vec<Option<u64>>,
    spectra: Vec<Complex64>,
}

impl EarlierStimulus {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked settings keep it between 1 and 30000"
    )]
    pub(super) fn new(shift_secs: f64, hop_secs: f64, n_values: usize) -> Self {
        let shift = (shift_secs / hop_secs).ceil().max(1.0) as usize;
        Self {
            n_values,
            shift: shift as u64,
            hops: vec![None; shift + 1],
            spectra: vec![Complex64::default(); (shift + 1) * n_values],
        }
    }

    fn slot(&self, hop: u64) -> usize {
        usize::try_from(hop % self.hops.len() as u64).unwrap_or(0)
    }

    pub(super) fn keep(&mut self, hop: u64, stimulus: &[Complex64]) {
        let slot = self.slot(hop);
        self.hops[slot] = Some(hop);
        self.spectra[slot * self.n_values..(slot + 1) * self.n_values].copy_from_slice(stimulus);
    }

    /// Write the stimulus of one shift before `hop`; `false` where it was not kept.
    pub(super) fn recall(&self, hop: u64, out: &mut [Complex64]) -> bool {
        let Some(then) = hop.checked_sub(self.shift) else {
            return false;
        };
        let slot = self.slot(then);
        if self.hops[slot] != Some(then) {
            return false;
        }
        out.copy_from_slice(&self.spectra[slot * self.n_values..(slot + 1) * self.n_values]);
        true
    }
}
