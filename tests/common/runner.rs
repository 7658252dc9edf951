//! Has a Python script judge numbers of ours.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Write;
use std::process::{Command, Stdio};

use crate::needs;

/// Gives `case` to tests/oracles/`script` as JSON and panics with what it complains about, if it does.
pub(crate) fn check(script: &str, case: &serde_json::Value) {
    let Some(python) = needs::python() else {
        return;
    };
    let mut child = Command::new(python)
        .arg(needs::script(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let sent = child
        .stdin
        .take()
        .unwrap()
        .write_all(case.to_string().as_bytes());
    let output = child.wait_with_output().unwrap();
    if needs::lacks_package(&output) {
        return;
    }
    assert!(
        output.status.success(),
        "{script}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    sent.unwrap();
}
