//! Where liblsl is looked for, as a list: nothing is opened here.
//!
//! The current folder is never among the places, so a data folder cannot bring its own code. (An
//! empty entry in `LD_LIBRARY_PATH` tells the loader to look there for every library; that is the
//! user's setting for the whole process and out of our hands.)

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{LoadError, Origin};

/// The library's file names here, the one with the version of the C interface first.
#[cfg(target_os = "macos")]
const FILE_NAMES: &[&str] = &["liblsl.2.dylib", "liblsl.dylib"];
#[cfg(windows)]
const FILE_NAMES: &[&str] = &["lsl.dll", "liblsl.dll"];
#[cfg(not(any(target_os = "macos", windows)))]
const FILE_NAMES: &[&str] = &["liblsl.so.2", "liblsl.so"];

/// What the dynamic loader is asked for last. Not the bare name on macOS: its loader would look in
/// the current folder. (Windows' would too, but for the flags it is opened with.)
#[cfg(target_os = "macos")]
const SYSTEM_NAMES: &[&str] = &[
    "/opt/homebrew/lib/liblsl.dylib",
    "/opt/homebrew/Frameworks/lsl.framework/lsl",
    "/usr/local/lib/liblsl.dylib",
    "/usr/local/Frameworks/lsl.framework/lsl",
    "/Library/Frameworks/lsl.framework/lsl",
];
#[cfg(not(target_os = "macos"))]
const SYSTEM_NAMES: &[&str] = FILE_NAMES;

/// One place where liblsl may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who named it.
    pub origin: Origin,
    /// An absolute path, or a bare name for the dynamic loader to find.
    pub path: PathBuf,
}

/// What the list of places is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The library the program's configuration names.
    pub explicit: Option<PathBuf>,
    /// The value of `EFRSCOPE_LIBLSL`; empty counts as not set.
    pub efrscope_liblsl: Option<OsString>,
    /// The value of `PYLSL_LIB`; empty counts as not set.
    pub pylsl_lib: Option<OsString>,
    /// The running executable.
    pub executable: Option<PathBuf>,
}

impl Search {
    /// The search of this process.
    #[must_use]
    pub fn of_this_process(explicit: Option<&Path>) -> Self {
        Self {
            explicit: explicit.map(Path::to_path_buf),
            efrscope_liblsl: env::var_os("EFRSCOPE_LIBLSL"),
            pylsl_lib: env::var_os("PYLSL_LIB"),
            // Without it two places fewer are searched, and the error lists those that were.
            executable: env::current_exe().ok(),
        }
    }

    /// The places to try, in order. A library the user named is the only one: to take another in
    /// its stead would hide the mistake.
    ///
    /// # Errors
    /// [`LoadError::Relative`] when the user named it by a path that is not absolute.
    pub fn candidates(&self) -> Result<Vec<Candidate>, LoadError> {
        if let Some((origin, path)) = self.named() {
            return if path.is_absolute() {
                Ok(vec![Candidate { origin, path }])
            } else {
                Err(LoadError::Relative { origin, path })
            };
        }
        let folder = self
            .executable
            .as_deref()
            .and_then(Path::parent)
            .filter(|f| f.is_absolute());
        let mut candidates = Vec::new();
        if let Some(folder) = folder {
            if !is_shared(folder) {
                candidates.extend(files_in(folder, Origin::BesideExecutable));
            }
            for lib in nearest_venv(folder)
                .iter()
                .flat_map(|venv| wheel_folders(venv))
            {
                candidates.extend(files_in(&lib, Origin::Venv));
            }
        }
        candidates.extend(SYSTEM_NAMES.iter().map(|name| Candidate {
            origin: Origin::System,
            path: PathBuf::from(name),
        }));
        Ok(candidates)
    }

    /// The library the user named, if any.
    fn named(&self) -> Option<(Origin, PathBuf)> {
        let variable = |origin, value: &Option<OsString>| {
            let value = value.as_ref().filter(|value| !value.is_empty())?;
            Some((origin, PathBuf::from(value)))
        };
        self.explicit
            .clone()
            .map(|path| (Origin::Explicit, path))
            .or_else(|| variable(Origin::EfrscopeLiblsl, &self.efrscope_liblsl))
            .or_else(|| variable(Origin::PylslLib, &self.pylsl_lib))
    }
}

fn files_in(folder: &Path, origin: Origin) -> impl Iterator<Item = Candidate> {
    FILE_NAMES.iter().map(move |name| Candidate {
        origin,
        path: folder.join(name),
    })
}

/// The first `.venv` in `folder` or above it: a cargo build lies in `target` below the project.
fn nearest_venv(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .filter(|above| !is_shared(above))
        .map(|above| above.join(".venv"))
        .find(|venv| venv.is_dir())
}

/// Where pylsl keeps its liblsl in `venv`, newest Python first.
fn wheel_folders(venv: &Path) -> Vec<PathBuf> {
    let wheel = |site: PathBuf| site.join("site-packages").join("pylsl").join("lib");
    if cfg!(windows) {
        return vec![wheel(venv.join("Lib"))];
    }
    // A .venv that cannot be read is one without a pylsl.
    let mut pythons: Vec<(u32, PathBuf)> = fs::read_dir(venv.join("lib"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let minor = name.to_str()?.strip_prefix("python3.")?;
            let digits = minor.trim_end_matches(|c: char| !c.is_ascii_digit());
            Some((digits.parse().ok()?, entry.path()))
        })
        .collect();
    pythons.sort_by(|a, b| b.cmp(a));
    pythons
        .into_iter()
        .map(|(_, python)| wheel(python))
        .filter(|lib| lib.is_dir())
        .collect()
}

/// Whether strangers may put files into `folder` but not replace those of others, as in `/tmp`:
/// there a library beside ours proves nothing. (Where they may replace ours too, all is lost.)
#[cfg(unix)]
fn is_shared(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const STICKY_AND_WRITABLE_BY_ALL: u32 = 0o1002;
    fs::metadata(folder).is_ok_and(|found| {
        found.permissions().mode() & STICKY_AND_WRITABLE_BY_ALL == STICKY_AND_WRITABLE_BY_ALL
    })
}

#[cfg(not(unix))]
fn is_shared(_folder: &Path) -> bool {
    false
}
