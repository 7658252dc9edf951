//! The C functions of liblsl, found in an installed liblsl at run time.
//!
//! A drop-in for `lsl-sys` 0.1.1 of crates.io, whose build compiles a liblsl of 2020 and fails on
//! today's compilers. The crate `lsl` 0.1.1 compiles against this one unchanged: the functions have
//! the names and C signatures it expects, but each calls through a pointer looked up in a shared
//! library. So nothing is linked, no C++ compiler is needed, and a missing liblsl is an error value
//! instead of a program that does not start.
//!
//! Callers [`load`] first, then may set liblsl's configuration, then use `lsl`:
//!
//! ```no_run
//! let library = lsl_sys::load(None)?;
//! library.set_config_content("[log]\nlevel = -2\n")?;
//! println!("liblsl {} from {}", library.version(), library.path().display());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A C function called before that loads the library as `load(None)` does. When this fails, the
//! function does nothing and answers as liblsl answers an internal error: a null handle, an error
//! code of -4, an empty text, zero. It cannot panic, as `lsl` needs `extern "C"` functions, where a
//! panic ends the process; the reason goes to standard error, once.

mod abi;
mod error;
mod functions;
mod library;
mod search;

pub use abi::*;
pub use error::{ConfigError, LoadError, Origin};
pub use functions::*;
pub use library::{Library, OLDEST_VERSION, load};
pub use search::{Candidate, Search};
