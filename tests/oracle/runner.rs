//! Hands a case to a Python script that works the same thing out with `NumPy` and `SciPy`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Give `case` (inputs, and what efrscope made of them) to `tests/oracle/<script>` as JSON on its standard input.
///
/// The interpreter is `EFRSCOPE_PYTHON`, or `.venv/bin/python` under the crate's root; without one the check is passed over
/// and says so. Panics with what the script wrote when it finds a difference.
#[expect(
    unreachable_pub,
    reason = "each oracle test takes this file in as a module of its own"
)]
pub fn check(script: &str, case: &Value) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = std::env::var_os("EFRSCOPE_PYTHON")
        .map_or_else(|| root.join(".venv/bin/python"), PathBuf::from);
    if !python.exists() {
        println!("passed over: {script} needs {}", python.display());
        return;
    }
    let mut child = Command::new(&python)
        .arg(root.join("tests/oracle").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a script that stops early closes the pipe: its own words, not the broken pipe, are what counts
    let written = child
        .stdin
        .take()
        .unwrap()
        .write_all(case.to_string().as_bytes());
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success() && written.is_ok(),
        "{script}:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
