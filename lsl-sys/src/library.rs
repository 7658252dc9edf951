//! The loaded liblsl: opened once, checked, and kept until the process ends.

use std::error::Error as _;
use std::ffi::{CStr, CString, c_char};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::error::{ConfigError, Dotted, LoadError, Origin};
use crate::functions::{Newer, Required};
use crate::search::{Candidate, Search};

/// The oldest liblsl that is accepted, 1.14: before it two threads could race on a full buffer.
pub const OLDEST_VERSION: i32 = 114;

/// Never emptied: the C functions' pointers live as long as the process.
static LOADED: OnceLock<Library> = OnceLock::new();

/// Held while loading; remembers the last failure.
static LOADING: Mutex<Option<LoadError>> = Mutex::new(None);

/// Set by the first C function called, after which a configuration may come too late.
static USED: AtomicBool = AtomicBool::new(false);

/// Loads liblsl, or returns the one loaded before.
///
/// The first of these that is set decides, and its failure is an error: `explicit`, the environment
/// variable `EFRSCOPE_LIBLSL`, the variable `PYLSL_LIB`. Each must be an absolute path. Otherwise
/// the first usable library of these is taken: beside the executable, in the pylsl wheel of the
/// nearest `.venv` at or above the executable's folder, the system's. Never the current folder's.
///
/// A failed load may be tried again, say with another path.
///
/// # Errors
/// See [`LoadError`]. Where several places have an unusable liblsl, the error is about the first.
pub fn load(explicit: Option<&Path>) -> Result<&'static Library, LoadError> {
    let mut failure = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = LOADED.get() {
        return match explicit {
            Some(path) if !is_same_file(path, library.path()) => Err(LoadError::AlreadyLoaded {
                loaded: library.path.clone(),
                path: path.to_path_buf(),
            }),
            _ => Ok(library),
        };
    }
    match open_first(&Search::of_this_process(explicit)) {
        Ok(library) => {
            *failure = None;
            Ok(LOADED.get_or_init(|| library))
        }
        Err(error) => {
            *failure = Some(error.clone());
            Err(error)
        }
    }
}

/// The library for a C function that was called, loading it if nobody tried to before. A failed
/// [`load`] is not made up for: it might find another library than the one the user named.
pub(crate) fn for_call() -> Option<&'static Library> {
    let library = match LOADED.get() {
        Some(library) => library,
        None => load_late()?,
    };
    // The load spares all calls but the first a write that processors would have to share.
    if !USED.load(Ordering::Relaxed) {
        USED.store(true, Ordering::Relaxed);
    }
    Some(library)
}

#[cold]
fn load_late() -> Option<&'static Library> {
    static SAID: AtomicBool = AtomicBool::new(false);
    let failure = LOADING
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let error = match failure {
        Some(error) => error,
        None => match load(None) {
            Ok(library) => return Some(library),
            Err(error) => error,
        },
    };
    if !SAID.swap(true, Ordering::Relaxed) {
        // Not `eprintln!`, which panics when nobody listens. Then there is nobody to tell, either.
        writeln!(
            io::stderr(),
            "lsl-sys: a function of liblsl was called in vain: {error}"
        )
        .ok();
    }
    None
}

fn open_first(search: &Search) -> Result<Library, LoadError> {
    let mut tried = Vec::new();
    let mut first_failure = None;
    for Candidate { origin, path } in search.candidates()? {
        let is_named = matches!(
            origin,
            Origin::Explicit | Origin::EfrscopeLiblsl | Origin::PylslLib
        );
        // A bare name is absent when the loader says so, which it says in many ways.
        let is_bare = !path.is_absolute();
        if is_named || is_bare || path.exists() {
            match Library::open(&path) {
                Ok(library) => return Ok(library),
                Err(LoadError::Open { .. }) if is_bare => {}
                Err(error) => first_failure = first_failure.or(Some(error)),
            }
        }
        tried.push(path);
    }
    Err(first_failure.unwrap_or(LoadError::NotFound { tried }))
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// An installed liblsl with every function that `lsl` uses.
#[derive(Debug)]
pub struct Library {
    path: PathBuf,
    version: i32,
    pub(crate) required: Required,
    newer: Newer,
    /// Keeps the functions above in memory.
    _handle: libloading::Library,
}

impl Library {
    /// Opens the library at `path` and checks that all is there. Use [`load`]: the C functions of
    /// this crate call the library it returns, and no other.
    fn open(path: &Path) -> Result<Self, LoadError> {
        let handle = open_handle(path).map_err(|error| LoadError::Open {
            path: path.to_path_buf(),
            reason: reason_without_path(&error, path),
        })?;
        let missing = |symbol| LoadError::MissingSymbol {
            path: path.to_path_buf(),
            symbol,
        };
        // Before the other functions, as an old library lacks some and its age is the better reason.
        // SAFETY: the C declaration is `int32_t lsl_library_version(void)`.
        let version =
            match unsafe { handle.get::<unsafe extern "C" fn() -> i32>("lsl_library_version") } {
                // SAFETY: it only returns a constant.
                Ok(lsl_library_version) => unsafe { lsl_library_version() },
                Err(_) => return Err(missing("lsl_library_version")),
            };
        if version < OLDEST_VERSION {
            return Err(LoadError::TooOld {
                path: path.to_path_buf(),
                version,
            });
        }
        // SAFETY: a library with `lsl_library_version` is liblsl, whose declarations have been the
        // listed ones since 1.14; the pointers go into the struct that keeps the handle.
        let (required, newer) = unsafe { (Required::find(&handle), Newer::find(&handle)) };
        let required = required.map_err(missing)?;
        Ok(Self {
            path: path.to_path_buf(),
            version,
            required,
            newer,
            _handle: handle,
        })
    }

    /// The file, or the bare name under which the dynamic loader found it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version, 118 for 1.18. liblsl does not tell the third number.
    #[must_use]
    pub fn version(&self) -> i32 {
        self.version
    }

    /// What to tell the user about a version that works but has known faults.
    #[must_use]
    pub fn version_warning(&self) -> Option<String> {
        warning_about(self.version)
    }

    /// The functions that only newer versions have.
    #[must_use]
    pub fn newer(&self) -> &Newer {
        &self.newer
    }

    /// Gives liblsl its configuration, in the words of an `lsl_api.cfg` file, whose place it takes.
    ///
    /// To be called right after [`load`]: liblsl reads its configuration once, when first used. This
    /// crate counts any C function as use, even those that do not read it.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn set_config_content(&self, content: &str) -> Result<(), ConfigError> {
        let Some(lsl_set_config_content) = self.newer.lsl_set_config_content else {
            return Err(ConfigError::Unsupported {
                version: self.version,
            });
        };
        let content = CString::new(content).map_err(|error| ConfigError::ZeroByte {
            position: error.nul_position(),
        })?;
        if USED.load(Ordering::Relaxed) {
            return Err(ConfigError::TooLate);
        }
        // SAFETY: `content` ends in a zero and liblsl copies it.
        unsafe { lsl_set_config_content(content.as_ptr()) };
        Ok(())
    }

    /// What liblsl says about the last failure on this thread. A later success does not clear it, so
    /// ask only after a failure. `None` when there was none, or the library is too old to tell.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        let lsl_last_error = self.newer.lsl_last_error?;
        // SAFETY: it returns this thread's own text, which ends in a zero.
        unsafe { text(lsl_last_error()) }
    }

    /// What liblsl says about itself: commit, build and compiler. For people, not for programs.
    #[must_use]
    pub fn library_info(&self) -> Option<String> {
        // SAFETY: it returns a constant text that ends in a zero.
        unsafe { text((self.required.lsl_library_info)()) }
    }
}

