//! The places where liblsl is looked for, and their order.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use lsl_sys::{LoadError, Origin, Search};

/// A folder of one test's own, removed when the test ends.
struct TempDir(PathBuf);

impl TempDir {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("lsl-sys-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn folder(&self, below: &str) -> PathBuf {
        let path = self.0.join(below);
        fs::create_dir_all(&path).unwrap();
        path
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn origins(search: &Search) -> Vec<Origin> {
    let mut origins: Vec<_> = search
        .candidates()
        .unwrap()
        .iter()
        .map(|candidate| candidate.origin)
        .collect();
    origins.dedup();
    origins
}

fn paths(search: &Search, origin: Origin) -> Vec<PathBuf> {
    let of_origin =
        |candidate: lsl_sys::Candidate| (candidate.origin == origin).then_some(candidate.path);
    search
        .candidates()
        .unwrap()
        .into_iter()
        .filter_map(of_origin)
        .collect()
}

fn executable_in(folder: &Path) -> Search {
    Search {
        executable: Some(folder.join("efrscope")),
        ..Search::default()
    }
}

#[test]
fn what_the_user_names_comes_first_and_alone() {
    let mut search = Search {
        explicit: Some("/a/liblsl.so".into()),
        efrscope_liblsl: Some("/b/liblsl.so".into()),
        pylsl_lib: Some("/c/liblsl.so".into()),
        executable: Some("/d/efrscope".into()),
    };
    assert_eq!(origins(&search), [Origin::Explicit]);
    search.explicit = None;
    assert_eq!(origins(&search), [Origin::EfrscopeLiblsl]);
    search.efrscope_liblsl = Some("".into());
    assert_eq!(origins(&search), [Origin::PylslLib]);
    assert_eq!(
        paths(&search, Origin::PylslLib),
        [Path::new("/c/liblsl.so")]
    );
    search.pylsl_lib = None;
    assert_eq!(origins(&search), [Origin::BesideExecutable, Origin::System]);
}

#[test]
fn a_relative_path_is_refused_wherever_it_is_given() {
    for path in [
        "liblsl.so",
        "./liblsl.so",
        "lib/liblsl.so",
        "../liblsl.so",
        "",
    ] {
        let search = Search {
            explicit: Some(path.into()),
            ..Search::default()
        };
        let expected = LoadError::Relative {
            origin: Origin::Explicit,
            path: path.into(),
        };
        assert_eq!(search.candidates().unwrap_err(), expected);
    }
    let search = Search {
        efrscope_liblsl: Some("liblsl.so".into()),
        ..Search::default()
    };
    let message = search.candidates().unwrap_err().to_string();
    assert!(
        message.contains("EFRSCOPE_LIBLSL must be absolute"),
        "{message}"
    );
    assert!(message.ends_with(": liblsl.so"), "{message}");
    let search = Search {
        pylsl_lib: Some("liblsl.so".into()),
        ..Search::default()
    };
    assert!(matches!(
        search.candidates(),
        Err(LoadError::Relative {
            origin: Origin::PylslLib,
            ..
        })
    ));
}

#[test]
fn the_wheel_is_found_from_a_build_below_the_project() {
    let project = TempDir::new("wheel");
    let build = project.folder("target/debug/deps");
    let old = project.folder(".venv/lib/python3.9/site-packages/pylsl/lib");
    let new = project.folder(".venv/lib/python3.11/site-packages/pylsl/lib");
    project.folder(".venv/lib/python3.12/site-packages/numpy");
    let search = executable_in(&build);
    assert_eq!(
        origins(&search),
        [Origin::BesideExecutable, Origin::Venv, Origin::System]
    );
    let folders: Vec<_> = paths(&search, Origin::Venv)
        .iter()
        .map(|path| path.parent().unwrap().to_path_buf())
        .collect();
    assert_eq!(folders.first(), Some(&new), "the newer Python first");
    assert_eq!(folders.last(), Some(&old));
}

#[test]
fn only_the_nearest_venv_counts() {
    let project = TempDir::new("nearest");
    let build = project.folder("inner/target/debug");
    project.folder("inner/.venv/lib");
    project.folder(".venv/lib/python3.11/site-packages/pylsl/lib");
    assert_eq!(
        paths(&executable_in(&build), Origin::Venv),
        Vec::<PathBuf>::new()
    );
}

#[test]
fn a_folder_where_strangers_may_add_files_is_passed_over() {
    use std::os::unix::fs::PermissionsExt;
    let shared = TempDir::new("shared");
    shared.folder(".venv/lib/python3.11/site-packages/pylsl/lib");
    let search = executable_in(&shared.0);
    assert_eq!(
        origins(&search),
        [Origin::BesideExecutable, Origin::Venv, Origin::System]
    );
    fs::set_permissions(&shared.0, fs::Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(origins(&search), [Origin::System]);
}

#[test]
fn the_current_folder_is_never_searched() {
    for executable in [None, Some("efrscope".into()), Some("./efrscope".into())] {
        let search = Search {
            executable,
            ..Search::default()
        };
        assert_eq!(origins(&search), [Origin::System]);
        for path in paths(&search, Origin::System) {
            assert!(
                path.is_absolute() || path.components().count() == 1,
                "{}",
                path.display()
            );
        }
    }
}
