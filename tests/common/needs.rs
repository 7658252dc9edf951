//! What tests need that is not in the repository: Python with its packages, and recordings.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(dead_code, reason = "each program takes what it needs")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;

/// Says that this test passed over `what`, past the harness, which swallows what tests print.
pub(crate) fn pass_over(what: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let line = format!("{test}: passed over, {what}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Fails the test for want of `what`, and returns only where `EFRSCOPE_SKIP_PEERS=1` allows it to pass over.
pub(crate) fn missing(what: &str) {
    let is_allowed = std::env::var_os("EFRSCOPE_SKIP_PEERS").is_some_and(|value| value == "1");
    assert!(
        is_allowed,
        "{what}; EFRSCOPE_SKIP_PEERS=1 lets tests pass over what is missing"
    );
    pass_over(what);
}

/// The interpreter: `EFRSCOPE_PYTHON`, or that of the project's own `.venv`; see [`missing`].
pub(crate) fn python() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python");
    let python = std::env::var_os("EFRSCOPE_PYTHON").map_or(own, PathBuf::from);
    if python.is_file() {
        return Some(python);
    }
    missing(&format!(
        "no Python at {} (make venv, or set EFRSCOPE_PYTHON)",
        python.display()
    ));
    None
}

/// Whether a script ended for want of a package; see [`missing`].
pub(crate) fn lacks_package(output: &Output) -> bool {
    let said = String::from_utf8_lossy(&output.stderr);
    let error = said
        .lines()
        .find(|line| line.contains("ModuleNotFoundError"));
    if let Some(error) = error {
        missing(&format!("{error} (make venv)"));
    }
    error.is_some()
}

/// The path of a script in tests/oracles.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/oracles")
        .join(name)
}

/// A file or folder of the recordings beside the project. They are no part of it: where they are absent, a test says so and passes.
pub(crate) fn data(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(path);
    if path.exists() {
        return Some(path);
    }
    pass_over(&format!("no recordings at {}", path.display()));
    None
}
