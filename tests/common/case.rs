//! What tests saw, for docs/reliability.md: tools/reliability.py puts it into the table of tests/faults.toml.
#![allow(dead_code, reason = "each program takes what it needs")]

use std::path::Path;

use serde_json::json;

/// Keep what was seen of the row `id`.
pub(crate) fn write<T: AsRef<str>>(id: &str, seen: &[T], has_passed: bool) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/faults");
    let seen: Vec<&str> = seen.iter().map(AsRef::as_ref).collect();
    let seen = json!({"id": id, "seen": seen, "passed": has_passed});
    let written = std::fs::create_dir_all(&dir)
        .and_then(|()| std::fs::write(dir.join(format!("{id}.json")), seen.to_string()));
    // the page then says less
    drop(written);
}
