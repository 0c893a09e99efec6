//! What the command line says where it cannot be run as typed: help, the version, or what is wrong with it.

use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::error::Error;

use super::failed;

/// Prints clap's answer, and returns the exit code. Help and version go to standard output; an error is one line.
pub(super) fn answered(answer: &clap::Error) -> ExitCode {
    if answer.use_stderr() && answer.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return failed(&Error::new(one_line(&answer.render().to_string())));
    }
    // Where it cannot be written, nobody is there to be told.
    let _ = answer.print();
    match u8::try_from(answer.exit_code()) {
        Ok(code) => ExitCode::from(code),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Returns clap's paragraphs as one line: what is wrong, what can be used, what was meant.
fn one_line(text: &str) -> String {
    let said = text.strip_prefix("error: ").unwrap_or(text);
    let lines = said.lines().map(str::trim).filter(|line| {
        !line.is_empty() && !line.starts_with("Usage:") && !line.starts_with("For more information")
    });
    let mut line = String::new();
    for part in lines {
        if !line.is_empty() {
            line.push_str(if line.ends_with(':') { " " } else { "; " });
        }
        line.push_str(part.trim_start_matches('[').trim_end_matches(']'));
    }
    line
}