/// The text at `pointer`, unless there is none.
///
/// # Safety
/// `pointer` must be null or point to a text that ends in a zero and does not change meanwhile.
unsafe fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, and the rest is the caller's promise.
    let text = unsafe { CStr::from_ptr(pointer) };
    (!text.is_empty()).then(|| text.to_string_lossy().into_owned())
}

fn warning_about(version: i32) -> Option<String> {
    let fault = match version {
        118.. => return None,
        116.. => "can abort the program when a recovering inlet is closed",
        _ => "looks for streams on one network interface only",
    };
    Some(format!(
        "liblsl {} {fault}; 1.18 or later does not",
        Dotted(version)
    ))
}

#[cfg(not(windows))]
fn open_handle(path: &Path) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: runs the library's initialisers. The place is one the user named or trusts, never the
    // current folder, and those of liblsl have no demands.
    unsafe { libloading::Library::new(path) }
}

/// With flags that keep the current folder and PATH out of the search, for what liblsl needs too.
#[cfg(windows)]
fn open_handle(path: &Path) -> Result<libloading::Library, libloading::Error> {
    use libloading::os::windows as loader;
    let beside_it = if path.is_absolute() {
        loader::LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR
    } else {
        0
    };
    let flags = loader::LOAD_LIBRARY_SEARCH_DEFAULT_DIRS | beside_it;
    // SAFETY: as on the other systems.
    unsafe { loader::Library::load_with_flags(path, flags) }.map(Into::into)
}

/// The loader's words, which libloading keeps one error further down, without the path, which glibc
/// puts in front and our messages at the end.
fn reason_without_path(error: &libloading::Error, path: &Path) -> String {
    let reason = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    let prefix = format!("{}: ", path.display());
    reason
        .strip_prefix(&prefix)
        .map_or(reason.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warns_below_1_16_and_below_1_18() {
        assert!(warning_about(114).unwrap().starts_with("liblsl 1.14 looks"));
        assert!(
            warning_about(117)
                .unwrap()
                .starts_with("liblsl 1.17 can abort")
        );
        assert_eq!(warning_about(118), None);
        assert_eq!(warning_about(200), None);
    }

    #[test]
    fn another_library_is_not_liblsl() {
        let libc = [
            "/lib/x86_64-linux-gnu/libc.so.6",
            "/lib/aarch64-linux-gnu/libc.so.6",
            "/lib64/libc.so.6",
        ];
        let Some(libc) = libc.iter().map(Path::new).find(|path| path.exists()) else {
            eprintln!("skipped: no libc.so.6 at the usual places");
            return;
        };
        let expected = LoadError::MissingSymbol {
            path: libc.to_path_buf(),
            symbol: "lsl_library_version",
        };
        assert_eq!(Library::open(libc).unwrap_err(), expected);
    }

    #[test]
    fn a_named_library_that_fails_is_an_error() {
        let path = std::env::temp_dir()
            .join("no such folder")
            .join("liblsl.so");
        let search = Search {
            explicit: Some(path.clone()),
            ..Search::default()
        };
        let error = open_first(&search).unwrap_err();
        assert!(matches!(&error, LoadError::Open { path: named, .. } if *named == path));
        let message = error.to_string();
        if cfg!(target_os = "linux") {
            assert!(message.contains("No such file"), "{message}");
        }
        let path = path.display().to_string();
        assert!(message.ends_with(&path), "{message}");
        assert_eq!(message.matches(&path).count(), 1, "{message}");
    }
}
