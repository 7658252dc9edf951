//! The table of docs/reliability.md, and what its tests saw.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use crate::case;
use serde::Deserialize;

/// The table, as `tools/reliability.py` reads it too.
const TABLE: &str = include_str!("../../faults.toml");

#[derive(Deserialize)]
struct Table {
    fault: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    toml::from_str::<Table>(TABLE).unwrap().fault
}

/// A row of the table while it is tested; what was seen is written when it ends, well or badly.
pub(crate) struct Case {
    id: String,
    seen: Vec<String>,
}

impl Case {
    pub(crate) fn new(id: &str) -> Self {
        assert!(
            rows().iter().any(|row| row.id == id),
            "{id} is not in tests/faults.toml"
        );
        Self {
            id: id.to_owned(),
            seen: Vec::new(),
        }
    }

    /// Note something for the column "observed".
    pub(crate) fn saw(&mut self, what: impl Display) {
        self.seen.push(what.to_string());
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        case::write(&self.id, &self.seen, !std::thread::panicking());
    }
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for dir in ["src", "tests", "lsl-sys"] {
        sources(&root.join(dir), &mut files);
    }
    let texts: Vec<String> = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    for row in rows() {
        for test in &row.tests {
            let function = format!("fn {}(", test.rsplit("::").next().unwrap());
            assert!(
                texts.iter().any(|text| text.contains(&function)),
                "{}: {test}",
                row.id
            );
        }
    }
}
