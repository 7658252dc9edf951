//! The stimulus of some time ago, for the control.

use num_complex::Complex64;

/// Spectra of the stimulus, kept until they are old enough to be the control.
pub(in crate::metrics) struct EarlierStimulus {
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
    pub(in crate::metrics) fn new(shift_secs: f64, hop_secs: f64, n_values: usize) -> Self {
        let shift = (shift_secs / hop_secs).ceil().max(1.0) as usize;
        Self {
            n_values,
            shift: shift as u64,
            hops: vec![None; shift + 1],
            spectra: vec![Complex64::default(); (shift + 1) * n_values],
        }
    }

    /// Of one more than a shift: the hop kept last and the one recalled with it never share one.
    fn slot(&self, hop: u64) -> usize {
        usize::try_from(hop % self.hops.len() as u64).unwrap_or(0)
    }

    pub(in crate::metrics) fn keep(&mut self, hop: u64, stimulus: &[Complex64]) {
        let slot = self.slot(hop);
        self.hops[slot] = Some(hop);
        self.spectra[slot * self.n_values..(slot + 1) * self.n_values].copy_from_slice(stimulus);
    }

    /// The stimulus of one shift before `hop`, where it was kept.
    pub(in crate::metrics) fn recall(&self, hop: u64) -> Option<&[Complex64]> {
        let then = hop.checked_sub(self.shift)?;
        let slot = self.slot(then);
        (self.hops[slot] == Some(then))
            .then(|| &self.spectra[slot * self.n_values..(slot + 1) * self.n_values])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recalled_is_one_shift_old_or_nothing() {
        let mut earlier = EarlierStimulus::new(1.0, 0.25, 1);
        let value = |hop: u64| [Complex64::new(hop as f64, -1.0)];
        for hop in (0..40).filter(|hop| hop % 7 != 3) {
            earlier.keep(hop, &value(hop));
            let kept = hop.checked_sub(4).filter(|then| then % 7 != 3);
            assert_eq!(
                earlier.recall(hop).map(<[_]>::to_vec),
                kept.map(|then| value(then).to_vec()),
                "hop {hop}"
            );
        }
    }
}
