//! Has a Python script judge numbers of ours. Included by the oracle tests with `#[path]`.
#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The interpreter: `EFRSCOPE_PYTHON`, or that of the project's own `.venv`. Says so where there is none.
pub fn python() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python");
    let python = std::env::var_os("EFRSCOPE_PYTHON").map_or(own, PathBuf::from);
    if python.is_file() {
        return Some(python);
    }
    println!(
        "passed over: no Python at {} (set EFRSCOPE_PYTHON)",
        python.display()
    );
    None
}

/// The path of a script in tests/oracles.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/oracles")
        .join(name)
}

/// Gives `case` to tests/oracles/`script` as JSON and panics with what it complains about, if it does. Returns after a printed notice where there is no
/// Python.
pub fn check(script: &str, case: &serde_json::Value) {
    let Some(python) = python() else {
        return;
    };
    let mut child = Command::new(python)
        .arg(self::script(script))
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
    assert!(
        output.status.success(),
        "{script}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    sent.unwrap();
}
