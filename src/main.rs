//! The program: parses, runs, says what went wrong once, and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    efrscope::cli::main()
}
