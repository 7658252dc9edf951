//! Why liblsl could not be loaded or configured.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

/// Who named a place to look for liblsl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The caller of [`load`](crate::load), from the program's configuration.
    Explicit,
    /// The environment variable `EFRSCOPE_LIBLSL`.
    EfrscopeLiblsl,
    /// The environment variable `PYLSL_LIB`, which pylsl reads too.
    PylslLib,
    /// The folder of the executable.
    BesideExecutable,
    /// The pylsl wheel in the project's `.venv`.
    Venv,
    /// The system's own places.
    System,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Explicit => "the configuration",
            Self::EfrscopeLiblsl => "EFRSCOPE_LIBLSL",
            Self::PylslLib => "PYLSL_LIB",
            Self::BesideExecutable => "the executable's folder",
            Self::Venv => "the project's .venv",
            Self::System => "the system",
        })
    }
}

/// Why there is no liblsl to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// None of the usual places has one.
    NotFound {
        /// The places, in the order they were tried.
        tried: Vec<PathBuf>,
    },
    /// The dynamic loader refused the file.
    Open {
        /// The file, or the name given to the loader.
        path: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// The file is a library, but not liblsl, or not all of it.
    MissingSymbol {
        /// The file, or the name given to the loader.
        path: PathBuf,
        /// The first function it lacks.
        symbol: &'static str,
    },
    /// The library is older than [`OLDEST_VERSION`](crate::OLDEST_VERSION).
    TooOld {
        /// The file, or the name given to the loader.
        path: PathBuf,
        /// Its version, 113 for 1.13.
        version: i32,
    },
    /// The user named the library by a path that depends on the current folder.
    Relative {
        /// Where the path was given.
        origin: Origin,
        /// The path as given.
        path: PathBuf,
    },
    /// Another library was asked for than the one in use; liblsl is loaded once per process.
    AlreadyLoaded {
        /// The library in use.
        loaded: PathBuf,
        /// The library asked for.
        path: PathBuf,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { tried } => {
                f.write_str(
                    "no liblsl found: `pip install pylsl==1.18.6` in the project's .venv, or set \
                     EFRSCOPE_LIBLSL to the library's absolute path; tried ",
                )?;
                for (i, path) in tried.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}{}", path.display())?;
                }
                Ok(())
            }
            Self::Open { path, reason } => {
                write!(f, "could not open liblsl ({reason}): {}", path.display())
            }
            Self::MissingSymbol { path, symbol } => {
                write!(
                    f,
                    "not a usable liblsl, it has no `{symbol}`: {}",
                    path.display()
                )
            }
            Self::TooOld { path, version } => write!(
                f,
                "liblsl {} is too old, 1.14 is the oldest that is safe with two threads and 1.18 \
                 is wanted (`pip install pylsl==1.18.6`): {}",
                Dotted(*version),
                path.display()
            ),
            Self::Relative { origin, path } => write!(
                f,
                "the path to liblsl in {origin} must be absolute, as the current folder must not \
                 decide which code is run: {}",
                path.display()
            ),
            Self::AlreadyLoaded { loaded, path } => write!(
                f,
                "another liblsl is already in use ({}), so this one cannot be: {}",
                loaded.display(),
                path.display()
            ),
        }
    }
}

impl Error for LoadError {}

/// Why liblsl did not take a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigError {
    /// The library has no function for it; 1.17.6 and later do.
    Unsupported {
        /// The library's version, 116 for 1.16.
        version: i32,
    },
    /// liblsl has been used and may have read its configuration, which it does only once.
    TooLate,
    /// The text holds a zero byte, which would end it for C.
    ZeroByte {
        /// Where in the text.
        position: usize,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported { version } => write!(
                f,
                "liblsl {} takes its configuration from files only (1.17.6 or later is needed): \
                 install a newer one or name a file in LSLAPICFG",
                Dotted(*version)
            ),
            Self::TooLate => f.write_str(
                "liblsl was used before it was configured: configure it right after loading",
            ),
            Self::ZeroByte { position } => {
                write!(
                    f,
                    "liblsl's configuration has a zero byte at position {position}"
                )
            }
        }
    }
}

impl Error for ConfigError {}

/// A version as people write it: 118 is 1.18.
pub(crate) struct Dotted(pub(crate) i32);

impl fmt::Display for Dotted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 100, self.0 % 100)
    }
}
