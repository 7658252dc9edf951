//! Real recordings, read by MNE.

#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::process::Command;

use crate::needs;

/// The first `n_samples` of `channels` in microvolts, from a file under `../shared/data`.
///
/// `None`, said aloud, where the recordings are absent, or the interpreter and the test may pass over it.
pub(crate) fn microvolts(file: &str, channels: &[&str], n_samples: usize) -> Option<Vec<Vec<f64>>> {
    let path = needs::data(file)?;
    let output = Command::new(needs::python()?)
        .arg(needs::script("recording.py"))
        .arg(path)
        .arg(n_samples.to_string())
        .args(channels)
        .output()
        .expect("python runs");
    if needs::lacks_package(&output) {
        return None;
    }
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Some(serde_json::from_slice(&output.stdout).expect("rows of numbers"))
}
