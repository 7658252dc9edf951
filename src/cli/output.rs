//! Standard output and standard error: a reader that has gone is no error, a write that fails is one.

use std::fmt::Arguments;
use std::io::{self, BufWriter, Write};

use crate::cli::CliError;

/// Whether standard output is still read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// As far as known.
    Listens,
    /// The pipe is closed, as by `head`: nothing more need be written.
    HasGone,
}

/// Write to standard output, to the last byte.
///
/// # Errors
/// [`CliError::Output`] when it does not take it.
pub(super) fn print(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Reader, CliError> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    outcome(written)
}

fn outcome(written: io::Result<()>) -> Result<Reader, CliError> {
    match written {
        Ok(()) => Ok(Reader::Listens),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::HasGone),
        Err(source) => Err(CliError::Output { source }),
    }
}

/// Tell a person something on standard error, in a line of its own. Where nobody listens, as on a terminal that was closed, there is nobody to tell.
pub(super) fn tell(words: Arguments<'_>) {
    let _nobody = writeln!(io::stderr(), "{words}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_quiet_and_a_full_disk_is_an_error() {
        let failed = |kind: io::ErrorKind| outcome(Err(kind.into()));
        assert_eq!(outcome(Ok(())).unwrap(), Reader::Listens);
        assert_eq!(failed(io::ErrorKind::BrokenPipe).unwrap(), Reader::HasGone);
        let error = failed(io::ErrorKind::StorageFull).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().contains("standard output"), "{error}");
    }
}
