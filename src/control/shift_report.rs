//! What circular shifts of the stimulus read.

/// Results of a run's circular shifts, made in the background after one of its looks.
#[derive(Debug, Clone, PartialEq)]
pub struct ShiftReport {
    /// The hop whose look it belongs to.
    pub hop: u64,
    /// Centre of that hop's segment, seconds on the local LSL clock.
    pub stamp_secs: f64,
    /// Shifts made: fewer than asked for where the run was short.
    pub n_shifts: usize,
    /// Bands of the plan.
    pub n_bands: usize,
    /// `(1 + shifts that reached the true band MSC) / (1 + shifts)`, channel after channel, a value per band; `None` with fewer than 19 shifts.
    pub p_values: Vec<Option<f64>>,
    /// What a share of the shifts of the paper's time-averaged spectral response stays at or below, channel after channel, a value per bin.
    pub tasr_line: Vec<f64>,
    /// The same of the paper's coefficient, pair after pair; empty with many channels.
    pub rho_line: Vec<f64>,
    /// That share.
    pub share: f64,
}

impl ShiftReport {
    /// p of channel `ch` in band `band`.
    #[must_use]
    pub fn p_value(&self, ch: usize, band: usize) -> Option<f64> {
        self.p_values
            .get(ch * self.n_bands + band)
            .copied()
            .flatten()
    }
}
