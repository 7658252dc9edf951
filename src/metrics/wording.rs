//! Claims in words: the same on the screen and in the terminal.

use crate::dsp::looks::LookState;
use crate::metrics::detection::{Detection, RunProgress};
use crate::metrics::response::ResponsePlan;
use crate::metrics::{Aside, Snapshot};

/// Probabilities below these are said to be below them: a p is never shown as 0.
const FLOORS: [f64; 4] = [1e-9, 1e-6, 1e-4, 1e-3];

/// A probability in few letters: `0.31`, `0.012`, `<1e-3`; `-` where there is none.
#[must_use]
pub fn p_words(p: Option<f64>) -> String {
    let Some(p) = p.filter(|p| p.is_finite()) else {
        return "-".to_owned();
    };
    if let Some(floor) = FLOORS.iter().find(|floor| p < **floor) {
        return format!("<{floor:e}");
    }
    match p {
        p if p < 0.01 => format!("{p:.4}"),
        p if p < 0.1 => format!("{p:.3}"),
        p => format!("{p:.2}"),
    }
}

/// That a channel is set aside and why, or that it is back.
#[must_use]
pub fn electrode_words(label: &str, aside: Option<Aside>) -> String {
    match aside {
        Some(aside) => format!("channel {label:?} is set aside: {}", aside.reason.words()),
        None => format!("channel {label:?} is back: it records again"),
    }
}

impl Snapshot {
    /// What a person must know of the electrodes now: which are set aside and why, and which sent values that are no numbers; a sentence each.
    #[must_use]
    pub fn electrode_warnings(&self) -> Vec<String> {
        let electrodes = self.plan.montage.electrodes().iter().zip(&self.electrodes);
        let aside = electrodes
            .clone()
            .filter(|(_, state)| state.aside.is_some());
        let mut warnings: Vec<String> = named(aside, |(electrode, state)| {
            electrode_words(&electrode.label, state.aside)
        });
        if !self.is_out.contains(&false) {
            warnings.push("no channel is left: nothing is analysed".to_owned());
        }
        let silent = electrodes.filter(|(_, state)| state.aside.is_none() && state.n_no_number > 0);
        warnings.extend(named(silent, |(electrode, state)| {
            let (label, n) = (&electrode.label, state.n_no_number);
            let share = 100.0 * n as f64 / self.n_received.max(1) as f64;
            format!("channel {label:?} sent no number {n} times, {share:.1} % of its samples")
        }));
        warnings
    }
}

/// Up to so many channels are named one by one.
const MAX_NAMED: usize = 8;

/// A sentence for each of the first few, and how many more there are.
fn named<T>(items: impl Iterator<Item = T> + Clone, sentence: impl Fn(T) -> String) -> Vec<String> {
    let n = items.clone().count();
    let mut sentences: Vec<String> = items.take(MAX_NAMED).map(sentence).collect();
    if n > MAX_NAMED {
        sentences.push(format!("the same holds of {} more channels", n - MAX_NAMED));
    }
    sentences
}

impl Detection {
    /// Where the test stands, with its look and, for a claim, the error rate and the family it was made under.
    #[must_use]
    pub fn words(&self, plan: &ResponsePlan, progress: &RunProgress) -> String {
        let n_looks = plan.looks.n_looks();
        match self.state {
            LookState::Pending { n_looks: done } => {
                let next_secs = progress.looked_secs + plan.block_secs;
                format!(
                    "pending, look {} of {n_looks} at {next_secs:.0} s",
                    done + 1
                )
            }
            LookState::Detected {
                look,
                accepted_secs,
                alpha,
                n_family,
            } => format!(
                "DETECTED at look {look} of {n_looks}, {accepted_secs:.0} s; \u{3b1} {}, family {n_family}",
                // a sum of shares: 0.05, not 0.05000000000000001
                (alpha * 1e6).round() / 1e6
            ),
            LookState::Futile {
                look,
                accepted_secs,
            } => {
                format!(
                    "given up at look {look} of {n_looks}, {accepted_secs:.0} s; no evidence of absence"
                )
            }
            LookState::SetAside { n_looks: done } => {
                format!(
                    "ended after {done} of {n_looks} looks: the channel was set aside; no evidence of absence"
                )
            }
            LookState::Ended { accepted_secs } => {
                format!("ended, not detected in {n_looks} looks, {accepted_secs:.0} s")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::Averaging;
    use crate::dsp::looks::LookPlan;

    #[test]
    fn a_p_is_never_zero() {
        for p in [0.0, 1e-300, 1e-10, 5e-4] {
            let words = p_words(Some(p));
            assert!(words.starts_with("<1e-"), "{p}: {words}");
        }
        let words = |p| p_words(Some(p));
        assert_eq!(
            (words(0.001), words(0.0123), words(0.5)),
            ("0.0010".into(), "0.012".into(), "0.50".into())
        );
        assert_eq!((p_words(None), words(f64::NAN)), ("-".into(), "-".into()));
        for k in 0..=1000 {
            assert!(
                words(f64::from(k) / 1000.0)
                    .chars()
                    .any(|c| ('1'..='9').contains(&c))
            );
        }
    }

    #[test]
    fn a_claim_says_its_look_its_error_rate_and_its_family() {
        let plan = ResponsePlan {
            integration_secs: 120.0,
            averaging: Averaging::Sliding,
            control_shift_secs: 20.0,
            looks: LookPlan::even(0.05, 5, 24).unwrap(),
            block_secs: 24.0,
            n_shift_segments: 0,
            tested: vec![0],
            limit_hz: f64::INFINITY,
            beyond: Vec::new(),
        };
        let progress = RunProgress {
            looked_secs: 48.0,
            n_looks: 2,
            ..RunProgress::default()
        };
        let of = |state| {
            Detection {
                state,
                sum: 1.0,
                decided_secs: None,
            }
            .words(&plan, &progress)
        };
        assert_eq!(
            of(LookState::Pending { n_looks: 2 }),
            "pending, look 3 of 5 at 72 s"
        );
        let found = LookState::Detected {
            look: 2,
            accepted_secs: 48.0,
            alpha: 0.05,
            n_family: 24,
        };
        assert_eq!(
            of(found),
            "DETECTED at look 2 of 5, 48 s; \u{3b1} 0.05, family 24"
        );
        for silent in [
            LookState::Ended {
                accepted_secs: 120.0,
            },
            LookState::SetAside { n_looks: 1 },
            LookState::Futile {
                look: 3,
                accepted_secs: 72.0,
            },
        ] {
            assert!(!of(silent).contains("DETECTED"), "{}", of(silent));
        }
    }
}
