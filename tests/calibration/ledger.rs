//! What was claimed, what was measured, and between which limits it has to lie.

use std::fmt::Write as _;
use std::path::PathBuf;

use statrs::distribution::{Binomial, DiscreteCDF};

/// The long calibration asks for so many runs of each detector; without, tests make do with `modest` ones.
pub(crate) fn n_runs(modest: usize) -> usize {
    long_runs().unwrap_or(modest)
}

/// `full` of what takes long where 10 000 runs are asked for, in proportion else; `modest` in the ordinary tests.
pub(crate) fn n_sessions(modest: usize, full: usize) -> usize {
    long_runs().map_or(modest, |runs| (full * runs / 10_000).max(20))
}

fn long_runs() -> Option<usize> {
    let text = std::env::var("EFRSCOPE_RUNS").ok()?;
    Some(text.parse().unwrap())
}

/// What rate of false detections (or detections) is allowed.
#[derive(Clone, Copy)]
pub(crate) enum Allowed {
    /// The nominal rate.
    Nominal,
    /// From the first, known and documented, up to the nominal rate.
    From(f64),
    /// Up to the first, which is above the nominal rate: known and documented.
    UpTo(f64),
    /// Anything up to the nominal rate.
    AtMost,
}

/// Rows of one table of the calibration.
pub(crate) struct Ledger {
    name: &'static str,
    text: String,
    failures: Vec<String>,
}

impl Ledger {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            text: "detector\tcondition\tnominal\tallowed_lo\tallowed_hi\tlimit_lo\tlimit_hi\thits\truns\n".into(),
            failures: Vec::new(),
        }
    }

    /// `n_hits` of `n` independent trials detected something: a count that `allowed` rates give 99 times of 100.
    pub(crate) fn hold(
        &mut self,
        (detector, condition): (&str, &str),
        nominal: f64,
        allowed: Allowed,
        n_hits: usize,
        n: usize,
    ) {
        let (lo, hi) = match allowed {
            Allowed::Nominal => (nominal, nominal),
            Allowed::From(least) => (least, nominal),
            Allowed::UpTo(most) => (nominal, most),
            Allowed::AtMost => (0.0, nominal),
        };
        let (least, most) = (quantile(lo, n, 0.005), quantile(hi, n, 0.995));
        let share = |count: u64| count as f64 / n as f64;
        writeln!(
            self.text,
            "{detector}\t{condition}\t{nominal}\t{lo}\t{hi}\t{}\t{}\t{n_hits}\t{n}",
            share(least),
            share(most)
        )
        .unwrap();
        let said = format!(
            "{detector}, {condition}: {:.5} of {n}; nominal {nominal:.5}, limits {:.5} to {:.5}",
            share(n_hits as u64),
            share(least),
            share(most)
        );
        println!("{said}");
        if !(least..=most).contains(&(n_hits as u64)) {
            self.failures.push(said);
        }
    }

    /// Write the table where the calibration collects it, then stop if anything was outside its limits.
    pub(crate) fn close(self) {
        write_table(self.name, &self.text);
        assert!(
            self.failures.is_empty(),
            "outside:\n{}",
            self.failures.join("\n")
        );
    }
}

/// Write a table where the calibration collects them, if it asks for it.
pub(crate) fn write_table(name: &str, text: &str) {
    if let Some(folder) = std::env::var_os("EFRSCOPE_CALIBRATION_DIR") {
        let folder = PathBuf::from(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.tsv")), text).unwrap();
    }
}

fn quantile(p: f64, n: usize, share: f64) -> u64 {
    if p <= 0.0 {
        return 0;
    }
    Binomial::new(p, n as u64).unwrap().inverse_cdf(share)
}
