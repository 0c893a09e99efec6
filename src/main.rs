//! Runs the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    sa_audit::commands::run(std::env::args_os())
}
