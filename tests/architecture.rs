//! Who may import whom, how long a file may be: checked, not only written down.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

/// `(module, modules it may name)`, lowest first. ARCHITECTURE.md explains it.
const LAYERS: &[(&str, &[&str])] = &[
    ("signal", &[]),
    ("clock", &[]),
    ("worker", &[]),
    ("dsp", &[]),
    ("format", &["signal"]),
    ("timeline", &["signal"]),
    ("source", &["signal", "clock", "worker", "timeline"]),
    ("ring", &["signal"]),
    ("stimulus", &["signal", "dsp"]),
    ("align", &["signal", "timeline", "dsp", "stimulus"]),
    ("metrics", &["signal", "dsp"]),
    ("engine", &["signal", "dsp", "stimulus", "align", "metrics"]),
    ("control", &["signal"]),
    (
        "publish",
        &[
            "signal", "clock", "format", "metrics", "control", "source", "stimulus",
        ],
    ),
    ("view", &["signal", "clock", "metrics", "control"]),
    (
        "config",
        &[
            "signal", "source", "dsp", "stimulus", "metrics", "publish", "view",
        ],
    ),
    (
        "session",
        &[
            "signal", "clock", "worker", "source", "ring", "dsp", "stimulus", "align", "metrics",
            "engine", "control", "publish", "config",
        ],
    ),
];

const MAX_LINES: usize = 500;

/// Crates that only these files may name.
const ONLY_IN: &[(&str, &[&str])] = &[
    (
        "lsl::",
        &["src/source/lsl", "src/publish/outlet", "src/cli/streams.rs"],
    ),
    ("lsl_sys::", &["src/source/lsl"]),
    ("symphonia::", &["src/format/audio.rs"]),
    ("rubato::", &["src/publish/player/resample.rs"]),
    ("schemars::", &["src/publish/jsonl"]),
    ("cpal::", &["src/publish/player/sound"]),
    ("egui::", &["src/view"]),
    ("thread::Builder", &["src/worker.rs"]),
    // they panic where nobody listens: src/cli/output.rs does not
    ("print!(", &[]),
    ("println!(", &["src/format/audio/tests.rs"]),
    ("eprint!(", &[]),
    ("eprintln!(", &[]),
];

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    assert!(files.len() > 40, "the sources were found");
    files
        .into_iter()
        .map(|file| (file.clone(), fs::read_to_string(file).unwrap()))
        .collect()
}

/// The top-level module a file belongs to: `dsp` for `src/dsp.rs` and `src/dsp/taper.rs`.
fn module_of(file: &Path) -> String {
    let relative = file.strip_prefix("src").unwrap();
    let first = relative
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Modules named on a line, as `crate::x` or `crate::{x, y}`.
fn named(line: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.split("crate::")
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.split([',', '}']).map(str::trim).collect(),
            None => vec![rest],
        })
        .map(|used| &used[..used.find(|c| !is_word(c)).unwrap_or(used.len())])
        .filter(|used| !used.is_empty())
        .collect()
}

#[test]
fn imports_point_downwards() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let module = module_of(&file);
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            assert!(
                ["lib", "main", "cli"].contains(&module.as_str()),
                "{module} is in no layer"
            );
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            for used in named(line) {
                if used != module && !allowed.contains(&used) {
                    wrong.push(format!(
                        "{}:{}: {module} -> {used}",
                        file.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports against the flow:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn liblsl_windows_and_threads_stay_in_their_places() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (name, places) in ONLY_IN {
            let path = file.display().to_string();
            if places.iter().any(|place| path.starts_with(place)) {
                continue;
            }
            for (number, line) in text.lines().enumerate() {
                let at_word = |at: usize| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
                };
                if line.match_indices(name).any(|(at, _)| at_word(at)) {
                    wrong.push(format!("{path}:{}: {name}", number + 1));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "named where they must not be:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn files_stay_short() {
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    rust_files(Path::new("tests"), &mut files);
    rust_files(Path::new("lsl-sys"), &mut files);
    for file in files {
        let n_lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(n_lines <= MAX_LINES, "{}: {n_lines} lines", file.display());
    }
}
