//! Filtering forwards and backwards, offline: zero phase, twice the loss. Live systems cannot do this.

use crate::dsp::filter_design::{FilterError, TransferFunction};

/// `signal` continued by `n` samples at both ends, turned by 180 degrees about its end points:
/// `2 x[0] - x[n], .. , 2 x[0] - x[1]`, and likewise at the end.
///
/// # Errors
/// [`FilterError::TooShort`] unless there are more than `n` samples.
pub fn extend_odd(signal: &[f64], n: usize) -> Result<Vec<f64>, FilterError> {
    let (Some(&first), Some(&last)) = (signal.first(), signal.last()) else {
        return Err(FilterError::TooShort {
            len: 0,
            needed: n + 1,
        });
    };
    if signal.len() <= n {
        return Err(FilterError::TooShort {
            len: signal.len(),
            needed: n + 1,
        });
    }
    let before = signal[1..=n].iter().rev().map(|x| 2.0 * first - x);
    let after = signal[signal.len() - 1 - n..signal.len() - 1]
        .iter()
        .rev()
        .map(|x| 2.0 * last - x);
    Ok(before.chain(signal.iter().copied()).chain(after).collect())
}

/// State that a constant input of 1 leaves in a filter in transposed direct form II: `lfilter_zi`.
///
/// Summing the state equations from the last on gives `z[i] = sum_{k>i} (b_k - a_k y)` with the DC gain `y`.
#[must_use]
pub fn steady_state(filter: &TransferFunction) -> Vec<f64> {
    let gain = filter.b.iter().sum::<f64>() / filter.a.iter().sum::<f64>();
    let mut state = vec![0.0; filter.b.len().saturating_sub(1)];
    let mut tail = 0.0;
    for i in (0..state.len()).rev() {
        tail += filter.b[i + 1] - filter.a[i + 1] * gain;
        state[i] = tail;
    }
    state
}

/// Filter once, forwards, from `state` on: `scipy.signal.lfilter` with `zi`. The state is left as it ends.
pub fn filter_in_place(filter: &TransferFunction, state: &mut [f64], signal: &mut [f64]) {
    let order = state.len();
    for value in signal {
        let input = *value;
        let output = filter.b[0] * input + state.first().copied().unwrap_or(0.0);
        for i in 0..order {
            let next = state.get(i + 1).copied().unwrap_or(0.0);
            state[i] = filter.b[i + 1] * input - filter.a[i + 1] * output + next;
        }
        *value = output;
    }
}

/// Filter forwards and backwards as `scipy.signal.filtfilt(b, a, x)` does: odd extension by three filter lengths, each
/// pass started in the steady state of its first sample.
///
/// # Errors
/// [`FilterError::TooShort`] unless `signal` has more than three times as many samples as the filter has coefficients.
pub fn filtfilt(filter: &TransferFunction, signal: &[f64]) -> Result<Vec<f64>, FilterError> {
    let n_edge = 3 * filter.a.len().max(filter.b.len());
    let mut work = extend_odd(signal, n_edge)?;
    let steady = steady_state(filter);
    for _ in 0..2 {
        let first = work.first().copied().unwrap_or(0.0);
        let mut state: Vec<f64> = steady.iter().map(|unit| unit * first).collect();
        filter_in_place(filter, &mut state, &mut work);
        work.reverse();
    }
    work.truncate(n_edge + signal.len());
    work.drain(..n_edge);
    Ok(work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::filter_design::{butterworth_band_pass, notch};

    #[test]
    fn the_ends_are_turned_about_the_end_points() {
        let extended = extend_odd(&[1.0, 2.0, 4.0, 8.0], 2).unwrap();
        assert_eq!(extended, [-2.0, 0.0, 1.0, 2.0, 4.0, 8.0, 12.0, 14.0]);
        assert!(extend_odd(&[1.0, 2.0], 2).is_err());
        assert!(extend_odd(&[], 0).is_err());
    }

    #[test]
    fn a_constant_passes_a_notch_unchanged_from_the_first_sample() {
        let notch = notch(50.0, 30.0, 200.0).unwrap().transfer_function();
        let filtered = filtfilt(&notch, &[7.0; 50]).unwrap();
        assert!(filtered.iter().all(|y| (y - 7.0).abs() < 1e-12));
    }

    #[test]
    fn a_tone_inside_the_band_keeps_its_phase() {
        let filter = butterworth_band_pass(5, 1.0, 95.0, 200.0).unwrap();
        let tone: Vec<f64> = (0..12_000)
            .map(|n| (std::f64::consts::TAU * 20.0 * f64::from(n) / 200.0).sin())
            .collect();
        let filtered = filtfilt(&filter, &tone).unwrap();
        let worst = (5000..7000).map(|n| (filtered[n] - tone[n]).abs());
        assert!(worst.fold(0.0, f64::max) < 1e-6);
    }
}
