//! Real recordings, read by MNE.

use std::path::Path;
use std::process::Command;

use crate::runner;

/// The first `n_samples` of `channels` in microvolts, from a file under `../shared/data`.
///
/// `None`, and a line that says so, where the recordings or the interpreter (see runner.rs) are absent.
pub(crate) fn microvolts(file: &str, channels: &[&str], n_samples: usize) -> Option<Vec<Vec<f64>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(file);
    if !path.exists() {
        println!("passed over: no recording at {}", path.display());
        return None;
    }
    let output = Command::new(runner::python()?)
        .arg(runner::script("recording.py"))
        .arg(path)
        .arg(n_samples.to_string())
        .args(channels)
        .output()
        .expect("python runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Some(serde_json::from_slice(&output.stdout).expect("rows of numbers"))
}
